"""The second factor: six digits of an authenticator app, and recovery codes. Passkeys are in passkeys.py."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from publisher.people.audit import Actor, note
from publisher.people.models import Factor, RecoveryCode, SecondFactor, User

STEP = 30  # seconds a code lives (RFC 6238)
CODES = 10
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is taken for another one


def has_one(user: User) -> bool:
    return user.second_factors.exists()


def must_have(user: User) -> bool:
    """config.yaml says whose role needs one; in practice nobody does."""
    return not settings.CONFIG.practice and user.role in settings.CONFIG.security.second_factor


def new_secret() -> str:
    return pyotp.random_base32()


def app_address(user: User, secret: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=settings.CONFIG.site.name)


def set_app(user: User, secret: str, code: str, actor: Actor) -> SecondFactor | None:
    """The app is taken on once it has shown a right code; it replaces an earlier one. None: the code was wrong."""
    step = _step_of(secret, "".join(code.split()), after=0)  # apps show them as 123 456
    if step is None:
        return None
    with transaction.atomic():
        user.second_factors.filter(kind=Factor.APP).delete()
        row = SecondFactor.objects.create(
            user=user, kind=Factor.APP, name=str(Factor.APP.label), secret=_hidden(secret), counter=step
        )
        note(actor, "factor_added", f"user:{user.username}", district=user.district, kind=Factor.APP)
    return row


def right_code(user: User, code: str) -> bool:
    """A code of the app, or a recovery code; each works once, also when two browsers send it at the same moment."""
    plain = "".join(code.split()).replace("-", "").upper()
    return _right_app_code(user, plain) if plain.isdigit() else _right_recovery_code(user, plain)


def _right_app_code(user: User, code: str) -> bool:
    row = user.second_factors.filter(kind=Factor.APP).first()
    if row is None:
        return False
    step = _step_of(_shown(row.secret), code, after=row.counter)
    mine = SecondFactor.objects.filter(pk=row.pk, counter__lt=step or 0)
    return bool(step and mine.update(counter=step, used_at=timezone.now()))


def _step_of(secret: str, code: str, *, after: int) -> int | None:
    """The time step the code belongs to: this one, the one before or the one after, but only one not used yet."""
    if not secret or not (code.isascii() and code.isdigit()):  # ² is a digit too, and cannot be compared
        return None
    now = int(time.time()) // STEP
    totp = pyotp.TOTP(secret)
    steps = [step for step in (now, now - 1, now + 1) if step > after]
    return next((step for step in steps if hmac.compare_digest(totp.at(step * STEP), code)), None)


def new_recovery_codes(user: User, actor: Actor) -> list[str]:
    """A new set; the old one is void. They are shown once."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(12)) for _ in range(CODES)]
    salt = secrets.token_hex(16)
    rows = [RecoveryCode(user=user, salt=salt, hash=_slow_hash(code, salt)) for code in codes]
    with transaction.atomic():
        user.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create(rows)
        note(actor, "recovery_codes", f"user:{user.username}", district=user.district)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def recovery_codes_left(user: User) -> int:
    return user.recovery_codes.filter(used_at=None).count()


def _right_recovery_code(user: User, code: str) -> bool:
    first = user.recovery_codes.first()
    if first is None or len(code) != 12:
        return False
    mine = user.recovery_codes.filter(hash=_slow_hash(code, first.salt), used_at=None)
    return bool(mine.update(used_at=timezone.now()))


def remove(row: SecondFactor, actor: Actor) -> None:
    """With the last one the recovery codes go, since they stand in for it."""
    with transaction.atomic():
        user = row.user
        note(actor, "factor_removed", f"user:{user.username}", district=user.district, kind=row.kind, name=row.name)
        row.delete()
        if not has_one(user):
            user.recovery_codes.all().delete()


def remove_all(user: User, actor: Actor) -> int:
    """For somebody who lost everything: they log in with the password alone and set it up anew."""
    with transaction.atomic():
        count, _ = user.second_factors.all().delete()
        user.recovery_codes.all().delete()
        note(actor, "factors_reset", f"user:{user.username}", district=user.district, removed=count)
    return count


def _slow_hash(code: str, salt: str) -> str:
    return hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()


def _cipher() -> Fernet:
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"second factor").digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _hidden(secret: str) -> str:
    return _cipher().encrypt(secret.encode()).decode()


def _shown(secret: str) -> str:
    """Empty when the deployment's key is not the one it was written with, as after a restore."""
    try:
        return _cipher().decrypt(secret.encode()).decode()
    except InvalidToken:
        return ""

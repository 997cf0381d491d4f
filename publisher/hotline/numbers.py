"""Telephone numbers of prevention calls: read from lists, hidden in the database, and forgotten.

The key comes from var/secret_key, which stands in no database and in no backup: whoever has only those has no number.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

_SIGNS = re.compile(r"[\s()\-–—./+\u00a0]")
_COUNTRY = re.compile(r"[78]7\d{9}")
_NATIONAL = re.compile(r"7\d{9}")
_LOCAL = re.compile(r"[1-9]\d{4,5}")


def read(text: str) -> str:
    """+77011234567, or the five or six digits of the district's own exchange. Empty: it is no number of ours."""
    digits = _SIGNS.sub("", text.removesuffix(".0"))
    if _COUNTRY.fullmatch(digits):
        return f"+7{digits[1:]}"
    if _NATIONAL.fullmatch(digits):
        return f"+7{digits}"
    return digits if _LOCAL.fullmatch(digits) else ""


def digest(number: str) -> str:
    """The same for the same number, and of no use without the key: there are few enough numbers to try them all."""
    return hmac.new(_key(b"outbound digest"), number.encode(), hashlib.sha256).hexdigest()


def hidden(number: str) -> str:
    return _cipher().encrypt(number.encode()).decode()


def shown(secret: str) -> str:
    """Empty when the deployment's key is not the one it was written with, as after a restore."""
    try:
        return _cipher().decrypt(secret.encode()).decode()
    except InvalidToken:
        return ""


def masked(number: str) -> str:
    """For messages about a list: enough to find the row, too little to call."""
    return f"{number[:4]}…{number[-2:]}" if len(number) > 6 else f"{number[:1]}…"


def reference(text: str) -> str:
    """The number of a case, so that a file is taken in once."""
    return hmac.new(_key(b"case reference"), text.strip().lower().encode(), hashlib.sha256).hexdigest()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(b"outbound number")))


def _key(purpose: bytes) -> bytes:
    return hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=purpose).digest()

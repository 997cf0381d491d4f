"""Chats and words of residents: sealed with a key made of var/secret_key, or told apart by a keyed hash."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def seal(text: str) -> str:
    return _cipher().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """Empty when the deployment's key is not the one it was written with, as after a restore."""
    try:
        return _cipher().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        return ""


def digest(*parts: str) -> str:
    """The same for the same person, and of no use without the key."""
    return hmac.new(_key(b"residents digest"), "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(b"residents words")))


def _key(purpose: bytes) -> bytes:
    return hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=purpose).digest()

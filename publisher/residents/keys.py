"""The key that posts are signed with: Ed25519, in var/signing_key beside the database and in no backup of ours.

No Django models here: `publisher verify` works with a public key from a file as well.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from publisher.once import made_once

NAME = "signing_key"


class UnusableKey(Exception):
    """The file holds no Ed25519 key."""


def private_key(var: Path) -> Ed25519PrivateKey:
    """Made when first asked for, readable by the owner alone. Two processes starting at once agree on one."""
    path = var / NAME
    pem = made_once(path, _made)
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError as error:
        raise UnusableKey(f"{path}: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"{path}: not an Ed25519 key")
    return key


def _made() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_public(pem: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise UnusableKey(str(error)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableKey("not an Ed25519 key")
    return key


def fingerprint(pem: str) -> str:
    """Sixteen letters to read out and compare; of the key itself, however its file is wrapped."""
    raw = read_public(pem).public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def sign(key: Ed25519PrivateKey, payload: str) -> str:
    return base64.b64encode(key.sign(payload.encode())).decode()


def is_signed(pem: str, payload: str, signature: str) -> bool:
    try:
        read_public(pem).verify(base64.b64decode(signature, validate=True), payload.encode())
    except (InvalidSignature, ValueError):
        return False
    return True

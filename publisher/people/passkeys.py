"""Passkeys (WebAuthn), checked by fido2. Each needs the owner's finger or PIN, so it counts as two factors."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from publisher.people.audit import Actor, note
from publisher.people.models import Factor, SecondFactor, User

NEEDED = UserVerificationRequirement.REQUIRED
MOST = 10  # of one person


class NotProven(Exception):
    """The browser's answer does not prove anything; which check failed is not told."""


@dataclass(frozen=True, slots=True)
class Site:
    """The address in the browser: scheme, name and port together are the origin that a passkey is bound to."""

    origin: str
    name: str

    @property
    def host(self) -> str:
        return urlsplit(self.origin).hostname or ""

    @property
    def possible(self) -> bool:
        """Browsers make passkeys for a name with https, and for localhost; never for a bare number."""
        return self.host == "localhost" or (self.origin.startswith("https://") and not _is_number(self.host))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def begin_adding(site: Site, user: User) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked, and what we must remember until it answers."""
    who = PublicKeyCredentialUserEntity(id=str(user.pk).encode(), name=user.username, display_name=str(user))
    options, state = _server(site).register_begin(
        who,
        [_credential(row) for row in _of(site, user)],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=NEEDED,
    )
    return dict(options), dict(state)


def add(
    site: Site, user: User, state: Mapping[str, Any], answer: Mapping[str, Any], name: str, actor: Actor
) -> SecondFactor:
    try:
        made = _server(site).register_complete(state, answer)
        credential = made.credential_data
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotProven(str(error)) from None
    key = websafe_encode(credential.credential_id) if credential else ""
    if not key or SecondFactor.objects.filter(credential_id=key).exists() or user.second_factors.count() >= MOST:
        raise NotProven("no credential, one that is known already, or too many")
    with transaction.atomic():
        row = SecondFactor.objects.create(
            user=user,
            kind=Factor.PASSKEY,
            name=name,
            credential_id=key,
            credential=websafe_encode(bytes(credential)),
            site=site.host,
            counter=made.counter,
        )
        note(actor, "factor_added", f"user:{user.username}", district=user.district, kind=Factor.PASSKEY, name=name)
    return row


def begin_asking(site: Site, user: User | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """For a known person, or (None) for whoever has a passkey for this site."""
    known = [_credential(row) for row in _of(site, user)] if user else None
    options, state = _server(site).authenticate_begin(known, user_verification=NEEDED)
    return dict(options), dict(state)


def check(site: Site, user: User | None, state: Mapping[str, Any], answer: Mapping[str, Any]) -> User:
    """Whose passkey it is; with `user` it must be theirs."""
    rows = SecondFactor.objects.filter(kind=Factor.PASSKEY, site=site.host, credential_id=answer.get("rawId"))
    row = (rows.filter(user=user) if user else rows).select_related("user").first()
    if row is None or not row.user.is_active:
        raise NotProven("unknown passkey")
    try:
        _server(site).authenticate_complete(state, [_credential(row)], answer)
        counter = AuthenticationResponse.from_dict(answer).response.authenticator_data.counter
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotProven(str(error)) from None
    if counter and counter <= row.counter:  # 0: this one does not count
        raise NotProven("its counter went back: it may have been copied")
    SecondFactor.objects.filter(pk=row.pk).update(counter=counter, used_at=timezone.now())
    return row.user


def known_at(site: Site, user: User) -> bool:
    return site.possible and _of(site, user).exists()


def _of(site: Site, user: User):  # type: ignore[no-untyped-def]
    return user.second_factors.filter(kind=Factor.PASSKEY, site=site.host)


def _credential(row: SecondFactor) -> AttestedCredentialData:
    return AttestedCredentialData(websafe_decode(row.credential))


def _server(site: Site) -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(id=site.host, name=site.name)
    return Fido2Server(entity, verify_origin=lambda origin: origin == site.origin)

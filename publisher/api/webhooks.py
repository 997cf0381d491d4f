"""Events for other programs: written down once, signed, sent until they arrive, and never to an inner address.

Signature: `Publisher-Signature: t=SECONDS,v1=HEX`, HMAC-SHA256 of "SECONDS.BODY" with the webhook's secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Q
from django.utils import timezone

from publisher.api.models import EventKind, OutEvent, OutState, Webhook
from publisher.api.tokens import districts_of
from publisher.compose.refusal import Refusal
from publisher.deliver.models import Delivery, State
from publisher.people.audit import Actor, note
from publisher.people.models import AuditEntry, District, Region

LOOK_BACK = timedelta(days=2)
OVERLAP = timedelta(hours=1)  # what was decided in a transaction that ended late is still found
PAUSES = (1, 5, 30, 120, 360, 720, 1440)  # minutes before each further try; then it is given up
TIMEOUT = 10.0
AT_ONCE = 50
KEPT = timedelta(days=30)
OF_TRAIL = {
    "approved": EventKind.APPROVED,
    "approved_by_plan": EventKind.APPROVED,
    "approved_by_order": EventKind.APPROVED,
    "approved_from_shell": EventKind.APPROVED,
    "withdrawn": EventKind.WITHDRAWN,
    "corrected": EventKind.CORRECTED,
}
OF_STATE = {State.SENT: EventKind.SENT, State.FAILED: EventKind.FAILED}


@transaction.atomic
def make(
    name: str,
    url: str,
    events: Iterable[str],
    actor: Actor,
    district: District | None = None,
    region: Region | None = None,
) -> tuple[Webhook, str]:
    """The row and its secret, which is shown once. Raises Refusal for an address that must not be called."""
    check_address(url)
    secret = secrets.token_urlsafe(32)
    wanted = [kind for kind in EventKind.values if kind in set(events)]
    row = Webhook.objects.create(
        name=name[:80],
        url=url,
        secret=_cipher().encrypt(secret.encode()).decode(),
        events=wanted,
        district=district,
        region=region,
        made_by=actor.name,
    )
    note(actor, "webhook_made", f"webhook:{row.pk}", district=district, host=urlsplit(url).hostname, events=wanted)
    return row, secret


@transaction.atomic
def switch(row: Webhook, on: bool, actor: Actor) -> None:
    if Webhook.objects.filter(pk=row.pk, off=on).update(off=not on):
        note(actor, "webhook_on" if on else "webhook_off", f"webhook:{row.pk}", district=row.district)


def again(row: Webhook, actor: Actor) -> int:
    """What was given up is tried once more, from the beginning."""
    rows = OutEvent.objects.filter(webhook=row, state=OutState.DEAD)
    with transaction.atomic():
        changed = rows.update(state=OutState.WAITING, tries=0, due_at=timezone.now(), error="")
        note(actor, "webhook_again", f"webhook:{row.pk}", district=row.district, events=changed)
    return changed


# What is to be told


def gather() -> int:
    """Writes down what happened since, once for each webhook; may be repeated by any number of clocks.

    For those that are off as well: their events wait until they are on again.
    """
    return sum(_gather(hook) for hook in Webhook.objects.select_related("district", "region"))


def _gather(hook: Webhook) -> int:
    last = hook.rows.order_by("-created_at").values_list("created_at", flat=True).first()
    since = max(hook.created_at, timezone.now() - LOOK_BACK, (last or hook.created_at) - OVERLAP)
    keys = set(districts_of(hook).values_list("key", flat=True))
    rows = [*_of_trail(hook, since, keys), *_of_deliveries(hook, since, keys)]
    return len(OutEvent.objects.bulk_create(rows, ignore_conflicts=True)) if rows else 0


def _of_trail(hook: Webhook, since: Any, keys: set[str]) -> list[OutEvent]:
    wanted = [verb for verb, kind in OF_TRAIL.items() if kind in hook.events]
    known = set(OutEvent.objects.filter(webhook=hook, subject__startswith="line:").values_list("subject", flat=True))
    lines = AuditEntry.objects.filter(at__gte=since, verb__in=wanted, district__in=keys, subject__startswith="post:")
    return [
        _row(hook, OF_TRAIL[line.verb], f"line:{line.number}", {"post": int(line.subject[5:]), "at": line.at}, line)
        for line in lines.order_by("number")
        if f"line:{line.number}" not in known
    ]


def _of_deliveries(hook: Webhook, since: Any, keys: set[str]) -> list[OutEvent]:
    states = [state for state, kind in OF_STATE.items() if kind in hook.events]
    rows = Delivery.objects.filter(state__in=states, post__district__in=keys, attempts__ended_at__gte=since)
    known = set(OutEvent.objects.filter(webhook=hook, subject__startswith="delivery:").values_list("kind", "subject"))
    found = []
    for row in rows.select_related("channel", "post").distinct():
        kind, subject = OF_STATE[State(row.state)], f"delivery:{row.pk}:{row.attempts_made}"
        if (kind, subject) not in known:
            body = {"delivery": row.pk, "post": row.post_id, "channel": row.channel.key, "language": row.language}
            body |= {"error": row.error_reason, "at": row.sent_at}
            found.append(_row(hook, kind, subject, body, row.post))
    return found


def _row(hook: Webhook, kind: EventKind, subject: str, body: dict[str, Any], of: Any) -> OutEvent:
    told = json.loads(json.dumps(body | {"district": of.district_id}, default=lambda at: at.isoformat()))
    return OutEvent(webhook=hook, kind=kind, subject=subject, body=told, due_at=timezone.now())


# Telling it


def send_due(client: httpx.Client | None = None) -> int:
    """Returns how many arrived. A row is put off before the call, so that two clocks rarely send it both."""
    arrived = 0
    due = OutEvent.objects.filter(state=OutState.WAITING, webhook__off=False, due_at__lte=timezone.now())
    for row in due.select_related("webhook")[:AT_ONCE]:
        pause = PAUSES[min(row.tries, len(PAUSES) - 1)]
        mine = OutEvent.objects.filter(pk=row.pk, state=OutState.WAITING, tries=row.tries)
        if mine.update(tries=row.tries + 1, due_at=timezone.now() + timedelta(minutes=pause)):
            arrived += _tell(row, client)
    return arrived


def send_apart() -> int:
    """For a thread beside the clock's: the network may take its time, and the thread keeps no connection."""
    try:
        return send_due()
    finally:
        connections.close_all()


def _tell(row: OutEvent, client: httpx.Client | None) -> int:
    row.refresh_from_db()
    error = _call(row, client)
    if not error:
        OutEvent.objects.filter(pk=row.pk).update(state=OutState.SENT, error="")
        return 1
    state = OutState.DEAD if row.tries > len(PAUSES) else OutState.WAITING
    OutEvent.objects.filter(pk=row.pk).update(state=state, error=error[:200])
    return 0


def _call(row: OutEvent, client: httpx.Client | None) -> str:
    """Empty when the other side said 2xx; else why not."""
    told = {"id": str(row.pk), "event": row.kind, "made_at": row.created_at.isoformat(), "data": row.body}
    body = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    try:
        place = check_address(row.webhook.url)
        secret = _cipher().decrypt(row.webhook.secret.encode()).decode()
        headers = {
            "Content-Type": "application/json",
            "Host": place.host,
            "Publisher-Event": row.kind,
            "Publisher-Event-Id": str(row.pk),
            "Publisher-Signature": sign(secret, body, int(timezone.now().timestamp())),
        }
        sender = client or httpx.Client(timeout=TIMEOUT, follow_redirects=False)
        with sender if client is None else _kept_open(sender):
            reply = sender.post(place.url, content=body, headers=headers, extensions={"sni_hostname": place.name})
    except InvalidToken:
        return "the secret cannot be read: make the webhook anew"
    except Refusal as refusal:
        return refusal.code
    except httpx.HTTPError as error:
        return type(error).__name__
    return "" if reply.is_success else f"HTTP {reply.status_code}"


class _kept_open:
    """A client that was lent is not closed."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def __enter__(self) -> httpx.Client:
        return self.client

    def __exit__(self, *_: object) -> None:
        return None


def sign(secret: str, body: bytes, seconds: int) -> str:
    made = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={made}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to call: `url` has the address that was checked in the name's place, so that it cannot change meanwhile."""

    url: str
    host: str
    name: str


def check_address(url: str) -> Place:
    """Only https, and only where every address of the name is public; else what config.yaml names. Raises Refusal."""
    parts = urlsplit(url)
    try:
        name, port = (parts.hostname or "").encode("idna").decode(), parts.port  # полиция.қаз as the network writes it
    except ValueError:
        raise Refusal("webhook_address") from None
    plain = parts.netloc.rpartition("@")[2]
    host = plain if plain.isascii() else f"{name}:{port}" if port else name
    if {name, parts.hostname} & set(settings.CONFIG.interface.webhook_hosts) and parts.scheme in ("http", "https"):
        return Place(url, host, name)
    if parts.scheme != "https" or not name or parts.username or parts.password:
        raise Refusal("webhook_address")
    found = _resolved(name, port or 443)
    if not found or not all(_public(one) for one in found):
        raise Refusal("webhook_address")
    literal = f"[{found[0]}]" if ":" in found[0] else found[0]
    there = parts._replace(netloc=f"{literal}:{port}" if port else literal).geturl()
    return Place(there, host, name)


def _resolved(name: str, port: int) -> list[str]:
    try:
        return [str(row[4][0]) for row in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    except OSError:
        raise Refusal("webhook_unresolved") from None


def _public(address: str) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(one, "ipv4_mapped", None)
    return (inner or one).is_global and not (inner or one).is_multicast


def given_up(districts: Iterable[str] | None = None, region: str | None = None) -> int:
    """For whoever works for these districts, or for a region and all its own."""
    rows = OutEvent.objects.filter(state=OutState.DEAD, webhook__off=False)
    mine = Q() if districts is None else Q(webhook__district__in=districts)
    return rows.filter(mine | Q(webhook__region=region) if region else mine).count()


def forget() -> None:
    """What was settled long ago, and what nobody switched on for."""
    old = OutEvent.objects.filter(created_at__lt=timezone.now() - KEPT)
    old.exclude(state=OutState.WAITING, webhook__off=False).delete()


def _cipher() -> Fernet:
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"webhooks").digest()
    return Fernet(base64.urlsafe_b64encode(key))

"""Short addresses of ours and what became of them, counted without keeping anything about a person."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from publisher.compose.links import allowed
from publisher.compose.refusal import Refusal
from publisher.deliver.models import Channel
from publisher.measure.models import Link, LinkDay, LinkKind, LinkSalt, LinkSeen
from publisher.people.audit import Actor, note
from publisher.people.models import District

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that are taken for one another on paper
LENGTH = 7  # 31 ** 7: nobody guesses one
MACHINES = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|scan|monitor|curl|wget|python|httpx|go-http|java/|headless|lighthouse"
    r"|facebookexternalhit|facebookcatalog|whatsapp/|vkshare|viber|skypeuripreview|embedly|pinterest|discord|mediapartners",
    re.IGNORECASE,
)
AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request shows of itself. `address` is used for the day's hash and kept nowhere."""

    method: str
    agent: str
    address: str
    headers: Mapping[str, str]

    @property
    def machine(self) -> bool:
        """Link previews of messengers, robots and browsers that look ahead: nobody has read anything yet."""
        if self.method != "GET" or not self.agent or MACHINES.search(self.agent):
            return True
        wanted = (self.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
        return any(AHEAD.search(value) for value in wanted)


def make(
    url: str,
    label: str,
    district: District,
    actor: Actor,
    *,
    channel: Channel | None = None,
    language: str = "",
) -> Link:
    """A link for paper. Raises Refusal where posts may not lead either."""
    if not allowed(url, settings.CONFIG.link_hosts):
        raise Refusal("link_not_allowed", url=url)
    given = {"url": url, "label": label, "district": district, "channel": channel, "language": language}
    with transaction.atomic():
        link = _saved(LinkKind.POSTER, actor, **given)
        note(actor, "link_made", f"link:{link.code}", district=district, url=url, label=label)
    return link


def _saved(kind: LinkKind, actor: Actor, **given: object) -> Link:
    for _ in range(5):
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        try:
            with transaction.atomic():
                return Link.objects.create(kind=kind, code=code, made_by=actor.name, **given)
        except IntegrityError:
            if not Link.objects.filter(code=code).exists():
                raise
    raise RuntimeError("five codes in a row were taken")


def base_address() -> str:
    """`links: address:` of the settings, else the console's own address."""
    return (settings.CONFIG.links.address or settings.CONFIG.site.public_url).rstrip("/")


def address(link: Link) -> str:
    """Where residents find it."""
    return f"{base_address()}/l/{link.code}"


def leads_to(code: str) -> Link | None:
    """The link of that code if it may be followed now: the places that posts may lead to can have changed since."""
    link = Link.objects.select_related("district").filter(code=code.lower(), off=False).first()
    return link if link and allowed(link.url, settings.CONFIG.link_hosts) else None


def count(link: Link, visit: Visit, now: datetime) -> None:
    """One visit more. The day is the district's own."""
    day = now.astimezone(link.district.zone).date()
    with transaction.atomic():
        LinkDay.objects.get_or_create(link=link, day=day)
        mine = LinkDay.objects.filter(link=link, day=day)
        if visit.machine:
            mine.update(machines=F("machines") + 1)
            return
        new = _new_today(link, day, visit)
        mine.update(visits=F("visits") + 1, people=F("people") + int(new))


def _new_today(link: Link, day: date, visit: Visit) -> bool:
    salt = _salt(day)
    person = hmac.new(salt, f"{visit.address}|{visit.agent}".encode(), hashlib.sha256).hexdigest()[:32]
    return LinkSeen.objects.get_or_create(link=link, day=day, person=person)[1]


def _salt(day: date) -> bytes:
    row, new = LinkSalt.objects.get_or_create(day=day, defaults={"salt": secrets.token_bytes(32)})
    if new:
        forget(day)
    return bytes(row.salt)


def forget(today: date) -> None:
    """Of past days only the counts stay. Kazakhstan has one time, so a day is over everywhere at once."""
    LinkSeen.objects.filter(day__lt=today).delete()
    LinkSalt.objects.filter(day__lt=today).delete()


def forget_past(now: datetime) -> None:
    """For the clock: also when nobody opens a link any more."""
    forget(now.astimezone(ZoneInfo(settings.TIME_ZONE)).date())

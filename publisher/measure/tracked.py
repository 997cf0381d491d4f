"""Links inside messages that count who follows them: a short address for each channel, post and language.

Never in the way of a post: where the short address cannot be made, or would make a text too long, the own one stays.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Sum

from publisher.compose.leading import addresses, led
from publisher.compose.links import allowed
from publisher.compose.models import Post
from publisher.connectors.base import Description, Message, problems
from publisher.deliver.listeners import Worded
from publisher.measure.links import LENGTH, LETTERS, base_address
from publisher.measure.models import Link, LinkKind

log = logging.getLogger(__name__)
INSIDE = ("t.me", "telegram.me", "wa.me", "whatsapp.com")  # such links open within the app; a detour would lose that
HIDDEN_CODE = "•" * LENGTH
BY = "links"  # who made them, where people are named
Place = tuple[int, int, str, str]  # post, channel, language, address


def in_use(district_key: str) -> bool:
    """By config.yaml: on where residents can reach us by https, unless it says otherwise, and not for this district."""
    district = settings.CONFIG.districts.get(district_key)
    if district is not None and not district.tracked_links:
        return False
    wanted = settings.CONFIG.links.in_messages
    return reachable(base_address()) if wanted is None else wanted


def reachable(address: str) -> bool:
    """https, and not this computer or a private network: a link that only we can follow must not go out."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" or "." not in host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return not host.endswith((".local", ".localhost", ".internal", ".lan", ".test", ".example"))


def _wanted(message: Message, *, shown: bool) -> list[str]:
    own = urlsplit(base_address()).hostname
    hosts = settings.CONFIG.link_hosts
    return [
        address for address in addresses(message, shown=shown) if allowed(address, hosts) and _outside(address, own)
    ]


def _outside(address: str, own: str | None) -> bool:
    host = urlsplit(address).hostname or ""
    return host != own and not any(host == name or host.endswith(f".{name}") for name in INSIDE)


def shown(message: Message, description: Description, district_key: str) -> Message:
    """As residents will see it; each channel gets a code of its own, so here it is dots."""
    if not in_use(district_key):
        return message
    plain = description.markup == "marks"
    short = f"{base_address()}/l/{HIDDEN_CODE}"
    return _if_it_fits(message, dict.fromkeys(_wanted(message, shown=plain), short), description)


def _if_it_fits(message: Message, by: Mapping[str, str], description: Description) -> Message:
    if not by:
        return message
    other = led(message, by, shown=description.markup == "marks")
    return message if problems(other, description.limits) and not problems(message, description.limits) else other


def restored(text: str) -> str:
    """Our short addresses turned back into the places they lead to, for comparing a text with what we wrote.

    Only whole ones below our own address: a name that merely begins like ours stays as it is.
    """
    short = re.compile(rf"{re.escape(base_address())}/l/([{LETTERS}]{{{LENGTH}}})(?!\w)")
    codes = short.findall(text)
    if not codes:
        return text
    urls = dict(Link.objects.filter(kind=LinkKind.MESSAGE, code__in=codes).values_list("code", "url"))
    return short.sub(lambda found: urls.get(found[1], found[0]), text)


def worded(asked: Sequence[Worded]) -> list[Message]:
    """The listener of what is about to be sent or corrected; a few statements, however many channels."""
    using = [one for one in asked if in_use(one.district_key)]
    if not using:
        return [one.message for one in asked]
    try:
        with transaction.atomic():
            known = _known(using)
    except DatabaseError:
        log.exception("Short links could not be made; messages keep their own.")
        return [one.message for one in asked]
    return [_led(one, known) if in_use(one.district_key) else one.message for one in asked]


def _led(one: Worded, known: Mapping[Place, str]) -> Message:
    plain = one.description.markup == "marks"
    places = {url: (one.post_id, one.channel_id, one.language, url) for url in _wanted(one.message, shown=plain)}
    by = {url: f"{base_address()}/l/{known[place]}" for url, place in places.items() if place in known}
    return _if_it_fits(one.message, by, one.description)


def _known(asked: Sequence[Worded]) -> dict[Place, str]:
    wanted: dict[Place, str] = {}
    for one in asked:
        for url in _wanted(one.message, shown=one.description.markup == "marks"):
            wanted[one.post_id, one.channel_id, one.language, url] = one.district_key
    if not wanted:
        return {}
    found = _codes(wanted)
    missing = {place: district for place, district in wanted.items() if place not in found}
    if missing:
        titles = dict(Post.objects.filter(pk__in={place[0] for place in missing}).values_list("pk", "title"))
        made = [_link(place, district, titles.get(place[0], "")) for place, district in missing.items()]
        Link.objects.bulk_create(made, ignore_conflicts=True)
        found = _codes(wanted)
    return found


def _codes(places: Collection[Place]) -> dict[Place, str]:
    rows = Link.objects.filter(kind=LinkKind.MESSAGE, off=False, post__in={place[0] for place in places})
    found = rows.values_list("post", "channel", "language", "url", "code")
    return {(post, channel, language, url): code for post, channel, language, url, code in found}


def _link(place: Place, district: str, title: str) -> Link:
    post, channel, language, url = place
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    given = {"kind": LinkKind.MESSAGE, "code": code, "url": url, "label": title[:120], "made_by": BY}
    return Link(**given, district_id=district, post_id=post, channel_id=channel, language=language)


@dataclass(frozen=True, slots=True)
class Clicks:
    """`people` counts devices of a day, not persons."""

    visits: int
    people: int


def clicks(posts: Iterable[int]) -> dict[tuple[int, int, str], Clicks]:
    """By post, channel and language, for messages that carried such links; one that nobody followed has a real 0."""
    rows = Link.objects.filter(kind=LinkKind.MESSAGE, post__in=list(posts))
    summed: dict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0, 0])
    told = rows.annotate(visits=Sum("days__visits"), people=Sum("days__people"))
    for post, channel, language, visits, people in told.values_list("post", "channel", "language", "visits", "people"):
        mine = summed[post, channel, language]
        mine[0] += visits or 0
        mine[1] += people or 0
    return {key: Clicks(*counts) for key, counts in summed.items()}

"""Channels and accounts: adding, checking, and opening the way in."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from publisher.config import Config
from publisher.connectors import CONNECTORS
from publisher.connectors.base import Connector, Description, Target, takes_posts
from publisher.connectors.errors import ConnectorError, OutcomeUnknown, RateLimited, Unavailable
from publisher.deliver import consent, heard, muting
from publisher.deliver.border import db, now
from publisher.deliver.models import Account, Channel, Delivery, State
from publisher.people.audit import Actor, note
from publisher.people.models import District
from publisher.plan.targets import KnownChannel

PROBE_AHEAD = timedelta(minutes=30)


class NotAdded(Exception):
    """A channel that cannot be added: `what` happened and what to `do`, in the language of whoever asked."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(f"{what} {do}")
        self.what, self.do = what, do


def follow(config: Config) -> None:
    """Accounts' rows like config.yaml has them. One gone from the file stays, since deliveries point to it."""
    for key, account in config.accounts.items():
        Account.objects.update_or_create(key=key, defaults={"type": account.type, "practice": config.practice})
    consent.hold_back_unaccepted()


def connector_for(account_key: str, *, transport: httpx.AsyncBaseTransport | None = None) -> Connector:
    """A new connector of the account, to be used as an async context manager."""
    account = settings.CONFIG.accounts[account_key]
    return CONNECTORS[account.type](account, transport=transport)


def description_of(channel: Channel) -> Description:
    """What the channel's platform can do, with the limits as they stand for its account (a local Bot API server)."""
    description = description_for(channel.account)
    if channel.platform_kind in description.limits.polls_in:
        return description
    return dataclasses.replace(description, limits=dataclasses.replace(description.limits, poll_options=0))


def description_for(account: Account) -> Description:
    connector, settings_there = CONNECTORS[account.type], settings.CONFIG.accounts.get(account.key)
    limits = connector.limits_for(settings_there) if settings_there else connector.description.limits
    return dataclasses.replace(connector.description, limits=limits)


async def look_up(account_key: str, target: str) -> Target | None:
    """The target as the platform knows it; None when the platform cannot be reached now."""
    if error := await db(consent.missing, account_key):
        raise error
    try:
        async with connector_for(account_key) as connector:
            return await connector.check(target)
    except (Unavailable, OutcomeUnknown, RateLimited):
        return None


def add(
    key: str,
    account_key: str,
    target: str,
    *,
    languages: Sequence[str],
    district: District,
    actor: Actor,
    platform_kind: str = "",
    tags: Sequence[str] = (),
    found: Target | None = None,
) -> Channel:
    """Save a destination; `found` is what the platform said of it (None: not reached, it is checked later)."""
    lasting = found.id if found else target
    _refuse_what_cannot_be(key, account_key, lasting)
    kind = platform_kind or (found.kind if found and found.kind != "private" else "channel")
    with transaction.atomic():
        channel = Channel.objects.create(
            key=key,
            account_id=account_key,
            platform_kind=kind,
            target=lasting,
            title=found.title if found else "",
            url=found.url if found else "",
            languages=ordered(languages, district.languages),
            tags=list(tags),
            district=district,
            checked_at=now() if found else None,
        )
        _note_rights(channel, found)
        if found:
            heard.keep(account_key, found)
        note(actor, "channel_added", f"channel:{key}", district=district, target=lasting, account=account_key)
    return channel


def _refuse_what_cannot_be(key: str, account_key: str, target: str) -> None:
    if account_key not in settings.CONFIG.accounts:
        known = ", ".join(settings.CONFIG.accounts) or "—"
        raise NotAdded(
            gettext("There is no account “%(account)s” in config.yaml.") % {"account": account_key},
            gettext("Known accounts: %(known)s.") % {"known": known},
        )
    if not takes_posts(CONNECTORS[settings.CONFIG.accounts[account_key].type]):
        raise NotAdded(
            gettext("The account “%(account)s” only looks at pages; it posts nothing.") % {"account": account_key},
            gettext("Use another account."),
        )
    if Channel.objects.filter(key=key).exists():
        raise NotAdded(
            gettext("There is already a channel “%(key)s”.") % {"key": key}, gettext("Choose another short name.")
        )
    double = Channel.objects.filter(account=account_key, target=target).first()
    if double:
        raise NotAdded(
            gettext("This chat is a channel already: “%(key)s”.") % {"key": double.key}, gettext("Use that one.")
        )


def ordered(languages: Sequence[str], first: Sequence[str] = ()) -> list[str]:
    """In the district's order, else Kazakh, Russian, English; once each."""
    return [language for language in dict.fromkeys((*first, "kk", "ru", "en")) if language in languages]


def _note_rights(channel: Channel, found: Target | None) -> None:
    if found and "post" in found.missing_rights and channel.off_reason not in muting.LASTING:
        channel.off_reason, channel.off_detail = "no_rights", "post"
        channel.save(update_fields=["off_reason", "off_detail"])


def to_probe(moment: datetime) -> list[Channel]:
    """Channels with a post within half an hour that were not looked at for as long: lost access is found before it."""
    due = Delivery.objects.filter(state=State.WAITING, due_at__gt=moment, due_at__lte=moment + PROBE_AHEAD)
    rows = Channel.objects.filter(pk__in=due.values("channel"), account__paused_at=None)
    rows = rows.filter(account__in=settings.CONFIG.accounts).exclude(off_reason__in=muting.BY_PERSON)
    return list(rows.exclude(checked_at__gt=moment - PROBE_AHEAD).select_related("account"))


async def check(channel: Channel) -> ConnectorError | None:
    """Ask the platform about a channel and save what it says. A blip (no connection) changes nothing."""
    if error := await db(consent.missing, channel.account_id):
        return error
    try:
        async with connector_for(channel.account_id) as connector:
            found = await connector.check(channel.target)
    except (Unavailable, OutcomeUnknown, RateLimited) as error:
        return error
    except ConnectorError as error:
        await db(_save_lost, channel, error)
        return error
    await db(_save_found, channel, found, await db(now))
    return None


def _save_lost(channel: Channel, error: ConnectorError) -> None:
    if error.reason not in ("access_lost",):
        here = Channel.objects.filter(pk=channel.pk).exclude(off_reason__in=muting.LASTING)
        here.update(off_reason=error.reason, off_detail=error.detail, checked_at=now())


def _save_found(channel: Channel, found: Target, moment: datetime) -> None:
    Channel.objects.filter(pk=channel.pk).update(target=found.id, title=found.title, url=found.url, checked_at=moment)
    channel.refresh_from_db()
    heard.keep(channel.account_id, found)
    if "post" in found.missing_rights:
        _note_rights(channel, found)
    elif channel.off_reason in ("no_rights", "target_gone"):
        Channel.objects.filter(pk=channel.pk).update(off_reason="", off_detail="")


def known() -> list[KnownChannel]:
    """The channels as the plans name them."""
    rows = Channel.objects.values_list("key", "district_id", "tags", "languages")
    return [KnownChannel(key, district, tuple(tags), tuple(languages)) for key, district, tags, languages in rows]


def resolve(names: Sequence[str]) -> list[Channel]:
    """Channels by key or `tag:NAME`; an unknown one raises NotAdded with the nearest known."""
    found: dict[int, Channel] = {}
    for name in names:
        rows = _by_tag(name[4:]) if name.startswith("tag:") else list(Channel.objects.filter(key=name))
        if not rows:
            known = ", ".join(Channel.objects.values_list("key", flat=True)) or "—"
            raise NotAdded(
                gettext("There is no channel “%(key)s”.") % {"key": name},
                gettext("Known channels: %(known)s. See: publisher channel list.") % {"known": known},
            )
        found |= {row.pk: row for row in rows}
    return list(found.values())


def _by_tag(tag: str) -> list[Channel]:
    return [channel for channel in Channel.objects.all() if tag in channel.tags]

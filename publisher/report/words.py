"""How figures are written for people: digits grouped, dates by the day, signs that print well."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

THIN = "\u202f"  # narrow no-break space
MINUS = "\u2212"
WRITTEN_IN = {"kk": "қаз", "ru": "рус", "en": "eng"}

# How we are connected: the platform's own app may well show what this way in does not give.
ROADS = {"telegram": "Bot API", "whatsapp_cloud": "Cloud API"}

SOURCES = {
    "bot-api": _("Bot API"),
    "public-page": _("the channel's public page"),
    "public-page-rounded": _("the channel's public page, three digits"),
    "instagram-page": _("Instagram's public page"),
    "mtproto": _("the press office's Telegram account"),
    "discussion": _("the linked group"),
    "invite-link": _("invitations"),
    "hand": _("typed in by hand"),
    "relay": _("read on the phone of the person who posted"),
    "cloud-api": _("Cloud API"),
    "webhook": _("webhook"),
    "confirmations": _("people's phones"),
}

# What stands in a cell; the list below the tables says more.
IN_A_CELL = {
    "not_given": _("not given"),
    "not_yet": _("not yet"),
    "single_reading": _("one reading"),
    "nothing_known": _("unknown"),
    "hidden_by_author": _("hidden"),
}
OTHERWISE = _("not measured")  # not inside another call: there the collector of strings does not see it


def whole(number: int) -> str:
    return f"{number:,}".replace(",", THIN).replace("-", MINUS)


def signed(number: int) -> str:
    return f"+{whole(number)}" if number > 0 else whole(number)


def percent(share: float) -> str:
    """One decimal, with the decimal comma that Kazakh and Russian have."""
    text = f"{share:+.1f}".replace("-", MINUS) if round(share, 1) else "0"
    return (text if get_language() == "en" else text.replace(".", ",")) + f"{THIN}%"


def day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%d.%m.%Y")


def minute(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%d.%m.%Y %H:%M")


def source(key: str) -> str:
    return gettext(SOURCES[key]) if key in SOURCES else key


def missing(reason: str) -> str:
    return gettext(IN_A_CELL.get(reason, OTHERWISE))

"""What every page knows: the site, the person's rights, the way around."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from publisher.deliver import pauses
from publisher.people import delegations
from publisher.people.access import May, may, reach
from publisher.people.models import Delegation


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation; `thumb`: also below on a phone; `with_account`: only where such a one is."""

    name: str
    icon: str
    label: str
    right: May | None = May.VIEW
    practice_only: bool = False
    thumb: bool = False
    with_account: str = ""
    with_districts: bool = False  # only where there is more than one
    section: object = ""  # the heading it stands under


REACH, HOTLINE, PLACES, SETTINGS = _("Reach"), _("The hotline"), _("Where it goes"), _("Settings")

ENTRIES = (
    Entry("today", "inbox", _("Today"), thumb=True),
    Entry("calendar", "calendar", _("Calendar"), thumb=True),
    Entry("posts", "file-text", _("Posts"), thumb=True),
    Entry("compose", "edit", _("Compose"), May.WRITE, thumb=True),
    Entry("library", "books", _("Library")),
    Entry("campaigns", "send", _("Campaigns"), with_districts=True),
    Entry("studio", "movie", _("Studio"), May.MANAGE),
    Entry("drawings", "template", _("Cards and leaflets"), May.WRITE),
    Entry("practice", "device-mobile-message", _("Practice chats"), practice_only=True),
    Entry("report_week", "chart-bar", _("Report"), May.REPORT, section=REACH, thumb=True),
    Entry("ruses", "clock", _("When we last warned"), section=REACH),
    Entry("quizzes", "check", _("Quiz before and after"), May.REPORT, section=REACH),
    Entry("desk", "headset", _("Desk"), May.DESK, section=HOTLINE),
    Entry("questions", "question-mark", _("Questions of residents"), May.DESK, section=HOTLINE),
    Entry("hotline", "phone", _("Hotline in numbers"), May.REPORT, section=HOTLINE),
    Entry("outbound", "phone-outgoing", _("Prevention calls"), May.REPORT, section=HOTLINE),
    Entry("visits", "home", _("House visits"), May.REPORT, section=HOTLINE),
    Entry("channels", "broadcast", _("Channels"), section=PLACES),
    Entry("relays", "users", _("People who post"), with_account="whatsapp_relay", section=PLACES),
    Entry("links", "qrcode", _("Links and codes"), section=PLACES),
    Entry("pages", "brand-instagram", "Instagram", with_account="instagram", section=PLACES),
    Entry("accounts", "plug-connected", _("Accounts"), May.MANAGE, section=SETTINGS),
    Entry("districts", "home", _("Districts"), May.MANAGE, section=SETTINGS),
    Entry("people", "users", _("People"), May.MANAGE, section=SETTINGS),
    Entry("delegations", "user-plus", _("Substitutes"), May.APPROVE, section=SETTINGS),
    Entry("exchange", "plug-connected", _("Other programs"), May.MANAGE, section=SETTINGS),
    Entry("audit", "archive", _("Audit trail"), May.AUDIT, section=SETTINGS),
    Entry("help", "help-circle", _("Help"), None, section=SETTINGS),
)


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "site_name": settings.CONFIG.site.name,
        "practice": settings.CONFIG.practice,
        "languages": [("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")],
        "can": SimpleLazyObject(lambda: _rights(request)),
        "entries": SimpleLazyObject(lambda: _entries(request)),
        "here": SimpleLazyObject(lambda: _here(request)),
        "stops": SimpleLazyObject(lambda: _stops(request)),
        "stands_in": SimpleLazyObject(lambda: _stands_in(request)),
    }


def _rights(request: HttpRequest) -> dict[str, bool]:
    user = getattr(request, "user", None)
    known = bool(user and user.is_authenticated)
    return {str(what): known and may(user, what) for what in May}


def _stops(request: HttpRequest) -> list[pauses.Stop]:
    """Shown on every page to everybody whose posts stand still."""
    user = getattr(request, "user", None)
    return pauses.stops(reach(user)) if user and user.is_authenticated else []


def _stands_in(request: HttpRequest) -> list[Delegation]:
    user = getattr(request, "user", None)
    return delegations.now_for(user) if user and user.is_authenticated else []


def _entries(request: HttpRequest) -> list[Entry]:
    rights = _rights(request)
    mine = [entry for entry in ENTRIES if entry.right is None or rights[entry.right]]
    return [entry for entry in mine if _of_use(entry) and _many(entry)]


def _here(request: HttpRequest) -> str:
    """The entry of the menu that a page belongs to: the one whose address shares most with the page's."""
    parts = request.path.split("/")

    def alike(entry: Entry) -> int:
        return len(
            [*takewhile(lambda pair: pair[0] == pair[1], zip(reverse(entry.name).split("/"), parts, strict=False))]
        )

    shared = {entry.name: alike(entry) for entry in _entries(request)}
    best = max(shared, key=shared.__getitem__, default="")
    return best if shared.get(best, 0) > 1 else ""


def _of_use(entry: Entry) -> bool:
    types = {account.type for account in settings.CONFIG.accounts.values()}
    return (settings.CONFIG.practice or not entry.practice_only) and entry.with_account in ("", *types)


def _many(entry: Entry) -> bool:
    return len(settings.CONFIG.districts) > 1 or not entry.with_districts

"""Accounts: how we get in. Their settings are in config.yaml; here they are seen, asked, paused and resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.refusal import Refusal
from publisher.connectors import CONNECTORS
from publisher.connectors.base import NEVER, Connector, Description, Hears, Listens, Measures, Pins, Publishes, Target
from publisher.connectors.errors import ConnectorError
from publisher.connectors.linking import Rated, Standing
from publisher.console.access import needs
from publisher.console.forms.channel import publishing_accounts
from publisher.console.proof import sure
from publisher.console.views import reader
from publisher.console.views.channels import with_members
from publisher.deliver import actions, consent, heard, wellbeing
from publisher.deliver.channels import connector_for
from publisher.deliver.models import Account
from publisher.measure.metrics import LABELS
from publisher.measure.reader import TYPE
from publisher.people.access import May, within_reach
from publisher.people.audit import user_actor
from publisher.sentences import say

ABILITIES: tuple[tuple[type, object], ...] = (
    (Pins, _("pin messages")),
    (Measures, _("be asked for numbers")),
    (Listens, _("tell reactions and changes of its own accord")),
    (Hears, _("report deliveries and readers by webhook")),
)

# In the reader's language; a connector's own English words where there is no entry yet.
RISKS = {
    "whatsapp_cloud": _(
        "Only groups made through Meta's own interface can be reached; they hold at most eight people, "
        "and Meta charges for every message and person."
    ),
    "whatsapp_gateway": _(
        "It breaks WhatsApp's terms: the number can be restricted or banned. "
        "Keep a second administrator on a phone in every group."
    ),
    "whatsapp_relay": _("A post goes out only when a person has time. Numbers are what that person read on the phone."),
    "telegram_session": _("A log-in of a Telegram account: whoever holds it can read that account's chats."),
    "instagram": _("Instagram's terms forbid automated collection without permission."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    account: Account
    description: Description
    abilities: Sequence[object]
    metrics: Sequence[object]
    waiting: int
    hook: str
    risks: object

    @property
    def needs_consent(self) -> bool:
        return self.description.needs_consent


@require_safe
@needs(May.MANAGE)
def show(request: HttpRequest) -> HttpResponse:
    rows = Account.objects.filter(key__in=settings.CONFIG.accounts).order_by("key")
    return render(request, "console/accounts.html", {"accounts": [_entry(account) for account in rows]})


def _publishing(kind: type[Connector]) -> list[object]:
    """What can be done to a message afterwards is a limit of the platform, like its length."""
    limits = kind.description.limits
    if not issubclass(kind, Publishes):
        return []
    if NEVER in (limits.edit_within, limits.withdraw_within):
        return [_("publish, but neither correct nor withdraw")]
    return [_("publish, correct, withdraw")]


def _entry(account: Account) -> Entry:
    kind: type[Connector] = CONNECTORS[account.type]
    description = kind.description
    base = settings.CONFIG.site.public_url.rstrip("/")
    return Entry(
        account,
        description,
        [*_publishing(kind), *(words for ability, words in ABILITIES if issubclass(kind, ability))],
        [label for metric, label in LABELS.items() if metric in description.metrics],
        actions.reach_of_account(account),
        f"{base}/hooks/whatsapp/{account.key}/" if issubclass(kind, Hears) else "",
        RISKS.get(description.key, description.risks),
    )


@require_safe
@needs(May.MANAGE)
def one(request: HttpRequest, key: str) -> HttpResponse:
    account = _account(key)
    rows = within_reach(request.user, account.channels.select_related("district", "account"))
    facts = {
        "entry": _entry(account),
        "well": wellbeing.of_account(account),
        "channels": with_members(rows),
        "chats": heard.to_add(key) if key in publishing_accounts() else [],
        "publishes": key in publishing_accounts(),
        "reader": reader.facts(account) if account.type == TYPE else None,
    }
    return render(request, "console/account.html", facts)


@require_safe
@needs(May.MANAGE)
def who(request: HttpRequest, key: str) -> HttpResponse:
    """Asked live, in a piece of the page of its own: a platform that does not answer holds nothing else up."""
    account = _account(key)
    try:
        if error := consent.missing(account.key):
            raise error
        facts: dict[str, object] = {"me": async_to_sync(_ourselves)(account.key)}
        if issubclass(CONNECTORS[account.type], Rated):
            facts["standing"] = async_to_sync(_standing)(account.key)
    except ConnectorError as error:
        facts = {"why": say(error.reason, getattr(error, "values", None)), "detail": error.detail}
    return render(request, "console/_who.html", {"account": account, **facts})


async def _ourselves(key: str) -> Target:
    async with connector_for(key) as connector:
        return await connector.check()


async def _standing(key: str) -> Standing | None:
    async with connector_for(key) as connector:
        return await connector.standing() if isinstance(connector, Rated) else None


def _account(key: str) -> Account:
    return get_object_or_404(Account, key=key, pk__in=settings.CONFIG.accounts)


@require_POST
@needs(May.MANAGE)
def pause(request: HttpRequest, key: str) -> HttpResponse:
    try:
        actions.pause_account(_account(key), request.POST.get("reason", "")[:500], user_actor(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("“%(account)s” is paused: its posts wait.") % {"account": key})
    return redirect("account", key)


@require_POST
@needs(May.MANAGE)
@sure
def resume(request: HttpRequest, key: str) -> HttpResponse:
    try:
        held = actions.resume_account(_account(key), user_actor(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("account", key)
    messages.success(request, gettext("“%(account)s” goes on.") % {"account": key})
    return redirect("backlog") if held else redirect("account", key)

"""Accounts: how we get in. Their settings are in config.yaml; here they are seen, paused and resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.refusal import Refusal
from publisher.connectors import CONNECTORS
from publisher.connectors.base import Connector, Description, Hears, Listens, Measures, Pins, Publishes
from publisher.console.access import needs
from publisher.deliver import actions
from publisher.deliver.models import Account
from publisher.measure.metrics import LABELS
from publisher.people.access import May
from publisher.people.audit import user_actor

ABILITIES: tuple[tuple[type, object], ...] = (
    (Publishes, _("publish, correct, withdraw")),
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


@require_safe
@needs(May.MANAGE)
def show(request: HttpRequest) -> HttpResponse:
    rows = Account.objects.filter(key__in=settings.CONFIG.accounts).order_by("key")
    return render(request, "console/accounts.html", {"accounts": [_entry(account) for account in rows]})


def _entry(account: Account) -> Entry:
    kind: type[Connector] = CONNECTORS[account.type]
    description = kind.description
    base = settings.CONFIG.site.public_url.rstrip("/")
    return Entry(
        account,
        description,
        [words for ability, words in ABILITIES if issubclass(kind, ability)],
        [label for metric, label in LABELS.items() if metric in description.metrics],
        actions.reach_of_account(account),
        f"{base}/hooks/whatsapp/{account.key}/" if issubclass(kind, Hears) else "",
        RISKS.get(description.key, description.risks),
    )


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
    return redirect("accounts")


@require_POST
@needs(May.MANAGE)
def resume(request: HttpRequest, key: str) -> HttpResponse:
    held = actions.resume_account(_account(key), user_actor(request.user))
    messages.success(request, gettext("“%(account)s” goes on.") % {"account": key})
    return redirect("backlog" if held else "accounts")

"""The first week's guide, what the signs mean, and who may do what."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from publisher.console import moments
from publisher.console.access import own_account
from publisher.console.guide import guide
from publisher.console.looks import CHANGES, LATE, PUT_OFF, ROLES, STATES
from publisher.deliver.models import State
from publisher.people.models import Role


@require_safe
@own_account
def show(request: HttpRequest) -> HttpResponse:
    states = [look for state, look in STATES.items() if state != State.CLAIMED]
    facts = {
        "guide": guide(moments.spoken()),
        "states": [*states, LATE, PUT_OFF],
        "changes": CHANGES.values(),
        "roles": [(role.label, ROLES[role]) for role in Role],
    }
    return render(request, "console/help.html", facts)

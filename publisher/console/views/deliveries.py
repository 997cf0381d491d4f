"""A person's answer about one delivery: did it appear, send it all the same, drop it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from publisher.console.access import back, needs, within
from publisher.deliver import actions
from publisher.deliver.models import ChangeState, Delivery
from publisher.people.access import May
from publisher.people.audit import user_actor


def _delivery(request: HttpRequest, pk: int) -> Delivery:
    rows = Delivery.objects.select_related("post__district", "channel")
    return within(request, rows, "post__district", pk=pk)


@require_POST
@needs(May.WRITE)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    delivery, answer = _delivery(request, pk), request.POST.get("appeared")
    if answer not in ("yes", "no"):
        return HttpResponse(status=400)
    done = actions.settle(delivery, answer == "yes", user_actor(request.user))
    return _told(request, done, gettext("Noted. Thank you for looking."))


@require_POST
@needs(May.WRITE)
def send_anyway(request: HttpRequest, pk: int) -> HttpResponse:
    done = actions.send_anyway(_delivery(request, pk), user_actor(request.user))
    return _told(request, done, gettext("It goes out now."))


@require_POST
@needs(May.WRITE)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    done = actions.drop(_delivery(request, pk), user_actor(request.user))
    return _told(request, done, gettext("Dropped. It will not appear there."))


@require_POST
@needs(May.WRITE)
def done_by_hand(request: HttpRequest, pk: int) -> HttpResponse:
    """A person corrected or deleted the message themselves, where the platform or our rights do not let us."""
    change = _delivery(request, pk).changes.filter(state=ChangeState.BY_HAND).last()
    done = change is not None and actions.done_by_hand(change, user_actor(request.user))
    return _told(request, done, gettext("Noted. Thank you for doing it."))


def _told(request: HttpRequest, done: bool, words: str) -> HttpResponse:
    """Somebody else, or the program itself, may have been faster."""
    if done:
        messages.success(request, words)
    else:
        messages.warning(request, gettext("Nothing was changed: it was settled meanwhile."))
    return back(request)

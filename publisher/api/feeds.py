"""Feeds of what is public anyway, a person's calendar, and the widget for other sites' pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from publisher.api import cap, tokens
from publisher.api.warnings import Warning_, cancelled, of_post, standing
from publisher.deliver.models import Delivery, State
from publisher.people.access import within_reach
from publisher.people.models import District, User
from publisher.plan.models import Slot, SlotState

AHEAD, BACK = timedelta(days=60), timedelta(days=14)
COMING = (State.WAITING, State.CLAIMED, State.SENDING, State.PEOPLE, State.SENT)


@method_decorator(login_not_required, name="__call__")
class Warnings(Feed):
    """Every warning that stands in a channel, the newest first. `?district=` and `?lang=` narrow it."""

    feed_type = Atom1Feed
    language = "kk"
    login_required = False

    def get_object(self, request: HttpRequest) -> tuple[tuple[str, ...], str]:
        key = request.GET.get("district", "")
        return ((key,) if District.objects.filter(pk=key).exists() else ()), request.GET.get("lang", "")[:2]

    def title(self) -> str:
        return settings.CONFIG.site.name

    def link(self) -> str:
        return settings.CONFIG.site.public_url

    def feed_url(self) -> str:
        return f"{settings.CONFIG.site.public_url.rstrip('/')}{reverse('feed_atom')}"

    def items(self, asked: tuple[tuple[str, ...], str]) -> list[Warning_]:
        return standing(*asked)

    def item_title(self, item: Warning_) -> str:
        return item.headline

    def item_description(self, item: Warning_) -> str:
        return "\n\n".join(words for _language, words in item.texts)

    def item_link(self, item: Warning_) -> str:
        return item.address or alert_url(item)

    def item_guid(self, item: Warning_) -> str:
        return cap.identifier(item.post, item.post.revision)

    item_guid_is_permalink = False

    def item_pubdate(self, item: Warning_) -> Any:
        return item.sent_at


class WarningsRss(Warnings):
    feed_type = Rss201rev2Feed

    def feed_url(self) -> str:
        return f"{settings.CONFIG.site.public_url.rstrip('/')}{reverse('feed_rss')}"


class Alerts(Warnings):
    """The same, each entry leading to its CAP alert; withdrawn ones lead to their cancellation."""

    def feed_url(self) -> str:
        return f"{settings.CONFIG.site.public_url.rstrip('/')}{reverse('feed_cap')}"

    def items(self, asked: tuple[tuple[str, ...], str]) -> list[Warning_]:
        return [*standing(*asked), *cancelled(*asked)]

    def item_link(self, item: Warning_) -> str:
        return alert_url(item)


def alert_url(item: Warning_) -> str:
    return f"{settings.CONFIG.site.public_url.rstrip('/')}{reverse('feed_alert', args=[item.post.pk])}"


@login_not_required
@require_safe
@cache_control(public=True, max_age=60)
def alert(request: HttpRequest, number: int) -> HttpResponse:
    found = of_post(number)
    if found is None:
        raise Http404
    return HttpResponse(cap.alert(found), content_type="application/cap+xml")


@login_not_required
@require_safe
@cache_control(private=True, max_age=300)
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the address sees what its person sees in the calendar, and no text of a post."""
    person = tokens.person_of(token)
    if person is None:
        raise Http404
    with translation.override(person.language):
        return HttpResponse(_ical(person), content_type="text/calendar; charset=utf-8")


def _ical(person: User) -> bytes:
    from icalendar import Calendar  # only for whoever asks

    made = Calendar()
    made.add("prodid", "-//awareness-publisher//calendar//")
    made.add("version", "2.0")
    made.add("x-wr-calname", settings.CONFIG.site.name)
    for uid, title, at, where in [*_deliveries(person), *_slots(person)]:
        made.add_component(_event(uid, title, at, where))
    return bytes(made.to_ical())


def _event(uid: str, title: str, at: Any, where: str) -> Any:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{uid}@{cap.sender()}")
    event.add("summary", title)
    event.add("dtstart", at)
    event.add("dtend", at + timedelta(minutes=15))
    event.add("dtstamp", timezone.now())
    event.add("location", where)
    return event


def _deliveries(person: User) -> list[tuple[str, str, Any, str]]:
    now = timezone.now()
    rows = Delivery.objects.filter(state__in=COMING, due_at__gte=now - BACK, due_at__lte=now + AHEAD, part="main")
    rows = within_reach(person, rows, "post__district").select_related("post", "channel").order_by("due_at")
    by_post: dict[tuple[int, Any], list[Delivery]] = {}
    for row in rows:
        by_post.setdefault((row.post_id, row.due_at), []).append(row)
    return [
        (f"post-{pk}-{at:%s}", found[0].post.title, at, ", ".join(dict.fromkeys(str(row.channel) for row in found)))
        for (pk, at), found in by_post.items()
    ]


def _slots(person: User) -> list[tuple[str, str, Any, str]]:
    rows = Slot.objects.filter(state=SlotState.PLANNED, at__gte=timezone.now()).select_related("district")
    mine = within_reach(person, rows)
    return [(f"slot-{row.pk}", str(row.rule.get("name", row.plan)), row.at, str(row.district)) for row in mine]


@login_not_required
@require_safe
@xframe_options_exempt
@cache_control(public=True, max_age=120)
def widget(request: HttpRequest) -> HttpResponse:
    """For a frame on the akimat's page: the newest warnings, without a script. Framed only where config.yaml says."""
    asked = request.GET.get("lang", "")
    language = asked if asked in ("kk", "ru") else "kk"
    key = request.GET.get("district", "")
    place = District.objects.filter(pk=key).first()
    with translation.override(language):
        facts = {
            "warnings": standing((key,) if place else (), language, 5),
            "place": place,
            "spoken": language,
            "other": "ru" if language == "kk" else "kk",
        }
        response = render(request, "api/widget.html", facts)
    response._csp_replace = {"frame-ancestors": list(settings.CONFIG.interface.embed_on) or ["'none'"]}  # type: ignore[attr-defined]
    return response

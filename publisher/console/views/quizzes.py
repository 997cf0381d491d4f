"""Recognition before and after a campaign, and ruses whose warning has faded."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.models import Post
from publisher.console.access import districts_of, needs, within
from publisher.deliver.models import Part, State
from publisher.people.access import May, within_reach
from publisher.people.audit import note, user_actor
from publisher.residents import fading, quizzes
from publisher.residents.models import QuizPair

OFFERED = 100  # posts with a quiz that went out


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    pairs = within_reach(request.user, QuizPair.objects.select_related("district", "before", "after"))
    given = {
        "measured": [quizzes.measured(pair) for pair in pairs[:50]],
        "posts": _offered(request),
        "few": quizzes.FEW,
    }
    return render(request, "console/quizzes.html", given)


def _offered(request: HttpRequest) -> list[Post]:
    rows = Post.objects.filter(deliveries__part=Part.POLL, deliveries__state=State.SENT).distinct()
    rows = within_reach(request.user, rows).prefetch_related("versions").order_by("-pk")[:OFFERED]
    return [post for post in rows if quizzes.has_quiz(post)]


@require_POST
@needs(May.WRITE)
def add(request: HttpRequest) -> HttpResponse:
    mine = {str(post.pk): post for post in _offered(request)}
    before, after = mine.get(request.POST.get("before", "")), mine.get(request.POST.get("after", ""))
    if before is None or after is None or before == after or before.district_id != after.district_id:
        messages.error(request, gettext("Choose two different posts of one district."))
    elif not quizzes.same_question(before, after):
        messages.error(request, gettext("The two quizzes ask differently: only the same question can be compared."))
    else:
        _add(request, before, after)
    return redirect("quizzes")


def _add(request: HttpRequest, before: Post, after: Post) -> None:
    actor = user_actor(request.user)
    name = request.POST.get("name", "").strip()[:120] or after.title[:120]
    pair = QuizPair.objects.create(name=name, district=before.district, before=before, after=after, made_by=actor.name)
    note(actor, "quiz_pair_made", f"quiz:{pair.pk}", district=pair.district, before={}, after={"name": name})
    messages.success(request, gettext("The pair is there. Its numbers come from the polls' readings."))


@require_POST
@needs(May.WRITE)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """The pair alone: the posts and their answers stay."""
    pair = within(request, QuizPair.objects.select_related("district"), pk=pk)
    note(user_actor(request.user), "quiz_pair_removed", f"quiz:{pair.pk}", district=pair.district)
    pair.delete()
    messages.success(request, gettext("The pair is gone; the posts and their answers stay."))
    return redirect("quizzes")


@require_safe
@needs(May.VIEW)
def ruses(request: HttpRequest) -> HttpResponse:
    rows = fading.ruses(list(districts_of(request.user)), timezone.now())
    return render(request, "console/ruses.html", {"ruses": rows})

"""“Send a test to the control chat”: of what is in the form now, or of the post as it is saved."""

from __future__ import annotations

from collections.abc import Sequence

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from publisher.compose.message import VersionLike
from publisher.compose.models import Post
from publisher.compose.refusal import Refusal
from publisher.connectors.errors import ConnectorError
from publisher.console.access import needs, within
from publisher.console.keeping import channels_of, form_for
from publisher.deliver import trial
from publisher.deliver.models import Channel
from publisher.people.access import May
from publisher.people.audit import user_actor
from publisher.sentences import say


@require_POST
@needs(May.VIEW)
def test(request: HttpRequest, pk: int) -> HttpResponse:
    post, actor = within(request, Post.objects.select_related("district"), pk=pk), user_actor(request.user)
    when = post.publish_at or timezone.now()
    facts: dict[str, object] = {"post": post, "now": timezone.now()}
    try:
        made = trial.prepare(post, *_said(request, post), actor, when)
        async_to_sync(trial.send)(made)
    except Refusal as refusal:
        facts["problem"] = refusal.sentence
    except ConnectorError as error:
        facts |= {"problem": say(error.reason, getattr(error, "values", None)), "detail": error.detail}
    else:
        trial.remember(post, actor, made)
        facts["count"] = len(made.messages) - 1
    return render(request, "console/_tested.html", facts)


def _said(request: HttpRequest, post: Post) -> tuple[Sequence[VersionLike], Sequence[Channel]]:
    """From the editor: as it is typed, to the channels that are ticked."""
    keys = set(post.channel_keys) | set(post.deliveries.values_list("channel__key", flat=True))
    versions: Sequence[VersionLike] = list(post.versions.all())
    if "seen" in request.POST:
        form = form_for(request, post)
        form.is_valid()
        form.try_on(post)
        keys, versions = set(form.cleaned_data.get("channels", keys)), form.wordings()
    return versions, list(channels_of(post).filter(key__in=keys))

"""From a template, or from nothing, to a post in review."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose import editing, keeping, pictures, posts, templates
from publisher.compose.approval import OPEN
from publisher.compose.checks import Finding
from publisher.compose.content import DETAILS
from publisher.compose.models import Kind, Post
from publisher.compose.refusal import Refusal
from publisher.console import chosen
from publisher.console.access import districts_of, first_district, needs, within
from publisher.console.branding import profiles_of
from publisher.console.forms.post import PostForm
from publisher.console.keeping import channels_of, colliding, form_for, keeps_itself, stands
from publisher.console.preview import preview, said_again, too_much
from publisher.console.tags import by_word
from publisher.deliver import actions, films
from publisher.deliver.models import Channel, State
from publisher.people.access import May
from publisher.people.audit import Actor, user_actor
from publisher.render import orders
from publisher.yamlfile import FlawedFile

LANGUAGES = ("kk", "ru", "en")


@require_safe
@needs(May.WRITE)
def choose(request: HttpRequest) -> HttpResponse:
    """Templates by words and tag."""
    words, tag = request.GET.get("q", "").strip(), request.GET.get("tag", "")
    try:
        known = templates.load_all(settings.HOME.content)
        flaws = ()
    except FlawedFile as error:
        known, flaws = {}, error.flaws
    districts = districts_of(request.user)
    district = districts.filter(key=request.GET.get("district", "")).first() or first_district(request.user)
    facts = {
        "cards": chosen.templates(known.values(), words, tag, request.LANGUAGE_CODE, district),
        "tags": by_word(name for template in known.values() for name in template.tags),
        "q": words,
        "tag": tag,
        "flaws": flaws,
        "kinds": Kind.choices,
        "districts": districts,
        "chosen_district": district,
    }
    return render(request, "console/_templates.html" if request.htmx else "console/compose.html", facts)


@require_POST
@needs(May.WRITE)
def begin(request: HttpRequest) -> HttpResponse:
    """A draft of one's own: the template stays as it is."""
    district = get_object_or_404(districts_of(request.user), key=request.POST.get("district", ""))
    actor, slug = user_actor(request.user), request.POST.get("template", "")
    try:
        if slug:
            template = templates.load(settings.HOME.content, slug)
            post = posts.from_template(template, district, actor)
        else:
            kind = request.POST.get("kind", Kind.NOTICE)
            post = posts.blank(kind if kind in Kind.values else Kind.NOTICE, gettext("New post"), district, actor)
    except FlawedFile as error:
        messages.error(request, str(error))
        return redirect("compose")
    return redirect("edit", post.pk)


@require_POST
@needs(May.WRITE)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same once more, as a draft: for a cancelled post, another time, another channel."""
    post, actor = _open_post(request, pk), user_actor(request.user)
    kept = [name for name in DETAILS if name not in ("title", "kind", "publish_at", "expires_at")]
    with transaction.atomic():
        draft = posts.blank(post.kind, post.title, post.district, actor)
        posts.change(draft, actor, **{name: getattr(post, name) for name in kept})
        posts.save_versions(draft, {version.language: version for version in post.versions.all()}, actor)
        posts.set_media(draft, [(row.upload, row.language) for row in post.media.select_related("upload")], actor)
        orders.copy(post, draft, profiles_of(draft), actor)
    messages.success(request, gettext("A new draft with the same content. Choose its time."))
    return redirect("edit", draft.pk)


def _open_post(request: HttpRequest, pk: int) -> Post:
    return within(request, Post.objects.select_related("district"), pk=pk)


@needs(May.WRITE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Before it went out: everything. After: the texts, as a correction of what stands there."""
    post = _open_post(request, pk)
    if post.status not in OPEN:
        messages.warning(request, gettext("This post is closed: it was cancelled or withdrawn."))
        return redirect("post", post.pk)
    keeping.baseline(post)
    form, collision = form_for(request, post), {}
    if request.method == "POST" and form.is_valid():
        try:
            done, form, collision = _save(request, post, form)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            post.refresh_from_db()
        else:
            if done:
                return done
    facts = _editor_facts(post, form) | {"colleagues": editing.here(post, request.user)} | collision
    return render(request, "console/editor.html", facts)


def _save(request: HttpRequest, post: Post, form: PostForm) -> tuple[HttpResponse | None, PostForm, dict[str, object]]:
    """Where to go from here; or the form with what others changed put in, and the texts to choose between."""
    submit = request.POST.get("action") == "submit"
    with transaction.atomic():
        kept = keeping.keep(post, form.content(), user_actor(request.user), seen=form.seen_digest)
        collision = colliding(post, form, kept)
        if kept.conflicts:
            messages.error(request, gettext("Not saved yet: somebody else changed the same text. Choose below."))
            return None, _with(request, post, form, collision["set"]), collision
        if submit:
            send_for_review(post, user_actor(request.user))
    if submit:
        words, target = gettext("Sent for review. A second person reads and approves it."), redirect("post", post.pk)
    else:
        words, target = gettext("Saved."), redirect("edit", post.pk)
    messages.success(request, words)
    if collision["other"] and collision["taken"]:
        by, what = collision["other"].by_name, ", ".join(collision["taken"])
        messages.warning(
            request, gettext("%(name)s changed meanwhile: %(what)s. It is kept.") % {"name": by, "what": what}
        )
    target.set_cookie("kept_draft", form.cleaned_data.get("draft", ""), max_age=86_400, samesite="Lax")
    return target, form, collision


def _with(request: HttpRequest, post: Post, form: PostForm, values: object) -> PostForm:
    """The form as it was sent, with these fields' values in place of its own."""
    data = request.POST.copy()
    for name, value in values.items():
        if isinstance(value, bool):
            data.setlist(name, ["on"] if value else [])
        else:
            data.setlist(name, value if isinstance(value, list) else [value])
    changed = form_for(request, post, data)
    changed.is_valid()
    return changed


@transaction.atomic
def send_for_review(post: Post, actor: Actor) -> None:
    """What cannot go out is not given to a colleague to read. What stands there has had its time and its room."""
    channels = list(channels_of(post).filter(key__in=post.channel_keys))
    going_out = not stands(post)
    if going_out:
        _check_when_and_where(post, channels)
    films.order_missing(post, channels)
    for finding in actions.errors_of(post, channels):
        raise Refusal(finding.code, **finding.values)
    stands_there = post.deliveries.filter(sent_at__isnull=False).exists()
    for finding in () if stands_there else _told(post, channels):
        if finding.severity == "error":
            raise Refusal(finding.code, **finding.values)
    posts.submit(post, actor)


def _check_when_and_where(post: Post, channels: Sequence[Channel]) -> None:
    if not channels:
        raise Refusal("no_channels")
    if post.publish_at and post.publish_at < timezone.now():
        raise Refusal("in_the_past", at=post.publish_at.astimezone(post.district.zone).strftime("%d.%m.%Y %H:%M"))


def _told(post: Post, channels: Sequence[Channel]) -> list[Finding]:
    moment = post.publish_at or timezone.now()
    return [*said_again(post, list(post.versions.all()), channels, moment), *too_much(post, channels, moment)]


@require_POST
@needs(May.WRITE)
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Preview, counters and findings of what is in the form now. Saves nothing."""
    post = _open_post(request, pk)
    form = form_for(request, post)
    form.is_valid()
    keys = form.cleaned_data.get("channels", post.channel_keys)
    channels = list(channels_of(post).filter(key__in=keys))
    reason = form.cleaned_data.get("single_language_reason", post.single_language_reason)
    due_at = form.due_at()
    form.try_on(post)
    facts = {
        "preview": preview(post, form.wordings(), channels, due_at, reason),
        "post": post,
        "due_at": due_at,
        "correcting": stands(post),
    }
    return render(request, "console/_live.html", facts)


def _editor_facts(post: Post, form: PostForm) -> dict[str, object]:
    channels = list(channels_of(post))
    wished = [channel for channel in channels if channel.key in post.channel_keys]
    versions = form.wordings() if form.is_bound else list(post.versions.all())
    versions = sorted(versions, key=lambda version: LANGUAGES.index(version.language))
    standing = post.deliveries.filter(state=State.SENT)
    return {
        "post": post,
        "form": form,
        "channels": channels,
        "tags": by_word(tag for channel in channels for tag in channel.tags),
        "selected": [] if stands(post) else form["channels"].value() or [],
        "versions": [chosen.fields_of(form, language) for language in form.languages],
        "preview": preview(post, versions, wished, post.publish_at, post.single_language_reason),
        "due_at": form.due_at() if form.is_bound else post.publish_at,
        "correcting": stands(post),
        "standing": standing.values("channel").distinct().count(),
        "looked": pictures.looked_at(post),
        "keeps_itself": keeps_itself(post),
        "seen": post.snapshots.values_list("digest", flat=True).first() or "",
        "now": timezone.now(),
    }

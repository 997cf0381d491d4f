"""`publisher test`: what residents would get, in the control chat, without a delivery."""

from __future__ import annotations

from argparse import Namespace

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from publisher.commands import DONE, WrongInput, attach, split, tell
from publisher.compose import posts
from publisher.compose.models import Post
from publisher.deliver import channels, trial
from publisher.deliver.models import Channel
from publisher.people.audit import shell_actor


def test(arguments: Namespace) -> int:
    """A post by its number; else a file or template, of which nothing is kept."""
    made = _of_a_post(arguments) if arguments.source.isdigit() else _of_a_file(arguments)
    count = len(made.messages) - 1
    line = f"{count} messages stand in the control chat, after one that says that they are a test."
    tell(arguments, {"chat": made.chat, "account": made.account.key, "messages": count}, [line])
    return DONE


def _of_a_post(arguments: Namespace) -> trial.Trial:
    post = Post.objects.filter(pk=int(arguments.source)).select_related("district").first()
    if post is None:
        raise WrongInput(f"There is no post {arguments.source}. See: publisher queue.")
    asked = channels.resolve(split(arguments.to)) if arguments.to else Channel.objects.filter(key__in=post.channel_keys)
    made = trial.prepare(post, list(post.versions.all()), list(asked), shell_actor(), post.publish_at or timezone.now())
    async_to_sync(trial.send)(made)
    trial.remember(post, shell_actor(), made)
    return made


def _of_a_file(arguments: Namespace) -> trial.Trial:
    if not arguments.to:
        raise WrongInput("Say for which channels it is meant: --to KEY[,KEY] or --to tag:NAME.")
    asked, actor = channels.resolve(split(arguments.to)), shell_actor()
    with transaction.atomic():
        post = posts.resolve(settings.HOME, arguments.source, asked[0].district, actor)
        attach(post, arguments.media)
        made = trial.prepare(post, list(post.versions.all()), asked, actor, timezone.now())
        transaction.set_rollback(True)  # a test leaves no post behind
    async_to_sync(trial.send)(made)
    return made

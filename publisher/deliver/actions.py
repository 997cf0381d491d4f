"""What people do to deliveries. Each function checks, changes, and writes the audit trail, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from publisher.compose.approval import is_approved
from publisher.compose.checks import Finding, check_post
from publisher.compose.models import Post, Status
from publisher.compose.posts import Refusal
from publisher.deliver import corrections, films, pauses
from publisher.deliver.border import now
from publisher.deliver.channels import description_of
from publisher.deliver.dispatch import limits_of
from publisher.deliver.models import Account, Change, ChangeKind, ChangeState, Channel, Delivery, Part, State
from publisher.people.audit import Actor, note

GRACE = timedelta(minutes=1)  # "now" as people type it
UNCLEAR = (State.SENDING, State.UNKNOWN)
OVER = (Status.WITHDRAWN, Status.CANCELLED)
ANEW: dict[str, object] = {
    "not_before": None,
    "expires_at": None,
    "error_reason": "",
    "error_detail": "",
    "error_values": {},
}
NOT_OUT = (State.WAITING, State.CLAIMED, State.PEOPLE)


def languages_for(post: Post, channel: Channel) -> list[str]:
    """The versions a channel gets: those of its languages that the post has."""
    written = set(post.versions.values_list("language", flat=True))
    return [language for language in channel.languages if language in written]


def errors_of(post: Post, channels: Sequence[Channel]) -> list[Finding]:
    """What keeps the post from going to these channels."""
    asked = [(channel.key, channel.languages, description_of(channel)) for channel in channels]
    return [finding for finding in check_post(post, asked) if finding.severity == "error"]


def schedule(post: Post, channels: Sequence[Channel], due_at: datetime, *, actor: Actor) -> list[Delivery]:
    """Queue an approved post. Everything wrong is found here, before a single row exists."""
    if not is_approved(post):
        raise Refusal("not_approved")
    if not channels:
        raise Refusal("no_channels")
    if due_at < now() - GRACE:
        raise Refusal("in_the_past", at=due_at.astimezone(post.district.zone).strftime("%d.%m.%Y %H:%M"))
    if post.expires_at and due_at >= post.expires_at:  # it would expire in the queue, and nobody would have been told
        raise Refusal("after_its_end", at=post.expires_at.astimezone(post.district.zone).strftime("%d.%m.%Y %H:%M"))
    for channel in channels:
        if channel.off_reason:
            raise Refusal("channel_off", key=channel.key)
    films.order_missing(post, channels)
    for finding in errors_of(post, channels):
        raise Refusal(finding.code, **finding.values)
    with transaction.atomic():
        rows = [row for channel in channels for row in _rows(post, channel, due_at)]
        made = Delivery.objects.bulk_create(rows)
        keys = [channel.key for channel in channels]
        note(actor, "queued", f"post:{post.pk}", district=post.district, channels=keys, due_at=due_at.isoformat())
    return made


def _rows(post: Post, channel: Channel, due_at: datetime) -> list[Delivery]:
    polls = description_of(channel).limits.poll_options > 0
    parts = [
        (language, part) for language in languages_for(post, channel) for part in _parts(post, language, polls=polls)
    ]
    priority = Delivery.URGENT if post.urgent else 0
    return [
        Delivery(
            post=post,
            channel=channel,
            language=language,
            part=part,
            due_at=due_at,
            expires_at=post.expires_at,
            priority=priority,
            revision=post.revision,
        )
        for language, part in parts
    ]


def _parts(post: Post, language: str, *, polls: bool) -> list[Part]:
    version = post.versions.get(language=language)
    return [Part.MAIN, Part.POLL] if polls and version.poll else [Part.MAIN]


def cancel(post: Post, actor: Actor) -> int:
    """Stop what has not gone out; returns how many. What is on the wire is withdrawn as soon as it stands."""
    with transaction.atomic():
        list(Delivery.objects.select_for_update().filter(post=post).order_by("pk").values("pk"))  # none moves meanwhile
        stopped = Delivery.objects.filter(post=post, state__in=NOT_OUT).update(
            state=State.CANCELLED, lease_until=None, held=""
        )
        Delivery.objects.filter(post=post, state=State.SENDING).update(cancel_requested=True)
        if not Delivery.objects.filter(post=post).exclude(state=State.CANCELLED).exists():
            Post.objects.filter(pk=post.pk).update(status=Status.CANCELLED)
        note(actor, "cancelled", f"post:{post.pk}", district=post.district, deliveries=stopped)
    return stopped


def withdraw(post: Post, actor: Actor) -> list[Change]:
    """Take the post away everywhere: what stands is deleted, what waits is cancelled."""
    with transaction.atomic():
        cancel(post, actor)
        Delivery.objects.filter(post=post, state__in=[State.FAILED, State.EXPIRED]).update(state=State.CANCELLED)
        standing = _standing(post, State.UNKNOWN)
        _drop_older_changes(standing)
        changes = _order(standing, ChangeKind.WITHDRAW, post.revision, actor)
        Post.objects.filter(pk=post.pk).update(status=Status.WITHDRAWN)
        note(actor, "withdrawn", f"post:{post.pk}", district=post.district, deliveries=len(changes))
    return changes


def correct(post: Post, actor: Actor) -> list[Change]:
    """Make what stands read like the post does now. What still waits simply goes out in the new wording."""
    channels = [delivery.channel for delivery in post.deliveries.select_related("channel__account")]
    for finding in errors_of(post, channels):
        raise Refusal(finding.code, **finding.values)
    with transaction.atomic():
        pauses.take_back(Delivery.objects.filter(post=post))  # the worker has the old words in hand
        standing = [delivery for delivery in _standing(post, *UNCLEAR) if _takes_edits(delivery)]
        for problem in (problem for delivery in standing for problem in corrections.too_long(delivery)):
            raise Refusal(str(problem.pop("code")), **problem)
        waiting = Delivery.objects.filter(post=post, state__in=NOT_OUT)
        waiting.exclude(part=Part.CORRECTION).update(revision=post.revision)
        _drop_older_changes(standing)
        changes = _order(standing, ChangeKind.EDIT, post.revision, actor)
        note(actor, "corrected", f"post:{post.pk}", district=post.district, deliveries=len(changes))
    return changes


def _standing(post: Post, *also: State) -> list[Delivery]:
    """What stands in the channels; `also` what may stand there: it is changed once that is known."""
    rows = Delivery.objects.filter(post=post, state__in=[State.SENT, *also])
    return list(rows.select_related("channel__account", "post__district"))


def _takes_edits(delivery: Delivery) -> bool:
    """The text; and an earlier correction in reply, where the platform can change that one."""
    if delivery.part == Part.CORRECTION:
        return corrections.edits(limits_of(delivery.channel.account))
    return delivery.part == Part.MAIN


def _drop_older_changes(deliveries: Sequence[Delivery]) -> None:
    older = Change.objects.filter(delivery__in=deliveries, state=ChangeState.WAITING)
    older.exclude(kind=ChangeKind.PIN).update(state=ChangeState.CANCELLED)


def _order(deliveries: Sequence[Delivery], kind: ChangeKind, revision: int, actor: Actor) -> list[Change]:
    moment = now()
    return Change.objects.bulk_create(
        Change(delivery=delivery, kind=kind, revision=revision, due_at=moment, asked_by=actor.name)
        for delivery in deliveries
    )


def settle(delivery: Delivery, appeared: bool, actor: Actor) -> bool:
    """A person looked into the channel. If it did not appear, it waits for “Send now”; it is not sent by itself."""
    state = State.SENT if appeared else State.FAILED
    last = delivery.attempts.last()
    fields = {"sent_at": last.started_at or now()} if appeared and last else {}
    with transaction.atomic():
        changed = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN).update(
            state=state,
            settled_by=actor.name,
            error_reason="" if appeared else "by_person",
            error_detail="",
            not_before=None,
            **fields,
        )
        if changed:
            if not appeared:
                _drop_older_changes([delivery])
            elif delivery.cancel_requested:  # while it was on the wire
                _order([delivery], ChangeKind.WITHDRAW, delivery.revision, actor)
            _note(delivery, "appeared" if appeared else "did_not_appear", actor)
    return bool(changed)


def done_by_hand(change: Change, actor: Actor) -> bool:
    """A person changed or deleted the message themselves, where the program could not."""
    with transaction.atomic():
        mine = Change.objects.filter(pk=change.pk, state=ChangeState.BY_HAND)
        changed = mine.update(state=ChangeState.DONE, done_at=now(), error_reason="", error_detail="")
        if changed:
            standing = Delivery.objects.filter(pk=change.delivery_id, state=State.SENT)
            if change.kind == ChangeKind.WITHDRAW:
                standing.update(state=State.WITHDRAWN)
            else:
                standing.update(revision=change.revision)
            _note(change.delivery, "done_by_hand", actor)
    return bool(changed)


def send_anyway(delivery: Delivery, actor: Actor) -> bool:
    """A failed, late, expired or held delivery goes into the queue again, because a person says so."""
    with transaction.atomic():
        held = Q(state=State.WAITING) & ~Q(held="")
        mine = Delivery.objects.filter(held | Q(state__in=[State.FAILED, State.EXPIRED]), pk=delivery.pk)
        mine = mine.exclude(post__status__in=OVER)  # it would wait for good
        changed = mine.update(
            state=State.WAITING,
            late_ok=True,
            held="",
            put_off=0,
            cancel_requested=False,
            **ANEW,
        )
        if changed:
            _bring_back_poll(delivery)
            _note(delivery, "sent_anyway", actor)
    return bool(changed)


def _bring_back_poll(main: Delivery) -> None:
    """It was dropped because its text did not go out."""
    same = Delivery.objects.filter(post=main.post_id, channel=main.channel_id, language=main.language)
    polls = same.filter(part=Part.POLL, state=State.CANCELLED, error_reason="main_part_failed")
    if main.part == Part.MAIN:
        polls.update(state=State.WAITING, late_ok=True, **ANEW)


def drop(delivery: Delivery, actor: Actor) -> bool:
    """A person decides that it is not to appear."""
    undone = [*NOT_OUT, State.FAILED, State.EXPIRED]
    with transaction.atomic():
        changed = Delivery.objects.filter(pk=delivery.pk, state__in=undone).update(state=State.CANCELLED, held="")
        if changed:
            _note(delivery, "dropped", actor)
    return bool(changed)


def _note(delivery: Delivery, verb: str, actor: Actor) -> None:
    post = delivery.post
    note(
        actor, verb, f"post:{post.pk}", district=post.district, channel=delivery.channel.key, language=delivery.language
    )


def pause_account(account: Account, reason: str, actor: Actor) -> None:
    pauses.stop(f"account:{account.pk}", reason, actor)


def resume_account(account: Account, actor: Actor) -> int:
    """Returns how many deliveries are held for a person's decision."""
    return pauses.resume(f"account:{account.pk}", actor)


def reach_of_account(account: Account) -> int:
    """How many deliveries wait behind a paused account."""
    return Delivery.objects.filter(Q(state=State.WAITING), channel__account=account).count()

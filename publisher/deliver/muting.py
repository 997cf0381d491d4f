"""A channel switched off by a person: its posts wait, or are skipped. Unlike a stop it concerns one channel alone."""

from __future__ import annotations

from django.db import transaction

from publisher.compose.refusal import Refusal
from publisher.deliver import pauses
from publisher.deliver.border import now
from publisher.deliver.models import Channel, Delivery, State
from publisher.people.audit import Actor, note

WAIT, SKIP = "muted_wait", "muted_skip"  # sentence codes, in the channel's off_reason
BY_PERSON = (WAIT, SKIP, "by_person")
OPTED_OUT = "opted_out"  # said by the resident themselves; nobody else switches that back
LASTING = (*BY_PERSON, OPTED_OUT)  # what the program finds out about a channel does not take their place


def mute(channel: Channel, how: str, reason: str, actor: Actor) -> None:
    """`how`: WAIT or SKIP. What a worker took but has not begun is taken back; what is on the wire is recorded."""
    if not reason.strip():
        raise Refusal("reason_missing")
    if channel.off_reason == OPTED_OUT:
        raise Refusal(OPTED_OUT)
    with transaction.atomic():
        told = f"{reason.strip()[:300]} — {actor.name}"
        Channel.objects.filter(pk=channel.pk).update(off_reason=how, off_detail=told)
        pauses.take_back(Delivery.objects.filter(channel=channel))
        before, after = {"off_reason": channel.off_reason}, {"off_reason": how, "reason": reason.strip()}
        note(actor, "channel_off", f"channel:{channel.key}", district=channel.district, before=before, after=after)
    if how == SKIP:
        skip_due()


def unmute(channel: Channel, actor: Actor) -> int:
    """Returns how many came due meanwhile: they are held until a person decides, so that nothing floods."""
    if channel.off_reason == OPTED_OUT:
        raise Refusal(OPTED_OUT)
    with transaction.atomic():
        changed = Channel.objects.filter(pk=channel.pk).exclude(off_reason="").update(off_reason="", off_detail="")
        if not changed:
            return 0
        late = Delivery.objects.filter(channel=channel, state=State.WAITING, held="", due_at__lte=now())
        held = late.update(held="paused_meanwhile")
        before = {"off_reason": channel.off_reason}
        note(actor, "channel_on", f"channel:{channel.key}", district=channel.district, held=held, before=before)
    return held


def skip_due() -> int:
    """What comes due for a channel whose posts are skipped ends there, and says so. Returns how many."""
    due = Delivery.objects.filter(state=State.WAITING, channel__off_reason=SKIP, due_at__lte=now())
    ended = Delivery.objects.filter(pk__in=list(due.values_list("pk", flat=True)), state=State.WAITING)
    return ended.update(state=State.CANCELLED, held="", error_reason=SKIP, error_values={}, error_detail="")

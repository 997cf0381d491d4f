"""Moving something in the calendar: what is moved, what speaks against it, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from publisher.compose.models import Post
from publisher.compose.refusal import NotAllowed, Refusal
from publisher.console import agenda, moments
from publisher.deliver import moves
from publisher.deliver.models import Delivery
from publisher.people.audit import user_actor
from publisher.people.models import District, User
from publisher.plan import changes
from publisher.plan.calendar import is_quiet
from publisher.plan.holiday_names import holiday_name
from publisher.plan.models import Slot


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing of the calendar at its present moment. `queued`: the moment is that of deliveries, not a wish."""

    thing: Post | Slot
    at: datetime
    channels: Sequence[str]
    queued: bool = False

    @property
    def title(self) -> str:
        return self.thing.title if isinstance(self.thing, Post) else self.thing.rule.get("name") or self.thing.plan

    @property
    def district(self) -> District:
        return self.thing.district

    @property
    def id(self) -> str:
        if isinstance(self.thing, Slot):
            return f"slot-{self.thing.pk}"
        return f"post-{self.thing.pk}-{int(self.at.timestamp())}" if self.queued else f"wish-{self.thing.pk}"

    @property
    def address(self) -> str:
        return "move_post" if isinstance(self.thing, Post) else "move_slot"

    @property
    def urgent(self) -> bool:
        return self.thing.urgent if isinstance(self.thing, Post) else bool(self.thing.rule.get("urgent"))


def of_post(post: Post, was: datetime | None) -> Moved | None:
    """Queued for `was`, or wished for and not queued yet. None: there is nothing (any more) to move."""
    if was is None:
        if post.publish_at is None or post.deliveries.exists():
            return None
        return Moved(post, post.publish_at, tuple(post.channel_keys))
    # Addresses carry whole seconds; a post sent “now” was queued within one.
    rows = Delivery.objects.filter(post=post, due_at__gte=was, due_at__lt=was + timedelta(seconds=1))
    found = list(rows.values_list("due_at", "channel__key"))
    return Moved(post, found[0][0], tuple(sorted({key for _, key in found})), queued=True) if found else None


def against(moved: Moved, at: datetime, user: User) -> list[str]:
    """What a person should know before, in words. None of it forbids the move."""
    zone = moved.district.zone
    local, district = at.astimezone(zone), moved.district
    found = []
    if not moved.urgent and is_quiet(local.time(), district.quiet_from, district.quiet_to):
        words = gettext("It falls into the quiet hours (%(start)s–%(end)s): phones would ring at night.")
        found.append(words % {"start": f"{district.quiet_from:%H:%M}", "end": f"{district.quiet_to:%H:%M}"})
    if holiday := holiday_name(local.date()):
        found.append(gettext("It is a public holiday: %(holiday)s.") % {"holiday": holiday})
    for other in agenda.neighbours(user, moved.channels, at, moved.id)[:5]:
        named = {"title": other.title, "time": f"{other.at.astimezone(zone):%H:%M}"}
        found.append(gettext("“%(title)s” stands on the same channel at %(time)s.") % named)
    if isinstance(moved.thing, Post) and not moved.queued and moved.thing.approved_digest:
        found.append(gettext("It was approved for the old time, so it must be approved again."))
    return found


def carry_out(moved: Moved, at: datetime, user: User) -> dict[str, Any]:
    """Returns what `back` needs to undo it."""
    thing, actor = moved.thing, user_actor(user)
    author = thing.author_id if isinstance(thing, Post) else None
    if why := agenda.hindrance(user, thing.district_id, author):
        raise NotAllowed("not_yours_to_move", why=why)
    if isinstance(thing, Slot):
        thing = changes.move(thing, at, actor)
    elif moved.queued:
        moves.move_queued(thing, moved.at, at, actor)
    else:
        moves.move_wish(thing, at, actor)
    return {
        "address": moved.address,
        "pk": thing.pk,
        "was": int(moved.at.timestamp()),
        "now": int(at.timestamp()),
        "queued": moved.queued,
        "words": gettext("“%(title)s” moved to %(time)s.")
        % {"title": moved.title, "time": moments.moment_words(at, moved.district.zone)},
    }


def undoable(request: HttpRequest) -> dict[str, Any] | None:
    """The last move of this person, for as long as it is offered to take it back."""
    record = request.session.get("calendar_moved")
    if record and datetime.now(UTC).timestamp() > record["until"]:
        del request.session["calendar_moved"]
        return None
    return record


def again(thing: Post | Slot, record: dict[str, Any]) -> Moved:
    """What was moved, where it stands now."""
    now = datetime.fromtimestamp(record["now"], UTC)
    if isinstance(thing, Slot):
        return Moved(thing, now, tuple(thing.channel_keys))
    found = of_post(thing, now if record["queued"] else None)
    if found is None or found.at.replace(microsecond=0) != now:
        raise Refusal("already_going_out")
    return found

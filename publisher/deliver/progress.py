"""How a campaign stands in each district: read from its version and deliveries there, never kept beside them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Max, Min
from django.utils import timezone

from publisher.compose import copies
from publisher.compose.models import Post, Status
from publisher.deliver.models import Delivery, State
from publisher.plan.models import Answer, Campaign, Share

NEEDS_A_PERSON = {State.FAILED, State.UNKNOWN, State.EXPIRED}


class Stand(StrEnum):
    """What needs the centre first."""

    STUCK = "stuck"  # a message failed, or nobody knows whether it appeared
    TO_SETTLE = "to_settle"
    REFUSED = "refused"
    SILENT = "silent"
    WAITING = "waiting"
    ADAPTED = "adapted"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Standing:
    share: Share
    stand: Stand
    adapted: bool  # says something else than the centre gave; a published one may be
    sent: int = 0
    messages: int = 0
    first_at: datetime | None = None  # of the publication
    due_at: datetime | None = None  # of the next message


@dataclass(frozen=True, slots=True)
class Board:
    campaign: Campaign
    rows: Sequence[Standing]

    @property
    def counts(self) -> list[tuple[Stand, int]]:
        counted = Counter(row.stand for row in self.rows)
        return [(stand, counted[stand]) for stand in Stand if counted[stand]]

    @property
    def behind(self) -> int:
        """Districts whose version lacks the centre's newest approved wording."""
        newest = self.campaign.source.revision
        open_ones = [row.share for row in self.rows if row.share.post and row.share.post.status not in _OVER]
        return sum(share.revision < newest for share in open_ones)


_OVER = (Status.WITHDRAWN, Status.CANCELLED)


def board(campaign: Campaign, districts: Collection[str] | None = None) -> Board:
    """Four queries, however many districts; `districts`: only these."""
    mine = campaign.shares.select_related("district", "post", "campaign")
    shares = list(mine if districts is None else mine.filter(district__in=districts))
    told = _deliveries([share.post_id for share in shares if share.post_id])
    adapted = _adapted(shares)
    rows = [_standing(share, told.get(share.post_id or 0, {}), share.pk in adapted) for share in shares]
    return Board(campaign, rows)


def _deliveries(posts: Collection[int]) -> dict[int, dict[str, tuple[int, datetime, datetime | None]]]:
    """By post and state: how many, the earliest due, the earliest sent."""
    rows = Delivery.objects.filter(post__in=posts).values("post", "state")
    found: dict[int, dict[str, tuple[int, datetime, datetime | None]]] = defaultdict(dict)
    for row in rows.annotate(n=Count("pk"), due=Min("due_at"), sent=Max("sent_at")).order_by():
        found[row["post"]][row["state"]] = (row["n"], row["due"], row["sent"])
    return found


def _adapted(shares: Sequence[Share]) -> set[int]:
    """An ordered post cannot be adapted, so only offered ones are compared."""
    mine = {share.post_id: share for share in shares if share.post_id and not share.campaign.ordered}
    posts = Post.objects.filter(pk__in=mine).prefetch_related("versions", "media__upload")
    return {mine[post.pk].pk for post in posts if copies.was_adapted(post, mine[post.pk].given)}


def _standing(share: Share, told: Mapping[str, tuple[int, datetime, datetime | None]], adapted: bool) -> Standing:
    sent = told.get(State.SENT, (0, None, None))
    waiting = [row for state, row in told.items() if state not in (State.SENT, State.CANCELLED, *NEEDS_A_PERSON)]
    messages = sum(row[0] for state, row in told.items() if state != State.CANCELLED)
    return Standing(
        share,
        _stand(share, set(told), adapted),
        adapted,
        sent[0],
        messages,
        sent[2],
        min((row[1] for row in waiting), default=None),
    )


def _stand(share: Share, states: set[str], adapted: bool) -> Stand:
    if share.answer == Answer.REFUSED:
        return Stand.REFUSED
    if share.campaign.withdrawn_at or (share.post and share.post.status in _OVER):
        return Stand.WITHDRAWN
    if states & NEEDS_A_PERSON:
        return Stand.STUCK
    if share.to_settle:
        return Stand.TO_SETTLE
    if states - {State.CANCELLED}:
        return Stand.PUBLISHED if State.SENT in states else Stand.SCHEDULED
    if share.answer == Answer.NONE:
        late = share.campaign.answer_by and share.campaign.answer_by < timezone.now()
        return Stand.SILENT if late else Stand.WAITING
    return Stand.ADAPTED if adapted else Stand.ACCEPTED

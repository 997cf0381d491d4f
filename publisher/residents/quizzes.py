"""Recognition before and after a campaign: right answers of the same quiz, with how little they can tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from publisher.compose.models import Post
from publisher.compose.variables import fill, variables_for
from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery, Part
from publisher.measure.models import Reading
from publisher.residents.models import QuizPair
from publisher.residents.shares import Share, difference

FEW = 30  # answers; below it nothing is claimed


@dataclass(frozen=True, slots=True)
class Measured:
    """`change`: after − before in percentage points with its 95 % interval; None when there are too few answers."""

    pair: QuizPair
    before: Share
    after: Share
    change: tuple[float, float, float] | None

    @property
    def says(self) -> str:
        """few, better, worse, or unclear: the interval holds 0."""
        if self.change is None:
            return "few"
        _found, low, high = self.change
        return "better" if low > 0 else "worse" if high < 0 else "unclear"


def measured(pair: QuizPair) -> Measured:
    before, after = right_answers(pair.before), right_answers(pair.after)
    enough = min(before.of, after.of) >= FEW
    return Measured(pair, before, after, difference(before, after) if enough else None)


def right_answers(post: Post) -> Share:
    """The newest state of every poll of the post; languages and channels together."""
    counted = [_of(delivery, post) for delivery in Delivery.objects.filter(post=post, part=Part.POLL)]
    return Share(sum(hits for hits, _ in counted), sum(of for _, of in counted))


def _of(delivery: Delivery, post: Post) -> tuple[int, int]:
    version = post.versions.filter(language=delivery.language).first()
    poll = version.poll if version else None
    if not poll or not poll.get("answer"):
        return 0, 0
    votes = _newest(Reading.objects.filter(delivery=delivery, metric=Metric.POLL_VOTES).order_by("at", "pk"))
    values = variables_for(post.district, delivery.language, delivery.due_at)
    return votes.get(fill(poll["options"][int(poll["answer"]) - 1], values), 0), sum(votes.values())


def _newest(readings: Iterable[Reading]) -> dict[str, int]:
    return {reading.label: reading.value for reading in readings}


def has_quiz(post: Post) -> bool:
    return any((version.poll or {}).get("answer") for version in post.versions.all())


def same_question(before: Post, after: Post) -> bool:
    """Compared is only what was asked alike: the same options and right answer in each common language."""
    asked = {version.language: version.poll for version in before.versions.all() if version.poll}
    again = {version.language: version.poll for version in after.versions.all() if version.poll}
    common = asked.keys() & again.keys()
    same = ("question", "options", "answer")
    return bool(common) and all(asked[key].get(part) == again[key].get(part) for key in common for part in same)

"""The numbers of pages and pieces as people read them: at a horizon, or the newest, or why there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.connectors.base import Metric
from publisher.measure.metrics import AFTER, TOLERANCE
from publisher.measure.models import Horizon, Page, Piece, Reading
from publisher.measure.readings import Known, Number, Snapshot, Unknown, nearest, number_of

OF_A_PIECE = (Metric.VIEWS, Metric.REACTIONS, Metric.REPLIES)


@dataclass(frozen=True, slots=True)
class Line:
    """A piece with its numbers in the order of OF_A_PIECE, at the horizon; `newest` those known last."""

    piece: Piece
    numbers: tuple[Number, ...]
    newest: tuple[Number, ...]


def lines(pieces: Sequence[Piece], horizon: Horizon, now: datetime) -> list[Line]:
    taken = _taken(pieces)
    return [
        Line(
            piece,
            tuple(_at(piece, taken.get((piece.pk, metric), []), horizon, metric, now) for metric in OF_A_PIECE),
            tuple(_last(taken.get((piece.pk, metric), [])) for metric in OF_A_PIECE),
        )
        for piece in pieces
    ]


def _taken(pieces: Iterable[Piece]) -> Mapping[tuple[int, str], list[Snapshot]]:
    rows = Reading.objects.filter(piece__in=[piece.pk for piece in pieces]).order_by("at", "id")
    found: dict[tuple[int, str], list[Snapshot]] = defaultdict(list)
    for piece, metric, at, source, label, value in rows.values_list(
        "piece", "metric", "at", "source", "label", "value"
    ):
        found[piece, metric].append(Snapshot(at, source, ((label, value),)))
    return found


def _at(piece: Piece, taken: list[Snapshot], horizon: Horizon, metric: Metric, now: datetime) -> Number:
    """Never filled in from another moment: what was not read inside the window stays unknown, with the reason."""
    if piece.published_at is None:
        return Unknown("not_yet")
    moment = piece.published_at + AFTER[horizon]
    found = nearest(taken, moment, TOLERANCE[horizon])
    if found:
        return number_of(found, metric, horizon)
    if now < moment + TOLERANCE[horizon]:
        return Unknown("not_yet")
    if metric == Metric.REACTIONS and piece.hidden_likes:
        return Unknown("hidden_by_author")
    looked = piece.looked_at is not None and piece.looked_at >= moment
    return Unknown("not_given" if looked else "not_read_in_time")


def _last(taken: list[Snapshot]) -> Number:
    return Known(taken[-1].total, taken[-1].at, taken[-1].source) if taken else Unknown("not_given")


def followers(pages: Iterable[Page]) -> dict[int, Known]:
    """By page: the newest number of its followers."""
    rows = Reading.objects.filter(page__in=[page.pk for page in pages], metric=Metric.FOLLOWERS).order_by("at", "id")
    told = rows.values_list("page", "value", "at", "source")
    return {page: Known(value, at, source) for page, value, at, source in told}

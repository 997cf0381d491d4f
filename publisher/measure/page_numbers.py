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
    """A piece with its numbers at the horizon, in the order of OF_A_PIECE."""

    piece: Piece
    numbers: tuple[Number, ...]


def lines(pieces: Sequence[Piece], horizon: Horizon, now: datetime) -> list[Line]:
    taken = _taken(pieces)
    return [
        Line(piece, tuple(_at(piece, taken.get(piece.pk, {}), horizon, metric, now) for metric in OF_A_PIECE))
        for piece in pieces
    ]


Taken = Mapping[str, list[Snapshot]]


def _taken(pieces: Iterable[Piece]) -> Mapping[int, Taken]:
    rows = Reading.objects.filter(piece__in=[piece.pk for piece in pieces]).order_by("at", "id")
    found: dict[int, dict[str, list[Snapshot]]] = defaultdict(lambda: defaultdict(list))
    told = rows.values_list("piece", "metric", "at", "source", "label", "value")
    for piece, metric, at, source, label, value in told:
        found[piece][metric].append(Snapshot(at, source, ((label, value),)))
    return found


def _at(piece: Piece, taken: Taken, horizon: Horizon, metric: Metric, now: datetime) -> Number:
    """Never filled in from another moment: what was not read inside the window stays unknown, with the reason."""
    if piece.published_at is None:
        return Unknown("not_yet")
    moment, within = piece.published_at + AFTER[horizon], TOLERANCE[horizon]
    found = nearest(taken.get(metric, ()), moment, within)
    if found:
        return number_of(found, metric, horizon, moment)
    if now < moment + within:
        return Unknown("not_yet")
    if metric == Metric.REACTIONS and piece.hidden_likes:
        return Unknown("hidden_by_author")
    asked = any(nearest(snapshots, moment, within) for snapshots in taken.values())
    return Unknown("not_given" if asked else "not_read_in_time")


def followers(pages: Iterable[Page]) -> dict[int, Known]:
    """By page: the newest number of its followers."""
    rows = Reading.objects.filter(page__in=[page.pk for page in pages], metric=Metric.FOLLOWERS).order_by("at", "id")
    told = rows.values_list("page", "value", "at", "source")
    return {page: Known(value, at, source) for page, value, at, source in told}

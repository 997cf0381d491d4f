"""Where one film is the same for every district, and where it is not. All in whole pictures."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from publisher.render.filmgraph import Plan, spans_of
from publisher.render.layouts import Moment
from publisher.render.specs import FilmSpec

CLOSE = 12  # pictures: parts nearer than this are one, for a key picture costs more than they do


class CannotSplice(Exception):
    """The parts do not make one sound film, so it is made in one pass; says why, for the log."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `begin` up to but without `end`."""

    begin: int
    end: int

    def __len__(self) -> int:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Cuts:
    """`differing` and `shared` take turns and together are the film's body; a title stands before it and the end card
    after."""

    planned: Plan
    moments: tuple[Moment, ...]
    differing: tuple[Range, ...]
    shared: tuple[Range, ...]

    @property
    def rate(self) -> Fraction:
        return self.planned.rate

    @property
    def frames(self) -> int:
        return self.planned.intro + self.planned.body + self.planned.end

    @property
    def key_every(self) -> int:
        return round(4 * self.rate)

    def offsets(self) -> list[int]:
        """Where each shared range begins in the body as it is encoded: with the differing ranges left out."""
        found, at = [], 0
        for part in self.shared:
            found.append(at)
            at += len(part)
        return found


def shared_spec(spec: FilmSpec) -> FilmSpec:
    """What variants of one film have in common; equal for those that can share a body. Whatever else a spec says
    (subtitles, for instance) is taken to change the film. A title stands before it, so its words do not."""
    titled = "«»" if spec.intro else ""
    return dataclasses.replace(spec, language="kk", message="", hotline="", district="", qr="", intro=titled)


def cut(planned: Plan, moments: Sequence[Moment]) -> Cuts:
    """CannotSplice when so little is shared that one pass is as quick."""
    spans = spans_of(moments, planned.body_seconds)
    wanted = [Range(_first(a, planned), min(planned.body, math.floor(b * planned.rate) + 1)) for a, b in spans]
    wipe = Range(planned.body - max(1, planned.wipe), planned.body)
    melting = [Range(0, planned.melt)] if planned.melt else []
    differing = _merged([*wanted, *melting, wipe], planned.body)
    shared = _between(differing, planned.body)
    if sum(map(len, shared)) * 4 < planned.body:
        raise CannotSplice("hardly anything of the film is the same for every district")
    return Cuts(planned, tuple(moments), differing, shared)


def _first(second: float, planned: Plan) -> int:
    """The first picture at or after this second, or the one before it: the filter compares rounded numbers."""
    return max(0, math.ceil(second * planned.rate) - 1)


def _merged(ranges: list[Range], body: int) -> tuple[Range, ...]:
    found: list[Range] = []
    for part in sorted(ranges, key=lambda part: part.begin):
        begin = 0 if part.begin < CLOSE else part.begin
        if found and begin - found[-1].end < CLOSE:
            found[-1] = Range(found[-1].begin, max(found[-1].end, part.end))
        else:
            found.append(Range(begin, part.end))
    return tuple(found)


def _between(differing: Sequence[Range], body: int) -> tuple[Range, ...]:
    edges = [0, *(edge for part in differing for edge in (part.begin, part.end)), body]
    gaps = [Range(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return tuple(gap for gap in gaps if len(gap))

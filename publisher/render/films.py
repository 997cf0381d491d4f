"""An uploaded film, branded and no larger than its platform takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from publisher.render import ffmpeg
from publisher.render.artwork import Artwork, draw_artwork
from publisher.render.errors import MediaTooLarge, RenderFailed, SizeNotReachable
from publisher.render.filmgraph import Plan, graph, inputs, plan, with_subtitles
from publisher.render.kit import Kit
from publisher.render.layouts import Encoding, Moment
from publisher.render.pictures import save_cover, save_thumbnail
from publisher.render.probe import Film, probe
from publisher.render.specs import FilmSpec
from publisher.render.track import write_track

OnFraction = Callable[[float], None]
TRIES = 4  # two-pass encodes before giving up; the second has always been enough
SMALLER = "picture_made_smaller"  # a note for people: it was needed to fit the limit
SPARE = 0.97  # of the limit is aimed at: x264's rate control misses by a per cent or two


@dataclass(frozen=True, slots=True)
class Work:
    """Everything one film's encodes have in common."""

    spec: FilmSpec
    kit: Kit
    planned: Plan
    target: Path
    on_fraction: OnFraction | None

    @property
    def encoding(self) -> Encoding:
        return self.kit.film.encoding

    @property
    def moments(self) -> tuple[Moment, ...]:
        given = () if self.spec.bar == "stays" else self.spec.bar_moments
        return self.kit.film.bar_moments if given is None else given

    @property
    def pictures(self) -> Path:
        return self.target.with_suffix(".pictures.mp4")

    @property
    def cover(self) -> Path:
        """Uncompressed: it is read once, a moment later."""
        return self.target.with_suffix(".cover.ppm")

    @property
    def track(self) -> Path:
        return self.target.with_suffix(".track.mp4")

    def with_subtitles(self, art: Artwork) -> Artwork:
        return with_subtitles(art, self.spec, self.planned, self.moments, self.kit)

    def write_track(self, target: Path) -> None:
        write_track(self.spec, self.planned, self.kit.film, self.audio_kbps, target)

    @property
    def fits(self) -> bool:
        return self.target.stat().st_size <= self.spec.most_bytes

    def rungs(self) -> list[int]:
        return rungs_of(self.spec, self.kit)

    def budget(self) -> float:
        """Bits a second left for the picture."""
        return self._bits_a_second() - self.audio_kbps * 1000 * 1.02

    def _bits_a_second(self) -> float:
        return self.spec.most_bytes * 8 * SPARE / self.planned.seconds

    @property
    def audio_kbps(self) -> int:
        """Where there is little room, sound takes a quarter of it: speech bears 48 kbit/s better than the picture."""
        quarter = int(self._bits_a_second() / 4000)
        return max(self.encoding.least_audio_kbps, min(self.encoding.audio_kbps, quarter))

    def bits_per_pixel(self, short_side: int) -> float:
        width, height = self.kit.film.formats[self.spec.format].size
        scale = short_side / min(width, height)
        return self.budget() / (width * height * scale * scale * float(self.planned.rate))

    def rung(self) -> int:
        """The largest picture that still looks good within the limit."""
        rungs = self.rungs()
        good = [side for side in rungs if self.bits_per_pixel(side) >= self.encoding.least_bits_per_pixel]
        if good:
            return good[0]
        if self.bits_per_pixel(rungs[-1]) < self.encoding.floor_bits_per_pixel:
            raise _too_long(self, rungs[-1])
        return rungs[-1]


def _too_long(work: Work, smallest: int) -> SizeNotReachable:
    part = work.bits_per_pixel(smallest) / work.encoding.floor_bits_per_pixel
    seconds = max(0.0, part) * work.planned.seconds - work.kit.end.seconds
    limit = work.spec.most_bytes / 1e6
    return SizeNotReachable(
        f"A film of {work.planned.body_seconds:.0f} seconds does not fit {limit:g} MB in bearable quality: "
        f"trim it to about {max(0, seconds):.0f} seconds.",
        limit_mb=round(limit, 1),
        seconds=round(max(0, seconds)),
    )


def rungs_of(spec: FilmSpec, kit: Kit) -> list[int]:
    """Shorter sides in pixels, the wanted one first: the layout's steps, whatever the wanted size is."""
    full, steps = spec.short_side or min(kit.film.formats[spec.format].size), kit.film.encoding.rungs
    return [max(16, round(full * step / steps[0] / 2) * 2) for step in steps]


def work_for(spec: FilmSpec, kit: Kit, target: Path, on_fraction: OnFraction | None = None) -> Work:
    """Looks at the film; encodes nothing."""
    film = probe(spec.source)
    if film.duration_s > kit.film.longest:
        raise MediaTooLarge(f"The film is longer than {kit.film.longest / 60:.0f} minutes.", shape="")
    if spec.most_seconds:
        film = dataclasses.replace(film, duration_s=min(film.duration_s, spec.most_seconds))
    return Work(spec, kit, plan(film, kit, intro=bool(spec.intro)), target, on_fraction)


@dataclass(frozen=True, slots=True)
class Branded:
    """The finished film as it was found to be, and notes for people, as codes."""

    film: Film
    notes: tuple[str, ...] = ()


def brand_film(spec: FilmSpec, kit: Kit, target: Path, on_fraction: OnFraction | None = None) -> Branded:
    """Writes `target` (MP4) and, beside it, its .cover.jpg and .thumb.jpg.

    Never leaves a file over `spec.most_bytes`: SizeNotReachable instead.
    """
    wanted = rungs_of(spec, kit)[0]
    with ThreadPoolExecutor(1) as aside:
        drawn = aside.submit(_draw, spec, wanted, kit, target.parent)  # while ffmpeg looks at the film
        work = work_for(spec, kit, target, on_fraction)
        planned = work.planned
        side = _fit(work, aside.submit(work.write_track, work.track), drawn.result())
        covers = aside.submit(_save_covers, work)
        finished = probe(target)
    covers.result()
    work.track.unlink()
    if abs(finished.duration_s - planned.seconds) > 0.5:
        lengths = f"{finished.duration_s:.1f} instead of {planned.seconds:.1f} seconds"
        raise RenderFailed(f"The film came out too short: {lengths}.")
    if on_fraction:
        on_fraction(1.0)
    return Branded(finished, (SMALLER,) if side != wanted else ())


def _save_covers(work: Work) -> None:
    with Image.open(work.cover) as cover:
        shown: Image.Image = cover.convert("RGB")
    save_cover(shown, work.target.with_suffix(".cover.jpg"))
    save_thumbnail(shown, work.target.with_suffix(".thumb.jpg"))
    work.cover.unlink()


def _draw(spec: FilmSpec, short_side: int, kit: Kit, folder: Path) -> Artwork:
    return draw_artwork(dataclasses.replace(spec, short_side=short_side), kit, folder)


def _fit(work: Work, track: Future[None], drawn: Artwork) -> int:
    """The shorter side it came to; `drawn` is for the wanted one. Constant quality first, which most films fit; else
    two passes, on a smaller picture where that looks better."""
    full, best = work.rungs()[0], work.rung()
    constant = ["-crf", str(work.encoding.crf)]
    art = work.with_subtitles(drawn)
    try:
        _encode(work, track, art, constant, stop_over=best != full)
        if work.fits:
            return full
        if best != full:
            art = work.with_subtitles(_draw(work.spec, best, work.kit, work.target.parent))
            _encode(work, track, art, constant)
            if work.fits:
                return best
        wanted = work.budget()
        for _attempt in range(TRIES):
            _encode(work, track, art, ["-b:v", str(round(wanted))], second=True)
            if work.fits:
                return best
            wanted *= 0.98 * work.spec.most_bytes / work.target.stat().st_size
        raise _too_long(work, best)
    finally:
        for path in art.files:
            path.unlink(missing_ok=True)


def _encode(
    work: Work, track: Future[None], art: Artwork, rate: list[str], *, second: bool = False, stop_over: bool = False
) -> None:
    """Writes the statistics of a first pass, or (`second`) uses those of the encode before it."""
    ffmpeg.run(_arguments(work, art, rate, second, stop_over), on_seconds=_reporting(work))
    track.result()
    _join(work)


def _join(work: Work) -> None:
    files = ["-i", str(work.pictures), "-i", str(work.track)]
    ffmpeg.run([*files, "-map", "0:v", "-map", "1:a", "-c", "copy", *ffmpeg.MP4, str(work.target)])
    work.pictures.unlink()


def _arguments(work: Work, art: Artwork, rate: list[str], second: bool, stop_over: bool) -> list[str]:
    spec, encoding, planned = work.spec, work.encoding, work.planned
    keys = str(round(4 * planned.rate))
    # fastfirstpass=0: the first pass is meant to be kept, so it must not be a hasty one.
    passes = [
        "-pass",
        "2" if second else "1",
        "-passlogfile",
        str(work.target.with_suffix(".pass")),
        "-fastfirstpass",
        "0",
    ]
    return [
        *inputs(spec, planned.film, art),
        *("-filter_complex", graph(spec, planned, art, work.moments), "-map", "[v]"),
        *("-c:v", "libx264", "-preset", encoding.preset, "-profile:v", "high", "-g", keys, *rate, *passes),
        *(["-fs", str(spec.most_bytes + 65536)] if stop_over else []),
        *("-f", "mp4", str(work.pictures)),
        *("-map", "[cover]", "-frames:v", "1", "-f", "image2", "-update", "1", str(work.cover)),
    ]


def _reporting(work: Work) -> ffmpeg.OnSeconds:
    def report(seconds: float, _size: int) -> None:
        if work.on_fraction:
            work.on_fraction(min(1.0, seconds / work.planned.seconds))

    return report

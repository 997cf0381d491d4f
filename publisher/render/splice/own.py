"""What is one variant's own: the seconds that differ, and one picture each of title, end card and band."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from publisher.render import ffmpeg
from publisher.render.artwork import Artwork
from publisher.render.filmgraph import MELTED, card_chains, laid_bar, risen, shown_bar, title_chains
from publisher.render.splice.cuts import Range
from publisher.render.splice.encode import PART, STILL_FINER, TAGS, Setting, counted


@dataclass(frozen=True, slots=True)
class Parts:
    """`differing` in the order of the cuts; the others are single pictures, the band only what lies below the seam."""

    differing: tuple[Path, ...]
    end: Path
    title: Path | None
    band: Path | None

    @property
    def whole(self) -> list[Path]:
        return [*self.differing, self.end, *([self.title] if self.title else [])]

    def remove(self) -> None:
        for path in (*self.whole, *([self.band] if self.band else [])):
            path.unlink()


def encode_variant(setting: Setting, art: Artwork, folder: Path) -> Parts:
    cuts = setting.cuts
    parts = Parts(
        tuple(folder / f"part{n}.mp4" for n in range(len(cuts.differing))),
        folder / "end.mp4",
        folder / "title.mp4" if art.intro else None,
        folder / "band.mp4" if setting.seam else None,
    )
    outputs = [("card", setting.video(finer=STILL_FINER), parts.end)]
    outputs += [(f"part{n}", setting.video(), path) for n, path in enumerate(parts.differing)]
    outputs += [("title", setting.video(finer=STILL_FINER), parts.title)] if parts.title else []
    outputs += [("band", setting.video(exact=True), parts.band)] if parts.band else []
    written = [
        word
        for label, encoder, path in outputs
        for word in ("-map", f"[{label}]", *encoder, "-threads", "1", *PART, str(path))
    ]
    # With more threads the graph takes and gives back memory for each picture, a sixth of the whole work.
    graph = ["-filter_complex_threads", "1", "-filter_complex", ";".join(_chains(setting, art))]
    ffmpeg.run([*_inputs(setting, art), *graph, *written])
    return parts


def _inputs(setting: Setting, art: Artwork) -> list[str]:
    """The raw pictures first, then bar, end card and title."""
    size = f"{setting.size[0]}x{setting.size[1]}"
    shape = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", size, "-framerate", str(setting.cuts.rate)]
    raw = [part for n in range(len(setting.cuts.differing)) for part in (*shape, "-i", str(setting.raw(n)))]
    still = ["-f", "png_pipe", "-framerate", str(setting.cuts.rate)]  # the rate stands in the parameter sets
    drawn = [part for path in (art.bar.path, art.end, art.intro) if path for part in (*still, "-i", str(path))]
    return [*raw, *drawn]


def _chains(setting: Setting, art: Artwork) -> list[str]:
    """As filmgraph lays them over the whole film: the same moments by the same clock."""
    cuts = setting.cuts
    count = len(cuts.differing)
    bars = "".join(f"[bar{n}]" for n in range(count)) + ("[below]" if setting.seam else "")
    chains = [f"[{count}:v]{laid_bar(art)},split={count + bool(setting.seam)}{bars}"]
    if setting.seam:
        chains.append(f"[below]crop=iw:ih-{setting.seam - art.bar.top}:0:{setting.seam - art.bar.top},{TAGS}[band]")
    chains += [*card_chains(count + 1), f"[card0]trim=end_frame=1,{TAGS}[card]"]
    if art.intro:
        chains += [*title_chains(count + 2, cuts.planned), f"[title0]trim=end_frame=1,{TAGS}[title]"]
    for n, part in enumerate(cuts.differing):
        chains += _part(setting, art, n, part)
    return chains


def _part(setting: Setting, art: Artwork, number: int, part: Range) -> list[str]:
    """One of the differing parts, under its bar; the first under the title that melts away, the last under the end
    card that rises."""
    cuts, planned = setting.cuts, setting.cuts.planned
    laid = shown_bar(art, cuts.moments, planned.body_seconds)
    steps = [
        f"[{number}:v]{TAGS},setpts=N+{part.begin}[timed{number}]",
        f"[timed{number}][bar{number}]{laid},{counted(cuts)},{TAGS},settb=AVTB[under{number}]",
    ]
    label = f"under{number}"
    if art.intro and number == 0:
        steps.append(f"[{label}][melting]{MELTED}[melted]")
        label = "melted"
    if number == len(cuts.differing) - 1:
        steps.append(f"[{label}][rising]{risen(len(part) - planned.wipe, planned)}[risen]")
        label = "risen"
    return [*steps, f"[{label}]fps={cuts.rate},trim=end_frame={len(part)},{TAGS}[part{number}]"]

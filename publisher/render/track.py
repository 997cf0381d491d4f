"""A film's whole sound, made beside its pictures: brought to the wanted loudness, and music under it.

Apart from them because listening and encoding sound keep one core busy, and the pictures need not wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from publisher.render import ffmpeg
from publisher.render.filmgraph import Plan
from publisher.render.layouts import FilmLayout
from publisher.render.loudness import STEREO, Bed, bed_for, normalising
from publisher.render.probe import input_options
from publisher.render.specs import FilmSpec

FADE = 0.35  # seconds, into the end card


def write_track(spec: FilmSpec, planned: Plan, layout: FilmLayout, kbps: int, target: Path) -> None:
    """AAC in MP4, exactly as long as the branded film; silence where the film has no sound."""
    film = planned.film
    sound = normalising(spec.source, film.demuxer, layout.loudness) if film.audio_codec else []
    bed = bed_for(spec.music, layout, alone=not film.audio_codec) if spec.music else None
    ffmpeg.run(
        [
            *(*input_options(film.demuxer), "-i", str(spec.source.resolve())),
            *(bed.inputs() if bed else []),
            *("-filter_complex", heard(planned, sound, bed), "-map", "[a]"),
            *("-c:a", "aac", "-b:a", f"{kbps}k", "-ar", "48000", "-ac", "2"),
            *("-map_metadata", "-1", "-map_chapters", "-1", "-f", "mp4", str(target)),
        ]
    )


def heard(planned: Plan, sound: Sequence[str], bed: Bed | None) -> str:
    """[a]: the film's sound, and music under it."""
    if not bed:
        return sound_chain(planned, sound)
    return sound_chain(planned, sound, "told") + ";" + bed.under("told", planned.seconds)


def sound_chain(planned: Plan, filters: Sequence[str], label: str = "a") -> str:
    total = f"atrim=duration={planned.seconds:.6f}"
    if not planned.film.audio_codec:
        return f"anullsrc=r=48000:cl=stereo,{total}[{label}]"
    begin = max(0.0, planned.body_seconds - FADE)
    body = f"atrim=duration={planned.body_seconds:.6f},afade=t=out:st={begin:.3f}:d={FADE}"
    after = f",adelay={round(planned.intro_seconds * 1000)}:all=1" if planned.intro else ""
    return f"[0:a:0]{','.join(filters or [STEREO])},{body}{after},apad,{total}[{label}]"

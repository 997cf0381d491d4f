"""Looks at a spliced film before anybody else does."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import av

from publisher.render import ffmpeg
from publisher.render.errors import BrokenMedia, RenderFailed
from publisher.render.splice.cuts import CannotSplice, Cuts
from publisher.render.splice.encode import Setting
from publisher.render.splice.join import Timeline


def check_timestamps(path: Path, cuts: Cuts) -> None:
    """Every picture at its moment, none missing, none twice; decoding times strictly rise. Decodes nothing."""
    line = Timeline(cuts.rate)
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        times = [(packet.pts, packet.dts) for packet in film.demux(stream) if packet.size]
        scale = stream.time_base.denominator
    decoded = [dts for _, dts in times]
    if scale != line.scale or sorted(pts for pts, _ in times) != [n * line.step for n in range(cuts.frames)]:
        raise CannotSplice("the pictures are not evenly spaced")
    if any(b <= a for a, b in pairwise(decoded)) or any(pts < dts for pts, dts in times):
        raise CannotSplice("the decoding times do not rise")


def check_seam(path: Path, setting: Setting) -> None:
    """Above the seam every shared picture is, pixel for pixel, what the body alone decodes to; below it nothing ever
    changes. No decoder may see anything of one slice in the other."""
    cuts, (width, height), seam = setting.cuts, setting.size, setting.seam
    intro = cuts.planned.intro
    shared = "+".join(f"between(n,{intro + part.begin},{intro + part.end - 1})" for part in cuts.shared)
    above, below = setting.folder / "above.md5", setting.folder / "below.md5"
    graph = (
        f"[0:v]select='{shared}',split[a][b];[a]crop={width}:{seam}:0:0[above];"
        f"[b]crop={width}:{height - seam}:0:{seam}[below]"
    )
    outputs = ("-map", "[above]", *_PRINTS, str(above), "-map", "[below]", *_PRINTS, str(below))
    ffmpeg.run(["-i", str(path), "-filter_complex", graph, *outputs])
    alone = setting.folder / "alone.md5"
    ffmpeg.run(["-i", str(setting.body), "-map", "0:v", *_PRINTS, str(alone)])
    if _prints(above) != _prints(alone) or len(set(_prints(below))) != 1:
        raise CannotSplice("something of one slice shows in the other")


_PRINTS = ("-fps_mode", "passthrough", "-f", "framemd5")


def _prints(path: Path) -> list[str]:
    return [line.rpartition(",")[2] for line in path.read_text().splitlines() if not line.startswith("#")]


def check_decodes(path: Path, cuts: Cuts) -> None:
    """To the end, with every error fatal."""
    strict = ["-xerror", "-err_detect", "explode", "-i", str(path), "-map", "0", "-f", "null", "-"]
    try:
        messages = ffmpeg.run(strict, loglevel="info")
    except (BrokenMedia, RenderFailed) as error:
        raise CannotSplice(f"it does not decode: {error.values.get('detail', error)}") from error
    count = re.findall(r"frame=\s*(\d+)", messages)
    if not count or int(count[-1]) != cuts.frames:
        raise CannotSplice(f"{count[-1:] or 'no'} pictures were decoded instead of {cuts.frames}")

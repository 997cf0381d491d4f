"""Looks at a spliced film before anybody else does."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    """As check_decodes, and more: above the seam every shared picture is, pixel for pixel, what the body alone decodes
    to, and below it nothing ever changes. No decoder may see anything of one slice in the other."""
    cuts, (width, height), seam = setting.cuts, setting.size, setting.seam
    above, below, alone = (setting.folder / f"{name}.txt" for name in ("above", "below", "alone"))
    graph = f"[0:v]split[a][b];[a]crop={width}:{seam}:0:0[above];[b]crop={width}:{height - seam}:0:{seam}[below]"
    outputs = ("-map", "[above]", *_PRINTS, str(above), "-map", "[below]", *_PRINTS, str(below))
    _decode([*_STRICT, "-i", str(path), "-filter_complex", graph, *outputs, "-map", "0:a", "-f", "null", "-"])
    ffmpeg.run(["-i", str(setting.body), "-map", "0:v", *_PRINTS, str(alone)])
    ours, band = _prints(above), _prints(below)
    shared = [cuts.planned.intro + n for part in cuts.shared for n in range(part.begin, part.end)]
    if len(ours) != cuts.frames or len(band) != cuts.frames:
        raise CannotSplice(f"{len(ours)} pictures were decoded instead of {cuts.frames}")
    if [ours[n] for n in shared] != _prints(alone) or len({band[n] for n in shared}) != 1:
        raise CannotSplice("something of one slice shows in the other")


_STRICT = ("-xerror", "-err_detect", "explode")
_PRINTS = ("-fps_mode", "passthrough", "-f", "framehash", "-hash", "MURMUR3")


def _prints(path: Path) -> list[str]:
    """A hash of each picture's pixels."""
    return [line.rpartition(",")[2] for line in path.read_text().splitlines() if not line.startswith("#")]


def check_decodes(path: Path, cuts: Cuts) -> None:
    """To the end, with every error fatal."""
    messages = _decode([*_STRICT, "-i", str(path), "-map", "0", "-f", "null", "-"])
    count = re.findall(r"frame=\s*(\d+)", messages)
    if not count or int(count[-1]) != cuts.frames:
        raise CannotSplice(f"{count[-1:] or 'no'} pictures were decoded instead of {cuts.frames}")


def _decode(arguments: Sequence[str]) -> str:
    try:
        return ffmpeg.run(arguments, loglevel="info")
    except (BrokenMedia, RenderFailed) as error:
        raise CannotSplice(f"it does not decode: {error.values.get('detail', error)}") from error

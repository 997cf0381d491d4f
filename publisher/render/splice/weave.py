"""A bar that stays, as a slice of its own in every picture: the film's slice is taken over byte for byte.

In pictures that refer to others the band's slice says “as before” and is the same for all districts; in those that
refer to none it is the district's own, and is added when a variant is joined. See docs/decisions/0072.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from publisher.render.band import REACH, ROW
from publisher.render.splice.cuts import CannotSplice
from publisher.render.splice.encode import Setting
from publisher.render.splice.h264 import IDR_SLICE, MACROBLOCK, SLICE, Parameters, Slice, SliceType, sized, units

SKIP_BYTES = 12  # per row of macroblocks at most, in a slice that only says “as before”
SMOOTHED = 4  # rows at the end of the band's one-coloured part that may take on something of what is below them


@dataclass(frozen=True, slots=True)
class Woven:
    """The shared body with the shared slices in it; `waiting` has the slices of the film, by their place in decoding
    order, beside which the district's own is still to be put. `colour` is what the seam has on both sides."""

    path: Path
    whole: Parameters
    first: int
    waiting: dict[int, Slice]
    colour: tuple[int, ...]

    def completed(self, number: int, packet: Packet, band: Slice) -> Packet:
        beside = self.waiting.get(number)
        if beside is None:
            return packet
        made = Packet(bytes(packet) + sized(band.beside(beside, self.first, self.whole)))
        made.is_keyframe = packet.is_keyframe
        made.pts, made.dts, made.time_base = packet.pts, packet.dts, packet.time_base
        return made

    def band(self, path: Path) -> Slice:
        """A district's band. CannotSplice when its upper part is not of the very colour that the film ends with."""
        with av.open(str(path)) as film:
            known = parameters_of(film)
            known.require_one_stream_with(self.whole)
            made = Slice.of(_only_slice(next(film.demux(video=0))), known)
        if made.type != SliceType.I or _colour(path, slice(0, REACH - SMOOTHED)) != self.colour:
            raise CannotSplice("the band does not begin in the colour that the film ends with")
        return made


def weave(setting: Setting) -> Woven:
    """Puts the shared slices into the body; writes what still lacks the districts' own, so nothing can play it."""
    path, waiting = setting.folder / "woven.mp4", {}
    whole, after = _known(setting.still), _skips(setting.band_still, setting)
    first = -(-setting.size[0] // MACROBLOCK) * (setting.seam // MACROBLOCK)
    with av.open(str(setting.body)) as body, av.open(str(path), "w", format="mp4") as woven:
        known = parameters_of(body)
        _require_heights(known, whole, setting)
        stream = woven.add_stream_from_template(body.streams.video[0])
        for number, packet in enumerate(_packets(body)):
            film = Slice.of(_only_slice(packet), known)
            data = bytes(packet)
            if film.type == SliceType.I:
                waiting[number] = film
            elif film.type in after:
                data += sized(after[film.type].beside(film, first, whole))
            else:
                raise CannotSplice("the band's template has no slice of this kind")
            woven.mux(_copied(packet, data, stream))
    colour = _colour(setting.body, slice(setting.seam - ROW // 2, setting.seam))
    return Woven(path, whole, first, waiting, colour)


def _known(path: Path) -> Parameters:
    with av.open(str(path)) as film:
        return parameters_of(film)


def parameters_of(film: InputContainer) -> Parameters:
    return Parameters.of(bytes(film.streams.video[0].codec_context.extradata or b""))


def level_of(path: Path) -> int:
    """As x264 counts it: 31 is 3.1."""
    with av.open(str(path)) as film:
        return bytes(film.streams.video[0].codec_context.extradata or bytes(4))[3]


def _require_heights(known: Parameters, whole: Parameters, setting: Setting) -> None:
    known.require_one_stream_with(whole)
    rows = -(-setting.size[1] // MACROBLOCK)
    if setting.seam % MACROBLOCK or (known.sequence.high, whole.sequence.high) != (setting.seam // MACROBLOCK, rows):
        raise CannotSplice("the bar is not aligned to the picture's blocks")


def _skips(path: Path, setting: Setting) -> dict[SliceType, Slice]:
    """The slices that say “as before”, one for each kind of picture that refers to others."""
    found: dict[SliceType, Slice] = {}
    most = SKIP_BYTES * ((setting.size[1] - setting.seam) // MACROBLOCK + 1)
    with av.open(str(path)) as still:
        known = parameters_of(still)
        known.require_one_stream_with(_known(setting.still))
        for packet in _packets(still):
            made = Slice.of(_only_slice(packet), known)
            if made.type != SliceType.I and len(made.data) > most:
                raise CannotSplice("the band's template changes its picture")
            found.setdefault(made.type, made)
    del found[SliceType.I]
    return found


def _packets(film: InputContainer) -> Iterator[Packet]:
    return (packet for packet in film.demux(video=0) if packet.size)


def _only_slice(packet: Packet) -> bytes:
    found = [unit for unit in units(bytes(packet)) if unit[0] & 31 in (SLICE, IDR_SLICE)]
    if len(found) != 1:
        raise CannotSplice(f"a picture has {len(found)} slices")
    return found[0]


def _copied(packet: Packet, data: bytes, stream: object) -> Packet:
    made = Packet(data)
    made.is_keyframe = packet.is_keyframe
    made.stream = stream
    made.pts, made.dts, made.time_base, made.duration = packet.pts, packet.dts, packet.time_base, packet.duration
    return made


def _colour(path: Path, rows: slice) -> tuple[int, ...]:
    """The one colour of these rows of the first picture, decoded. CannotSplice when there are more."""
    with av.open(str(path)) as film:
        picture = next(film.decode(video=0))
        planes: list[NDArray[np.uint8]] = []
        for plane, step in zip(picture.planes, (1, 2, 2), strict=True):
            pixels = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width]
            planes.append(pixels[rows.start // step : rows.stop // step])
    if any(plane.min() != plane.max() for plane in planes):
        raise CannotSplice("the seam is not of one colour")
    return tuple(int(plane[0, 0]) for plane in planes)

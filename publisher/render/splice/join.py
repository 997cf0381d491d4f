"""Joins encoded parts by copying their packets, with timestamps of our own; nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from publisher.render.splice.cuts import CannotSplice, Cuts
from publisher.render.splice.encode import Setting
from publisher.render.splice.own import Parts
from publisher.render.splice.weave import SKIP_BYTES, Woven


@dataclass(frozen=True, slots=True)
class Timeline:
    """Counts pictures in whole steps of the film's timescale."""

    rate: Fraction

    @property
    def scale(self) -> int:
        return self.rate.numerator * (512 if self.rate.denominator == 1 else 1)

    @property
    def step(self) -> int:
        return int(self.scale / self.rate)


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture in decoding order, and where it is shown."""

    shown: int
    packet: Packet


def join(setting: Setting, parts: Parts, target: Path, woven: Woven | None = None) -> None:
    """Writes an MP4 with its index in front. CannotSplice when the parts do not fit together."""
    line = Timeline(setting.cuts.rate)
    options = {"movflags": "+faststart", "video_track_timescale": str(line.scale)}
    _require_same([*parts.whole, setting.still, *([] if woven else [setting.body])])
    with (
        av.open(str(woven.path if woven else setting.body)) as body,
        av.open(str(setting.still)) as whole,
        av.open(str(setting.sound)) as sound,
        av.open(str(target), "w", format="mp4", options=options) as film,
    ):
        delay = _delay(setting)
        picture_stream = film.add_stream_from_template(whole.streams.video[0])
        sound_stream = film.add_stream_from_template(sound.streams.audio[0])
        shared = _all(body, setting.cuts.rate)
        if woven and parts.band:
            shared = _completed(shared, woven, parts.band)
        timed = _timed(_pictures(setting, parts, shared), line, delay, picture_stream)
        _interleave(film, timed, _sound(sound, sound_stream))


def _require_same(paths: Sequence[Path]) -> None:
    wanted = None
    for path in paths:
        with av.open(str(path)) as part:
            found = bytes(part.streams.video[0].codec_context.extradata or b"")
        if found != (wanted or found):
            raise CannotSplice(f"the parameter sets of {path.name} differ")
        wanted = found


def _completed(pictures: Iterator[Picture], woven: Woven, path: Path) -> Iterator[Picture]:
    band = woven.band(path)
    for number, picture in enumerate(pictures):
        yield Picture(picture.shown, woven.completed(number, picture.packet, band))


def _delay(setting: Setting) -> int:
    """Pictures that decoding runs ahead of showing: the encoder's, the same in every part."""
    with av.open(str(setting.body)) as body:
        first = next(packet for packet in body.demux(video=0) if packet.size)
        return _index(first.pts - first.dts, first, setting.cuts.rate)


def _index(pts: int, packet: Packet, rate: Fraction) -> int:
    return round(pts * packet.time_base * rate)


def _pictures(setting: Setting, parts: Parts, body: Iterator[Picture]) -> Iterator[Picture]:
    cuts = setting.cuts
    intro, shared = cuts.planned.intro, _runs(body, cuts)
    pieces = sorted(
        [(part.begin, len(part), None) for part in cuts.shared]
        + [(part.begin, len(part), path) for part, path in zip(cuts.differing, parts.differing, strict=True)],
        key=lambda piece: piece[0],
    )
    if parts.title:
        yield from _placed(_card(setting, setting.title_still, parts.title), 0, intro)
    for begin, length, path in pieces:
        if path is None:
            yield from _placed(next(shared), intro + begin, length)
        else:
            with av.open(str(path)) as part:
                yield from _placed(_all(part, cuts.rate), intro + begin, length)
    yield from _placed(_card(setting, setting.still, parts.end), intro + cuts.planned.body, cuts.planned.end)


def _all(part: InputContainer, rate: Fraction) -> Iterator[Picture]:
    for packet in part.demux(video=0):
        if packet.size:
            yield Picture(_index(packet.pts, packet, rate), packet)


def _runs(pictures: Iterator[Picture], cuts: Cuts) -> Iterator[Iterator[Picture]]:
    """The body cut at its forced key pictures; each run must be used up before the next is asked for."""
    for offset, part in zip(cuts.offsets(), cuts.shared, strict=True):
        yield (Picture(p.shown - offset, p.packet) for p in _take(pictures, len(part)))


def _take(pictures: Iterator[Picture], count: int) -> Iterator[Picture]:
    for _number in range(count):
        picture = next(pictures, None)
        if picture is None:
            return
        yield picture


def _placed(pictures: Iterable[Picture], begin: int, length: int) -> Iterator[Picture]:
    """Moved to its place. It must begin with a key picture and show each of its pictures once."""
    shown = set()
    for picture in pictures:
        if not shown and not (picture.packet.is_keyframe and picture.shown == 0):
            raise CannotSplice("a part does not begin with a key picture")
        shown.add(picture.shown)
        yield Picture(begin + picture.shown, picture.packet)
    if shown != set(range(length)):
        raise CannotSplice(f"a part has {len(shown)} pictures instead of {length}")


def _card(setting: Setting, template: Path, drawn: Path) -> Iterator[Picture]:
    """The card's own key picture, then pictures of the flat template that say nothing changed."""
    rate = setting.cuts.rate
    with av.open(str(drawn)) as card:
        key = next(bytes(packet) for packet in card.demux(video=0) if packet.size)
    most = SKIP_BYTES * (setting.size[1] // 16 + 1)
    with av.open(str(template)) as still:
        for picture in _all(still, rate):
            if picture.packet.is_keyframe:
                yield Picture(picture.shown, _copy_of(picture.packet, key))
            elif picture.packet.size > most:
                raise CannotSplice(f"{template.name} changes its picture")
            else:
                yield picture


def _copy_of(packet: Packet, data: bytes) -> Packet:
    copied = Packet(data)
    copied.is_keyframe = packet.is_keyframe
    return copied


def _timed(pictures: Iterable[Picture], line: Timeline, delay: int, stream: object) -> Iterator[Packet]:
    """Decoded one after the other at the film's rate, shown where they belong; never shown before decoded."""
    for number, picture in enumerate(pictures):
        if picture.shown < number - delay:
            raise CannotSplice("a picture would be shown before it is decoded")
        packet = picture.packet
        packet.stream = stream
        packet.time_base = Fraction(1, line.scale)
        packet.pts, packet.dts = picture.shown * line.step, (number - delay) * line.step
        packet.duration = line.step
        yield packet


def _sound(sound: InputContainer, stream: object) -> Iterator[Packet]:
    for packet in sound.demux(audio=0):
        if packet.size:
            packet.stream = stream
            yield packet


def _interleave(film: OutputContainer, pictures: Iterator[Packet], sound: Iterator[Packet]) -> None:
    film.start_encoding()
    heard = next(sound, None)
    for picture in pictures:
        now = picture.dts * picture.time_base
        while heard is not None and heard.dts * heard.time_base <= now:
            film.mux(heard)
            heard = next(sound, None)
        film.mux(picture)
    while heard is not None:
        film.mux(heard)
        heard = next(sound, None)

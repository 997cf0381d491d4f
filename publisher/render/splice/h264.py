"""As much of H.264 (ITU-T H.264, 7.3) as it takes to put a slice into another picture. Headers only, never pixels.

Only what x264 writes for us is read: progressive, 4:2:0, 8 bit, CABAC, one slice a picture, no weighted P pictures.
Anything else is CannotSplice, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from publisher.render.splice.cuts import CannotSplice

SLICE, IDR_SLICE, SPS, PPS = 1, 5, 7, 8
MACROBLOCK = 16  # pixels
HIGH = 100
WITHIN_SLICE = 2  # disable_deblocking_filter_idc: smooths inside the slice, never across its edge
HEADER_BYTES = 96  # far more than any slice header takes


class SliceType(IntEnum):
    P, B, I = range(3)  # noqa: E741


class Reader:
    """Bits of a NAL unit's payload, from the highest on."""

    def __init__(self, data: bytes) -> None:
        self.value, self.length, self.at = int.from_bytes(data, "big"), len(data) * 8, 0

    def bits(self, count: int) -> int:
        self.at += count
        if self.at > self.length:
            raise CannotSplice("a header is cut off")
        return self.value >> (self.length - self.at) & ((1 << count) - 1)

    def flag(self) -> bool:
        return bool(self.bits(1))

    def unsigned(self) -> int:
        """Exp-Golomb, 9.1."""
        zeros = 0
        while not self.flag():
            zeros += 1
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)

    def since(self, begin: int) -> Run:
        return Run(self.value >> (self.length - self.at) & ((1 << (self.at - begin)) - 1), self.at - begin)

    def rest(self) -> int:
        """All that follows but the filling at the end, which depends on what stands before."""
        value = self.value & ((1 << (self.length - self.at)) - 1)
        return value // (value & -value) if value else 0


@dataclass(frozen=True, slots=True)
class Run:
    """Bits taken over as they are."""

    value: int = 0
    length: int = 0


@dataclass(slots=True)
class Writer:
    value: int = 0
    length: int = 0

    def bits(self, value: int, count: int) -> None:
        self.value, self.length = self.value << count | value, self.length + count

    def run(self, run: Run) -> None:
        self.bits(run.value, run.length)

    def unsigned(self, value: int) -> None:
        code = value + 1
        self.bits(code, 2 * code.bit_length() - 1)

    def signed(self, value: int) -> None:
        self.unsigned(2 * value - 1 if value > 0 else -2 * value)

    def aligned(self) -> bytes:
        """Filled up with ones, as the slice's data wants it (7.3.4)."""
        while self.length % 8:
            self.bits(1, 1)
        return self.value.to_bytes(self.length // 8, "big")


def unescaped(data: bytes) -> bytes:
    return data.replace(b"\0\0\3", b"\0\0")


def escaped(data: bytes) -> bytes:
    """No start code may arise inside a NAL unit (7.4.1)."""
    return re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", data)


def units(sample: bytes) -> Iterator[bytes]:
    """The NAL units of one MP4 sample, each after its length of four bytes."""
    at = 0
    while at < len(sample):
        begin = at + 4
        at = begin + int.from_bytes(sample[at:begin], "big")
        if at == begin or at > len(sample):
            raise CannotSplice("a sample does not consist of NAL units")
        yield sample[begin:at]


def sized(unit: bytes) -> bytes:
    return len(unit).to_bytes(4, "big") + unit


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence parameter set: what slice headers need. `else_` is all the rest but height and cropping."""

    frame_num_bits: int
    order_bits: int  # 0: pictures are shown in decoding order
    wide: int  # macroblocks
    high: int
    else_: tuple[object, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Both parameter sets of one stream, from its MP4 configuration record (ISO 14496-15, 5.2.4.1)."""

    sequence: Sequence
    picture: bytes
    references: tuple[int, int]
    picture_id: int

    @classmethod
    def of(cls, extradata: bytes) -> Parameters:
        if len(extradata) < 8 or extradata[0] != 1 or extradata[4] & 3 != 3 or extradata[5] & 31 != 1:
            raise CannotSplice("there is more than one set of parameters")
        sequence, after = _sized_unit(extradata, 6)
        picture, _ = _sized_unit(extradata, after + 1)
        references, number = _picture_parameters(picture)
        return cls(_sequence_parameters(sequence), picture, references, number)

    def require_one_stream_with(self, other: Parameters) -> None:
        """All but the picture's height must be alike, or one slice could not stand beside the other."""
        ours, theirs = self.sequence, other.sequence
        if self.picture != other.picture or (ours.wide, ours.else_) != (theirs.wide, theirs.else_):
            raise CannotSplice("the slices' parameter sets differ")
        if (ours.frame_num_bits, ours.order_bits) != (theirs.frame_num_bits, theirs.order_bits):
            raise CannotSplice("the slices count their pictures differently")


def _sized_unit(data: bytes, at: int) -> tuple[bytes, int]:
    end = at + 2 + int.from_bytes(data[at : at + 2], "big")
    return data[at + 2 : end], end


def _sequence_parameters(unit: bytes) -> Sequence:
    read = Reader(unescaped(unit[1:]))
    profile, constraints, level, number = read.bits(8), read.bits(8), read.bits(8), read.unsigned()
    plain = profile == HIGH and read.unsigned() == 1 and read.unsigned() == read.unsigned() == 0 and not read.bits(2)
    frame_num_bits, order = read.unsigned() + 4, read.unsigned()
    order_bits = read.unsigned() + 4 if order == 0 else 0
    references, gaps = read.unsigned(), read.flag()
    wide, high = read.unsigned() + 1, read.unsigned() + 1
    progressive, inference = read.flag(), read.flag()
    left, right = _crop(read)
    if unit[0] & 31 != SPS or not plain or order not in (0, 2) or not progressive or gaps:
        raise CannotSplice("a sequence parameter set is not of the kind we write")
    rest = (constraints, level, number, order, references, inference, left, right, read.rest())
    return Sequence(frame_num_bits, order_bits, wide, high, rest)


def _crop(read: Reader) -> tuple[int, int]:
    """Left and right; what is cut off above and below goes with the height."""
    if not read.flag():
        return 0, 0
    left, right, _top, _bottom = (read.unsigned() for _ in range(4))
    return left, right


def _picture_parameters(unit: bytes) -> tuple[tuple[int, int], int]:
    read = Reader(unescaped(unit[1:]))
    number, _sequence = read.unsigned(), read.unsigned()
    cabac, order_present, groups = read.flag(), read.flag(), read.unsigned()
    references = read.unsigned() + 1, read.unsigned() + 1
    weighted, _bipredictive = read.flag(), read.bits(2)
    for _qp in range(3):
        read.signed()
    deblocking, _constrained, redundant = read.flag(), read.flag(), read.flag()
    ours = cabac and deblocking and not (order_present or groups or weighted or redundant)
    if unit[0] & 31 != PPS or not ours:
        raise CannotSplice("a picture parameter set is not of the kind we write")
    return references, number


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice. `place`, `lists` and `marks` say which picture it belongs to and what it refers to: the same in every
    slice of that picture. `start`, `qp` and `data` belong together."""

    head: int  # the NAL unit's first byte
    type: SliceType
    place: Run  # frame_num, idr_pic_id, order
    lists: Run  # direct mode and lists of references
    marks: Run  # which references are kept
    start: int  # cabac_init_idc
    qp: int
    data: bytes

    @classmethod
    def of(cls, unit: bytes, known: Parameters) -> Slice:
        head, payload = unit[0], unescaped(unit[1:])
        read = Reader(payload[:HEADER_BYTES])
        first, kind, number = read.unsigned(), SliceType(read.unsigned() % 5), read.unsigned()
        if first or number != known.picture_id:
            raise CannotSplice("a picture has more than one slice")
        place = _skipped(read, _read_place, head, known)
        lists = _skipped(read, _read_lists, kind)
        marks = _skipped(read, _read_marks, head)
        start = read.unsigned() if kind != SliceType.I else 0
        qp = read.signed()
        if read.unsigned() != 1:
            read.signed(), read.signed()
        return cls(head, kind, place, lists, marks, start, qp, payload[(read.at + 7) // 8 :])

    def beside(self, other: Slice, first: int, known: Parameters) -> bytes:
        """This slice's data as a further slice of `other`'s picture, beginning with macroblock `first`."""
        if self.type != other.type:
            raise CannotSplice("slices of two kinds cannot stand in one picture")
        write = Writer()
        write.unsigned(first)
        write.unsigned(other.type + 5)  # all slices of the picture are of this kind
        write.unsigned(known.picture_id)
        for run in (other.place, other.lists, other.marks):
            write.run(run)
        if self.type != SliceType.I:
            write.unsigned(self.start)
        write.signed(self.qp)
        for value in (WITHIN_SLICE, 0, 0):
            write.unsigned(value)
        return bytes([other.head]) + escaped(write.aligned() + self.data)


def _skipped(read: Reader, over: object, *known: object) -> Run:
    begin = read.at
    over(read, *known)  # type: ignore[operator]
    return read.since(begin)


def _read_place(read: Reader, head: int, known: Parameters) -> None:
    read.bits(known.sequence.frame_num_bits)
    if head & 31 == IDR_SLICE:
        read.unsigned()
    read.bits(known.sequence.order_bits)


def _read_lists(read: Reader, kind: SliceType) -> None:
    if kind == SliceType.I:
        return
    two = kind == SliceType.B
    if two:
        read.flag()
    if read.flag():
        read.unsigned(), two and read.unsigned()
    for _number in range(1 + two):
        if read.flag():
            while read.unsigned() != 3:
                read.unsigned()


def _read_marks(read: Reader, head: int) -> None:
    if not head >> 5 & 3:
        return
    if head & 31 == IDR_SLICE:
        read.bits(2)
    elif read.flag():
        while operation := read.unsigned():
            for _number in range({3: 2, 5: 0}.get(operation, 1)):
                read.unsigned()

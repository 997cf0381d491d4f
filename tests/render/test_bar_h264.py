from __future__ import annotations

from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.render.splice.cuts import CannotSplice
from publisher.render.splice.h264 import Parameters, Reader, Slice, Writer, escaped, sized, unescaped, units
from publisher.render.splice.weave import parameters_of
from tests.render.specimens import make


@pytest.fixture(scope="module")
def encoded(films: Path) -> tuple[Parameters, list[bytes], bytes]:
    """A film of x264 with all kinds of pictures: what it is, its slices, and its parameter sets."""
    options = (
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-x264-params",
        "weightp=0:stitchable=1",
        "-pix_fmt",
        "yuv420p",
    )
    path = make(films / "slices.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x176:r=25:d=2", "-g", "20", *options)
    with av.open(str(path)) as film:
        extradata = bytes(film.streams.video[0].codec_context.extradata or b"")
        found = [unit for p in film.demux(video=0) if p.size for unit in units(bytes(p)) if unit[0] & 31 in (1, 5)]
        return parameters_of(film), found, extradata


@given(st.binary(max_size=200).map(lambda data: data.replace(b"\x05", b"\0")))
def test_what_is_escaped_holds_no_start_code_and_comes_back(data: bytes):
    assert unescaped(escaped(data)) == data
    assert not any(code in escaped(data) for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))


@given(st.lists(st.integers(min_value=-(2**20), max_value=2**20), max_size=20))
def test_numbers_come_back(numbers: list[int]):
    write = Writer()
    for number in numbers:
        write.signed(number)
    read = Reader(write.aligned())
    assert [read.signed() for _ in numbers] == numbers


def test_every_slice_is_understood_to_its_last_bit(encoded: tuple[Parameters, list[bytes], bytes]):
    """Put beside itself as first slice, only the word for smoothing changes: the rest must be what it was."""
    known, found, _ = encoded
    kinds = set()
    for unit in found:
        one = Slice.of(unit, known)
        again = Slice.of(one.beside(one, 0, known), known)
        assert again == one
        kinds.add(one.type.name)
    assert kinds == {"I", "P", "B"}


def test_a_slice_is_not_put_into_a_picture_of_another_kind(encoded: tuple[Parameters, list[bytes], bytes]):
    known, found, _ = encoded
    one = Slice.of(found[0], known)
    other = next(made for unit in found if (made := Slice.of(unit, known)).type != one.type)
    with pytest.raises(CannotSplice):
        one.beside(other, 0, known)


@pytest.mark.parametrize("keep", [1, 2, 3, 4])
def test_a_header_that_is_cut_off_is_refused(encoded: tuple[Parameters, list[bytes], bytes], keep: int):
    known, found, _ = encoded
    with pytest.raises(CannotSplice):
        Slice.of(found[1][:keep], known)


@pytest.mark.parametrize(
    "options",
    [
        "cabac=0",
        "weightp=2",
        "interlaced=1",
        "slices=3",
    ],
)
def test_what_we_do_not_write_is_refused(options: str, films: Path):
    params = ("-x264-params", f"stitchable=1:{options}", "-pix_fmt", "yuv420p")
    source = ("-f", "lavfi", "-i", "testsrc2=s=320x176:r=25:d=1")
    path = make(films / f"other-{options.partition('=')[0]}.mp4", *source, *params)
    with pytest.raises(CannotSplice):
        read_all(path)


def read_all(path: Path) -> None:
    with av.open(str(path)) as film:
        known = parameters_of(film)
        for packet in film.demux(video=0):
            for unit in units(bytes(packet)):
                if unit[0] & 31 in (1, 5):
                    Slice.of(unit, known)


@pytest.mark.parametrize("data", [b"", b"\0" * 40, b"\1" + b"\xff" * 30])
def test_parameter_sets_of_another_kind_are_refused(data: bytes):
    with pytest.raises(CannotSplice):
        Parameters.of(data)


def test_the_same_stream_fits_beside_itself(encoded: tuple[Parameters, list[bytes], bytes]):
    known, _, extradata = encoded
    known.require_one_stream_with(Parameters.of(extradata))


def test_a_sample_that_is_cut_off_is_refused():
    with pytest.raises(CannotSplice):
        list(units(sized(b"\x65abc")[:-1]))

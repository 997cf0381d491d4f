"""Subtitles from an SRT or WebVTT file: read without trust, set by our own rules, burned in by libass.

ffmpeg never sees the uploaded file, only the one written here: its markup could name fonts, files and drawings.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from publisher.render.errors import BrokenMedia, MissingLetter, RenderError
from publisher.render.kit import Kit, has_letter
from publisher.render.layouts import FilmSheet, TextBox
from publisher.render.specs import Cue
from publisher.render.typeset import Block, Setter

MOST_BYTES = 1_000_000
MOST_CUES = 4000
GAP = 24  # layout pixels between a subtitle and the bar above which it is lifted
_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[,.](\d{1,3})"
_TIMES = re.compile(rf"^\s*{_CLOCK}\s*-->\s*{_CLOCK}")
_MARKUP = re.compile(r"<[^>]*>|\{[^}]*\}")


def read_subtitles(path: Path) -> tuple[Cue, ...]:
    """In order and never overlapping. BrokenMedia names the line that cannot be understood."""
    data = path.read_bytes()[: MOST_BYTES + 1]
    if len(data) > MOST_BYTES:
        raise BrokenMedia("The subtitles are larger than 1 MB: this is another kind of file.", cause="subtitles")
    cues = sorted(_cues(_decoded(data).splitlines()), key=lambda cue: cue.begin)
    if not cues:
        raise BrokenMedia("There are no subtitles in the file: SRT or WebVTT is wanted.", cause="subtitles")
    if len(cues) > MOST_CUES:
        raise BrokenMedia(f"The file has more than {MOST_CUES} subtitles.", cause="subtitles")
    ends = [min(cue.end, after.begin) for cue, after in pairwise(cues)] + [cues[-1].end]
    return tuple(Cue(cue.begin, end, cue.text) for cue, end in zip(cues, ends, strict=True) if end > cue.begin)


def _decoded(data: bytes) -> str:
    """UTF-8 or UTF-16 with its mark; else Windows' Cyrillic, in which older editors write."""
    for name in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BrokenMedia("The subtitles are no text.", cause="subtitles")


def _cues(lines: Sequence[str]) -> Iterator[Cue]:
    number = 0
    while number < len(lines):
        times = _TIMES.match(lines[number])
        number += 1
        if not times:
            if "-->" in lines[number - 1]:
                raise BrokenMedia(f"Line {number} of the subtitles has no times like 00:01:02,500.", cause="subtitles")
            continue
        said = []
        while number < len(lines) and lines[number].strip():
            said.append(lines[number])
            number += 1
        begin, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
        text = " ".join(html.unescape(_MARKUP.sub("", " ".join(said))).split())
        if text and end > begin:
            yield Cue(begin, end, text)


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def write_ass(
    cues: Sequence[Cue],
    spans: Sequence[tuple[float, float]],
    kit: Kit,
    sheet: FilmSheet,
    size: tuple[int, int],
    to: Path,
    *,
    floor: float | None = None,
) -> Path:
    """Each subtitle broken and sized to its box; while the bar stands (`spans`) above the bar, or above `floor`, in
    pixels of the layout.

    Raises TextDoesNotFit or WordDoesNotFit with the moment, MissingLetter for a letter the font lacks.
    """
    setter = Setter(kit, min(size) / min(sheet.size))
    font = kit.font(sheet.subtitles.font, 1000)
    tall = sum(font.getmetrics()) / 1000  # ASS counts a font's ascent and descent, Pillow its em
    lift = sheet.subtitles.box[1] + sheet.subtitles.box[3] - (floor or sheet.bar[1]) + GAP
    events = []
    for cue in cues:
        block = _set(setter, cue, sheet.subtitles)
        up = setter.px(lift) if lift > 0 and any(cue.begin < b and cue.end > a for a, b in spans) else 0
        events.append(_event(cue, block, block.size * tall, up))
    red, green, blue = kit.colour("night")
    night = f"&H38{blue:02X}{green:02X}{red:02X}"
    head = _HEAD.format(width=size[0], height=size[1], pad=setter.px(10), name=_family(kit), night=night)
    to.write_text(head + "".join(events), encoding="utf-8")
    return to


def _set(setter: Setter, cue: Cue, box: TextBox) -> Block:
    what = f"subtitle at {cue.begin // 60:.0f}:{cue.begin % 60:04.1f}"
    try:
        return setter.set(_shown(cue.text, setter.kit, box), box, what=what)
    except MissingLetter:
        raise
    except RenderError as error:
        raise type(error)(str(error).replace("for the picture", "for its place"), **_without_why(error)) from error


def _without_why(error: RenderError) -> dict[str, str | int | float]:
    return {key: value for key, value in error.values.items() if key != "why"}


def _shown(text: str, kit: Kit, box: TextBox) -> str:
    """Notes, emoji and other signs the font lacks are left out; a letter it lacks is an error."""
    font = kit.font(box.font, 40)
    kept = "".join(letter for letter in text if unicodedata.category(letter)[0] in "LNP" or has_letter(font, letter))
    return " ".join(kept.split()) or "…"


def _event(cue: Cue, block: Block, size: float, up: int) -> str:
    centre, foot = block.left + block.width // 2, block.top + block.height - up
    # Braces and backslashes would be ASS markup.
    rows = r"\N".join(row.translate({123: "(", 125: ")", 92: "/"}) for row in block.rows)
    placed = rf"{{\an2\pos({centre},{foot})\fs{size:.1f}}}"
    return f"Dialogue: 0,{_clock(cue.begin)},{_clock(cue.end)},s,,0,0,0,,{placed}{rows}\n"


def _clock(seconds: float) -> str:
    whole = round(seconds * 100)
    return f"{whole // 360000}:{whole // 6000 % 60:02}:{whole // 100 % 60:02}.{whole % 100:02}"


def _family(kit: Kit) -> str:
    name: str = kit.font("bold", 40).getname()[0]
    return name.replace(",", " ")


_HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: TV.709

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, BorderStyle, Outline, Shadow
Style: s,{name},40,&H00FFFFFF,{night},{night},1,4,0,{pad}

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def burned(script: Path, fonts: Path) -> str:
    """The filter that lays the script over the film."""
    return f"ass=filename={_escaped(script)}:fontsdir={_escaped(fonts)}"


def _escaped(path: Path) -> str:
    """Twice: for the option's value, then for the graph it stands in."""
    value = re.sub(r"([\\':])", r"\\\1", str(path.resolve()))
    return re.sub(r"([\\'\[\],;])", r"\\\1", value)

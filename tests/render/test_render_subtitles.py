from __future__ import annotations

from pathlib import Path

import pytest

from publisher.render.errors import BrokenMedia, MissingLetter, TextDoesNotFit, WordDoesNotFit
from publisher.render.kit import Kit
from publisher.render.specs import Cue
from publisher.render.subtitles import burned, read_subtitles, write_ass

SRT = """1
00:00:01,000 --> 00:00:03,500
<i>Сәлеметсіз бе!</i>
Бұл полиция.

2
00:00:03,200 --> 00:01:05,040 X1:10
{\\an8}Код айтпаңыз &amp; ойланыңыз
"""
VTT = """WEBVTT

NOTE a remark that nobody sees

intro
00:01.000 --> 00:02.000 line:0
Первая строка

01:00:01.000 --> 01:00:02.000
Вторая
"""


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "subtitles.txt"
    path.write_bytes(text.encode(encoding))
    return path


def script(kit: Kit, folder: Path, *cues: Cue, spans=(), shape="16:9", size=(1280, 720)) -> str:
    return write_ass(cues, spans, kit, kit.film.formats[shape], size, folder / "made.ass").read_text("utf-8")


def said(made: str) -> list[str]:
    return [line.rpartition("}")[2].replace("\u00a0", " ") for line in made.splitlines() if line.startswith("Dialogue")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_srt_file_is_read_without_its_markup_and_without_overlaps(tmp_path: Path, encoding: str):
    assert read_subtitles(written(tmp_path, SRT, encoding)) == (
        Cue(1.0, 3.2, "Сәлеметсіз бе! Бұл полиция."),
        Cue(3.2, 65.04, "Код айтпаңыз & ойланыңыз"),
    )


def test_a_vtt_file_is_read_with_hours_or_without(tmp_path: Path):
    first, second = read_subtitles(written(tmp_path, VTT))
    assert (first.begin, first.end, first.text) == (1.0, 2.0, "Первая строка")
    assert second.begin == 3601.0


def test_windows_cyrillic_is_understood(tmp_path: Path):
    path = written(tmp_path, "1\n00:00:01,000 --> 00:00:02,000\nПозвоните нам\n", "cp1251")
    assert read_subtitles(path)[0].text == "Позвоните нам"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no subtitles at all", "no subtitles"),
        ("1\n00:00:01 --> soon\nText\n", "Line 2"),
        ("x" * 1_000_001, "larger"),
        ("a\0b", "no text"),
        ("1\n00:00:01,0 --> 00:00:02,0\nx\n\n" * 4001, "more than"),
    ],
)
def test_what_are_no_subtitles_is_refused_with_the_reason(tmp_path: Path, text: str, why: str):
    with pytest.raises(BrokenMedia, match=why):
        read_subtitles(written(tmp_path, text))


def test_what_is_said_cannot_become_markup(kit: Kit, tmp_path: Path):
    made = script(kit, tmp_path, Cue(0, 1, "{\\fnArial} \\N a\nDialogue: b"))
    assert said(made) == ["(/fnArial) /N a Dialogue: b"]


def test_long_rows_are_broken_within_their_box(kit: Kit, tmp_path: Path):
    text = "Бейтаныс адам полициядан екенін айтып, ақшаңызды «қауіпсіз шотқа» аударуды сұраса, тұтқаны қойыңыз"
    (rows,) = said(script(kit, tmp_path, Cue(0, 3, text), shape="9:16", size=(720, 1280)))
    assert 2 <= rows.count(r"\N") <= 4
    assert rows.replace(r"\N", " ") == text


def test_what_fits_at_no_size_is_refused_with_its_moment(kit: Kit, tmp_path: Path):
    with pytest.raises(TextDoesNotFit, match=r"subtitle at 1:05\.5"):
        script(kit, tmp_path, Cue(65.5, 70, "сөз " * 300))
    with pytest.raises(WordDoesNotFit):
        script(kit, tmp_path, Cue(65.5, 70, "ы" * 200))


def test_a_sign_the_font_lacks_is_left_out_and_a_letter_is_refused(kit: Kit, tmp_path: Path):
    assert said(script(kit, tmp_path, Cue(0, 1, "😀 Сәлем"))) == ["Сәлем"]
    with pytest.raises(MissingLetter):
        script(kit, tmp_path, Cue(0, 1, "你好"))


def test_while_the_bar_stands_subtitles_stand_above_it(kit: Kit, tmp_path: Path):
    made = script(kit, tmp_path, Cue(0, 2, "Бір"), Cue(5, 6, "Екі"), spans=[(0, 3)])
    feet = [int(line.split("\\pos(")[1].split(",")[1].split(")")[0]) for line in made.splitlines() if "\\pos" in line]
    assert feet[0] <= kit.film.formats["16:9"].bar[1] < feet[1]


def test_any_folder_name_is_only_a_name_to_the_filter(tmp_path: Path):
    wanted = r"ass=filename=/a\\:b\\\'c\[d\]\,e\;f:fontsdir=/g"
    assert burned(Path("/a:b'c[d],e;f"), Path("/g")) == wanted

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.compose.postfile import read_post
from publisher.yamlfile import FlawedFile

ZONE = ZoneInfo("Asia/Almaty")
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def write(path: Path, front: str = "", body: str = "{hotline}", language: str = "") -> Path:
    path.parent.mkdir(exist_ok=True)
    head = f"language: {language or path.stem}\nkind: notice\ntitle: Жиын\n{front}"
    path.write_text(f"---\n{head}---\n{body}\n", encoding="utf-8")
    return path


def expiry(path: Path) -> datetime | None:
    return read_post(path).expiry(ZONE, NOW)


def test_three_keys_are_enough(tmp_path):
    post = read_post(write(tmp_path / "any-name.md", language="kk"))
    assert (post.kind, post.title, list(post.versions)) == ("notice", "Жиын", ["kk"])
    assert (post.urgent, post.pin, post.single_language_reason) == (False, False, "")
    assert post.expiry(ZONE, NOW) is None


def test_a_folder_gives_its_languages_in_order(tmp_path):
    for language in ("en", "ru", "kk"):
        write(tmp_path / f"{language}.md", body=f"{language} {{hotline}}")
    post = read_post(tmp_path)
    assert [version.body for version in post.versions.values()] == ["kk {hotline}", "ru {hotline}", "en {hotline}"]


def test_everything_a_post_may_say_is_read(tmp_path):
    front = (
        "urgent: true\npin: true\nsingle_language_reason: жиын\n"
        "buttons: [{label: a, url: https://egov.kz}]\npoll: {question: a, options: [b, c]}\n"
    )
    post = read_post(write(tmp_path / "kk.md", front))
    assert (post.urgent, post.pin, post.single_language_reason) == (True, True, "жиын")
    assert post.versions["kk"].buttons == ({"label": "a", "url": "https://egov.kz"},)
    assert post.versions["kk"].poll == {"question": "a", "options": ["b", "c"], "answer": None, "explanation": ""}


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-12-01", datetime(2026, 12, 1, 19, tzinfo=UTC)),  # the end of that day in UTC+5
        ("2026-12-01T18:00", datetime(2026, 12, 1, 13, tzinfo=UTC)),
        ("2026-12-01 18:00:00", datetime(2026, 12, 1, 13, tzinfo=UTC)),
        ("2026-12-01T18:00:00+00:00", datetime(2026, 12, 1, 18, tzinfo=UTC)),
        ('"2026-12-01"', datetime(2026, 12, 1, 19, tzinfo=UTC)),
    ],
)
def test_expiry_is_in_the_districts_zone_and_a_date_lasts_until_its_end(written, moment, tmp_path):
    assert expiry(write(tmp_path / "kk.md", f"expires_at: {written}\n")) == moment


def test_expiry_in_days_counts_from_the_moment_of_publishing(tmp_path):
    assert expiry(write(tmp_path / "kk.md", "expires_after_days: 3\n")) == datetime(2026, 11, 27, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("front", "flaw"),
    [
        ("expires_at: tomorrow\n", "kk.md:5: “expires_at”: write a date or a moment, for instance 2026-12-01"),
        ("urgnt: true\n", "kk.md:5: unknown key “urgnt”. Did you mean “urgent”?"),
        ("urgent: 3\n", "kk.md:5: “urgent”: "),
        ("tone: frighten\n", "kk.md:5: “tone”: the only tone is forewarn"),
    ],
)
def test_a_flaw_is_named_with_its_line(front, flaw, tmp_path):
    with pytest.raises(FlawedFile) as caught:
        read_post(write(tmp_path / "kk.md", front))
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(flaw)


def test_the_languages_must_agree_on_when_it_ends(tmp_path):
    write(tmp_path / "kk.md", "expires_at: 2026-12-01\n")
    write(tmp_path / "ru.md", "expires_at: 2026-12-02\n")
    with pytest.raises(FlawedFile, match=r"ru\.md:5: “expires_at” is not the same as in kk\.md"):
        read_post(tmp_path)


def test_a_file_that_is_no_markdown_is_refused(tmp_path):
    (tmp_path / "post.docx").write_text("x")
    with pytest.raises(FlawedFile, match="Give a file that ends in"):
        read_post(tmp_path / "post.docx")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FlawedFile, match="there is no such file"):
        read_post(tmp_path / "post.md")

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.compose.templates import load, load_all
from publisher.yamlfile import FlawedFile

FRONT = """---
language: {language}
kind: scam_warning
title: "Тақырып"
tags: [phone]
repeat_after_days: 30
source: "Полиция"
tone: forewarn
{more}---
"""
FOUR_BUTTONS = f"buttons: [{', '.join(['{label: a, url: https://egov.kz}'] * 4)}]\n"
BODY = "\nБірінші жол.\n\n{hotline} нөміріне хабарласыңыз.\n"


@pytest.fixture
def content(tmp_path):
    for language in ("kk", "ru"):
        write(tmp_path / "safe-account" / f"{language}.md")
    return tmp_path


def write(path: Path, *, more: str = "", body: str = BODY, **changes: str) -> None:
    path.parent.mkdir(exist_ok=True)
    front = FRONT.format(language=path.stem, more=more)
    for key, line in changes.items():
        front = "\n".join(line if old.startswith(f"{key}:") else old for old in front.split("\n"))
    path.write_text(front + body, encoding="utf-8")


def flaws(content: Path, **options) -> list[str]:
    with pytest.raises(FlawedFile) as caught:
        load_all(content, **options)
    return [str(flaw).removeprefix(f"{content}/safe-account/") for flaw in caught.value.flaws]


def test_a_template_is_read_with_its_versions_in_order(content):
    write(content / "safe-account" / "en.md")
    template = load_all(content)["safe-account"]
    assert list(template.versions) == ["kk", "ru", "en"]
    assert (template.kind, template.tags, template.repeat_after_days) == ("scam_warning", ("phone",), 30)
    assert template.versions["kk"].body == BODY.strip()
    assert template.versions["kk"].source == "Полиция"


def test_buttons_and_poll_are_read_in_the_form_in_which_posts_keep_them(content):
    more = (
        "buttons: [{label: Портал, url: https://egov.kz}]\n"
        "poll: {question: 'Сұрақ?', options: [Иә, Жоқ], answer: 2, explanation: Себебі}\n"
    )
    for language in ("kk", "ru"):
        write(content / "safe-account" / f"{language}.md", more=more)
    version = load(content, "safe-account").versions["ru"]
    assert version.buttons == ({"label": "Портал", "url": "https://egov.kz"},)
    assert version.poll == {"question": "Сұрақ?", "options": ["Иә", "Жоқ"], "answer": 2, "explanation": "Себебі"}


def test_the_digest_changes_with_any_byte_of_any_language(content):
    before = load(content, "safe-account").digest
    assert load(content, "safe-account").digest == before
    write(content / "safe-account" / "ru.md", body=BODY + "!")
    assert load(content, "safe-account").digest != before


@pytest.mark.parametrize(
    ("more", "flaw"),
    [
        ("expire_after_days: 3\n", "ru.md:9: unknown key “expire_after_days”. Did you mean “expires_after_days”?"),
        ("expires_after_days: soon\n", "ru.md:9: “expires_after_days”: "),
        ("expires_after_days: 0\n", "ru.md:9: “expires_after_days”: Input should be greater than or equal to 1."),
        ("poll: {question: a, options: [b, c], answer: 3}\n", "ru.md:9: “poll.answer”: the right answer is a number"),
        ("poll:\n  question: a\n  options: [b]\n", "ru.md:11: “poll.options”: a poll has 2 to 12 answers, this one 1."),
        ("buttons:\n  - {label: a, url: http://egov.kz}\n", "ru.md:10: “buttons.0.url”: a link begins with https://"),
        (
            f"buttons: [{', '.join(['{label: a, url: https://egov.kz}'] * 4)}]\n",
            "ru.md:9: “buttons”: at most 3 buttons",
        ),
        ("buttons: [{label: '{nam}', url: https://egov.kz}]\n", "ru.md:9: unknown variable {nam} under “buttons”."),
        ("poll: {question: '{date}', options: ['{a}', b]}\n", "ru.md:9: unknown variable {a} under “poll”."),
        ("kind: notice\n", "ru.md:9: the key “kind” stands here a second time."),
    ],
)
def test_a_flaw_in_the_front_matter_is_named_with_its_line(content, more, flaw):
    write(content / "safe-account" / "ru.md", more=more)
    assert flaws(content)[0].startswith(flaw)


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"kind": "kind: warning"}, "ru.md:3: “kind”: Input should be 'prevention_video', 'hotline_promo', "),
        ({"tone": "tone: frighten"}, "ru.md:8: “tone”: the only tone is forewarn: warn beforehand and tell what to do"),
        ({"tone": ""}, "ru.md:2: “tone” is missing. Add it."),
        ({"source": "source: ' '"}, "ru.md:7: “source”: write something here."),
        ({"language": "language: kk"}, "ru.md:2: “language” is kk, but the file is called ru.md. Write language: ru"),
        ({"tags": "tags: phone"}, "ru.md:5: “tags”: Input should be a valid tuple."),
        ({"title": "title: 102"}, "ru.md:4: “title”: Input should be a valid string."),
    ],
)
def test_a_wrong_value_is_named_with_its_line(content, changes, flaw):
    write(content / "safe-account" / "ru.md", **changes)
    assert flaws(content)[0].startswith(flaw)


@pytest.mark.parametrize("gap", ["", "\n", "\n\n\n"])
def test_an_unknown_variable_is_named_with_the_line_of_the_file(content, gap):
    write(content / "safe-account" / "ru.md", body=f"{gap}Строка\nЗвоните {{hotlne}}")
    (flaw,) = flaws(content)
    line = int(flaw.split(":")[1])
    assert flaw == f"ru.md:{line}: unknown variable {{hotlne}}. Known are {{hotline}}, {{district}}, {{date}}."
    assert "{hotlne}" in (content / "safe-account" / "ru.md").read_text().splitlines()[line - 1]


def test_an_empty_text_is_refused(content):
    write(content / "safe-account" / "ru.md", body="\n \n")
    assert flaws(content)[0].endswith("the text is empty. Write it below the second line of dashes.")


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        (
            {"kind": "kind: notice"},
            "ru.md:3: “kind” is not the same as in kk.md. There it is scam_warning",
        ),
        ({"tags": "tags: [bank]"}, "ru.md:5: “tags” is not the same as in kk.md. There it is phone, here bank"),
        (
            {"repeat_after_days": ""},
            "ru.md:1: “repeat_after_days” is not the same as in kk.md. There it is 30",
        ),
        (
            {"tone": "tone: forewarn\nexpires_after_days: 3"},
            "ru.md:9: “expires_after_days” is not the same as in kk.md",
        ),
        (
            {"tone": "tone: forewarn\nbuttons: [{label: a, url: https://egov.kz}]"},
            "ru.md:9: “buttons” is not the same as in kk.md. There it is 0, here 1: make them the same.",
        ),
    ],
)
def test_the_languages_of_one_template_must_agree(content, changes, flaw):
    write(content / "safe-account" / "ru.md", **changes)
    assert flaws(content)[0].startswith(flaw)


def test_the_order_of_tags_may_differ(content):
    write(content / "safe-account" / "kk.md", tags="tags: [a, b]")
    write(content / "safe-account" / "ru.md", tags="tags: [b, a]")
    assert load_all(content)["safe-account"].tags == ("a", "b")


def test_a_missing_language_is_refused(content):
    (content / "safe-account" / "ru.md").unlink()
    assert flaws(content) == [
        "ru.md: this language is missing. Write it, or give single_language_reason: with the reason."
    ]


def test_a_reason_excuses_the_missing_language(content):
    (content / "safe-account" / "ru.md").unlink()
    write(content / "safe-account" / "kk.md", more="single_language_reason: жергілікті жиын\n")
    assert load(content, "safe-account").single_language_reason == "жергілікті жиын"


def test_a_file_that_is_called_like_no_language_is_named(content):
    write(content / "safe-account" / "kz.md", language="language: kk")
    assert flaws(content) == ["kz.md: the file's name is not a language of ours. Name it kk.md, ru.md or en.md."]


def test_a_folder_without_texts_is_named(content):
    (content / "empty").mkdir()
    with pytest.raises(FlawedFile, match="there is no text here"):
        load_all(content)


def test_a_folder_whose_name_is_no_slug_is_named(content):
    write(content / "Safe Account" / "kk.md")
    with pytest.raises(FlawedFile, match="small Latin letters"):
        load_all(content)


def test_all_flaws_of_all_files_are_told_at_once(content):
    write(content / "safe-account" / "kk.md", kind="kind: x", tone="tone: y")
    write(content / "safe-account" / "ru.md", body="{a} {b}")
    write(content / "other" / "kk.md", kind="kind: x")
    assert len(flaws(content)) == 5


def test_a_link_outside_the_list_is_named_with_its_line(content):
    write(content / "safe-account" / "ru.md", body="а\n\n[б](https://evil.com/x) kaspi-bonus.com")
    found = flaws(content, link_hosts=["egov.kz"])
    assert [flaw.split(": ")[0] for flaw in found] == ["ru.md:12", "ru.md:12"]
    assert "https://evil.com/x" in found[0]


def test_an_unknown_template_is_told_with_the_nearest_name(content):
    with pytest.raises(FlawedFile, match="Did you mean “safe-account”"):
        load(content, "safe-acount")


def test_no_content_is_no_flaw(tmp_path):
    assert load_all(tmp_path / "content") == {}

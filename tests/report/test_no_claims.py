"""No sentence of the product says that publishing prevented crimes: nothing that is measured here could show it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import publisher

PACKAGE = Path(publisher.__file__).parent
FORBIDDEN = re.compile(
    r"""
    prevented|averted|(crime|fraud|loss|case)s?\s+(avoided|prevented)|saved\s+(residents|people|tenge)|thanks\s+to\s+(our|the)\s+post
    |предотвращен|предотвратил|благодаря\s+(наш|публикац|пост|кампан|работ)|спасл[иа]|сэкономлен|не\s+дали\s+украсть
    |алдын\s+ал(ды|ын[ғд])|қылмыс\w*\s+болдыр\w*мады|арқасында|сақтап\s+қал
    """,
    re.IGNORECASE | re.VERBOSE,
)
DENIED = re.compile(r"does not show|не доказывает|не показывает|қорытынды шықпайды|көрсетпейді|дәлелдемейді", re.I)
REPORTS = ["report", "hotline"]


def claims(text: str) -> list[str]:
    """Sentences that say it, but for those that deny it in so many words."""
    sentences = re.split(r"(?<=[.!?…])\s|[\n<>{}]", text)
    return [one for one in sentences if FORBIDDEN.search(one) and not DENIED.search(one)]


def catalogue(language: str) -> Iterator[str]:
    text = (PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    for block in re.findall(r'^(?:msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:"[^\n]*"\n?)+)', text, re.MULTILINE):
        yield "".join(ast.literal_eval(line) for line in block.splitlines() if line)


def strings(folder: str) -> Iterator[str]:
    """Every string constant of the code, docstrings too, and the templates' words."""
    for path in (PACKAGE / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    for path in (PACKAGE / folder).rglob("*.html"):
        yield path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_translation_claims_it(language):
    assert [one for text in catalogue(language) for one in claims(text)] == []


@pytest.mark.parametrize("folder", REPORTS)
def test_no_word_of_the_reports_claims_it(folder):
    assert [one for text in strings(folder) for one in claims(text)] == []


@pytest.mark.parametrize(
    "claim",
    [
        "Благодаря публикациям предотвращено 12 преступлений",
        "Предотвращены хищения на 5 млн тенге",
        "Жарияланымдардың арқасында 12 қылмыстың алдын алынды",
        "12 crimes were prevented",
    ],
)
def test_such_a_sentence_would_be_found(claim):
    assert claims(claim)

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from publisher.compose import checks
from publisher.sentences import SENTENCES, say

CODE = re.compile(r"(?:Refusal|NotAllowed|Finding)\(\s*\"(\w+)\"")
FILES = sorted(Path(checks.__file__).parent.glob("*.py"))
CODES = sorted({code for path in FILES for code in CODE.findall(path.read_text(encoding="utf-8"))})


def test_the_codes_are_found_in_the_source():
    assert {"unknown_variable", "changed_since_seen"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_refusal_and_finding_has_its_sentence(code):
    assert code in SENTENCES


@pytest.mark.parametrize(("language", "written"), [("kk", "4,8 МБ"), ("ru", "4,8 МБ"), ("en", "4.8 MB")])
def test_a_fraction_is_written_as_the_language_writes_it(language, written):
    with override(language):
        assert written in say("film_too_long_for_limit", {"limit_mb": 4.8}).what
        assert "16 " in say("film_too_long_for_limit", {"limit_mb": 16.0}).what

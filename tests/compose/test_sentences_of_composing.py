from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher.compose import checks
from publisher.sentences import SENTENCES

CODE = re.compile(r"(?:Refusal|NotAllowed|Finding)\(\s*\"(\w+)\"")
FILES = sorted(Path(checks.__file__).parent.glob("*.py"))
CODES = sorted({code for path in FILES for code in CODE.findall(path.read_text(encoding="utf-8"))})


def test_the_codes_are_found_in_the_source():
    assert {"unknown_variable", "changed_since_seen"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_refusal_and_finding_has_its_sentence(code):
    assert code in SENTENCES

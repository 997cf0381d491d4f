"""Reports are set by a process of its own, whose memory is given back with it."""

from __future__ import annotations

import pytest
import typst

from publisher.render.errors import RenderFailed
from publisher.report import typesetting


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(typst, "compile", lambda *_, **__: pytest.fail("set in this process"))

    def written(text):
        path = tmp_path / "page.typ"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def test_a_page_is_set_apart_from_this_process(page):
    made = typesetting.typeset(page('#sys.inputs.at("word")'), format="pdf", sys_inputs={"word": "Қауіпсіз"})
    assert made.startswith(b"%PDF")


def test_what_cannot_be_set_says_why(page):
    with pytest.raises(RenderFailed) as failed:
        typesetting.typeset(page("#nothing-of-that-name"), format="pdf")
    assert "nothing-of-that-name" in failed.value.values["detail"]


def test_a_page_that_takes_too_long_is_given_up(page, monkeypatch):
    monkeypatch.setattr(typesetting, "LIMIT", 0.01)
    with pytest.raises(RenderFailed) as failed:
        typesetting.typeset(page("Бет"), format="pdf")
    assert "not within" in failed.value.values["detail"]

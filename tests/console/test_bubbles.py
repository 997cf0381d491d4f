from __future__ import annotations

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from publisher.compose.markup import to_entities, to_marks
from publisher.connectors.base import Entity
from publisher.console.bubbles import entities_html, marks_html


def telegram(markdown: str) -> str:
    formatted = to_entities(markdown)
    return entities_html(formatted.text, formatted.entities)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**қалың** мен *көлбеу*", "<b>қалың</b> мен <i>көлбеу</i>"),
        ("😀😀 **қалың**", "😀😀 <b>қалың</b>"),
        ("**қалың *екеуі***", "<b>қалың <i>екеуі</i></b>"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("[eGov](https://egov.kz)", '<span class="bubble-link" title="https://egov.kz">eGov</span>'),
        ("> дәйексөз", '<span class="bubble-blockquote">дәйексөз</span>'),
        ("https://egov.kz", '<span class="bubble-link">https://egov.kz</span>'),
    ],
)
def test_telegram_draws_entities_where_they_stand(markdown, html):
    assert html in telegram(markdown)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**қалың** мен *көлбеу*", "<b>қалың</b> мен <i>көлбеу</i>"),
        ("**қалың *екеуі***", "<b>қалың <i>екеуі</i></b>"),
        ("~~сызылған~~", "<s>сызылған</s>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("`*100#`", "<code>*100#</code>"),
        ("> дәйексөз", '<span class="bubble-blockquote">дәйексөз</span>'),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
    ],
)
def test_whatsapp_draws_its_own_marks(markdown, html):
    assert html in marks_html(to_marks(markdown))


def test_entities_that_cross_are_drawn_as_valid_markup():
    assert entities_html("абвг", [Entity("bold", 0, 3), Entity("italic", 2, 2)]).count("<") % 2 == 0


@given(st.text(alphabet="аҚ*_~`<>&\"' \n😀", max_size=40))
def test_no_text_opens_a_tag_of_its_own(text):
    for html in (telegram(text), marks_html(to_marks(text))):
        bare = html
        for tag in ("b", "i", "s", "code", "pre"):
            bare = bare.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
        bare = bare.replace('<span class="bubble-blockquote">', "").replace("</span>", "")
        assert "<" not in bare


def test_moments_are_told_on_the_districts_clock(district, time_machine_at):
    from django.utils.translation import override

    from publisher.console.templatetags.console import when

    with override("kk"):
        assert ">23 қараша, 23:30<" in when(timezone.now().replace(month=11, day=23, hour=18, minute=30), district)


@pytest.fixture
def time_machine_at():
    import time_machine

    with time_machine.travel("2026-11-25T05:00:00Z", tick=False):
        yield

from __future__ import annotations

from itertools import pairwise

import pytest

from publisher.render.errors import MissingLetter, TextDoesNotFit, WordDoesNotFit
from publisher.render.kit import Kit
from publisher.render.layouts import TextBox
from publisher.render.typeset import NBSP, Setter, bind

BOX = TextBox(box=(20, 10, 400, 200), font="bold", size=(60, 20), lines=4)


@pytest.fixture
def setter(kit: Kit) -> Setter:
    return Setter(kit, 1.0)


def test_a_short_text_is_set_in_the_largest_size(setter: Setter):
    block = setter.set("Назар", BOX, what="headline")
    assert (block.size, block.rows) == (60, ("Назар",))


def test_a_longer_text_shrinks_and_stays_in_its_box(setter: Setter):
    block = setter.set(
        "Бейтаныс адамның айтуымен несие рәсімдемеңіз, алдымен бізге қоңырау шалыңыз", BOX, what="headline"
    )
    assert 20 <= block.size < 60
    assert all(block.font.getlength(row) <= 400 for row in block.rows)
    assert block.top >= 10
    assert block.top + block.height <= 210


def test_a_text_that_fits_in_no_size_is_refused_with_its_length_and_what_is_too_much(setter: Setter):
    with pytest.raises(TextDoesNotFit) as caught:
        setter.set("слово " * 90, BOX, what="headline")
    assert caught.value.reason == "picture_text_too_long"
    assert caught.value.values["part"] == "headline"
    assert caught.value.values["found"] == 539
    over = int(caught.value.values["over"])
    assert setter.set(("слово " * 90)[: 539 - over], BOX, what="headline")
    with pytest.raises(TextDoesNotFit):
        setter.set(("слово " * 90)[: 539 - over + 6], BOX, what="headline")


def test_a_word_wider_than_the_box_is_refused_by_name(setter: Setter):
    word = "қанағаттандырылмағандықтарыңыздан" * 2
    with pytest.raises(WordDoesNotFit) as caught:
        setter.set(f"Бұл {word} ғой", BOX, what="headline")
    assert caught.value.reason == "picture_word_too_long"
    assert caught.value.values["word"] == word


@pytest.mark.parametrize("copied", ["Қауіп\u00adсіз шот", "\ufeffҚауіпсіз\u200b шот", "\u200eҚауіпсіз\u2060 шот"])
def test_what_nobody_sees_and_the_font_lacks_is_left_out(setter: Setter, copied: str):
    """Pages and messengers let it be copied along; no one could find the sign that was refused."""
    assert setter.set(copied, BOX, what="headline").rows == ("Қауіпсіз шот",)


def test_a_letter_typed_as_two_is_set_as_one(setter: Setter):
    assert setter.set("Тыи\u0306ым 2\u201115", BOX, what="headline").rows == ("Тыйым 2-15",)


def test_a_sign_the_font_lacks_is_refused_by_name(setter: Setter):
    with pytest.raises(MissingLetter) as caught:
        setter.set("Осторожно 🚨", BOX, what="headline")
    assert caught.value.values["letter"] == "🚨"


def test_no_row_begins_with_a_dash_or_ends_with_a_short_word(setter: Setter):
    text = "Прежде чем платить — позвоните на номер и не бойтесь"
    assert bind(text) == f"Прежде чем платить{NBSP}— позвоните на{NBSP}номер и{NBSP}не{NBSP}бойтесь"
    rows = setter.set(text, BOX, what="headline").rows
    assert len(rows) > 1
    assert not [row for row in rows if row.startswith("—") or row.endswith((" на", " и", " не"))]


def test_rows_are_balanced(setter: Setter):
    block = setter.set("Ақша аудармас бұрын қоңырау шалыңыз", BOX, what="headline")
    lengths = [block.font.getlength(row) for row in block.rows]
    assert len(lengths) >= 2
    assert min(lengths) > 0.5 * max(lengths)


def test_several_texts_share_one_size_and_never_overlap(setter: Setter):
    texts = ["Код айтпаңыз", "Бөгде адамның айтуымен несие рәсімдемеңіз", "Қоңырау шалыңыз"]
    blocks = setter.set_list(texts, BOX, what="lines", gap=0.5)
    assert len({block.size for block in blocks}) == 1
    assert all(above.top + above.height <= below.top for above, below in pairwise(blocks))


def test_everything_scales_with_the_picture(kit: Kit):
    small, large = (Setter(kit, scale).set("Назар аударыңыз", BOX, what="tag") for scale in (0.5, 2.0))
    assert small.rows == large.rows
    assert large.left == 4 * small.left
    assert large.size == pytest.approx(4 * small.size, abs=4)

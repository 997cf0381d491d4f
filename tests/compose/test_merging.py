"""Two people, one post: nothing that anybody wrote is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.compose.differing import changes, compare
from publisher.compose.merging import merge, put_together

LINES = st.lists(st.sampled_from(["Сәлем", "Абайлаңыз!", "", "2-15-65", "Қоңырау шалыңыз", "x"]), max_size=8)
TEXTS = LINES.map("\n".join)


def test_what_each_changed_alone_is_put_together():
    base = {"body_kk": "а", "body_ru": "б", "title": "т", "urgent": False}
    result = merge(base, {**base, "body_kk": "менікі", "urgent": True}, {**base, "body_ru": "её"})
    assert result.content == {"body_kk": "менікі", "body_ru": "её", "title": "т", "urgent": True}
    assert (sorted(result.mine), result.taken, result.conflicts) == (["body_kk", "urgent"], ["body_ru"], [])


def test_a_text_that_both_changed_is_never_decided():
    result = merge({"body_kk": "а"}, {"body_kk": "менікі"}, {"body_kk": "оныкі"})
    [conflict] = result.conflicts
    assert (conflict.mine, conflict.theirs) == ("менікі", "оныкі")
    assert (result.content["body_kk"], result.mine) == ("оныкі", [])


def test_a_setting_that_both_changed_is_ours_and_is_told():
    result = merge({"urgent": False, "title": "а"}, {"title": "менікі"}, {"urgent": False, "title": "оныкі"})
    assert (result.content["title"], result.overruled) == ("менікі", ["title"])


def test_the_same_change_by_both_is_no_conflict():
    result = merge({"body_kk": "а"}, {"body_kk": "б"}, {"body_kk": "б"})
    assert (result.mine, result.taken, result.conflicts) == ([], [], [])


def test_without_a_common_version_every_other_text_is_a_question():
    result = merge(None, {"body_kk": "менікі", "body_ru": "бір"}, {"body_kk": "оныкі", "body_ru": "бір"})
    assert [conflict.language for conflict in result.conflicts] == ["kk"]


@pytest.mark.parametrize(("one", "other"), [(None, []), ("", None), (["b", "a"], ["a", "b"])])
def test_nothing_is_nothing_and_order_of_channels_is_no_change(one, other):
    assert merge({"x": one}, {"x": other}, {"x": one}).mine == []


def test_lines_changed_apart_are_put_together():
    assert put_together("бір\nекі\nүш", "БІР\nекі\nүш", "бір\nекі\nҮШ") == "БІР\nекі\nҮШ"


def test_of_lines_changed_by_both_theirs_stand_first():
    assert put_together("бір\nекі", "бір\nменікі", "бір\nоныкі") == "бір\nоныкі\nменікі"


@given(TEXTS, TEXTS, TEXTS)
def test_every_line_that_anybody_added_is_in_the_text_put_together(base, mine, theirs):
    together, old = put_together(base, mine, theirs).split("\n"), base.split("\n")
    for line in [*mine.split("\n"), *theirs.split("\n")]:
        assert line in together or line in old


@given(TEXTS, TEXTS)
def test_one_sided_changes_come_through_whole(base, changed):
    assert put_together(base, changed, base) == changed
    assert put_together(base, base, changed) == changed


@given(TEXTS, TEXTS)
def test_a_comparison_holds_both_texts_whole(before, after):
    stretches = compare(before, after)
    assert "".join(one.text for one in stretches if one.kind != "new") == before
    assert "".join(one.text for one in stretches if one.kind != "gone") == after


def test_a_comparison_reads_by_words():
    stretches = compare("Ақша аудармаңыз, тексеріңіз.", "Ақша бермеңіз, тексеріңіз.")
    assert [(one.kind, one.text) for one in stretches if one.kind != "same"] == [
        ("gone", "аудармаңыз"),
        ("new", "бермеңіз"),
    ]


def test_changes_tell_texts_first_and_settings_after():
    before = {"body_kk": "а", "urgent": False, "poll_ru": None, "title": "т"}
    poll = {"question": "Не?", "options": ["А", "Б"], "answer": 2, "explanation": ""}
    after = {"body_kk": "б", "urgent": True, "poll_ru": poll, "title": "т"}
    found = changes(before, after)
    assert [(change.name, change.language) for change in found] == [("body", "kk"), ("poll", "ru"), ("urgent", "")]
    assert "✓ Б" in found[1].stretches[0].text

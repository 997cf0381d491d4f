from __future__ import annotations

import pytest

from publisher.compose.templates import load_all as load_templates
from publisher.plan.check import unknown_channels, unknown_districts, unknown_templates
from publisher.plan.files import load_all
from publisher.plan.targets import resolve

DISTRICTS = ("akkaiyn", "esil")
PLAN = """\
name: N
district: akkaiyn
to: [{to}]
slots:
  - at: Mon 10:00
    {what}
"""


@pytest.fixture
def plans(home, write):
    def plans(to: str = "akkaiyn-tg", what: str = "kind: scam_warning"):
        write(PLAN.format(to=to, what=what))
        return list(load_all(home.schedules).values())

    return plans


def test_a_plan_whose_words_all_exist_has_no_flaws(home, plans, channels, template):
    template("safe-account")
    read = plans(to="akkaiyn-tg, 'tag:villages'", what="templates: [safe-account]")
    assert unknown_districts(read, DISTRICTS) == []
    assert unknown_channels(read, channels, DISTRICTS) == []
    assert unknown_templates(read, load_templates(home.content)) == []


def test_an_unknown_template_names_its_line_and_the_nearest(home, plans, template):
    template("safe-account")
    (flaw,) = unknown_templates(plans(what="templates: [safe-acount]"), load_templates(home.content))
    assert flaw.line == 6
    assert "“safe-acount”" in flaw.what
    assert flaw.hint == "Did you mean “safe-account”?"


def test_a_kind_that_no_template_has_is_found(home, plans, template):
    template("safe-account")
    (flaw,) = unknown_templates(plans(what="kind: notice"), load_templates(home.content))
    assert (flaw.line, "no template fits" in flaw.what) == (5, True)


def test_tags_and_kind_must_meet_in_one_template(home, plans, template):
    template("call", tags="phone")
    template("promo", kind="hotline_promo", tags="hotline")
    read = plans(what="kind: scam_warning\n    tags: [hotline]")
    assert len(unknown_templates(read, load_templates(home.content))) == 1


@pytest.mark.parametrize(
    ("to", "hint"),
    [("akkaiyn-tk", "Did you mean “akkaiyn-tg”?"), ("'tag:residentz'", "Did you mean “tag:residents”?")],
)
def test_an_unknown_channel_or_tag_names_the_nearest(plans, channels, to, hint):
    (flaw,) = unknown_channels(plans(to=to), channels, DISTRICTS)
    assert (flaw.line, flaw.hint) == (3, hint)


def test_a_channel_of_another_district_is_refused_since_its_hotline_differs(plans, channels):
    (flaw,) = unknown_channels(plans(to="esil-tg"), channels, DISTRICTS)
    assert "belongs to the district “esil”" in flaw.what


def test_an_unknown_district_is_found(home, write):
    write("name: N\ndistrict: akkayin\nto: [a]\nslots: [{at: Mon 10:00, kind: notice}]\n")
    (flaw,) = unknown_districts(load_all(home.schedules).values(), DISTRICTS)
    assert (flaw.line, flaw.hint) == (2, "Did you mean “akkaiyn”?")


def test_a_plan_without_district_is_clear_only_where_there_is_one(home, write):
    write("name: N\nto: [a]\nslots: [{at: Mon 10:00, kind: notice}]\n")
    read = list(load_all(home.schedules).values())
    assert unknown_districts(read, ["akkaiyn"]) == []
    assert len(unknown_districts(read, DISTRICTS)) == 1


def test_a_tag_reaches_every_channel_of_the_district_and_none_beyond(channels):
    assert [c.key for c in resolve(["tag:residents"], "akkaiyn", channels)] == ["akkaiyn-tg", "akkaiyn-wa"]


def test_a_channel_named_twice_is_meant_once(channels):
    assert [c.key for c in resolve(["akkaiyn-wa", "tag:villages"], "akkaiyn", channels)] == ["akkaiyn-wa"]

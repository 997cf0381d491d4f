from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.compose.models import Post, Status
from publisher.compose.templates import Template, TemplateVersion
from publisher.plan.files import Rule
from publisher.plan.rotation import pick, speaks, uses_on

DAY = date(2026, 11, 30)
ANY = Rule(at="Mon 10:00", kind="scam_warning")


def template(
    slug: str, repeat: int | None = None, languages=("kk", "ru"), reason: str = "", tags=("phone",)
) -> Template:
    versions = {language: TemplateVersion(language, slug, "text") for language in languages}
    return Template(slug, "scam_warning", tuple(tags), repeat, None, versions, "d", reason)


def picked(templates, uses, rule=ANY, day=DAY) -> str | None:
    found = pick(templates, rule, uses, day)
    return found.slug if found else None


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def test_the_template_used_longest_ago_speaks():
    uses = {"a": [ago(40), ago(5)], "b": [ago(20)], "c": [ago(10)]}
    assert picked(map(template, "abc"), uses) == "b"


def test_one_that_never_spoke_comes_first():
    assert picked(map(template, "abc"), {"a": [ago(90)], "b": [ago(80)]}) == "c"


def test_the_rules_own_order_decides_between_equals():
    rule = Rule(at="Mon 10:00", templates=("c", "a", "b"))
    assert picked(map(template, "abc"), {}, rule) == "c"


def test_a_template_rests_for_its_days():
    assert picked([template("a", repeat=30)], {"a": [ago(29)]}) is None
    assert picked([template("a", repeat=30)], {"a": [ago(30)]}) == "a"


def test_a_use_planned_for_later_counts_too():
    assert picked([template("a", repeat=7)], {"a": [DAY + timedelta(days=3)]}) is None


def test_tags_choose_templates_that_have_one_of_them():
    rule = Rule(at="Mon 10:00", tags=("internet", "cards"))
    assert picked([template("a", tags=["phone"]), template("b", tags=["cards", "sms"])], {}, rule) == "b"


def test_a_template_must_be_written_in_every_language_of_the_channels():
    assert speaks(template("a"), ("kk", "ru"))
    assert not speaks(template("a", languages=("kk",)), ("kk", "ru"))
    assert speaks(template("a", languages=("kk",), reason="For the village"), ("kk", "ru"))
    assert not speaks(template("a", languages=("en",), reason="For guests"), ("kk", "ru"))


@given(st.integers(2, 6), st.integers(0, 5), st.integers(5, 40))
def test_everyone_speaks_once_before_anyone_speaks_twice(count, repeat, slots):
    templates = [template(f"t{n}", repeat=min(repeat, count - 1) or None) for n in range(count)]
    uses: dict[str, list[date]] = {}
    spoken = []
    for n in range(slots):
        slug = picked(templates, uses, day=DAY + timedelta(days=n))
        spoken.append(slug)
        uses.setdefault(slug, []).append(DAY + timedelta(days=n))
    for first in range(len(spoken) - count + 1):
        assert len(set(spoken[first : first + count])) == count


@pytest.fixture
def post(district):
    def post(slug: str, at: datetime | None, keys: list[str], status: str = Status.APPROVED) -> Post:
        return Post.objects.create(
            kind="notice", title=slug, district=district, template_slug=slug, publish_at=at, channel_keys=keys,
            status=status, author_name="x",
        )  # fmt: skip

    return post


def test_a_use_counts_on_the_channels_it_went_to_and_by_local_date(post):
    late = datetime(2026, 11, 30, 20, tzinfo=UTC)  # already 1 December in Almaty
    post("a", late, ["one", "two"])
    post("a", late, ["three"])
    zone = ZoneInfo("Asia/Almaty")
    assert uses_on(["two", "four"], ["a"], zone) == {"a": [date(2026, 12, 1)]}
    assert uses_on(["four"], ["a"], zone) == {}


def test_a_cancelled_post_was_never_a_use(post):
    post("a", datetime(2026, 11, 30, tzinfo=UTC), ["one"], Status.CANCELLED)
    assert uses_on(["one"], ["a"], ZoneInfo("Asia/Almaty")) == {}

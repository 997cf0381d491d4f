"""Looking at pages: what is asked when, what is kept, what a refusal leads to. instaloader is the real one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from asgiref.sync import sync_to_async

from publisher.compose.models import Post
from publisher.connectors.base import Metric
from publisher.connectors.instagram import SOURCE, Instagram, InstagramSettings
from publisher.deliver.models import Account
from publisher.measure import by_hand, looking, pages, sourcing
from publisher.measure.metrics import AFTER
from publisher.measure.models import (
    Horizon,
    Page,
    PageRole,
    PageState,
    Piece,
    PieceState,
    Reading,
    SpentRequest,
    Watch,
)
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry
from publisher.practice import Practice
from publisher.practice.instagram import pages as invented

OWN, OTHER = "practice_police", "practice_cyberpol"
ADMIN = Actor("Администратор")
PACE = pages.Pace(pause=(30.0, 30.0))
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(accounts) -> Account:
    return Account.objects.create(key="insta", type="instagram")


@pytest.fixture
def watch(account) -> Watch:
    pages.switch(account, True, ADMIN, datetime.now(UTC))
    return Watch.objects.get(account=account)


@pytest.fixture
def own(account, watch, district) -> Page:
    return Page.objects.create(account=account, name=OWN, role=PageRole.OWN, district=district)


@pytest.fixture
def source(account, watch, district) -> Page:
    given = {"role": PageRole.SOURCE, "permission": "Хат № 12"}
    return Page.objects.create(account=account, name=OTHER, district=district, **given)


@pytest.fixture
async def practice(tmp_path):
    server = Practice(tmp_path / "practice", residents=False, time_scale=1)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def look(practice):
    """One round at a moment, through the real connector."""
    settings = InstagramSettings(type="instagram", api_url=f"{practice.base_url}/instagram", an_hour=60, a_day=300)
    connector = Instagram(settings)

    @asynccontextmanager
    async def lend(key):
        yield connector

    async def look(at: datetime | None = None) -> int:
        return await looking.look_around(at or datetime.now(UTC), lend, PACE)

    return look


@pytest.fixture
def faulty(practice):
    async def add(match: str, **fault) -> None:
        async with httpx.AsyncClient(base_url=practice.base_url) as http:
            await http.post("/practice/api/instagram/faults", json=[{"match": match, "times": 99, **fault}])

    return add


def later(**how) -> datetime:
    return datetime.now(UTC) + timedelta(**how)


fetch = sync_to_async(lambda rows: list(rows))
again = sync_to_async(lambda row: row.refresh_from_db())


async def test_the_first_look_takes_the_followers_and_the_pieces(own, look):
    assert await look() == 1
    (reading,) = await fetch(Reading.objects.filter(page=own))
    assert (reading.metric, reading.value, reading.source) == (Metric.FOLLOWERS, 4180, SOURCE)
    assert await sync_to_async(own.pieces.count)() == invented.PAGE


async def test_nothing_is_asked_before_the_pause_is_over(own, look):
    await look()
    assert await look(later(seconds=20)) == 0
    assert await look(later(seconds=40)) == 1


async def test_each_request_is_remembered_for_the_budget(own, look):
    await look()
    assert await sync_to_async(SpentRequest.objects.count)() == 1


async def test_a_spent_budget_asks_nothing_and_comes_back(own, watch, look):
    now = datetime.now(UTC)
    await sync_to_async(pages.remember_spent)("insta", [now - timedelta(minutes=59 - n % 50) for n in range(60)])
    assert await look() == 0
    await again(watch)
    assert watch.refusals == 0
    assert watch.next_at > later(seconds=30)


async def test_switched_off_nothing_is_asked(own, account, look):
    await sync_to_async(pages.switch)(account, False, ADMIN, datetime.now(UTC))
    assert await look() == 0


async def test_the_switch_is_recorded(watch):
    assert await sync_to_async(AuditEntry.objects.filter(verb="watch_on", subject="account:insta").exists)()


@pytest.fixture
def newest(own, practice):
    """A piece of ours that is as young as wanted."""

    def make(age: timedelta = timedelta(0), **more) -> Piece:
        found = next(i for i in invented.items(practice.world, invented.ACCOUNTS[OWN]) if not i.hidden)
        published = datetime.fromtimestamp(found.at, UTC)
        Page.objects.filter(pk=own.pk).update(seen_at=published, next_at=published + timedelta(days=30))
        given = {"author": OWN, "kind": "photo", "first_seen_at": published, "published_at": published, **more}
        return Piece.objects.create(page=own, code=found.code, **given)

    return make


@pytest.mark.parametrize("horizon", list(Horizon))
async def test_a_piece_is_read_inside_each_window_once(newest, look, horizon):
    piece = await sync_to_async(newest)()
    moment = piece.published_at + AFTER[horizon]
    assert await look(moment - timedelta(minutes=1)) == 0
    assert await look(moment + timedelta(minutes=1)) == 1
    assert await look(moment + timedelta(minutes=5)) == 0
    rows = await fetch(Reading.objects.filter(piece=piece))
    assert {row.metric for row in rows} >= {Metric.REACTIONS, Metric.REPLIES}
    assert {row.at for row in rows} == {moment + timedelta(minutes=1)}


async def test_hidden_likes_leave_no_reading_and_are_not_asked_for_again(own, practice, look):
    found = next(i for i in invented.items(practice.world, invented.ACCOUNTS[OWN]) if i.hidden)
    published = datetime.fromtimestamp(found.at, UTC)
    await sync_to_async(Page.objects.filter(pk=own.pk).update)(next_at=later(days=30))
    piece = await sync_to_async(Piece.objects.create)(
        page=own, code=found.code, author=OWN, kind="photo", first_seen_at=published, published_at=published
    )
    moment = published + AFTER[Horizon.DAY] + timedelta(minutes=1)
    assert await look(moment) == 1
    assert await look(moment + timedelta(minutes=5)) == 0
    await again(piece)
    assert piece.hidden_likes
    assert {row.metric for row in await fetch(Reading.objects.filter(piece=piece))} == {Metric.REPLIES}


async def test_a_wall_is_no_zero_and_no_end(own, look, faulty):
    await look()
    await faulty(f"GET /{OWN}/", body="<html></html>")
    await sync_to_async(Page.objects.filter(pk=own.pk).update)(next_at=None)
    await sync_to_async(Piece.objects.update)(published_at=later(days=-30))
    assert await look(later(minutes=2)) == 0
    await again(own)
    assert (own.problem, own.failures) == ("instagram_login_wall", 1)
    assert own.next_at > later(minutes=50)
    assert await sync_to_async(Reading.objects.filter(page=own).count)() == 1


async def test_three_failures_in_a_row_show_as_blocked(own, watch):
    own.failures, own.seen_at = 3, datetime.now(UTC)
    assert own.state(datetime.now(UTC), watch) == PageState.BLOCKED


@pytest.mark.parametrize(
    ("on", "seen", "state"),
    [
        (True, timedelta(hours=1), PageState.OK),
        (True, timedelta(hours=49), PageState.STALE),
        (False, timedelta(hours=1), PageState.MANUAL),
    ],
)
async def test_the_state_says_how_far_the_numbers_can_be_trusted(own, watch, on, seen, state):
    watch.on, own.seen_at = on, datetime.now(UTC) - seen
    assert own.state(datetime.now(UTC), watch) == state


async def test_too_many_requests_silence_everything_longer_each_time(own, watch, look, faulty):
    await faulty(f"GET /{OWN}/", status=429)
    assert await look() == 0
    await again(watch)
    assert later(minutes=59) < watch.blocked_until < later(minutes=61)
    assert await look(later(minutes=30)) == 0
    assert await look(later(minutes=62)) == 0
    await again(watch)
    assert watch.blocked_until > later(hours=4)
    assert watch.blocked_reason == "instagram_wait"


async def test_a_flagged_address_means_a_day_of_silence(own, watch, newest, look, faulty):
    await faulty("/api/graphql", status=400, body={"message": "checkpoint_required", "status": "fail"})
    piece = await sync_to_async(newest)()
    await look(piece.published_at + AFTER[Horizon.DAY])
    await again(watch)
    assert watch.blocked_reason == "instagram_stopped"
    assert watch.blocked_until - (piece.published_at + AFTER[Horizon.DAY]) == timedelta(hours=24)


async def test_a_good_answer_forgets_earlier_refusals(own, watch, look):
    await sync_to_async(Watch.objects.update)(refusals=2)
    await look()
    await again(watch)
    assert watch.refusals == 0


async def test_what_stood_there_before_does_not_become_drafts(source, look):
    await look()
    assert await look(later(minutes=2)) == 0
    assert not await sync_to_async(Post.objects.exists)()


async def test_new_material_becomes_a_draft_that_says_whose_it_is(source, practice, look):
    await look()
    practice.world.clock.advance(invented.EVERY)
    assert await look(later(hours=13)) == 1
    assert await look(later(hours=14)) == 1
    (post,) = await fetch(Post.objects.all())
    version = await sync_to_async(post.versions.get)()
    piece = await sync_to_async(Piece.objects.get)(state=PieceState.DRAFTED)
    assert piece.draft_id == post.pk
    assert post.status == "draft"
    assert "@practice\\_cyberpol" in version.body
    assert post.reused
    assert (post.reused_source, post.reused_permission) == (f"https://www.instagram.com/p/{piece.code}/", "Хат № 12")
    assert await sync_to_async(post.media.count)() >= 1


async def test_a_draft_is_made_once(source, practice, look):
    await look()
    practice.world.clock.advance(invented.EVERY)
    await look(later(hours=13))
    await look(later(hours=14))
    await look(later(hours=15))
    assert await sync_to_async(Post.objects.count)() == 1


async def test_a_draft_without_its_file_says_so(source, practice, look, faulty):
    await look()
    practice.world.clock.advance(invented.EVERY)
    await look(later(hours=13))
    await faulty("/v/", status=403)
    await look(later(hours=14))
    piece = await sync_to_async(Piece.objects.get)(state=PieceState.DRAFTED)
    assert piece.problem == "instagram_file_gone"


@pytest.mark.parametrize(
    ("text", "language"), [("Сақ болыңыз, қоңырау шалыңыз", "kk"), ("Будьте осторожны", "ru"), ("", "ru")]
)
def test_the_language_is_known_by_its_letters(text, language):
    assert sourcing.language_of(text) == language


def test_a_number_by_hand_keeps_who_and_where_from(own, newest):
    piece = newest()
    by_hand.enter(piece, Metric.VIEWS, 512, datetime.now(UTC), Actor("Айгүл"), "Insights")
    (reading,) = Reading.objects.filter(piece=piece)
    assert (reading.value, reading.source, reading.by, reading.proof) == (512, "hand", "Айгүл", "Insights")


CSV = "code;metric;value;at\n{code};views;512;2026-11-20 10:00\n{code};reactions;31;2026-11-20 10:00\n"


def test_numbers_come_in_from_a_table(own, newest):
    piece = newest()
    found = by_hand.read_table(own, CSV.format(code=piece.code).encode("utf-8-sig"), piece.page.district.zone)
    assert not found.flaws
    assert by_hand.enter_table(found, Actor("Айгүл"), "insights.csv") == 2
    assert Reading.objects.get(piece=piece, metric="views").at == datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("nothing;views;5;2026-11-20 10:00", "nothing"),
        ("{code};viewz;5;2026-11-20 10:00", "viewz"),
        ("{code};views;many;2026-11-20 10:00", "many"),
        ("{code};views;-5;2026-11-20 10:00", "-5"),
        ("{code};views;5;yesterday", "yesterday"),
        ("{code};views;99999999999999999999;2026-11-20", "9999"),
        ("{code};views;5;0001-01-01 00:00", "0001"),
        ("{code};views;5;2999-01-01", "2999"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_comes_in(own, newest, row, word):
    piece = newest()
    text = "code;metric;value;at\n" + row.format(code=piece.code)
    found = by_hand.read_table(own, text.encode(), piece.page.district.zone)
    (flaw,) = found.flaws
    assert flaw.line == 2
    assert word in flaw.value
    with pytest.raises(ValueError, match="flaws"):
        by_hand.enter_table(found, Actor("Айгүл"), "x.csv")
    assert not Reading.objects.exists()


def test_a_table_whose_quotation_mark_never_closes_is_no_crash(own, newest):
    text = 'code;metric;value;at\n"' + "x" * 200_000
    (flaw,) = by_hand.read_table(own, text.encode(), own.district.zone).flaws
    assert flaw.what == "columns"


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_a_number_read_today_comes_in_before_noon_too(own, newest, monkeypatch, hour):
    now = datetime(2026, 11, 20, hour, 30, tzinfo=own.district.zone)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return now.astimezone(tz)

    monkeypatch.setattr(by_hand, "datetime", Clock)
    found = by_hand.read_table(own, b"code;metric;value;at\n;followers;5;2026-11-20", own.district.zone)
    (entry,) = found.entries
    assert entry.at == min(now, now.replace(hour=12, minute=0))


def test_rows_follow_the_settings(account, district, settings):
    given = {"type": "instagram", "pages": {"Police": {"role": "own", "district": "esil"}}}
    config = settings.CONFIG.model_copy(update={"accounts": {"insta": InstagramSettings.model_validate(given)}})
    pages.follow(config)
    (page,) = Page.objects.all()
    assert (page.name, page.district_id, page.listed) == ("police", "esil", True)
    pages.follow(settings.CONFIG)
    page.refresh_from_db()
    assert not page.listed

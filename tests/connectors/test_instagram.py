"""Instagram's pages through the unchanged instaloader, against the practice platform's Instagram."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import instaloader
import pytest

from publisher.connectors.base import Metric, Receipt
from publisher.connectors.errors import AccessLost, ConnectorError, RateLimited, Refused, Unavailable
from publisher.connectors.instagram import Instagram, InstagramSettings, Page, page_in
from publisher.connectors.instagram_door import Impatient
from publisher.connectors.instagram_errors import classified
from publisher.practice import Practice
from publisher.practice.instagram import pages as invented

POLICE = "practice_police"
ONE_POST = "/api/graphql"


@pytest.fixture
async def practice(tmp_path):
    server = Practice(tmp_path / "practice", residents=False)
    await server.start()
    yield server
    await server.stop()


def connector_at(practice, **given) -> Instagram:
    address = f"{practice.base_url}/instagram"
    settings = InstagramSettings(type="instagram", api_url=address, pages={POLICE: Page(role="own")}, **given)
    return Instagram(settings)


@pytest.fixture
def instagram(practice):
    return connector_at(practice)


@pytest.fixture
def faulty(practice):
    async def add(match: str, **fault) -> None:
        async with httpx.AsyncClient(base_url=practice.base_url) as http:
            await http.post("/practice/api/instagram/faults", json=[{"match": match, "times": 9, **fault}])

    return add


@pytest.fixture
def asked(practice):
    async def log() -> list[str]:
        async with httpx.AsyncClient(base_url=practice.base_url) as http:
            return (await http.get("/practice/api/instagram/log")).json()["asked"]

    return log


def item(practice, wanted):
    items = invented.items(practice.world, invented.ACCOUNTS[POLICE])
    return next(found for found in items[: invented.PAGE] if wanted(found))


async def test_a_look_at_a_page_is_one_request(instagram, asked):
    page = await instagram.newest(POLICE)
    assert page.title == "СЫНАҚ · Аудандық полиция"
    assert page.followers == 4180
    assert len(page.posts) == invented.PAGE
    assert await asked() == [f"GET /{POLICE}/"]


async def test_a_look_at_a_post_gives_its_numbers_and_files(instagram, practice):
    found = item(practice, lambda i: i.kind == invented.VIDEO and not i.hidden)
    post = await instagram.look(found.code)
    assert (post.author, post.kind, post.caption) == (POLICE, "video", found.text)
    assert post.likes > 0
    assert post.views > 0
    assert post.at.tzinfo is UTC
    assert [file.kind for file in post.files] == ["video"]


async def test_a_second_post_costs_one_request(instagram, practice, asked):
    codes = [i.code for i in invented.items(practice.world, invented.ACCOUNTS[POLICE])[:2]]
    await instagram.look(codes[0])
    before = len(await asked())
    await instagram.look(codes[1])
    assert len(await asked()) == before + 1


async def test_hidden_likes_are_unknown_and_not_zero(instagram, practice):
    post = await instagram.look(item(practice, lambda i: i.hidden).code)
    assert post.hidden
    assert post.likes is None
    metrics = {reading.metric for reading in post.readings(datetime.now(UTC))}
    assert Metric.REACTIONS not in metrics
    assert Metric.REPLIES in metrics


async def test_an_album_has_all_its_pictures(instagram, practice):
    post = await instagram.look(item(practice, lambda i: i.kind == invented.ALBUM).code)
    assert [file.kind for file in post.files] == ["photo", "photo"]


async def test_measures_followers_and_posts_under_its_declared_metrics(instagram, practice):
    found = item(practice, lambda i: not i.hidden and i.kind == invented.VIDEO)
    readings = [*await instagram.measure(POLICE, None), *await instagram.measure(POLICE, Receipt((found.code,)))]
    assert {r.metric for r in readings} == instagram.description.metrics


async def test_files_are_fetched_to_a_path(instagram, practice, tmp_path):
    post = await instagram.look(item(practice, lambda i: i.kind == invented.PICTURE).code)
    await instagram.fetch(post.files[0].url, tmp_path / "picture.jpg")
    assert (tmp_path / "picture.jpg").read_bytes()[:3] == b"\xff\xd8\xff"


async def test_a_file_elsewhere_is_not_fetched(instagram, tmp_path):
    with pytest.raises(Unavailable):
        await instagram.fetch("https://example.org/picture.jpg", tmp_path / "picture.jpg")


async def test_the_budget_ends_the_asking_before_the_request(practice, asked):
    instagram = connector_at(practice, an_hour=1)
    await instagram.newest(POLICE)
    with pytest.raises(RateLimited) as stopped:
        await instagram.newest(POLICE)
    assert stopped.value.reason == "instagram_budget"
    assert 3500 < stopped.value.retry_after <= 3600
    assert len(await asked()) == 1


async def test_without_pages_there_is_nothing_to_check(practice):
    settings = InstagramSettings(type="instagram", api_url=f"{practice.base_url}/instagram")
    with pytest.raises(Refused):
        await Instagram(settings).check()


WAIT = {"message": "Please wait a few minutes", "status": "fail"}
STOPPED = [{"message": f"{kind}_required", "status": "fail"} for kind in ("checkpoint", "feedback", "challenge")]
PAGE_FAULTS = [
    ({"status": 429}, RateLimited, "instagram_wait"),
    (
        {"status": 401, "body": WAIT},
        RateLimited,
        "instagram_wait",
    ),
    ({"status": 403}, RateLimited, "instagram_wait"),
    ({"status": 404}, Unavailable, "instagram_not_shown"),
    ({"status": 500}, Unavailable, "unavailable"),
    ({"status": 200, "body": "<html></html>"}, Unavailable, "instagram_login_wall"),
    (
        {"status": 302, "headers": {"Location": "https://www.instagram.com/accounts/login/"}},
        Unavailable,
        "instagram_login_wall",
    ),
    ({"reset": True}, Unavailable, "unavailable"),
]
POST_FAULTS = [
    ({"status": 429}, RateLimited, "instagram_wait"),
    (
        {"status": 401, "body": WAIT},
        RateLimited,
        "instagram_wait",
    ),
    ({"status": 403}, RateLimited, "instagram_wait"),
    *[({"status": 400, "body": body}, AccessLost, "instagram_stopped") for body in STOPPED],
    ({"status": 400, "body": {"message": "bad", "status": "fail"}}, Unavailable, "instagram_changed"),
    ({"status": 404}, Unavailable, "instagram_not_shown"),
    ({"status": 502}, Unavailable, "unavailable"),
    ({"status": 200, "body": "<html>"}, Unavailable, "instagram_changed"),
    ({"status": 200, "body": {"data": None, "errors": [{}]}}, Unavailable, "instagram_changed"),
    ({"status": 200, "body": {"data": {}}}, Unavailable, "instagram_changed"),
    ({"status": 200, "body": {"status": "fail", "message": "execution error"}}, Unavailable, "unavailable"),
    ({"reset": True}, Unavailable, "unavailable"),
]


@pytest.mark.parametrize(("fault", "error", "reason"), PAGE_FAULTS, ids=str)
async def test_a_fault_of_the_page_is_one_error_and_one_request(instagram, faulty, asked, fault, error, reason):
    await faulty(f"GET /{POLICE}/", **fault)
    with pytest.raises(error) as raised:
        await instagram.newest(POLICE)
    assert raised.value.reason == reason
    assert len(await asked()) == 1


@pytest.mark.parametrize(("fault", "error", "reason"), POST_FAULTS, ids=str)
async def test_a_fault_of_the_post_is_one_error(instagram, practice, faulty, fault, error, reason):
    await faulty(ONE_POST, **fault)
    with pytest.raises(error) as raised:
        await instagram.look(item(practice, lambda i: True).code)
    assert raised.value.reason == reason


def _answer(practice):
    account = invented.ACCOUNTS[POLICE]
    timeline = {"polaris_ordered_timeline_connection": invented.timeline(practice.world, account)}
    return [{"xig_user_by_username": invented.facts(practice.world, account)}, {"xig_user_by_username": timeline}]


@pytest.mark.parametrize("lost", ["code", "user", "media_type"])
async def test_a_changed_page_is_an_error_and_never_an_empty_one(practice, lost):
    found = _answer(practice)
    for edge in found[1]["xig_user_by_username"]["polaris_ordered_timeline_connection"]["edges"]:
        del edge["node"][lost]
    with pytest.raises(KeyError) as missing:
        page_in(found, POLICE)
    assert classified(missing.value).reason == "instagram_changed"


async def test_a_page_without_its_posts_is_an_error(practice):
    with pytest.raises(ConnectorError) as raised:
        page_in(_answer(practice)[:1], POLICE)
    assert raised.value.reason == "instagram_changed"


async def test_followers_that_are_not_told_stay_unknown(practice):
    found = _answer(practice)
    found[0]["xig_user_by_username"]["follower_count"] = None
    assert page_in(found, POLICE).followers is None


@pytest.mark.parametrize("strange", ["4.180", True, -1, 4.5])
async def test_a_number_of_another_shape_is_an_error(practice, strange):
    found = _answer(practice)
    found[0]["xig_user_by_username"]["follower_count"] = strange
    with pytest.raises(TypeError):
        page_in(found, POLICE)


def test_a_pause_of_minutes_is_refused_instead_of_slept():
    with pytest.raises(RateLimited):
        Impatient(instaloader.InstaloaderContext(quiet=True)).sleep(666)


def test_outside_its_door_instaloader_reaches_nothing():
    with pytest.raises(instaloader.ConnectionException):
        instaloader.InstaloaderContext(quiet=True, sleep=False, max_connection_attempts=1).get_page_data("instagram/")

"""Pages and answers that changed under the parsers: an error or nothing, never a number that nobody gave."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from publisher.connectors import telegram_views
from publisher.connectors.base import Receipt
from publisher.connectors.errors import Unavailable
from publisher.connectors.instagram import page_in, post_in
from publisher.connectors.instagram_errors import classified
from publisher.connectors.telegram_preview import shown
from publisher.connectors.telegram_views import PublicPages

REAL = Path(os.environ.get("TELEGRAM_PAGE", "none"))  # a channel's public preview page, as it was recorded
BLOCK = """
<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message js-widget_message"
 data-post="akkaiyn/{id}"><div class="tgme_widget_message_bubble"><div class="tgme_widget_message_text
 js-message_text" dir="auto">Абайлаңыз: 1 000 000 теңге</div><div class="tgme_widget_message_footer"><span
 class="tgme_reaction"><i class="emoji"><b>❤</b></i>5</span><div class="tgme_widget_message_info"><span
 class="tgme_widget_message_views">{views}</span><span class="copyonly"> views</span></div></div></div></div></div>"""
VIEWS = {7: ("947", 947), 8: ("2.31K", 2310)}
PAGE = f"<!DOCTYPE html><html><body>{''.join(BLOCK.format(id=n, views=w) for n, (w, _) in VIEWS.items())}</body></html>"


async def read(page: str, number: int, name: str = "akkaiyn") -> object:
    client = httpx.AsyncClient(
        base_url="https://t.me", transport=httpx.MockTransport(lambda _: httpx.Response(200, text=page))
    )
    try:
        return await PublicPages(client).views(Receipt((str(number),), url=f"https://t.me/{name}/{number}"))
    except Unavailable as error:
        return error


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(telegram_views, "APART", 0.0)


TAGS = re.compile(r"<[^>]+>")
NAMES = re.compile(r"tgme_\w+|js-\w+|data-post|akkaiyn/\d+")
MUTATIONS = st.sampled_from(["drop tag", "rename", "rename everywhere", "cut", "drop stretch", "empty"])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(kind=MUTATIONS, where=st.floats(0, 1, exclude_max=True), length=st.integers(1, 300))
@example(kind="drop stretch", where=0.375, length=208)  # one message's bubble within another's
async def test_a_changed_page_gives_an_error_or_nothing_or_the_very_number(kind, where, length):
    page = mutated(PAGE, kind, where, length)
    for number, (_, value) in VIEWS.items():
        found = await read(page, number)
        if not isinstance(found, Unavailable) and found is not None:
            assert found.value == value, page


def mutated(page: str, kind: str, where: float, length: int) -> str:
    if kind in ("drop tag", "rename", "rename everywhere"):
        places = list((TAGS if kind == "drop tag" else NAMES).finditer(page))
        place = places[int(where * len(places))]
        if kind == "rename everywhere":
            return page.replace(place[0], "zz_new_name")
        return page[: place.start()] + ("" if kind == "drop tag" else "zz_new_name") + page[place.end() :]
    at = int(where * len(page))
    if kind == "cut":
        return page[:at]
    if kind == "drop stretch":  # whole elements go, never half of a number
        end = page.find("<", at + length)
        start = page.rfind("<", 0, at)
        return page[: max(start, 0)] + (page[end:] if end > 0 else "")
    return "<html><body></body></html>"


@pytest.mark.parametrize("name", ["tgme_widget_message_views", "tgme_widget_message", "data-post"])
async def test_what_the_numbers_hang_on_is_missed_at_once(name):
    found = await read(PAGE.replace(name, "zz_new_name"), 7)
    assert isinstance(found, Unavailable)
    assert found.reason == "public_page_changed"


@pytest.mark.skipif(not REAL.exists(), reason="TELEGRAM_PAGE names no recorded page of a real channel")
async def test_a_real_page_is_understood_and_its_changes_noticed():
    page = REAL.read_text(encoding="utf-8")
    blocks = [block for block in shown(page).blocks if not block.service]
    assert len(blocks) >= 15
    name = re.search(r'data-post="([^"/]+)/', page)[1]
    for block in blocks[:5]:
        found = await read(page, block.id, name)
        assert found.value >= 100
        changed = await read(page.replace("tgme_widget_message_views", "zz_new_name"), block.id, name)
        assert isinstance(changed, Unavailable)


NODE: dict[str, Any] = {
    "code": "DAbc123",
    "pk": "37",
    "user": {"username": "akkaiyn_police", "pk": "5"},
    "media_type": 8,
    "taken_at": 1_795_400_000,
    "caption": {"text": "Абайлаңыз"},
    "like_count": 31,
    "comment_count": 4,
    "play_count": 900,
    "like_and_view_counts_disabled": False,
    "carousel_media": [
        {"media_type": 1, "image_versions2": {"candidates": [{"url": "https://scontent.cdninstagram.com/1.jpg"}]}},
        {"media_type": 2, "video_versions": [{"url": "https://scontent.cdninstagram.com/2.mp4"}]},
    ],
}
GIVEN = {"likes": 31, "comments": 4, "views": 900}
STRANGE = [None, "31", "4.180", -1, 4.5, True, [], {}, "zz"]


def understood(read: Callable[[], Any], reasons: set[str]) -> Any:
    """None: it was refused, with one of these reasons."""
    try:
        return read()
    except Exception as cause:
        if classified(cause).reason not in reasons:
            raise
        return None


def places(thing: Any) -> Iterator[tuple[Any, Any]]:
    for key in thing if isinstance(thing, dict) else range(len(thing)):
        yield thing, key
        if isinstance(thing[key], dict | list):
            yield from places(thing[key])


@settings(max_examples=200, deadline=None)
@given(where=st.integers(0, 10_000), strange=st.sampled_from([..., *STRANGE]))
def test_a_changed_answer_gives_an_error_or_nothing_or_the_very_number(where, strange):
    node = copy.deepcopy(NODE)
    found = list(places(node))
    thing, key = found[where % len(found)]
    if strange is ...:
        del thing[key]
    else:
        thing[key] = strange
    seen = understood(lambda: post_in(SimpleNamespace(_node=node)), {"instagram_changed"})
    if seen is None:
        return
    for name, value in GIVEN.items():
        assert getattr(seen, name) in (value, None), (key, strange)
    assert all(reading.value for reading in seen.readings(seen.at))


def test_a_joint_post_keeps_the_name_of_its_author_and_an_album_all_its_files():
    node = copy.deepcopy(NODE)
    node["user"]["username"] = "KIBERPOL_kz"
    seen = post_in(SimpleNamespace(_node=node))
    assert (seen.author, seen.kind, [file.kind for file in seen.files]) == ("kiberpol_kz", "album", ["photo", "video"])


def test_hidden_numbers_are_unknown_even_when_the_answer_holds_some():
    node = {**copy.deepcopy(NODE), "like_and_view_counts_disabled": True, "like_count": 3}
    seen = post_in(SimpleNamespace(_node=node))
    assert (seen.likes, seen.views, seen.hidden, seen.comments) == (None, None, True, 4)


LISTED = {"code": "DAbc123", "user": {"username": "police"}, "media_type": 1, "caption": None}
ANSWER = [
    {"xig_user_by_username": {"username": "police", "full_name": "П", "follower_count": 4180, "is_private": False}},
    {"xig_user_by_username": {"polaris_ordered_timeline_connection": {"edges": [{"node": LISTED}]}}},
]


@settings(max_examples=150, deadline=None)
@given(where=st.integers(0, 10_000), strange=st.sampled_from([..., *STRANGE]))
def test_a_changed_page_of_an_account_is_never_empty_and_never_another_number(where, strange):
    answer = copy.deepcopy(ANSWER)
    found = list(places(answer))
    thing, key = found[where % len(found)]
    if strange is ...:
        del thing[key]
    else:
        thing[key] = strange
    page = understood(
        lambda: page_in(answer, "police"), {"instagram_changed", "instagram_login_wall", "instagram_private"}
    )
    if page is None:
        return
    assert page.followers in (4180, None)
    assert page.posts or strange == [] or key == 0

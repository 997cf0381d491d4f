"""Views from the public page: read where they are, absent where they are not given, an error where it has changed."""

from __future__ import annotations

import re

import httpx
import pytest

from publisher.connectors import telegram_views
from publisher.connectors.base import Message, Metric, Receipt
from publisher.connectors.errors import ConnectorError, Unavailable
from publisher.connectors.telegram import Telegram, TelegramSettings
from publisher.connectors.telegram_views import ROUNDED, SOURCE, PublicPages
from publisher.practice import acts
from tests.connectors.practice_stand import TOKEN

BLOCK = """
<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message text_not_supported_wrap
 js-widget_message" data-post="akkaiyn/{id}"><div class="tgme_widget_message_bubble"><div
 class="tgme_widget_message_text js-message_text" dir="auto">Абайлаңыз</div><div
 class="tgme_widget_message_footer compact js-message_footer"><div
 class="tgme_widget_message_info short js-message_info"><span class="tgme_widget_message_views">{views}</span><span
 class="copyonly"> views</span><span class="tgme_widget_message_meta"><a class="tgme_widget_message_date"><time
 datetime="2026-11-20T05:00:00+00:00" class="time">05:00</time></a></span></div></div></div></div></div>"""
PAGE = "<!DOCTYPE html><html><body><main class='tgme_main'><section>{blocks}</section></main></body></html>"


def page_of(**views: str) -> str:
    return PAGE.format(blocks="".join(BLOCK.format(id=key.strip("m"), views=value) for key, value in views.items()))


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(telegram_views, "APART", 0.0)


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def pages(asked):
    """What the site answers, by the query's `before` (0: the newest page)."""

    def make(*answers: httpx.Response | str | Exception, **by_before) -> PublicPages:
        queue = list(answers)

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url))
            found = by_before.get(f"b{request.url.params.get('before', '0')}") or queue.pop(0)
            if isinstance(found, Exception):
                raise found
            return httpx.Response(200, text=found) if isinstance(found, str) else found

        client = httpx.AsyncClient(base_url="https://t.me", transport=httpx.MockTransport(answer))
        return PublicPages(client)

    return make


def message(number: int, name: str = "akkaiyn") -> Receipt:
    return Receipt((str(number),), url=f"https://t.me/{name}/{number}")


@pytest.mark.parametrize(
    ("written", "value", "source"),
    [
        *[("0", 0, SOURCE), ("947", 947, SOURCE)],
        *[
            ("1.2K", 1200, ROUNDED),
            ("15.3K", 15300, ROUNDED),
            ("2M", 2_000_000, ROUNDED),
            ("2.05M", 2_050_000, ROUNDED),
        ],
    ],
)
async def test_a_count_is_read_as_it_is_written_and_says_when_it_was_rounded(pages, written, value, source):
    reading = await pages(page_of(m7=written)).views(message(7))
    assert (reading.metric, reading.value, reading.source) == (Metric.VIEWS, value, source)


async def test_one_page_serves_all_its_messages(pages, asked):
    public = pages(page_of(m7="5", m8="6"))
    assert [(await public.views(message(n))).value for n in (7, 8)] == [5, 6]
    assert len(asked) == 1


async def test_an_older_message_is_looked_up_on_its_own_page(pages, asked):
    public = pages(b0=page_of(m40="5", m41="6"), b23=page_of(m6="70", m7="71", m9="90", m22="22"))
    assert (await public.views(message(7))).value == 71
    assert asked[-1].endswith("/s/akkaiyn?before=23")


async def test_the_following_messages_stand_on_the_same_page(pages, asked):
    public = pages(b0=page_of(m40="5", m41="6"), b23=page_of(m6="70", m7="71", m9="90", m22="22"))
    found = [await public.views(message(n)) for n in (7, 8, 9, 22)]
    assert [reading and reading.value for reading in found] == [71, None, 90, 22]
    assert len(asked) == 2


async def test_a_page_full_of_albums_is_followed_by_the_messages_own(pages, asked):
    public = pages(b0=page_of(m40="5"), b23=page_of(m12="1", m20="2"), b8=page_of(m5="70", m7="71"))
    assert (await public.views(message(7))).value == 71
    assert len(asked) == 3


async def test_a_whole_channel_costs_a_page_for_every_sixteen_messages(pages, asked):
    every = {n: str(n * 10) for n in range(1, 101)}

    def shown(before: int) -> str:
        return page_of(**{f"m{n}": views for n, views in every.items() if before - 20 <= n < before})

    public = pages(**{f"b{n}": shown(n or 101) for n in range(102)})
    for n in every:
        assert (await public.views(message(n))).value == n * 10
    assert len(asked) <= 1 + 80 // 16 + 1


@pytest.mark.parametrize("url", ["", "https://t.me/c/1234567/7", "https://t.me/+abcdef/7", "https://example.org/a/7"])
async def test_a_channel_that_is_not_public_is_not_asked(pages, asked, url):
    assert await pages().views(Receipt(("7",), url=url)) is None
    assert not asked


async def test_a_channel_that_went_private_gives_nothing(pages):
    assert await pages(httpx.Response(302, headers={"Location": "/akkaiyn"})).views(message(7)) is None


async def test_a_message_that_is_not_shown_gives_nothing(pages):
    assert await pages(page_of(m6="5", m9="6")).views(message(7)) is None


async def test_an_empty_channel_says_so_itself(pages):
    empty = PAGE.format(blocks='<div class="tme_no_messages_found">No posts found</div>')
    assert await pages(empty).views(message(7)) is None


@pytest.mark.parametrize(
    "answer", [httpx.Response(429), httpx.Response(502), httpx.ReadTimeout("slow"), httpx.ConnectError("no")], ids=repr
)
async def test_a_site_that_does_not_answer_is_an_error(pages, answer):
    with pytest.raises(Unavailable) as raised:
        await pages(answer).views(message(7))
    assert raised.value.reason == "public_page_silent"


MADE_OTHERWISE = [
    *[(name, "") for name in ("tgme_widget_message_views", "tgme_widget_message ", "data-post=")],
    *[(">947<", f">{views}<") for views in ("", "9 47", "1,2K", "1.2B", "many", "-5")],
]


@pytest.mark.parametrize(("part", "instead"), MADE_OTHERWISE, ids=str)
async def test_a_page_of_another_make_is_an_error_and_never_a_zero(pages, part, instead):
    changed = page_of(m7="947").replace(part, instead or "x")
    with pytest.raises(ConnectorError) as raised:
        await pages(changed).views(message(7))
    assert raised.value.reason == "public_page_changed"


async def test_any_class_name_that_changes_never_makes_another_number(pages):
    whole = page_of(m7="947")
    for name in set(re.findall(r'class="([^"]+)"', whole)):
        try:
            reading = await pages(whole.replace(name, "renamed")).views(message(7))
        except ConnectorError:
            continue
        assert reading is None or reading.value == 947


async def test_the_practice_page_gives_what_residents_saw(practice, chats):
    async with Telegram(TelegramSettings(token=TOKEN, api_url=practice.base_url)) as connector:
        receipt = await connector.publish(chats["telegram"], Message("d", "Абайлаңыз!"))
        chat = practice.world.chats.find("@akkaiyn")
        acts.viewed(practice.world, practice.world.messages.get(chat.id, int(receipt.ids[0])), views=321)
        (reading,) = await connector.measure(chats["telegram"], receipt)
    assert (reading.value, reading.source) == (321, SOURCE)

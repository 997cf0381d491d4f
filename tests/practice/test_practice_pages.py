"""The pages: what residents see, escaped, in their language, with nothing from elsewhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, MessageEntity

from publisher.practice import acts
from publisher.practice.limits import units
from publisher.practice.pages.html import el, link
from publisher.practice.pages.rich import telegram, whatsapp
from publisher.practice.pages.words import COUNTED, WORDS, Words, chosen, short
from tests.practice.conftest import FILM, picture

EVIL = "<script>alert(1)</script> & \"'<img src=x onerror=alert(1)>"


@pytest.fixture
def page(http):
    async def fetch(chat: str = "", **query: str) -> str:
        path = f"/practice/chats/{chat}" if chat else "/practice/"
        reply = await http.get(path, params=query)
        assert reply.status_code == 200
        return reply.text

    return fetch


async def test_a_text_stands_on_the_page_with_everything_escaped(
    bot, channel, page, practice, whatsapp, residents_group
):
    practice.world.chats.change(practice.world.chats.get(channel), title=EVIL)
    await bot.send_message(channel, EVIL)
    await bot.send_poll(channel, EVIL[:90], [EVIL[:60], "Б"])
    await whatsapp(residents_group, type="text", text={"body": EVIL})
    for text in (await page(channel), await page(residents_group), await page()):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


@pytest.mark.parametrize("path", ["/practice/", "/practice/chats/{}", "/practice/chats/{}/live", "/s/akkaiyn"])
async def test_pages_run_and_load_nothing_of_others(http, channel, bot, path):
    await bot.send_message(channel, "Сәлем")
    reply = await http.get(path.format(channel))
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<[^>]+\s(style|on\w+)=|<style|<script>", reply.text)
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_addresses_are_relative_so_that_a_proxy_may_put_the_pages_anywhere(bot, channel, page):
    await bot.send_video(channel, FILM, thumbnail=picture(320, 180))
    for text in (await page(), await page(channel)):
        found = re.findall(r'(?:href|src|poster|data-live)="([^"]+)"', text)
        assert found
        assert not [address for address in found if address.startswith(("/", "http"))]


async def test_every_page_says_that_it_is_practice(page, channel, http):
    for text in (await page(), await page(channel), (await http.get("/s/akkaiyn")).text):
        assert "Practice · Жаттығу · Учебный режим" in text


@pytest.mark.parametrize(
    ("accepted", "asked", "words"),
    [
        ("", "", "Жаттығу чаттары"),
        ("de,ru;q=0.8,en;q=0.9", "", "Practice chats"),
        ("ru-RU,ru;q=0.9", "", "Учебные чаты"),
        ("ru", "kk", "Жаттығу чаттары"),
    ],
)
async def test_the_browser_or_the_address_chooses_the_language(http, accepted, asked, words):
    reply = await http.get("/practice/", headers={"Accept-Language": accepted}, params={"lang": asked} if asked else {})
    assert words in reply.text


def test_every_word_stands_in_three_languages():
    assert all(len(words) == 3 and all(words) for words in WORDS.values())
    assert chosen("", "fr") == "kk"


@pytest.mark.parametrize(
    ("number", "russian"), [(1, "1 голос"), (2, "2 голоса"), (5, "5 голосов"), (11, "11 голосов"), (21, "21 голос")]
)
def test_russian_counts_have_their_form(number, russian):
    assert Words("ru").counted("votes", number) == russian
    assert set(COUNTED) == {"subscribers", "members", "votes", "answers"}


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (999, "999"), (1000, "1K"), (2549, "2.54K"), (15_300, "15.3K"), (999_999, "999K"), (1_200_000, "1.2M")],
)
def test_large_counts_are_rounded_as_in_the_apps(number, shown):
    assert short(number) == shown


async def test_a_film_has_its_poster_and_plays_from_here(bot, channel, page, http):
    sent = await bot.send_video(channel, FILM, duration=65, width=1280, height=720, thumbnail=picture(320, 180))
    text = await page(channel)
    source, poster = re.search(r'<video src="([^"]+)" poster="([^"]+)"', text).groups()
    reply = await http.get(f"/practice/chats/{source}", headers={"Range": "bytes=0-9"})
    assert (reply.status_code, reply.content, reply.headers["Content-Type"]) == (206, FILM[:10], "video/mp4")
    assert (await http.get(f"/practice/chats/{poster}")).headers["Content-Type"] == "image/jpeg"
    assert "1:05" in text
    assert sent.video.file_unique_id in source


async def test_an_uploaded_page_is_never_shown_as_one(http, upload, practice):
    media = (await upload(b"<script>alert(1)</script>", "text/plain", "x.html")).json()["id"]
    reply = await http.get(f"/practice/media/{practice.world.files.get(media).unique_id}")
    assert (reply.headers["Content-Type"], reply.headers["Content-Disposition"]) == (
        "application/octet-stream",
        "attachment",
    )


async def test_the_page_shows_what_happened_to_a_message(bot, channel, page, practice):
    rows = InlineKeyboardMarkup([[InlineKeyboardButton("eGov сайты", url="https://egov.kz")]])
    sent = await bot.send_message(channel, "Бұрынғы", reply_markup=rows)
    gone = await bot.send_message(channel, "Жойылады")
    await bot.edit_message_text("Жаңа мәтін", channel, sent.message_id, reply_markup=rows)
    await bot.pin_chat_message(channel, sent.message_id)
    await bot.delete_message(channel, gone.message_id)
    message = practice.world.messages.get(channel, sent.message_id)
    acts.reacted(practice.world, acts.viewed(practice.world, message, views=1234, forwards=7), {"👍": 56})
    text = await page(channel, lang="kk")
    for shown in (
        "Жаңа мәтін",
        "1.23K",
        "👍",
        "56",
        "өзгертілген",
        "Бекітілген хабарлама",
        "eGov сайты",
        "қайта жіберу: 7",
    ):
        assert shown in text
    assert "Жойылады" not in text
    assert "жойылған хабарлама: 1" in text


async def test_an_album_is_one_bubble_and_days_are_named(bot, channel, page):
    await bot.send_media_group(
        channel, [InputMediaPhoto(picture(32, 32), caption="Альбом"), InputMediaPhoto(picture(32, 32))]
    )
    text = await page(channel, lang="ru")
    assert text.count('class="bubble with-media"') == 1
    assert "Сегодня" in text


async def test_whatsapp_shows_ticks_and_how_many_have_read(whatsapp, residents_group, practice, page):
    await whatsapp(residents_group, type="text", text={"body": "*Абайлаңыз*"})
    (message,) = practice.world.messages.every(residents_group)
    people = [number for number, _name in practice.world.chats.people(residents_group)]
    assert 'class="sent"' in await page(residents_group)
    acts.got(practice.world, message, people, "delivered")
    acts.got(practice.world, message, people[:2], "read")
    text = await page(residents_group, lang="kk")
    assert "<b>Абайлаңыз</b>" in text
    assert 'class="delivered"' in text
    assert "Оқыды: 2 / 6" in text
    acts.got(practice.world, message, people, "read")
    assert 'class="read"' in await page(residents_group)


async def test_the_inside_of_a_phone_is_sent_again_only_when_it_changed(http, channel, bot):
    path = f"/practice/chats/{channel}/live"
    first = await http.get(path)
    assert (await http.get(path, headers={"If-None-Match": first.headers["ETag"]})).status_code == 304
    await bot.send_message(channel, "Жаңа")
    again = await http.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, "Жаңа" in again.text) == (200, True)


async def test_an_unknown_chat_and_file_are_not_found(http):
    for path in ("chats/nothing", "media/nothing", "static/nothing.css", "static/..%2fwords.py"):
        assert (await http.get(f"/practice/{path}")).status_code == 404


def test_entities_become_nested_marks_and_crossing_ones_are_split():
    text = "🚔 абвг деж"
    entities = [
        {"type": "bold", "offset": 0, "length": 5},
        {"type": "italic", "offset": 3, "length": 6},
        {"type": "text_link", "offset": 8, "length": 3, "url": "https://egov.kz/"},
    ]
    assert telegram(text, entities) == (
        '<b>🚔 <i>аб</i></b><i>вг <a href="https://egov.kz/" target="_blank" '
        'rel="noopener noreferrer nofollow">д</a></i><a href="https://egov.kz/" target="_blank" '
        'rel="noopener noreferrer nofollow">еж</a>'
    )


@given(
    st.text(max_size=60),
    st.lists(
        st.tuples(st.sampled_from(["bold", "pre", "spoiler", "blockquote"]), st.integers(0, 70), st.integers(0, 70))
    ),
)
def test_whatever_the_entities_the_text_survives(text, spans):
    entities = [
        {"type": kind, "offset": at, "length": length} for kind, at, length in spans if at + length <= units(text)
    ]
    shown = re.sub(r"<br>", "\n", telegram(text, entities))
    plain = re.sub(r"<[^>]+>", "", shown)
    assert plain.replace("\n", "").count("&lt;") == text.count("<")


def test_a_hundred_entities_across_each_other_are_drawn_at_once():
    text = "а" * 300
    entities = [{"type": "bold", "offset": n, "length": 150} for n in range(100)]
    assert re.sub(r"<[^>]+>", "", telegram(text, entities)) == text


def test_the_line_break_behind_a_quote_is_not_shown_twice():
    quote = {"type": "blockquote", "offset": 0, "length": 3}
    assert telegram("бір\nекі\nүш", [quote]) == "<blockquote>бір</blockquote>екі<br>үш"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("*қалың* және _көлбеу_ ~жоқ~", "<b>қалың</b> және <i>көлбеу</i> <s>жоқ</s>"),
        ("2*3*4 және snake_case_name", "2*3*4 және snake_case_name"),
        ("* бос *", '<span class="item"><span class="dot">•</span><span>бос *</span></span>'),
        ("`*100#*`", "<code>*100#*</code>"),
        ("*_екеуі_*", "<b><i>екеуі</i></b>"),
        ("> дәйек", "<blockquote>дәйек</blockquote>"),
        ("а\nб", "а<br>б"),
        ("```a < b```", "<pre>a &lt; b</pre>"),
    ],
)
def test_whatsapp_marks_are_shown_as_the_app_shows_them(source, shown):
    assert whatsapp(source) == shown


def test_an_underscore_in_an_address_is_no_mark():
    assert 'href="https://egov.kz/a_b_c"' in whatsapp("https://egov.kz/a_b_c және _көлбеу_")


@given(st.text(alphabet="*_~`>- \nаб1.<&", max_size=200))
def test_whatever_the_marks_nothing_is_lost(source):
    shown = whatsapp(source)
    assert shown.count("&lt;") == source.count("<")
    assert len(re.findall("[аб]", shown)) >= len(re.findall("[аб]", source))


def test_a_text_full_of_marks_is_drawn_at_once():
    assert whatsapp("*а* " * 1000).count("<b>") == 1000


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "https://a b", "vbscript://x"])
def test_only_web_addresses_become_links(address):
    assert "<a" not in link(address, "сайт") or 'href="https://' in link(address, "сайт")
    assert 'href="javascript' not in link(address, "сайт")


def test_attributes_are_escaped():
    assert el("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'


async def test_an_entity_link_to_a_script_stays_text(bot, channel, page):
    entity = MessageEntity("text_link", 0, 4, url="javascript:alert(1)")
    await bot.send_message(channel, "сайт", entities=[entity])
    assert 'href="javascript' not in await page(channel)

"""{base}/s/<username>: a public channel's preview page with the class names of t.me/s, so that it is measured alike.

Twenty messages at most; `before` and `after` are message ids (exclusive). An unknown channel leads away, as there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby

from aiohttp import web

from publisher.practice.chats import Chat
from publisher.practice.messages import Message
from publisher.practice.pages.html import Safe, el, join
from publisher.practice.pages.rich import telegram
from publisher.practice.pages.words import RIBBON, short
from publisher.practice.world import WORLD, World

PAGE = 20


async def page(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    chat = world.chats.find(f"@{request.match_info['username']}")
    if chat is None or chat.kind != "channel":
        raise web.HTTPFound(f"/{request.match_info['username']}")
    messages = _asked(world, chat, request.query.get("before", ""), request.query.get("after", ""))
    return web.Response(text=document(world, chat, messages), content_type="text/html")


def _asked(world: World, chat: Chat, before: str, after: str) -> list[Message]:
    if after.isdigit():
        later = [message for message in world.messages.every(chat.id) if message.id > int(after)]
        return later[:PAGE]
    return world.messages.recent(chat.id, PAGE, int(before) if before.isdigit() else None)


def document(world: World, chat: Chat, messages: list[Message]) -> str:
    blocks = [_message(world, chat, list(group)) for _a, group in groupby(messages, key=lambda m: m.album or m.seq)]
    older = bool(messages) and bool(world.messages.recent(chat.id, 1, messages[0].id))
    earlier = el("link", rel="prev", href=f"/s/{chat.username}?before={messages[0].id}") if older else ""
    more = (
        el(
            "a",
            class_="tme_messages_more js-messages_more",
            href=f"/s/{chat.username}?before={messages[0].id}",
            data_before=messages[0].id,
        )
        if older
        else ""
    )
    nothing = el(
        "div", el("div", "No posts found", class_="tme_no_messages_found"), class_="tgme_widget_message_centered"
    )
    history = el("section", more, blocks or nothing, class_="tgme_channel_history js-message_history")
    head = join(
        el("meta", charset="utf-8"),
        el("title", f"{chat.title} – Practice"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("link", rel="stylesheet", href="/practice/static/preview.css"),
        earlier,
    )
    body = join(el("p", RIBBON, class_="ribbon"), _info(chat), el("main", history, class_="tgme_main"))
    return f"<!DOCTYPE html>{el('html', el('head', head), el('body', body), lang='kk')}"


def _info(chat: Chat) -> Safe:
    counter = el(
        "div",
        el("span", short(chat.members), class_="counter_value"),
        " ",
        el("span", "subscribers", class_="counter_type"),
        class_="tgme_channel_info_counter",
    )
    title = el("div", el("span", chat.title, dir="auto"), class_="tgme_channel_info_header_title")
    name = el(
        "div", el("a", f"@{chat.username}", href=f"/s/{chat.username}"), class_="tgme_channel_info_header_username"
    )
    header = el("div", title, name, class_="tgme_channel_info_header")
    description = el("div", chat.description, class_="tgme_channel_info_description") if chat.description else ""
    counters = el("div", counter, class_="tgme_channel_info_counters")
    return el("header", header, counters, description, class_="tgme_channel_info")


def _message(world: World, chat: Chat, group: list[Message]) -> Safe:
    first = group[0]
    name = "tgme_widget_message"
    post = f"{chat.username}/{first.id}"
    if "service" in first.body:
        pinned = world.messages.get(chat.id, first.body["service"]["pinned"])
        said = f"{chat.title} pinned «{pinned.text[:40]}»" if pinned else f"{chat.title} pinned a deleted message"
        inner = el("div", said, class_=f"{name}_text js-message_text", dir="auto")
        service = el("div", inner, class_=f"{name} js-widget_message service_message", data_post=post)
        return el("div", service, class_=f"{name}_wrap js-widget_message_wrap")
    bubble = el(
        "div",
        el("div", el("span", chat.title, class_=f"{name}_owner_name"), class_=f"{name}_author"),
        _forwarded(first),
        [_media(world, message) for message in group if "media" in message.body],
        _poll(first),
        _text(group),
        _reactions(first),
        _footer(first, post),
        class_=f"{name}_bubble",
    )
    return el(
        "div",
        el("div", bubble, class_=f"{name} js-widget_message", data_post=post),
        class_=f"{name}_wrap js-widget_message_wrap",
    )


def _text(group: list[Message]) -> Safe:
    message = next((one for one in group if one.text), None)
    if message is None:
        return Safe("")
    words = telegram(message.text, message.body.get("entities", []))
    return el("div", words, class_="tgme_widget_message_text js-message_text", dir="auto")


def _forwarded(message: Message) -> Safe:
    origin = message.body.get("forward_origin")
    if not origin:
        return Safe("")
    source = origin.get("chat") or origin.get("sender_user") or {}
    name = source.get("title") or source.get("first_name", "")
    inner = el("span", name, class_="tgme_widget_message_forwarded_from_name")
    return el("div", "Forwarded from ", inner, class_="tgme_widget_message_forwarded_from")


def _media(world: World, message: Message) -> Safe:
    media = message.body["media"]
    stored = world.files.get(media["file"])
    if stored is None:
        return Safe("")
    address = f"/practice/media/{stored.unique_id}"
    if media["kind"] == "photo":
        return el("a", el("img", src=address, alt=""), class_="tgme_widget_message_photo_wrap", href=address)
    if media["kind"] == "document":
        title = el("div", stored.name, class_="tgme_widget_message_document_title")
        return el("a", title, class_="tgme_widget_message_document_wrap", href=address)
    length = media.get("duration", 0)
    film = el("video", src=address, class_="tgme_widget_message_video js-message_video", controls=True, preload="none")
    duration = el(
        "time", f"{length // 60}:{length % 60:02d}", class_="message_video_duration js-message_video_duration"
    )
    return el("div", film, duration, class_="tgme_widget_message_video_player js-message_video_player")


def _poll(message: Message) -> Safe:
    poll = message.poll
    if not poll:
        return Safe("")
    total = sum(message.votes)
    rows = [
        el(
            "div",
            el(
                "div",
                f"{round(100 * votes / total) if total else 0}%",
                class_="tgme_widget_message_poll_option_percent",
            ),
            el("div", text, class_="tgme_widget_message_poll_option_text"),
            class_="tgme_widget_message_poll_option",
        )
        for text, votes in zip(poll["options"], message.votes, strict=True)
    ]
    kind = "Final results" if poll["is_closed"] else "Anonymous quiz" if poll["type"] == "quiz" else "Anonymous poll"
    return el(
        "div",
        el("div", poll["question"], class_="tgme_widget_message_poll_question"),
        el("div", kind, class_="tgme_widget_message_poll_type"),
        rows,
        class_="tgme_widget_message_poll",
    )


def _reactions(message: Message) -> Safe:
    if not message.reactions:
        return Safe("")
    ranked = sorted(message.reactions.items(), key=lambda item: -item[1])
    shown = [
        el("span", el("i", el("b", emoji), class_="emoji"), short(n), class_="tgme_reaction") for emoji, n in ranked
    ]
    return el("div", shown, class_="tgme_widget_message_reactions js-message_reactions")


def _footer(message: Message, post: str) -> Safe:
    sent = datetime.fromtimestamp(int(message.sent_at), UTC)
    moment = el("time", f"{sent:%H:%M}", datetime=sent.isoformat(), class_="time")
    date = el("a", moment, class_="tgme_widget_message_date", href=f"https://t.me/{post}")
    edited = "edited  " if message.edited_at else ""
    voters = (
        el("span", short(sum(message.votes)), class_="tgme_widget_message_voters js-message_voters")
        if message.poll
        else ""
    )
    info = el(
        "div",
        voters,
        el("span", short(message.views), class_="tgme_widget_message_views"),
        el("span", " views", class_="copyonly"),
        el("span", edited, date, class_="tgme_widget_message_meta"),
        class_="tgme_widget_message_info short js-message_info",
    )
    return el("div", info, class_="tgme_widget_message_footer compact js-message_footer")

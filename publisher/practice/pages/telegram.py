"""A Telegram chat as its readers see it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from publisher.practice.bot.wire import poll_voters
from publisher.practice.chats import Chat
from publisher.practice.messages import Message
from publisher.practice.pages.html import Safe, el, join, link
from publisher.practice.pages.rich import telegram
from publisher.practice.pages.view import View, icon, keyed, pictured, preview
from publisher.practice.pages.words import short


def subtitle(view: View, chat: Chat) -> str:
    if chat.kind == "private":
        return f"@{chat.username}" if chat.username else ""
    return view.words.counted("subscribers" if chat.kind == "channel" else "members", chat.members)


def bottom(view: View, chat: Chat) -> Safe:
    if chat.kind == "channel":
        return el("footer", view.words("mute"), class_="bottom")
    return el("footer", el("span", view.words("message_field"), class_="field"), class_="bottom")


def items(view: View, chat: Chat, messages: list[Message]) -> list[tuple[Message, Safe]]:
    """Bubbles and service lines with the message they begin at; the pictures of an album share a bubble."""
    found = []
    for _album, group in groupby(messages, key=lambda message: message.album or message.seq):
        one = list(group)
        draw = _service if "service" in one[0].body else _bubble
        found.append((one[0], draw(view, chat, one)))
    return found


def _service(view: View, chat: Chat, group: list[Message]) -> Safe:
    pinned = view.world.messages.get(chat.id, group[0].body["service"]["pinned"])
    said = view.words("was_pinned", preview(view, pinned)[:40] if pinned else "…")
    return keyed("li", f"m{group[0].id}", el("span", f"{chat.title}: {said}"), class_="service")


def _bubble(view: View, chat: Chat, group: list[Message]) -> Safe:
    first = group[0]
    mine = chat.kind == "private" and first.sender == "resident"
    parts = [_author(view, chat, first), _forwarded(view, first), _reply(view, chat, first), *_said(view, chat, group)]
    parts.append(keyed("div", "reactions", _reactions(first), class_="reactions"))
    bubble = el("div", parts, class_="bubble with-media" if "media" in first.body else "bubble")
    share = el("span", icon("share"), class_="share") if chat.kind == "channel" else ""
    buttons = keyed("div", "buttons", _buttons(first), class_="keyboard")
    look = "message mine" if mine else "message"
    return keyed("li", f"m{first.id}", el("div", bubble, share, class_="row"), buttons, class_=look)


def _said(view: View, chat: Chat, group: list[Message]) -> list[Safe]:
    """The words and the pictures in their order; without words the time lies on the picture."""
    first = group[0]
    worded = next((message for message in group if message.text), first)
    shots = [_media(view, message) for message in group if "media" in message.body]
    meta = _meta(view, chat, first)
    if not worded.text and not first.poll:
        shots.append(keyed("div", "text", meta, class_="over"))
    album = f" album n{len(group)}" if len(group) > 1 else ""
    gallery = el("div", shots, class_=f"media{album}") if "media" in first.body else Safe("")
    if not worded.text and not first.poll:
        return [gallery]
    body = _poll(view, first) if first.poll else telegram(worded.text, worded.body.get("entities", []))
    words = keyed("div", "text", body, meta, class_="text")
    return [words, gallery] if worded.body.get("show_caption_above_media") else [gallery, words]


def _author(view: View, chat: Chat, message: Message) -> Safe:
    if chat.kind in ("private", "channel"):  # the bar already says who speaks
        return Safe("")
    resident = message.sender == "resident"
    return el("div", message.body["from"]["first_name"] if resident else view.words("bot"), class_="author")


def _forwarded(view: View, message: Message) -> Safe:
    origin = message.body.get("forward_origin")
    if not origin:
        return Safe("")
    source = origin.get("chat") or origin.get("sender_user") or {}
    name = source.get("title") or source.get("first_name", "")
    return el("div", view.words("forwarded"), " ", el("b", name), class_="forwarded")


def _reply(view: View, chat: Chat, message: Message) -> Safe:
    target = view.world.messages.get(chat.id, message.body["reply_to"]) if message.body.get("reply_to") else None
    if target is None:
        return Safe("")
    return el("div", el("b", chat.title), el("span", preview(view, target)[:80]), class_="reply")


def _media(view: View, message: Message) -> Safe:
    media = message.body["media"]
    stored = view.file(media["file"])
    if stored is None:
        return el("span", view.words(media["kind"]), class_="gone")
    hidden = " hidden-media" if message.body.get("has_media_spoiler") else ""
    sides = {name: media.get(name) or getattr(stored, name) or None for name in ("width", "height")}
    if media["kind"] == "photo":
        picture = el("img", src=view.media_address(stored), alt=view.words("photo"), loading="lazy", **sides)
        return el("span", picture, class_=f"shot{hidden}")
    if media["kind"] == "document":
        return el("a", "📄 ", stored.name, href=view.media_address(stored), class_="document")
    poster = view.file(media.get("cover")) or view.file(media.get("thumbnail"))
    film = el(
        "video",
        src=view.media_address(stored),
        poster=view.media_address(poster) if poster else None,
        controls=True,
        playsinline=True,
        preload="none" if poster else "metadata",
        **sides,
    )
    length = media.get("duration") or stored.duration
    badge = el("span", f"{length // 60}:{length % 60:02d}", class_="length") if length else ""
    return el("span", film, badge, class_=f"shot{hidden}")


def _meta(view: View, chat: Chat, message: Message) -> Safe:
    seen = join(icon("eye"), el("span", short(message.views), class_="views")) if chat.kind == "channel" else ""
    edited = el("span", view.words("edited"), class_="edited") if message.edited_at else ""
    return el("span", seen, edited, view.time(message.sent_at), class_="meta")


def _reactions(message: Message) -> list[Safe]:
    ranked = sorted(message.reactions.items(), key=lambda item: -item[1])
    return [el("span", el("i", pictured(emoji)), short(count), class_="reaction") for emoji, count in ranked]


def _buttons(message: Message) -> list[Safe]:
    rows = []
    for row in message.body.get("keyboard", []):
        rows.append(el("div", [_button(button) for button in row], class_="keys"))
    return rows


def _button(button: dict[str, Any]) -> Safe:
    if "url" in button:
        return el("span", link(str(button["url"]), button["text"], icon("out")), class_="key")
    return el("span", el("span", button["text"]), class_="key")


def _poll(view: View, message: Message) -> Safe:
    poll = message.poll or {}
    quiz = poll["type"] == "quiz"
    kind = "closed" if poll["is_closed"] else "quiz" if quiz else "poll"
    voters = poll_voters(message)
    right = poll.get("correct_option_ids") or []
    rows = [
        _option(text, message.votes[n], voters, "right" if n in right else "wrong" if quiz else "")
        for n, text in enumerate(poll["options"])
    ]
    total = view.words.counted("answers" if quiz else "votes", voters)
    hint = telegram(poll.get("explanation", ""), poll.get("explanation_entities", []))
    explained = el("div", hint, class_="explanation") if quiz and hint else ""
    return el(
        "div",
        el("b", poll["question"], class_="question"),
        el("span", view.words(kind), class_="kind"),
        rows,
        explained,
        el("span", total, class_="total"),
        class_="poll",
    )


def _option(text: str, votes: int, voters: int, look: str) -> Safe:
    percent = round(100 * votes / voters) if voters else 0
    bar = el("progress", value=str(percent), max="100", aria_label=text)
    mark = el("span", {"right": "✓", "wrong": "✕"}[look], class_="mark") if look else ""
    return el("div", el("b", f"{percent}%"), el("span", text), mark, bar, class_=f"option {look}".strip())

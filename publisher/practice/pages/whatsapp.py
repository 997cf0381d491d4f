"""A WhatsApp chat as it looks on the phone of the press office: green bubbles, ticks, who has read."""

from __future__ import annotations

from publisher.practice.chats import Chat
from publisher.practice.messages import Message
from publisher.practice.pages.html import Safe, el, join, link
from publisher.practice.pages.rich import whatsapp
from publisher.practice.pages.view import View, icon, keyed, pictured, preview

NAMES_SHOWN = 5


def subtitle(view: View, chat: Chat) -> str:
    people = [name.split()[0] for _number, name in view.world.chats.people(chat.id)]
    if chat.kind == "private":
        return f"+{chat.id}"
    if chat.kind == "channel":
        return view.words.counted("subscribers", chat.members)
    more = f" +{len(people) - NAMES_SHOWN}" if len(people) > NAMES_SHOWN else ""
    return f"{', '.join(people[:NAMES_SHOWN])}{more}, {view.words('you')}"


def bottom(view: View, chat: Chat) -> Safe:
    return el("footer", el("span", view.words("message_field"), class_="field"), class_="bottom")


def items(view: View, chat: Chat, messages: list[Message]) -> list[tuple[Message, Safe]]:
    people = [number for number, _name in view.world.chats.people(chat.id)] or [chat.id]
    return [(message, _bubble(view, chat, message, people)) for message in messages]


def _bubble(view: View, chat: Chat, message: Message, people: list[str]) -> Safe:
    mine = message.sender != "resident"
    receipts = view.world.messages.receipts(message)
    read = sum("read" in states for states in receipts.values())
    got = sum(bool(states & {"read", "delivered"}) for states in receipts.values())
    meta = el("span", view.time(message.sent_at), _ticks(read, got, len(people)) if mine else "", class_="meta")
    parts = [_author(message), _reply(view, chat, message), *_said(view, message, meta)]
    bubble = el("div", parts, class_="bubble with-media" if "media" in message.body else "bubble")
    row = el("div", bubble, keyed("div", "reactions", _reactions(message), class_="reactions"), class_="row")
    told = keyed("div", "receipts", _receipts(view, read, got, len(people)) if mine else "", class_="receipts")
    if chat.kind == "channel":
        seen = Safe(f"{message.views} {view.words('views')}") if message.views else Safe("")
        told = keyed("div", "receipts", seen, class_="receipts")
    return keyed("li", f"m{message.seq}", row, told, class_="message mine" if mine else "message")


def _said(view: View, message: Message, meta: Safe) -> list[Safe]:
    """Pictures and words; without words the time lies on the picture."""
    words = keyed("div", "text", whatsapp(message.text), meta, class_="text" if message.text else "over")
    if message.poll:
        return [_poll(message), words]
    if "media" not in message.body:
        return [words]
    picture = _media(view, message)
    if not message.text:
        return [el("div", picture, words, class_="media")]
    return [el("div", picture, class_="media"), words]


def _poll(message: Message) -> Safe:
    poll = message.poll or {}
    total = max(sum(message.votes), 1)
    options = [
        el("li", el("span", option["text"]), el("b", str(count)), el("meter", min=0, max=total, value=count))
        for option, count in zip(poll["options"], message.votes, strict=True)
    ]
    return el("div", el("b", poll["question"]), el("ul", options), class_="answers")


def _author(message: Message) -> Safe:
    if message.sender != "resident":
        return Safe("")
    return el("div", message.body["from"]["name"], class_="author")


def _reply(view: View, chat: Chat, message: Message) -> Safe:
    target = view.world.messages.get(chat.id, message.body["reply_to"]) if message.body.get("reply_to") else None
    if target is None:
        return Safe("")
    return el("div", el("b", view.words("you")), el("span", preview(view, target)[:80]), class_="reply")


def _ticks(read: int, got: int, people: int) -> Safe:
    """One tick: sent. Two: on everybody's phone. Blue: everybody has read it."""
    if got < people:
        return el("span", icon("tick"), class_="sent")
    return el("span", icon("ticks"), class_="read" if read >= people else "delivered")


def _receipts(view: View, read: int, got: int, people: int) -> Safe:
    if read:
        return Safe(view.words("read_by", read, people))
    return Safe(view.words("delivered_to", got, people)) if got else Safe("")


def _reactions(message: Message) -> Safe:
    total = sum(message.reactions.values())
    if not total:
        return Safe("")
    kinds = sorted(message.reactions, key=lambda emoji: -message.reactions[emoji])[:4]
    return el("span", [el("i", pictured(emoji)) for emoji in kinds], str(total) if total > 1 else "", class_="reaction")


def _media(view: View, message: Message) -> Safe:
    media = message.body["media"]
    if "link" in media:
        return el("span", icon("file"), link(media["link"], media["link"]), class_="attached")
    stored = view.file(media["file"])
    if stored is None:
        return el("span", view.words("photo" if media["kind"] == "image" else media["kind"]), class_="gone")
    sides = {name: getattr(stored, name) or None for name in ("width", "height")}
    address = view.media_address(stored)
    if media["kind"] == "image":
        return el("span", el("img", src=address, alt=view.words("photo"), loading="lazy", **sides), class_="shot")
    if media["kind"] == "video":
        film = el("video", src=address, controls=True, playsinline=True, preload="metadata", **sides)
        return el("span", film, class_="shot")
    size = f"{stored.size / 1024:.0f} kB"
    return el("span", icon("file"), el("span", el("b", media["name"]), el("small", size)), class_="attached")


def pinned_line(view: View, message: Message) -> Safe:
    return join(icon("pin"), el("span", preview(view, message)[:80]))

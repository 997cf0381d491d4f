"""The phone: its frame, the chat's bars, the stream of messages, and a line for the trainer below."""

from __future__ import annotations

from publisher.practice.chats import Chat
from publisher.practice.messages import Message
from publisher.practice.pages import telegram, whatsapp
from publisher.practice.pages.html import Safe, el, join
from publisher.practice.pages.view import View, avatar, icon, keyed, look, preview

SHOWN = 40  # messages


def phone(view: View, chat: Chat) -> Safe:
    frame = el("article", inside(view, chat), class_=f"phone {look(chat)}", data_live=view.live_address(chat))
    return el("div", frame, class_="place")


def inside(view: View, chat: Chat) -> Safe:
    draw = telegram if look(chat) == "telegram" else whatsapp
    messages = view.world.messages.recent(chat.id, SHOWN)
    stream = _stream(view, draw.items(view, chat, messages))
    empty = el("li", el("span", view.words("empty")), class_="service", data_key="empty", data_hash="0")
    scroll = el("div", el("ol", stream or [empty], class_="stream"), class_="scroll", tabindex="0")
    screen = el(
        "div",
        keyed("div", "status", view.today().strftime("%H:%M"), class_="status", aria_hidden="true"),
        keyed("header", "bar", _bar(view, chat, draw.subtitle(view, chat)), class_="bar"),
        keyed("div", "pinned", _pinned(view, chat), class_="pinned"),
        scroll,
        draw.bottom(view, chat),
        class_="screen",
    )
    return join(screen, keyed("p", "trainer", _trainer(view, chat, messages), class_="trainer"))


def _bar(view: View, chat: Chat, subtitle: str) -> Safe:
    back = el("a", icon("back"), href=f"{view.up or './'}{view.ask}", class_="back", aria_label=view.words("back"))
    name = el("h2", chat.title)
    title = el("a", name, href=view.chat_address(chat)) if view.together else name
    text = el("div", title, el("span", subtitle, class_="subtitle"), class_="names")
    return join("" if view.together else back, avatar(chat), text, icon("search"), icon("dots"))


def _pinned(view: View, chat: Chat) -> Safe:
    message = view.world.messages.get(chat.id, chat.pinned[-1]) if chat.pinned else None
    if message is None:
        return Safe("")
    if look(chat) == "whatsapp":
        return el("div", whatsapp.pinned_line(view, message), class_="pin-line")
    words = el("div", el("b", view.words("pinned")), el("span", preview(view, message)[:80]))
    return el("div", words, icon("pin"), class_="pin-line")


def _stream(view: View, items: list[tuple[Message, Safe]]) -> list[Safe]:
    """Bubbles with a line for each new day."""
    found, day = [], ""
    for message, drawn in items:
        current = view.words.day(view.moment(message.sent_at), view.today().date())
        if current != day:
            day = current
            found.append(
                keyed("li", f"day-{view.moment(message.sent_at):%Y%m%d}", el("span", day), class_="service day")
            )
        found.append(drawn)
    return found


def _trainer(view: View, chat: Chat, messages: list[Message]) -> Safe:
    """What residents do not see."""
    words, notes = view.words, []
    if deleted := view.world.messages.deleted_count(chat.id):
        notes.append(words("deleted", deleted))
    if forwards := sum(message.forwards for message in messages):
        notes.append(words("forwards", forwards))
    out = chat.bot in ("left", "kicked") if chat.platform == "gateway" else chat.bot != "administrator"
    if out and chat.kind != "private":
        notes.append(words("kicked"))
    return join(el("b", words("trainer"), ": "), " · ".join(notes)) if notes else Safe("")

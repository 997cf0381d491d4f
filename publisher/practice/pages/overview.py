"""Whole pages: all chats (a list on a phone, phones side by side on a PC), and one chat."""

from __future__ import annotations

from dataclasses import replace

from publisher.practice.chats import Chat
from publisher.practice.pages.html import Safe, el, join
from publisher.practice.pages.phone import phone
from publisher.practice.pages.view import View, avatar, keyed, look, preview
from publisher.practice.pages.words import RIBBON

PHONES = 8  # side by side; every chat stands in the list


def _document(view: View, title: str, content: Safe, look: str) -> str:
    head = join(
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{title} · Practice"),
        [
            el("link", rel="stylesheet", href=f"{view.up}static/{name}.css")
            for name in ("phone", "telegram", "whatsapp")
        ],
        el("link", rel="icon", type="image/svg+xml", href=f"{view.up}static/icon.svg"),
        el("script", type="module", src=f"{view.up}static/live.js"),
    )
    body = join(el("p", RIBBON, class_="ribbon"), content)
    return f"<!DOCTYPE html>{el('html', el('head', head), el('body', body, class_=look), lang=view.words.language)}"


def all_chats(view: View) -> str:
    chats = view.world.chats.by_activity()
    intro = el("header", el("h1", view.words("title")), el("p", view.words("explain")), class_="intro")
    listed = el("nav", chat_list(view), class_="list", data_live=f"live{view.ask}")
    together = replace(view, together=True)
    phones = [phone(together, chat) for chat in chats[:PHONES]]
    return _document(view, view.words("title"), join(intro, listed, el("main", phones, class_="phones")), "all")


def chat_list(view: View) -> Safe:
    chats = view.world.chats.by_activity()
    if not chats:
        return keyed("p", "none", view.words("no_chats"), class_="none")
    return el("ol", [_entry(view, chat) for chat in chats], class_="stream")


def _entry(view: View, chat: Chat) -> Safe:
    newest = view.world.messages.recent(chat.id, 1)
    line = preview(view, newest[0])[:90] if newest else view.words("empty")
    moment = view.time(newest[0].sent_at) if newest else ""
    names = el("span", el("b", chat.title), el("small", line), class_="names")
    badge = el("span", "WhatsApp" if look(chat) == "whatsapp" else "Telegram", class_=f"badge {look(chat)}")
    entry = el("a", avatar(chat), names, el("span", moment, badge, class_="side"), href=view.chat_address(chat))
    return keyed("li", f"c{chat.id}", entry)


def one_chat(view: View, chat: Chat) -> str:
    return _document(view, chat.title, el("main", phone(view, chat), class_="phones"), "one")

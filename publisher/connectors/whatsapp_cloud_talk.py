"""Private talks on WhatsApp: quick replies below a text, or a list where there are more of them than buttons fit."""

from __future__ import annotations

from typing import Any

from publisher.connectors.base import Answer, Choice

BUTTONS, BUTTON_LABEL = 3, 20  # Meta's limits for reply buttons: how many, and letters on each
ROWS, ROW_TITLE, ROW_TEXT = 10, 24, 72  # and for the lines of a list
BODY = 1024  # letters of a message that has buttons or a list; a plain one may have 4096
LIST_WORD = {"kk": "Таңдау", "ru": "Выбрать", "en": "Choose"}


def messages(answer: Answer, open_list: str) -> list[tuple[str, dict[str, Any]]]:
    """Kind and content of each request. A text too long for buttons goes before them, by itself.

    Addresses stand below the text: WhatsApp makes links of them. `open_list`: the word on the list's button.
    """
    text = "\n\n".join([answer.text, *(f"{button.label}: {button.url}" for button in answer.buttons)])
    if not answer.choices:
        return [("text", {"body": text, "preview_url": False})]
    if len(text) > BODY:
        head, _, tail = text.rpartition("\n\n")
        short = tail if head and len(tail) <= BODY else "…"
        before = head if short == tail else text
        return [("text", {"body": before, "preview_url": False}), _with_choices(short, answer.choices, open_list)]
    return [_with_choices(text, answer.choices, open_list)]


def _with_choices(text: str, choices: tuple[Choice, ...], open_list: str) -> tuple[str, dict[str, Any]]:
    if len(choices) <= BUTTONS and all(len(choice.label) <= BUTTON_LABEL for choice in choices):
        buttons = [{"type": "reply", "reply": {"id": c.data, "title": c.label}} for c in choices]
        return "interactive", {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
    rows = [_row(choice) for choice in choices[:ROWS]]
    action = {"button": open_list[:BUTTON_LABEL], "sections": [{"title": open_list[:ROW_TITLE], "rows": rows}]}
    return "interactive", {"type": "list", "body": {"text": text}, "action": action}


def _row(choice: Choice) -> dict[str, str]:
    """A long label is cut in the line and stands whole below it."""
    if len(choice.label) <= ROW_TITLE:
        return {"id": choice.data, "title": choice.label}
    return {"id": choice.data, "title": f"{choice.label[: ROW_TITLE - 1]}…", "description": choice.label[:ROW_TEXT]}

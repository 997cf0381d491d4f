"""What a message may consist of: text, caption, buttons, poll; each checked against the documented limits."""

from __future__ import annotations

import re
from typing import Any

from publisher.practice import limits
from publisher.practice.bot.call import Call, cleaned
from publisher.practice.bot.errors import bad_request
from publisher.practice.chats import Chat
from publisher.practice.limits import units
from publisher.practice.text import Formatted, address
from publisher.practice.world import World

WEB_ADDRESS = re.compile(
    r"^(https?://)?[^\s/?#@]+\.[^\s/?#@]{2,}([/?#]\S*)?$|^https?://[^\s/?#]+([/?#]\S*)?$|^tg://\S+$"
)
ACTIONS = ("url", "callback_data", "web_app", "login_url", "switch_inline_query", "copy_text", "pay")


def text_body(content: Formatted) -> dict[str, Any]:
    if not content.text:
        raise bad_request("message text is empty")
    if units(content.text) > limits.TEXT:
        raise bad_request("message is too long")
    return _worded(content)


def caption_body(content: Formatted) -> dict[str, Any]:
    if units(content.text) > limits.CAPTION:
        raise bad_request("message caption is too long")
    return _worded(content)


def item_caption(item: dict[str, Any]) -> dict[str, Any]:
    """The caption of an InputMedia."""
    Call.no_parse_mode(item)
    body = caption_body(cleaned(item.get("caption"), item.get("caption_entities")))
    return body | switches(item)


def _worded(content: Formatted) -> dict[str, Any]:
    return {"text": content.text} | ({"entities": list(content.entities)} if content.entities else {})


def switches(values: dict[str, Any]) -> dict[str, Any]:
    names = {"show_caption_above_media": "show_caption_above_media", "has_spoiler": "has_media_spoiler"}
    return {kept: True for name, kept in names.items() if str(values.get(name, "")).lower() in ("true", "1")}


def keyboard(call: Call) -> list[list[dict[str, Any]]]:
    """Rows of an inline keyboard; other markup has nothing to show in a channel."""
    markup = call.data("reply_markup", "reply keyboard markup")
    if not markup:
        return []
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = [[_button(button) for button in row] for row in markup.get("inline_keyboard", [])]
    if sum(map(len, rows)) > limits.BUTTONS:
        raise bad_request("reply markup is too long")
    return [row for row in rows if row]


def _button(button: dict[str, Any]) -> dict[str, Any]:
    if not button.get("text"):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not any(name in button for name in ACTIONS):
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "url" in button and not WEB_ADDRESS.match(str(button["url"])):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    data = str(button.get("callback_data", "x")).encode()
    if not limits.CALLBACK_DATA[0] <= len(data) <= limits.CALLBACK_DATA[1]:
        raise bad_request("BUTTON_DATA_INVALID")
    return button | {"url": address(str(button["url"]))} if "url" in button else button


def common(world: World, call: Call, chat: Chat) -> dict[str, Any]:
    """Options every kind of message has."""
    found: dict[str, Any] = {}
    if rows := keyboard(call):
        found["keyboard"] = rows
    if target := _reply(world, call, chat):
        found["reply_to"] = target
    if call.flag("protect_content"):
        found["has_protected_content"] = True
    if call.flag("disable_notification"):
        found["silent"] = True
    return found


def _reply(world: World, call: Call, chat: Chat) -> int:
    wanted = call.data("reply_parameters", "reply parameters") or {}
    target = int(wanted.get("message_id") or call.number("reply_to_message_id"))
    if not target or world.messages.get(chat.id, target):
        return target
    if wanted.get("allow_sending_without_reply"):
        return 0
    raise bad_request("message to be replied not found")


def poll_body(call: Call, chat: Chat) -> dict[str, Any]:
    question = _poll_text(call.text("question"), "question", limits.POLL_QUESTION)
    options = [_poll_text(text, "options", limits.POLL_OPTION) for text in _options(call)]
    kind = call.text("type") or "regular"
    if kind not in ("regular", "quiz"):
        raise bad_request("unsupported poll type specified")
    anonymous = call.flag("is_anonymous", True)
    if chat.kind == "channel" and not anonymous:
        raise bad_request("non-anonymous polls can't be sent to channel chats")
    return {
        "question": question,
        "options": options,
        "is_closed": call.flag("is_closed"),
        "is_anonymous": anonymous,
        "type": kind,
        "allows_multiple_answers": call.flag("allows_multiple_answers"),
        "allows_revoting": call.flag("allows_revoting", kind == "regular"),
        "members_only": call.flag("members_only"),
        "bot": call.bot,
    } | (_quiz(call, len(options)) if kind == "quiz" else {})


def _options(call: Call) -> list[str]:
    given = call.data("options", "options")
    if not isinstance(given, list):
        raise bad_request("can't parse options JSON object")
    least, most = limits.POLL_OPTIONS
    if len(given) < least:
        raise bad_request(f"poll must have at least {least} option")
    if len(given) > most:
        raise bad_request(f"poll can't have more than {most} options")
    return [str(option.get("text", "")) if isinstance(option, dict) else str(option) for option in given]


def _poll_text(text: str, what: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise bad_request(f"poll {what} must be non-empty")
    if units(text) > most:
        raise bad_request(f"poll {what} length must not exceed {most}")
    return text


def _quiz(call: Call, options: int) -> dict[str, Any]:
    right = call.data("correct_option_ids", "correct option identifiers")
    if right is None and "correct_option_id" in call.params:
        right = [call.number("correct_option_id")]
    numbers = isinstance(right, list) and right and all(isinstance(n, int) and 0 <= n < options for n in right)
    if not numbers:
        raise bad_request("wrong correct option ID specified")
    content = call.formatted("explanation", "explanation_entities")
    if units(content.text) > limits.POLL_EXPLANATION:
        raise bad_request(f"poll explanation length must not exceed {limits.POLL_EXPLANATION}")
    if content.text.count("\n") >= limits.POLL_EXPLANATION_LINES:
        raise bad_request("poll explanation must have at most 2 line feeds")
    return {"correct_option_ids": right, "explanation": content.text, "explanation_entities": list(content.entities)}

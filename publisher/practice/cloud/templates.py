"""Template messages: what was approved stands in the chat with its variables filled in."""

from __future__ import annotations

from typing import Any

from publisher.practice.cloud.errors import CloudApiError, parameter

LANGUAGES = ("kk", "ru", "en")


def content(given: dict[str, Any]) -> dict[str, Any]:
    """Any name is approved in practice but `paused`; Meta's rules for a variable's text are kept."""
    name, code = str(given.get("name") or ""), str((given.get("language") or {}).get("code") or "")
    if not name or code not in LANGUAGES:
        raise CloudApiError(132001, "The template does not exist in this language.")
    if name == "paused":
        raise CloudApiError(132015, "The template is paused due to low quality.")
    parts = {str(part.get("type")): part.get("parameters") or [] for part in given.get("components") or []}
    text = " ".join(_text(one) for one in parts.get("body", []))
    header = parts.get("header") or []
    shown = next((one for one in header if one.get("type") in ("image", "video")), None)
    media = {"media": {"kind": shown["type"], "file": str(shown[shown["type"]].get("id"))}} if shown else {}
    return {"text": text, **media}


def _text(one: dict[str, Any]) -> str:
    text = str(one.get("text") or "")
    if "\n" in text or "\t" in text or "     " in text:
        raise parameter("Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return text

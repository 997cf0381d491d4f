"""HTML from Python values: everything is escaped unless it was made here."""

from __future__ import annotations

import re
from html import escape
from typing import Any

EMPTY = frozenset({"img", "input", "link", "meta", "br", "source"})
SAFE_SCHEMES = ("http://", "https://", "tg://", "mailto:", "tel:")


class Safe(str):
    """Markup that may stand in a page as it is."""

    __slots__ = ()


def text(value: Any) -> Safe:
    return value if isinstance(value, Safe) else Safe(escape(str(value)))


def join(*parts: Any) -> Safe:
    """Parts one after another; lists are opened, None and "" leave nothing."""
    found = []
    for part in parts:
        if isinstance(part, (list, tuple)):
            found.append(join(*part))
        elif part is not None:
            found.append(text(part))
    return Safe("".join(found))


def el(tag: str, *children: Any, **attributes: Any) -> Safe:
    """An element. `class_` is class, `data_key` is data-key; None and False leave the attribute out."""
    written = "".join(_attribute(name, value) for name, value in attributes.items() if value not in (None, False))
    if tag in EMPTY:
        return Safe(f"<{tag}{written}>")
    return Safe(f"<{tag}{written}>{join(*children)}</{tag}>")


def _attribute(name: str, value: Any) -> str:
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def lines(value: str) -> Safe:
    return Safe(escape(value).replace("\n", "<br>"))


def link(address: str, *children: Any) -> Safe:
    """An outgoing link; anything but a web address stays plain text."""
    if "://" not in address and not address.startswith(("mailto:", "tel:")):
        address = f"https://{address}"
    if not address.lower().startswith(SAFE_SCHEMES) or re.search(r"\s", address):
        return join(*children)
    return el("a", *children, href=address, target="_blank", rel="noopener noreferrer nofollow")

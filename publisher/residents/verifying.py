"""`publisher verify FILE`: is a copy of a post what we signed? FILE: the downloaded .json, or the saved page."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from publisher.residents import keys
from publisher.residents.models import SigningKey

FAILED, WRONG_INPUT = 1, 2
LARGEST = 5_000_000  # bytes


class Unreadable(Exception):
    """The file holds no signed wording."""


@dataclass(frozen=True, slots=True)
class Copy:
    """`shown`: the texts that a saved page shows, by language; empty for a .json file."""

    payload: str
    signature: str
    key: str
    shown: dict[str, str]


def verify(arguments: argparse.Namespace) -> int:
    """0: every word is as we signed it. 1: it is not. 2: it cannot be told."""
    try:
        copy = read(Path(arguments.file))
        pem = Path(arguments.key).read_text(encoding="utf-8") if arguments.key else _ours(copy.key)
        flaws = flaws_of(copy, pem)
    except (OSError, Unreadable, keys.UnusableKey) as error:
        print(f"This cannot be checked: {error}.", file=sys.stderr)
        return WRONG_INPUT
    said = json.loads(copy.payload) if not flaws else {}
    if arguments.json:
        print(json.dumps({"genuine": not flaws, "flaws": flaws, "said": said}, ensure_ascii=False))
    else:
        _tell(flaws, said)
    return FAILED if flaws else 0


def _ours(fingerprint: str) -> str:
    row = SigningKey.objects.filter(pk=fingerprint).first()
    if row is None:
        raise Unreadable(
            f"it names the key {fingerprint or '?'}, which is none of this deployment's; give --key FILE.pem"
        )
    return row.public


def flaws_of(copy: Copy, pem: str) -> list[str]:
    """Empty: genuine. The key's name in the file is nobody's word: the key itself decides."""
    if not keys.is_signed(pem, copy.payload, copy.signature):
        return ["the signature does not fit the words"]
    signed = json.loads(copy.payload)["texts"]
    return [
        f"the page shows other words ({language}) than were signed"
        for language, text in copy.shown.items()
        if _plain(text) != _plain(signed.get(language, ""))
    ]


def _plain(text: str) -> str:
    return " ".join(text.split())


def read(path: Path) -> Copy:
    if path.stat().st_size > LARGEST:
        raise Unreadable("it is too large")
    text = path.read_text(encoding="utf-8", errors="replace")
    page = _Page()
    if not text.lstrip().startswith("{"):
        page.feed(text)
        text = page.envelope
    try:
        found = json.loads(text)
        return Copy(found["payload"], found["signature"], str(found.get("key", "")), page.texts)
    except (ValueError, KeyError, TypeError):
        raise Unreadable("there is no signed wording in it") from None


class _Page(HTMLParser):
    """The data block with the signature, and the words as somebody sees them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.envelope = ""
        self.texts: dict[str, str] = {}
        self._reads, self._depth = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id") == "signed-wording":
            self._reads = "envelope"
        elif given.get("data-signed"):
            self._reads, self._depth = str(given["data-signed"]), 1
            self.texts[self._reads] = ""
        elif self._reads in self.texts:
            if tag == "br":
                self.texts[self._reads] += " "
            else:
                self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if self._reads in self.texts and tag != "br":
            self._depth -= 1
        if self._reads == "envelope" or not self._depth:
            self._reads = ""

    def handle_data(self, data: str) -> None:
        if self._reads == "envelope":
            self.envelope += data
        elif self._reads:
            self.texts[self._reads] += data


def _tell(flaws: list[str], said: dict[str, object]) -> None:
    if flaws:
        print("NOT as we signed it:", *flaws, sep="\n  ")
        return
    print(f"Genuine: {said['code']}, wording {said['revision']}, published {said['published']} by {said['publisher']}.")
    for language, text in dict(said["texts"]).items():  # type: ignore[call-overload]
        print(f"\n[{language}]\n{text}")
    print("\nWhether it still stands is told by its page: it may have been corrected or withdrawn since.")

"""Makes Markdown whose meaning is known beforehand, and any other."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

MARKS = {"bold": ("**", "**"), "italic": ("*", "*"), "strikethrough": ("~~", "~~"), "code": ("`", "`"), "": ("", "")}
URL = "https://egov.kz/cms"
WORD = st.text("абвгқңөүіҰҒabc0123456789😀🇰🇿", min_size=1, max_size=6)
WORDS = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
ANYTHING = st.text("аәбқ 😀*_~`>#-+1.()[]|\\!<&:/\n\t{}", max_size=60)
SIGNS = st.text("аб 1*_~", max_size=40).filter(lambda text: "~~~" not in text)  # which fences code


@dataclass(frozen=True)
class Said:
    """`text` with one formatting; of a link, its label."""

    text: str
    mark: str

    @property
    def source(self) -> str:
        if self.mark == "text_link":
            return f"[{self.text}]({URL})"
        before, after = MARKS[self.mark]
        return f"{before}{self.text}{after}"


SAID = st.builds(Said, WORDS, st.sampled_from([*MARKS, "text_link"]))
PARAGRAPH = st.lists(SAID, min_size=1, max_size=5)
DOCUMENT = st.lists(PARAGRAPH, min_size=1, max_size=4)


def source(document: list[list[Said]]) -> str:
    return "\n\n".join(" ".join(said.source for said in paragraph) for paragraph in document)


def words(document: list[list[Said]]) -> str:
    return "\n\n".join(" ".join(said.text for said in paragraph) for paragraph in document)


def said(document: list[list[Said]]) -> list[tuple[str, str]]:
    return [(one.mark, one.text) for paragraph in document for one in paragraph if one.mark]


def cut(text: str, offset: int, length: int) -> str:
    """The stretch of a text that an entity covers; fails when it cuts an emoji in two."""
    return text.encode("utf-16-le")[offset * 2 : (offset + length) * 2].decode("utf-16-le")

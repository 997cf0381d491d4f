"""Setting text into a box: as large as it goes, never cut, never broken inside a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import ImageFont

from publisher.render.errors import MissingLetter, TextDoesNotFit, WordDoesNotFit
from publisher.render.kit import Kit, has_letter
from publisher.render.layouts import TextBox

NBSP = "\u00a0"
CAP = 0.7  # height of Onest's capitals, of the font size
ROUNDING = 0.85  # of the smallest size, in pictures of another size than the layout's
# Copied along unseen: soft hyphens, marks of width nought and of direction. No font has them, and nobody can find them.
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
# A dash keeps to the word before it; a short word (в, на, не, мен) to the one after it.
_DASH = re.compile(r"\s+([—–-])(?=\s)")
_SHORT = re.compile(r"(?<![^\s(«])(\w{1,2})\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Block:
    """Text set for one box. `left`, `top` in pixels of the picture; each line's baseline is `baselines` below top."""

    rows: tuple[str, ...]
    font: ImageFont.FreeTypeFont
    left: int
    top: int
    width: int
    height: int
    baselines: tuple[int, ...]
    align: str

    @property
    def size(self) -> int:
        return int(self.font.size)

    def row_left(self, row: int) -> int:
        """Where a row begins."""
        free = self.width - self.font.getlength(self.rows[row])
        return self.left + round({"left": 0.0, "center": free / 2, "right": free}[self.align])


@dataclass(frozen=True, slots=True)
class Setter:
    """Sets texts for one picture, `scale` times as large as the layout says."""

    kit: Kit
    scale: float

    def px(self, value: float) -> int:
        return max(1, round(value * self.scale))

    def set(self, text: str, box: TextBox, *, what: str) -> Block:
        """One text in its box, or TextDoesNotFit / WordDoesNotFit / MissingLetter naming `what` it is."""
        return self.set_list([text], box, what=what)[0]

    def set_list(
        self, texts: Sequence[str], box: TextBox, *, what: str, gap: float = 0, indent: float = 0, pad: float = 0
    ) -> list[Block]:
        """Several texts below one another, all in one size. `gap` and `pad` are of the font size, `indent` too."""
        texts = [bind(text) for text in texts]
        self._refuse_missing_letters(texts, box)
        for size in self._sizes(box):
            font = self.kit.font(box.font, size)
            if found := self._rows(texts, font, box, gap, indent, pad):
                return list(self._place(found, font, box, gap=gap, indent=indent, pad=pad))
        raise self._misfit(texts, box, what, (gap, indent, pad))

    def _rows(
        self,
        texts: Sequence[str],
        font: ImageFont.FreeTypeFont,
        box: TextBox,
        gap: float,
        indent: float,
        pad: float,
    ) -> list[list[str]] | None:
        """Each text's rows in this font; None when they do not fit the box."""
        width = self.px(box.box[2]) - round((indent + 2 * pad) * font.size)
        found = []
        for text in texts:
            if (rows := wrap(text, font, width)) is None:
                return None
            found.append(rows)
        low_enough = self._height(found, font, box, gap, pad) <= self.px(box.box[3])
        return found if low_enough and sum(map(len, found)) <= box.lines else None

    def _sizes(self, box: TextBox) -> Iterator[int]:
        largest, smallest = max(4, round(box.size[0] * self.scale)), self._smallest(box)
        step = max(1, (largest - smallest) // 24)
        yield from range(largest, smallest, -step)
        yield smallest

    def _smallest(self, box: TextBox) -> int:
        """What fits the layout's own size fits every other: small letters stand in whole pixels, so they come out wider
        than their share, and have to be a little smaller."""
        return max(4, box.size[1] if self.scale == 1 else int(box.size[1] * self.scale * ROUNDING))

    def _height(
        self, texts: Sequence[Sequence[str]], font: ImageFont.FreeTypeFont, box: TextBox, gap: float, pad: float
    ) -> int:
        blocks = sum(self._block_height(rows, font, box) + 2 * pad * font.size for rows in texts)
        return round(blocks + gap * font.size * (len(texts) - 1))

    def _block_height(self, rows: Sequence[str], font: ImageFont.FreeTypeFont, box: TextBox) -> float:
        """From the capitals' tops to the deepest letter of the last row: digits have nothing below the line."""
        below = max(0.0, font.getbbox(rows[-1], anchor="ls")[3])
        return (CAP + (len(rows) - 1) * box.leading) * font.size + below

    def _place(
        self,
        texts: Sequence[Sequence[str]],
        font: ImageFont.FreeTypeFont,
        box: TextBox,
        *,
        gap: float,
        indent: float,
        pad: float,
    ) -> Iterator[Block]:
        size = int(font.size)
        left, top, width, height = (round(value * self.scale) for value in box.box)
        free = height - self._height(texts, font, box, gap, pad)
        y = top + {"top": 0.0, "middle": free / 2, "bottom": float(free)}[box.anchor]
        inner = width - round((indent + 2 * pad) * size)
        for rows in texts:
            rows = balance(rows, font, inner)
            tall = self._block_height(rows, font, box)
            lines = tuple(round((CAP + n * box.leading) * size) for n in range(len(rows)))
            x = left + round((indent + pad) * size)
            yield Block(tuple(rows), font, x, round(y + pad * size), inner, round(tall), lines, box.align)
            y += tall + (2 * pad + gap) * size

    def _refuse_missing_letters(self, texts: Sequence[str], box: TextBox) -> None:
        font = self.kit.font(box.font, 40)
        for letter in sorted(set("".join(texts))):
            if not has_letter(font, letter):
                raise MissingLetter(f"The font has no sign for “{letter}”: leave it out of the picture.", letter=letter)

    def _misfit(
        self, texts: Sequence[str], box: TextBox, what: str, spread: tuple[float, float, float]
    ) -> TextDoesNotFit | WordDoesNotFit:
        """The longest word is to blame if it alone is wider than the box at the smallest size."""
        font = self.kit.font(box.font, self._smallest(box))
        widest = max((word for text in texts for word in text.split()), key=font.getlength, default="")
        if font.getlength(widest) > self.px(box.box[2]) - (spread[1] + 2 * spread[2]) * font.size:
            return WordDoesNotFit(f"“{widest}” in the {what} is too long for one line.", word=widest, part=what)
        length, over = sum(map(len, texts)), self._over(texts, font, box, spread)
        told = f"The {what} is too long for the picture ({length} letters, about {over} too many)."
        return TextDoesNotFit(told, part=what, found=length, over=over)

    def _over(
        self, texts: Sequence[str], font: ImageFont.FreeTypeFont, box: TextBox, spread: tuple[float, float, float]
    ) -> int:
        """How many letters would have to go from the end, in whole words."""
        words = [(number, word) for number, text in enumerate(texts) for word in text.split(" ")]
        fit, misfit = 0, len(words)
        while misfit - fit > 1:
            middle = (fit + misfit) // 2
            fits = self._rows(_rejoined(words[:middle]), font, box, *spread) is not None
            fit, misfit = (middle, misfit) if fits else (fit, middle)
        return sum(map(len, texts)) - sum(map(len, _rejoined(words[:fit])))


def _rejoined(words: Sequence[tuple[int, str]]) -> list[str]:
    """The texts that numbered words come from."""
    texts: dict[int, list[str]] = {}
    for number, word in words:
        texts.setdefault(number, []).append(word)
    return [" ".join(parts) for parts in texts.values()]


def bind(text: str) -> str:
    """Typographers' rules for line ends: no dash begins a line, no short word ends one. Without what cannot be seen,
    and й as one letter, whichever way it was typed."""
    seen = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).replace("\u2011", "-")
    joined = _DASH.sub(NBSP + r"\1", " ".join(seen.split()))
    return _SHORT.sub(lambda found: found[1] + NBSP, joined)


def wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str] | None:
    """Rows no wider than `width`; None when a word alone is wider."""
    rows: list[str] = []
    for word in text.split(" "):
        if font.getlength(word) > width:
            loose = word.split(NBSP)  # rather a short word at a line's end than no room at all
            if len(loose) == 1 or any(font.getlength(part) > width for part in loose):
                return None
            return wrap(text.replace(word, " ".join(loose), 1), font, width)
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and font.getlength(longer) <= width:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def balance(rows: Sequence[str], font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The same number of rows, as even in length as they can be."""
    if len(rows) < 2:
        return list(rows)
    text, low, high = " ".join(rows), width // 2, width
    best = list(rows)
    while high - low > 2:
        middle = (low + high) // 2
        tried = wrap(text, font, middle)
        if tried is not None and len(tried) == len(rows) and " ".join(tried) == text:
            best, high = tried, middle
        else:
            low = middle
    return best

"""How many warning cards a second each way of drawing makes on one core: the same card, each piece in the same place.

    python benchmarks/cards.py [--quick] [--keep FOLDER]
Pillow is what the product uses, and it alone also breaks and sizes the text and makes the code; the others are told
where each piece stands and draw ground, logo, panel, code and text, which is in their favour. Only Pillow draws the
large faint shield. Pillow, skia and Chromium write JPEG; resvg and typst can write PNG only. typst is there for the
leaflets; resvg and skia are fetched from PyPI for this run alone (without a network they are left out); Chromium is
used where it is installed. `--keep` saves each card to look at.
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import segno
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from publisher.render.canvas import Canvas, open_after, pieces  # noqa: E402
from publisher.render.cards import card_picture  # noqa: E402
from publisher.render.kit import MEDIA, load_kit  # noqa: E402
from publisher.render.specs import CardSpec  # noqa: E402
from publisher.render.typeset import Block  # noqa: E402

SIDE = 1080
CARDS = 24  # different ones, in turn
EXTRA = ("resvg_py==0.5.0", "skia-python==144.1")
Draw = Callable[[int], bytes]
WEIGHTS = {"Regular": 400, "Medium": 500, "Bold": 700, "ExtraBold": 800}


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    x: float
    y: float
    size: int
    weight: int
    colour: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle in whole pixels."""

    left: int
    top: int
    width: int
    height: int
    colour: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A card in pieces: shapes lie below the rows."""

    shapes: tuple[Shape, ...]
    rows: tuple[Row, ...]
    logo: tuple[int, int, int]  # left, top, side


def spec(number: int) -> CardSpec:
    """Every card another one, or caches would be measured."""
    return CardSpec(
        language="kk",
        headline="«Қауіпсіз шот» деген болмайды",
        lines=(
            "Тұтқаны қойыңыз",
            "Код айтпаңыз, несие рәсімдемеңіз",
            f"2-15-{number % CARDS + 10} нөміріне қоңырау шалыңыз",
        ),
        hotline=f"2-15-{number % CARDS + 10}",
        district="Аққайың ауданы",
        qr="tel:21565",
    )


@cache
def drawing(number: int) -> Drawing:
    """What our own setter decided, for those that cannot set text into a box themselves."""
    rows: list[Row] = []
    shapes: list[Shape] = []
    logos: list[tuple[int, int, int]] = []
    shown = load_kit().brand.colours.model_dump()

    def text(self: Canvas, block: Block, colour: str, *, accent: str = "") -> None:
        quoting, weight = False, WEIGHTS[block.font.getname()[1]]
        for at, row in enumerate(block.rows):
            x, y = float(block.row_left(at)), block.top + block.baselines[at]
            for piece, quoted in pieces(row, quoting):
                rows.append(Row(piece, x, y, block.size, weight, shown[accent if accent and quoted else colour]))
                x += block.font.getlength(piece)
            quoting = open_after(row, quoting)

    def fill(self: Canvas, mask: Image.Image, left: int, top: int, colour: str) -> None:
        shapes.append(Shape(left, top, mask.width, mask.height, shown[colour]))

    def code(self: Canvas, content: str, box: tuple[int, int, int, int]) -> None:
        self.rectangle(box, "paper")
        left, top, side, _ = self.px(box)
        matrix = segno.make(content, error="m").matrix
        module = round(side * 0.86) // len(matrix)
        shift = (side - module * len(matrix)) // 2
        for y, line in enumerate(matrix):
            for x, dark in enumerate(line):
                if dark:
                    place = left + shift + x * module, top + shift + y * module
                    shapes.append(Shape(*place, module, module, shown["night"]))

    with ExitStack() as stack:
        told = {"text": text, "fill": fill, "qr": code, "logo": lambda self, box: logos.append(self.px(box)[:3])}
        for name, instead in told.items():
            stack.enter_context(patch.object(Canvas, name, instead))
        card_picture(spec(number), load_kit())
    return Drawing(tuple(shapes), tuple(rows), logos[0])


@cache
def logo_png() -> bytes:
    side = drawing(0).logo[2]
    out = io.BytesIO()
    load_kit().logo.resize((side, side)).save(out, "PNG")
    return out.getvalue()


def by_pillow(number: int) -> bytes:
    out = io.BytesIO()
    card_picture(spec(number), load_kit()).save(out, "JPEG", quality=92, subsampling=0, optimize=True)
    return out.getvalue()


def svg(number: int) -> str:
    colours, card = load_kit().brand.colours, drawing(number)
    texts = "".join(
        f'<text x="{row.x:.1f}" y="{row.y}" font-family="Onest" font-size="{row.size}" font-weight="{row.weight}" '
        f'fill="{row.colour}" xml:space="preserve">{html.escape(row.text)}</text>'
        for row in card.rows
    )
    shapes = "".join(
        f'<rect x="{one.left}" y="{one.top}" width="{one.width}" height="{one.height}" fill="{one.colour}"/>'
        for one in card.shapes
    )
    left, top, side = card.logo
    picture = f"data:image/png;base64,{base64.b64encode(logo_png()).decode()}"
    logo = f'<image x="{left}" y="{top}" width="{side}" height="{side}" href="{picture}"/>'
    shade = f'<stop stop-color="{colours.night}"/><stop offset="1" stop-color="{colours.deep}"/>'
    ground = f'<linearGradient id="g" x2="0" y2="1">{shade}</linearGradient><rect width="1080" height="1080"'
    ground += ' fill="url(#g)"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="1080" height="1080">{ground}{logo}{shapes}{texts}</svg>'


def by_typst(number: int) -> bytes:
    import typst

    colours, card = load_kit().brand.colours, drawing(number)
    texts = "\n".join(
        f"#place(dx: {row.x:.1f}pt, dy: {row.y}pt, text(size: {row.size}pt, weight: {row.weight}, "
        f'fill: rgb({json.dumps(row.colour)}), top-edge: "baseline", {json.dumps(row.text, ensure_ascii=False)}))'
        for row in card.rows
    )
    shapes = "\n".join(
        f"#place(dx: {one.left}pt, dy: {one.top}pt, rect(width: {one.width}pt, height: {one.height}pt, "
        f"fill: rgb({json.dumps(one.colour)})))"
        for one in card.shapes
    )
    left, top, side = card.logo
    picture = f"bytes(({','.join(map(str, logo_png()))}))"
    logo = f'#place(dx: {left}pt, dy: {top}pt, image({picture}, format: "png", width: {side}pt))'
    shade = f'gradient.linear(rgb("{colours.night}"), rgb("{colours.deep}"), angle: 90deg)'
    page = f'#set page(width: 1080pt, height: 1080pt, margin: 0pt, fill: {shade})\n#set text(font: "Onest")\n'
    made: bytes = typst.compile(
        (page + "\n".join((logo, shapes, texts))).encode(),
        font_paths=[str(MEDIA / "fonts")],
        ignore_system_fonts=True,
        format="png",
        ppi=72,
    )
    return made


def by_resvg(number: int) -> bytes:
    import resvg_py  # type: ignore[import-not-found]

    return bytes(
        resvg_py.svg_to_bytes(svg_string=svg(number), font_dirs=[str(MEDIA / "fonts")], skip_system_fonts=True)
    )


@cache
def _skia_face(weight: int) -> object:
    import skia  # type: ignore[import-not-found]

    name = next(name for name, value in WEIGHTS.items() if value == weight)
    return skia.Typeface.MakeFromFile(str(MEDIA / "fonts" / f"Onest-{name}.ttf"))


def by_skia(number: int) -> bytes:
    import skia  # type: ignore[import-not-found]

    def paint(colour: str) -> object:
        return skia.Paint(Color=int(colour[1:], 16) | 0xFF000000, AntiAlias=True)

    surface, card, colours = skia.Surface(SIDE, SIDE), drawing(number), load_kit().brand.colours
    ends = [int(colour[1:], 16) | 0xFF000000 for colour in (colours.night, colours.deep)]
    with surface as canvas:
        shade = skia.GradientShader.MakeLinear(points=[(0, 0), (0, SIDE)], colors=ends)
        canvas.drawPaint(skia.Paint(Shader=shade))
        canvas.drawImage(skia.Image.MakeFromEncoded(logo_png()), *card.logo[:2])
        for one in card.shapes:
            canvas.drawRect(skia.Rect.MakeXYWH(one.left, one.top, one.width, one.height), paint(one.colour))
        for row in card.rows:
            font = skia.Font(_skia_face(row.weight), row.size)
            canvas.drawString(row.text, row.x, row.y, font, paint(row.colour))
    return bytes(surface.makeImageSnapshot().encodeToData(skia.kJPEG, 92))


@contextmanager
def by_chromium() -> Iterator[Draw]:
    """One page that stays open: starting a browser for each card takes a second."""
    from playwright.sync_api import sync_playwright

    faces = "".join(
        f"@font-face{{font-family:Onest;font-weight:{weight};src:url(data:font/ttf;base64,"
        f"{base64.b64encode((MEDIA / 'fonts' / f'Onest-{name}.ttf').read_bytes()).decode()})}}"
        for name, weight in WEIGHTS.items()
    )
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SIDE, "height": SIDE})
        page.set_content(f"<style>{faces}body{{margin:0}}</style><div id=card></div>")

        def draw(number: int) -> bytes:
            page.evaluate("drawing => { document.getElementById('card').innerHTML = drawing }", svg(number))
            return page.screenshot(type="jpeg", quality=92)

        yield draw
        browser.close()


def fetched(folder: Path) -> bool:
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), *EXTRA]
    done = subprocess.run(command, capture_output=True, check=False)
    sys.path.insert(0, str(folder))
    return done.returncode == 0


def per_second(draw: Draw, seconds: float, clock: Callable[[], float]) -> float:
    """In processor time of this process, of which others on the machine take nothing; for the browser, which is another
    process on the same core, in wall time."""
    for number in range(CARDS):
        drawing(number)
    draw(0)
    count, began = 0, clock()
    while clock() - began < seconds:
        count += 1
        draw(count % CARDS)
    return count / (clock() - began)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ways: dict[str, Draw] = {"pillow": by_pillow, "typst": by_typst}
        if fetched(Path(folder)):
            ways |= {"resvg": by_resvg, "skia": by_skia}
        if shutil.which("chromium"):
            ways["chromium"] = stack.enter_context(by_chromium())
        seconds = 2 if given.quick else 8
        clocks = {"chromium": time.perf_counter}
        found = {
            name: round(per_second(draw, seconds, clocks.get(name, time.process_time)), 1)
            for name, draw in ways.items()
        }
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            for name, draw in ways.items():
                (given.keep / name).write_bytes(draw(1))
    ratios = {
        f"pillow_to_{name}": round(found["pillow"] / speed, 2) for name, speed in found.items() if name != "pillow"
    }
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    print(json.dumps({"name": "cards", "ratios": ratios, "figures": {"cards_per_second": found}, "machine": machine}))


if __name__ == "__main__":
    main()

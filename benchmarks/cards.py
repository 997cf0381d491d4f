"""How many warning cards a second each way of drawing makes on one core: the same card, row by row in the same places.

    python benchmarks/cards.py [--quick] [--keep FOLDER]
Pillow is what the product uses, and it alone also sets the text, shades the ground and draws the code; the others get
the rows as our setter placed them and draw ground, panel and text, which is in their favour. typst is there for the
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

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from publisher.render.canvas import Canvas  # noqa: E402
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
def rows(number: int) -> list[Row]:
    """What our own setter decided, for those that cannot set text into a box themselves."""
    found: list[Row] = []

    def record(self: Canvas, block: Block, colour: str, *, accent: str = "") -> None:
        weight = WEIGHTS[block.font.getname()[1]]
        shown = load_kit().brand.colours.model_dump()[colour]
        for at, text in enumerate(block.rows):
            found.append(Row(text, block.row_left(at), block.top + block.baselines[at], block.size, weight, shown))

    real, Canvas.text = Canvas.text, record  # type: ignore[method-assign]
    try:
        card_picture(spec(number), load_kit())
    finally:
        Canvas.text = real  # type: ignore[method-assign]
    return found


def by_pillow(number: int) -> bytes:
    out = io.BytesIO()
    card_picture(spec(number), load_kit()).save(out, "JPEG", quality=92, subsampling=0, optimize=True)
    return out.getvalue()


def svg(number: int) -> str:
    colours = load_kit().brand.colours
    texts = "".join(
        f'<text x="{row.x:.1f}" y="{row.y}" font-family="Onest" font-size="{row.size}" font-weight="{row.weight}" '
        f'fill="{row.colour}">{html.escape(row.text)}</text>'
        for row in rows(number)
    )
    ground = f'<rect width="1080" height="1080" fill="{colours.night}"/>'
    panel = f'<rect y="812" width="1080" height="268" fill="{colours.accent}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="1080" height="1080">{ground}{panel}{texts}</svg>'


def by_typst(number: int) -> bytes:
    import typst

    texts = "\n".join(
        f"#place(dx: {row.x:.1f}pt, dy: {row.y}pt, text(size: {row.size}pt, weight: {row.weight}, "
        f'fill: rgb({json.dumps(row.colour)}), top-edge: "baseline", {json.dumps(row.text, ensure_ascii=False)}))'
        for row in rows(number)
    )
    colours = load_kit().brand.colours
    page = f'#set page(width: 1080pt, height: 1080pt, margin: 0pt, fill: rgb("{colours.night}"))\n'
    page += '#set text(font: "Onest")\n'
    panel = f'#place(dy: 812pt, rect(width: 1080pt, height: 268pt, fill: rgb("{colours.accent}")))\n'
    made: bytes = typst.compile(
        (page + panel + texts).encode(),
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


def by_skia(number: int) -> bytes:
    import skia  # type: ignore[import-not-found]

    surface = skia.Surface(SIDE, SIDE)
    colours = load_kit().brand.colours
    files = {400: "Regular", 500: "Medium", 700: "Bold", 800: "ExtraBold"}
    with surface as canvas:
        canvas.clear(int(colours.night[1:], 16) | 0xFF000000)
        canvas.drawRect(skia.Rect(0, 812, 1080, 1080), skia.Paint(Color=int(colours.accent[1:], 16) | 0xFF000000))
        for row in rows(number):
            face = skia.Typeface.MakeFromFile(str(MEDIA / "fonts" / f"Onest-{files[row.weight]}.ttf"))
            paint = skia.Paint(Color=int(row.colour[1:], 16) | 0xFF000000, AntiAlias=True)
            canvas.drawString(row.text, row.x, row.y, skia.Font(face, row.size), paint)
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


def per_second(draw: Draw, seconds: float) -> float:
    """In seconds of this process's time of one core, except for the browser, which is another process."""
    for number in range(CARDS):
        rows(number)
    draw(0)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        count += 1
        draw(count % CARDS)
    return count / (time.perf_counter() - began)


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
        found = {name: round(per_second(draw, 2 if given.quick else 8), 1) for name, draw in ways.items()}
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

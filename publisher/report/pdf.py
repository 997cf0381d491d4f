"""The report as a PDF: A4, the brand's fonts inside, tagged for screen readers (PDF/UA-1), set by typst."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override
from PIL import ImageFont

from publisher.render.kit import Kit
from publisher.report.letterhead import letterhead
from publisher.report.monthly_records import Funnel
from publisher.report.page import Chart, Figure, MonthPage, Part, Row, Shown, Table, WeekPage, pieces
from publisher.report.page_districts import FUNNEL_NOTE, PLACES, chart
from publisher.report.page_words import number
from publisher.report.typesetting import typeset

WEEK_ROWS, MONTH_ROWS = 7, 40  # of a table on paper; all rows stand in the console and in the workbook
TYPST = Path(__file__).parent / "typst"


def week_pdf(page: WeekPage) -> bytes:
    """The same page makes the same bytes. Raises RenderFailed, MissingFont."""
    kit = letterhead(page.head)
    with override(page.head.language):
        return _typeset("week.typ", _shared(page, kit) | _week(page), kit)


def month_pdf(page: MonthPage) -> bytes:
    kit = letterhead(page.head)
    with override(page.head.language):
        return _typeset("month.typ", _shared(page, kit) | _month(page), kit)


def districts_pdf(page: MonthPage, funnel: Funnel) -> bytes:
    kit, language = letterhead(page.head), page.head.language
    with override(language):
        return _typeset("districts.typ", _shared(page, kit) | _month(page) | _funnel(funnel, language), kit)


def campaigns_pdf(page: MonthPage) -> bytes:
    kit = letterhead(page.head)
    with override(page.head.language):
        return _typeset("campaigns.typ", _shared(page, kit) | _month(page), kit)


def _shared(page: WeekPage | MonthPage, kit: Kit) -> dict[str, Any]:
    """What both reports give to common.typ."""
    head = page.head
    return {
        "colours": kit.brand.colours.model_dump(),
        "logo": kit.drawing(),
        "font": ImageFont.truetype(str(kit.media / kit.brand.fonts.bold)).getname()[0],
        "head": {
            "language": head.language,
            "site": head.site,
            "district": head.district,
            "title": head.title,
            "period": head.period,
            "warnings": head.warnings,
        },
        "facts": [
            (gettext("As known on"), f"{head.made} ({head.zone})"),
            (gettext("Channels measured"), head.channels),
        ],
        "sentences": page.sentences,
        "three": [_figure(figure) for figure in page.three],
        "parts": [_part(part) for part in page.parts],
        "formulas": [{"what": line.what, "why": line.why} for line in page.formulas],
        "more": gettext("and %(number)s more: in the console") % {"number": "{}"},
        "foot": f"{head.site} · {head.period} · {head.made} ({head.zone})",
    }


def _week(page: WeekPage) -> dict[str, Any]:
    return {
        "channels": _table(page.channels, WEEK_ROWS),
        "best": [_shown(post) for post in page.best],
        "best_title": gettext("The strongest posts and the weakest"),
        "best_empty": page.best_empty,
        "weakest": gettext("weakest"),
        "notes": [page.channels.note],
    }


def _month(page: MonthPage) -> dict[str, Any]:
    heat = page.heat
    return {
        "charts_title": gettext("Thirteen weeks"),
        "charts": [_chart(chart) for chart in page.charts],
        "heat": None
        if heat is None
        else {
            "title": heat.title,
            "columns": heat.columns,
            "rows": [(name, [figure.text if figure.known else "" for figure in cells]) for name, cells in heat.rows],
            "levels": heat.levels,
            "note": heat.note,
            "empty": heat.empty,
        },
        "tables": [_table(table, MONTH_ROWS) for table in page.tables],
        "notes": [],
    }


def _funnel(funnel: Funnel, language: str) -> dict[str, Any]:
    """Points and limits from 0 to 1, upwards; what lies outside the limits has its name beside it."""
    drawn = chart(funnel, language)
    if drawn is None:
        return {"funnel": None}
    seen = [(point["x"], point["y"]) for point in drawn["points"]]
    top = _round_up(max(max(y for _x, y in seen), drawn["level"] * 1.5))
    widest = max(drawn["curves"]["low95"][-1][0], *(x for x, _y in seen))

    def placed(x: float, y: float) -> tuple[float, float]:
        return x / widest, min(max(1 - y / top, 0), 1)

    points = [{"at": placed(p["x"], p["y"]), "out": p["place"] in PLACES, "name": p["name"]} for p in drawn["points"]]
    return {
        "funnel": {
            "title": drawn["title"],
            "x": drawn["x"],
            "top": number(top),
            "widest": number(widest),
            "level": placed(0, drawn["level"])[1],
            "curves": {name: [placed(*at) for at in line if at[1] <= top] for name, line in drawn["curves"].items()},
            "points": [point | {"beside": at} for point, at in zip(points, beside(points), strict=True)],
            "note": gettext(FUNNEL_NOTE),
        }
    }


def _round_up(value: float) -> float:
    """To two digits, so that the axis ends at a number that is read at once."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1) if value > 0 else 1.0
    return math.ceil(value * 1.05 / step) * step


NAME_HEIGHT, LETTER = 0.036, 0.0095  # of a name beside its point, as parts of the drawing


def beside(points: Sequence[dict[str, Any]]) -> list[float]:
    """How high each name stands: one that would lie on another moves down."""
    taken: list[tuple[float, float, float]] = []
    found = dict.fromkeys(range(len(points)), 0.0)
    for n, point in sorted(enumerate(points), key=lambda one: one[1]["at"][1]):
        if not point["out"]:
            continue
        x, y = point["at"]
        end = x + LETTER * (len(point["name"]) + 2)
        for first, last, height in sorted(taken, key=lambda one: one[2]):
            if x < last and first < end and abs(y - height) < NAME_HEIGHT:
                y = height + NAME_HEIGHT
        taken.append((x, end, y))
        found[n] = y
    return list(found.values())


def _chart(chart: Chart) -> dict[str, Any]:
    """Points from 0 to 1; a week nothing is known of breaks the line."""
    series = chart.series[0]
    known = [value for value in series.values if value is not None]
    most, least = max(known), min(0.0, *known)
    last = max(len(chart.labels) - 1, 1)
    marks = [(chart.labels.index(at) / last, words) for at, words in chart.marks]
    return {
        "title": chart.title,
        "pieces": [[(x / 400, y / 104) for x, y in piece] for piece in pieces(series.values)],
        "most": number(most),
        "least": number(least),
        "first": chart.labels[0],
        "last": chart.labels[-1],
        "marks": [(place, words) for place, words in marks],
        "marked": ", ".join(f"{at}: {words}" for at, words in chart.marks),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "label": figure.label,
        "text": figure.text,
        "note": figure.note,
        "known": figure.known,
        "tone": figure.tone,
        "places": figure.usual.places() if figure.usual else None,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "key": part.key,
        "title": part.title,
        "figures": [_figure(figure) for figure in part.figures],
        "lines": [asdict(line) for line in part.lines],
        "note": part.note,
        "empty": part.empty,
    }


def _table(table: Table, most: int) -> dict[str, Any]:
    """Of hundreds of channels paper shows those with most views; other tables begin with what matters most."""
    rows, cut = table.rows, ""
    if len(rows) > most and table.key != "districts":
        cut = gettext("and %(number)s more: in the console") % {"number": len(rows) - most}
        if table.key == "channels":
            rows = tuple(sorted(rows, key=_views, reverse=True))
            cut = gettext("The channels with the most views; %(more)s.") % {"more": cut}
        rows = rows[:most]
    return {
        "title": table.title,
        "first": table.first,
        "columns": table.columns,
        "rows": [_row(row) for row in rows],
        "total": _row(table.total) if table.total else None,
        "empty": table.empty,
        "cut": cut,
        "note": " ".join(filter(None, (cut, table.note))),
    }


def _views(row: Row) -> float:
    return next((f.value or 0 for f in row.figures if f.key.endswith(":views")), 0)


def _row(row: Row) -> dict[str, Any]:
    return {"head": row.head, "note": row.note, "figures": [_figure(figure) for figure in row.figures]}


def _shown(post: Shown) -> dict[str, Any]:
    return {
        "title": post.title,
        "note": post.note,
        "weakest": post.weakest,
        "figures": [_figure(figure) for figure in post.figures],
        "picture": _picture(post.picture),
    }


def _picture(place: str) -> str:
    """A thumbnail as a drawing that carries it along; empty when the file is gone."""
    path = settings.HOME.var / place
    if not place or not path.is_file():
        return ""
    kind = "png" if path.suffix == ".png" else "jpeg"
    carried = base64.b64encode(path.read_bytes()).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><image width="100" height="100" '
        f'preserveAspectRatio="xMidYMid slice" href="data:image/{kind};base64,{carried}"/></svg>'
    )


def _typeset(template: str, data: dict[str, Any], kit: Kit) -> bytes:
    """The template lies with the program, fonts and logo with the deployment: both are laid beside each other."""
    import tempfile

    with tempfile.TemporaryDirectory(dir=settings.HOME.folder("tmp")) as folder:
        root = Path(folder)
        (root / "brand").mkdir()
        (root / "brand" / data["logo"]).write_bytes((kit.media / "brand" / data["logo"]).read_bytes())
        for source in TYPST.glob("*.typ"):
            (root / source.name).write_bytes(source.read_bytes())
        return typeset(
            str(root / template),
            root=str(root),
            font_paths=[str(kit.media / "fonts")],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )

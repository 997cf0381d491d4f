"""What the report's templates need beside the values: a part by its key, the strip of what is usual, a thumbnail."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from publisher.report.page import Chart, Figure, HeatMap, MonthPage, Part, WeekPage, pieces

register = template.Library()
WIDE = 200


@register.filter
def part(page: WeekPage | MonthPage, key: str) -> Part | None:
    return next((one for one in page.parts if one.key == key), None)


@register.simple_tag
def strip(figure: Figure) -> dict[str, str]:
    """Places on a strip of 200, as attributes are written: a point, whatever the language."""
    assert figure.usual is not None
    *range_, now = figure.usual.places()
    low, middle, high = (place * WIDE for place in range_)
    drawn = {"left": low, "width": high - low, "middle": middle - 0.8}
    shown = {name: f"{value:.1f}" for name, value in drawn.items()}
    return shown | {"now": "" if now is None else f"{min(max(now * WIDE - 2.5, 0), WIDE - 5):.1f}"}


@register.simple_tag
def thumb(place: str) -> SafeString | str:
    """The picture itself, a few kilobytes: a file that stands alone may load nothing."""
    path = settings.HOME.var / place
    if not path.is_file():
        return ""
    kind = "png" if path.suffix == ".png" else "jpeg"
    carried = base64.b64encode(path.read_bytes()).decode()
    return format_html('<img src="data:image/{};base64,{}" alt="" loading="lazy">', kind, carried)


@register.filter
def shaded(heat: HeatMap) -> list[tuple[str, list[tuple[Figure, int | None]]]]:
    """Every row's cells with how dark each is."""
    return [
        (name, list(zip(figures, levels, strict=True)))
        for (name, figures), levels in zip(heat.rows, heat.levels, strict=True)
    ]


@register.simple_tag
def spark(chart: Chart) -> SafeString:
    """The line without a script: for the file that stands alone. A week nothing is known of is a gap."""
    paths = [_path(piece) for series in chart.series for piece in pieces(series.values)]
    drawn = format_html_join("", '<path d="{}" fill="none" stroke="#23447a" stroke-width="2"/>', ((p,) for p in paths))
    return format_html(
        '<svg viewBox="0 0 400 110" width="100%" role="img" aria-label="{}">'
        '<line x1="0" x2="400" y1="104" y2="104" stroke="#dfe5ed"/>{}</svg>',
        chart.title,
        drawn,
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A single week is a short stroke, else it would not be seen."""
    places = [*points, (points[0][0] + 3, points[0][1])] if len(points) == 1 else points
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in places)

"""What the report's templates need beside the values: a part by its key, the strip of what is usual, a thumbnail."""

from __future__ import annotations

import base64

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from publisher.report.page import Figure, MonthPage, Part, WeekPage

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
def thumb(place: str, behind: str) -> SafeString | str:
    """In the console by its address; in a file that stands alone the picture itself."""
    path = settings.HOME.var / place
    if not path.is_file():
        return ""
    kind = "png" if path.suffix == ".png" else "jpeg"
    carried = base64.b64encode(path.read_bytes()).decode()
    return format_html('<img src="data:image/{};base64,{}" alt="" loading="lazy">', kind, carried)

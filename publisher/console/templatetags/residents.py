"""Numbers of the residents' pages as people read them."""

from __future__ import annotations

from django import template
from django.utils import formats

from publisher.compose.models import Post
from publisher.render.scripts import dial_code
from publisher.residents.models import Wording

register = template.Library()


@register.simple_tag
def proof_code(post: Post) -> str:
    """Of a post that has its public page; empty: nothing of it went out yet."""
    rows = Wording.objects.filter(proof__post=post).values_list("proof__code", flat=True)
    return rows.first() or ""


@register.filter
def tel(number: str) -> str:
    """For tel: addresses: the digits, and a plus in front of them; of several numbers the first."""
    return dial_code(number).removeprefix("tel:")


@register.filter
def as_percent(share: float | None) -> str:
    return "—" if share is None else f"{formats.number_format(100 * share, 0)} %"


@register.filter
def as_points(difference: float) -> str:
    sign = "+" if difference > 0 else "−" if difference < 0 else ""
    return f"{sign}{formats.number_format(abs(100 * difference), 0)}"

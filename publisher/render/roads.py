"""How a film came about, for people: in one pass or joined from parts, and why."""

from __future__ import annotations

from publisher.render.band import draw_band
from publisher.render.cards import bar, end_card
from publisher.render.kit import load_kit
from publisher.render.models import Road
from publisher.render.specs import FilmSpec, Job, Rendition, Spec
from publisher.render.splice.make import ONE_PASS


def road_of(made: Rendition, spec: Spec, *, together: bool) -> Road:
    if not together or ONE_PASS in made.notes:
        return Road.WHOLE
    return Road.SLICE if isinstance(spec, FilmSpec) and spec.bar == "stays" else Road.SPLICE


def reason_for(road: str, *, together: bool) -> str:
    """The code of the sentence that says why."""
    return "road_whole_of_many" if road == Road.WHOLE and together else f"road_{road}"


def check_words(job: Job) -> None:
    """Draws what stands over and after the film. Raises RenderError when a name or number does not fit."""
    spec = job.spec
    if not isinstance(spec, FilmSpec):
        return
    kit = load_kit(job.media).of_layout(spec.layout)
    said = {"hotline": spec.hotline, "district": spec.district, "message": spec.message, "qr": spec.qr}
    end_card(kit, spec.format, spec.language, **said, short_side=spec.short_side)
    if spec.bar == "stays":
        draw_band(spec, kit)
    else:
        bar(spec, kit)

"""In the child process: films for many districts, group by group of those that share a body."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from av.error import FFmpegError

from publisher.render.errors import RenderFailed
from publisher.render.films import brand_film
from publisher.render.jobs import adopt
from publisher.render.kit import Kit
from publisher.render.specs import FilmSpec, VariantsSpec
from publisher.render.splice.cuts import CannotSplice, shared_spec
from publisher.render.splice.group import Made, Variant, splicing

log = logging.getLogger(__name__)
ONE_PASS = "variant_in_one_pass"  # a note for people: this film could not be put together from parts
SHARED, OWN, WHOLE = 1.0, 0.16, 1.0  # work, in whole passes: a group's shared parts, a variant's own, a whole film


@dataclass(slots=True)
class Tally:
    """How much of all is done, told from several threads."""

    total: float
    report: Callable[[float], None]
    done: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def add(self, part: float) -> None:
        with self.lock:
            self.done += part
            self.report(min(1.0, self.done / self.total))


@dataclass(frozen=True, slots=True)
class Studio:
    """What all groups of one order are made with. `out_dir` gets each film as soon as it is finished."""

    kit: Kit
    out_dir: Path
    tally: Tally

    def finish(self, variant: Variant, made: Made) -> None:
        files = {"file": variant.film.name, "cover": "made.cover.jpg", "thumbnail": "made.thumb.jpg"}
        adopt({**asdict(made), **files, "mime": "video/mp4"}, variant.folder, self.out_dir, variant.name)
        shutil.rmtree(variant.folder)

    def make_whole(self, variant: Variant, notes: tuple[str, ...]) -> None:
        variant.folder.mkdir(exist_ok=True)
        found = brand_film(variant.spec, self.kit, variant.film)
        film = found.film
        self.finish(variant, Made(film.width, film.height, film.duration_s, (*found.notes, *notes)))
        self.tally.add(WHOLE)

    def make_group(self, group: Sequence[Variant], shared: Path) -> None:
        """Those that cannot be spliced are made in one pass, and say so."""
        if len(group) == 1:
            return self.make_whole(group[0], ())
        left = list(group)
        try:
            with splicing(group, self.kit, shared, lambda done: self.tally.add(SHARED * done)) as begun:
                for variant, made in begun.finished():
                    self.finish(variant, made)
                    left.remove(variant)
                    self.tally.add(OWN)
        except (CannotSplice, RenderFailed, FFmpegError) as error:
            log.warning("Films are made in one pass each: %s", error)
        finally:
            shutil.rmtree(shared, ignore_errors=True)
        for variant in left:
            self.make_whole(variant, (ONE_PASS,))
        return None


def make_variants(order: VariantsSpec, kit: Kit, folder: Path, report: Callable[[float], None]) -> dict[str, Any]:
    """Work that is cut short is not lost: what was finished is found again under its name."""
    groups: dict[FilmSpec, list[Variant]] = {}
    for spec, name in zip(order.films, order.names, strict=True):
        groups.setdefault(shared_spec(spec), []).append(Variant(spec, name, folder / name))
    total = sum(SHARED + OWN * len(group) if len(group) > 1 else WHOLE for group in groups.values())
    studio = Studio(kit, order.out_dir, Tally(total, report))
    for number, group in enumerate(groups.values()):
        studio.make_group(group, folder / f"shared{number}")
    return {"made": len(order.films)}

"""One film for many districts: what they share is encoded once, then every variant is put together."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from publisher.render.artwork import Artwork, draw_artwork
from publisher.render.films import SMALLER, Work, work_for
from publisher.render.kit import Kit
from publisher.render.pictures import save_cover, save_thumbnail, still
from publisher.render.probe import probe
from publisher.render.specs import FilmSpec
from publisher.render.splice.cuts import CannotSplice, cut
from publisher.render.splice.encode import Setting, encode_shared, encode_still, encode_stills
from publisher.render.splice.join import join
from publisher.render.splice.own import encode_variant
from publisher.render.splice.verify import check_decodes, check_seam, check_timestamps
from publisher.render.splice.weave import Woven, level_of, weave

TRIES = 5
FULL = 0.985  # of the limit is the most the first variant may take: the others come out a little larger or smaller
AIM = 0.95
ABREAST = min(2, os.cpu_count() or 1)  # variants at a time, each encoded by one thread: quicker than one by two

OnPart = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Variant:
    """One district's film, and the folder it is made in."""

    spec: FilmSpec
    name: str
    folder: Path

    @property
    def film(self) -> Path:
        return self.folder / "made.mp4"


@dataclass(frozen=True, slots=True)
class Made:
    """What a finished film is; `duration` in seconds."""

    width: int
    height: int
    duration: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Splicing:
    """`arts` stand in the order of `group`; the first variant is already joined."""

    group: Sequence[Variant]
    work: Work
    setting: Setting
    arts: Sequence[Artwork]
    pool: ThreadPoolExecutor
    woven: Woven | None

    def finished(self) -> Iterator[tuple[Variant, Made]]:
        """Each variant that is finished; one that came out larger than it may be is left out."""
        smaller = min(self.setting.size) < self.work.rungs()[0]
        about = Made(*self.setting.size, self.work.planned.seconds, (SMALLER,) if smaller else ())
        cover = still(self.setting.body, probe(self.setting.body), None, self.setting.folder / "still.png")
        others = zip(self.group[1:], self.arts[1:], strict=True)
        sizes = self.pool.map(lambda pair: splice(self.setting, *pair, self.woven), others)
        yield from self._kept(self.group[0], self.group[0].film.stat().st_size, cover, about)
        for variant, size in zip(self.group[1:], sizes, strict=True):
            yield from self._kept(variant, size, cover, about)

    def _kept(self, variant: Variant, size: int, cover: Image.Image, about: Made) -> Iterator[tuple[Variant, Made]]:
        """The shared cover shows no district's number; a moment that was asked for is taken from the film itself."""
        if size > variant.spec.most_bytes:
            return
        if variant.spec.cover_at is not None:
            draft = variant.folder / "still.png"
            cover = still(variant.film, probe(variant.film), variant.spec.cover_at, draft)
        save_cover(cover, variant.film.with_suffix(".cover.jpg"))
        save_thumbnail(cover, variant.film.with_suffix(".thumb.jpg"))
        yield variant, about


@contextmanager
def splicing(group: Sequence[Variant], kit: Kit, shared: Path, on_part: OnPart) -> Iterator[Splicing]:
    """The layout's quality first; a lower one, on a smaller picture where that looks better, until the first variant
    fits its limit. That one is then decoded to its end. CannotSplice when it does not work out."""
    work = work_for(group[0].spec, kit, group[0].film)
    side, crf = work.rungs()[0], float(work.encoding.crf)
    with ThreadPoolExecutor(ABREAST) as pool:
        for _number in range(TRIES):
            begun = _begin(group, work, shared, side, crf, pool, on_part)
            size = group[0].film.stat().st_size
            if size <= FULL * work.spec.most_bytes:
                if begun.woven:
                    check_seam(group[0].film, begun.setting)
                else:
                    check_decodes(group[0].film, begun.setting.cuts)
                yield begun
                return
            smaller = work.rung()
            size *= (smaller / side) ** 1.5
            crf = max(float(work.encoding.crf), crf + 6 * math.log2(size / (AIM * work.spec.most_bytes)))
            side = smaller
    raise CannotSplice("the size cannot be hit by quality alone")


def _begin(
    group: Sequence[Variant], work: Work, shared: Path, side: int, crf: float, pool: ThreadPoolExecutor, on_part: OnPart
) -> Splicing:
    """All variants are drawn before anything is encoded: a text that does not fit shows at once."""
    shutil.rmtree(shared, ignore_errors=True)
    shared.mkdir()
    cuts = cut(work.planned, work.moments)
    arts = list(pool.map(lambda variant: _draw(variant, work.kit, side), group))
    spec = replace(work.spec, short_side=side)
    setting = _with_stills(Setting(cuts, work.encoding, arts[0].size, crf, shared), arts[0].seam)
    art = work.with_subtitles(arts[0])
    track = pool.submit(work.write_track, setting.sound)
    encode_shared(setting, work, spec, art, _in_parts(work, on_part))
    track.result()
    woven = weave(setting) if setting.seam else None
    splice(setting, group[0], arts[0], woven)
    return Splicing(group, work, setting, arts, pool, woven)


def _with_stills(setting: Setting, seam: int) -> Setting:
    """Parts of different heights must be told the level of the whole picture: it stands in their parameter sets."""
    if seam:
        encode_still(setting, setting.still, setting.size[1], 1)
        setting = replace(setting, seam=seam, level=level_of(setting.still))
    encode_stills(setting)
    return setting


def _draw(variant: Variant, kit: Kit, side: int) -> Artwork:
    variant.folder.mkdir(exist_ok=True)
    return draw_artwork(replace(variant.spec, short_side=side), kit, variant.folder)


def _in_parts(work: Work, on_part: OnPart) -> Callable[[float, int], None]:
    told = 0.0

    def report(seconds: float, _size: int) -> None:
        nonlocal told
        now = min(1.0, seconds / work.planned.seconds)
        on_part(now - told)
        told = now

    return report


def splice(setting: Setting, variant: Variant, art: Artwork, woven: Woven | None) -> int:
    """Writes the variant's film and gives its size in bytes."""
    parts = encode_variant(setting, art, variant.folder)
    join(setting, parts, variant.film, woven)
    check_timestamps(variant.film, setting.cuts)
    parts.remove()
    return variant.film.stat().st_size

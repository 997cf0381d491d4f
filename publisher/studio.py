"""The studio on the command line: leaflets, branded films, a post's renditions."""

from __future__ import annotations

import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

from publisher.commands import DONE, FAILED, WrongInput
from publisher.compose.models import Post
from publisher.deliver.models import Channel
from publisher.people.audit import shell_actor
from publisher.people.models import District
from publisher.render.errors import DiskFull, RenderError, RenderFailed, RenderTimeout
from publisher.render.layouts import Moment
from publisher.render.specs import FilmSpec, Job, Progress
from publisher.sentences import say

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from publisher.render.models import RenderJob
    from publisher.render.studio import Studio


def leaflet(arguments: Namespace) -> int:
    from publisher.render import leaflets  # typst and Pillow are only needed here
    from publisher.render.scripts import dial_code

    media = settings.HOME.media
    known = leaflets.names(media)
    if arguments.name not in known:
        raise WrongInput(f"There is no leaflet “{arguments.name}”. Known: {', '.join(known)}.")
    district = _district(arguments.district)
    kk, _, ru = arguments.okrug.partition("|")
    place = leaflets.Place(
        district_kk=district.name("kk"),
        district_ru=district.name("ru"),
        hotline=district.hotline,
        okrug_kk=kk.strip(),
        okrug_ru=(ru or kk).strip(),
    )
    qr = arguments.qr or _channel_address(district) or dial_code(district.hotline)
    with _in_words():
        arguments.out.write_bytes(leaflets.draw_leaflet(arguments.name, arguments.size, place, qr=qr, media=media))
    print(arguments.out)
    return DONE


@contextmanager
def _in_words() -> Iterator[None]:
    """What the studio refuses is wrong input; what went wrong here (a full disk, too little time) is a failure."""
    try:
        yield
    except (RenderFailed, RenderTimeout, DiskFull) as error:
        raise OSError(str(error).rstrip(".")) from error
    except RenderError as error:
        raise WrongInput(str(error)) from error


def _channel_address(district: District) -> str:
    """The public address of the district's first Telegram channel; empty where it has none."""
    rows = Channel.objects.filter(district=district, platform_kind="channel", off_reason="")
    return rows.filter(url__startswith="https://t.me/").order_by("pk").values_list("url", flat=True).first() or ""


def _district(key: str | None) -> District:
    key = key or next(iter(settings.CONFIG.districts))
    found = District.objects.filter(pk=key).first()
    if found is None:
        raise WrongInput(f"There is no district “{key}” in config.yaml. Known: {', '.join(settings.CONFIG.districts)}.")
    return found


def render(arguments: Namespace) -> int:
    """One film, here and now; a note says what was done to make it fit."""
    from publisher.render.jobs import render as make

    with _in_words():
        job = Job(_film(arguments), media=settings.HOME.media, time_limit=arguments.time_limit)
        made = make(job, out_dir=settings.RENDITIONS, on_progress=_Shown(arguments.file.name))
    shutil.copyfile(made.path, arguments.out)
    if arguments.cover and made.cover_path:
        shutil.copyfile(made.cover_path, arguments.cover)
    for code in made.notes:
        print(f"Note: {say(code).what}", file=sys.stderr)
    print(arguments.out)
    return DONE


def _film(arguments: Namespace) -> FilmSpec:
    from publisher.render.kit import load_kit
    from publisher.render.probe import probe
    from publisher.render.profiles import film_for, read_profiles
    from publisher.render.scripts import dial_code
    from publisher.render.subtitles import read_subtitles

    district, media, language = _district(arguments.district), settings.HOME.media, arguments.language
    spec = FilmSpec(
        source=arguments.file,
        language=language,
        message=arguments.message or load_kit(media).film.labels.of(language).message,
        hotline=district.hotline,
        district=district.name(language),
        format=arguments.format,
        qr=arguments.qr or dial_code(district.hotline),
        fill=arguments.fill,
        bar_moments=_moments(arguments.bar) if arguments.bar else None,
        subtitles=read_subtitles(arguments.subtitles) if arguments.subtitles else (),
        intro=arguments.intro,
        music=arguments.music,
        most_seconds=arguments.trim,
        cover_at=arguments.cover_at,
    )
    return film_for(spec, read_profiles(media)[arguments.profile], probe(arguments.file))


def _moments(texts: list[str]) -> tuple[Moment, ...]:
    """AT+SECONDS, both in seconds; AT below 0 counts from the film's end."""
    try:
        return tuple(Moment(at=float(at), seconds=float(long)) for at, long in (text.split("+") for text in texts))
    except ValueError:
        raise WrongInput(f"“{' '.join(texts)}” are no moments. Write them like --bar=1.5+7 --bar=-8+7.5.") from None


class _Shown:
    """Percent and time left on standard error: one line that changes on a screen, a line for every tenth in a file."""

    def __init__(self, what: str) -> None:
        self.what, self.last = what, -1

    def __call__(self, progress: Progress) -> None:
        percent = int(progress.fraction * 100)
        step = percent if sys.stderr.isatty() else percent // 10 * 10
        if step == self.last:
            return
        self.last = step
        left = f", about {progress.left_s // 60:.0f}:{progress.left_s % 60:02.0f} left" if progress.left_s else ""
        print(f"{self.what}: {step} %{left}", end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def render_all(arguments: Namespace) -> int:
    """All languages of a post's films; whoever runs the worker, it is waited for here."""
    from django.db.models import Q

    from publisher.console.branding import profile_for
    from publisher.render import queue
    from publisher.render.models import JobState, RenderJob
    from publisher.render.studio import Studio

    post = Post.objects.filter(pk=arguments.post).select_related("district").first()
    if post is None:
        raise WrongInput(f"There is no post {arguments.post}. See: publisher queue.")
    ordered = queue.order(post, arguments.profile or profile_for(post), shell_actor())
    if not ordered:
        raise WrongInput("The post has no film of its own to make versions of.")
    rows = RenderJob.objects.filter(pk__in=[row.pk for row in ordered]).select_related("source", "result")
    _until_finished(Studio(Q(post=post)), rows, {row.pk: _Shown(str(row)) for row in ordered})
    for row in rows:
        what = settings.HOME.var / row.result.path if row.result else say(row.reason, row.values)
        print(f"{row}: {row.state} {what}")
    return DONE if all(row.state == JobState.DONE for row in rows) else FAILED


def _until_finished(studio: Studio, rows: QuerySet[RenderJob], shown: dict[int, _Shown]) -> None:
    try:
        while any(row.active for row in rows.all()):
            studio.step()
            for row in rows.all():
                shown[row.pk](Progress(row.fraction, row.left_s))
            time.sleep(0.5)
    finally:
        studio.stop()

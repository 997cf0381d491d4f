"""The studio on the command line: leaflets, branded films, a post's renditions."""

from __future__ import annotations

import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from publisher.commands import DONE, FAILED, WrongInput, tell
from publisher.compose.models import Post
from publisher.people.audit import shell_actor
from publisher.people.models import District
from publisher.render.errors import DiskFull, RenderError, RenderFailed, RenderTimeout
from publisher.render.layouts import Moment
from publisher.render.specs import FilmSpec, Job, Progress, Rendition
from publisher.sentences import say

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from publisher.render.models import RenderJob
    from publisher.render.probe import Film
    from publisher.render.studio import Studio


def leaflet(arguments: Namespace) -> int:
    from publisher.console.branding import channel_address
    from publisher.render import brands, leaflets  # typst and Pillow are only needed here
    from publisher.render.scripts import dial_code

    media = settings.HOME.media
    known = leaflets.names(media)
    if arguments.name not in known:
        raise WrongInput(f"There is no leaflet “{arguments.name}”. Known: {', '.join(known)}.")
    district = _district(arguments.district)
    media = brands.media_of(district)
    kk, _, ru = arguments.okrug.partition("|")
    place = leaflets.Place(
        district_kk=brands.name_of(district, "kk"),
        district_ru=brands.name_of(district, "ru"),
        hotline=district.hotline,
        okrug_kk=kk.strip(),
        okrug_ru=(ru or kk).strip(),
    )
    qr = arguments.qr or channel_address(district) or dial_code(district.hotline)
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


def _district(key: str | None) -> District:
    key = key or next(iter(settings.CONFIG.districts))
    found = District.objects.filter(pk=key).first()
    if found is None:
        raise WrongInput(f"There is no district “{key}” in config.yaml. Known: {', '.join(settings.CONFIG.districts)}.")
    return found


def layouts(arguments: Namespace) -> int:
    """What films can be made after; with --out a sheet of small pictures to choose by."""
    from publisher.render.brands import media_of, name_of
    from publisher.render.kit import load_kit
    from publisher.render.samples import sheet

    kit = load_kit(settings.HOME.media)
    titles = {name: layout.title.of(arguments.language) if layout.title else name for name, layout in kit.films.items()}
    rows = [{"name": name, "title": title} for name, title in titles.items()]
    lines = [f"{row['name']}  {row['title']}" for row in rows]
    if arguments.out:
        district = _district(arguments.district)
        said = {"hotline": district.hotline, "district": name_of(district, arguments.language)}
        drawn = sheet(load_kit(media_of(district)), arguments.language, **said)
        drawn.save(arguments.out)
        lines.append(str(arguments.out))
    tell(arguments, rows, lines)
    return DONE


def render(arguments: Namespace) -> int:
    """Films, cards and clips, here and now; notes say what was done to make them fit, and which road was taken."""
    from publisher.render.kit import load_kit

    if arguments.layout in ("card", "clip"):
        return _from_script(arguments)
    with _in_words():
        known = load_kit(settings.HOME.media).films
    if arguments.layout not in known:
        raise WrongInput(f"There is no layout “{arguments.layout}”. Known: {', '.join([*known, 'card', 'clip'])}.")
    with _in_words():
        return _many(arguments) if arguments.districts or arguments.languages else _one(arguments)


def _one(arguments: Namespace) -> int:
    from publisher.render.brands import media_of
    from publisher.render.jobs import render as make
    from publisher.render.probe import probe

    district = _district(arguments.district)
    spec = _film(arguments, probe(arguments.file), district, arguments.language)
    job = Job(spec, media=media_of(district), time_limit=arguments.time_limit)
    made = make(job, out_dir=settings.RENDITIONS, on_progress=_Shown(arguments.file.name))
    shutil.copyfile(made.path, arguments.out)
    if arguments.cover_file and made.cover_path:
        shutil.copyfile(made.cover_path, arguments.cover_file)
    for code in made.notes:
        print(f"Note: {say(code).what}", file=sys.stderr)
    print(arguments.out)
    return DONE


def _many(arguments: Namespace) -> int:
    """One film for many districts and languages. A district whose name or number does not fit is left out, and told."""
    from publisher.render.brands import media_of
    from publisher.render.probe import probe
    from publisher.render.roads import check_words, reason_for, road_of

    languages = arguments.languages.split(",") if arguments.languages else [arguments.language]
    if wrong := set(languages) - {"kk", "ru", "en"}:
        raise WrongInput(f"“{', '.join(wrong)}”: languages are kk, ru and en.")
    wanted, flaws, seen = [], [], probe(arguments.file)
    for district in _districts(arguments):
        for language in languages:
            spec = _film(arguments, seen, district, language)
            try:
                check_words(Job(spec, media=media_of(district)))
                wanted.append((district, language, spec))
            except RenderError as error:
                flaws.append(f"{district.pk} {language}: {say(error.code, error.values)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    looks = [(media_of(district), spec) for district, _language, spec in wanted]
    made = _in_looks(arguments.file, looks, arguments.time_limit)
    for (district, language, spec), film in zip(wanted, made, strict=True):
        out = arguments.out / f"{arguments.file.stem}-{district.pk}-{language}.mp4"
        shutil.copyfile(film.path, out)
        road = road_of(film, spec, together=len(made) > 1)
        notes = " ".join(say(code).what for code in film.notes)
        print(f"{out}: {road.label}. {say(reason_for(road, together=len(made) > 1)).what} {notes}".rstrip())
    for flaw in flaws:
        print(flaw, file=sys.stderr)
    return FAILED if flaws else DONE


def _in_looks(source: Path, wanted: Sequence[tuple[Path, FilmSpec]], time_limit: float) -> list[Rendition]:
    """In the order asked for. Films of one look share what they can; a district with its own shares with itself."""
    from publisher.render.splice.variants import render_variants

    made: dict[int, Rendition] = {}
    for look in dict.fromkeys(media for media, _spec in wanted):
        places = [place for place, (media, _spec) in enumerate(wanted) if media == look]
        asked = {"media": look, "out_dir": settings.RENDITIONS, "on_progress": _Shown(source.name)}
        asked["time_limit"] = time_limit
        films = render_variants(source, [wanted[place][1] for place in places], **asked)
        made |= dict(zip(places, films, strict=True))
    return [made[place] for place in range(len(wanted))]


def _districts(arguments: Namespace) -> list[District]:
    if not arguments.districts:
        return [_district(arguments.district)]
    if arguments.districts == "all":
        return list(District.objects.filter(pk__in=settings.CONFIG.districts))
    return [_district(key.strip()) for key in arguments.districts.split(",") if key.strip()]


def _from_script(arguments: Namespace) -> int:
    """A warning as a picture (card) or an animated clip, whose words are a file of media/scripts/."""
    from publisher.render import brands, scripts
    from publisher.render.jobs import render as make

    district = _district(arguments.district)
    media = brands.media_of(district)
    name = arguments.file.stem
    if name not in scripts.names(media):
        raise WrongInput(f"There is no script “{name}”. Known: {', '.join(scripts.names(media))}.")
    if arguments.language not in ("kk", "ru"):
        raise WrongInput("Scripts are in Kazakh and Russian: --language kk or ru.")
    kind = scripts.ready_card if arguments.layout == "card" else scripts.ready_made
    with _in_words():
        signed = brands.name_of(district, arguments.language)
        said = (name, arguments.language, district.hotline, signed, arguments.format)
        job = kind(*said, media=media)
        made = make(job, out_dir=settings.RENDITIONS, on_progress=_Shown(name))
    shutil.copyfile(made.path, arguments.out)
    print(arguments.out)
    return DONE


def _film(arguments: Namespace, seen: Film, district: District, language: str) -> FilmSpec:
    from publisher.render.brands import name_of
    from publisher.render.kit import load_kit
    from publisher.render.profiles import film_for, read_profiles
    from publisher.render.scripts import dial_code
    from publisher.render.subtitles import read_subtitles

    media = settings.HOME.media
    layout = load_kit(media).of_layout(arguments.layout).film
    spec = FilmSpec(
        source=arguments.file,
        language=language,  # type: ignore[arg-type]
        message=arguments.message or layout.labels.of(language).message,  # type: ignore[arg-type]
        hotline=district.hotline,
        district=name_of(district, language),
        layout=arguments.layout,
        bar="stays" if layout.bar == "stays" else "slides",
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
    return film_for(spec, read_profiles(media)[arguments.profile], seen)


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
    """A post's films for each of its languages and platforms; whoever runs the worker, it is waited for here."""
    from publisher.console.branding import profiles_of
    from publisher.render import orders, queue

    post = Post.objects.filter(pk=arguments.post).select_related("district").first()
    if post is None:
        raise WrongInput(f"There is no post {arguments.post}. See: publisher queue.")
    wish = orders.Wish(arguments.layout, arguments.format, cover_at=arguments.cover_at) if arguments.layout else None
    profiles = [arguments.profile] if arguments.profile else profiles_of(post)
    with _in_words():
        ordered = orders.brand(post, profiles, shell_actor(), wish)
    if not ordered:
        raise WrongInput("The post has no film of its own to make versions of, or no text yet.")
    return _waited_for(queue.in_order(ordered), Q(order__post=post))


def _waited_for(ordered: list[RenderJob], among: Q) -> int:
    from publisher.render.models import JobState, RenderJob
    from publisher.render.roads import reason_for
    from publisher.render.studio import Studio

    rows = RenderJob.objects.filter(pk__in=[row.pk for row in ordered]).select_related(
        "order__source", "result", "district"
    )
    _until_finished(Studio(among), rows, {row.pk: _Shown(str(row)) for row in rows.all()})
    made = list(rows.all())
    for row in made:
        if row.result:
            why = say(reason_for(row.road, together=len(ordered) > 1)).what
            print(f"{row}: {row.get_road_display()}. {why} {settings.HOME.var / row.result.path}")
        else:
            print(f"{row}: {row.state} {say(row.reason, row.values)}")
    return DONE if all(row.state == JobState.DONE for row in made) else FAILED


def _until_finished(studio: Studio, rows: QuerySet[RenderJob], shown: dict[int, _Shown]) -> None:
    try:
        while any(row.active for row in rows.all()):
            studio.step()
            for row in rows.all():
                shown[row.pk](Progress(row.fraction, row.left_s))
            time.sleep(0.5)
    finally:
        studio.stop()

"""One ffmpeg filter graph from an uploaded film to a branded one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from publisher.render import ffmpeg
from publisher.render.artwork import Artwork, Overlay
from publisher.render.band import floor_of
from publisher.render.kit import Kit
from publisher.render.layouts import Moment
from publisher.render.probe import Film, input_options
from publisher.render.specs import FilmSpec
from publisher.render.subtitles import burned, write_ass

RATES = [Fraction(24000, 1001), *map(Fraction, (10, 12, 15, 24, 25)), Fraction(30000, 1001), Fraction(30)]
SAME_SHAPE = 0.02  # a film this close to the format's shape is cropped by a hair instead of framed
SLIDE = 0.5  # seconds
WIPE = 0.4
LOOK_AT = 12  # pictures among which the most telling is looked for


def with_subtitles(art: Artwork, spec: FilmSpec, planned: Plan, moments: Sequence[Moment], kit: Kit) -> Artwork:
    if not spec.subtitles:
        return art
    sheet, spans = kit.film.formats[spec.format], spans_of(moments, planned.body_seconds)
    floor = floor_of(sheet, art.size).top * min(sheet.size) / min(art.size) if art.seam else None
    if floor:
        spans = [(0.0, planned.body_seconds)]
    script = write_ass(spec.subtitles, spans, kit, sheet, art.size, art.end.with_name("subtitles.ass"), floor=floor)
    return replace(art, subtitles=script)


@dataclass(frozen=True, slots=True)
class Plan:
    """Whole pictures: `intro` of the title, `body` of the film, then `end` of the end card."""

    film: Film
    rate: Fraction
    body: int
    end: int
    intro: int = 0
    melt: int = 0  # pictures of the film under the vanishing title

    @property
    def wipe(self) -> int:
        """Pictures in which the end card rises over the film's last ones."""
        return min(self.body - 1, round(WIPE * self.rate))

    @property
    def seconds(self) -> float:
        return float((self.intro + self.body + self.end) / self.rate)

    @property
    def intro_seconds(self) -> float:
        return float(self.intro / self.rate)

    @property
    def body_seconds(self) -> float:
        return float(self.body / self.rate)


def plan(film: Film, kit: Kit, *, intro: bool = False) -> Plan:
    rate = rate_for(film.fps, kit.film.fps)
    body = max(1, round(Fraction(str(film.duration_s)) * rate))
    end = round(Fraction(str(kit.end.seconds)) * rate)
    if not intro:
        return Plan(film, rate, body, end)
    melt = min(body - 1, round(Fraction(str(kit.film.intro.fade)) * rate))
    return Plan(film, rate, body, end, round(Fraction(str(kit.film.intro.seconds)) * rate), melt)


def rate_for(fps: float, most: int) -> Fraction:
    """The film's own rate where it is a usual one, half of it where it is too many, else the layout's."""
    for divisor in (1, 2, 4):
        for rate in RATES:
            if rate <= most and abs(fps / divisor - float(rate)) < 0.012:
                return rate
    return Fraction(most)


def inputs(spec: FilmSpec, film: Film, art: Artwork) -> list[str]:
    """0 the film, 1 logo, 2 bar, 3 end card, and a title if there is one."""
    paths = [path for path in (art.logo.path, art.bar.path, art.end, art.intro) if path]
    pictures = [part for path in paths for part in ("-f", "png_pipe", "-i", str(path))]
    return [*input_options(film.demuxer), "-i", str(spec.source.resolve()), *pictures]


def graph(spec: FilmSpec, planned: Plan, art: Artwork, moments: Sequence[Moment]) -> str:
    """Leaves [v] and [cover]. The overlays are single pictures that move by an expression: nearly for nothing."""
    *chains, last = film_chains(spec, planned, art, moments)
    chains += [f"{last.removesuffix('[body]')},split[body][looked]", f"[looked]{cover_chain(spec, planned)}[cover]"]
    return ";".join([*chains, *intro_chains(planned), *end_chains(planned)])


def cover_chain(spec: FilmSpec, planned: Plan) -> str:
    """One picture, on its way past: a film need not be read again for its cover. Without a moment chosen, of some
    between its second fifth and its third the one most like the others, so neither a fade nor a blur."""
    last = planned.body - 1
    if spec.cover_at is not None:
        return f"select=eq(n\\,{min(last, round(spec.cover_at * planned.rate))})"
    numbers = sorted({min(last, planned.body * (5 * LOOK_AT + 10 * n) // (25 * LOOK_AT)) for n in range(LOOK_AT)})
    chosen = "+".join(f"eq(n\\,{number})" for number in numbers)
    return f"select={chosen},thumbnail={len(numbers)}" if len(numbers) > 1 else f"select={chosen}"


def film_chains(spec: FilmSpec, planned: Plan, art: Artwork, moments: Sequence[Moment]) -> list[str]:
    """The film with all that lies over it, as [body]."""
    width, height = art.size
    told = f",{burned(art.subtitles, art.fonts)}" if art.subtitles and art.fonts else ""
    filled = f",pad={width}:{height}" if art.seam else ""
    prepared = _prepared(spec, planned, width, art.bar.top if art.seam else height, art)
    return [
        f"[0:V:0]{prepared}{filled}{told}[film]",
        "[1:v]format=yuva420p[logo]",
        f"[2:v]{laid_bar(art)}[bar]",
        f"[film][logo]overlay={art.logo.left}:{art.logo.top}[marked]",
        f"[marked][bar]{shown_bar(art, moments, planned.body_seconds)},settb=AVTB[body]",
    ]


def laid_bar(art: Artwork) -> str:
    return ffmpeg.RGB_TO_BT709 if art.seam else "format=yuva420p"


def shown_bar(art: Artwork, moments: Sequence[Moment], seconds: float) -> str:
    return f"overlay=0:{art.bar.top}" if art.seam else sliding(art.bar, moments, seconds)


def intro_chains(planned: Plan) -> list[str]:
    """[begun]: the title, melting into [body]; nothing where the plan has no title."""
    if not planned.intro:
        return []
    return [
        *title_chains(4, planned),
        f"{shown_for('title0', planned.intro, planned.rate)}[title]",
        f"[body][melting]{MELTED}[melted]",
        "[title][melted]concat,settb=AVTB[begun]",
    ]


def end_chains(planned: Plan) -> list[str]:
    """[v]: [body] or [begun], over whose last pictures the end card rises, and then the card alone."""
    before = planned.intro + planned.body - planned.wipe
    return [
        *card_chains(3),
        f"{shown_for('card0', planned.end, planned.rate)}[end]",
        f"[{'begun' if planned.intro else 'body'}][rising]{risen(before, planned)}[risen]",
        f"[risen][end]concat,fps={planned.rate},format=yuv420p[v]",
    ]


# xfade would be the filter for both, but takes four milliseconds for every picture, also where nothing fades.
MELTED = "overlay=eof_action=pass,setsar=1,settb=AVTB"


def title_chains(source: int, planned: Plan) -> list[str]:
    """[title0], a picture, and [melting], as many pictures of it as it takes to vanish."""
    count = planned.melt
    fade = f"fade=t=out:s=0:n={max(1, count)}:alpha=1" if count else "colorchannelmixer=aa=0"
    return [
        f"[{source}:v]{ffmpeg.RGB_TO_BT709},setsar=1,split[title0][melting0]",
        f"{shown_for('melting0', max(1, count), planned.rate)},format=yuva420p,{fade}[melting]",
    ]


def card_chains(source: int) -> list[str]:
    """[card0] and [rising], each the end card's one picture."""
    return [
        f"[{source}:v]{ffmpeg.RGB_TO_BT709},setsar=1,split[card0][rising0]",
        "[rising0]format=yuva420p[rising]",
    ]


def risen(begin: int, planned: Plan) -> str:
    """The card comes from below, from picture `begin` on, quickly at first."""
    if not planned.wipe:
        return "overlay=enable=0,setsar=1,settb=AVTB"
    at, length = float(begin / planned.rate), float(planned.wipe / planned.rate)
    y = f"H*pow(1-min(1,max(0,t-{at:.6f})/{length:.6f}),3)"
    enabled = f"gte(t,{at - 0.25 / planned.rate:.6f})"  # the clock's numbers are rounded
    return f"overlay=x=0:y='{y}':enable='{enabled}',setsar=1,settb=AVTB"


def shown_for(label: str, count: int, rate: Fraction) -> str:
    """One picture, repeated; counted in whole pictures, for a drawn picture's own clock has 25 a second."""
    clock = f"settb={rate.denominator}/{rate.numerator},setpts=N"
    return f"[{label}]loop=loop={count}:size=1,{clock},trim=end_frame={count},fps={rate},setsar=1,settb=AVTB"


def _prepared(spec: FilmSpec, planned: Plan, width: int, height: int, art: Artwork) -> str:
    """Upright (ffmpeg turns it by itself), progressive, one rate, one colour space, exactly `body` pictures."""
    film = planned.film
    steps = ["bwdif=mode=send_frame:deint=interlaced"] if film.interlaced else []
    if film.hdr:
        linear = f"zscale=tin={film.transfer}:pin=bt2020:min=bt2020nc:t=linear:npl=203,format=gbrpf32le"
        steps.append(f"{linear},zscale=p=bt709,tonemap=mobius,zscale=t=bt709:m=bt709:r=tv")
    steps += [f"fps={planned.rate}:start_time=0", _shaped(spec, film, width, height, art)]
    steps += [f"setsar=1,format=yuv420p,{ffmpeg.BT709}", f"tpad=stop=-1:stop_mode=clone,trim=end_frame={planned.body}"]
    return ",".join(steps)


def _shaped(spec: FilmSpec, film: Film, width: int, height: int, art: Artwork) -> str:
    colours = f":in_color_matrix={_matrix(film)}:out_color_matrix=bt709:out_range=tv"
    difference = abs(film.width / film.height / (width / height) - 1)
    if difference < SAME_SHAPE:
        cover = f"scale={width}:{height}:force_original_aspect_ratio=increase{colours}"
        return f"scale=iw*sar:ih,{cover},crop={width}:{height}" if difference else f"scale={width}:{height}{colours}"
    inside = (
        f"scale=iw*sar:ih,scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2{colours}"
    )
    if spec.fill == "crop":
        covering = f"scale={width}:{height}:force_original_aspect_ratio=increase{colours}"
        return f"scale=iw*sar:ih,{covering},crop={width}:{height}"
    if spec.fill == "plain":
        return f"{inside},pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:color={art.night}"
    small_width, small_height = max(2, width // 16 * 2), max(2, height // 16 * 2)
    blurred = (
        f"scale={small_width}:{small_height}:force_original_aspect_ratio=increase,crop={small_width}:{small_height},"
        f"gblur=sigma=4,eq=brightness=-0.12:saturation=0.8,scale={width}:{height}{colours},setsar=1,format=yuv420p"
    )
    return (
        f"split[near][far];[far]{blurred}[back];[near]{inside},setsar=1,format=yuv420p[front];"
        "[back][front]overlay=(W-w)/2:(H-h)/2"
    )


def _matrix(film: Film) -> str:
    """What an untagged film means is a convention: high definition bt709, less bt601."""
    if film.hdr:
        return "bt709"
    known = {
        "bt709": "bt709",
        "bt2020nc": "bt2020",
        "smpte170m": "smpte170m",
        "bt470bg": "bt470",
        "smpte240m": "smpte240m",
    }
    return known.get(film.matrix) or ("bt709" if min(film.width, film.height) >= 720 else "smpte170m")


def sliding(shown: Overlay, moments: Sequence[Moment], seconds: float) -> str:
    """In from the left and out again at each moment; moments beyond the film's ends are cut to it."""
    spans = spans_of(moments, seconds)
    if not spans:
        return f"overlay={shown.left}:{shown.top}:enable=0"
    apart = "+".join(f"between(t,{a:.3f},{b:.3f})*min(1,min(t-{a:.3f},{b:.3f}-t)/{SLIDE})" for a, b in spans)
    enabled = "+".join(f"between(t,{a:.3f},{b:.3f})" for a, b in spans)
    away = shown.left + shown.width
    return f"overlay=x='{shown.left}-{away}*pow(1-min(1,{apart}),3)':y={shown.top}:enable='{enabled}'"


def spans_of(moments: Sequence[Moment], seconds: float) -> list[tuple[float, float]]:
    """From and to in seconds, in order and never overlapping; less than a second is not shown at all."""
    wanted = sorted((m.at if m.at >= 0 else max(0.0, seconds + m.at), m.seconds) for m in moments)
    found: list[tuple[float, float]] = []
    for at, length in wanted:
        begin = max(at, found[-1][1] if found else 0.0)
        end = min(at + length, seconds)
        if end - begin < 1:
            continue
        if found and begin - found[-1][1] < 1:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found

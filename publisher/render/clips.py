"""The animated clip: MoviePy strings the scenes together, our own ffmpeg command encodes what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from moviepy import VideoClip, concatenate_videoclips  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

from publisher.render import ffmpeg
from publisher.render.kit import Kit
from publisher.render.motion import Scene
from publisher.render.pictures import save_cover, save_thumbnail
from publisher.render.scenes import Timing, scenes, timing
from publisher.render.sound import write_bed
from publisher.render.specs import ClipSpec

ENCODER = ("-c:v", "libx264", "-preset", "fast", "-crf", "19", "-tune", "animation", "-profile:v", "high")
SOUND = ("-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2")
OnFraction = Callable[[float], None]


def make_clip(spec: ClipSpec, kit: Kit, target: Path, on_fraction: OnFraction | None = None) -> Timing:
    """Writes `target` (MP4) and, beside it, its .cover.jpg and .thumb.jpg. Raises RenderError.

    MoviePy's own writer leaves the colours untagged and converts them by the wrong matrix, so it only makes frames.
    """
    planned = timing(spec, kit.clip, kit.end.seconds)
    made = scenes(spec, kit, planned)
    fps = kit.clip.fps
    bed = write_bed(target.with_suffix(".wav"), planned.total, planned.sounds)
    try:
        arguments = [*_raw_input(made[0].base.size, fps), "-i", str(bed), "-vf", ffmpeg.RGB_TO_BT709]
        arguments += [*ENCODER, "-g", str(2 * fps), "-threads", ffmpeg.threads(), *SOUND]
        arguments += [*ffmpeg.MP4, str(target)]
        ffmpeg.run(arguments, frames=_frames(made, fps, planned, on_fraction))
    finally:
        bed.unlink(missing_ok=True)
    cover = made[0].frame(planned.headline * 0.8)
    save_cover(cover, target.with_suffix(".cover.jpg"))
    save_thumbnail(cover, target.with_suffix(".thumb.jpg"))
    return planned


def _raw_input(size: tuple[int, int], fps: int) -> list[str]:
    shape = f"{size[0]}x{size[1]}"
    return ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", shape, "-framerate", str(fps), "-i", "pipe:0"]


def film(made: Sequence[Scene]) -> VideoClip:
    """The scenes as one MoviePy clip, to cut and join further like any other."""
    return concatenate_videoclips([VideoClip(_shows(scene), duration=scene.seconds) for scene in made])


def _shows(scene: Scene) -> Callable[[float], NDArray[np.uint8]]:
    def frame(t: float) -> NDArray[np.uint8]:
        picture: Image.Image = scene.frame(t)
        return np.asarray(picture)

    return frame


def _frames(made: Sequence[Scene], fps: int, planned: Timing, on_fraction: OnFraction | None) -> Iterator[bytes]:
    total = round(planned.total * fps)
    for number, frame in enumerate(film(made).iter_frames(fps=fps, dtype="uint8"), start=1):
        yield frame.tobytes()
        if on_fraction and number % fps == 0:
            on_fraction(min(1.0, number / total))

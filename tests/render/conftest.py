"""Small films made by ffmpeg once a session, a copy of media/ to spoil, and a look at what still runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.render.kit import MEDIA, Kit, load_kit
from tests.render.specimens import make


@pytest.fixture(scope="session")
def kit() -> Kit:
    return load_kit(MEDIA)


@pytest.fixture
def own_media(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MEDIA, tmp_path / "media"))


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="session")
def plain_film(films: Path) -> Path:
    """2 s, 25 a second, 160×90, a quiet tone."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=2", "-f", "lavfi", "-i", "sine=440:d=2")
    encoded = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-af", "volume=-12dB", "-c:a", "aac")
    return make(films / "plain.mp4", *picture, *encoded, "-movflags", "+faststart")


@pytest.fixture(scope="session")
def silent_film(films: Path) -> Path:
    return make(films / "silent.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="session")
def noisy_film(films: Path) -> Path:
    """6 s of noise in picture: nothing compresses worse."""
    noise = "nullsrc=s=192x108:r=25:d=6,geq=lum='random(1)*255':cb=128:cr=128"
    return make(films / "noisy.mp4", "-f", "lavfi", "-i", noise, "-pix_fmt", "yuv420p", "-crf", "28")


@pytest.fixture
def running_below() -> Callable[[Path], list[int]]:
    """Processes whose working folder is below a path: a job's child and its ffmpeg work in the job's folder."""

    def look(path: Path) -> list[int]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
                if state != "Z" and (process / "cwd").readlink().as_posix().startswith(str(path.resolve())):
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    return look

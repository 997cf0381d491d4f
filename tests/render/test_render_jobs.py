from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.render import child, jobs
from publisher.render.errors import (
    REASONS,
    BrokenMedia,
    DiskFull,
    MissingFile,
    MissingFont,
    RenderCancelled,
    RenderFailed,
    RenderTimeout,
    UnsupportedMedia,
    WordDoesNotFit,
    from_reason,
)
from publisher.render.jobs import existing, render, sweep
from publisher.render.kit import MEDIA
from publisher.render.naming import name_of
from publisher.render.specs import JOB, Job, Progress, ThumbnailSpec
from tests.render.specimens import card_of, clip_of, film_of

SLOW = clip_of(short_side=720)  # long enough to be interrupted
RunningBelow = Callable[[Path], list[int]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders of all child processes started."""
    folders: list[Path] = []
    real = child.work

    def counting(job: Job, folder: Path, cancel: threading.Event | None = None):
        folders.append(folder)
        return real(job, folder, cancel)

    monkeypatch.setattr(child, "work", counting)
    return folders


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_the_same_inputs_never_render_twice(tmp_path: Path, started: list[Path]):
    first = render(Job(card_of(short_side=120)), out_dir=tmp_path)
    second = render(Job(card_of(short_side=120)), out_dir=tmp_path)
    assert first == second
    assert len(started) == 1
    assert first.path.stat().st_size == first.size_bytes
    assert (first.mime, first.width, first.height) == ("image/jpeg", 120, 120)
    assert leftovers(tmp_path) == []


def test_a_moved_deployment_keeps_its_renditions(tmp_path: Path, started: list[Path]):
    render(Job(card_of(short_side=120)), out_dir=tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    found = render(Job(card_of(short_side=120)), out_dir=tmp_path / "new")
    assert found.path.parent == tmp_path / "new"
    assert len(started) == 1


def test_a_rendition_cut_short_on_disk_is_made_again(tmp_path: Path, started: list[Path]):
    made = render(Job(card_of(short_side=120)), out_dir=tmp_path)
    made.path.write_bytes(made.path.read_bytes()[:100])
    assert render(Job(card_of(short_side=120)), out_dir=tmp_path).size_bytes == made.size_bytes
    assert made.path.stat().st_size == made.size_bytes
    assert len(started) == 2


def test_two_callers_at_once_share_one_child(tmp_path: Path, started: list[Path]):
    found: list[object] = []

    def ask() -> None:
        found.append(render(Job(card_of(short_side=120)), out_dir=tmp_path))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(started) == 1
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    "change",
    [
        {"language": "ru"},
        {"hotline": "102"},
        {"district": "Басқа аудан"},
        {"headline": "Басқа"},
        {"format": "9:16"},
        {"short_side": 300},
        {"encoding": "png"},
        {"qr": "tel:102"},
    ],
)
def test_every_input_changes_the_name(change: dict[str, object]):
    assert name_of(Job(card_of())) != name_of(Job(replace(card_of(), **change)))


def test_the_films_bytes_count_and_not_its_name(plain_film: Path, silent_film: Path, tmp_path: Path):
    copy = Path(shutil.copyfile(plain_film, tmp_path / "other-name.mov"))
    assert name_of(Job(film_of(plain_film))) == name_of(Job(film_of(copy)))
    assert name_of(Job(film_of(plain_film))) != name_of(Job(film_of(silent_film)))


def test_the_layouts_bytes_count(own_media: Path):
    before = name_of(Job(card_of(), media=own_media))
    path = own_media / "brand" / "brand.yaml"
    path.write_text(path.read_text().replace("#FFC02E", "#FFC12E"))
    assert name_of(Job(card_of(), media=own_media)) != before


def test_a_job_survives_the_way_to_its_process():
    for spec in (card_of(), clip_of(), film_of(Path("/a/b.mp4")), ThumbnailSpec(source=Path("/x"), at=1.5)):
        assert JOB.validate_json(JOB.dump_json(Job(spec))) == Job(spec)


def test_every_reason_comes_back_as_its_own_error():
    for reason in REASONS:
        error = from_reason(reason, "Said.", {"why": "Said.", "found": 3})
        assert (error.reason, str(error), error.values["found"]) == (reason, "Said.", 3)
    assert isinstance(from_reason("unheard_of", "Said.", {}), RenderFailed)


def test_a_film_is_made_with_progress_cover_and_thumbnail(tmp_path: Path, plain_film: Path):
    seen: list[Progress] = []
    made = render(Job(film_of(plain_film)), out_dir=tmp_path, on_progress=seen.append)
    assert made.thumbnail_path
    assert made.cover_path
    assert made.thumbnail_path.is_file()
    assert made.cover_path.is_file()
    assert (made.mime, made.width, made.height) == ("video/mp4", 320, 180)
    assert made.duration_s == pytest.approx(6, abs=0.1)
    assert seen
    assert seen[-1].fraction > 0.5
    assert existing(tmp_path, name_of(Job(film_of(plain_film)))) == made


def test_the_two_languages_are_two_files(tmp_path: Path, silent_film: Path):
    kk, ru = (render(Job(film_of(silent_film, language=language)), out_dir=tmp_path) for language in ("kk", "ru"))
    assert kk.path != ru.path
    assert kk.sha256 != ru.sha256


def test_a_refusal_in_the_child_keeps_its_type_and_leaves_nothing(tmp_path: Path):
    with pytest.raises(WordDoesNotFit) as caught:
        render(Job(card_of(headline="ұ" * 90)), out_dir=tmp_path)
    assert caught.value.values["word"] == "ұ" * 90
    assert list(tmp_path.iterdir()) == []


def test_a_broken_film_and_a_playlist_leave_nothing(tmp_path: Path, plain_film: Path):
    out = tmp_path / "out"
    (tmp_path / "cut.mp4").write_bytes(plain_film.read_bytes()[:8000])
    (tmp_path / "list.mp4").write_text("#EXTM3U\nfile:///etc/passwd\n")
    for name, kind in (("cut.mp4", BrokenMedia), ("list.mp4", UnsupportedMedia)):
        with pytest.raises(kind):
            render(Job(film_of(tmp_path / name)), out_dir=out)
    assert list(out.iterdir()) == []


def test_a_source_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(MissingFile, match=r"gone\.mp4"):
        render(Job(film_of(tmp_path / "gone.mp4")), out_dir=tmp_path)


def test_a_missing_font_is_told_before_anything_starts(tmp_path: Path, own_media: Path, started: list[Path]):
    (own_media / "fonts/Onest-Bold.ttf").unlink()
    with pytest.raises(MissingFont):
        render(Job(card_of(), media=own_media), out_dir=tmp_path / "out")
    assert started == []


def test_a_full_disk_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[Path]
):
    full = shutil._ntuple_diskusage(10**9, 10**9, 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(DiskFull):
        render(Job(card_of()), out_dir=tmp_path)
    assert started == []
    assert list(tmp_path.iterdir()) == []


def test_room_is_asked_for_by_the_films_size_and_not_by_the_platforms_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain_film: Path
):
    """Films for a Bot API server of one's own (2 GB) were refused on any disk with less than 4 GB left."""
    a_gigabyte = shutil._ntuple_diskusage(10**11, 10**11 - 10**9, 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: a_gigabyte)
    jobs._require_room(Job(film_of(plain_film, most_bytes=2 * 10**9)), tmp_path)
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(10**9)
    with pytest.raises(DiskFull):
        jobs._require_room(Job(film_of(large, most_bytes=2 * 10**9)), tmp_path)


def test_a_disk_that_fills_up_on_the_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(jobs.os, "replace", full)
    with pytest.raises(DiskFull):
        render(Job(card_of(short_side=120)), out_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_cancelling_ends_the_child_and_its_ffmpeg(tmp_path: Path, running_below: RunningBelow):
    cancel = threading.Event()
    at_work: list[int] = []

    def stop(_progress: Progress) -> None:
        at_work.extend(running_below(tmp_path))
        cancel.set()

    with pytest.raises(RenderCancelled):
        render(Job(SLOW), out_dir=tmp_path, on_progress=stop, cancel=cancel)
    assert len(at_work) >= 2  # the child and its ffmpeg
    assert_gone(running_below, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_exception_of_the_callers_ends_everything_too(tmp_path: Path, running_below: RunningBelow):
    def interrupted(_progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(Job(SLOW), out_dir=tmp_path, on_progress=interrupted)
    assert_gone(running_below, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_time_limit_ends_everything(tmp_path: Path, running_below: RunningBelow):
    with pytest.raises(RenderTimeout) as caught:
        render(Job(SLOW, time_limit=0.8), out_dir=tmp_path)
    assert caught.value.reason == "render_timeout"
    assert_gone(running_below, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["clip", "film"])
def test_a_killed_child_leaves_no_file_and_no_ffmpeg(
    kind: str, tmp_path: Path, noisy_film: Path, running_below: RunningBelow
):
    """A clip's ffmpeg would end for want of frames; a film's would go on by itself."""

    def kill(_progress: Progress) -> None:
        leader = next(pid for pid in running_below(tmp_path) if os.getpgid(pid) == pid)
        os.kill(leader, signal.SIGKILL)

    slow = SLOW if kind == "clip" else film_of(noisy_film, short_side=1440)
    with pytest.raises(RenderFailed, match="ended from outside"):
        render(Job(slow), out_dir=tmp_path, on_progress=kill)
    assert_gone(running_below, tmp_path, 2)
    assert list(tmp_path.iterdir()) == []


def test_when_the_caller_is_killed_its_work_ends_and_the_next_one_starts_clean(
    tmp_path: Path, running_below: RunningBelow
):
    code = (
        "import sys; from pathlib import Path; from publisher.render.specs import JOB;"
        "from publisher.render.jobs import render;"
        "render(JOB.validate_json(sys.argv[1]), out_dir=Path(sys.argv[2]))"
    )
    job = JOB.dump_json(Job(SLOW)).decode()
    caller = subprocess.Popen([sys.executable, "-c", code, job, str(tmp_path)], cwd=MEDIA.parent)
    wait_for(lambda: len(running_below(tmp_path)) >= 2)
    caller.kill()
    caller.wait()
    assert_gone(running_below, tmp_path)
    assert leftovers(tmp_path)
    os.utime(next(tmp_path.glob(".making-*")), (0, 0))
    assert sweep(tmp_path) == 1
    with pytest.raises(RenderTimeout):  # not blocked by the dead one's lock
        render(Job(SLOW, time_limit=0.3), out_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_child_is_niced_and_has_none_of_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, running_below: RunningBelow
):
    monkeypatch.setenv("TELEGRAM_TOKEN", "123:very-secret")
    seen: dict[int, tuple[bytes, int]] = {}

    def look(_progress: Progress) -> None:
        for pid in running_below(tmp_path):
            seen[pid] = ((Path("/proc") / str(pid) / "environ").read_bytes(), os.getpriority(os.PRIO_PROCESS, pid))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(Job(SLOW), out_dir=tmp_path, on_progress=look)
    assert len(seen) >= 2
    assert all(b"secret" not in environment for environment, _ in seen.values())
    assert all(nice >= 10 for _, nice in seen.values())


def test_the_studio_works_without_django_settings(tmp_path: Path):
    code = (
        "import sys; import publisher.render.jobs, publisher.render.scripts, publisher.render.films,"
        "publisher.render.clips; sys.exit('django' in sys.modules)"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO", "PUBLISHER"))}
    done = subprocess.run([sys.executable, "-c", code], cwd=MEDIA.parent, env=environment, check=False)
    assert done.returncode == 0


def test_a_caller_that_asks_for_a_thumbnail_needs_no_media_folder(tmp_path: Path, plain_film: Path):
    made = render(Job(ThumbnailSpec(source=plain_film), media=tmp_path / "nowhere"), out_dir=tmp_path)
    assert (made.mime, made.width, made.height) == ("image/jpeg", 160, 90)


def test_paths_may_be_relative(tmp_path: Path, plain_film: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(plain_film.parent)
    made = render(Job(ThumbnailSpec(source=Path(plain_film.name))), out_dir=Path("renditions"))
    assert made.path.is_file()


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def assert_gone(running_below: RunningBelow, path: Path, seconds: float = 5) -> None:
    wait_for(lambda: running_below(path) == [], seconds)

"""Runs the ffmpeg that comes with imageio-ffmpeg (a separate GPL program), and understands why it failed."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Thread
from typing import IO

import imageio_ffmpeg  # type: ignore[import-untyped]

from publisher.render.errors import BrokenMedia, DiskFull, RenderError, RenderFailed

OnSeconds = Callable[[float, int], None]  # seconds of film written so far, bytes written so far
# Nothing but files and pipes: no input may make ffmpeg open a host or another protocol.
SAFE_INPUT = ("-protocol_whitelist", "file,pipe")
# Both the conversion and the tags: a player that has to guess shows other colours.
BT709 = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
RGB_TO_BT709 = f"scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p,{BT709}"
MP4 = ("-movflags", "+faststart", "-map_metadata", "-1", "-map_chapters", "-1", "-f", "mp4")


@lru_cache(maxsize=1)
def ffmpeg() -> str:
    """The program's path; IMAGEIO_FFMPEG_EXE names another one."""
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise RenderFailed("There is no ffmpeg: install imageio-ffmpeg again.") from error


def version() -> str:
    """Part of every rendition's name: another build may encode differently."""
    return Path(ffmpeg()).name


def run(
    arguments: Sequence[str],
    *,
    on_seconds: OnSeconds | None = None,
    frames: Iterable[bytes] | None = None,
    loglevel: str = "warning",
) -> str:
    """Run to the end and give its messages. `frames` are written to its standard input.

    A child of a child: whoever kills the process group takes it along.
    """
    command = [ffmpeg(), "-hide_banner", "-loglevel", loglevel, *(["-nostdin"] if frames is None else [])]
    command += ["-progress", "pipe:1", "-stats_period", "0.5", "-y", *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if frames is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        restore_signals=False,  # a file over its limit is then an error with a message, not a killed process
    ) as process:
        try:
            messages = _attend(process, on_seconds, frames)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise failure(messages)
    return messages


def _attend(process: subprocess.Popen[bytes], on_seconds: OnSeconds | None, frames: Iterable[bytes] | None) -> str:
    """Reads both outputs while feeding frames: three pipes, and none may fill up."""
    messages: list[bytes] = []
    assert process.stderr
    assert process.stdout
    errors = Thread(target=_collect, args=(process.stderr, messages), daemon=True)
    report = Thread(target=_follow, args=(process.stdout, on_seconds), daemon=True)
    errors.start()
    report.start()
    if frames is not None:
        _feed(process, frames)
    process.wait()
    errors.join(10)
    report.join(10)
    return b"".join(messages).decode("utf-8", "replace")


def _feed(process: subprocess.Popen[bytes], frames: Iterable[bytes]) -> None:
    assert process.stdin
    try:
        for frame in frames:
            process.stdin.write(frame)
        process.stdin.close()
    except BrokenPipeError:
        pass  # ffmpeg ended early; its messages say why


def _collect(stream: IO[bytes], into: list[bytes]) -> None:
    """Keeps the first and the last part: a broken film can bring a million lines of complaint."""
    for line in stream:
        into.append(line)
        if len(into) > 400:
            del into[200]


def _follow(stream: IO[bytes], on_seconds: OnSeconds | None) -> None:
    size = 0
    for line in stream:
        key, _, value = line.decode("ascii", "replace").strip().partition("=")
        if key == "total_size" and value.isdigit():
            size = int(value)
        elif key == "out_time_us" and value.lstrip("-").isdigit() and on_seconds:
            on_seconds(max(0, int(value)) / 1e6, size)


_BROKEN = re.compile(
    r"moov atom not found|Invalid data found|EBML header parsing failed|could not find codec parameters"
    r"|Error opening input|Invalid NAL|error while decoding|non-existing PPS|Invalid argument.*opening input",
    re.IGNORECASE,
)


def failure(messages: str) -> RenderError:
    """What ffmpeg's last words mean."""
    tail = "\n".join(messages.strip().splitlines()[-12:])
    if "No space left on device" in messages:
        return DiskFull("The disk is full.", detail=tail)
    if "File too large" in messages:
        return RenderFailed("The film became larger than a file may be.", detail=tail)
    if "Cannot allocate memory" in messages or "Error allocating" in messages:
        return RenderFailed("There was not enough memory.", detail=tail)
    if _BROKEN.search(messages):
        return BrokenMedia("The file is damaged and cannot be decoded.", detail=tail)
    return RenderFailed("ffmpeg stopped with an error.", detail=tail)


def threads() -> str:
    """One job is to leave the console room to breathe, but may use what cores there are."""
    return str(max(1, min(8, os.cpu_count() or 1)))

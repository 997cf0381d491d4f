"""The clip's own quiet sound, made by arithmetic: a soft chord, and a small tone for each thing that appears."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Samples = NDArray[np.float32]
CHORD = (110.0, 164.81, 220.0, 277.18, 329.63)  # A major, open and low: nothing that alarms
TONES = {  # frequencies (Hz), strength, seconds to fade
    "phrase": ((523.25,), 0.1, 0.16),
    "step": ((659.25,), 0.1, 0.2),
    "verdict": ((440.0, 659.25), 0.14, 0.5),
    "hotline": ((554.37, 659.25, 880.0), 0.16, 0.9),
}


def write_bed(target: Path, seconds: float, events: Iterable[tuple[float, str]]) -> Path:
    """A stereo WAV file of exactly `seconds`; events are (second, one of TONES)."""
    count = round(seconds * RATE)
    bed = _pad(count)
    for at, kind in events:
        _add(bed, round(at * RATE), _tone(kind))
    samples = np.clip(bed * _fades(count)[:, None], -1, 1)
    with wave.open(str(target), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return target


def _pad(count: int) -> Samples:
    """Each note swells at its own slow pace, a little apart in the two ears."""
    t = np.arange(count, dtype=np.float32) / RATE
    bed = np.zeros((count, 2), dtype=np.float32)
    for number, note in enumerate(CHORD):
        swell = 0.6 + 0.4 * np.sin(2 * np.pi * (0.06 + 0.017 * number) * t + number)
        for ear, shift in enumerate((0.9985, 1.0015)):
            bed[:, ear] += (0.034 / (1 + 0.35 * number) * swell * np.sin(2 * np.pi * note * shift * t)).astype("f4")
    return bed


def _tone(kind: str) -> Samples:
    notes, strength, fade = TONES[kind]
    t = np.arange(round(RATE * fade * 3), dtype=np.float32) / RATE
    sound = sum(np.sin(2 * np.pi * note * t) + 0.25 * np.sin(4 * np.pi * note * t) for note in notes)
    shape = np.exp(-t / (fade / 2)) * np.minimum(1, t / 0.008)
    return (strength / len(notes) * sound * shape).astype(np.float32)


def _add(bed: Samples, at: int, sound: Samples) -> None:
    part = sound[: max(0, len(bed) - at)]
    bed[at : at + len(part)] += part[:, None]


def _fades(count: int) -> Samples:
    t = np.arange(count, dtype=np.float32) / RATE
    rise, fall = np.minimum(1, t / 0.8), np.minimum(1, (count / RATE - t) / 1.2)
    return np.minimum(rise, fall).astype(np.float32)

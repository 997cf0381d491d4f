"""Even loudness by two passes: measure by EBU R128, then one gain and a limiter.

One-pass loudnorm was measured against it and pumps: see docs/decisions/0011-ffmpeg-by-imageio.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from publisher.render import ffmpeg
from publisher.render.layouts import FilmLayout, Loudness
from publisher.render.probe import input_options, probe

STEREO = "aresample=48000:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo"
SILENCE = -60.0  # LUFS: quieter than this is no speech, and no gain would make it any
_INTEGRATED = re.compile(r"I:\s+(-?\d+(?:\.\d+)?|-inf) LUFS")
_PEAK = re.compile(r"Peak:\s+(-?\d+(?:\.\d+)?|-inf) dBFS")


@dataclass(frozen=True, slots=True)
class Measured:
    """Integrated loudness in LUFS, peak in dB full scale."""

    loudness: float
    peak: float


def measure(path: Path, demuxer: str, filters: Sequence[str] = (STEREO,), *, peak: str = "true") -> Measured:
    """Of the file's first sound track, after `filters`. Decodes the sound only. `peak`: true, sample or none; a true
    peak, between the samples, costs as much as the loudness itself."""
    chain = ",".join([*filters, f"ebur128=peak={peak}:framelog=quiet"])
    arguments = [*input_options(demuxer), "-i", str(path.resolve()), "-map", "0:a:0", "-vn", "-af", chain]
    messages = ffmpeg.run([*arguments, "-f", "null", "-"], loglevel="info")
    integrated, peak = _INTEGRATED.findall(messages), _PEAK.findall(messages)
    return Measured(float(integrated[-1]) if integrated else SILENCE, float(peak[-1]) if peak else SILENCE)


def normalising(path: Path, demuxer: str, wanted: Loudness) -> list[str]:
    """The filters that bring this film's sound to the wanted loudness.

    Where the limiter takes some of it away again, the gain is corrected once by what was measured behind it. The peak
    only says whether it will, for which the samples' own is good enough.
    """
    found = measure(path, demuxer, peak="sample")
    if found.loudness <= SILENCE:
        return [STEREO]
    gain = min(wanted.most_gain, wanted.target - found.loudness)
    if found.peak + gain <= wanted.peak or gain >= wanted.most_gain:
        return _chain(gain, wanted)
    limited = measure(path, demuxer, _chain(gain, wanted), peak="none")
    return _chain(min(wanted.most_gain, gain + min(6.0, max(0.0, wanted.target - limited.loudness))), wanted)


@dataclass(frozen=True, slots=True)
class Bed:
    """Music that goes round under a film's sound: the input after the film. `gain` in dB."""

    path: Path
    demuxer: str
    gain: float
    wanted: Loudness
    ratio: float

    def inputs(self) -> list[str]:
        return ["-stream_loop", "-1", *input_options(self.demuxer), "-i", str(self.path.resolve())]

    def under(self, label: str, seconds: float) -> str:
        """[a]: the bed makes way whenever something is said in [label], and comes back within a second."""
        fade = min(2.0, seconds / 4)
        shaped = (
            f"volume={self.gain:.2f}dB,afade=t=in:d={fade / 2:.2f},afade=t=out:st={seconds - fade:.3f}:d={fade:.2f}"
        )
        duck = f"sidechaincompress=threshold=0.02:ratio={self.ratio:g}:attack=150:release=900"
        return (
            f"[1:a:0]{STEREO},atrim=duration={seconds:.6f},{shaped}[bed];[{label}]asplit[said][key];"
            f"[bed][key]{duck}[low];[said][low]amix=inputs=2:duration=first:normalize=0,"
            f"{_limiter(self.wanted)},atrim=duration={seconds:.6f}[a]"
        )


def bed_for(path: Path, layout: FilmLayout, *, alone: bool) -> Bed:
    """Brought to the layout's level; `alone`, under a film without sound, to the loudness of speech."""
    demuxer = probe(path, want="audio").demuxer
    level = layout.loudness.target if alone else layout.music.level
    gain = min(layout.loudness.most_gain, level - max(SILENCE, measure(path, demuxer, peak="none").loudness))
    return Bed(path, demuxer, gain, layout.loudness, layout.music.ratio)


def _chain(gain: float, wanted: Loudness) -> list[str]:
    return [STEREO, f"volume={gain:.2f}dB", _limiter(wanted)]


def _limiter(wanted: Loudness) -> str:
    # level=disabled: otherwise the limiter raises everything to full scale. latency=1: sound and picture stay together.
    return f"alimiter=limit={wanted.peak:.1f}dB:level=disabled:attack=2:release=50:latency=1"

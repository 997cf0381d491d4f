"""What is encoded: once the parts that all variants share, and for each variant the seconds that differ.

Every part must come out with the same parameter sets, or no decoder could play them as one film: x264's
`stitchable`, the same preset, key distance and rate, and the same colour tags (they stand in the parameter sets).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from publisher.render import ffmpeg
from publisher.render.filmgraph import Artwork, Overlay, film_chains, heard, inputs, sliding
from publisher.render.films import Work
from publisher.render.layouts import Encoding
from publisher.render.specs import FilmSpec
from publisher.render.splice.cuts import Cuts, Range

TAGS = f"setsar=1,format=yuv420p,{ffmpeg.BT709}:chroma_location=left"
STILL_FINER = 6  # the end card is one picture shown for seconds, so it gets this much lower a CRF
PART = ("-map_metadata", "-1", "-f", "mp4")


@dataclass(frozen=True, slots=True)
class Setting:
    """One try at the shared parts: picture size, quality, and the folder they lie in."""

    cuts: Cuts
    encoding: Encoding
    size: tuple[int, int]
    crf: float
    folder: Path

    @property
    def body(self) -> Path:
        return self.folder / "body.mp4"

    @property
    def sound(self) -> Path:
        return self.folder / "sound.mp4"

    @property
    def still(self) -> Path:
        return self.folder / "still.mp4"

    def raw(self, number: int) -> Path:
        return self.folder / f"raw{number}.yuv"

    def video(self, *, finer: float = 0) -> list[str]:
        encoder = ["-c:v", "libx264", "-preset", self.encoding.preset, "-profile:v", "high"]
        keys = ["-g", str(self.cuts.key_every), "-x264-params", "stitchable=1:open-gop=0"]
        return [*encoder, *keys, "-crf", f"{self.crf - finer:.2f}"]


def encode_shared(
    setting: Setting, work: Work, spec: FilmSpec, art: Artwork, on_seconds: ffmpeg.OnSeconds | None
) -> None:
    """The body without what differs, a key picture at each cut; the differing pictures as they are before anything
    is laid over them, raw; the whole sound track; and pictures in which nothing changes, for the end card."""
    cuts = setting.cuts
    chains = [*_shared_chains(setting, spec, art), heard(cuts.planned, work.sound, work.bed)]
    raw = [part for n in range(len(cuts.differing)) for part in _raw_output(setting, n)]
    ffmpeg.run(
        [
            *inputs(spec, cuts.planned.film, art),
            *(work.bed.inputs() if work.bed else []),
            *(
                "-filter_complex",
                ";".join(chains),
            ),
            *("-map", "[kept]", *setting.video(), "-force_key_frames", _key_times(cuts), *PART, str(setting.body)),
            *("-map", "[a]", "-c:a", "aac", "-b:a", f"{work.audio_kbps}k", "-ar", "48000", "-ac", "2"),
            *(*PART, str(setting.sound)),
            *raw,
        ],
        on_seconds=on_seconds,
    )
    _encode_still(setting)


def _shared_chains(setting: Setting, spec: FilmSpec, art: Artwork) -> list[str]:
    cuts = setting.cuts
    outs = "".join(f"[out{n}]" for n in range(len(cuts.differing)))
    keep = "+".join(f"between(n,{part.begin},{part.end - 1})" for part in cuts.shared)
    count = f"setpts=N/({cuts.rate}*TB),fps={cuts.rate}"
    chains = film_chains(spec, cuts.planned, art, ())
    chains.append(f"[body]fps={cuts.rate},split={len(cuts.differing) + 1}[all]{outs}")
    chains.append(f"[all]select='{keep}',{count},{TAGS}[kept]")
    for n, part in enumerate(cuts.differing):
        chains.append(f"[out{n}]trim=start_frame={part.begin}:end_frame={part.end},{count},{TAGS}[raw{n}]")
    return chains


def _raw_output(setting: Setting, number: int) -> list[str]:
    return ["-map", f"[raw{number}]", "-f", "rawvideo", "-pix_fmt", "yuv420p", str(setting.raw(number))]


def _key_times(cuts: Cuts) -> str:
    """A little before each picture that is meant: thirtieths of a second have no exact decimals."""
    return ",".join(f"{max(0.0, (at - 0.25) / cuts.rate):.6f}" for at in cuts.offsets())


def _encode_still(setting: Setting) -> None:
    """Of one colour: from its second picture on it only says “as before”, whatever the first one shows."""
    width, height = setting.size
    cuts = setting.cuts
    grey = f"color=gray:s={width}x{height}:r={cuts.rate},trim=end_frame={cuts.planned.end},{TAGS}"
    ffmpeg.run(["-f", "lavfi", "-i", grey, *setting.video(finer=STILL_FINER), *PART, str(setting.still)])


@dataclass(frozen=True, slots=True)
class Parts:
    """One variant's own parts, in the order of the cuts; the end card is a single picture."""

    differing: tuple[Path, ...]
    end: Path


def encode_variant(setting: Setting, art: Artwork, folder: Path) -> Parts:
    cuts = setting.cuts
    parts = Parts(tuple(folder / f"part{n}.mp4" for n in range(len(cuts.differing))), folder / "end.mp4")
    outputs = []
    for n, path in enumerate(parts.differing):
        outputs += ["-map", f"[part{n}]", *setting.video(), "-threads", "1", *PART, str(path)]
    outputs += ["-map", "[card]", *setting.video(finer=STILL_FINER), "-threads", "1", *PART, str(parts.end)]
    chains = ";".join(_variant_chains(setting, art))
    # With more threads the graph takes and gives back memory for each picture, a sixth of the whole work.
    graph = ["-filter_complex_threads", "1", "-filter_complex", chains]
    ffmpeg.run([*_variant_inputs(setting, art), *graph, *outputs])
    return parts


def _variant_inputs(setting: Setting, art: Artwork) -> list[str]:
    """The raw pictures first, then bar and end card."""
    size = f"{setting.size[0]}x{setting.size[1]}"
    shape = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", size, "-framerate", str(setting.cuts.rate)]
    raw = [part for n in range(len(setting.cuts.differing)) for part in (*shape, "-i", str(setting.raw(n)))]
    still = ["-f", "png_pipe", "-framerate", str(setting.cuts.rate)]  # the rate stands in the parameter sets
    return [*raw, *still, "-i", str(art.bar.path), *still, "-i", str(art.end)]


def _variant_chains(setting: Setting, art: Artwork) -> list[str]:
    """As filmgraph lays them over the whole film: the same moments by the same clock."""
    cuts = setting.cuts
    count = len(cuts.differing)
    bars = "".join(f"[bar{n}]" for n in range(count))
    chains = [
        f"[{count}:v]format=yuva420p,split={count}{bars}",
        f"[{count + 1}:v]{ffmpeg.RGB_TO_BT709},split[card0][rising0]",
        f"[card0]trim=end_frame=1,{TAGS}[card]",
        _rising(cuts),
    ]
    for n, part in enumerate(cuts.differing):
        last = n == count - 1
        chains.append(_barred(cuts, art.bar, n, part, "under" if last else f"part{n}"))
    return [*chains, _wiped(cuts, count - 1)]


def _barred(cuts: Cuts, bar: Overlay, number: int, part: Range, label: str) -> str:
    laid = sliding(bar, cuts.moments, cuts.planned.body_seconds)
    count = f"setpts=N/({cuts.rate}*TB),fps={cuts.rate}"
    timed = f"[{number}:v]{TAGS},setpts=N+{part.begin}[timed{number}]"
    return f"{timed};[timed{number}][bar{number}]{laid},{count},{TAGS}[{label}]"


def _rising(cuts: Cuts) -> str:
    still = max(1, cuts.planned.wipe) + 1
    return f"[rising0]loop=loop={still}:size=1,setpts=N/({cuts.rate}*TB),trim=end_frame={still},fps={cuts.rate}[rising]"


def _wiped(cuts: Cuts, number: int) -> str:
    """The end card rises over the last pictures of the last part."""
    part, planned = cuts.differing[number], cuts.planned
    if not planned.wipe:
        return f"[rising]nullsink;[under]{TAGS}[part{number}]"
    wipe, begin = (float(n / cuts.rate) for n in (planned.wipe, len(part) - planned.wipe))
    rise = f"xfade=transition=wipeup:duration={wipe:.6f}:offset={begin:.6f}"
    joined = f"[under]settb=AVTB[u];[rising]settb=AVTB[r];[u][r]{rise},fps={cuts.rate}"
    return f"{joined},trim=end_frame={len(part)},{TAGS}[part{number}]"

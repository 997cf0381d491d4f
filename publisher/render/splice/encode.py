"""What all variants share, encoded once.

Every part must come out with the same parameter sets, or no decoder could play them as one film: x264's
`stitchable`, the same preset, key distance and rate, and the same colour tags (they stand in the parameter sets).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from publisher.render import ffmpeg
from publisher.render.artwork import Artwork
from publisher.render.band import ROW
from publisher.render.filmgraph import film_chains, inputs
from publisher.render.films import Work
from publisher.render.layouts import Encoding
from publisher.render.specs import FilmSpec
from publisher.render.splice.cuts import CannotSplice, Cuts

TAGS = f"setsar=1,format=yuv420p,{ffmpeg.BT709}:chroma_location=left"
STILL_FINER = 6  # the end card is one picture shown for seconds, so it gets this much lower a CRF
PART = ("-map_metadata", "-1", "-f", "mp4")
SPARE = 1 << 29  # bytes that are left to everything else on the disk
EXACT = -0.4  # of all qualities, for the row above the seam: of one colour, it is to come out as that very colour


@dataclass(frozen=True, slots=True)
class Setting:
    """One try at the shared parts: picture size, quality, and the folder they lie in. With a `seam` the body is only
    what lies above it, and its pictures are to be completed by a slice of their own."""

    cuts: Cuts
    encoding: Encoding
    size: tuple[int, int]
    crf: float
    folder: Path
    seam: int = 0
    level: int = 0  # of H.264, tenfold; needed only where parts are of different heights

    @property
    def body(self) -> Path:
        return self.folder / "body.mp4"

    @property
    def sound(self) -> Path:
        return self.folder / "sound.mp4"

    @property
    def still(self) -> Path:
        return self.folder / "still.mp4"

    @property
    def title_still(self) -> Path:
        return self.folder / "title-still.mp4"

    @property
    def band_still(self) -> Path:
        return self.folder / "band-still.mp4"

    def raw(self, number: int) -> Path:
        return self.folder / f"raw{number}.yuv"

    def video(self, *, finer: float = 0, exact: bool = False) -> list[str]:
        """`exact`: nothing but the pixels themselves decides how they are encoded, not what stands elsewhere."""
        encoder = ["-c:v", "libx264", "-preset", self.encoding.preset, "-profile:v", "high"]
        alone = f":weightp=0:level={self.level}" if self.seam else ""
        keys = ["-g", str(self.cuts.key_every), "-x264-params", f"stitchable=1:open-gop=0{alone}"]
        quality = ["-qp", str(round(self.crf) - 9)] if exact else ["-crf", f"{self.crf - finer:.2f}"]
        return [*encoder, *keys, *quality]


def encode_shared(
    setting: Setting, work: Work, spec: FilmSpec, art: Artwork, on_seconds: ffmpeg.OnSeconds | None
) -> None:
    """The body without what differs, a key picture at each cut; and the differing pictures as they are before anything
    is laid over them, raw. CannotSplice where the disk has no room for those."""
    cuts = setting.cuts
    require_room(setting)
    chains = _shared_chains(setting, spec, art)
    raw = [part for n in range(len(cuts.differing)) for part in _raw_output(setting, n)]
    ffmpeg.run(
        [
            *inputs(spec, cuts.planned.film, art),
            *("-filter_complex", ";".join(chains)),
            *("-map", "[kept]", *setting.video(), "-force_key_frames", _key_times(cuts), *PART, str(setting.body)),
            *raw,
        ],
        on_seconds=on_seconds,
    )


def require_room(setting: Setting) -> None:
    """A bar that is there for minutes leaves gigabytes of raw pictures; a full disk would stop the whole office."""
    pictures, (width, height) = sum(map(len, setting.cuts.differing)), setting.size
    wanted = pictures * width * height * 3 // 2 + SPARE
    if shutil.disk_usage(setting.folder).free < wanted:
        raise CannotSplice(f"the disk has no room for {wanted >> 20} MB of raw pictures")


def _shared_chains(setting: Setting, spec: FilmSpec, art: Artwork) -> list[str]:
    cuts = setting.cuts
    outs = "".join(f"[out{n}]" for n in range(len(cuts.differing)))
    keep = "+".join(f"between(n,{part.begin},{part.end - 1})" for part in cuts.shared)
    chains = film_chains(spec, cuts.planned, art, ())
    chains.append(f"[body]fps={cuts.rate},split={len(cuts.differing) + 1}[all]{outs}")
    chains.append(f"[all]select='{keep}',{counted(cuts)},{TAGS}{_above(setting)}[kept]")
    for n, part in enumerate(cuts.differing):
        chains.append(f"[out{n}]trim=start_frame={part.begin}:end_frame={part.end},{counted(cuts)},{TAGS}[raw{n}]")
    return chains


def counted(cuts: Cuts) -> str:
    return f"setpts=N/({cuts.rate}*TB),fps={cuts.rate}"


def _above(setting: Setting) -> str:
    if not setting.seam:
        return ""
    width, seam = setting.size[0], setting.seam
    return f",crop={width}:{seam}:0:0,addroi=x=0:y={seam - ROW}:w={width}:h={ROW}:qoffset={EXACT}"


def _raw_output(setting: Setting, number: int) -> list[str]:
    return ["-map", f"[raw{number}]", "-f", "rawvideo", "-pix_fmt", "yuv420p", str(setting.raw(number))]


def _key_times(cuts: Cuts) -> str:
    """A little before each picture that is meant: thirtieths of a second have no exact decimals."""
    return ",".join(f"{max(0.0, (at - 0.25) / cuts.rate):.6f}" for at in cuts.offsets())


def encode_stills(setting: Setting) -> None:
    """Pictures in which nothing changes, for end card, title and band."""
    height = setting.size[1]
    planned = setting.cuts.planned
    encode_still(setting, setting.still, height, planned.end)
    if planned.intro:
        encode_still(setting, setting.title_still, height, planned.intro)
    if setting.seam:
        encode_still(setting, setting.band_still, height - setting.seam, setting.cuts.key_every)


def encode_still(setting: Setting, target: Path, height: int, count: int) -> None:
    """Of one colour: from its second picture on it only says “as before”, whatever the first one shows."""
    grey = f"color=gray:s={setting.size[0]}x{height}:r={setting.cuts.rate},trim=end_frame={count},{TAGS}"
    ffmpeg.run(["-f", "lavfi", "-i", grey, *setting.video(finer=STILL_FINER), *PART, str(target)])

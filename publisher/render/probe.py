"""What a film is, found out without trusting its name, and why it may not be used."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from publisher.render.errors import BrokenMedia, MediaTooLarge, MissingFile, UnsupportedMedia
from publisher.render.ffmpeg import SAFE_INPUT, ffmpeg

MOST_PIXELS = 4096 * 2304
MOST_FPS = 121
MOST_SECONDS = 4 * 3600
PROBE_SECONDS = 60
DECODERS = (
    "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,mpeg4,mpeg2video,h263,mjpeg,prores,dvvideo,msmpeg4v3,"
    "aac,aac_latm,mp3,mp3float,mp2,mp2float,opus,libopus,vorbis,ac3,eac3,alac,flac,amrnb,amrwb,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_u8,pcm_alaw,pcm_mulaw"
)
_PLAYLIST = re.compile(rb"^\s*(#EXTM3U|ffconcat|file\s+['\"/\w]|<\?xml|<MPD|<svg|\[playlist\])", re.IGNORECASE)
_PICTURE_BRANDS = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"}


@dataclass(frozen=True, slots=True)
class Film:
    """`width` × `height` as people see it, after `rotation` (degrees, 0/90/180/270). Empty codec: no such stream."""

    width: int
    height: int
    duration_s: float
    fps: float
    video_codec: str
    audio_codec: str
    pix_fmt: str
    rotation: int
    size_bytes: int
    demuxer: str
    matrix: str = ""  # as tagged: bt709, bt2020nc, …; empty: the file does not say
    transfer: str = ""
    interlaced: bool = False
    channels: int = 0
    pixels: int = 0  # as they are decoded: a file may say that a wide picture is to be shown narrow

    @property
    def hdr(self) -> bool:
        return self.transfer in ("smpte2084", "arib-std-b67")


def sniff(path: Path) -> str:
    """The demuxer for these bytes, from the list of allowed containers; UnsupportedMedia for anything else."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except FileNotFoundError as error:
        raise MissingFile(f"There is no file {path.name}.", file=str(path)) from error
    if not head:
        raise BrokenMedia("The file is empty.", cause="empty")
    if _PLAYLIST.match(head.removeprefix(b"\xef\xbb\xbf")):
        what = "The file is a playlist or a drawing that points to other files, not a film."
        raise UnsupportedMedia(what, cause="playlist")
    found = _container(head)
    if not found:
        text = all(byte >= 32 or byte in b"\t\r\n" for byte in head)
        if text:
            raise UnsupportedMedia("The file is text, not a film.", cause="text")
        raise UnsupportedMedia("The file is not a film of a kind we know.", cause="unknown_kind")
    return found


def _container(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        if head[8:12] in _PICTURE_BRANDS:
            raise UnsupportedMedia("The file is a picture (HEIC or AVIF), not a film.", cause="picture")
        return "mov"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return "mov"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] in (b"AVI ", b"WAVE"):
        return "avi" if head[8:12] == b"AVI " else "wav"
    if all(head[at : at + 1] == b"G" for at in (0, 188, 376)) or all(head[at : at + 1] == b"G" for at in (4, 196, 388)):
        return "mpegts"
    if head[:3] == b"ID3" or (head[0] == 0xFF and head[1:] and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6)):
        return "mp3"
    return ""


def input_options(demuxer: str) -> list[str]:
    """What must stand before `-i` of any file that came from outside."""
    names = {"matroska": "matroska,webm", "mov": "mov,mp4,m4a,3gp,3g2,mj2"}.get(demuxer, demuxer)
    # Whatever its header says: a picture that is larger after all is never decoded.
    bounded = ["-codec_whitelist", DECODERS, "-max_pixels", str(2 * MOST_PIXELS)]
    return [*SAFE_INPUT, "-format_whitelist", names, *bounded, "-f", demuxer]


def probe(path: Path, *, want: str = "film") -> Film:
    """Read every packet once (no decoding) and tell what is there; `want="audio"` also takes a file without picture.

    Raises BrokenMedia for damaged, cut-off or empty files, UnsupportedMedia, MediaTooLarge.
    """
    demuxer = sniff(path)
    messages = _look(path, demuxer)
    film = parse(messages, size_bytes=path.stat().st_size, demuxer=demuxer)
    _refuse_unusable(film, messages, want)
    if film.video_codec:
        _decode_one(path, demuxer)
    return film


def _look(path: Path, demuxer: str) -> str:
    command = [ffmpeg(), "-hide_banner", "-nostdin", *input_options(demuxer), "-i", str(path.resolve())]
    command += ["-map", "0:V:0?", "-map", "0:a:0?", "-c", "copy", "-f", "null", "-"]
    return _ask(command)


def _decode_one(path: Path, demuxer: str) -> None:
    """Headers can promise what the pictures do not keep."""
    command = [ffmpeg(), "-hide_banner", "-nostdin", "-xerror", *input_options(demuxer), "-i", str(path.resolve())]
    messages = _ask([*command, "-map", "0:V:0", "-frames:v", "1", "-f", "null", "-"])
    if not re.search(r"frame=\s*1\b", messages):
        raise BrokenMedia("The film's first picture cannot be decoded.", cause="undecodable", detail=messages[-600:])


def _ask(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={"LC_ALL": "C"},  # none of our secrets where a stranger's bytes are read
            timeout=PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BrokenMedia("The file could not be read to its end in time.", cause="undecodable") from error
    return done.stderr.decode("utf-8", "replace")


def _refuse_unusable(film: Film, messages: str, want: str) -> None:
    if "moov atom not found" in messages:
        raise BrokenMedia(
            "The file is cut off: its index is missing. Copy it again from the camera or phone.", cause="cut_off"
        )
    if not film.video_codec and (want == "film" or not film.audio_codec):
        other = "The file has sound but no picture." if film.audio_codec else "No picture can be read from the file."
        raise BrokenMedia(other, cause="no_picture", detail=messages[-600:])
    if film.audio_codec and _unlisted_sound(messages):
        raise UnsupportedMedia(
            f"The film's sound is of a kind we do not know ({film.audio_codec}).", cause="unknown_kind"
        )
    read = _seconds_read(messages)
    if film.duration_s <= 0 or (film.video_codec and read <= 0):
        raise BrokenMedia("The film has no length: there are no pictures in it.", cause="no_length")
    if read < film.duration_s * 0.9 - 1 or "partial file" in messages or "File ended prematurely" in messages:
        there = f"only {read:.0f} of {film.duration_s:.0f} seconds are there"
        raise BrokenMedia(f"The film is cut off: {there}.", cause="cut_off")
    if (
        max(film.pixels, film.width * film.height) > MOST_PIXELS
        or film.fps > MOST_FPS
        or film.duration_s > MOST_SECONDS
    ):
        shape = f"{film.width}×{film.height}, {film.fps:g} pictures a second, {film.duration_s / 60:.0f} minutes"
        raise MediaTooLarge(f"The film is larger than is worked on here ({shape}).", shape=shape)


def _unlisted_sound(messages: str) -> bool:
    """Else it shows only when the film is made, as a failure of ours."""
    line = _AUDIO.search(messages)
    names = set(re.findall(r"\w+", line[0].partition("Audio:")[2].partition(",")[0])) if line else set()
    return not names.isdisjoint(_UNLISTED.findall(messages))


_UNLISTED = re.compile(r"Codec \((\w+)\) not on whitelist")
_VIDEO = re.compile(r"Stream #0:\d+\S*: Video: (\w+)(?![^\n]*attached pic)[^\n]*")  # a song's cover is no film
_AUDIO = re.compile(r"Stream #0:\d+\S*: Audio: (\w+)[^\n]*")
_SIZE = re.compile(r", (\d{1,5})x(\d{1,5})(?:[ ,]|$)")
_ASPECT = re.compile(r"\[SAR (\d+):(\d+)")
_FORMAT = re.compile(r", (yuv\w+|yuvj\w+|gray\w*|rgb\w+|bgr\w+|gbr\w+|nv\d+\w*|pal8|p010\w*)(?:\(([^)]*)\))?[,\s]")
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_TIME = re.compile(r"time=(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_ROTATION = re.compile(r"rotation of (-?\d+(?:\.\d+)?) degrees")
_CHANNELS = {"mono": 1, "stereo": 2, "quad": 4}


def parse(messages: str, *, size_bytes: int, demuxer: str) -> Film:
    """ffmpeg's description of its input, as figures. Only the part before its outputs is looked at."""
    head = messages.split("Output #0", 1)[0].split("Stream mapping:", 1)[0]
    video, audio = _VIDEO.search(head), _AUDIO.search(head)
    line = video[0] if video else ""
    pix_fmt, tags = (found[1], found[2] or "") if (found := _FORMAT.search(line)) else ("", "")
    matrix, transfer = _colour(tags)
    rotation = round(float(found[1])) % 360 if video and (found := _ROTATION.search(head)) else 0
    width, height = _shown_size(line, rotation)
    coded = _SIZE.search(line)
    declared, read = _last_time(_DURATION, head), _seconds_read(messages)
    return Film(
        width=width,
        height=height,
        duration_s=declared or read,
        fps=_fps(line),
        video_codec=video[1] if video else "",
        audio_codec=audio[1] if audio else "",
        pix_fmt=pix_fmt,
        rotation=rotation,
        size_bytes=size_bytes,
        demuxer=demuxer,
        matrix=matrix,
        transfer=transfer,
        interlaced="top first" in tags or "bottom first" in tags or "top coded" in tags or "bottom coded" in tags,
        channels=_channels(audio[0]) if audio else 0,
        pixels=int(coded[1]) * int(coded[2]) if coded else 0,
    )


def _shown_size(line: str, rotation: int) -> tuple[int, int]:
    found, aspect = _SIZE.search(line), _ASPECT.search(line)
    if not found:
        return 0, 0
    width, height = int(found[1]), int(found[2])
    if aspect and int(aspect[1]) and int(aspect[2]):
        width = round(width * int(aspect[1]) / int(aspect[2]))
    return (height, width) if rotation in (90, 270) else (width, height)


def _colour(tags: str) -> tuple[str, str]:
    """`tv, bt709` or `tv, bt2020nc/bt2020/smpte2084`: matrix/primaries/transfer."""
    for part in tags.split(","):
        names = part.strip().split("/")
        if len(names) == 3:
            return ("" if names[0] == "unknown" else names[0]), ("" if names[2] == "unknown" else names[2])
        if names[0] in ("bt709", "smpte170m", "bt470bg", "bt2020nc", "smpte240m"):
            return names[0], names[0]
    return "", ""


def _fps(line: str) -> float:
    for unit in ("fps", "tbr"):
        if found := re.search(rf", (\d+(?:\.\d+)?)(k?) {unit}\b", line):
            return float(found[1]) * (1000 if found[2] else 1)
    return 0.0


def _channels(line: str) -> int:
    for name, count in _CHANNELS.items():
        if f", {name}" in line:
            return count
    if found := re.search(r", (\d)\.(\d)", line):
        return int(found[1]) + int(found[2])
    return int(found[1]) if (found := re.search(r", (\d+) channels", line)) else 2


def _last_time(pattern: re.Pattern[str], text: str) -> float:
    found = pattern.findall(text)
    if not found:
        return 0.0
    hours, minutes, seconds = found[-1]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _seconds_read(messages: str) -> float:
    return _last_time(_TIME, messages)

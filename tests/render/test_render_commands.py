"""`publisher render`, `publisher render-all` and `publisher leaflet`, from their arguments on."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher import commands, studio
from publisher.cli import _parser
from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Kind
from publisher.people.audit import SYSTEM
from publisher.render.models import RenderJob
from publisher.render.probe import probe
from publisher.render.uploads import accept
from tests.render.specimens import make


@pytest.fixture
def run(district):
    def with_arguments(*words: object) -> int:
        arguments = _parser().parse_args([str(word) for word in words])
        return commands.reporting(getattr(studio, arguments.function.partition(":")[2]), arguments)

    return with_arguments


@pytest.fixture(scope="module")
def tiny_film(films: Path) -> Path:
    picture = ("-f", "lavfi", "-i", "color=gray:s=96x54:r=10:d=1", "-f", "lavfi", "-i", "sine=d=1")
    return make(films / "tiny.mp4", *picture, "-pix_fmt", "yuv420p", "-c:a", "aac")


def test_a_film_is_branded_and_its_progress_told(run, tiny_film: Path, tmp_path: Path, capsys):
    out, cover = tmp_path / "out.mp4", tmp_path / "cover.jpg"
    told = ("--district", "esil", "--language", "ru", "--format", "9:16", "--profile", "whatsapp")
    assert run("render", tiny_film, *told, "--bar=0+1", "--cover", cover, "-o", out) == commands.DONE
    film = probe(out)
    assert (film.width, film.height, film.audio_codec) == (720, 1280, "aac")
    assert cover.read_bytes()[:2] == b"\xff\xd8"
    printed = capsys.readouterr()
    assert "tiny.mp4: 100 %" in printed.err
    assert printed.out.strip() == str(out)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--bar=soon"], "are no moments"),
        (["--district", "nowhere"], "no district"),
        (["--subtitles", __file__], "subtitles"),
    ],
)
def test_wrong_input_is_told_and_nothing_made(run, tiny_film: Path, tmp_path: Path, capsys, words: list[str], why: str):
    assert run("render", tiny_film, *words, "-o", tmp_path / "out.mp4") == commands.WRONG_INPUT
    assert why in capsys.readouterr().err
    assert not (tmp_path / "out.mp4").exists()


def test_what_is_no_film_is_wrong_input(run, tmp_path: Path, capsys):
    (tmp_path / "film.mp4").write_text("#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n")
    assert run("render", tmp_path / "film.mp4", "-o", tmp_path / "out.mp4") == commands.WRONG_INPUT
    assert "playlist" in capsys.readouterr().err


def test_a_posts_films_are_made_in_each_of_its_languages(run, district, tiny_film: Path, capsys):
    post = posts.blank(Kind.PREVENTION_VIDEO, "Фильм", district, SYSTEM)
    posts.save_versions(post, {"kk": Wording("kk", "Мәтін")}, SYSTEM)
    posts.set_media(post, [(accept(tiny_film, "tiny.mp4"), "")], SYSTEM)
    assert run("render-all", post.pk) == commands.DONE
    assert RenderJob.objects.get().result.size < 16_000_000
    assert [row.language for row in post.media.all()] == ["kk"]
    assert "kk" in capsys.readouterr().out
    assert run("render-all", post.pk) == commands.WRONG_INPUT  # nothing of its own is left to make
    assert run("render-all", 10_000) == commands.WRONG_INPUT


def test_a_leaflet_is_written_with_the_district_and_its_channel(run, tmp_path: Path, capsys):
    assert run("leaflet", "safe-account", "--okrug", "Полтавка|Полтавка", "-o", tmp_path / "a.pdf") == commands.DONE
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    assert run("leaflet", "nothing", "-o", tmp_path / "b.pdf") == commands.WRONG_INPUT
    assert "Known: call-before-you-pay" in capsys.readouterr().err

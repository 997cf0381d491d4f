"""`publisher render`, `publisher render-all` and `publisher leaflet`, from their arguments on."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from publisher import commands, studio
from publisher.cli import _parser
from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Kind
from publisher.people.audit import SYSTEM
from publisher.people.models import District
from publisher.render import probe as probing
from publisher.render import roads
from publisher.render.errors import UnknownLayout
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
    assert (
        run("render", tiny_film, *told, "--bar=0+1", "--cover", "0.5", "--cover-file", cover, "-o", out)
        == commands.DONE
    )
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


def test_a_posts_films_are_made_for_each_language_and_platform(run, district, tiny_film: Path, capsys):
    post = posts.blank(Kind.PREVENTION_VIDEO, "Фильм", district, SYSTEM)
    posts.save_versions(post, {"kk": Wording("kk", "Мәтін")}, SYSTEM)
    assert run("render-all", post.pk) == commands.WRONG_INPUT  # there is no film yet
    posts.set_media(post, [(accept(tiny_film, "tiny.mp4"), "")], SYSTEM)
    assert run("render-all", post.pk, "--layout", "film-band", "--cover", "0.4") == commands.DONE
    done = RenderJob.objects.filter(state="done")
    assert {row.profile for row in done} == {"telegram", "whatsapp"}
    assert all(row.result.size < 16_000_000 and row.order.layout == "film-band" for row in done)
    assert "The same film had been made before." in capsys.readouterr().out  # it fits the smaller limit without effort
    assert run("render-all", post.pk, "--layout", "nothing") == commands.WRONG_INPUT
    assert run("render-all", 10_000) == commands.WRONG_INPUT


def test_one_film_for_many_districts_says_how_each_was_made(run, tiny_film: Path, tmp_path: Path, capsys):
    District.objects.filter(pk="esil").update(name_ru="Ұзын" * 100)
    told = ("--districts", "all", "--languages", "kk,ru", "--layout", "film-band", "-o", tmp_path)
    assert run("render", tiny_film, *told) == commands.FAILED
    names = sorted(path.name for path in tmp_path.glob("*.mp4"))
    assert names == ["tiny-akkaiyn-kk.mp4", "tiny-akkaiyn-ru.mp4", "tiny-esil-kk.mp4"]
    printed = capsys.readouterr()
    assert "tiny-akkaiyn-kk.mp4: " in printed.out
    assert printed.err.splitlines()[-1].startswith("esil ru: ")


def test_a_film_for_many_districts_is_looked_at_once(run, tiny_film: Path, tmp_path: Path, monkeypatch):
    """Two hundred districts read it four hundred times before anything began."""
    seen: list[Path] = []
    monkeypatch.setattr(probing, "probe", lambda path: seen.append(path) or probe(path))
    monkeypatch.setattr(studio, "_in_looks", lambda *_given: [])
    monkeypatch.setattr(roads, "check_words", lambda _job: (_ for _ in ()).throw(UnknownLayout("None.")))
    told = ("--districts", "all", "--languages", "kk,ru", "-o", tmp_path)
    assert run("render", tiny_film, *told) == commands.FAILED
    assert len(seen) == 1


def test_a_script_becomes_a_card(run, tmp_path: Path, capsys):
    out = tmp_path / "card.jpg"
    assert run("render", "safe-account", "--layout", "card", "--format", "4:5", "-o", out) == commands.DONE
    with Image.open(out) as card:
        assert card.size == (1080, 1350)
    assert run("render", "nothing", "--layout", "clip", "-o", out) == commands.WRONG_INPUT
    assert run("render", "x.mp4", "--layout", "nothing", "-o", out) == commands.WRONG_INPUT
    assert "Known: film, film-band, film-quiet, card, clip." in capsys.readouterr().err


def test_the_layouts_are_listed_and_drawn(run, tmp_path: Path, capsys):
    assert run("layouts", "-o", tmp_path / "sheet.png") == commands.DONE
    assert "film-quiet  " in capsys.readouterr().out
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 1000


def test_a_leaflet_is_written_with_the_district_and_its_channel(run, tmp_path: Path, capsys):
    assert run("leaflet", "safe-account", "--okrug", "Полтавка|Полтавка", "-o", tmp_path / "a.pdf") == commands.DONE
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    assert run("leaflet", "nothing", "-o", tmp_path / "b.pdf") == commands.WRONG_INPUT
    assert "Known: call-before-you-pay" in capsys.readouterr().err

"""Bad input is refused before anything is queued, with exit code 2 and what to do next."""

from __future__ import annotations

import json
import re

import pytest

from tests.e2e.deployment import Deployment, practice

pytestmark = pytest.mark.e2e
FILM_HEAD = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("platform"), "--no-residents") as platform:
        here = Deployment(tmp_path_factory.mktemp("home"), platform)
        here.run("channel", "add", "a", "--account", "telegram-main", "--target", platform.channel("Арна"))
        yield here


@pytest.fixture
def refused(here):
    def refused(*arguments):
        before = here.json("queue")
        done = here.attempt(*arguments)
        assert done.returncode == 2, (done.stdout, done.stderr)
        assert here.json("queue") == before
        return done.stderr

    return refused


def one_language(here, name, body):
    return str(here.write(name, body, single_language_reason="сынақ"))


def test_an_unknown_variable_names_file_line_and_the_known_ones(here, refused):
    said = refused("post", one_language(here, "variable", "Қоңырау шалыңыз: {hotlin}"), "--to", "a")
    assert "variable.md:7" in said
    assert "{hotline}" in said


def test_a_missing_language_is_named_with_the_way_out(here, refused):
    said = refused("post", str(here.write("alone", "Ескерту. {hotline}")), "--to", "a")
    assert "“Русский”" in said
    assert "single_language_reason" in said


def test_a_text_of_4097_units_is_refused_with_both_numbers(here, refused):
    said = refused("post", one_language(here, "long", "а" * 4097), "--to", "a")
    assert "4097" in said
    assert "4096" in said


def test_a_text_of_4096_units_is_taken(here):
    here.run("post", one_language(here, "full", "а" * 4096), "--to", "a", "--at", "2099-01-01T10:00")


def test_a_caption_of_1025_units_is_refused(here, refused, tmp_path):
    from PIL import Image

    picture = tmp_path / "p.jpg"
    Image.new("RGB", (64, 64), "navy").save(picture)
    said = refused("post", one_language(here, "caption", "а" * 1025), "--to", "a", "--media", str(picture))
    assert "1025" in said
    assert "1024" in said


def test_a_film_of_60_mb_is_refused_with_its_size(here, refused, tmp_path):
    import subprocess

    import imageio_ffmpeg

    film = tmp_path / "film.mp4"
    make = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x180:d=1", str(film)]
    subprocess.run(make, check=True)
    with film.open("ab") as file:  # an honest film with 60 MB of padding in a box that players skip
        padding = 60_000_000
        file.write(padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    said = refused("post", one_language(here, "film", "Ескерту. {hotline}"), "--to", "a", "--media", str(film))
    assert "50000000" in said


def test_a_broken_film_is_refused_with_the_reason(here, refused, tmp_path):
    film = tmp_path / "film.mp4"
    film.write_bytes(FILM_HEAD + bytes(1000))
    said = refused("post", one_language(here, "broken", "Ескерту. {hotline}"), "--to", "a", "--media", str(film))
    assert "cut off" in said


def test_an_unknown_channel_names_the_known_ones(here, refused):
    assert "Known channels: a" in refused("post", one_language(here, "where", "Ескерту. {hotline}"), "--to", "b")


def test_a_time_in_the_past_is_refused(here, refused):
    text = one_language(here, "past", "Ескерту. {hotline}")
    assert "in the past" in refused("post", text, "--to", "a", "--at", "2020-01-01T10:00")
    assert "is not a time" in refused("post", text, "--to", "a", "--at", "tomorrow")


def test_an_unset_secret_names_variable_and_line(here, refused, monkeypatch):
    monkeypatch.delitem(here.environment, "TELEGRAM_TOKEN")
    done = here.attempt("queue")
    assert done.returncode == 2
    assert re.search(r"config\.yaml:\d+: .*TELEGRAM_TOKEN", done.stderr)
    assert "export TELEGRAM_TOKEN" in done.stderr


def test_bad_yaml_names_file_line_and_the_nearest_key(here, refused):
    path = here.write("yaml", "Ескерту. {hotline}", kinds="scam_warning")
    said = refused("post", str(path), "--to", "a")
    assert "yaml.md:5" in said
    assert "Did you mean “kind”?" in said


def test_check_lists_every_flaw_of_the_deployment(here, tmp_path):
    plan = here.home / "schedules" / "weekly.yaml"
    plan.write_text("name: Апталық\nto: [a]\nslot: []\n", encoding="utf-8")
    try:
        done = here.attempt("check", "--json")
        assert done.returncode == 2
        assert any("weekly.yaml:3" in problem for problem in json.loads(done.stdout)["problems"])
    finally:
        plan.unlink()
    assert here.attempt("check").returncode == 0


def test_a_target_that_does_not_exist_is_not_added(here):
    done = here.attempt("channel", "add", "b", "--account", "telegram-main", "--target", "@nobody_here")
    assert done.returncode == 2
    assert [channel["key"] for channel in here.json("channel", "list")] == ["a"]

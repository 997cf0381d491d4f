from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from pydantic import BaseModel

from publisher.config import Home, load
from publisher.settings import database_for
from publisher.yamlfile import FlawedFile, parse, read_front_matter

GOOD = """\
districts:
  akkaiyn:
    name: {kk: Аққайың ауданы, ru: Аккайынский район}
    hotline: 2-15-65
accounts:
  telegram-main:
    type: telegram
    token: ${SOME_TOKEN}
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "1:real-token")

    def read(text, **options):
        (tmp_path / "config.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
        return load(Home(tmp_path), **options)

    return read


def flaws(read, text):
    with pytest.raises(FlawedFile) as flawed:
        read(text)
    return flawed.value.flaws


def test_good_settings_are_read_into_typed_values(read):
    config = read(GOOD)
    assert config.districts["akkaiyn"].hotline == "2-15-65"
    assert config.accounts["telegram-main"].token.get_secret_value() == "1:real-token"


def test_the_settings_never_show_a_secret(read):
    assert "real-token" not in repr(read(GOOD))


@pytest.mark.parametrize(
    ("wrong", "right", "line"),
    [
        ("hotlin: 2-15-65", "hotline", 4),
        ("    tokn: x", "token", 8),
    ],
)
def test_an_unknown_key_names_line_and_nearest_valid_key(read, wrong, right, line):
    old = {"hotlin: 2-15-65": "hotline: 2-15-65", "    tokn: x": "    token: ${SOME_TOKEN}"}[wrong]
    found = [flaw for flaw in flaws(read, GOOD.replace(old, wrong)) if "unknown key" in flaw.what]
    assert [(flaw.line, flaw.hint) for flaw in found] == [(line, f"Did you mean “{right}”?")]


def test_an_unknown_account_type_names_the_nearest(read):
    (flaw,) = flaws(read, GOOD.replace("type: telegram", "type: telegramm"))
    assert "telegramm" in flaw.what
    assert "telegram" in flaw.hint


def test_a_wrong_type_names_the_line(read):
    (flaw,) = flaws(read, GOOD + "server:\n  port: many\n")
    assert flaw.line == 10
    assert "server.port" in flaw.what


def test_an_unset_secret_says_which_variable_to_set(read, monkeypatch):
    monkeypatch.delenv("SOME_TOKEN")
    (flaw,) = flaws(read, GOOD)
    assert (flaw.line, "SOME_TOKEN" in flaw.what, "export SOME_TOKEN" in flaw.hint) == (8, True, True)


@pytest.mark.parametrize("written", ["123:abc", "12345678"])
def test_a_secret_written_into_the_file_is_refused_without_repeating_it(read, written):
    (flaw,) = flaws(read, GOOD.replace("${SOME_TOKEN}", written))
    assert "secret" in flaw.what
    assert written not in str(flaw)


def test_a_secret_may_stand_in_a_file_of_its_own(read, tmp_path):
    (tmp_path / "token").write_text("2:from-file\n")
    config = read(GOOD.replace("token: ${SOME_TOKEN}", "token_file: token"))
    assert config.accounts["telegram-main"].token.get_secret_value() == "2:from-file"


def test_broken_yaml_names_the_line(read):
    (flaw,) = flaws(read, "districts: {\n  a: [1, 2\n")
    assert flaw.line >= 2


def test_a_key_given_twice_is_refused(read):
    (flaw,) = flaws(read, GOOD + "districts: {}\n")
    assert "second time" in flaw.what
    assert flaw.line == 9


def test_an_unknown_time_zone_is_refused(read):
    (flaw,) = flaws(read, GOOD + "site: {time_zone: Asia/Almata}\n")
    assert "Asia/Almata" in flaw.what


def test_in_practice_no_secret_is_needed_and_nothing_leads_to_the_real_platform(read, monkeypatch):
    monkeypatch.delenv("SOME_TOKEN")
    config = read(GOOD, practice=True)
    assert config.practice
    assert config.accounts["telegram-main"].api_url == "http://127.0.0.1:8001"
    assert config.database.endswith("-practice.sqlite3")


def test_in_practice_a_real_token_of_the_environment_is_not_used(read):
    config = read(GOOD, practice=True)
    assert config.accounts["telegram-main"].token.get_secret_value() != "1:real-token"


def test_a_missing_file_says_what_to_run(tmp_path):
    with pytest.raises(FlawedFile, match="publisher init"):
        load(Home(tmp_path))


def test_districts_may_stand_in_a_file_of_their_own(read, tmp_path):
    (tmp_path / "districts.yaml").write_text(
        "regions:\n  sko: {name: {kk: СҚО, ru: СКО}}\n"
        "districts:\n  esil: {name: {kk: Есіл, ru: Есиль}, hotline: 2-02-02, region: sko, population: 25000}\n",
        encoding="utf-8",
    )
    config = read(GOOD)
    assert list(config.districts) == ["akkaiyn", "esil"]
    assert config.districts["esil"].population == 25000


@pytest.mark.parametrize(
    ("text", "file", "line", "word"),
    [
        ("districts:\n  akkaiyn: {name: {kk: А, ru: А}, hotline: '1'}\n", "districts.yaml", 2, "config.yaml as well"),
        ("districts:\n  esil: {name: {kk: Е, ru: Е}, hotlin: '1'}\n", "districts.yaml", 2, "unknown key"),
        (
            "districts:\n  esil: {name: {kk: Е, ru: Е}, hotline: '1', region: none}\n",
            "config.yaml",
            1,
            "no region is called",
        ),
    ],
)
def test_a_flaw_of_that_file_is_named_with_its_line(read, tmp_path, text, file, line, word):
    (tmp_path / "districts.yaml").write_text(text, encoding="utf-8")
    found = [flaw for flaw in flaws(read, GOOD) if word in flaw.what]
    assert [(flaw.file.name, flaw.line) for flaw in found] == [(file, line)]


def test_quiet_hours_without_quotes_are_refused_and_not_read_as_minutes(read):
    wrong = GOOD.replace("2-15-65", "2-15-65\n    quiet_hours: {start: 22:00, end: 08:00}")
    (flaw,) = flaws(read, wrong)
    assert (flaw.line, '"22:00"' in flaw.what) == (5, True)


@pytest.mark.parametrize(
    ("given", "word"), [("", '"2-15-65"'), ("' '", '"2-15-65"'), ("102", '"102"'), (f"'{'1' * 41}'", "40 characters")]
)
def test_a_hotline_that_nobody_could_call_is_refused(read, given, word):
    (flaw,) = flaws(read, GOOD.replace("2-15-65", given))
    assert (flaw.line, word in flaw.what) == (4, True)


def test_a_districts_key_must_fit_the_consoles_addresses(read):
    (flaw,) = flaws(read, GOOD.replace("akkaiyn:", "Аққайың ауданы:"))
    assert (flaw.line, "Latin letters" in flaw.what) == (2, True)


@pytest.mark.parametrize("address", ["publisher.example.kz", "ftp://publisher.example.kz", "https://"])
def test_the_consoles_address_must_be_a_whole_one(read, address):
    (flaw,) = flaws(read, GOOD + f"site:\n  public_url: {address}\n")
    assert (flaw.line, "https://" in flaw.what) == (10, True)


def test_a_number_where_text_belongs_is_to_be_put_in_quotes(read):
    (flaw,) = flaws(read, GOOD + "site:\n  name: 102\n")
    assert (flaw.line, flaw.hint) == (10, "Put it in quotes.")


@pytest.mark.parametrize("host", ["https://akimat.kz", "akimat.kz/", '"*.gov.kz"', "gov.kz."])
def test_an_allowed_site_is_named_by_its_host_alone(read, host):
    (flaw,) = flaws(read, GOOD + f"link_hosts: [egov.kz, {host}]\n")
    assert "like gov.kz" in flaw.what


def test_an_account_without_private_talks_cannot_answer_residents(read):
    people = GOOD + "  by-hand: {type: whatsapp_relay}\nresidents: {accounts: [by-hand]}\n"
    (flaw,) = flaws(read, people)
    assert "by-hand has no private talks" in flaw.what


def test_settings_that_are_not_utf8_are_told_as_such(tmp_path):
    (tmp_path / "config.yaml").write_bytes("site: {name: Полиция}\n".encode("cp1251"))
    with pytest.raises(FlawedFile, match="UTF-8"):
        load(Home(tmp_path))


def test_a_list_in_place_of_districts_is_a_flaw_also_beside_districts_yaml(read, tmp_path):
    (tmp_path / "districts.yaml").write_text("districts: {}\n", encoding="utf-8")
    (flaw,) = flaws(read, "districts:\n  - akkaiyn\n")
    assert "districts" in flaw.what


def test_a_day_that_does_not_exist_names_its_line():
    with pytest.raises(FlawedFile) as flawed:
        parse(Path("plan.yaml"), "name: a\nskip:\n  - {from: 2026-11-01, to: 2026-11-31}\n")
    (flaw,) = flawed.value.flaws
    assert (flaw.line, "2026-11-31" in flaw.what) == (3, True)


def test_a_text_saved_by_notepad_is_read(tmp_path):
    (tmp_path / "kk.md").write_bytes("\ufeff---\nname: a\n---\nСәлем\n".encode())

    class Matter(BaseModel):
        name: str

    assert read_front_matter(tmp_path / "kk.md", Matter)[:2] == (Matter(name="a"), "Сәлем")


def test_what_a_databases_address_asks_for_is_not_dropped():
    made = database_for("postgresql://u@db.example.kz/n?sslmode=require&connect_timeout=5")
    assert (made["NAME"], made["OPTIONS"]) == ("n", {"sslmode": "require", "connect_timeout": "5"})

"""A spreadsheet: every flaw with its cell before anything is done; written twice it makes nothing twice."""

from __future__ import annotations

import json
import zipfile
from argparse import Namespace
from datetime import datetime, time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from openpyxl import Workbook
from PIL import Image

from publisher import commands
from publisher.config import Home
from publisher.deliver import channels as deliver_channels
from publisher.deliver.models import Channel
from publisher.importing import command
from publisher.people.audit import shell_actor
from publisher.people.models import Brand, District, Invitation, Region

GOOD = {
    "regions": [["key", "name_kk", "name_ru"], ["turkistan", "Түркістан облысы", "Туркестанская область"]],
    "districts": [
        ["key", "name_kk", "name_ru", "hotline", "region", "population", "languages"],
        ["otyrar", "Отырар ауданы", "Отрарский район", 102, "turkistan", 52000, "kk"],
        ["sayram", "Сайрам ауданы", "Сайрамский район", "5-02-02", "turkistan", None, "kk,ru"],
    ],
    "people": [["name", "role", "district", "region"], ["Айгүл", "officer", "otyrar", None]],
    "channels": [
        ["key", "account", "target", "district", "languages", "tags"],
        ["otyrar-tg", "telegram-main", "@otyrar_police", "otyrar", None, "residents"],
    ],
}


@pytest.fixture(autouse=True)
def home(tmp_path, district, accounts, monkeypatch) -> Home:
    """The tests' own deployment, in a folder that may be written."""
    (tmp_path / "config.yaml").write_text(django_settings.HOME.config_file.read_text(encoding="utf-8"))
    (tmp_path / "media").symlink_to(django_settings.HOME.media)
    monkeypatch.setattr(django_settings, "HOME", Home(tmp_path))

    async def nobody_there(account, target):
        return None

    monkeypatch.setattr(deliver_channels, "look_up", nobody_there)
    return django_settings.HOME


def book(tmp_path, tables) -> Path:
    made = Workbook()
    made.remove(made.active)
    for name, lines in tables.items():
        page = made.create_sheet(name)
        for line in lines:
            page.append(line)
    path = tmp_path / "country.xlsx"
    made.save(path)
    return path


def call(capsys, *files, write=False):
    given = Namespace(files=list(files), live=False, write=write, json=True)
    code = commands.reporting(command.run, given)
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def test_a_dry_run_changes_nothing(tmp_path, capsys, home):
    code, told = call(capsys, book(tmp_path, GOOD))
    assert (code, told["flaws"], told["written"], told["districts"]) == (0, [], False, 2)
    assert not home.districts_file.exists()
    assert not Channel.objects.exists()


def test_every_flaw_is_named_with_its_cell(tmp_path, capsys, home):
    wrong = {
        "districts": [
            ["key", "name_kk", "name_ru", "hotline", "region", "population", "languages", "colour"],
            ["Отырар", "Отырар ауданы", "Отрарский район", "102", "none", "many", "kz", "red"],
            ["akkaiyn", "А", "А", "1", None, None, None, None],
        ],
        "people": [["name", "role", "district"], [None, "boss", "nowhere"]],
        "channels": [
            ["key", "account", "target", "district", "languages"],
            ["a", "none", None, "esil", "xx"],
            ["a", "telegram-main", "@a", "esil", "kk"],
        ],
        "extra": [["x"]],
    }
    code, told = call(capsys, book(tmp_path, wrong), write=True)
    cells = [flaw["cell"] for flaw in told["flaws"]]
    assert code == 2
    assert {"districts!A2", "districts!E2", "districts!F2", "districts!G2", "districts!H1", "districts!A3"} <= set(
        cells
    )
    assert {"people!A2", "people!B2", "people!C2"} <= set(cells)
    assert {"channels!B2", "channels!C2", "channels!E2", "channels!A3", "extra!A1"} <= set(cells)
    assert not home.districts_file.exists()
    assert not Invitation.objects.exists()


def test_written_it_makes_districts_invitations_and_channels(tmp_path, capsys, home):
    code, told = call(capsys, book(tmp_path, GOOD), write=True)
    assert (code, told["written"], told["new_channels"]) == (0, True, ["otyrar-tg"])
    place = District.objects.get(pk="otyrar")
    assert (place.hotline, place.population, place.languages, place.region_id) == ("102", 52000, ["kk"], "turkistan")
    assert District.objects.get(pk="sayram").population is None
    assert told["invitations"][0]["name"] == "Айгүл"
    assert Invitation.objects.get().district_id == "otyrar"
    channel = Channel.objects.get()
    assert (channel.district_id, channel.languages, channel.tags) == ("otyrar", ["kk"], ["residents"])
    assert Region.objects.filter(pk="turkistan").exists()


def test_written_again_it_keeps_what_is_there_and_changes_what_differs(tmp_path, capsys, home):
    call(capsys, book(tmp_path, GOOD), write=True)
    home.districts_file.write_text(
        home.districts_file.read_text(encoding="utf-8") + "  kentau: {name: {kk: К, ru: К}, hotline: '1'}\n",
        encoding="utf-8",
    )
    again = GOOD | {"people": [["name", "role"]], "districts": [*GOOD["districts"][:2]]}
    again["districts"] = [again["districts"][0], ["otyrar", "Отырар ауданы", "Отрарский район", "3-33-33", "", "", ""]]
    code, told = call(capsys, book(tmp_path, again), write=True)
    assert (code, told["channels"]) == (0, 0)
    assert District.objects.get(pk="otyrar").hotline == "3-33-33"
    assert "kentau" in home.districts_file.read_text(encoding="utf-8")
    assert "sayram" in home.districts_file.read_text(encoding="utf-8")


def test_csv_files_are_read_one_table_each(tmp_path, capsys):
    path = tmp_path / "аудандар.csv"
    path.write_text("\ufeffkey;name_kk;name_ru;hotline\nsozaq;Созақ;Сузак;102\n", encoding="utf-8")
    assert call(capsys, path, write=True)[0] == 0
    assert District.objects.get(pk="sozaq").hotline == "102"


def test_what_is_no_spreadsheet_is_refused(tmp_path, capsys):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"no")
    assert call(capsys, path)[0] == 2
    assert call(capsys, tmp_path / "none.xlsx")[0] == 2


def with_looks(*lines) -> dict[str, list]:
    head = ["key", "name_kk", "name_ru", "hotline", "background", "accent", "logo", "signed_kk"]
    return {"districts": [head, *lines]}


def test_a_look_comes_with_its_district(tmp_path, capsys, home):
    Image.new("RGB", (200, 200), (200, 30, 30)).save(tmp_path / "otyrar.png")
    table = with_looks(["otyrar", "Отырар", "Отрар", 102, "#0E4D3A", "#FFD54A", "otyrar.png", "Отырар полициясы"])
    code, _told = call(capsys, book(tmp_path, table), write=True)
    saved = Brand.objects.get()
    assert (code, saved.district_id, saved.night, saved.name_kk) == (0, "otyrar", "#0E4D3A", "Отырар полициясы")
    assert bytes(saved.logo).startswith(b"\x89PNG")


def test_what_is_wrong_with_a_look_is_named_with_its_cell(tmp_path, capsys, home):
    (tmp_path / "drawing.png").write_bytes(b"<svg/>")
    lines = [
        ["a", "А", "А", 102, "#FF0000", None, None, None],
        ["b", "Б", "Б", 102, None, "#102030", None, None],
        ["c", "В", "В", 102, None, None, "none.png", None],
        ["d", "Г", "Г", 102, None, None, "../config.yaml", None],
        ["e", "Д", "Д", 102, None, None, "drawing.png", None],
        ["f", "Е", "Е", 102, "red", None, None, None],
    ]
    code, told = call(capsys, book(tmp_path, with_looks(*lines)), write=True)
    cells = {flaw["cell"]: flaw["what"] for flaw in told["flaws"]}
    assert (code, set(cells)) == (2, {f"districts!{cell}" for cell in ("E2", "F3", "G4", "G5", "G6", "E7")})
    assert "#D70000" in cells["districts!E2"]
    assert not Brand.objects.exists()


def test_a_number_that_the_spreadsheet_took_for_a_date_and_half_quiet_hours_are_flaws(tmp_path, capsys):
    head = ["key", "name_kk", "name_ru", "hotline", "quiet_from", "quiet_to"]
    one = ["otyrar", "Отырар ауданы", "Отрарский район", datetime(1965, 11, 2), "22:00", "08:00"]
    other = ["sayram", "Сайрам ауданы", "Сайрамский район", "5-02-02", None, time(8)]
    code, told = call(capsys, book(tmp_path, {"districts": [head, one, other]}))
    assert (code, [flaw["cell"] for flaw in told["flaws"]]) == (2, ["districts!D2", "districts!F3"])
    assert "format the cell as text" in told["flaws"][0]["what"]


def test_a_csv_in_another_encoding_says_how_to_save_it(tmp_path, capsys):
    path = tmp_path / "districts.csv"
    path.write_bytes("key;name_kk;name_ru;hotline\notyrar;Отрар;Отрар;102\n".encode("cp1251"))
    assert commands.reporting(command.run, Namespace(files=[path], live=False, write=False, json=True)) == 2
    assert "CSV UTF-8" in capsys.readouterr().err


def test_a_file_that_is_no_spreadsheet_is_told_as_such(tmp_path, capsys):
    path = tmp_path / "country.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types")
    assert commands.reporting(command.run, Namespace(files=[path], live=False, write=False, json=True)) == 2
    assert "country.xlsx is no xlsx file" in capsys.readouterr().err


def test_one_chat_for_two_channels_is_a_flaw_and_not_half_an_import(tmp_path, capsys, district):
    head = ["key", "account", "target", "district"]
    rows = [head, ["one", "telegram-main", "@a", "akkaiyn"], ["two", "telegram-main", "@a", "akkaiyn"]]
    code, told = call(capsys, book(tmp_path, GOOD | {"channels": rows}), write=True)
    assert (code, [flaw["cell"] for flaw in told["flaws"]]) == (2, ["channels!C3"])
    assert not Invitation.objects.exists()
    given = {"languages": ["kk"], "district": district, "actor": shell_actor(), "platform_kind": "channel"}
    deliver_channels.add("zero", "telegram-main", "@a", **given)
    assert call(capsys, book(tmp_path, GOOD | {"channels": rows[:2]}))[1]["flaws"][0]["cell"] == "channels!C2"


def test_nobody_is_invited_before_everything_else_stands(tmp_path, capsys, monkeypatch):
    def refused(row):
        raise deliver_channels.NotAdded("Taken.", "")

    monkeypatch.setattr(command, "_channel", refused)
    assert call(capsys, book(tmp_path, GOOD), write=True)[0] == 2
    assert not Invitation.objects.exists()

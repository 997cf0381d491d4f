"""What we bring along is what was reviewed; what we wrote reaches for no other host and needs no inline code."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = ROOT / "publisher/console"
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html")) + sorted(
    (ROOT / "publisher/report/templates").rglob("_*.html")
)
OWN = [
    *TEMPLATES,
    *sorted(path for path in (CONSOLE / "static/console").iterdir() if path.is_file()),
    *sorted(CONSOLE.rglob("*.py")),
]


@pytest.fixture(scope="module")
def vendor():
    spec = importlib.util.spec_from_file_location("vendor", ROOT / "tools/vendor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_vendored_file_has_the_reviewed_hash(vendor):
    vendor.check()


def test_a_changed_file_is_noticed(vendor):
    package = vendor.packages()[0]
    name = next(iter(package["files"]))
    contents = {**vendor.on_disk(package), name: b"changed"}
    assert len(list(vendor.differences(package, contents))) == 1


def test_nothing_lies_there_that_is_not_listed(vendor):
    listed = {vendor.place(package, name) for package in vendor.packages() for name in package["files"]}
    folders = (vendor.VENDOR, vendor.ROOT / "tests/vendor")
    assert {path for folder in folders for path in folder.rglob("*") if path.is_file()} == listed | {vendor.LIST}


def test_every_package_has_its_licence_beside_it(vendor):
    for package in vendor.packages():
        assert package["licence"]
        assert vendor.place(package, "LICENSE").exists()


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_no_page_of_ours_names_another_host(path):
    text = path.read_text(encoding="utf-8")
    for address in re.findall(r"https?://[\w.{-]+", text):
        assert address in ("http://www.w3.org", "http://127.0.0.1", "https://address", "https://", "https://t.me"), (
            f"{path}: {address}"
        )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_code_or_style_in_it(path):
    text = path.read_text(encoding="utf-8")
    text = text.replace('<script type="application/json"', "")  # data, which nothing runs
    assert not re.search(r"\sstyle=|\son\w{3,}=|<style|<script(?![^>]*\bsrc=)|javascript:|hx-on|hx-vals=.js", text)


def test_exactly_the_icons_in_use_are_brought_along(vendor):
    text = "".join(path.read_text(encoding="utf-8") for path in OWN)
    brought = {icon for package in vendor.packages() for icon in package.get("icons", [])}
    named = set(re.findall(r'\{% icon "([\w-]+)"', text)) | set(
        re.findall(r'(?:Look\("\w+", |Entry\("\w+", )"([\w-]+)"', text)
    )
    assert named | {"brand-telegram", "brand-whatsapp"} == brought


def test_the_font_has_every_kazakh_letter():
    css = (CONSOLE / "static/console/console.css").read_text(encoding="utf-8")
    ranges = [
        range(int(first, 16), int(last or first, 16) + 1)
        for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", css)
    ]
    assert all(any(ord(letter) in one for one in ranges) for letter in "ӘәҒғҚқҢңӨөҰұҮүҺһІіЁё№—«»…")

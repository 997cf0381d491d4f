"""Brings the console's style sheet, script, font and icons into publisher/console/static/vendor, hash by hash.

python tools/vendor.py           fetch the pinned versions with npm, refuse what differs from vendor.toml
python tools/vendor.py --check   only compare the files that are there (no network)
python tools/vendor.py --write   fetch, and write the hashes found into vendor.toml (for an upgrade)
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "publisher/console/static/vendor"
LIST = VENDOR / "vendor.toml"
SHAPES = re.compile(r"<(?:path|circle|rect|line|polyline|polygon|ellipse)\b[^>]*>")


class Differs(Exception):
    """A file is missing, or is not the one that was reviewed."""


def packages() -> list[dict[str, Any]]:
    return tomllib.loads(LIST.read_text(encoding="utf-8"))["package"]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def place(package: dict[str, Any], name: str) -> Path:
    """`under`: what only the tests need does not go into the console's folder."""
    root = ROOT / package["under"] if "under" in package else VENDOR
    return root / package["folder"] / Path(name).name


def unpack(package: dict[str, Any], into: Path) -> Path:
    """`npm pack` runs nothing of the package: it only fetches the published archive."""
    command = ["npm", "pack", "--silent", "--ignore-scripts", f"{package['name']}@{package['version']}"]
    done = subprocess.run(command, cwd=into, check=True, capture_output=True, text=True)
    with tarfile.open(into / done.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(into, filter="data")
    return into / "package"


def sprite(icons: list[str], source: Path) -> bytes:
    """One SVG with a symbol for each icon, in the order of the list."""
    symbols = [_symbol(name, (source / "icons/outline" / f"{name}.svg").read_text(encoding="utf-8")) for name in icons]
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'.encode()


def _symbol(name: str, svg: str) -> str:
    shapes = "".join(shape for shape in SHAPES.findall(svg) if 'd="M0 0h24v24H0z"' not in shape)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def fetched(package: dict[str, Any]) -> dict[str, bytes]:
    """The listed files of one package, as published."""
    with tempfile.TemporaryDirectory() as folder:
        source = unpack(package, Path(folder))
        return {name: content_of(package, name, source) for name in package["files"]}


def content_of(package: dict[str, Any], name: str, source: Path) -> bytes:
    """Some packages are published without their licence's text: vendor.toml then has it."""
    if name == "sprite.svg":
        return sprite(package["icons"], source)
    if name == "LICENSE" and "licence_text" in package:
        return package["licence_text"].encode()
    return (source / name).read_bytes()


def differences(package: dict[str, Any], contents: dict[str, bytes]) -> Iterator[str]:
    for name, wanted in package["files"].items():
        found = digest(contents[name]) if name in contents else "no such file"
        if found != wanted:
            yield f"{package['name']} {package['version']} {name}: {found}, vendor.toml says {wanted or 'nothing'}"


def on_disk(package: dict[str, Any]) -> dict[str, bytes]:
    places = {name: place(package, name) for name in package["files"]}
    return {name: path.read_bytes() for name, path in places.items() if path.exists()}


def check() -> None:
    found = [line for package in packages() for line in differences(package, on_disk(package))]
    if found:
        raise Differs("\n".join(found))


def lay_out(package: dict[str, Any], contents: dict[str, bytes]) -> None:
    shutil.rmtree(place(package, "LICENSE").parent, ignore_errors=True)
    for name, content in contents.items():
        path = place(package, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def record(package: dict[str, Any], contents: dict[str, bytes]) -> None:
    """Put the hashes into the package's own part of vendor.toml, leaving its comments alone."""
    before, mark, rest = LIST.read_text(encoding="utf-8").partition(f'name = "{package["name"]}"')
    mine, following, others = rest.partition("[[package]]")
    for name, content in contents.items():
        mine = re.sub(rf'^"{re.escape(name)}" = ".*"$', f'"{name}" = "{digest(content)}"', mine, flags=re.MULTILINE)
    LIST.write_text(before + mark + mine + following + others, encoding="utf-8")


def fetch(*, write: bool) -> None:
    for package in packages():
        contents = fetched(package)
        if write:
            record(package, contents)
        elif found := list(differences(package, contents)):
            raise Differs("\n".join(found))
        lay_out(package, contents)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare the files that are there")
    parser.add_argument("--write", action="store_true", help="write the hashes found into vendor.toml")
    asked = parser.parse_args()
    try:
        check() if asked.check else fetch(write=asked.write)
    except Differs as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(packages())} packages as vendor.toml lists them")
    return 0


if __name__ == "__main__":
    sys.exit(main())

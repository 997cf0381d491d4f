"""One .tar with everything a deployment cannot make again, taken while it runs; and a new folder made from it.

No Django: a restore must work before there are settings. Secrets are left out: var/secret_key (people log in again)
and the files that config.yaml names with *_file.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from publisher import dumping
from publisher.moving.marks import lift, no_password, read_only

ALWAYS = ("config.yaml", "districts.yaml", "content", "schedules")
MEDIA = ("media", "var/uploads", "var/renditions")
MANIFEST = "manifest.json"
FORMAT = 1


class Damaged(Exception):
    """The file is not a backup, or not any more what was written."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup. `files`: path below the deployment's folder → size in bytes and SHA-256."""

    made_at: str
    deployment: str
    epoch: int
    database: str
    with_media: bool
    files: dict[str, dict[str, Any]]
    format: int = FORMAT
    engine: str = "sqlite"


class _Hashed(io.RawIOBase):
    """Hashes what is read through it, so that a file is read once."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sha256, self.size = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.sha256.update(data)
        self.size += len(data)
        return data

    def record(self) -> dict[str, Any]:
        return {"size": self.size, "sha256": self.sha256.hexdigest()}


def write(home: Path, database: Path | str, target: Path, *, with_media: bool) -> Manifest:
    """`database`: SQLite's file below `home`, or PostgreSQL's address.

    `target` appears when it is complete and never before. The database is copied first: its files exist by then.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            saved = _saved(home, database, Path(folder) / "database")
            draft.touch(mode=0o600)
            with tarfile.open(draft, "w", dereference=True) as tar:  # two names of one file are two files
                manifest = _fill(tar, home, saved, with_media)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


@dataclass(frozen=True, slots=True)
class _Saved:
    """A copy of the database, and its place in the archive."""

    file: Path
    name: str
    engine: str
    deployment: str
    epoch: int


def _saved(home: Path, database: Path | str, copy: Path) -> _Saved:
    if isinstance(database, str):
        dumping.dump(database, copy)
        return _Saved(copy, dumping.NAME, "postgresql", *dumping.identity(database))
    _copy_database(database, copy)
    with closing(sqlite3.connect(copy)) as rows:
        found = rows.execute("SELECT id, epoch FROM deliver_deployment").fetchone()
    return _Saved(copy, database.relative_to(home).as_posix(), "sqlite", *found)


def _copy_database(database: Path, copy: Path) -> None:
    """SQLite's own online copy: consistent, and writers go on meanwhile."""
    with closing(sqlite3.connect(read_only(database), uri=True)) as source, closing(sqlite3.connect(copy)) as to:
        source.backup(to)
        to.execute("PRAGMA journal_mode=DELETE")
        _check(to)


def _check(database: sqlite3.Connection) -> None:
    (answer,) = database.execute("PRAGMA integrity_check").fetchone()
    if answer != "ok":
        raise Damaged(f"the database is damaged: {answer}")


def _fill(tar: tarfile.TarFile, home: Path, saved: _Saved, with_media: bool) -> Manifest:
    files = {saved.name: _add(tar, saved.file, saved.name)}
    for path in _files(home, (*ALWAYS, *(MEDIA if with_media else ()))):
        inside = path.relative_to(home).as_posix()
        try:
            files[inside] = _add(tar, path, inside)
        except FileNotFoundError:  # a rendition that was swept away meanwhile is made again when it is needed
            if not inside.startswith("var/"):
                raise
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(made_at, saved.deployment, saved.epoch, saved.name, with_media, files, engine=saved.engine)
    data = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))
    return manifest


def _files(home: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """Without what is still in the making below var/: hidden names, and drafts."""
    for name in names:
        path = home / name
        found = [path] if path.is_file() else sorted(inner for inner in path.rglob("*") if inner.is_file())
        yield from (inner for inner in found if not (name.startswith("var/") and _in_the_making(inner, path)))


def _in_the_making(file: Path, folder: Path) -> bool:
    return file.suffix == ".part" or any(part.startswith(".") for part in file.relative_to(folder).parts)


def _add(tar: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    with path.open("rb") as file:
        entry = tar.gettarinfo(arcname=name, fileobj=file)
        hashed = _Hashed(file)
        tar.addfile(entry, hashed)
    return hashed.record()


def restore(file: Path, folder: Path, database: str = "") -> Manifest:
    """Fill an empty folder; it appears whole or not at all. The copy sends nothing before a person confirms it.

    `database`: an empty PostgreSQL database, for a backup of one.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not an empty folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        manifest = _unpacked(file, draft)
        if manifest.engine == "sqlite" and database:
            raise dumping.NotDumped(
                "This is a backup of a SQLite database. Restore it without --database, then: publisher migrate-to URL"
            )
        if manifest.engine == "sqlite":
            _next_epoch(draft / manifest.database)
        else:
            _load(draft, manifest, database)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _unpacked(file: Path, draft: Path) -> Manifest:
    found: dict[str, dict[str, Any]] = {}
    manifest = None
    try:
        with tarfile.open(file, "r:") as tar:
            for entry in tar:
                if entry.name == MANIFEST:
                    manifest = _manifest(tar.extractfile(entry))
                else:
                    found[entry.name] = _placed(tar, entry, draft)
    except (tarfile.TarError, EOFError) as error:
        raise Damaged(f"{file.name} cannot be read: {error}") from None
    if manifest is None:
        raise Damaged(f"{file.name} is incomplete, or no backup of this program")
    wrong = sorted(name for name in found.keys() | manifest.files.keys() if found.get(name) != manifest.files.get(name))
    if wrong:
        raise Damaged(f"{file.name} is damaged: {', '.join(wrong[:5])}")
    return manifest


def _manifest(file: IO[bytes] | None) -> Manifest:
    try:
        manifest = Manifest(**json.load(file))  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise Damaged(f"its {MANIFEST} cannot be read: {error}") from None
    if manifest.format != FORMAT:
        raise Damaged(f"it was written by another version (format {manifest.format})")
    return manifest


def _placed(tar: tarfile.TarFile, entry: tarfile.TarInfo, draft: Path) -> dict[str, Any]:
    """Only ordinary files, and none outside the folder."""
    inside = PurePosixPath(entry.name)
    content = tar.extractfile(entry) if entry.isfile() else None
    if content is None or inside.is_absolute() or ".." in inside.parts:
        raise Damaged(f"it holds something strange: {entry.name}")
    path = draft / inside
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    hashed = _Hashed(content)
    with path.open("wb") as file:
        shutil.copyfileobj(hashed, file, 1 << 20)
    return hashed.record()


def _load(draft: Path, manifest: Manifest, url: str) -> None:
    """The folder's config.yaml names the new database: with the old line the copy would work on the original's."""
    if not url:
        raise dumping.NotDumped(
            "This is a backup of a PostgreSQL database. Give an empty one: --database postgresql://USER@HOST/NAME"
        )
    dumping.load(url, draft / manifest.database, manifest.deployment)
    (draft / manifest.database).unlink()
    config = draft / "config.yaml"
    line = f"database: {no_password(url)}"
    text, changed = re.subn(r"(?m)^database:.*$", lambda _: line, config.read_text(encoding="utf-8"), count=1)
    config.write_text(text if changed else f"{line}\n{text}", encoding="utf-8")


def _next_epoch(database: Path) -> None:
    """The first start sees that this folder never confirmed the new epoch, and holds everything back."""
    with closing(sqlite3.connect(database)) as rows:
        _check(rows)
        lift(rows)
        rows.execute("UPDATE deliver_deployment SET epoch = epoch + 1")
        rows.commit()

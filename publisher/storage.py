"""One place for uploads where several machines work: a shared folder, or a bucket that speaks S3.

var/ stays every machine's own copy: what is read is brought there once, checked by its hash. Without
`files:` in config.yaml there is only var/, and nothing here does anything.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from abc import ABC, abstractmethod
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File

from publisher.compose.refusal import Refusal

if TYPE_CHECKING:
    from publisher.config import Bucket

PIECE = 1 << 20


class NotReached(OSError):
    """The place does not answer. What was asked for may be there or not."""


class Broken(OSError):
    """The place answers: the file is not there, or it is not what its name says."""


class Place(ABC):
    """Files never change: one that is there is the right one, or it is broken."""

    @abstractmethod
    def has(self, name: str) -> bool: ...

    @abstractmethod
    def put(self, name: str, source: Path) -> None:
        """Seen by others when it is whole, and never before."""

    @abstractmethod
    def read(self, name: str) -> IO[bytes]:
        """Raises FileNotFoundError."""


class Folder(Place):
    """Mounted on every machine (NFS, SMB). An empty mount point must not be taken for the share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, name: str) -> Path:
        if not self.folder.is_dir():
            raise NotReached(f"there is no folder {self.folder}")
        return self.folder / name

    def has(self, name: str) -> bool:
        return self._path(name).is_file()

    def put(self, name: str, source: Path) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.uname().nodename}.{os.getpid()}")
        try:
            shutil.copyfile(source, draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def read(self, name: str) -> IO[bytes]:
        return self._path(name).open("rb")


class S3(Place):
    """By django-storages. Its errors have many classes; whatever is not “no such file” means: not reached."""

    def __init__(self, bucket: Bucket) -> None:
        try:
            from botocore.config import Config
            from storages.backends.s3 import S3Storage
        except ImportError:
            raise NotReached("S3 needs more packages: pip install 'awareness-publisher[s3]'") from None
        self.storage = S3Storage(
            bucket_name=bucket.bucket,
            endpoint_url=bucket.endpoint or None,
            region_name=bucket.region or None,
            access_key=bucket.access_key,
            secret_key=bucket.secret_key.get_secret_value(),
            location=bucket.prefix,
            default_acl=None,
            file_overwrite=True,
            max_memory_size=PIECE,
            client_config=Config(
                s3={"addressing_style": "path" if bucket.endpoint else "auto"},
                signature_version="s3v4",
                connect_timeout=10,
                read_timeout=60,
                retries={"mode": "standard", "total_max_attempts": 2},  # the engine tries again by itself
            ),
        )

    def has(self, name: str) -> bool:
        with _told():
            return bool(self.storage.exists(name))

    def put(self, name: str, source: Path) -> None:
        with _told(), source.open("rb") as file:
            self.storage.save(name, File(file))

    def read(self, name: str) -> IO[bytes]:
        with _told():
            file: Any = self.storage.open(name, "rb")
            file.seek(0)  # fetches it
            return file


class _told:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, (Boto3Error, BotoCoreError, ClientError)):
            raise NotReached(f"the bucket: {error}") from None


@cache
def place() -> Place | None:
    given = settings.CONFIG.files
    if given is None:
        return None
    return Folder(settings.HOME.path / given) if isinstance(given, str) else S3(given)


def keep(name: str) -> None:
    """After a file was written below var/: the other machines get it too. Raises NotReached."""
    there = place()
    if there is None or there.has(name):
        return
    try:
        there.put(name, settings.HOME.var / name)
    except OSError as error:
        raise error if isinstance(error, NotReached) else NotReached(str(error)) from error


def share(sender: object, instance: Any, **_: object) -> None:
    """Called when an Upload is saved: other machines see its row only when its files are there."""
    try:
        for name in filter(None, (instance.path, instance.thumbnail)):
            keep(name)
    except NotReached as error:
        raise Refusal("storage_away", why=str(error)) from error


def local(name: str, sha256: str = "") -> Path:
    """The file below var/, brought there if it is another machine's. Raises NotReached or Broken."""
    path: Path = settings.HOME.var / name
    there = place()
    if there is not None and not path.is_file():
        _bring(there, name, path, sha256)
    return path


def try_local(name: str, sha256: str = "") -> Path:
    """For showing: a file that cannot be had now is simply not there."""
    with suppress(NotReached, Broken):
        return local(name, sha256)
    return settings.HOME.var / name


def _bring(there: Place, name: str, path: Path, sha256: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
    try:
        found = _copied(there, name, draft)
        if sha256 and found != sha256:
            raise Broken(f"{name} is not what was uploaded (its bytes have another hash)")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _copied(there: Place, name: str, draft: Path) -> str:
    """Returns the SHA-256 of what came."""
    digest = hashlib.sha256()
    try:
        with there.read(name) as source, draft.open("wb") as out:
            while piece := source.read(PIECE):
                digest.update(piece)
                out.write(piece)
    except FileNotFoundError:
        raise Broken(f"{name} is not in the shared place") from None
    except (NotReached, Broken):
        raise
    except OSError as error:
        raise NotReached(str(error)) from error
    return digest.hexdigest()

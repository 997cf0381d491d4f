"""Uploads in one place for all machines: a shared folder, or a bucket."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from publisher import storage
from publisher.compose.models import Upload
from publisher.compose.refusal import Refusal
from publisher.config import Bucket, Home
from publisher.connectors.base import Media, Message
from publisher.connectors.errors import Refused, Unavailable
from publisher.deliver import files
from tests.s3_stand import bucket

DATA = bytes(range(256)) * 40_000  # 10 MB: larger than one part
SHA = hashlib.sha256(DATA).hexdigest()
NAME = f"uploads/{SHA[:2]}/{SHA}.mp4"


@pytest.fixture(scope="module")
def stand():
    with bucket() as stand:
        yield stand


@pytest.fixture(params=["folder", "bucket"])
def shared(request, settings, tmp_path, stand):
    """The place, reached from two machines; `machine(n)` sets which of them this is."""
    stand.objects.clear()
    stand.asked.clear()
    stand.away = False
    (tmp_path / "share").mkdir()
    where = str(tmp_path / "share")
    if request.param == "bucket":
        where = Bucket(bucket=stand.bucket, endpoint=stand.url, region="kz", access_key="k", secret_key="s", prefix="p")
    settings.CONFIG = settings.CONFIG.model_copy(update={"files": where})
    storage.place.cache_clear()
    yield Shared(request.param, settings, tmp_path, stand)
    storage.place.cache_clear()


class Shared:
    def __init__(self, kind, settings, folder: Path, stand) -> None:
        self.kind, self.settings, self.folder, self.stand = kind, settings, folder, stand

    def machine(self, number: int) -> Path:
        home = Home(self.folder / f"machine{number}")
        home.path.mkdir(exist_ok=True)
        self.settings.HOME = home
        return home.var

    def put(self, name=NAME, data=DATA) -> None:
        path = self.machine(1) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        storage.keep(name)

    def spoil(self, name=NAME) -> None:
        if self.kind == "folder":
            (self.folder / "share" / name).write_bytes(b"other")
        else:
            self.stand.objects[f"p/{name}"] = b"other"

    def go_away(self) -> None:
        self.stand.away = True
        if self.kind == "folder":
            (self.folder / "share").rename(self.folder / "gone")


def film(var: Path, remote_id="") -> Message:
    media = Media(var / NAME, "video", "video/mp4", len(DATA), SHA, remote_id=remote_id)
    return Message("d-1", "Бейне", media=(media,))


def test_a_file_of_one_machine_is_brought_to_another_once(shared):
    shared.put()
    var = shared.machine(2)
    assert storage.local(NAME, SHA).read_bytes() == DATA
    assert storage.local(NAME, SHA) == var / NAME
    assert [path.name for path in (var / NAME).parent.iterdir()] == [f"{SHA}.mp4"]


def test_a_file_that_is_there_is_not_sent_again(shared):
    shared.put()
    asked = len(shared.stand.asked)
    storage.keep(NAME)
    assert not [line for line in shared.stand.asked[asked:] if line.startswith(("PUT", "POST"))]


def test_a_file_whose_bytes_are_not_the_uploaded_ones_is_not_used(shared):
    shared.put()
    shared.spoil()
    var = shared.machine(2)
    with pytest.raises(storage.Broken):
        storage.local(NAME, SHA)
    assert not list((var / NAME).parent.iterdir())


def test_a_file_that_is_nowhere_is_broken_and_a_place_that_is_away_is_not(shared):
    shared.machine(2)
    with pytest.raises(storage.Broken):
        storage.local(NAME, SHA)
    shared.go_away()
    with pytest.raises(storage.NotReached):
        storage.local(NAME, SHA)
    with pytest.raises(storage.NotReached):
        shared.put()


async def test_a_worker_brings_the_film_before_its_request(shared):
    shared.put()
    var = shared.machine(2)
    await files.bring(film(var))
    assert (var / NAME).read_bytes() == DATA


async def test_what_the_platform_has_already_needs_no_file(shared):
    await files.bring(film(shared.machine(2), remote_id="known"))
    assert shared.stand.asked == []


async def test_a_place_that_is_away_is_waited_for_and_a_broken_file_refused(shared):
    var = shared.machine(2)
    with pytest.raises(Refused) as refused:
        await files.bring(film(var))
    assert refused.value.reason == "broken_media"
    shared.go_away()
    with pytest.raises(Unavailable):
        await files.bring(film(var))


@pytest.mark.django_db
def test_an_upload_is_shared_when_it_is_saved_or_not_saved_at_all(shared):
    path = shared.machine(1) / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(DATA)
    fields = {"path": NAME, "name": "f.mp4", "kind": "video", "mime": "video/mp4", "size": len(DATA)}
    Upload.objects.create(sha256=SHA, **fields)
    shared.machine(2)
    assert storage.local(NAME, SHA).read_bytes() == DATA
    shared.go_away()
    with pytest.raises(Refusal) as refused:
        Upload.objects.create(sha256="b" * 64, **fields | {"path": "uploads/other.mp4"})
    assert refused.value.code == "storage_away"


def test_without_a_place_there_is_only_the_machines_own_folder(settings, tmp_path):
    storage.place.cache_clear()
    settings.HOME = Home(tmp_path)
    storage.keep("uploads/none.mp4")
    assert storage.local("uploads/none.mp4", SHA) == tmp_path / "var/uploads/none.mp4"


async def test_a_place_that_is_away_is_named_by_the_live_check(shared):
    from publisher import checkup

    shared.machine(1)
    assert checkup._shared_place() == []
    shared.go_away()
    (problem,) = checkup._shared_place()
    assert problem.startswith("files: ")

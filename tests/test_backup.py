from __future__ import annotations

import io
import sqlite3
import stat
import tarfile

import pytest

from publisher import backup
from publisher.dumping import NotDumped


@pytest.fixture
def home(tmp_path):
    """A deployment's folder with a database, two texts, a film and a secret."""
    folder = tmp_path / "home"
    for name, text in {
        "config.yaml": "site: {}\n",
        "districts.yaml": "districts: {}\n",
        "content/a/kk.md": "Ескерту",
        "schedules/week.yaml": "[]",
        "media/brand/logo.svg": "<svg/>",
        "var/uploads/aa/film.mp4": "film",
        "var/secret_key": "secret",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    database = sqlite3.connect(folder / "var/publisher.sqlite3")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE deliver_deployment (id TEXT, epoch INTEGER)")
    database.execute("INSERT INTO deliver_deployment VALUES ('abc', 1)")
    database.commit()
    yield folder
    database.close()


def written(home, tmp_path, *, with_media=True):
    return backup.write(home, home / "var/publisher.sqlite3", tmp_path / "b.tar", with_media=with_media)


def test_a_restore_brings_back_every_file_and_the_next_epoch(home, tmp_path):
    manifest = written(home, tmp_path)
    backup.restore(tmp_path / "b.tar", tmp_path / "new")
    for name in manifest.files.keys() - {"var/publisher.sqlite3"}:
        assert (tmp_path / "new" / name).read_bytes() == (home / name).read_bytes()
    rows = sqlite3.connect(tmp_path / "new/var/publisher.sqlite3")
    assert rows.execute("SELECT id, epoch FROM deliver_deployment").fetchall() == [("abc", 2)]
    rows.close()


def test_a_backup_holds_no_secret_and_only_the_owner_reads_it(home, tmp_path):
    manifest = written(home, tmp_path)
    assert "var/secret_key" not in manifest.files
    assert stat.S_IMODE((tmp_path / "b.tar").stat().st_mode) == 0o600


def test_media_are_left_out_when_asked(home, tmp_path):
    names = set(written(home, tmp_path, with_media=False).files)
    assert names == {"var/publisher.sqlite3", "config.yaml", "districts.yaml", "content/a/kk.md", "schedules/week.yaml"}


def test_what_is_committed_during_the_backup_does_no_harm(home, tmp_path):
    writer = sqlite3.connect(home / "var/publisher.sqlite3")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE deliver_deployment SET epoch = 7")
    assert written(home, tmp_path).epoch == 1
    writer.commit()
    writer.close()


def test_a_folder_with_something_in_it_is_not_restored_into(home, tmp_path):
    written(home, tmp_path)
    with pytest.raises(FileExistsError):
        backup.restore(tmp_path / "b.tar", home)
    assert (home / "var/secret_key").exists()


def test_a_half_written_backup_leaves_no_file(home, tmp_path):
    (home / "var/publisher.sqlite3").write_bytes(b"no database at all" * 1000)
    (home / "var/publisher.sqlite3-wal").unlink(missing_ok=True)
    with pytest.raises(sqlite3.DatabaseError):
        written(home, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("cut", [0.3, 0.5])
def test_a_backup_that_was_cut_off_is_refused(home, tmp_path, cut):
    written(home, tmp_path)
    whole = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "b.tar").write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(backup.Damaged):
        backup.restore(tmp_path / "b.tar", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "content/../../evil"])
def test_a_file_that_would_land_outside_is_refused(tmp_path, name):
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(backup.Damaged, match="strange"):
        backup.restore(tmp_path / "b.tar", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["b.tar"]


def test_what_is_no_backup_is_refused(tmp_path):
    (tmp_path / "b.tar").write_text("hello" * 1000)
    with pytest.raises(backup.Damaged):
        backup.restore(tmp_path / "b.tar", tmp_path / "new")


def test_two_names_of_one_file_come_back_as_two_files(home, tmp_path):
    (home / "media/brand/again.svg").hardlink_to(home / "media/brand/logo.svg")
    written(home, tmp_path)
    backup.restore(tmp_path / "b.tar", tmp_path / "new")
    assert (tmp_path / "new/media/brand/again.svg").read_text() == "<svg/>"


def test_films_in_the_making_and_files_that_vanish_do_not_end_a_backup(home, tmp_path, monkeypatch):
    for name in (".making-a/scene.ts", "b.mp4", "c.mp4.1.part", "gone.mp4"):
        path = home / "var/renditions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    found = list(backup._files(home, (*backup.ALWAYS, *backup.MEDIA)))
    (home / "var/renditions/gone.mp4").unlink()
    monkeypatch.setattr(backup, "_files", lambda *_: found)
    manifest = written(home, tmp_path)
    assert [name for name in manifest.files if "renditions" in name] == ["var/renditions/b.mp4"]


@pytest.mark.parametrize("name", ["a#1", "a?b", "a%20b"])
def test_a_folder_may_have_any_name(home, tmp_path, name):
    other = home.rename(tmp_path / name)
    backup.write(other, other / "var/publisher.sqlite3", tmp_path / "b.tar", with_media=True)
    backup.restore(tmp_path / "b.tar", tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "b.tar", "new"])


def test_a_backup_of_sqlite_is_not_restored_as_if_it_went_into_postgresql(home, tmp_path):
    written(home, tmp_path)
    with pytest.raises(NotDumped, match="migrate-to"):
        backup.restore(tmp_path / "b.tar", tmp_path / "new", "postgresql://u@h/n")
    assert not (tmp_path / "new").exists()

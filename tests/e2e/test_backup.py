"""A backup taken while the program sends, restored elsewhere: nothing is missing, and nothing is sent a second time."""

from __future__ import annotations

import shutil
import tarfile

import pytest

from tests.e2e.deployment import Deployment, practice, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]


@pytest.fixture
def platform(tmp_path):
    with practice(tmp_path / "platform", "--relaxed-rates", "--no-residents") as platform:
        yield platform


@pytest.fixture
def here(tmp_path, platform):
    deployment = Deployment(tmp_path / "home", platform)
    deployment.chat = platform.channel("Арна")
    deployment.run(
        "channel", "add", "a", "--account", "telegram-main", "--target", deployment.chat, "--languages", "kk"
    )
    return deployment


def queue(here, *names):
    return [
        here.run("post", str(here.write(name, f"Ескерту {name}. {{hotline}}")), "--to", "a").strip() for name in names
    ]


def restored(tmp_path, platform, file) -> Deployment:
    """The backup in a new folder, with the same settings."""
    folder = tmp_path / "copy"
    there = Deployment(tmp_path / "elsewhere", platform)
    there.run("restore", str(file), str(folder))
    there.home, there.environment = folder, {**there.environment, "PUBLISHER_HOME": str(folder)}
    return there


def test_a_restored_copy_sends_nothing_that_the_original_sent(tmp_path, here, platform):
    sent = queue(here, "a")
    here.run("work", "--until-idle")
    waiting = queue(here, "b", "c", "d")
    file = tmp_path / "b.tar"
    here.run("backup", str(file))
    here.run("work", "--until-idle")
    assert sum(platform.judge()[here.chat].values()) == 4

    there = restored(tmp_path, platform, file)
    there.run("work", "--until-idle")
    assert "restored" in there.attempt("queue").stderr
    assert there.json("resume", "--after-restore")["held"] == 3
    there.run("work", "--until-idle")
    assert set(platform.judge()[here.chat].values()) == {1}
    assert len(platform.judge()[here.chat]) == 4

    assert there.json("show", sent[0])["deliveries"][0]["state"] == "sent"
    assert [there.json("show", post)["deliveries"][0]["held"] for post in waiting] == ["restored"] * 3
    there.run("backlog", "drop")
    queue_of_its_own = there.run("post", str(there.write("new", "Жаңа. {hotline}")), "--to", "a").strip()
    there.run("work", "--until-idle")
    assert there.json("show", queue_of_its_own)["deliveries"][0]["state"] == "sent"


def test_a_database_carried_into_another_folder_is_recognised(tmp_path, here, platform):
    queue(here, "a", "b")
    there = Deployment(tmp_path / "copy", platform)
    shutil.copyfile(here.home / "var/publisher.sqlite3", there.home / "var/publisher.sqlite3")
    there.run("work", "--until-idle")
    assert platform.judge()[here.chat] == {}
    here.run("work", "--until-idle")
    assert sum(platform.judge()[here.chat].values()) == 2


def test_a_backup_taken_while_sending_is_whole(tmp_path, here, platform):
    queue(here, *"abcde")
    worker = here.start("worker")
    try:
        made = [here.json("backup", str(tmp_path / f"{n}.tar"), "--without-media") for n in range(3)]
        wait_until(lambda: sum(platform.judge()[here.chat].values()) == 5, 30, "all texts")
    finally:
        worker.terminate()
        worker.wait(10)
    assert {row["with_media"] for row in made} == {False}
    there = restored(tmp_path, platform, tmp_path / "2.tar")
    states = {row["state"] for n in range(1, 6) for row in there.json("show", str(n))["deliveries"]}
    assert states <= {"sent", "waiting", "unknown"}


def test_a_database_outside_the_folder_is_not_backed_up_by_halves(tmp_path, here):
    config = here.home / "config.yaml"
    config.write_text(f"database: sqlite:///{tmp_path}/elsewhere.sqlite3\n" + config.read_text())
    done = here.attempt("backup", str(tmp_path / "b.tar"))
    assert (done.returncode, (tmp_path / "b.tar").exists()) == (2, False)
    assert "outside" in done.stderr


def test_a_damaged_backup_restores_nothing(tmp_path, here):
    file = tmp_path / "b.tar"
    here.run("backup", str(file))
    data = bytearray(file.read_bytes())
    with tarfile.open(file) as tar:
        database = tar.getmember("var/publisher.sqlite3")
    data[database.offset_data + 5000] ^= 0xFF
    file.write_bytes(data)
    done = here.attempt("restore", str(file), str(tmp_path / "copy"))
    assert done.returncode == 2
    assert "damaged: var/publisher.sqlite3" in done.stderr
    assert not (tmp_path / "copy").exists()

"""A deployment on PostgreSQL, backed up while it runs and restored into another database."""

from __future__ import annotations

import psycopg
import pytest

from tests.e2e import postgres
from tests.e2e.deployment import Deployment, practice

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]


@pytest.fixture(scope="module")
def cluster():
    with postgres.cluster() as found:
        yield found


@pytest.fixture(scope="module")
def here(tmp_path_factory, cluster):
    """One post was sent when the backup was made; one more went out after it."""
    folder = tmp_path_factory.mktemp("postgres")
    with practice(folder / "platform", "--relaxed-rates", "--no-residents") as platform:
        here = Deployment(folder / "home", platform, database=cluster.create("original"))
        here.platform, here.chat, here.file = platform, platform.channel("Арна"), folder / "b.tar"
        here.run("channel", "add", "a", "--account", "telegram-main", "--target", here.chat, "--languages", "kk")
        (here.home / "var/uploads").mkdir(exist_ok=True)
        (here.home / "var/uploads/film.mp4").write_bytes(b"film")
        for name in ("first", "second"):
            here.run("post", str(here.write(name, f"Ескерту {name}. {{hotline}}")), "--to", "a")
            if name == "first":
                here.run("work", "--until-idle")
        here.made = here.json("backup", str(here.file))
        here.run("work", "--until-idle")
        yield here


def test_a_restored_copy_sends_nothing_that_the_original_sent(here, cluster, tmp_path):
    url = cluster.create("restored")
    there = Deployment(tmp_path / "there", here.platform)
    there.run("restore", str(here.file), str(tmp_path / "copy"), "--database", url)
    there.home, there.database = tmp_path / "copy", url
    there.environment |= {"PUBLISHER_HOME": str(there.home)}
    assert f"database: {url}" in (there.home / "config.yaml").read_text()
    assert (there.home / "var/uploads/film.mp4").read_bytes() == b"film"
    assert not (there.home / "var/database.pgdump").exists()
    there.run("work", "--until-idle")
    assert there.json("resume", "--after-restore")["held"] == 1
    there.run("work", "--until-idle")
    assert set(here.platform.judge()[here.chat].values()) == {1}
    assert there.sql("SELECT count(*) FROM deliver_delivery WHERE state = 'sent'") == [(1,)]
    assert there.sql("SELECT epoch FROM deliver_deployment") == [(2,)]


def test_without_an_address_the_way_is_told_and_nothing_is_made(here, tmp_path):
    refused = here.attempt("restore", str(here.file), str(tmp_path / "copy"))
    assert (refused.returncode, (tmp_path / "copy").exists()) == (2, False)
    assert "--database postgresql://" in refused.stderr


def test_the_originals_database_is_not_restored_into(here, tmp_path):
    refused = here.attempt("restore", str(here.file), str(tmp_path / "copy"), "--database", here.database)
    assert (refused.returncode, (tmp_path / "copy").exists()) == (2, False)
    assert "not empty" in refused.stderr


def test_a_restore_that_broke_off_starts_nothing_and_can_be_repeated(here, cluster, tmp_path):
    url = cluster.create("broken_off")
    with psycopg.connect(url) as database:
        deployment = here.sql("SELECT id FROM deliver_deployment")[0][0]
        database.execute("CREATE TABLE publisher_move (move text, deployment text, source text, state text, at text)")
        database.execute("INSERT INTO publisher_move VALUES ('restore', %s, 'x', 'copying', 'x')", [str(deployment)])
    there = Deployment(tmp_path / "there", here.platform, database=url)
    assert "not finished" in there.attempt("queue").stderr
    there.run("restore", str(here.file), str(tmp_path / "copy"), "--database", url)
    assert there.sql("SELECT scope FROM deliver_pause") == [("restored",)]

"""A deployment moves from SQLite to PostgreSQL and goes on there; the old file sends nothing any more."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.e2e import postgres
from tests.e2e.deployment import Deployment, practice

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
FILE = "var/publisher.sqlite3"


@pytest.fixture(scope="module")
def cluster():
    with postgres.cluster() as found:
        yield found


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("platform"), "--relaxed-rates", "--no-residents") as platform:
        yield platform


@pytest.fixture(scope="module")
def begun(tmp_path_factory, platform):
    """On SQLite, with a post that was sent and one that waits."""
    here = Deployment(tmp_path_factory.mktemp("begun"), platform)
    chat = platform.channel("Арна")
    here.run("channel", "add", "a", "--account", "telegram-main", "--target", chat, "--languages", "kk")
    queue(here, "sent")
    here.run("work", "--until-idle")
    queue(here, "waiting")
    return here


def copy_of(begun, home: Path, platform) -> Deployment:
    """The same deployment with a chat of its own."""
    shutil.copytree(begun.home, home, symlinks=True)
    here = Deployment(home, platform)
    here.chat = platform.channel("Арна")
    with closing(sqlite3.connect(home / FILE)) as database, database:
        database.execute("UPDATE deliver_channel SET target = ?", [here.chat])
    return here


@pytest.fixture
def here(begun, tmp_path, platform):
    here = copy_of(begun, tmp_path / "home", platform)
    here.open = []
    yield here
    for file in here.open:
        os.close(file)


@pytest.fixture
def target(cluster):
    return cluster.create(f"d{uuid.uuid4().hex[:8]}")


def queue(here, name) -> str:
    return here.run("post", str(here.write(name, f"Ескерту {name}. {{hotline}}")), "--to", "a").strip()


def changed_over(here, url) -> Deployment:
    """The one line of config.yaml."""
    config = here.home / "config.yaml"
    config.write_text(config.read_text().replace(f"sqlite:///{FILE}", url))
    here.database = url
    return here


def texts(here, platform):
    return platform.judge()[here.chat]


def tables_of(target) -> int:
    with psycopg.connect(target) as there:
        return there.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()[0]


# Interrupted anywhere

INTERRUPTED = """
    import os
    from pathlib import Path
    from django.conf import settings
    from publisher.moving import marks, move, tables
    from publisher.settings import database_for
    real = tables.copy
    def die(*arguments):
        os._exit(9)
    def some(source, target, table):
        real(source, target, table)
        if table.name == "deliver_delivery":
            die()
    {place} = {death}
    move.move(Path(settings.DATABASES["default"]["NAME"]), "{url}", database_for("{url}"), trial=False)
"""
PLACES = {
    "before the tables": ("move._make_tables", "die"),
    "half-way through the rows": ("tables.copy", "some"),
    "before the fence": ("marks.fence", "die"),
    "after the fence": ("move._note_epoch", "die"),
}


def test_interrupted_anywhere_exactly_one_of_the_two_may_send_and_repeating_ends_it(here, platform, target, tmp_path):
    there = changed_over(copy_of(here, tmp_path / "there", platform), target)
    for place, death in PLACES.values():
        with pytest.raises(AssertionError):
            here.python(INTERRUPTED.format(url=target, place=place, death=death))
        refused = there.attempt("work", "--until-idle")
        assert (refused.returncode, "was not finished" in refused.stderr) == (2, True)

    assert here.json("migrate-to", target)["again"]  # only the last step was missing
    refused = here.attempt("work", "--until-idle")
    assert (refused.returncode, f"database: {target}" in refused.stderr) == (2, True)
    changed_over(here, target).run("work", "--until-idle")
    assert texts(here, platform) == {"Ескерту waiting. 2-15-65": 1}
    assert int(queue(here, "new")) == 3  # the numbers go on
    here.run("work", "--until-idle")
    assert texts(here, platform)["Ескерту new. 2-15-65"] == 1
    trail = here.json("audit", "verify")  # copied line by line, and gone on with
    assert (trail["whole"], trail["guarded"]) == (True, True)


# Moved


@pytest.fixture(scope="module")
def moved(begun, cluster, platform, tmp_path_factory):
    here = copy_of(begun, tmp_path_factory.mktemp("moved") / "home", platform)
    shutil.copyfile(here.home / FILE, here.home / "kept")
    here.target = cluster.create("moved")
    here.report = here.json("migrate-to", here.target)
    return here


def test_every_table_is_compared_on_both_sides(moved):
    rows = {table["table"]: table["rows"] for table in moved.report["tables"]}
    assert all(table["same"] for table in moved.report["tables"])
    assert (rows["deliver_delivery"], rows["deliver_deployment"], rows["deliver_pause"]) == (2, 1, 0)
    assert rows["people_auditentry"] > 2
    with psycopg.connect(moved.target) as there:
        assert there.execute("SELECT count(*) FROM deliver_attempt").fetchone() == (rows["deliver_attempt"],)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE deliver_delivery SET state = 'waiting'",
        "DELETE FROM deliver_attempt",
        "INSERT INTO deliver_pause VALUES ('x', 'x', 'x', 'x')",
    ],
)
def test_the_old_file_takes_no_change_from_any_program(moved, statement):
    with closing(sqlite3.connect(moved.home / FILE)) as old, pytest.raises(sqlite3.IntegrityError, match="was moved"):
        old.execute(statement)


def test_an_older_copy_of_the_file_put_back_is_held(moved, platform, tmp_path):
    put_back = Deployment(shutil.copytree(moved.home, tmp_path / "home", symlinks=True), platform)
    for name in (f"{FILE}-wal", f"{FILE}-shm"):
        (put_back.home / name).unlink(missing_ok=True)
    shutil.copyfile(moved.home / "kept", put_back.home / FILE)
    put_back.run("work", "--until-idle")
    assert put_back.sql("SELECT scope FROM deliver_pause") == [("restored",)]
    assert texts(moved, platform) == {}


def test_what_was_moved_away_can_be_backed_up_and_a_restored_copy_waits_for_a_person(moved, platform, tmp_path):
    moved.run("backup", str(tmp_path / "b.tar"))
    there = Deployment(tmp_path / "elsewhere", platform)
    there.run("restore", str(tmp_path / "b.tar"), str(tmp_path / "copy"))
    there.home, there.environment = tmp_path / "copy", {**there.environment, "PUBLISHER_HOME": str(tmp_path / "copy")}
    assert there.json("resume", "--after-restore")["held"] == 1
    assert texts(moved, platform) == {}


# A trial


def test_a_trial_leaves_everything_as_it_was_until_somebody_works_with_the_copy(here, platform, target, tmp_path):
    for _ in range(2):  # over its own copy, as often as wanted
        assert here.json("migrate-to", target, "--trial")["trial"]
    copy = changed_over(copy_of(here, tmp_path / "copy", platform), target)
    copy.run("work", "--until-idle")  # stands still
    assert texts(here, platform) == {}
    with closing(sqlite3.connect(here.home / FILE)) as source:
        assert not source.execute("SELECT 1 FROM sqlite_master WHERE name = 'publisher_moved'").fetchall()
    copy.run("resume", "--after-restore")
    refused = here.attempt("migrate-to", target)
    assert (refused.returncode, "worked with" in refused.stderr) == (2, True)


# Refused before anything is touched


def too_long(here, target):
    with closing(sqlite3.connect(here.home / FILE)) as database, database:
        database.execute("UPDATE compose_post SET title = ?", ["Т" * 201])


def not_empty(here, target):
    with psycopg.connect(target) as there:
        there.execute("CREATE TABLE theirs (id int)")


def another_deployments(here, target):
    with psycopg.connect(target) as there:
        there.execute("CREATE TABLE publisher_move (move text, deployment text, source text, state text, at text)")
        there.execute("INSERT INTO publisher_move VALUES ('x', 'another', 'x', 'copied', 'x')")


def running(here, target):
    lock = os.open(here.home / "var/run/in-use", os.O_CREAT | os.O_RDWR)  # as every command does while it works
    fcntl.flock(lock, fcntl.LOCK_SH)
    here.open.append(lock)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (too_long, "compose_post.title is longer than 200 letters in 2 rows"),
        (not_empty, "not empty"),
        (another_deployments, "another deployment"),
        (running, "Stop it"),
    ],
)
def test_nothing_is_touched_when_it_cannot_be_moved(here, target, spoil, says):
    spoil(here, target)
    before = tables_of(target)
    refused = here.attempt("migrate-to", target)
    assert refused.returncode == 2
    assert says in refused.stderr
    assert tables_of(target) == before
    with closing(sqlite3.connect(here.home / FILE)) as database:
        assert not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'publisher_moved'").fetchall()

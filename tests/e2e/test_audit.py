"""The audit trail with real processes: writers at once form one chain on both databases; it outlives a restore."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.e2e.deployment import Deployment, Platform
from tests.e2e.postgres import cluster

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
NOWHERE = Platform("http://127.0.0.1:9")
WRITE = """\
import django; django.setup()
from django.db import transaction
from publisher.people.audit import SYSTEM, note
for number in range(25):
    with transaction.atomic():
        note(SYSTEM, "edited", f"post:{number}", before={"a": number}, after={"a": number + 0.5})
"""


@pytest.fixture
def sqlite(tmp_path):
    return Deployment(tmp_path / "home", NOWHERE)


def _write_at_once(deployment: Deployment) -> None:
    deployment.run("audit", "verify")  # the tables are there before anybody writes
    environment = {**deployment.environment, "DJANGO_SETTINGS_MODULE": "publisher.settings"}
    writers = [subprocess.Popen([sys.executable, "-c", WRITE], env=environment) for _ in range(4)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0, 0]


def test_writers_at_the_same_moment_form_one_chain_on_sqlite(sqlite):
    _write_at_once(sqlite)
    found = sqlite.json("audit", "verify")
    assert (found["whole"], found["lines"], found["guarded"]) == (True, 100, True)


def test_writers_at_the_same_moment_form_one_chain_on_postgresql(tmp_path):
    with cluster() as server:
        deployment = Deployment(tmp_path / "home", NOWHERE, database=server.create("audit"))
        _write_at_once(deployment)
        found = deployment.json("audit", "verify")
        assert (found["whole"], found["lines"], found["guarded"]) == (True, 100, True)
        import psycopg

        with psycopg.connect(deployment.database, autocommit=True) as database:
            for statement in (
                "UPDATE people_auditentry SET verb = 'x'",
                "DELETE FROM people_auditentry",
                "TRUNCATE people_auditentry CASCADE",
            ):
                with pytest.raises(psycopg.errors.RestrictViolation):
                    database.execute(statement)
        assert deployment.json("audit", "verify", "--expect", found["head"])["whole"]


def test_the_trail_outlives_a_restore_and_goes_on(sqlite, tmp_path):
    sqlite.run("pause", "--reason", "x")
    noted = sqlite.json("audit", "verify")["head"]
    sqlite.run("backup", str(tmp_path / "b.tar"))
    sqlite.run("restore", str(tmp_path / "b.tar"), str(tmp_path / "copy"))
    sqlite.environment["PUBLISHER_HOME"] = str(tmp_path / "copy")
    sqlite.run("resume")
    found = sqlite.json("audit", "verify", "--expect", noted)
    assert (found["whole"], found["guarded"]) == (True, True)
    assert found["head"] != noted

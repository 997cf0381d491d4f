from __future__ import annotations

import subprocess

import pytest

from publisher import dumping
from publisher.dumping import NotDumped

MISMATCH = """\
pg_dump: error: aborting because of server version mismatch
pg_dump: detail: server version: 17.2; pg_dump version: 15.14
"""


def test_where_the_program_is_missing_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(dumping.shutil, "which", lambda name: None)
    monkeypatch.setattr(dumping, "Path", lambda _: tmp_path)
    with pytest.raises(NotDumped, match="postgresql-client"):
        dumping.dump("postgresql://u@h/d", tmp_path / "x")


def test_a_program_older_than_the_server_names_the_right_package(monkeypatch, tmp_path):
    monkeypatch.setattr(dumping, "_program", lambda name: name)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 1, "", MISMATCH))
    with pytest.raises(NotDumped, match="postgresql-client-17"):
        dumping.dump("postgresql://u@h/d", tmp_path / "x")


def test_the_password_stands_in_no_command_line(monkeypatch, tmp_path):
    seen = {}

    def run(command, env, **_):
        seen.update(command=command, env=env)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(dumping, "_program", lambda name: name)
    monkeypatch.setattr(subprocess, "run", run)
    dumping.dump("postgresql://u:p%40ss@h/d", tmp_path / "My Passport" / "x")
    assert f"--file={tmp_path}/My Passport/x" in seen["command"]
    assert not [part for part in seen["command"] if "p%40ss" in part or "p@ss" in part]
    assert seen["env"]["PGPASSWORD"] == "p@ss"
    assert "--dbname=postgresql://u@h/d" in seen["command"]

"""A PostgreSQL of the tests' own: Debian's package, a temporary cluster on loopback, durable as by default."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.e2e.deployment import free_port, wait_until


def programs() -> Path:
    """Where Debian puts the server's programs; the newest version wins."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "PostgreSQL is not installed: make test installs it (apt-get install postgresql)"
    return found[-1].parent


def _as_server(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


@contextmanager
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="publisher-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port, data = free_port(), folder / "data"
    make = [str(programs() / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(_as_server(*make, "--auth=trust"), check=True, capture_output=True, cwd=folder)
    options = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "dynamic_shared_memory_type": "mmap",
    }
    command = [str(programs() / "postgres"), "-D", str(data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    log = (folder / "log").open("w")
    process = subprocess.Popen(_as_server(*command), stderr=log, stdout=log, cwd=folder)
    here = Cluster(port, data)
    try:
        wait_until(here.answers, 30, "PostgreSQL")
        yield here
    finally:
        here.stop()
        process.wait(30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


class Cluster:
    def __init__(self, port: int, data: Path) -> None:
        self.port, self.data = port, data

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str) -> str:
        """A new empty database; returns its address as config.yaml wants it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Immediate: nobody waits for connections that killed workers left behind."""
        number = (self.data / "postmaster.pid").read_text().split("\n", 1)[0]
        os.kill(int(number), signal.SIGQUIT)


def run_tests(files: Sequence[str]) -> None:
    """Once more, on a cluster of their own; a failure shows their last words."""
    left_open = "ignore:Error when trying to teardown test databases:pytest.PytestWarning"  # the cluster goes with it
    with cluster() as here:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-W", left_open, *files],
            env=os.environ | {"PUBLISHER_TEST_DATABASE": here.url("publisher")},
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout

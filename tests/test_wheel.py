"""One wheel with everything inside: built, installed alone, a deployment begun from it, and run in practice mode."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.thorough
PATIENCE = 120.0  # seconds
PAGES = ("/login/", "/static/vendor/tabler-1.0.0/tabler.min.css", "/api/v1/openapi.json", "/widget/warnings/?lang=ru")


@pytest.fixture(scope="module")
def publisher(tmp_path_factory) -> Path:
    """The command of a fresh environment that holds the wheel; its dependencies are those of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in tracked.decode().split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith(("tests/", "benchmarks/", "docs/")):
            target = folder / "source" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "-q", "-w", str(folder)]
    subprocess.run(build, cwd=folder / "source", check=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    (site,) = (folder / "venv").glob("lib/python3*/site-packages")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(site), str(wheel)],
        check=True,
        timeout=120,
    )
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "dependencies.pth").write_text(here)
    command = folder / "venv/bin/publisher"
    command.write_text(f"#!{folder}/venv/bin/python\nimport sys\nfrom publisher.cli import main\nsys.exit(main())\n")
    command.chmod(0o755)
    return command


def environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PUBLISHER_", "DJANGO_", "PYTHON"))}
    return {**kept, "PUBLISHER_HOME": str(home)}


@pytest.fixture(scope="module")
def home(publisher, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("deployment") / "mine"
    subprocess.run([publisher, "init", str(folder)], env=environment(folder), cwd="/", check=True, timeout=60)
    return folder


def test_the_first_set_comes_out_of_the_wheel_and_is_right(publisher, home):
    assert {"config.yaml", "content", "media", "schedules"} <= {path.name for path in home.iterdir()}
    where = "import publisher, sys; print(publisher.__file__)"
    python = publisher.parent / "python"
    found = subprocess.run([python, "-c", where], env=environment(home), cwd="/", capture_output=True, text=True)
    assert str(publisher.parent.parent) in found.stdout
    checked = subprocess.run([publisher, "check"], env=environment(home), cwd=home, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture
def running(publisher, home) -> Iterator[str]:
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    config = home / "config.yaml"
    text = config.read_text(encoding="utf-8").replace("practice_port: 8001", f"practice_port: {ports[1]}")
    config.write_text(text, encoding="utf-8")
    words = [publisher, "run", "--practice", "--port", str(ports[0])]
    with (home / "run.log").open("wb") as log:
        process = subprocess.Popen(words, env=environment(home), cwd=home, stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{ports[0]}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def test_it_runs_in_practice_mode_with_its_pages_and_files(running, home):
    deadline = time.monotonic() + PATIENCE
    while _status(f"{running}/login/") != 200:
        assert time.monotonic() < deadline, (home / "run.log").read_text()
        time.sleep(0.5)
    assert {page: _status(running + page) for page in PAGES} == dict.fromkeys(PAGES, 200)


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0

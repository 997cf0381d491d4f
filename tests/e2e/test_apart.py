"""Console, worker and clock apart, each its own process on one database."""

from __future__ import annotations

import httpx
import pytest

from tests.e2e.deployment import one_channel, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture
def here(tmp_path):
    with one_channel(tmp_path) as here:
        yield here


def health(here):
    return httpx.get(f"http://127.0.0.1:{here.port}/healthz")


def answers(here):
    try:
        return health(here).status_code
    except httpx.TransportError:
        return 0


def test_web_worker_and_clock_apart_publish_and_health_tells_who_is_missing(here):
    web = here.start("web")
    parts = []
    try:
        wait_until(lambda: answers(here) == 503, 30, "the console, without clock and worker")
        assert set(health(here).json()["problems"]) >= {"clock_stands_still", "worker_stands_still"}
        parts = [here.start("worker"), here.start("clock")]
        wait_until(lambda: answers(here) == 200, 30, "clock and worker")
        post = here.run("post", str(here.write("t", "Ескерту. {hotline}")), "--to", "a").strip()
        wait_until(lambda: here.json("show", post)["deliveries"][0]["state"] == "sent", 20, "the post")
    finally:
        for process in (*parts, web):
            process.terminate()
        codes = [process.wait(10) for process in (*parts, web)]
    assert set(codes) == {0}


def test_check_live_asks_every_account_and_channel(here):
    assert "Every account and channel answered" in here.run("check", "--live")
    config = here.home / "config.yaml"
    config.write_text(config.read_text().replace("http://127.0.0.1", "http://127.0.0.9"))
    done = here.attempt("check", "--live")
    assert done.returncode == 1
    assert "telegram-main" in done.stdout

"""SIGTERM: what is on the wire is waited for, and nothing is left in `sending`."""

from __future__ import annotations

import time

import pytest

from tests.e2e.deployment import Deployment, practice, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("platform"), "--relaxed-rates", "--no-residents") as platform:
        yield platform


def ended_while_sending(tmp_path, platform, delay):
    """The state of a delivery whose answer takes `delay` seconds when SIGTERM comes, and how long the end took."""
    here = Deployment(tmp_path / "home", platform)
    chat = platform.channel("Арна")
    here.run("channel", "add", "a", "--account", "telegram-main", "--target", chat, "--languages", "kk")
    platform.fault(match={"method": "sendMessage", "chat": chat}, kind="slow", delay=delay, times=1)
    post = here.run("post", str(here.write("t", "Ескерту. {hotline}")), "--to", "a").strip()
    worker = here.start("worker")
    wait_until(lambda: here.json("show", post)["deliveries"][0]["state"] == "sending", 20, "sending")
    began = time.monotonic()
    worker.terminate()
    assert worker.wait(10) == 0
    took = time.monotonic() - began
    platform.clear_faults()
    return here.json("show", post)["deliveries"][0]["state"], took


def test_an_answer_that_comes_soon_is_waited_for(tmp_path, platform):
    assert ended_while_sending(tmp_path, platform, 3.0)[0] == "sent"


def test_an_answer_that_does_not_come_leaves_it_unknown_and_the_end_within_five_seconds(tmp_path, platform):
    state, took = ended_while_sending(tmp_path, platform, 20)
    assert state == "unknown"
    assert took < 5

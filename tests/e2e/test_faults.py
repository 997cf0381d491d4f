"""Each answer of a platform leads to its action in docs/operations.md, visible in `show` in plain words."""

from __future__ import annotations

import pytest

from tests.e2e.deployment import Deployment, practice

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("platform"), "--relaxed-rates", "--no-residents") as platform:
        yield platform


@pytest.fixture
def here(tmp_path, platform):
    deployment = Deployment(tmp_path / "home", platform)
    deployment.chat = platform.channel("Арна", kind="supergroup")
    deployment.run(
        "channel", "add", "a", "--account", "telegram-main", "--target", deployment.chat, "--languages", "kk"
    )
    yield deployment
    platform.clear_faults()


def sent_with(here, platform, **fault):
    """Queue one text while the fault is on, let everything happen, and show the post."""
    platform.fault(match={"method": "sendMessage", "chat": here.chat}, times=1, **fault)
    post = here.run("post", str(here.write("t", "Ескерту. {hotline}")), "--to", "a").strip()
    here.run("work", "--until-idle")
    (delivery,) = here.json("show", post)["deliveries"]
    return delivery


def standing(here, platform):
    return sum(platform.judge()[here.chat].values())


def outcomes(delivery):
    return [attempt["outcome"] for attempt in delivery["attempts"]]


def test_429_waits_as_long_as_told_and_then_sends_once(here, platform):
    delivery = sent_with(here, platform, kind="flood", retry_after=2)
    assert (delivery["state"], outcomes(delivery)) == ("sent", ["rate_limited", "sent"])
    assert standing(here, platform) == 1


def test_403_fails_switches_the_channel_off_and_says_what_to_do(here, platform):
    delivery = sent_with(here, platform, kind="kicked")
    assert delivery["state"] == "failed"
    assert "administrator" in delivery["error"]["do"]
    (channel,) = here.json("channel", "list")
    assert not channel["on"]


def test_a_group_that_moved_is_followed(here, platform):
    delivery = sent_with(here, platform, kind="moved")
    assert delivery["state"] == "sent"
    (channel,) = here.json("channel", "list")
    assert channel["target"] != here.chat
    assert channel["on"]


THOROUGH = [pytest.param(kind, marks=pytest.mark.thorough) for kind in ("server_error", "reset")]


@pytest.mark.parametrize("kind", ["lost_answer", "processing_then_500", *THOROUGH])
def test_when_nobody_knows_a_person_is_asked_and_nothing_is_sent_again(here, platform, kind):
    delivery = sent_with(here, platform, kind=kind)
    assert delivery["state"] == "unknown"
    assert "Did it appear?" in delivery["error"]["do"]
    assert outcomes(delivery) == ["outcome_unknown"]
    assert standing(here, platform) <= 1


def test_a_slow_answer_is_waited_for(here, platform):
    assert sent_with(here, platform, kind="slow", delay=3)["state"] == "sent"


def test_a_revoked_token_pauses_the_account_and_the_post_waits(here, platform):
    delivery = sent_with(here, platform, kind="revoked")
    assert delivery["state"] == "waiting"
    assert "renews the token" in delivery["error"]["do"]
    assert standing(here, platform) == 0


def test_no_network_means_certainly_not_sent_and_it_is_tried_again(tmp_path, platform):
    here = Deployment(tmp_path / "home", platform)
    chat = platform.channel("Арна")
    here.run("channel", "add", "a", "--account", "telegram-main", "--target", chat, "--languages", "kk")
    config = here.home / "config.yaml"
    text = config.read_text()
    config.write_text(text.replace(platform.base, "http://127.0.0.1:9"))
    post = here.run("post", str(here.write("t", "Ескерту. {hotline}")), "--to", "a").strip()
    worker = here.start("worker")
    try:
        from tests.e2e.deployment import wait_until

        wait_until(lambda: outcomes(here.json("show", post)["deliveries"][0])[:1] == ["unavailable"], 20, "an attempt")
    finally:
        worker.terminate()
        assert worker.wait(10) == 0
    config.write_text(text)
    here.run("work", "--until-idle")
    (delivery,) = here.json("show", post)["deliveries"]
    assert (delivery["state"], delivery["attempts"][-1]["outcome"]) == ("sent", "sent")


def test_with_a_control_chat_a_lost_answer_is_looked_up_and_found(tmp_path, platform):
    control = platform.channel("Баспасөз", kind="supergroup")
    here = Deployment(tmp_path / "home", platform, telegram=f'control_chat: "{control}"')
    here.chat = platform.channel("Арна")
    here.run("channel", "add", "a", "--account", "telegram-main", "--target", here.chat, "--languages", "kk")
    here.run("post", str(here.write("first", "Бірінші. {hotline}")), "--to", "a")
    here.run("work", "--until-idle")
    delivery = sent_with(here, platform, kind="lost_answer")
    assert delivery["state"] == "sent"
    assert delivery["receipt"]["ids"]
    assert standing(here, platform) == 2

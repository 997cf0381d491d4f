"""A wrong text is corrected where it can be, follows in reply where not, and is never said twice."""

from __future__ import annotations

import pytest

from tests.e2e.deployment import Deployment, kill, practice, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
RIGHT = "Дұрыс нөмір: {hotline}"
FOLLOWED = "*Түзету*\n\nДұрыс нөмір: 2-15-65"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corrections")
    with practice(folder / "platform", "--relaxed-rates", "--no-residents") as platform:
        here = Deployment(folder / "home", platform)
        here.platform, here.chats = platform, {}
        for key, account, fields in (
            ("telegram", "telegram-main", {}),
            ("whatsapp", "whatsapp-main", {"platform": "whatsapp", "kind": "group"}),
        ):
            here.chats[key] = platform.channel(key, **fields)
            here.run("channel", "add", key, "--account", account, "--target", here.chats[key], "--languages", "kk")
        yield here


def sent(here, name: str, to: str) -> str:
    post = here.run("post", str(here.write(name, f"Қате нөмір, {name}: {{hotline}}")), "--to", to).strip()
    here.run("work", "--until-idle")
    return post


def texts(here, key) -> dict[str, int]:
    return here.platform.judge()[here.chats[key]]


def test_it_is_edited_where_it_can_be_and_follows_in_reply_where_not(here):
    post = sent(here, "first", "telegram,whatsapp")
    before = texts(here, "whatsapp").get(FOLLOWED, 0)
    here.run("correct", post, str(here.write("right", RIGHT)))
    here.run("work", "--until-idle")
    shown = here.json("show", post)
    assert {place["channel"]: place["outcome"] for place in shown["changed"]} == {
        "telegram": "done",
        "whatsapp": "followed_up",
    }
    assert "Қате нөмір, first: 2-15-65" not in texts(here, "telegram")
    assert texts(here, "telegram")["Дұрыс нөмір: 2-15-65"] == 1
    assert texts(here, "whatsapp")["Қате нөмір, first: 2-15-65"] == 1
    assert texts(here, "whatsapp")[FOLLOWED] == before + 1


def test_a_worker_killed_while_a_correction_is_on_the_wire_says_it_no_second_time(here):
    post = sent(here, "second", "whatsapp")
    before = texts(here, "whatsapp").get(FOLLOWED, 0)
    here.run("correct", post, str(here.write("right", RIGHT)))
    here.platform.fault(kind="slow", match={"method": "messages"}, delay=30, times=1)
    worker = here.start("worker")
    try:
        wait_until(lambda: texts(here, "whatsapp").get(FOLLOWED, 0) > before, 60, "the correction")
    finally:
        kill(worker)
        here.platform.clear_faults()
    here.run("work", "--until-idle")
    assert texts(here, "whatsapp")[FOLLOWED] == before + 1
    (place,) = here.json("show", post)["changed"]
    assert place["outcome"] == "by_hand"  # did it appear? a person looks
    assert here.sql("SELECT state FROM deliver_delivery WHERE part = 'correction' ORDER BY id DESC")[0] == ("unknown",)

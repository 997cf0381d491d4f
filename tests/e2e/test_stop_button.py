"""Stop, go on and decide at the command line, with a real worker on the practice platforms."""

from __future__ import annotations

import pytest

from tests.e2e.deployment import Deployment, practice

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]


def test_a_stop_holds_everything_and_a_person_decides_what_of_it_still_goes_out(tmp_path):
    with practice(tmp_path / "platform", "--relaxed-rates", "--no-residents") as platform:
        here = Deployment(tmp_path / "home", platform)
        chat = platform.channel("Арна")
        here.run("channel", "add", "a", "--account", "telegram-main", "--target", chat, "--languages", "kk")
        here.run("pause", "--reason", "жалған мәтін")
        wanted, unwanted = (
            here.run("post", str(here.write(name, f"{name}. {{hotline}}")), "--to", "a").strip() for name in ("x", "y")
        )
        here.run("work", "--until-idle")
        assert platform.judge()[chat] == {}
        assert "жалған мәтін" in here.attempt("queue").stderr
        assert here.json("resume")["held"] == 2
        here.run("work", "--until-idle")
        assert platform.judge()[chat] == {}
        here.run("backlog", "send", expect=2)
        here.run("backlog", "send", "--post", wanted)
        here.run("backlog", "drop")
        here.run("work", "--until-idle")
        assert platform.judge()[chat] == {"x. 2-15-65": 1}
        assert here.json("show", unwanted)["deliveries"][0]["state"] == "cancelled"
        here.run("resume", expect=2)

"""The promise that sets the product apart: nothing lost, nothing twice, whatever happens to the worker."""

from __future__ import annotations

import random
import time

import pytest

from tests.e2e.deployment import Deployment, kill, practice, wait_until

pytestmark = pytest.mark.e2e
TEXTS = 300


def test_three_hundred_texts_to_three_chats_survive_lost_answers_and_five_kills(tmp_path):
    with practice(
        tmp_path / "platform", "--drop", "0.02", "--relaxed-rates", "--no-residents", "--seed", "7"
    ) as platform:
        here = Deployment(tmp_path / "home", platform)
        chats = {f"chat{n}": platform.channel(f"Арна {n}", username=f"arna{n}") for n in range(3)}
        for key in chats:
            here.run(
                "channel", "add", key, "--account", "telegram-main", "--target", f"@arna{key[-1]}", "--languages", "kk"
            )
        files = [str(here.write(f"t{n:03}", f"Ескерту №{n:03}. Сенім телефоны {{hotline}}.")) for n in range(TEXTS)]
        here.run("post", *files, "--to", ",".join(chats))

        _work_with_kills(here, platform, kills=5)
        here.run("work", "--until-idle", timeout=240)

        rows = _deliveries(here)
        standing = platform.judge()
        assert len(rows) == TEXTS * len(chats)
        twice = [text for chat in chats.values() for text, times in standing[chat].items() if times > 1]
        assert twice == []
        states = {row["state"] for row in rows}
        assert states <= {"sent", "unknown"}, states
        for row in rows:
            text = f"Ескерту №{row['title'][1:]}. Сенім телефоны 2-15-65."
            if row["state"] == "sent":
                assert standing[chats[row["channel"]]].get(text) == 1
        unknown = [row for row in rows if row["state"] == "unknown"]
        listed = {row["id"] for row in here.json("queue")}
        assert {row["id"] for row in unknown} == listed
        assert 0 < len(unknown) < 0.1 * len(rows)  # lost answers and requests on the wire, nothing more


def _work_with_kills(here: Deployment, platform, kills: int) -> None:
    chance = random.Random(1)
    for _ in range(kills):
        before = _standing(platform)
        worker = here.start("worker")
        wait_until(lambda before=before: _standing(platform) > before + 20, 60, "the worker's messages")
        time.sleep(chance.uniform(0.0, 0.3))
        kill(worker)


def _standing(platform) -> int:
    return sum(sum(texts.values()) for texts in platform.judge().values())


def _deliveries(here: Deployment) -> list[dict]:
    """Straight from the database: `show` would start a process for each of 300 posts."""
    import sqlite3

    with sqlite3.connect(here.home / "var/publisher.sqlite3") as database:
        database.row_factory = sqlite3.Row
        query = """SELECT d.id, d.state, p.title, c.key AS channel FROM deliver_delivery d
                   JOIN compose_post p ON p.id = d.post_id JOIN deliver_channel c ON c.id = d.channel_id"""
        return [dict(row) for row in database.execute(query)]

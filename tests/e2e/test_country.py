"""From one PC to a country: the same promise on SQLite and on PostgreSQL, with three workers that die at random."""

from __future__ import annotations

import random
import time

import pytest

from tests.e2e import crowd, postgres
from tests.e2e.deployment import Deployment, Platform, kill, practice, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
CHATS, TEXTS, WORKERS, KILLS = 40, 25, 3, 20
MOVED = "SELECT COUNT(*) FROM deliver_attempt"
OPEN = """SELECT COUNT(*) FROM deliver_delivery d JOIN deliver_channel c ON c.id = d.channel_id
          WHERE (d.state = 'waiting' AND c.off_reason = '') OR d.state IN ('claimed', 'sending')
          OR (d.state = 'unknown' AND d.lookups = 0)"""


@pytest.fixture(scope="module")
def cluster():
    with postgres.cluster() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    if request.param == "sqlite":
        return "sqlite:///var/publisher.sqlite3"
    return request.getfixturevalue("cluster").create("country")


def test_a_thousand_deliveries_survive_twenty_kills_lost_answers_resets_floods_and_kicks(tmp_path, database):
    with practice(tmp_path / "platform", "--relaxed-rates", "--no-residents", "--seed", "3") as platform:
        control = platform.channel("Баспасөз", kind="supergroup")
        here = Deployment(tmp_path / "home", platform, f'rates: []\n    control_chat: "{control}"', database=database)
        targets = crowd.chats(platform, CHATS)
        chats = list(targets.values())
        crowd.load(here, targets, 1, prefix="алғашқы")  # look-ups need a known message to count from
        here.run("work", "--until-idle")
        for kind, share in (("lost_answer", 0.03), ("reset", 0.02), ("flood", 0.01)):
            platform.fault(kind=kind, probability=share, retry_after=1, match={"method": "sendMessage"})
        crowd.load(here, targets, TEXTS)

        _work_with_kills(here, platform, kicked=chats[:2])

        lost = platform.counters()["fault lost_answer"]
        rows, standing = crowd.states(here), platform.judge()
        _judge(rows, standing, kicked=chats[:2])
        readable = [row for row in rows if row[0] not in chats[:2]]  # who was removed can no longer look there
        unresolved = [row for row in readable if row[2] == "unknown" and crowd.text_of(row[1]) in standing[row[0]]]
        assert lost >= 20
        assert len(unresolved) <= 0.05 * lost, (len(unresolved), lost)


def _work_with_kills(here: Deployment, platform: Platform, kicked: list[str]) -> None:
    chance = random.Random(5)
    workers = [here.start("worker") for _ in range(WORKERS)]
    clock = here.start("clock")
    try:
        for number in range(KILLS):
            before = _moved(here)
            wait_until(lambda before=before: _moved(here) > before, 30, "a worker's messages")
            time.sleep(chance.uniform(0.0, 0.4))
            place = chance.randrange(WORKERS)
            kill(workers[place])
            workers[place] = here.start("worker")
            if number == KILLS // 2:
                for chat in kicked:
                    platform.change(chat, bot="kicked")
        wait_until(lambda: _settled(here), 60, "the end of all work")
        time.sleep(2)  # the last look-up is on its way
    finally:
        for process in [*workers, clock]:
            kill(process)


def _moved(here: Deployment) -> int:
    return here.sql(MOVED)[0][0]


def _settled(here: Deployment) -> bool:
    """Nothing waits or is on its way, and every unknown outcome was looked up."""
    return here.sql(OPEN)[0][0] == 0


def _judge(rows, standing, kicked) -> None:
    """The platform's own count against what the program says of every delivery."""
    assert len(rows) == CHATS * (TEXTS + 1)
    assert [text for chat in standing.values() for text, times in chat.items() if times > 1] == []
    for chat, title, state in rows:
        there = standing[chat].get(crowd.text_of(title), 0)
        if state == "sent":
            assert there == 1, (chat, title)
        elif state != "unknown":  # never: it says it did not go out, and it stands there
            assert there == 0, (chat, title, state)
            assert chat in kicked, (chat, title, state)

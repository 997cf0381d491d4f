"""Looks at what runs, from outside and by our own clock: /proc, the deployment's database, the platforms' database."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.soaking.judging import STUCK, Row, Sample
from benchmarks.soaking.place import PARTS, Place, text_of

# What may go this moment; a clock that only idles may run faster.
UNDER_WAY = """
SELECT EXISTS (SELECT 1 FROM deliver_delivery WHERE state IN ('claimed', 'sending')) OR EXISTS (
  SELECT 1 FROM deliver_delivery d JOIN deliver_channel c ON c.id = d.channel_id WHERE d.state = 'waiting'
  AND d.due_at <= :now AND d.held = '' AND c.off_reason = '' AND (d.not_before IS NULL OR d.not_before <= :now))
OR EXISTS (SELECT 1 FROM deliver_delivery WHERE state = 'unknown' AND settled_by = '' AND not_before <= :now
  AND lookups <= 3)
OR EXISTS (SELECT 1 FROM report_digest WHERE state IN ('waiting', 'sending') AND not_before <= :now)
"""
ROWS = """
SELECT c.target, p.title, d.language, d.state, d.error_reason, d.due_at, d.receipt, d.attempts_made, p.template_slug
FROM deliver_delivery d JOIN deliver_channel c ON c.id = d.channel_id JOIN compose_post p ON p.id = d.post_id
"""
LEFT = """
SELECT d.id, d.state, d.due_at, d.not_before, d.held, c.key, c.off_reason, d.error_reason FROM deliver_delivery d
JOIN deliver_channel c ON c.id = d.channel_id WHERE d.state IN ('claimed', 'sending')
OR (d.state = 'waiting' AND d.due_at < :late AND d.held = '' AND c.off_reason = '')
"""
NOBODY_KNOWS = """
SELECT d.id, c.target, p.title, d.language, p.template_slug, a.claimed_at FROM deliver_delivery d
JOIN deliver_channel c ON c.id = d.channel_id JOIN compose_post p ON p.id = d.post_id
JOIN deliver_attempt a ON a.delivery_id = d.id AND a.number = d.attempts_made
WHERE d.state = 'unknown' AND (d.lookups > 3 OR :all)
"""
SEEN_THEN = "SELECT body FROM messages WHERE chat = ? AND sent_at BETWEEN ? AND ? AND deleted_at IS NULL"
DONE = """
SELECT (SELECT count(*) FROM measure_reading), (SELECT count(*) FROM measure_reading WHERE delivery_id IS NOT NULL),
  (SELECT coalesce(sum(visits), 0) FROM measure_linkday), (SELECT count(*) FROM report_digest WHERE state = 'sent'),
  (SELECT count(*) FROM residents_question), (SELECT count(*) FROM deliver_attempt),
  (SELECT count(*) FROM deliver_attempt WHERE outcome NOT IN ('', 'sent'))
"""
LOOKED_FOR = 120.0  # simulated seconds from the claim


def at(moment: datetime) -> str:
    """As Django keeps moments in SQLite."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


class Looks:
    def __init__(self, place: Place) -> None:
        self.place = place
        self._file = place.here.home / "var/publisher.sqlite3"
        self._database = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, isolation_level=None, timeout=30)
        platform = place.home / "platform/practice.sqlite3"
        self._platform = sqlite3.connect(f"file:{platform}?mode=ro", uri=True, isolation_level=None, timeout=30)

    def close(self) -> None:
        self._database.close()
        self._platform.close()

    def _ask(self, sql: str, **given: Any) -> list[tuple[Any, ...]]:
        return self._database.execute(sql, given).fetchall()

    def under_way(self) -> bool:
        return bool(self._ask(UNDER_WAY, now=at(self.place.clock.now()))[0][0])

    def processes(self) -> list[Sample]:
        found, now = [], self.place.clock.passed()
        for part in (*PARTS, "platform"):
            with contextlib.suppress(OSError, KeyError):  # it is being started again
                folder = Path(f"/proc/{self.place.processes[part].pid}")
                status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
                rss, threads = int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"])
                born = self.place.births[part]
                files = len(list((folder / "fd").iterdir()))
                found.append(Sample(now, part, int(born), now - born, rss, files, threads))
        return found

    def rows(self) -> dict[str, Any]:
        """Of one moment: rows by state, what is due and waits, what is past its lease."""
        now = self.place.clock.now()
        states = dict(self._ask("SELECT state, count(*) FROM deliver_delivery GROUP BY state"))
        lease = at(now - timedelta(seconds=STUCK))
        past = "SELECT count(*) FROM deliver_delivery WHERE state IN ('claimed', 'sending') AND lease_until < :lease"
        due = "SELECT count(*) FROM deliver_delivery WHERE state = 'waiting' AND due_at <= :now"
        wal = self._file.with_name(self._file.name + "-wal")
        return {
            "at": round(self.place.clock.passed()),
            "states": states,
            "due": self._ask(due, now=at(now))[0][0],
            "past_lease": self._ask(past, lease=lease)[0][0],
            "database_mb": round(self._file.stat().st_size / 1e6, 2),
            "wal_mb": round(wal.stat().st_size / 1e6, 2) if wal.exists() else 0.0,
        }

    def done(self) -> dict[str, int]:
        """That the rest of the program was at work too."""
        names = ("readings", "of_messages", "link_visits", "digest_parts", "questions", "attempts", "not_sent_at_once")
        return dict(zip(names, self._ask(DONE)[0], strict=True))

    def left(self) -> list[dict[str, Any]]:
        """Due for half an hour, open and free to go; or on its way, with everything at rest."""
        names = ("id", "state", "due", "not_before", "held", "channel", "off", "why")
        late = at(self.place.clock.now() - timedelta(minutes=30))
        return [dict(zip(names, row, strict=True)) for row in self._ask(LEFT, late=late)]

    def nobody_knows(self, *, everything: bool = False) -> list[tuple[int, bool]]:
        """Deliveries that a person has to answer for, and the truth: the person looks into the chat."""
        found = self._ask(NOBODY_KNOWS, all=int(everything))
        if not found:
            return []
        standing = self.place.platform.judge()
        return [
            (pk, self._came_then(chat, claimed) if slug else bool(standing.get(chat, {}).get(text_of(title, language))))
            for pk, chat, title, language, slug, claimed in found
        ]

    def _came_then(self, chat: str, claimed: str) -> bool:
        """A text of the plan may have stood there before: the person looks for one of these minutes."""
        begin = datetime.fromisoformat(claimed + "+00:00").timestamp()
        bodies = self._platform.execute(SEEN_THEN, (chat, begin, begin + LOOKED_FOR)).fetchall()
        return any("№" not in json.loads(body).get("text", "") for (body,) in bodies)

    def final(self, away: Sequence[tuple[str, float, float]]) -> list[Row]:
        """Every delivery of the officers' texts; the plan's repeat themselves and are counted by `planned`.
        `away`: chats and from when to when the bot was shut out of them."""
        found = []
        for chat, title, language, state, reason, due, *_, slug in self._ask(ROWS):
            if slug:
                continue
            shut = any(chat == one and begin <= self._seconds(due) <= end for one, begin, end in away)
            reason = "target_gone" if reason == "too_late" and shut else reason
            found.append(Row(chat, text_of(title, language), state, reason))
        return found

    def planned(self) -> dict[str, dict[str, int]]:
        """Of the plan's posts: chat → state → number."""
        found: dict[str, dict[str, int]] = {}
        for row in self._ask(ROWS):
            if row[-1]:
                states = found.setdefault(row[0], {})
                states[row[3]] = states.get(row[3], 0) + 1
        return found

    def _seconds(self, moment: str) -> float:
        return (datetime.fromisoformat(moment + "+00:00") - self.place.clock.now()).total_seconds() + (
            self.place.clock.passed()
        )

    def lateness(self, day: int, disturbed: Sequence[tuple[float, float]]) -> dict[str, float]:
        """From the due moment until the platforms had it, of the texts of a day that went at the first attempt and
        that no trouble of ours stood in the way of; and the most of all texts."""
        begun = {(chat, str(key)): sent for chat, key, sent in self._platform.execute(
            "SELECT chat, id, sent_at FROM messages WHERE sender != 'resident'")}  # fmt: skip
        smooth, every = [], []
        for chat, _, _, state, _, due, receipt, attempts, _ in self._ask(ROWS):
            moment = self._seconds(due)
            if state != "sent" or not day * 86400 <= moment < (day + 1) * 86400:
                continue
            sent = begun.get((chat, str((json.loads(receipt or "{}").get("ids") or [""])[0])))
            if sent is None:
                continue
            late = sent - datetime.fromisoformat(due + "+00:00").timestamp()
            every.append(late)
            if attempts == 1 and not any(begin <= moment <= end for begin, end in disturbed):
                smooth.append(late)
        return _spread(smooth) | {f"all_{name}": value for name, value in _spread(every).items()}


def _spread(late: Sequence[float]) -> dict[str, float]:
    if len(late) < 2:
        return {"number": len(late)}
    return {"number": len(late), "p50": median(late), "p99": quantiles(late, n=100, method="inclusive")[98]}

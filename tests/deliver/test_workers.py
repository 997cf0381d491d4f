"""Who is alive: each worker's lock file."""

from __future__ import annotations

import fcntl
import threading

from publisher.deliver import workers


def test_a_worker_starts_while_another_looks_for_the_dead(tmp_path):
    """Two that start in one moment: the look holds the new file for an instant, and that must not end the new one."""
    mine = workers.WorkerName(tmp_path)
    mine.path.touch()
    looking = mine.path.open()
    fcntl.flock(looking, fcntl.LOCK_EX)
    threading.Timer(0.05, looking.close).start()
    with mine:
        assert workers.dead_workers(tmp_path) == frozenset()

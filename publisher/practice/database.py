"""What the practice platforms remember: one SQLite file, one connection, short statements.

WAL with synchronous=NORMAL outlives a killed process (a power cut may lose the last moments, which practice can bear).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chats (
  id TEXT PRIMARY KEY, platform TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
  username TEXT UNIQUE COLLATE NOCASE, description TEXT NOT NULL DEFAULT '', members INTEGER NOT NULL DEFAULT 0,
  founders INTEGER NOT NULL DEFAULT 0, bot TEXT NOT NULL DEFAULT 'administrator', missing TEXT NOT NULL DEFAULT '[]',
  moved_to TEXT NOT NULL DEFAULT '', pinned TEXT NOT NULL DEFAULT '[]', last_id INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL, born REAL NOT NULL);
CREATE TABLE IF NOT EXISTS people (
  chat TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (chat, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, chat TEXT NOT NULL, id NOT NULL, sender TEXT NOT NULL, album TEXT NOT NULL,
  body TEXT NOT NULL, sent_at REAL NOT NULL, born REAL NOT NULL, edited_at REAL, deleted_at REAL,
  views INTEGER NOT NULL DEFAULT 0, forwards INTEGER NOT NULL DEFAULT 0, reactions TEXT NOT NULL DEFAULT '{}',
  votes TEXT NOT NULL DEFAULT '[]', touched REAL NOT NULL DEFAULT 0, settled INTEGER NOT NULL DEFAULT 0,
  UNIQUE (chat, id));
CREATE INDEX IF NOT EXISTS messages_by_chat ON messages (chat, seq);
CREATE INDEX IF NOT EXISTS messages_alive ON messages (settled, touched);
CREATE TABLE IF NOT EXISTS receipts (
  chat TEXT NOT NULL, message NOT NULL, person TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL,
  PRIMARY KEY (chat, message, person, state)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
  n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, unique_id TEXT NOT NULL, owner TEXT NOT NULL,
  kind TEXT NOT NULL, path TEXT NOT NULL, mime TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
  sha256 TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, duration INTEGER NOT NULL,
  created_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS files_by_unique ON files (unique_id);
CREATE TABLE IF NOT EXISTS bots (id INTEGER PRIMARY KEY, allowed TEXT);
CREATE TABLE IF NOT EXISTS updates (
  id INTEGER PRIMARY KEY AUTOINCREMENT, bot INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS updates_by_bot ON updates (bot, id);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, spec TEXT NOT NULL, seen INTEGER NOT NULL
  DEFAULT 0, done INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hooks (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, at REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL);
"""


class Database:
    """Statements commit at once unless they stand inside `transaction()`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._connection.row_factory = sqlite3.Row
        self._depth = 0
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Never await inside: one connection serves every request."""
        if self._depth:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        else:
            self._connection.execute("COMMIT")
        finally:
            self._depth = 0

    def run(self, sql: str, *values: Any) -> int:
        """Rows changed."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, *values: Any) -> int:
        """The new row's number."""
        return self._connection.execute(sql, values).lastrowid or 0

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return self._connection.execute(sql, values).fetchall()

    def value(self, sql: str, *values: Any) -> Any:
        row = self.one(sql, *values)
        return row[0] if row else None

    def count(self, name: str, amount: int = 1) -> None:
        self.run("INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n", name, amount)

    def remember(self, key: str, value: Any) -> None:
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, json.dumps(value))

    def recall(self, key: str, default: Any = None) -> Any:
        found = self.value("SELECT value FROM meta WHERE key = ?", key)
        return default if found is None else json.loads(found)


def packed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

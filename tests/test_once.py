from __future__ import annotations

import stat

import pytest

from publisher.once import made_once


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path):
    path = tmp_path / "key"
    assert made_once(path, lambda: b"first") == b"first"
    assert made_once(path, lambda: b"second") == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_who_comes_while_it_is_made_gets_the_same(tmp_path):
    path = tmp_path / "key"

    def overtaken():
        path.write_bytes(b"theirs")
        return b"ours"

    assert made_once(path, overtaken) == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_no_empty_secret(tmp_path):
    def full():
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        made_once(tmp_path / "key", full)
    assert list(tmp_path.iterdir()) == []

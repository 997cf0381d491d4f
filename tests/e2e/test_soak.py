"""Six simulated hours of work under the fast clock with each trouble once: the whole soak in small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
SOAK = Path(__file__).resolve().parents[2] / "benchmarks/soak.py"


def test_six_hours_with_every_trouble_leave_each_text_once_and_nothing_stuck():
    command = [sys.executable, str(SOAK), "--days", "0.25", "--from-hour", "7.5", "--quiet-speed", "1500"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])["figures"]
    assert not any(found["bad"] for found in told["findings"].values())
    states = told["findings"]["exactly once"]["states"]
    assert states["sent"] > 50
    assert told["findings"]["memory worker"]["lives"] == 2  # it was killed once

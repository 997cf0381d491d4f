"""typst in a process of its own: within a long-lived one its caches grew by 40 MB with each report, to 770 MB."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from publisher.render.errors import RenderFailed

LIMIT = 300.0  # seconds; a page takes half a second of processor
SAID = 2000  # characters of an error that are kept
PROGRAM = """
import json, sys, typst
asked = json.load(sys.stdin)
try:
    made = typst.compile(asked.pop("path"), **asked)
except RuntimeError as error:
    sys.exit(str(error))
sys.stdout.buffer.write(made)
"""


def typeset(path: str, **asked: Any) -> bytes:
    """`asked`: what typst.compile takes. Raises RenderFailed."""
    told = json.dumps({"path": path, **asked}).encode()
    try:
        command = [sys.executable, "-I", "-c", PROGRAM]
        done = subprocess.run(command, input=told, capture_output=True, timeout=LIMIT, check=True)
    except subprocess.CalledProcessError as error:
        detail = error.stderr.decode(errors="replace")[-SAID:]
        raise RenderFailed("The report could not be set.", detail=detail) from error
    except subprocess.TimeoutExpired as error:
        raise RenderFailed("The report could not be set.", detail=f"not within {LIMIT:.0f} s") from error
    return done.stdout

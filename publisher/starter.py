"""`publisher init`: a new deployment's folder. The only moment the program writes the files people edit."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

SETS = ("content", "media", "schedules")
PACKAGE = Path(__file__).resolve().parent
SOURCE = first if (first := PACKAGE / "first").is_dir() else PACKAGE.parent  # inside a wheel; else the repository


def init(folder: str) -> int:
    target = Path(folder).resolve()
    taken = [name for name in ("config.yaml", *SETS) if (target / name).exists()]
    if taken:
        print(f"{target} already has {', '.join(taken)}. Choose an empty folder; nothing was written.", file=sys.stderr)
        return 2
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SOURCE / "config.yaml", target / "config.yaml")
    for name in SETS:
        shutil.copytree(SOURCE / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    (target / ".gitignore").write_text("var/\n.env\n", encoding="utf-8")
    print(
        f"A new deployment stands in {target}.\n"
        "Next:\n"
        f"  cd {target}\n"
        "  publisher run        # starts in practice mode: nothing reaches residents\n"
        "  edit config.yaml     # your district, hotline and accounts; then practice: false\n"
        "  publisher check"
    )
    return 0

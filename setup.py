"""Takes along what a new deployment begins with: everything else stands in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
FIRST = ("content", "media", "schedules")


class WithFirstSet(build_py):
    """`publisher init` copies these; in the wheel they lie inside the package (publisher/starter.py finds them)."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "publisher" / "first"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        shutil.copyfile(ROOT / "config.yaml", target / "config.yaml")
        for name in FIRST:
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))


setup(cmdclass={"build_py": WithFirstSet})

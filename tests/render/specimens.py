"""Small specs to render, and a way to make small films."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from publisher.render.ffmpeg import ffmpeg
from publisher.render.specs import CardSpec, ClipSpec, FilmSpec

SIDE = 180  # pixels of the shorter side: enough to see what is where


def make(target: Path, *arguments: str) -> Path:
    subprocess.run([ffmpeg(), "-v", "error", "-y", *arguments, str(target)], check=True, stdin=subprocess.DEVNULL)
    return target


def card_of(**changes: object) -> CardSpec:
    spec = CardSpec(
        language="kk",
        headline="«Қауіпсіз шот» деген болмайды",
        lines=("Код айтпаңыз", "Несие рәсімдемеңіз", "Бізге қоңырау шалыңыз"),
        hotline="2-15-65",
        district="Аққайың ауданы",
    )
    return replace(spec, **changes)


def clip_of(**changes: object) -> ClipSpec:
    spec = ClipSpec(
        language="ru",
        headline="Прежде чем платить — позвоните",
        caller="Незнакомый номер",
        phrases=("Назовите код.",),
        verdict="Торопят? Подумайте",
        steps=("Не спешите", "Позвоните нам"),
        message="Сохраните номер",
        hotline="2-15-65",
        district="Аккайынский район",
        short_side=SIDE,
    )
    return replace(spec, **changes)


def film_of(source: Path, **changes: object) -> FilmSpec:
    spec = FilmSpec(
        source=source,
        language="kk",
        message="Қоңырау шалыңыз",
        hotline="2-15-65",
        district="Аққайың ауданы",
        short_side=SIDE,
    )
    return replace(spec, **changes)

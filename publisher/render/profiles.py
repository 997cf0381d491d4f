"""Platform profiles as data (media/layouts/profiles.yaml): how large a film or picture may be, and how sharp."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel

from publisher import yamlfile
from publisher.connectors.base import Description
from publisher.render.kit import MEDIA
from publisher.render.layouts import Frozen
from publisher.render.probe import Film
from publisher.render.specs import FilmSpec

USUAL = 720  # pixels of the shorter side: smaller films are drawn up to it, or the number would blur
Megabytes = Annotated[float, Field(gt=0, le=4000)]


class Profile(Frozen):
    film_mb: Megabytes
    picture_mb: Megabytes
    largest: int = Field(ge=360, le=2160)

    @property
    def film_bytes(self) -> int:
        return int(self.film_mb * 1_000_000)

    @property
    def picture_bytes(self) -> int:
        return int(self.picture_mb * 1_000_000)


class Profiles(RootModel[dict[str, Profile]]):
    pass


def read_profiles(media: Path = MEDIA) -> dict[str, Profile]:
    """By name; FlawedFile with line and nearest key when the file is wrong."""
    return yamlfile.read_yaml(media / "layouts" / "profiles.yaml", Profiles).root


def profile_for(description: Description, media: Path = MEDIA) -> str:
    """The largest that stays within the account's limit; one named after the platform comes before another's."""
    profiles = read_profiles(media)
    largest = description.limits.video_bytes
    fitting = {name: profile for name, profile in profiles.items() if profile.film_bytes <= largest}
    if not fitting:
        return min(profiles, key=lambda name: profiles[name].film_bytes)
    platform = description.key.split("_")[0]
    return max(fitting, key=lambda name: (name.split("_")[0] == platform, fitting[name].film_bytes))


def check_profiles(media: Path = MEDIA) -> list[yamlfile.Flaw]:
    try:
        read_profiles(media)
    except yamlfile.FlawedFile as error:
        return list(error.flaws)
    return []


def film_for(spec: FilmSpec, profile: Profile, film: Film) -> FilmSpec:
    """As sharp as the film is and the platform takes, and never larger than it takes."""
    side = min(profile.largest, max(USUAL, min(film.width, film.height))) // 2 * 2
    return replace(spec, most_bytes=profile.film_bytes, short_side=0 if side == USUAL else side)

"""`publisher import FILE…`: says what is wrong, cell by cell; with --write does it."""

from __future__ import annotations

import asyncio
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from publisher import yamlfile
from publisher.commands import DONE, WRONG_INPUT, WrongInput, tell
from publisher.config import Home, load
from publisher.connectors.errors import ConnectorError
from publisher.deliver import channels
from publisher.deliver.models import Channel
from publisher.importing.plan import Wanted, a_channel_already, plan
from publisher.importing.tables import COLUMNS, Flaw, Row, Sheet, read
from publisher.people import districts, invitations
from publisher.people.audit import note, shell_actor
from publisher.people.models import District, Region
from publisher.render import brands

HEAD = "# Regions and districts, written by `publisher import`. It may be changed by hand; then: publisher check\n"


def run(arguments: Namespace) -> int:
    wanted = plan(_all(arguments.files), settings.CONFIG, _in_config(settings.HOME))
    if arguments.live or arguments.write:
        wanted.flaws += _live(wanted) if not wanted.flaws else []
    if wanted.flaws:
        told = [{"cell": flaw.cell, "what": flaw.what} for flaw in wanted.flaws]
        tell(arguments, {"flaws": told, "written": False}, [*map(str, wanted.flaws), "Nothing was changed."])
        return WRONG_INPUT
    if not arguments.write:
        counts = {name: len(rows) for name, rows in vars_of(wanted).items()}
        words = ", ".join(f"{number} {name}" for name, number in counts.items())
        tell(arguments, {"flaws": [], "written": False, **counts}, [f"Nothing is wrong: {words}. Do it: --write"])
        return DONE
    return _written(arguments, wanted)


def vars_of(wanted: Wanted) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in COLUMNS}


def _all(files: list[Path]) -> Sheet:
    whole = Sheet()
    for path in files:
        try:
            found = read(path)
        except (OSError, ValueError) as error:
            raise WrongInput(f"{path}: {error}.") from error
        whole.flaws += found.flaws
        for name, rows in found.rows.items():
            whole.rows[name] += rows
    return whole


def _in_config(home: Home) -> dict[str, set[str]]:
    """What config.yaml itself names: that file belongs to people and is never written."""
    data, _lines = yamlfile.parse(home.config_file, home.config_file.read_text(encoding="utf-8"))
    return {part: set(data.get(part) or {}) for part in ("regions", "districts")}


def _live(wanted: Wanted) -> list[Flaw]:
    """Every new channel is asked for, as `channel add` does; a platform out of reach is no flaw."""
    known = set(Channel.objects.values_list("key", flat=True))
    return [flaw for row in wanted.channels if row.get("key") not in known for flaw in _asked(row)]


def _asked(row: Row) -> list[Flaw]:
    try:
        found = asyncio.run(channels.look_up(row.get("account"), row.get("target")))
    except ConnectorError as error:
        return [row.flaw("target", f"the platform says no: {error.detail or error.reason}.")]
    return list(a_channel_already(row, found.id)) if found else []


def _written(arguments: Namespace, wanted: Wanted) -> int:
    """Districts first, since the rest belongs to them; people last, since their links are told once. A row that is
    there already stays as it is."""
    if wanted.regions or wanted.districts:
        _write_places(settings.HOME, wanted)
        districts.follow(load(settings.HOME, practice=settings.CONFIG.practice))
        for key, (look, names) in wanted.looks.items():
            brands.save(District.objects.select_related("brand").get(pk=key), look, names, shell_actor())
    made = [row.get("key") for row in wanted.channels if _channel(row)]
    links = [_invited(row) for row in wanted.people]
    told = {"districts": len(wanted.districts), "people": len(links), "channels": len(made)}
    note(shell_actor(), "imported", "import:spreadsheet", **told)
    lines = [f"Written: {told['districts']} districts, {told['channels']} new channels."]
    lines += [f"{one['name']} ({one['role']}): {one['url']}" for one in links]
    tell(arguments, {"flaws": [], "written": True, **told, "invitations": links, "new_channels": made}, lines)
    return DONE


def _write_places(home: Home, wanted: Wanted) -> None:
    """What stood there stays unless the spreadsheet names it; written beside it and put in its place in one step."""
    path = home.districts_file
    before = yamlfile.parse(path, path.read_text(encoding="utf-8"))[0] if path.exists() else {}
    merged = {
        part: {**(before.get(part) or {}), **new}
        for part, new in (("regions", wanted.regions), ("districts", wanted.districts))
    }
    draft = path.with_suffix(".yaml.new")
    text = yaml.safe_dump(merged, allow_unicode=True, sort_keys=False, width=110)
    draft.write_text(HEAD + text, encoding="utf-8")
    os.replace(draft, path)


def _invited(row: Row) -> dict[str, str]:
    token = invitations.invite(
        row.get("role"),
        District.objects.filter(pk=row.get("district")).first(),
        region=Region.objects.filter(pk=row.get("region")).first(),
        actor=shell_actor(),
    )
    return {"name": row.get("name"), "role": row.get("role"), "url": invitations.link(token)}


def _channel(row: Row) -> bool:
    if Channel.objects.filter(key=row.get("key")).exists():
        return False
    found = asyncio.run(channels.look_up(row.get("account"), row.get("target")))
    place = District.objects.get(pk=row.get("district"))
    channels.add(
        row.get("key"),
        row.get("account"),
        row.get("target"),
        languages=row.listed("languages") or place.languages,
        district=place,
        actor=shell_actor(),
        tags=row.listed("tags"),
        found=found,
    )
    return True

"""What a spreadsheet asks for, checked against the settings and against itself. Nothing is changed here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from publisher.config import Config, District, Region
from publisher.connectors import CONNECTORS
from publisher.connectors.base import takes_posts
from publisher.deliver.models import Channel
from publisher.importing.looks import Branded, Misfit, branded
from publisher.importing.tables import Flaw, Row, Sheet
from publisher.people.models import Role

KEY = re.compile(r"^[a-z0-9][a-z0-9_-]{0,49}$")
LANGUAGES = ("kk", "ru", "en")


@dataclass(slots=True)
class Wanted:
    """`flaws` empty: everything can be done. `mine`: keys that stand in config.yaml, which is never written."""

    regions: dict[str, dict[str, Any]] = field(default_factory=dict)
    districts: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: list[Row] = field(default_factory=list)
    channels: list[Row] = field(default_factory=list)
    looks: dict[str, Branded] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)


def plan(sheet: Sheet, config: Config, mine: dict[str, set[str]]) -> Wanted:
    wanted = Wanted(flaws=list(sheet.flaws))
    for row in sheet.rows["regions"]:
        _place(row, wanted, wanted.regions, Region, {}, mine["regions"])
    regions = {*config.regions, *wanted.regions}
    for row in sheet.rows["districts"]:
        _place(row, wanted, wanted.districts, District, _details(row), mine["districts"])
        wanted.flaws += [*_quiet(row), *_look(row, wanted.looks)]
        if row.get("region") and row.get("region") not in regions:
            wanted.flaws.append(row.flaw("region", f"no region is called “{row.get('region')}”."))
    districts = {*config.districts, *wanted.districts}
    checks: list[tuple[str, list[Row], Callable[[Row], Iterator[Flaw]]]] = [
        ("people", wanted.people, lambda row: _person(row, districts, regions)),
        ("channels", wanted.channels, lambda row: _channel(row, config, districts)),
    ]
    for name, rows, check in checks:
        for row in sheet.rows[name]:
            wanted.flaws += check(row)
            rows.append(row)
    wanted.flaws += _twice(sheet)
    return wanted


def _place(
    row: Row, wanted: Wanted, into: dict[str, Any], model: type[Any], details: dict[str, Any], mine: set[str]
) -> None:
    key = row.get("key")
    if not KEY.match(key):
        wanted.flaws.append(row.flaw("key", f"“{key}” cannot be a key: small Latin letters, digits and hyphens."))
    if key in mine:
        wanted.flaws.append(row.flaw("key", f"“{key}” stands in config.yaml: change it there, or take it away there."))
    names = {code: row.get(f"name_{code}") for code in LANGUAGES if row.get(f"name_{code}")}
    data = {"name": names, **details}
    try:
        model.model_validate(data)
    except ValidationError as error:
        wanted.flaws += [_flaw(row, one) for one in error.errors(include_url=False)]
    into[key] = data


def _details(row: Row) -> dict[str, Any]:
    data: dict[str, Any] = {"hotline": row.get("hotline")}
    for name in ("region", "time_zone", "control_chat"):
        if row.get(name):
            data[name] = row.get(name)
    if row.get("population"):
        data["population"] = int(row.get("population")) if row.get("population").isdigit() else row.get("population")
    if row.get("languages"):
        data["languages"] = row.listed("languages")
    if row.get("quiet_from") and row.get("quiet_to"):
        data["quiet_hours"] = {"start": row.get("quiet_from")[:5], "end": row.get("quiet_to")[:5]}
    return data


def _quiet(row: Row) -> Iterator[Flaw]:
    for given, lacking in (("quiet_from", "quiet_to"), ("quiet_to", "quiet_from")):
        if row.get(given) and not row.get(lacking):
            yield row.flaw(given, f"“{lacking}” is missing: quiet hours have a beginning and an end.")


def _look(row: Row, looks: dict[str, Branded]) -> Iterator[Flaw]:
    try:
        if found := branded(row):
            looks[row.get("key")] = found
    except Misfit as error:
        yield row.flaw(error.column, str(error))


def _flaw(row: Row, error: Any) -> Flaw:
    """In the cell that pydantic means."""
    at = [str(part) for part in error["loc"]]
    column = {"name": f"name_{at[1]}" if len(at) > 1 else "name_kk"}.get(at[0], at[0])
    column = {"quiet_hours": "quiet_from" if "start" in at else "quiet_to"}.get(column, column)
    return row.flaw(column, f"{error['msg'].removeprefix('Value error, ')}.")


def _person(row: Row, districts: set[str], regions: set[str]) -> Iterator[Flaw]:
    if not row.get("name"):
        yield row.flaw("name", "the name is missing: the invitation is for whom?")
    if row.get("role") not in Role.values:
        yield row.flaw("role", f"“{row.get('role')}” is no role; there are {', '.join(Role.values)}.")
    if row.get("district") and row.get("region"):
        yield row.flaw("region", "a district or a region, not both.")
    if row.get("district") and row.get("district") not in districts:
        yield row.flaw("district", f"no district is called “{row.get('district')}”.")
    if row.get("region") and row.get("region") not in regions:
        yield row.flaw("region", f"no region is called “{row.get('region')}”.")


def _channel(row: Row, config: Config, districts: set[str]) -> Iterator[Flaw]:
    if not KEY.match(row.get("key")):
        yield row.flaw("key", f"“{row.get('key')}” cannot be a key: small Latin letters, digits and hyphens.")
    if row.get("account") not in config.accounts:
        yield row.flaw("account", f"config.yaml has no account “{row.get('account')}”.")
    elif not takes_posts(CONNECTORS[config.accounts[row.get("account")].type]):
        yield row.flaw("account", f"the account “{row.get('account')}” only looks at pages; it posts nothing.")
    if not row.get("target"):
        yield row.flaw("target", "the target is missing: @name or number of the chat.")
    if row.get("district") not in districts:
        yield row.flaw("district", f"no district is called “{row.get('district')}”.")
    for code in row.listed("languages"):
        if code not in LANGUAGES:
            yield row.flaw("languages", f"“{code}” is no language; there are {', '.join(LANGUAGES)}.")
    known = Channel.objects.filter(key=row.get("key")).first()
    if known and (known.account_id, known.district_id) != (row.get("account"), row.get("district")):
        yield row.flaw("key", "there is a channel of this key for another account or district.")
    yield from a_channel_already(row, row.get("target"))


def a_channel_already(row: Row, target: str) -> Iterator[Flaw]:
    there = Channel.objects.filter(account=row.get("account"), target=target).exclude(key=row.get("key")).first()
    if there:
        yield row.flaw("target", f"this chat is a channel already: “{there.key}”.")


def _twice(sheet: Sheet) -> Iterator[Flaw]:
    for name in ("regions", "districts", "channels"):
        yield from _repeated(sheet.rows[name], "key")
    for account in dict.fromkeys(row.get("account") for row in sheet.rows["channels"]):
        mine = [row for row in sheet.rows["channels"] if row.get("account") == account and row.get("target")]
        yield from _repeated(mine, "target")


def _repeated(rows: list[Row], column: str) -> Iterator[Flaw]:
    seen: dict[str, str] = {}
    for row in rows:
        if row.get(column) in seen:
            yield row.flaw(column, f"“{row.get(column)}” stands in {seen[row.get(column)]} already.")
        seen.setdefault(row.get(column), row.cell(column))

"""config.yaml, read once into frozen typed settings."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from publisher import yamlfile
from publisher.connectors import CONNECTORS
from publisher.connectors.base import Converses, Settings
from publisher.yamlfile import Flaw, FlawedFile

Language = Literal["kk", "ru", "en"]
ENV = re.compile(r"^\$\{(\w+)\}$")
SECRETS = {"token", "api_hash", "app_secret", "verify_token", "hook_secret", "secret_key", "password", "dsn"}
PRACTICE_PAGES = {
    "practice_police": {"role": "own"},
    "practice_cyberpol": {"role": "source", "permission": "Сынақ хаты № 1"},
}
PRACTICE_SECRETS = {"token": "100200300:practice", "app_secret": "practice", "verify_token": "practice"}

WITHOUT_STAND_IN = {"telegram_session"}
PRACTICE_PHONE = {"type": "whatsapp_gateway", "token": "practice", "hook_secret": "practice", "session": "practice"}

PRACTICE_CONTROL_CHAT = "-1009000000001"  # the press office's own group among the practice chats


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"no time zone is called {name}; Kazakhstan's are Asia/Almaty, Asia/Aqtau and so on") from None
    return name


def _address(text: str) -> str:
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.hostname):
        raise ValueError("write the whole address, like https://publisher.example.kz")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", text):
        raise ValueError("write the host alone, like gov.kz; everything below it is meant as well")
    return text


def _in_quotes(value: object) -> object:
    """YAML reads 22:00 without quotes as 1320, which would pass for twenty-two minutes past midnight."""
    if isinstance(value, int | float):
        raise ValueError('write the time in quotes, like "22:00"')
    return value


def _number(value: object) -> object:
    """YAML takes 102 for an amount, and a zero in front of it away."""
    if isinstance(value, int | float):
        raise ValueError(f'write the number in quotes, like "{value}"')
    if not isinstance(value, str) or not value.strip():
        raise ValueError('write the number that residents are to call, like "2-15-65"')
    return value.strip()


def _key(text: str) -> str:
    """It stands in addresses of the console."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,50}", text):
        raise ValueError("a key has Latin letters, digits and hyphens alone; the name beside it may have any")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Address = Annotated[str, AfterValidator(_address)]
Hour = Annotated[time, BeforeValidator(_in_quotes)]
Hotline = Annotated[str, Field(max_length=40), BeforeValidator(_number)]
Key = Annotated[str, AfterValidator(_key)]
Host = Annotated[str, AfterValidator(_host)]


class Site(Frozen):
    name: str = "Awareness publisher"
    public_url: Address = "http://127.0.0.1:8000"
    languages: tuple[Language, ...] = ("kk", "ru")
    time_zone: Zone = "Asia/Almaty"


class Names(Frozen):
    kk: str
    ru: str
    en: str = ""


class QuietHours(Frozen):
    """No ordinary post goes out from `start` to `end` in the district's own time."""

    start: Hour = time(22, 0)
    end: Hour = time(8, 0)


class Region(Frozen):
    """Several districts whose people at the centre see all of them."""

    name: Names


class District(Frozen):
    name: Names
    hotline: Hotline
    region: str | None = None  # a key of `regions`
    population: int | None = Field(None, ge=1)  # for figures per 10,000 people; unknown is not zero
    languages: tuple[Language, ...] = ()  # what its channels speak, in the order residents read; empty: the site's
    time_zone: Zone | None = None
    quiet_hours: QuietHours = QuietHours()
    control_chat: str = ""  # the department's own group: what waits here is said there; empty: in the accounts'
    notices: bool = True  # the control chat is told when a post waits for approval or was returned
    tracked_links: bool = True  # links in its posts may be counted (see `links: in_messages`)
    urgent_by_two: bool = True  # an urgent post needs two approvals, neither of them its author's


class Server(Frozen):
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    practice_port: int = Field(8001, ge=1, le=65535)
    trusted_proxies: bool = False


class Security(Frozen):
    """Whose role needs a second factor (never in practice), and how long a log-in lasts."""

    second_factor: tuple[Literal["officer", "approver", "duty", "chief", "admin"], ...] = ("admin", "approver")
    session_hours: int = Field(12, ge=1, le=24)
    idle_minutes: int = Field(120, ge=5, le=24 * 60)


class Mail(Frozen):
    """Where notices and digests are sent from; without it none are mailed."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"  # none: only for a server on the same computer
    user: str = ""
    password: str = ""
    sender: str


class Metrics(Frozen):
    """Who may read /metrics: whoever knows the token; without one, programs on this computer alone."""

    token: SecretStr = SecretStr("")


class Bucket(Frozen):
    """One place for uploads that speaks S3. `endpoint` empty: Amazon's own."""

    bucket: str
    endpoint: str = ""
    region: str = ""
    prefix: str = ""
    access_key: str
    secret_key: SecretStr


class Delivering(Frozen):
    """How late a post may be, in minutes, before a person is asked instead of sending it."""

    late_tolerance_minutes: int = Field(60, ge=1)
    concurrency: int = Field(8, ge=1, le=64)


class Links(Frozen):
    """`address`: where residents reach /l/… of this console, when that is not `site: public_url`.

    `in_messages`: links in posts lead by short ones that count; not given: where that address is a public https one.
    """

    address: Address = ""
    in_messages: bool | None = None


class CallCentre(Frozen):
    """How long the call centre keeps what it does not need any more, in days."""

    numbers_days: int = Field(3, ge=0, le=60)  # numbers of prevention calls, after the campaign's last day
    notes_days: int = Field(90, ge=1, le=730)  # the words of a call; what it was is kept


class Residents(Frozen):
    """The residents' bot. `accounts`: those whose private messages it answers; empty: none (in practice: all that can).

    `most_a_day` and `most_a_week`: posts that one channel bears; more is only told, never refused. None: no such word.
    """

    accounts: tuple[str, ...] = ()
    append_code: bool = False  # the post's short code and its address below every post
    late_hours: int = Field(4, ge=1, le=72)  # a question that waits longer is told to the person and on Today
    keep_days: int = Field(30, ge=1, le=365)  # words of questions, and the address an answer goes to
    a_minute: int = Field(20, ge=3)  # messages of one person, before the bot rests with them
    a_day: int = Field(150, ge=10)
    warn_again_days: int = Field(14, ge=3, le=180)  # a warning has faded by then
    most_a_day: int | None = Field(2, ge=1)
    most_a_week: int | None = Field(7, ge=1)


Level = Literal["block", "warn", "off"]


class Checks(Frozen):
    """What each check of a post does: keep it from being queued, warn, or nothing. Platforms' limits always block."""

    hotline_missing: Level = "warn"
    parity: Level = "warn"
    stray_marks: Level = "warn"
    link_not_allowed: Level = "block"
    iin_in_text: Level = "block"
    card_in_text: Level = "block"
    plate_in_text: Level = "warn"
    personal_phone: Level = "warn"
    duplicate: Level = "warn"
    channel_overloaded: Level = "warn"
    pictures_unchecked: Level = "block"
    permission_missing: Level = "block"
    duplicate_days: int = Field(14, ge=1, le=365)  # how far back and ahead the same words count as said again
    official_numbers: tuple[str, ...] = ()  # phones of offices that are no person's; the hotlines are known


if TYPE_CHECKING:
    AccountSettings = Settings
else:
    AccountSettings = Annotated[
        Union[tuple(c.settings_type for c in CONNECTORS.values())],  # noqa: UP007
        Field(discriminator="type"),
    ]


def _origin(text: str) -> str:
    if not re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?", text):
        raise ValueError("write the site's address without a path, like https://www.gov.kz")
    return text


class Interface(Frozen):
    """What other programs reach. `webhook_hosts`: inner hosts that events may go to; `embed_on`: sites whose pages
    may show the widget."""

    webhook_hosts: tuple[str, ...] = ()
    embed_on: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()


class Reporting(Frozen):
    """Where errors of the program itself are reported, if anywhere: a Sentry-compatible server."""

    dsn: SecretStr = SecretStr("")
    environment: str = "production"


class Config(Frozen):
    site: Site = Site()
    practice: bool = False
    database: str = "sqlite:///var/publisher.sqlite3"
    server: Server = Server()
    security: Security = Security()
    mail: Mail | None = None
    files: str | Bucket | None = None  # where several machines share uploads: a folder, or a bucket; else var/ alone
    delivery: Delivering = Delivering()
    metrics: Metrics = Metrics()
    regions: dict[Key, Region] = {}
    districts: dict[Key, District] = {"main": District(name=Names(kk="Аудан", ru="Район"), hotline="102")}
    accounts: dict[str, AccountSettings] = {}
    checks: Checks = Checks()
    links: Links = Links()
    interface: Interface = Interface()
    log: Literal["lines", "json"] = "lines"
    reporting: Reporting = Reporting()
    hotline: CallCentre = CallCentre()
    residents: Residents = Residents()
    link_hosts: tuple[Host, ...] = ("gov.kz", "egov.kz", "polisia.kz", "t.me")

    @field_validator("database")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("write sqlite:///var/publisher.sqlite3 or postgresql://user@host/name")
        return url

    @field_validator("districts")
    @classmethod
    def _some_district(cls, districts: dict[str, District]) -> dict[str, District]:
        if not districts:
            raise ValueError("name at least one district with its hotline")
        return districts

    @model_validator(mode="after")
    def _known_regions(self) -> Config:
        for key, district in self.districts.items():
            if district.region and district.region not in self.regions:
                known = ", ".join(self.regions) or "none"
                raise ValueError(f"districts: {key}: no region is called {district.region}; there are: {known}")
        return self

    @model_validator(mode="after")
    def _known_accounts_of_residents(self) -> Config:
        for key in self.residents.accounts:
            if key not in self.accounts:
                known = ", ".join(self.accounts) or "none"
                raise ValueError(f"residents: accounts: no account is called {key}; there are: {known}")
            if not issubclass(CONNECTORS[self.accounts[key].type], Converses):
                talking = ", ".join(kind for kind, one in CONNECTORS.items() if issubclass(one, Converses))
                raise ValueError(f"residents: accounts: {key} has no private talks; these kinds have: {talking}")
        return self

    @model_validator(mode="after")
    def _known_districts_of_pages(self) -> Config:
        for key, account in self.accounts.items():
            for name, page in getattr(account, "pages", {}).items():
                if page.district and page.district not in self.districts:
                    known = ", ".join(self.districts)
                    raise ValueError(f"{key}: pages: {name}: no district is called {page.district}; there are: {known}")
        return self


class Places(Frozen):
    """districts.yaml beside config.yaml: regions and districts in the same form, for those who have many of them."""

    regions: dict[Key, Region] = {}
    districts: dict[Key, District] = {}


@dataclass(frozen=True)
class Home:
    """A deployment's folder: config.yaml, content/, media/, schedules/ which people write, and var/ which we do."""

    path: Path

    @property
    def config_file(self) -> Path:
        return self.path / "config.yaml"

    @property
    def districts_file(self) -> Path:
        return self.path / "districts.yaml"

    @property
    def content(self) -> Path:
        return self.path / "content"

    @property
    def media(self) -> Path:
        return self.path / "media"

    @property
    def schedules(self) -> Path:
        return self.path / "schedules"

    @cached_property
    def var(self) -> Path:
        folder = self.path / "var"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def folder(self, name: str) -> Path:
        """A folder of ours under var/, made when first asked for."""
        folder = self.var / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def find_home(given: str | None = None) -> Home:
    """`--home`, else $PUBLISHER_HOME, else the current directory."""
    return Home(Path(given or os.environ.get("PUBLISHER_HOME") or ".").resolve())


def load(home: Home, *, practice: bool | None = None) -> Config:
    """The deployment's settings. In practice every account talks to the practice platforms and needs no secret."""
    path = home.config_file
    if not path.exists():
        hint = f"Run `publisher init {home.path}`, or go to the deployment's folder, or give --home."
        raise FlawedFile([Flaw(path, 0, "there is no config.yaml here.", hint)])
    data, lines = yamlfile.parse(path, yamlfile.text_of(path))
    if not isinstance(data, dict):
        raise FlawedFile([Flaw(path, 1, "the file must be a list of keys with values.")])
    wanted = os.environ.get("PUBLISHER_PRACTICE") == "1" if practice is None else practice
    in_practice = bool(wanted or data.get("practice") is True)
    flaws: list[Flaw] = []
    data = _resolved(data, (), _Secrets(path, lines, flaws, home, in_practice))
    if flaws:
        raise FlawedFile(flaws)
    config = yamlfile.validate(path, _with_places(home, data), lines, Config)
    return _rehearsed(config) if in_practice else config


def _with_places(home: Home, data: dict[str, Any]) -> dict[str, Any]:
    """The same with the regions and districts of districts.yaml; one that stands in both files is a flaw."""
    path = home.districts_file
    if not path.exists():
        return data
    more, lines = yamlfile.parse(path, yamlfile.text_of(path))
    yamlfile.validate(path, more, lines, Places)
    merged = dict(data)
    for part in Places.model_fields:
        if not isinstance(data.get(part) or {}, dict):
            return data  # its own flaw is told where config.yaml is looked at
        mine, added = dict(data.get(part) or {}), dict(more.get(part) or {})
        if twice := sorted(mine.keys() & added.keys()):
            hint = "Keep it in one of the two files."
            at = (part, twice[0])
            raise FlawedFile([Flaw(path, lines.get(at, 0), f"“{twice[0]}” stands in config.yaml as well.", hint)])
        if mine or added:
            merged[part] = {**mine, **added}
    return merged


@dataclass(frozen=True)
class _Secrets:
    path: Path
    lines: yamlfile.Lines
    flaws: list[Flaw]
    home: Home
    practice: bool

    def flaw(self, at: yamlfile.Path_, what: str, hint: str) -> str:
        self.flaws.append(Flaw(self.path, self.lines.get(at, 0), what, hint))
        return "-"


def _resolved(value: Any, at: yamlfile.Path_, secrets: _Secrets) -> Any:
    """The same data with ${ENV} and *_file put in place; a secret written out in the file is refused."""
    if isinstance(value, list):
        return [_resolved(v, (*at, n), secrets) for n, v in enumerate(value)]
    if not isinstance(value, dict):
        return _from_environment(value, at, secrets) if isinstance(value, str) else value
    resolved: dict[Any, Any] = {}
    for key, inner in value.items():
        here = (*at, str(key))
        name = str(key).removesuffix("_file")
        if name != key and name in SECRETS:
            resolved[name] = _from_file(inner, here, secrets, name)
        elif key in SECRETS and isinstance(inner, str | int) and inner and not ENV.match(f"{inner}"):
            hint = f"Put it in an environment variable and write {key}: ${{NAME}}, or in a file and write {key}_file."
            resolved[key] = secrets.flaw(here, f"“{key}” is a secret and must not stand in this file.", hint)
        else:
            resolved[key] = _resolved(inner, here, secrets)
    return resolved


def _from_environment(text: str, at: yamlfile.Path_, secrets: _Secrets) -> str:
    found = ENV.match(text)
    if not found:
        return text
    name = found[1]
    if os.environ.get(name):
        return os.environ[name]
    if secrets.practice:
        return PRACTICE_SECRETS.get(str(at[-1]), "practice")
    hint = f"Set it before starting, for instance: export {name}=… (or use {at[-1]}_file)."
    return secrets.flaw(at, f"the environment variable {name} is not set.", hint)


def _from_file(name: Any, at: yamlfile.Path_, secrets: _Secrets, secret: str) -> str:
    if secrets.practice:
        return PRACTICE_SECRETS.get(secret, "practice")
    path = secrets.home.path / str(name)
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError:
        return secrets.flaw(at, f"the file {name} cannot be read.", "Create it with the secret as its only line.")
    return text or secrets.flaw(at, f"the file {name} is empty.", "Write the secret into it.")


def _rehearsed(config: Config) -> Config:
    """Practice mode: the same accounts (or our own) against the local stand-ins, in a database of its own.

    Telegram's own protocol has no stand-in: such accounts are left out. All roads to WhatsApp are there.
    """
    base = f"http://127.0.0.1:{config.server.practice_port}"
    given = {key: account.model_dump() for key, account in config.accounts.items()} or {
        "telegram-main": {"type": "telegram", "token": PRACTICE_SECRETS["token"]},
        "whatsapp-main": {"type": "whatsapp_cloud", "phone_number_id": "100200300", **PRACTICE_SECRETS},
    }
    if not any(account["type"] == "instagram" for account in given.values()):
        given["instagram"] = {"type": "instagram"}
    for key, more in (("whatsapp-phone", PRACTICE_PHONE), ("whatsapp-people", {"type": "whatsapp_relay"})):
        if not any(account["type"] == more["type"] for account in given.values()):
            given[key] = dict(more)
    stood_in_for = {key: account for key, account in given.items() if account["type"] not in WITHOUT_STAND_IN}
    accounts = {key: _against(base, account) for key, account in stood_in_for.items()}
    database = config.database
    if database.startswith("postgresql://"):  # practice must not write into the real one
        database = "sqlite:///var/publisher-practice.sqlite3"
    elif not database.endswith("-practice.sqlite3"):
        database = f"{database.removesuffix('.sqlite3')}-practice.sqlite3"
    districts = {key: one.model_dump() | {"control_chat": ""} for key, one in config.districts.items()}
    replaced = {"accounts": accounts, "districts": districts, "practice": True, "database": database}
    data = config.model_dump(exclude={"accounts", "districts"}) | replaced
    if not config.residents.accounts:
        talking = [key for key, account in accounts.items() if account["type"] in ("telegram", "whatsapp_cloud")]
        data["residents"] = config.residents.model_dump() | {"accounts": talking}
    return Config.model_validate(data)


def _against(base: str, account: dict[str, Any]) -> dict[str, Any]:
    """The account at the stand-in, with secrets and pages that are known there."""
    if account["type"] == "instagram":
        return {**account, "api_url": f"{base}/instagram", "pages": PRACTICE_PAGES}
    if account["type"] == "whatsapp_relay":
        return account
    if account["type"] == "telegram":
        account = {**account, "control_chat": PRACTICE_CONTROL_CHAT}
    return {**account, "api_url": base, **{k: v for k, v in PRACTICE_SECRETS.items() if k in account}}

"""deploy/ and the documents name only what the program really has."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.urls import Resolver404, resolve

from publisher import asgi, metrics, quietlog
from publisher.cli import _parser
from publisher.config import Config

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("publisher*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
COMPOSE = yaml.safe_load((DEPLOY / "container/compose.yaml").read_text(encoding="utf-8"))
CONTAINERFILE = (DEPLOY / "container/Containerfile").read_text(encoding="utf-8")
DOCUMENTS = [
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs/connectors").glob("*.md"),
    ROOT / "README.md",
    *(p for p in DEPLOY.rglob("*") if p.is_file() and p.suffix != ".json"),
]
PROGRAM = "/opt/publisher/.venv/bin/publisher"
CODE = re.compile(r"`([^`\n]+)`|^ {4,}(.+)$|^\| *`([^`\n]+)`", re.MULTILINE)
COMMAND = re.compile(r"(?:^|[ /;&])publisher ((?:[a-z][a-z-]*)(?: [^#`|;&]*)?)")


def _accepts(words: list[str]) -> argparse.Namespace:
    """Parse a whole command line; a wrong one ends the test with argparse's own words."""
    return _parser().parse_args(words)


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(actions[0].choices) if actions else {}


def _unit(path: Path) -> dict[str, list[str]]:
    """A unit's settings, each with all its values: systemd allows a key more than once."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_exists(path):
    program, *words = shlex.split(_unit(path)["ExecStart"][0])
    assert program == PROGRAM
    assert _accepts(words).home == "/srv/publisher"


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_gives_up_what_the_program_does_not_need(path):
    unit = _unit(path)
    assert unit["User"] == ["publisher"]
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["ReadWritePaths"] == ["/srv/publisher/var"]
    assert unit["CapabilityBoundingSet"] == [""]


def test_a_unit_waits_for_what_is_on_the_wire():
    from publisher.deliver.loop import DRAIN

    for path in SERVICES:
        if path.name != "publisher-backup.service":
            unit = _unit(path)
            assert float(unit["TimeoutStopSec"][0]) > 2 * DRAIN
            assert unit["KillMode"] == ["mixed"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_itself_finds_no_fault_in_a_unit(path, tmp_path):
    """Under its real name, with a program that exists here; what it says of the machine's own units is not ours."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, shutil.which("true") or "/bin/true")
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text, encoding="utf-8")
    name = path.name.replace("@.", "@1.")
    asked = ["systemd-analyze", "verify", "--man=no", f"./{name}"]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    said = [line for line in done.stderr.splitlines() if "publisher" in line]
    assert not said


@pytest.mark.parametrize("name", [n for n, service in COMPOSE["services"].items() if "command" in service])
def test_a_container_starts_a_command_that_exists(name):
    service = COMPOSE["services"][name]
    assert _accepts(service["command"]).command == service["command"][0]
    assert service["image"] == "publisher:latest"
    assert service["cap_drop"] == ["ALL"]


def test_the_compose_file_names_only_files_volumes_and_services_that_exist():
    folder = DEPLOY / "container"
    kept = set(COMPOSE["volumes"])
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in kept or source == "./home" or (folder / source).is_file()
        waits = service.get("depends_on", [])
        assert set(waits) <= set(COMPOSE["services"])
        if build := service.get("build"):
            assert (folder / build["context"] / build["dockerfile"]).is_file()


def test_the_image_is_made_of_what_the_repository_has_and_the_ignore_file_lets_through():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    let_through = (DEPLOY / "container/Containerfile.dockerignore").read_text().splitlines()
    for name in names:
        assert (ROOT / name).exists()
        assert f"!{name}" in let_through
    assert let_through[0] == "*"
    assert {"config.yaml", "content", "media", "schedules", "publisher"} <= set(names)  # what `publisher init` copies


def test_the_image_runs_the_program_as_nobody_special():
    entry = json.loads(re.findall(r"^ENTRYPOINT (.+)$", CONTAINERFILE, re.MULTILINE)[0])
    assert entry == ["python", "-m", "publisher"]
    assert (ROOT / "publisher/__main__.py").exists()
    command = json.loads(re.findall(r"^CMD (.+)$", CONTAINERFILE, re.MULTILINE)[0])
    assert _accepts(command).command == "run"
    assert re.findall(r"^USER (.+)$", CONTAINERFILE, re.MULTILINE)[-1] == "publisher"
    assert "--require-hashes" in CONTAINERFILE


def _addresses(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    return set(re.findall(r"(?:location = |@inner path |:8000)(/[a-z][a-z/ ]*)", text))


@pytest.mark.parametrize("name", ["proxy/Caddyfile", "proxy/nginx.conf", "container/compose.yaml"])
def test_proxies_and_health_checks_ask_for_addresses_that_exist(name):
    found = {address for text in _addresses(DEPLOY / name) for address in text.split()}
    assert found
    for address in found:
        try:
            resolve(address)
        except Resolver404:
            pytest.fail(f"{name}: there is no {address}")


@pytest.mark.parametrize("name", ["proxy/Caddyfile", "proxy/nginx.conf"])
def test_a_proxy_keeps_every_personal_link_out_of_its_log(name):
    """The same places as the program itself keeps out of its own."""
    hidden = re.search(r"\(\?:([a-z/|]+)\)", quietlog.SECRET_PLACES.pattern)
    assert hidden
    assert f"{hidden[1]})/" in (DEPLOY / name).read_text(encoding="utf-8")


def test_nginx_lets_through_what_the_program_itself_takes():
    shipped = (DEPLOY / "proxy/nginx.conf").read_text(encoding="utf-8")
    found = dict(re.findall(r"location ~ \^(/\S+)/\$ \{\s*client_max_body_size (\d+)m;", shipped))
    own = {asgi.FILMS: asgi.LARGEST_FILE, asgi.LISTS: asgi.LARGEST_LIST}
    assert found == {at.pattern.replace("\\d", "[0-9]").removesuffix("/$"): str(most >> 20) for at, most in own.items()}


@pytest.mark.skipif(not shutil.which("caddy"), reason="Caddy is not on this machine")
def test_caddy_itself_finds_no_fault():
    asked = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "proxy/Caddyfile")]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx is not on this machine")
def test_nginx_itself_finds_no_fault(tmp_path):
    """With a certificate of the test's own; everything else is as shipped."""
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=publisher.example.kz"]
    subprocess.run([*made, "-keyout", "privkey.pem", "-out", "fullchain.pem"], cwd=tmp_path, check=True,
                   capture_output=True)  # fmt: skip
    shipped = (DEPLOY / "proxy/nginx.conf").read_text(encoding="utf-8")
    site = shipped.replace("/etc/letsencrypt/live/publisher.example.kz", str(tmp_path))
    (tmp_path / "site.conf").write_text(site.replace("/var/log/nginx", str(tmp_path)), encoding="utf-8")
    whole = (
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {tmp_path}/site.conf; }}"
    )
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    asked = ["nginx", "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def _metric_names() -> set[str]:
    names = set()
    for family in metrics.Numbers().collect():
        names |= {family.name, *(f"{family.name}_{end}" for end in ("total", "bucket", "sum", "count"))}
    return names


def _asked_for() -> set[str]:
    rules = yaml.safe_load((DEPLOY / "monitoring/publisher-alerts.yml").read_text(encoding="utf-8"))
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    board = json.loads((DEPLOY / "monitoring/grafana-dashboard.json").read_text(encoding="utf-8"))
    asked += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return {name for expression in asked for name in re.findall(r"publisher_\w+", expression)}


def test_alerts_and_dashboard_ask_for_numbers_that_are_given(accounts, settings):
    (settings.HOME.folder("backups") / "publisher-1.tar").touch()
    assert _asked_for() - _metric_names() == set()


def test_every_number_is_explained(accounts, settings):
    (settings.HOME.folder("backups") / "publisher-1.tar").touch()
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for family in metrics.Numbers().collect():
        name = family.name.removeprefix("publisher_")
        assert re.search(rf"`{name}(_total)?[`{{]", text) or name == "info"


def test_every_alert_says_what_to_do():
    rules = yaml.safe_load((DEPLOY / "monitoring/publisher-alerts.yml").read_text(encoding="utf-8"))
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for rule in rules["groups"][0]["rules"]:
        assert f"`{rule['alert']}`" in text
        assert rule["annotations"]["summary"]


def _commands_in(path: Path) -> list[str]:
    """What a document shows as a command, with its options; placeholders stay as they are."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    shown = [next(filter(None, match.groups())) for match in CODE.finditer(text)] if path.suffix == ".md" else []
    lines = shown or text.splitlines()
    return [match[1].strip() for line in lines for match in COMMAND.finditer(line.split(" # ")[0])]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_commands_and_options_that_exist(path):
    known = _subcommands(_parser())
    for line in _commands_in(path):
        name, *words = line.split()
        if path.suffix != ".md" and name not in known:
            continue  # prose of a comment
        assert name in known, line
        command = known[name]
        inner = _subcommands(command)
        if inner and words and words[0] in inner:
            command = inner[words[0]]
        options = set(command._option_string_actions)
        for option in re.findall(r"(?<![\w-])--[a-z-]+", " ".join(words)):
            assert option in options, f"{line}: {option}"


def test_some_document_names_every_part_of_a_deployment():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            name = path.name.replace("@.service", "@")
            folder = f"deploy/{path.parent.name}/"
            assert name in text or path.stem in text or folder in text, path.name


def test_settings_shown_in_the_documents_are_real():
    """Blocks that look like config.yaml have only keys of config.yaml."""
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE)
    for block in blocks:
        keys = re.findall(r"^ {4}([a-z_]+):", block, re.MULTILINE)
        for key in keys:
            assert key in Config.model_fields, key

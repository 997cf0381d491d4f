"""The catalogue of ruses: what ships is whole; what people write wrongly is named with file, line and nearest key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from publisher.config import Home
from publisher.hotline import patterns
from publisher.yamlfile import FlawedFile

CONTENT = Path(__file__).resolve().parents[2] / "content"


@pytest.fixture
def content(tmp_path) -> Path:
    (tmp_path / "patterns").mkdir()
    for name in ("signs.yaml", "sms-code.yaml"):
        shutil.copy(CONTENT / "patterns" / name, tmp_path / "patterns" / name)
    shutil.copytree(CONTENT / "sms-egov-code", tmp_path / "sms-egov-code")
    return tmp_path


def _change(content: Path, old: str, new: str) -> list[str]:
    path = content / "patterns/sms-code.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FlawedFile) as caught:
        patterns.load_all(content)
    return [str(flaw) for flaw in caught.value.flaws]


def test_the_false_officer_comes_first_and_there_are_at_least_twelve():
    shipped = patterns.load_all(CONTENT)
    assert next(iter(shipped.patterns)) == "officer-safe-account"
    assert len(shipped.patterns) >= 12


def test_every_scam_warning_of_ours_belongs_to_a_pattern():
    shipped = patterns.load_all(CONTENT)
    warnings = {path.parent.name for path in CONTENT.glob("*/kk.md") if "kind: scam_warning" in path.read_text("utf-8")}
    assert {slug for slug in warnings if not shipped.of_template(slug)} == set()


def test_the_signs_of_a_pattern_lead_to_it():
    shipped = patterns.load_all(CONTENT)
    led = {pattern.key: shipped.matches(set(pattern.signs))[0].pattern.key for pattern in shipped.patterns.values()}
    assert led == {key: key for key in shipped.patterns}


def test_a_loan_for_an_officer_is_fraud_and_the_officer_alone_is_not_enough():
    shipped = patterns.load_all(CONTENT)
    assert shipped.is_fraud({"poses-as-officer", "take-loan"})
    assert not shipped.is_fraud({"poses-as-officer"})
    assert not shipped.is_fraud(set())


def test_an_unknown_sign_is_named_with_its_line_and_the_nearest_one(content):
    (flaw,) = _change(content, "signs: [tell-code,", "signs: [tel-code,")
    assert "sms-code.yaml:6: “signs” names “tel-code”, which does not exist. Did you mean “tell-code”?" in flaw


def test_an_unknown_template_is_named_with_the_nearest_one(content):
    (flaw,) = _change(content, "templates: [sms-egov-code]", "templates: [sms-egov-kode]")
    assert "sms-egov-kode" in flaw
    assert "Did you mean “sms-egov-code”?" in flaw


def test_a_misspelt_key_is_named_with_the_nearest_one(content):
    (flaw,) = _change(content, "advice:", "advise:")[:1]
    assert "unknown key “advise”. Did you mean “advice”?" in flaw or "“advice” is missing" in flaw


def test_a_language_may_not_say_less_than_the_others(content):
    (flaw,) = _change(
        content, '    - "Положите трубку. Если код уже назвали, сразу звоните в банк и блокируйте карту."\n', ""
    )
    assert "“advice” has points: kk 3, ru 2, en 3." in flaw


def test_patterns_are_no_template(content):
    from publisher.compose.templates import folders

    assert [path.name for path in folders(content)] == ["sms-egov-code"]


@pytest.fixture
def running(content, settings, tmp_path_factory):
    """A deployment whose content may be changed."""
    settings.HOME = Home(tmp_path_factory.mktemp("home"))
    (settings.HOME.path / "content").symlink_to(content)
    return content


def test_a_flaw_written_while_the_program_runs_does_not_stop_the_desk(running, caplog):
    path, before = running / "patterns/sms-code.yaml", patterns.catalogue()
    path.write_text("name: [", encoding="utf-8")
    assert patterns.catalogue() == before
    assert "sms-code.yaml" in caplog.text


def test_a_program_that_starts_with_a_flaw_has_the_ruses_that_are_whole(running):
    (running / "patterns/broken.yaml").write_text("name: [", encoding="utf-8")
    known = patterns.catalogue()
    assert (list(known.patterns), bool(known.signs)) == (["sms-code"], True)

"""Moving a deployment migrates a second database while the first one is in use; an older program goes on beside a newer
database."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

import publisher

# Of each app the last migration of the last release. Older programs may still run beside what comes after these.
RELEASED = {
    "api": "0001_tokens_and_webhooks",
    "compose": "0004_ends",
    "deliver": "0012_changes_by_hand",
    "hotline": "0001_initial",
    "measure": "0004_reader",
    "people": "0008_longer_subjects",
    "plan": "0003_slots_by_district",
    "relay": "0002_phones",
    "render": "0004_drawings",
    "report": "0003_past",
    "residents": "0001_talks_and_proofs",
}
GONE = (migrations.RemoveField, migrations.DeleteModel, migrations.RenameField, migrations.RenameModel)


def test_a_migration_of_rows_stays_in_the_database_that_is_migrated():
    """`Model.objects` alone would read and write the database in use."""
    files = Path(publisher.__file__).parent.glob("*/migrations/0*.py")
    texts = {path.parent.parent.name + "/" + path.name: path.read_text(encoding="utf-8") for path in files}
    with_rows = {name for name, text in texts.items() if "RunPython(" in text}
    assert with_rows
    assert {name for name in with_rows if "schema_editor.connection.alias" not in texts[name]} == set()


def breaks(operation, app: str, before: ProjectState, after: ProjectState) -> str:
    """Why a program of before could not go on beside it; empty: it can."""
    if isinstance(operation, GONE):
        return "an older program still asks for it"
    if isinstance(operation, migrations.AddField) and not _fills_itself(operation.field):
        return "a row that an older program writes lacks it: db_default, or null"
    if isinstance(operation, migrations.AlterField):
        name, field = operation.model_name.lower(), operation.name
        old, new = (state.models[app, name].fields[field] for state in (before, after))
        return _narrower(old, new)
    if isinstance(operation, migrations.AddConstraint):
        return "an older program may write what it refuses"
    return ""


def _fills_itself(field: models.Field) -> bool:
    return field.null or field.has_db_default() or field.many_to_many


def _narrower(old: models.Field, new: models.Field) -> str:
    if old.null and not new.null:
        return "an older program may still write nothing into it"
    if old.get_internal_type() != new.get_internal_type():
        return "an older program knows it as another kind"
    if old.max_length and new.max_length and new.max_length < old.max_length:
        return "an older program may write more into it"
    return ""


def test_what_comes_after_the_last_release_lets_an_older_program_go_on():
    loader = MigrationLoader(None)
    apps = {app for app, _ in loader.graph.nodes if app in RELEASED or _ours(loader, app)}
    assert apps == set(RELEASED), "a new app: its tables are new, so its first migrations are fine; name it here"
    state, found = ProjectState(real_apps=loader.unmigrated_apps), []
    for app, name in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True):
        for operation in loader.graph.nodes[app, name].operations:
            before = state.clone()
            operation.state_forwards(app, state)
            if app in RELEASED and name > RELEASED[app] and (why := breaks(operation, app, before, state)):
                found.append(f"{app}.{name}: {operation.describe()}: {why}")
    assert found == []


def _ours(loader: MigrationLoader, app: str) -> bool:
    names = (loader.graph.nodes[node].__module__ for node in loader.graph.nodes if node[0] == app)
    return any(name.startswith("publisher.") for name in names)


OLD = [("id", models.AutoField(primary_key=True)), ("word", models.CharField(max_length=20, null=True))]


@pytest.mark.parametrize(
    ("operation", "fine"),
    [
        (migrations.AddField("thing", "more", models.IntegerField(null=True)), True),
        (migrations.AddField("thing", "more", models.IntegerField(db_default=0)), True),
        (migrations.AddField("thing", "more", models.IntegerField(default=0)), False),
        (migrations.RemoveField("thing", "word"), False),
        (migrations.RenameField("thing", "word", "term"), False),
        (migrations.DeleteModel("thing"), False),
        (migrations.AlterField("thing", "word", models.CharField(max_length=40, null=True)), True),
        (migrations.AlterField("thing", "word", models.CharField(max_length=10, null=True)), False),
        (migrations.AlterField("thing", "word", models.CharField(max_length=20)), False),
        (migrations.AlterField("thing", "word", models.IntegerField(null=True)), False),
        (migrations.AddConstraint("thing", models.UniqueConstraint(fields=["word"], name="one")), False),
        (migrations.AddIndex("thing", models.Index(fields=["word"], name="by_word")), True),
        (migrations.CreateModel("another", OLD), True),
    ],
    ids=lambda value: value.describe() if hasattr(value, "describe") else str(value),
)
def test_what_an_older_program_cannot_bear_is_known(operation, fine):
    before = ProjectState()
    before.add_model(ModelState("deliver", "Thing", OLD))
    after = before.clone()
    operation.state_forwards("deliver", after)
    assert (breaks(operation, "deliver", before, after) == "") is fine

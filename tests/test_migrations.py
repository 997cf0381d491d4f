"""Moving a deployment migrates a second database while the first one is in use."""

from __future__ import annotations

from pathlib import Path

import publisher


def test_a_migration_of_rows_stays_in_the_database_that_is_migrated():
    """`Model.objects` alone would read and write the database in use."""
    files = Path(publisher.__file__).parent.glob("*/migrations/0*.py")
    texts = {path.parent.parent.name + "/" + path.name: path.read_text(encoding="utf-8") for path in files}
    with_rows = {name for name, text in texts.items() if "RunPython(" in text}
    assert with_rows
    assert {name for name in with_rows if "schema_editor.connection.alias" not in texts[name]} == set()

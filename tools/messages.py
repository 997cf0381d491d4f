"""Collects every visible string into publisher/locale/*/LC_MESSAGES/django.po and compiles the .mo files.

Pure Python (Babel and Django's own template reader), so that no gettext programs are needed. `--check` changes nothing
and fails when a string is missing, untranslated or not compiled; a test runs it.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import template

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "publisher"
LANGUAGES = ("kk", "ru")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(("_", "gettext_lazy", "gettext_noop", "gettext"), None),
    **dict.fromkeys(("ngettext_lazy", "ngettext"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}
EXCLUDED = ("locale", "migrations", "vendor", "practice")


def main() -> int:
    wanted = collect()
    if "--check" in sys.argv:
        problems = [problem for language in LANGUAGES for problem in missing(language, wanted)]
        print("\n".join(problems) or "Every string is translated.")
        return bool(problems)
    for language in LANGUAGES:
        update(language, wanted)
    return 0


def collect() -> Catalog:
    """Every message of the package, with the places where it stands."""
    catalog = Catalog(project="awareness-publisher", charset="utf-8")
    for path in sources():
        place = path.relative_to(ROOT).as_posix()
        for line, function, message, comments in extracted(path):
            context, message = split_context(function, message)
            # No line numbers: they would change the files at every edit.
            catalog.add(message, locations=[(place, 0)], auto_comments=comments, context=context, lineno=line)
    return catalog


def sources() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*")):
        inside = path.relative_to(PACKAGE).parts
        if path.suffix in (".py", ".html", ".txt") and not any(part in EXCLUDED for part in inside):
            yield path


def extracted(path: Path) -> Iterator[tuple]:
    text = path.read_text(encoding="utf-8")
    # Outside its calls the template reader leaves only X's, at any indentation; Python's tokenizer minds that.
    source = text if path.suffix == ".py" else re.sub(r"(?m)^[ \t]+", "", template.templatize(text, origin=str(path)))
    yield from extract_python(io.BytesIO(source.encode()), KEYWORDS.keys(), ["Translators:"], {"encoding": "utf-8"})


def split_context(function: str, message: object) -> tuple[str | None, object]:
    if function.startswith("pgettext"):
        return message[0], message[1]
    if function.startswith("ngettext"):
        return None, tuple(message[:2])
    return None, message[0] if isinstance(message, tuple) else message


def po_path(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"


def load(language: str) -> Catalog:
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, wanted: Catalog) -> None:
    catalog = load(language)
    by_hand = [message for message in catalog if message.id and "by hand" in " ".join(message.user_comments)]
    wanted.creation_date = catalog.creation_date  # else the files would change at every run
    catalog.update(wanted, no_fuzzy_matching=True, update_header_comment=False)
    for message in by_hand:  # names of months and days that Django's own catalogue lacks
        catalog[message.id] = message
    catalog.obsolete.clear()
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, include_lineno=False, sort_output=True, omit_header=False)
    path.with_suffix(".mo").write_bytes(compiled(catalog))
    left = sum(1 for message in catalog if message.id and not all_translated(message))
    print(f"{language}: {len(catalog)} strings, {left} not yet translated")


def compiled(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def all_translated(message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def missing(language: str, wanted: Catalog) -> list[str]:
    catalog = load(language)
    found = []
    for message in wanted:
        if not message.id:
            continue
        have = catalog.get(message.id, message.context)
        if have is None or not all_translated(have) or have.fuzzy:
            found.append(f"{language}: {message.locations[0][0]}: {message.id!r}")
    mo = po_path(language).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(catalog):
        found.append(f"{language}: the .mo file is not compiled from the .po file: run make messages")
    return found


if __name__ == "__main__":
    sys.exit(main())

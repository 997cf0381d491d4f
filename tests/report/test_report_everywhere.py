"""The same numbers in both languages and in every form: each form is read back, not looked at from inside."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import openpyxl
import pypdf
import pytest
from PIL import Image

from publisher.report.card import HEIGHT, WIDTH, week_card
from publisher.report.csv_lines import as_csv
from publisher.report.data import as_data
from publisher.report.page_campaigns import campaigns_page
from publisher.report.page_districts import districts_page
from publisher.report.page_html import as_html
from publisher.report.page_month import month_page
from publisher.report.page_week import week_page
from publisher.report.page_words import days
from publisher.report.pdf import beside, campaigns_pdf, districts_pdf, month_pdf, week_pdf
from publisher.report.xlsx import as_xlsx
from tests.report import months, weeks

LANGUAGES = ("kk", "ru")
SPACES = dict.fromkeys(map(ord, "\u00a0\u2009\u202f \n\t"))
KINDS = [*weeks.WEEKS]


class Text(HTMLParser):
    """What a reader of the page sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen, self._hidden, self.tags = [], False, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self._hidden = tag in ("style", "title")
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        self._hidden = False

    def handle_data(self, data):
        if not self._hidden:
            self.seen.append(data)


def bare(text: str) -> str:
    """Without spaces: a PDF breaks lines where it likes."""
    return text.translate(SPACES)


def numbers(text: str) -> list[str]:
    """Every number in it, whatever the language's decimal sign and grouping."""
    joined = re.sub(r"(?<=\d)[\u202f\u00a0](?=\d{3})", "", text)
    return sorted(found.replace(",", ".") for found in re.findall(r"\d+(?:[.,]\d+)?", joined))


def pdf_text(content: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def known(page) -> list:
    return [figure for figure in page.figures() if figure.known]


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_have_the_same_numbers(db, kind):
    record = weeks.WEEKS[kind]()
    kk, ru = (week_page(record, language) for language in LANGUAGES)
    assert [(f.key, f.value) for f in kk.figures()] == [(f.key, f.value) for f in ru.figures()]
    in_kk, in_ru = (numbers(" ".join(Text(as_html(page)).seen)) for page in (kk, ru))
    assert in_kk == in_ru
    on_paper = [numbers(pdf_text(week_pdf(page))) for page in (kk, ru)]
    assert on_paper[0] == on_paper[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_number_of_the_page_stands_in_every_form(db, kind, language):
    record = weeks.WEEKS[kind]()
    page = week_page(record, language)
    listed = [f for f in known(page) if not f.key.startswith("scheme:")]  # those stand in lines, not as figures
    paper, screen = bare(pdf_text(week_pdf(page))), bare(" ".join(Text(as_html(page)).seen))
    assert [f.text for f in listed if bare(f.text) not in paper] == []
    assert [f.text for f in listed if bare(f.text) not in screen] == []
    rows = {row["key"]: row["value"] for row in csv.DictReader(io.StringIO(as_csv(page).decode("utf-8-sig")))}
    assert {f.key: float(rows[f.key]) for f in known(page)} == pytest.approx({f.key: f.value for f in known(page)})
    cells = numbers_of(as_xlsx(page))
    assert [f.key for f in known(page) if not any(abs(f.value - cell) < 1e-9 for cell in cells)] == []


def numbers_of(content: bytes) -> set[float]:
    """Of formulas the value that stands with them."""
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    cells = (cell.value for sheet in book for row in sheet.iter_rows() for cell in row)
    return {float(value) for value in cells if isinstance(value, (int, float))}


@pytest.mark.parametrize("kind", KINDS)
def test_the_data_for_programs_has_the_pages_numbers(db, kind):
    record = weeks.WEEKS[kind]()
    data = json.loads(json.dumps(as_data(record)))
    page = week_page(record, "ru")
    three = {"views": "views", "followers": "followers", "forwards": "forwards"}
    assert {f.key: f.value for f in page.three} == {n: data["headline"][n]["now"]["value"] for n in three}
    assert [row["key"] for row in data["channels"]] == [row.key.partition(":")[2] for row in page.channels.rows]
    views = {row.key: row.figures[5].value for row in page.channels.rows}
    assert views == {f"channel:{row['key']}": row["views"]["value"] for row in data["channels"]}
    assert data["headline"]["views"]["now"].get("at_least") == page.three[0].at_least


def test_unknown_is_never_0_in_any_form(db):
    page = week_page(weeks.empty(), "ru")
    unknown = [f.key for f in page.figures() if not f.known]
    assert {"views", "followers", "forwards", "calls"} <= set(unknown)
    rows = {row["key"]: row["value"] for row in csv.DictReader(io.StringIO(as_csv(page).decode("utf-8-sig")))}
    assert {rows[key] for key in unknown if key in rows} == {""}
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(page)))
    noted = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
    assert len(noted) >= 4
    assert {cell.value for cell in noted} == {None}
    assert as_data(weeks.empty())["headline"]["views"]["now"]["value"] is None


def test_sums_and_shares_in_the_workbook_are_formulas_that_give_the_printed_number(db):
    page = week_page(weeks.full(), "ru")
    content = as_xlsx(page)
    formulas = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets[1]
    last = formulas.max_row
    assert formulas.cell(last, 7).value == f"=SUM(G2:G{last - 1})"
    added = sum(values.cell(row, 7).value or 0 for row in range(2, last))
    assert added == values.cell(last, 7).value == page.three[0].value
    assert formulas.cell(2, 9).value == "=612/18420"
    assert values.cell(2, 9).value == pytest.approx(612 / 18420)


def test_money_of_a_country_keeps_its_digits_in_the_table(db):
    record = weeks.full()
    rich = replace(record, response=replace(record.response, lost=12_345_678_901))
    rows = {
        row["key"]: row["value"]
        for row in csv.DictReader(io.StringIO(as_csv(week_page(rich, "ru")).decode("utf-8-sig")))
    }
    assert rows["lost"] == "12345678901"


def test_a_whole_number_has_no_decimal_sign_in_the_workbook(db):
    record = weeks.full()
    half = replace(record, channels=(replace(record.channels[0], median=441.5), *record.channels[1:]))
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(week_page(half, "ru")))).worksheets[1]
    assert {cell.value: cell.number_format for cell in sheet["F"][1:3]} == {441.5: "#,##0.0", 441: "#,##0"}


def test_a_title_is_no_formula_in_a_spreadsheet(db):
    page = week_page(weeks.full(), "ru")
    evil = week_page(weeks.full().__class__(**{**_fields(weeks.full()), "channels": _named("=1+1")}), "ru")
    assert "'=1+1" in as_csv(evil).decode("utf-8-sig")
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(evil))).worksheets[1]
    assert (sheet.cell(2, 1).value, sheet.cell(2, 1).data_type) == ("=1+1", "s")
    assert "'=1+1" not in as_csv(page).decode("utf-8-sig")


def _fields(record) -> dict:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _named(title: str):
    first = weeks.channels()[0]
    return (first.__class__(**{**_fields(first), "title": title}),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_weekly_pdf_is_one_tagged_page_with_its_fonts(db, language):
    for make in weeks.WEEKS.values():
        reader = pypdf.PdfReader(io.BytesIO(week_pdf(week_page(make(), language))))
        root = reader.trailer["/Root"]
        assert len(reader.pages) == 1
        assert root["/MarkInfo"]["/Marked"]
        assert str(root["/Lang"]).startswith(language)
        assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
        fonts = reader.pages[0]["/Resources"]["/Font"]
        names = {str(font.get_object()["/BaseFont"]) for font in fonts.values()}
        assert names
        assert all("Onest" in name for name in names)


@pytest.mark.parametrize("kind", months.MONTHS)
def test_the_month_has_the_same_numbers_in_both_languages_and_forms(db, kind):
    record = months.MONTHS[kind]()
    kk, ru = (month_page(record, language) for language in LANGUAGES)
    assert [(f.key, f.value) for f in kk.figures()] == [(f.key, f.value) for f in ru.figures()]
    on_paper = [numbers(pdf_text(month_pdf(page))) for page in (kk, ru)]
    assert on_paper[0] == on_paper[1]
    cells, paper = numbers_of(as_xlsx(ru)), bare(pdf_text(month_pdf(ru)))
    in_tables = [f for table in ru.tables for row in table.rows for f in row.figures if f.known]
    assert [f.text for f in in_tables if bare(f.text) not in paper] == []
    assert [f.key for f in known(ru) if not any(abs(f.value - cell) < 1e-9 for cell in cells)] == []
    assert json.loads(json.dumps(as_data(record)))["kind"] == "month"


def of_districts(record, language):
    page = districts_page(record, language)
    return page, districts_pdf(page, record.funnel)


def of_campaigns(record, language):
    page = campaigns_page(record, language)
    return page, campaigns_pdf(page)


@pytest.mark.parametrize(
    ("make", "record"),
    [(of_districts, months.full), (of_campaigns, months.full), (of_campaigns, months.empty)],
)
def test_districts_and_campaigns_have_the_same_numbers_in_both_languages_and_forms(db, make, record):
    made = record()
    (kk, paper_kk), (ru, paper_ru) = (make(made, language) for language in LANGUAGES)
    assert [(f.key, f.value) for f in kk.figures()] == [(f.key, f.value) for f in ru.figures()]
    assert numbers(pdf_text(paper_kk)) == numbers(pdf_text(paper_ru))
    for page, paper in ((kk, paper_kk), (ru, paper_ru)):
        read, screen = bare(pdf_text(paper)), bare(" ".join(Text(as_html(page)).seen))
        assert [f.text for f in known(page) if bare(f.text) not in read] == []
        assert [f.text for f in known(page) if bare(f.text) not in screen] == []
        rows = {row["key"]: row["value"] for row in csv.DictReader(io.StringIO(as_csv(page).decode("utf-8-sig")))}
        assert {f.key: float(rows[f.key]) for f in known(page)} == pytest.approx({f.key: f.value for f in known(page)})
        cells = numbers_of(as_xlsx(page))
        assert [f.key for f in known(page) if not any(abs(f.value - cell) < 1e-9 for cell in cells)] == []


def test_names_of_districts_near_each_other_do_not_lie_on_each_other():
    points = [{"at": (0.1, 0.5), "out": True, "name": "Аққайың"}, {"at": (0.12, 0.5), "out": True, "name": "Есіл"},
              {"at": (0.12, 0.5), "out": False, "name": "Жамбыл"}]  # fmt: skip
    first, second, _unnamed = beside(points)
    assert abs(first - second) > 0.03


def test_the_picture_has_the_size_that_messengers_show_whole(db):
    for language in LANGUAGES:
        for make in weeks.WEEKS.values():
            picture = Image.open(io.BytesIO(week_card(week_page(make(), language))))
            assert picture.size == (WIDTH, HEIGHT)


def test_a_page_says_before_everything_else_that_little_is_known(db):
    page = week_page(weeks.partly(), "ru")
    assert "17 из 43" in page.head.warnings[0]
    text = bare(pdf_text(week_pdf(page)))
    assert text.index(bare(page.head.warnings[0])[:60]) < text.index(bare(page.sentences[0])[:30])
    assert week_page(weeks.full(), "ru").head.warnings == ()


def test_the_file_stands_alone(db):
    for page in (week_page(weeks.full(), "kk"), month_page(months.full(), "kk")):
        html = as_html(page)
        tags = Text(html).tags
        assert not [tag for tag, given in tags if tag == "script" or "style" in given or "onclick" in given]
        loads = [given.get("src") or given.get("href") for tag, given in tags if tag in ("img", "link")]
        assert all(str(load).startswith("data:") for load in loads)


@pytest.mark.parametrize(
    ("start", "end", "kk", "ru"),
    [
        (date(2026, 11, 16), date(2026, 11, 22), "2026 жылғы 16–22 қараша", "16–22 ноября 2026 года"),
        (
            date(2026, 11, 30),
            date(2026, 12, 6),
            "2026 жылғы 30 қараша – 6 желтоқсан",
            "30 ноября – 6 декабря 2026 года",
        ),
    ],
)
def test_a_week_is_named_as_the_language_does(start, end, kk, ru):
    from django.utils.translation import override

    with override("kk"):
        assert days(start, end) == kk
    with override("ru"):
        assert days(start, end) == ru


# The command line


@pytest.fixture
def command(db, district, monkeypatch, capsys):
    """Runs `publisher report` with these arguments; the figures are a full week's and month's."""
    from publisher import cli, commands

    monkeypatch.setattr("publisher.report.weekly.week", lambda place, day, now: weeks.full())
    monkeypatch.setattr("publisher.report.monthly.month", lambda place, day, now: months.full())

    def run(*given: str) -> tuple[int, str, str]:
        arguments = cli._parser().parse_args(["report", *given])
        code = commands.reporting(commands.report, arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.mark.parametrize(
    ("form", "start"),
    [("pdf", b"%PDF"), ("xlsx", b"PK"), ("card", b"\x89PNG"), ("csv", b"\xef\xbb\xbfpart"), ("html", b"<!DOCTYPE"),
     ("json", b'{\n  "kind": "week"')],
)  # fmt: skip
def test_the_command_writes_every_form(command, tmp_path, form, start):
    path = tmp_path / "out"
    code, _out, err = command("--weekly", "2026-11-18", "--format", form, "-o", str(path))
    assert (code, err) == (0, "")
    assert path.read_bytes().startswith(start)


def test_the_month_goes_to_paper_too(command, tmp_path):
    path = tmp_path / "month.pdf"
    assert command("--monthly", "2026-10-09", "--format", "pdf", "-o", str(path))[0] == 0
    assert path.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "--from and --to, or --weekly"),
        (("--from", "2026-11-16"), "--from and --to"),
        (("--from", "2026-11-16", "--to", "2026-11-22", "--format", "pdf"), "pdf is for --weekly"),
        (("--weekly", "2026-11-18", "--format", "pdf"), "-o FILE"),
        (("--weekly", "18.11.2026"), "is not a day"),
        (("--monthly", "2026-10-01", "--format", "card"), "use --weekly"),
    ],
)
def test_a_wrong_question_is_answered_with_what_to_write(command, given, told):
    code, out, err = command(*given)
    assert (code, out) == (2, "")
    assert told in err


def test_the_report_of_any_days_is_as_it_was(command):
    code, out, _err = command("--from", "2026-11-16", "--to", "2026-11-22", "--json")
    assert code == 0
    assert json.loads(out)["period"] == {"start": "2026-11-16", "end": "2026-11-22", "zone": "Asia/Almaty"}


def test_paper_shows_the_most_seen_of_many_channels_and_says_how_many_are_left(db):
    record = weeks.full()
    many = tuple(
        replace(record.channels[0], key=f"c{n}", title=f"Арна {n:03}", views=weeks.total(n * 10, 4, 4))
        for n in range(60)
    )
    page = week_page(replace(record, channels=many), "kk")
    reader = pypdf.PdfReader(io.BytesIO(week_pdf(page)))
    text = reader.pages[0].extract_text()
    assert len(reader.pages) == 1
    assert "Арна 059" in text
    assert "Арна 000" not in text
    assert "тағы 53" in text

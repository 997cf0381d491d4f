"""How long the forms of a report take, beside a browser that prints the same page to PDF in the same run.

python benchmarks/forms.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


def set_up(home: Path) -> None:
    """A deployment of its own, with the repository's fonts and brand."""
    shutil.copy(ROOT / "config.yaml", home / "config.yaml")
    (home / "media").symlink_to(ROOT / "media")
    (home / "content").symlink_to(ROOT / "content")
    os.environ |= {"PUBLISHER_HOME": str(home), "PUBLISHER_PRACTICE": "1"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "publisher.settings"
    import django

    django.setup()
    from publisher.database import bring_up_to_date

    bring_up_to_date()  # a letterhead asks for the district's own look


def timed(make: Callable[[], object], rounds: int) -> dict[str, float]:
    """Seconds: the first, which loads what is needed, the middle and the worst of the rest."""
    taken = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        make()
        taken.append(time.perf_counter() - start)
    first, *rest = taken
    return {"first": round(first, 3), "p50": round(statistics.median(rest), 3), "worst": round(max(rest), 3)}


def forms(rounds: int) -> dict[str, dict[str, float]]:
    from publisher.report.card import week_card
    from publisher.report.csv_lines import as_csv
    from publisher.report.page_html import as_html
    from publisher.report.page_month import month_page
    from publisher.report.page_week import week_page
    from publisher.report.pdf import month_pdf, week_pdf
    from publisher.report.xlsx import as_xlsx
    from tests.report import months, weeks

    week, month = week_page(weeks.full(), "kk"), month_page(months.full(), "kk")
    return {
        "week_page": timed(lambda: week_page(weeks.full(), "kk"), rounds),
        "week_pdf": timed(lambda: week_pdf(week), rounds),
        "week_html": timed(lambda: as_html(week), rounds),
        "week_xlsx": timed(lambda: as_xlsx(week), rounds),
        "week_csv": timed(lambda: as_csv(week), rounds),
        "week_card": timed(lambda: week_card(week), rounds),
        "month_pdf": timed(lambda: month_pdf(month), rounds),
        "week_pdf_by_browser": by_browser(as_html(week), rounds),
    }


def by_browser(html: str, rounds: int) -> dict[str, float]:
    """The page of the same values, printed by headless Chromium that is started anew, as a clock would have to."""
    from playwright.sync_api import sync_playwright

    def print_it() -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page()
            page.set_content(html)
            page.pdf(format="A4")
            browser.close()

    return timed(print_it, rounds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 10")
    with tempfile.TemporaryDirectory() as folder:
        rounds = 3 if parser.parse_args().quick else 10
        set_up(Path(folder))
        figures = forms(rounds)
    ratios = {"browser_to_typst": round(figures["week_pdf_by_browser"]["p50"] / figures["week_pdf"]["p50"], 1)}
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1)}
    print(json.dumps({"name": "forms", "ratios": ratios, "figures": figures, "machine": machine}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

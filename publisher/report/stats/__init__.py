"""Statistics of the reports: pure functions of numbers, without Django. docs/report.md has the formulas."""

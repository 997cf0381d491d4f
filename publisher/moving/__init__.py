"""Moves a deployment from SQLite to PostgreSQL: every row, compared on both sides; the old file sends no more."""

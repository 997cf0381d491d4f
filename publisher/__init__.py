"""The awareness publisher: compose → render → plan → deliver → measure → report."""

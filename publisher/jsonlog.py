"""One JSON object a line, for programs that collect logs: `log: json` in config.yaml."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from publisher.quietlog import QuietFormatter


class JsonFormatter(QuietFormatter):
    """The same words and the same silence about secrets as the plain log, in fields."""

    def format(self, record: logging.LogRecord) -> str:
        words, _, trace = super().format(record).partition("\n")
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": words,
            "process": record.process,
        }
        if trace:
            told["trace"] = trace
        return json.dumps(told, ensure_ascii=False)

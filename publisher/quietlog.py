"""What must not stand in a log: personal links and tokens in addresses, whatever library writes them down."""

from __future__ import annotations

import logging
import re

# A link of one person's own (a task of a relay, an invitation) is its key; the Bot API has its token in the path.
SECRET_PLACES = re.compile(r"(/(?:r|invitation|feeds/calendar)/|/bot\d+:)[^/\s\"'<>?]{6,}")


class QuietFormatter(logging.Formatter):
    """The last step before a line is written, so that messages and tracebacks are covered alike."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET_PLACES.sub(r"\1***", super().format(record))

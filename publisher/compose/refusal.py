"""What a person asked for cannot be done; the code finds the sentence that says why and what to do."""

from __future__ import annotations

from publisher.sentences import Sentence, say


class Refusal(Exception):
    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    @property
    def sentence(self) -> Sentence:
        return say(self.code, self.values)

    def __str__(self) -> str:
        return str(self.sentence)


class NotAllowed(Refusal):
    """It is a matter of who asks: another person may do it."""

"""What a crowd does with one message, as pure functions of its age: the same seed gives the same crowd.

Every number grows towards a ceiling and never shrinks, so nothing has to be remembered between two looks.
Rough shapes of public channels: 25-55 % of the subscribers look, most within hours; 1.5-6 % of them react.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.practice.clock import HOUR

EMOJI = ("👍", "❤", "🙏", "🔥", "😱", "👏", "🤔", "😢")
LIVELY = 96 * HOUR  # afterwards nothing changes any more
OFF_RECEIPTS = 0.15  # people who do not let others see that they read


@dataclass(frozen=True)
class Crowd:
    seed: int
    chat: str
    message: str
    members: int

    def _rng(self, what: str) -> random.Random:
        return random.Random(f"{self.seed}/{self.chat}/{self.message}/{what}")

    def _risen(self, age: float, hours: float) -> float:
        """Share of the final number after `age` seconds."""
        return 1.0 - math.exp(-age / (hours * HOUR))

    def views(self, age: float) -> int:
        rng = self._rng("views")
        reach, hours = rng.uniform(0.25, 0.55), rng.uniform(3.0, 7.0)
        return int(self.members * reach * self._risen(age, hours))

    def forwards(self, age: float) -> int:
        return int(self.views(age) * self._rng("forwards").uniform(0.004, 0.03) * self._risen(age, 6.0))

    def reactions(self, age: float, readers: int) -> dict[str, int]:
        """Emoji and counts among that many readers so far."""
        rng = self._rng("reactions")
        total = readers * rng.uniform(0.015, 0.06)
        kinds = rng.sample(EMOJI, rng.randint(2, 5))
        weights = sorted((rng.random() ** 2 + 0.05 for _ in kinds), reverse=True)
        shares = {emoji: int(total * weight / sum(weights)) for emoji, weight in zip(kinds, weights, strict=True)}
        return {emoji: count for emoji, count in shares.items() if count}

    def votes(self, age: float, readers: int, options: int, right: Sequence[int] = ()) -> list[int]:
        """Voters per option; two out of three find the right answer of a quiz."""
        rng = self._rng("votes")
        total = readers * rng.uniform(0.12, 0.3)
        weights = [rng.uniform(0.2, 1.0) for _ in range(options)]
        others = sum(weight for n, weight in enumerate(weights) if n not in right)
        if right and others:
            weights = [0.66 / len(right) if n in right else 0.34 * weight / others for n, weight in enumerate(weights)]
        return [int(total * weight / sum(weights)) for weight in weights]

    def joined(self, age: float) -> int:
        """People who have come in since the chat was made: up to a fifth more within weeks."""
        return int(self.members * 0.2 * self._risen(age, 24.0 * 20))


@dataclass(frozen=True)
class Reader:
    """One participant of a WhatsApp group and one message; moments in seconds after it was sent."""

    delivered: float
    read: float | None
    reacts: float | None
    emoji: str

    @classmethod
    def of(cls, seed: int, message: str, person: str) -> Reader:
        rng = random.Random(f"{seed}/{message}/{person}")
        delivered = rng.expovariate(1 / 90.0)
        if random.Random(f"{seed}/{person}/receipts").random() < OFF_RECEIPTS:
            return cls(delivered, None, None, "")
        read = delivered + rng.expovariate(1 / (1.2 * HOUR))
        reacts = read + rng.uniform(5, 60) if rng.random() < 0.3 else None
        return cls(delivered, read, reacts, rng.choice(EMOJI[:4]))

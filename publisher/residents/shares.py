"""A share with its Wilson interval: what so many out of so many can tell, and how little when they are few."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `of`; `low` and `high` bound it at 95 %. Of nothing, nothing is known: 0 to 1."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def low(self) -> float:
        return self._bounds()[0]

    @property
    def high(self) -> float:
        return self._bounds()[1]

    def _bounds(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        share, n = self.hits / self.of, self.of
        middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        reach = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        return max(0.0, middle - reach), min(1.0, middle + reach)


def difference(before: Share, after: Share) -> tuple[float, float, float] | None:
    """after − before with Newcombe's interval of two independent shares; None when either has no answers."""
    if before.value is None or after.value is None:
        return None
    found = after.value - before.value
    below = math.hypot(after.value - after.low, before.high - before.value)
    above = math.hypot(after.high - after.value, before.value - before.low)
    return found, max(-1.0, found - below), min(1.0, found + above)

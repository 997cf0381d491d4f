"""How often the alarm is wrong, and how long a real rise takes to be seen. A simulation: no matter of speed.

python benchmarks/alarm.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from publisher.hotline import detection

YEAR = 365
LEVELS = {"20": 20.0, "8": 8.0, "2": 2.0, "0.5": 0.5}  # reports a week of one ruse
RISES = (1.5, 2.0, 3.0)
PATIENCE = 120  # days a rise is waited for
SHARES = (0.40, 0.15, 0.10, 0.08, 0.06, 0.05, 0.04, 0.03, 0.03, 0.02, 0.01, 0.01, 0.01, 0.005, 0.005)
OKRUGS = 11


Looks = Callable[[Sequence[int]], object]


def ears_c2(counts: Sequence[int]) -> bool:
    """The common comparison: a day more than three deviations above the week that ended three days before."""
    week = counts[-10:-3]
    return counts[-1] >= detection.AT_LEAST and counts[-1] > statistics.mean(week) + 3 * statistics.stdev(week)


def day(rate: float, dice: random.Random, bunched: bool) -> int:
    """A day's reports; bunched: some days bring three times as many as others, with the same mean."""
    if bunched:
        rate *= dice.choice((0.5, 0.5, 0.5, 2.5))
    return _poisson(rate, dice)


def _poisson(rate: float, dice: random.Random) -> int:
    count, left = 0, dice.expovariate(1.0)
    while left < rate:
        count += 1
        left += dice.expovariate(1.0)
    return count


def false_alarms(
    weekly: float, years: int, dice: random.Random, *, bunched: bool = False, look: Looks = detection.look
) -> float:
    """A year, with nothing going on."""
    counts = [day(weekly / 7, dice, bunched) for _ in range(detection.PAST)]
    alarms, quiet = 0, 0
    for _ in range(years * YEAR):
        counts.append(day(weekly / 7, dice, bunched))
        quiet -= 1
        if quiet <= 0 and look(counts[-(detection.PAST + 28) :]):
            alarms, quiet = alarms + 1, detection.REST
    return alarms / years


def delays(
    weekly: float, times: float, runs: int, dice: random.Random, look: Looks = detection.look
) -> list[int | None]:
    """Days from the beginning of a rise to the alarm; None: not within PATIENCE."""
    return [_delay(weekly, times, dice, look) for _ in range(runs)]


def _delay(weekly: float, times: float, dice: random.Random, look: Looks) -> int | None:
    counts = [_poisson(weekly / 7, dice) for _ in range(detection.PAST + 28)]
    for past in range(1, PATIENCE + 1):
        counts.append(_poisson(weekly / 7 * times, dice))
        if look(counts[-(detection.PAST + 28) :]):
            return past
    return None


def _summary(found: list[int | None]) -> dict[str, float]:
    """Half and nine tenths of the rises are seen within so many days; those never seen count as PATIENCE."""
    waited = sorted(PATIENCE if one is None else one for one in found)
    missed = sum(one is None for one in found) / len(found)
    return {
        "half_within_days": statistics.median(waited),
        "nine_tenths_within_days": waited[int(len(waited) * 0.9)],
        "not_seen_share": round(missed, 3),
    }


def _district(years: int, dice: random.Random) -> Iterator[float]:
    """Every series that a district of 20 calls a week has: each ruse in the district and in each okrug."""
    for share in SHARES:
        yield false_alarms(20 * share, years, dice)
        yield sum(false_alarms(20 * share / OKRUGS, years, dice) for _ in range(OKRUGS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    dice = random.Random(20261127)
    years, runs = (20, 60) if quick else (200, 400)
    figures: dict[str, object] = {}
    for name, weekly in LEVELS.items():
        figures[f"{name} a week"] = {
            "false_alarms_a_year": round(false_alarms(weekly, years, dice), 2),
            "false_alarms_a_year_bunched": round(false_alarms(weekly, years, dice, bunched=True), 2),
            **{f"+{(times - 1):.0%}": _summary(delays(weekly, times, runs, dice)) for times in RISES},
        }
    figures["EARS C2, 20 a week"] = {
        "false_alarms_a_year": round(false_alarms(20, years, dice, look=ears_c2), 2),
        **{f"+{(times - 1):.0%}": _summary(delays(20, times, runs, dice, ears_c2)) for times in RISES},
    }
    figures["a district with 20 calls a week, 15 ruses, 11 okrugs: false alarms a year"] = round(
        sum(_district(2 if quick else 20, dice)), 2
    )
    print(json.dumps({"name": "alarm", "ratios": {}, "figures": figures, "machine": {}}, indent=2))


if __name__ == "__main__":
    main()

"""Is this a scam? Rules a person can read: the signs found and what they weigh. No database."""

from publisher.residents.rules.judge import Found, Judgement, Verdict, judge

__all__ = ["Found", "Judgement", "Verdict", "judge"]

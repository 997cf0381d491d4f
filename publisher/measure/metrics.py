"""What the numbers mean, and how far each may be trusted."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from publisher.connectors.base import Metric
from publisher.measure.models import Horizon

OF_A_POST = (
    Metric.VIEWS,
    Metric.DELIVERED,
    Metric.READ,
    Metric.PLAYED,
    Metric.REACTIONS,
    Metric.FORWARDS,
    Metric.REPLIES,
    Metric.POLL_VOTES,
)

LABELS = {
    Metric.FOLLOWERS: _("Followers"),
    Metric.VIEWS: _("Views"),
    Metric.REACTIONS: _("Reactions"),
    Metric.FORWARDS: _("Forwards"),
    Metric.REPLIES: _("Replies"),
    Metric.POLL_VOTES: _("Poll answers"),
    Metric.DELIVERED: _("Delivered"),
    Metric.READ: _("Read"),
    Metric.PLAYED: _("Played"),
    Metric.JOINS: _("Joined by invitation"),
}

# Told by the platform whenever they change: between two snapshots the earlier one holds. All others are asked for.
HELD = frozenset({Metric.REACTIONS, Metric.POLL_VOTES, Metric.DELIVERED, Metric.READ, Metric.PLAYED})

# Counted from single confirmations: those lost on the way, or switched off by the reader, are missing.
LOWER_BOUNDS = frozenset({Metric.DELIVERED, Metric.READ, Metric.PLAYED})

# The rank of a person's status, and the metric that counts everyone who got at least so far.
RANKS = {"delivered": 1, "read": 2, "played": 3}
BY_RANK = ((1, Metric.DELIVERED), (2, Metric.READ), (3, Metric.PLAYED))

# The source of what we counted ourselves from single people's confirmations and reactions.
FROM_PEOPLE = "confirmations"

AFTER = {
    Horizon.HOUR: timedelta(hours=1),
    Horizon.DAY: timedelta(hours=24),
    Horizon.THREE_DAYS: timedelta(hours=72),
    Horizon.WEEK: timedelta(days=7),
}

# How long single people's confirmations are kept, as keyed hashes: until the last horizon has surely been read.
PEOPLE_KEPT = timedelta(days=7, hours=12)

# How far from its moment a reading still counts for the horizon, both edges included.
TOLERANCE = {
    Horizon.HOUR: timedelta(minutes=15),
    Horizon.DAY: timedelta(hours=2),
    Horizon.THREE_DAYS: timedelta(hours=6),
    Horizon.WEEK: timedelta(hours=12),
}

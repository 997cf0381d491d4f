"""What the call centre knows: never who called. The only telephone numbers are those of a running campaign, hidden."""

from publisher.hotline.models.alarms import Alarm, AlarmState
from publisher.hotline.models.calls import Case, Cluster, Consultation, Heard, Outcome, Source, TakenBack, Verdict
from publisher.hotline.models.outbound import CallResult, DoNotCall, OutboundCall, OutboundCampaign, OutboundEntry
from publisher.hotline.models.places import Okrug
from publisher.hotline.models.visits import HouseVisits, LeafletBatch, VisitRound, Volunteer

__all__ = [
    "Alarm",
    "AlarmState",
    "CallResult",
    "Case",
    "Cluster",
    "Consultation",
    "DoNotCall",
    "Heard",
    "HouseVisits",
    "LeafletBatch",
    "Okrug",
    "OutboundCall",
    "OutboundCampaign",
    "OutboundEntry",
    "Outcome",
    "Source",
    "TakenBack",
    "Verdict",
    "VisitRound",
    "Volunteer",
]

"""One of everything that the call centre keeps, for tests that visit every address."""

from __future__ import annotations

from datetime import date

from publisher.hotline import numbers
from publisher.hotline.models import (
    Alarm,
    Case,
    Cluster,
    HouseVisits,
    Okrug,
    OutboundCampaign,
    OutboundEntry,
    VisitRound,
    Volunteer,
)
from publisher.people.models import District

DAYS = {"begins": date(2026, 1, 1), "ends": date(2026, 1, 31), "made_by": "x"}
PHONE = "+77010000000"


def of(district: District) -> dict:
    """By the beginning of an address, the number of the thing behind it."""
    okrug = Okrug.objects.create(district=district, name_kk="Қиялы", name_ru="Киялинский", households=400)
    campaign = OutboundCampaign.objects.create(district=district, name="x", script_kk="x", script_ru="x", **DAYS)
    entry = OutboundEntry.objects.create(
        campaign=campaign, okrug=okrug, number=numbers.hidden(PHONE), digest=numbers.digest(PHONE)
    )
    round = VisitRound.objects.create(district=district, name="x", **DAYS)
    Volunteer.objects.create(okrug=okrug, name="Айгүл")
    HouseVisits.objects.create(round=round, okrug=okrug, day=date(2026, 1, 2), households=3, by_name="x")
    alarm = Alarm.objects.create(
        district=district, pattern="sms-code", day=date(2026, 1, 2), count=5, expected=1.0, limit=4
    )
    pks = {
        "hotline/alarms": alarm.pk,
        "hotline/clusters": Cluster.objects.create(district=district, words=["x"]).pk,
        "hotline/cases": Case.objects.create(district=district, day=date(2026, 1, 2), by_name="x").pk,
        "outbound": campaign.pk,
        "visits": round.pk,
    }
    return {"pks": pks, "entry": entry.pk}

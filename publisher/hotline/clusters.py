"""Reports that fit no known ruse, laid together by their words for a person to name. Names come from people alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, QuerySet

from publisher.compose.refusal import Refusal
from publisher.hotline import words
from publisher.hotline.models import Cluster, Consultation, Verdict
from publisher.hotline.patterns import catalogue
from publisher.people.access import within_reach
from publisher.people.audit import Actor, note
from publisher.people.models import District, User

BACK = timedelta(days=45)
MOST = 500  # notes that are compared, the newest


def gather(now: datetime) -> int:
    """Returns how many clusters are new. What belongs to one already stays there; new notes join it."""
    return sum(_gather(district, now) for district in District.objects.all())


def _gather(district: District, now: datetime) -> int:
    rows = Consultation.objects.filter(district=district, pattern="", at__gte=now - BACK).exclude(note="")
    rows = rows.exclude(verdict=Verdict.NOT).exclude(cluster__put_aside=True)
    notes = list(rows.order_by("-at")[:MOST])
    return sum(_keep(district, [notes[at] for at in group.members], group) for group in words.groups(_texts(notes)))


def _texts(rows: list[Consultation]) -> list[str]:
    return [row.note for row in rows]


def _keep(district: District, members: list[Consultation], group: words.Group) -> bool:
    with transaction.atomic():
        known = next((row.cluster for row in members if row.cluster_id), None)
        cluster = known or Cluster(district=district)
        cluster.words, cluster.seen_at = list(group.words), max(row.at for row in members)
        cluster.save()
        mine = [row.pk for row in members if row.cluster_id is None]
        Consultation.objects.filter(pk__in=mine).update(cluster=cluster, pattern=cluster.pattern)
    return known is None


def open_for(user: User) -> QuerySet[Cluster]:
    """To be named, and named ones that have no pattern yet."""
    rows = Cluster.objects.filter(put_aside=False, pattern="").annotate(size=Count("consultations"))
    return within_reach(user, rows.filter(size__gt=0).select_related("district"))


@transaction.atomic
def name(cluster: Cluster, text: str, pattern: str, actor: Actor) -> None:
    """A new name, or the known ruse that it turned out to be: then its reports count for that one."""
    known = catalogue().patterns
    if pattern and pattern not in known:
        raise Refusal("pattern_unknown", found=pattern, known=", ".join(known))
    cluster.name, cluster.pattern, cluster.named_by = text.strip()[:120], pattern, actor.name
    cluster.save(update_fields=["name", "pattern", "named_by"])
    if pattern:
        cluster.consultations.filter(pattern="").update(pattern=pattern)
    note(actor, "cluster_named", f"cluster:{cluster.pk}", district=cluster.district, name=cluster.name, pattern=pattern)


@transaction.atomic
def put_aside(cluster: Cluster, actor: Actor) -> None:
    cluster.put_aside = True
    cluster.save(update_fields=["put_aside"])
    note(actor, "cluster_put_aside", f"cluster:{cluster.pk}", district=cluster.district)

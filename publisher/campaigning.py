"""`publisher campaign …`: hand a post out to districts, see how it stands, correct and withdraw it everywhere."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from publisher.commands import DONE, WrongInput, moment_of, split, tell
from publisher.compose.models import Post
from publisher.deliver import campaigns
from publisher.deliver.progress import Standing, board
from publisher.people.audit import shell_actor
from publisher.people.models import District
from publisher.plan.models import Campaign


def start(arguments: Namespace) -> int:
    post = Post.objects.select_related("district").filter(pk=arguments.post).first()
    if post is None:
        raise WrongInput(f"There is no post {arguments.post}. See: publisher queue.")
    campaign = campaigns.launch(
        post,
        _places(arguments),
        shell_actor(),
        ordered=arguments.order,
        publish_at=moment_of(arguments.at, post.district) if arguments.at else None,
        answer_by=moment_of(arguments.answer_by, post.district) if arguments.answer_by else None,
    )
    campaigns.hand_out(shell_actor(), campaign)
    return _told(arguments, campaign)


def _places(arguments: Namespace) -> Sequence[District]:
    rows = District.objects.all()
    if arguments.region:
        rows = rows.filter(region__in=split(arguments.region))
    elif arguments.districts != "all":
        wanted = split(arguments.districts)
        rows = rows.filter(pk__in=wanted)
        if unknown := sorted(set(wanted) - {row.pk for row in rows}):
            known = ", ".join(District.objects.values_list("key", flat=True))
            raise WrongInput(f"There is no district “{unknown[0]}”. Known: {known}.")
    return list(rows)


def listing(arguments: Namespace) -> int:
    rows = [_json(row) for row in Campaign.objects.select_related("source")]
    lines = [f"{row['id']}  {row['title']}  {row['binding']}  post {row['post']}" for row in rows]
    tell(arguments, rows, lines or ["No campaign yet. Begin one: publisher campaign start POST --districts all"])
    return DONE


def show(arguments: Namespace) -> int:
    return _told(arguments, _campaign(arguments))


def pass_on(arguments: Namespace) -> int:
    campaign = _campaign(arguments)
    done, open_ones = campaigns.pass_on(campaign, shell_actor())
    lines = [f"Corrected in {done} districts; {open_ones} changed the same text and decide themselves."]
    tell(arguments, {"id": campaign.pk, "corrected": done, "to_settle": open_ones}, lines)
    return DONE


def withdraw(arguments: Namespace) -> int:
    campaign = _campaign(arguments)
    number = campaigns.withdraw(campaign, shell_actor())
    tell(arguments, {"id": campaign.pk, "withdrawn": number}, [f"Withdrawn in {number} districts."])
    return DONE


def _campaign(arguments: Namespace) -> Campaign:
    found = Campaign.objects.select_related("source__district").filter(pk=arguments.campaign).first()
    if found is None:
        raise WrongInput(f"There is no campaign {arguments.campaign}. See: publisher campaign list.")
    return found


def _told(arguments: Namespace, campaign: Campaign) -> int:
    found = board(campaign)
    counts = {str(stand): number for stand, number in found.counts}
    lines = [f"{campaign.pk}  {campaign.title}", "  ".join(f"{name}: {n}" for name, n in counts.items())]
    lines += [_line(row) for row in found.rows]
    data = _json(campaign) | {"counts": counts, "districts": [_row(row) for row in found.rows]}
    tell(arguments, data, lines)
    return DONE


def _line(row: Standing) -> str:
    return f"  {row.share.district_id}: {row.stand}" + (f" ({row.share.reason})" if row.share.reason else "")


def _json(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.pk,
        "title": campaign.title,
        "post": campaign.source_id,
        "binding": "ordered" if campaign.ordered else "offered",
        "withdrawn": campaign.withdrawn_at is not None,
    }


def _row(row: Standing) -> dict[str, Any]:
    return {
        "district": row.share.district_id,
        "state": str(row.stand),
        "adapted": row.adapted,
        "post": row.share.post_id,
        "reason": row.share.reason,
        "sent": row.sent,
        "messages": row.messages,
    }

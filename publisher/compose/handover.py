"""When somebody leaves, what they had not finished goes to a colleague."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from publisher.compose.approval import subject
from publisher.compose.models import Post, Status
from publisher.people.access import within_reach
from publisher.people.audit import Actor, note
from publisher.people.models import User

UNFINISHED = (Status.DRAFT, Status.IN_REVIEW, Status.RETURNED)


def unfinished_of(user: User) -> QuerySet[Post]:
    return Post.objects.filter(author=user, status__in=UNFINISHED)


def hand_over(giver: User, taker: User, actor: Actor) -> int:
    """Posts of districts that the taker does not reach stay. Who wrote the text last still cannot approve it."""
    with transaction.atomic():
        rows = within_reach(taker, unfinished_of(giver)).select_for_update(of=("self",)).select_related("district")
        mine = list(rows)
        for post in mine:
            before, after = {"author": giver.username}, {"author": taker.username}
            post.author, post.author_name = taker, str(taker)
            post.save(update_fields=["author", "author_name", "updated_at"])
            note(actor, "handed_over", subject(post), district=post.district, before=before, after=after)
    return len(mine)

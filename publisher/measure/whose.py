"""Which of our messages an event is about."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from publisher.deliver.models import Delivery

LONGEST_ALBUM = 10  # messages


def delivery_of(account_key: str, target: str, message_id: str) -> Delivery | None:
    return with_message(Delivery.objects.filter(channel__account_id=account_key), target, message_id)


def with_message(deliveries: QuerySet[Delivery], target: str, message_id: str) -> Delivery | None:
    """An album has an id for each picture; reactions may land on any of them."""
    if not message_id:
        return None
    any_of_album = Q()
    for place in range(LONGEST_ALBUM):
        any_of_album |= Q(**{f"receipt__ids__{place}": message_id})
    here = deliveries.filter(channel__target=target) if target else deliveries
    return here.filter(any_of_album).first()

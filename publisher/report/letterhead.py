"""In whose colours and under whose logo a report stands: its district's own, else the deployment's."""

from __future__ import annotations

from publisher.people.models import District
from publisher.render.brands import media_of
from publisher.render.kit import Kit, load_kit
from publisher.report.page import Head


def letterhead(head: Head) -> Kit:
    """A region's report, and one of all districts, stand under the deployment's."""
    district = District.objects.select_related("brand").filter(pk=head.district_key).first()
    return load_kit(media_of(district))

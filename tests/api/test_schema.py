"""schemathesis against the interface: every answer is one that the OpenAPI document names."""

from __future__ import annotations

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from publisher.api import tokens
from publisher.api.addresses import BELOW
from publisher.api.endpoints import api
from publisher.api.models import Scope
from publisher.people.audit import Actor
from publisher.people.throttle import Limit

pytestmark = pytest.mark.thorough
schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix=f"/{BELOW}"))
schema.app = get_wsgi_application()


def test_the_document_is_openapi_3_1(client, db):
    told = client.get("/api/v1/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert "/api/v1/posts" in told["paths"]


@schema.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.django_db
def test_every_answer_is_one_the_document_names(case, published, monkeypatch):
    monkeypatch.setattr(tokens, "PACE", Limit("api", 100_000, tokens.PACE.span))
    _row, given = tokens.make("bot", Scope.values, Actor("x"))
    # JSON Schema has no word for “start is not after end, and at most 750 days before it”: a report's period may fit
    # the document and still be refused (422, which the document names). Everywhere else what fits must be taken.
    but = [positive_data_acceptance] if case.operation.path == "/api/v1/report" else []
    case.call_and_validate(
        excluded_checks=but, headers={"Authorization": f"Bearer {given}", "Accept-Encoding": "identity"}
    )

"""schemathesis against the interface: every answer is one that the OpenAPI document names."""

from __future__ import annotations

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

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
    # A period that ends before it starts fits the schema; of a parameter given twice the last one counts.
    how = {"excluded_checks": [positive_data_acceptance, negative_data_rejection]}
    case.call_and_validate(**how, headers={"Authorization": f"Bearer {given}", "Accept-Encoding": "identity"})

from types import SimpleNamespace

import pytest
from django.test import Client
from tests.unit.web_transfer import factories as make

from tilisilta.store.models import Role, RunMode


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    """Pages are rendered without a collected manifest."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def firm(db):
    """A company with one integration, a confirmed document, one that waits, a preview and a run."""
    company = make.company()
    actor = make.actor(company)
    integration = make.integration(actor)
    sales = make.flow(integration)
    run = make.run(sales, seen=3, sent=1, problems=1)
    confirmed = make.delivery(sales, run=run)
    waiting = make.delivery(sales, state="problem", run=run)
    problem = make.problem(waiting)
    make.event(waiting, "problem", level="error", params={"reason": "VAT_CODE_UNMAPPED", "label": "24 %"})
    preview = make.run(sales, RunMode.PREVIEW, result=make.preview_result(), seen=5)
    return SimpleNamespace(
        company=company,
        actor=actor,
        integration=integration,
        flow=sales,
        run=run,
        preview=preview,
        confirmed=confirmed,
        waiting=waiting,
        problem=problem,
        document=confirmed.document,
    )


@pytest.fixture
def as_role(firm):
    def sign_in(role: str = Role.OWNER, company=None) -> Client:
        client = Client()
        client.force_login(make.member(company or firm.company, role))
        return client

    return sign_in

"""Addresses and forms that nobody's browser makes: refused, never a mistake of ours."""

import pytest
from tests.support.workspace import invoice

from tilisilta.services.workspace.invoices import save_invoice

HUGE = "9" * 5_000


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("approval/accept/", {"invoice": ["9" * 40, HUGE, "1"]}),
        ("invoices/sales/new/", {"from_copy": HUGE}),
        ("invoices/sales/new/", {"from_credit": "9" * 40}),
        ("invoices/sales/new/", {"add_row": "1", "rows": HUGE}),
        ("invoices/sales/rows/?fill=" + "9" * 3_000, {"rows": "1"}),
    ],
)
def test_numbers_that_no_row_can_have(office, path, form):
    assert office.client().post(office.url(path), form).status_code in {200, 302, 404, 422}


@pytest.mark.parametrize(
    "path", ["approval/?q=%00", "bank/?q=a%00", "workspace/parties/?q=%00", "invoices/sales/?q=%00"]
)
def test_a_text_that_no_database_keeps_is_refused_in_addresses(office, path):
    assert office.client().get(office.url(path)).status_code == 400


def test_a_text_that_no_database_keeps_is_refused_in_forms(office):
    row = save_invoice(office.actors["accountant"], invoice())
    assert office.client().post(office.url(f"invoices/{row.pk}/note/"), {"text": "a\x00b"}).status_code == 400
    assert not row.events.filter(code="invoice.note").exists()

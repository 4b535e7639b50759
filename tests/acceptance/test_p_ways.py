"""The same by other ways than the pages: over the API, from the command line, and the account map as a file."""

import csv
import io
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.acceptance.procountor_firm import ProcountorFirm
from tilisilta.cli import app
from tilisilta.services import tokens
from tilisilta.services.integrations import update_settings
from tilisilta.store.models import Integration, MappingRow, Role


def call(firm: ProcountorFirm, path: str, data: Any = None) -> Any:
    """Return what the product's own API answers."""
    token = tokens.create_token(firm.owner, name="ohjelma", role=Role.ACCOUNTANT)[1]
    headers = {"Authorization": f"Bearer {token}"}
    client = firm.pages.client
    if data is None:
        answer = client.get(f"/api/v1/{path}", headers=headers)
    else:
        answer = client.post(f"/api/v1/{path}", json.dumps(data), content_type="application/json", headers=headers)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


@pytest.mark.feature("P48", "P51")
def test_purchases_are_sent_over_the_api(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    posted, bare = firm.buy("API-1", post=True), firm.buy("API-2")
    waiting = call(firm, "forwarding?side=purchase")
    assert [(each["invoice_id"], bool(each["reason"])) for each in waiting] == [(posted.pk, False), (bare.pk, True)]
    told = call(firm, "forwarding", {"invoice_ids": [posted.pk, bare.pk]})
    assert (told["count"], [(each["invoice_id"], each["code"]) for each in told["left"]]) == (
        1,
        [(bare.pk, "FORWARD_NOT_POSTED")],
    )
    firm.settled()
    (held,) = firm.held()
    assert (held["status"], firm.entries(held)) == ("APPROVED", firm.posted(posted))
    (way,) = call(firm, f"invoices/{posted.pk}/forwarding")
    (own,) = way["deliveries"]
    assert (own["target_id"], own["state"], own["problems"]) == (str(held["id"]), "confirmed", [])
    assert [(each["name"], each["text"], each["state"]) for each in own["steps"]] == [
        ("postings", "our posting on its accounting page", "done"),
        ("approve", "approval", "done"),
    ]
    assert [each["invoice_id"] for each in call(firm, "forwarding?side=purchase")] == [bare.pk]


@pytest.mark.feature("P51")
def test_purchases_are_sent_from_the_command_line(one_by_one: ProcountorFirm, settings: Any):
    firm = one_by_one
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    rows = [firm.buy("KOMENTO-1", post=True), firm.buy("KOMENTO-2", post=True)]
    seen = CliRunner().invoke(app, ["forward", "Yritys Oy", "purchase", "--check", "--json"])
    assert [each["number"] for each in json.loads(seen.output)["waiting"]] == ["KOMENTO-1", "KOMENTO-2"], seen.output
    assert firm.held() == []
    one = CliRunner().invoke(app, ["forward", str(firm.company.pk), "purchase", "--number", "KOMENTO-2", "--json"])
    assert (one.exit_code, json.loads(one.output)["count"]) == (0, 1), one.output
    firm.settled()
    assert [each["originalInvoiceNumber"] for each in firm.held()] == ["KOMENTO-2"]
    rest = CliRunner().invoke(app, ["forward", "Yritys Oy", "purchase"])
    assert rest.output.startswith("1 on their way, 0 left"), rest.output
    firm.settled()
    assert sorted(each["originalInvoiceNumber"] for each in firm.held()) == [each.number for each in rows]
    settings.DOCUMENT_LEVEL = ""
    Integration.objects.filter(pk=firm.integration.pk).update(
        checklist={"level_requested": "2026-11-01T09:00:00+00:00"}
    )
    asked = CliRunner().invoke(app, ["level-requests"])
    assert f"{firm.company.pk} Yritys Oy" in asked.output, asked.output


@pytest.mark.feature("P35", "P36")
def test_the_ticks_of_the_account_map_go_out_and_come_back_with_its_file(one_by_one: ProcountorFirm):
    firm = one_by_one
    firm.settled()
    address = f"integrations/{firm.integration.pk}/mappings/accounts"
    text = firm.pages.open(f"{address}/export/?format=csv").response.content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","))
    assert table[0][-2:] == ["Sales", "Purchases"]
    assert {tuple(row[-2:]) for row in table[1:]} == {("on", "on")}
    for row in table[1:]:
        row[-2] = "off" if row[0] == "3000" else ""  # an empty cell changes nothing
    out = io.StringIO()
    csv.writer(out).writerows(table)
    page = firm.table().press("Compare", file=("tilit.csv", out.getvalue().encode()))
    assert "off for sales" in page.text
    page.press("Save 1 row")
    row = MappingRow.objects.get(integration=firm.integration, table="accounts", source_key="3000")
    assert (row.extra["off_sales"], row.extra.get("off_purchases", ""), row.target_key) == ("1", "", "3000")
    sold = firm.sell()
    firm.settled()
    assert firm.held() == []
    assert "off for sales" in firm.page(sold).text
    again = firm.pages.open(f"{address}/export/?format=xlsx").response.content
    assert again[:2] == b"PK"
    line = next(each for each in call(firm, address)["items"] if each["source_key"] == "3000")
    assert (line["is_on_sales"], line["is_on_purchases"]) == (False, True)

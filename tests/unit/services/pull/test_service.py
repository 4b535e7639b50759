"""The pull service by hand-made messages: who gets in, what is refused, what is counted."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from lxml import etree
from tests.support.pages import Pages
from tests.support.product import make_company

from tilisilta.connectors.pull.options import TRANSFERRED, WAITING
from tilisilta.core.documents import Address, Direction, Invoice, InvoiceLine, Party, PartyRole
from tilisilta.core.errors import Misconfigured, Refused, Unsupported
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, LineDraft, PartyDraft
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.ports import Sent
from tilisilta.ports.answers import AckState
from tilisilta.services import connections
from tilisilta.services.access import Forbidden
from tilisilta.services.pull import access, service
from tilisilta.services.pull.contract import SOAP
from tilisilta.services.pull.shelf import StoredShelf
from tilisilta.store.models import (
    AuditEntry,
    Connection,
    ConnectionState,
    Role,
    ShelfAccess,
    ShelfCall,
    ShelfDocument,
)

pytestmark = pytest.mark.django_db
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class Desk:
    """One company's pull connection, and who calls it."""

    def __init__(self, name: str = "Naava Oy", email: str = "omistaja@naava.example") -> None:
        self.company, self.actor = make_company(name, email)
        self.connection = connections.create_connection(
            self.actor, vendor="pull", name="Nouto", credentials={}, settings={"other_statuses": "Tarkistettava"}
        )
        self.key = access.make_key(self.actor, self.connection)
        self.client = Client(enforce_csrf_checks=True)

    @property
    def shelf(self) -> StoredShelf:
        return StoredShelf(self.connection)

    def put(self, draft: Draft) -> Sent:
        return self.shelf._put(draft)

    def post(self, body: str | bytes, action: str, **kwargs: Any) -> Any:
        path = kwargs.pop("path", f"/pull/{self.connection.pk}/webservice/S3/API.svc")
        kind = kwargs.pop("content_type", "text/xml; charset=utf-8")
        return self.client.post(path, body, content_type=kind, headers={"soapaction": f'"{SOAP}{action}"'}, **kwargs)

    def call(self, action: str, parameters: str = "", key: str | None = None, **kwargs: Any) -> Any:
        name = action.rpartition("/")[2]
        password = self.key if key is None else key
        text = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><s:Header>'
            f'<WebServicePassword xmlns="{SOAP}">{password}</WebServicePassword></s:Header>'
            f'<s:Body><{name} xmlns="{SOAP}">{parameters}</{name}></s:Body></s:Envelope>'
        )
        return self.post(text, action, **kwargs)

    def invoices(self, status: str = WAITING) -> list[Any]:
        answer = self.call("IInvoice/GetInvoicesByStatus", f"<status>{status}</status>")
        assert answer.status_code == 200, answer.content
        return list(etree.fromstring(answer.content).iter("{*}Invoice"))

    def move(self, guid: str, status: str) -> Any:
        return self.call("IInvoice/SetInvoiceStatus", f"<invoiceGUID>{guid}</invoiceGUID><status>{status}</status>")


def fault(answer: Any) -> str:
    """Return the name of a fault's detail, or its code."""
    assert answer.status_code in {413, 429, 500}, answer.content
    found = etree.fromstring(answer.content).find(".//{*}Fault")
    detail = found.find("detail")
    return etree.QName(detail[0]).localname if detail is not None and len(detail) else found.findtext("faultcode")


def text(element: Any, name: str) -> str | None:
    found = element.find(f"{{*}}{name}")
    return None if found is None or found.get(NIL) == "true" else found.text


def invoice(number: str = "1042", **changes: Any) -> Invoice:
    line = InvoiceLine(
        position=1,
        item_code="A12",
        item_name="Suunnittelu",
        description="Suunnittelu\nMaaliskuu",
        quantity=Decimal(5),
        unit="h",
        unit_price=Decimal(80),
        net=Decimal(400),
        vat_rate=Decimal("25.5"),
    )
    given: dict[str, Any] = {
        "source_id": f"s-{number}",
        "direction": Direction.SALES,
        "number": number,
        "date": dt.date(2026, 3, 1),
        "party": Party(name="Kallion Kone Oy", vat_number="FI12345671", address=Address(city="Helsinki")),
        "net": Decimal(400),
        "vat": Decimal(102),
        "gross": Decimal(502),
        "lines": (line,),
    }
    return Invoice(**{**given, **changes})


def draft(desk: Desk, given: Invoice | None = None, key: str = "k-1") -> InvoiceDraft:
    given = given or invoice()
    party = desk.put(PartyDraft(key="p-1", party=given.party, role=PartyRole.CUSTOMER))
    lines = tuple(LineDraft(line=line) for line in given.lines)
    return InvoiceDraft(key=key, invoice=given, party_id=party.target_id, lines=lines)


@pytest.fixture
def desk(settings: Any) -> Desk:
    settings.PULL_SERVICE = True
    cache.clear()
    return Desk()


# --- who gets in ---------------------------------------------------------------------------------------------


def test_while_it_is_off_nothing_is_there(desk: Desk, settings: Any) -> None:
    settings.PULL_SERVICE = False
    assert desk.call("IAPI/GetVersion").status_code == 404
    assert desk.client.get(f"/pull/{desk.connection.pk}/webservice/S3/API.svc?wsdl").status_code == 404
    with pytest.raises(Misconfigured, match="PULL_SERVICE_OFF"):
        desk.shelf._describe()
    with pytest.raises(Misconfigured, match="PULL_SERVICE_OFF"):
        desk.put(PartyDraft(key="p", party=Party(name="A"), role=PartyRole.CUSTOMER))


def test_the_key_is_kept_as_its_hash_and_a_new_one_ends_the_old(desk: Desk) -> None:
    row = ShelfAccess.objects.get(connection=desk.connection)
    assert len(desk.key) >= 32
    assert desk.key not in str(row.__dict__)
    assert bytes(desk.connection.sealed_credentials).find(desk.key.encode()) < 0
    assert desk.call("IAPI/GetVersion").status_code == 200
    old, desk.key = desk.key, access.make_key(desk.actor, desk.connection)
    assert fault(desk.call("IAPI/GetVersion", key=old)) == "AuthenticationFailureException"
    assert desk.call("IAPI/GetVersion").status_code == 200
    assert AuditEntry.objects.filter(action="pull.key_made").count() == 2
    assert desk.key not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("key", ["", "wrong", "å" * 40])
def test_a_wrong_key_opens_nothing(desk: Desk, key: str) -> None:
    guid = desk.put(draft(desk)).target_id
    answer = desk.call("IInvoice/SetInvoiceStatus", f"<invoiceGUID>{guid}</invoiceGUID><status>x</status>", key=key)
    assert fault(answer) == "AuthenticationFailureException"
    assert ShelfDocument.objects.get(guid=guid).state == "waiting"
    assert ShelfCall.objects.get(operation="SetInvoiceStatus").outcome == "AuthenticationFailureException"
    assert fault(desk.call("IAPI/GetVersion", key=key, path="/webservice/S3/API.svc")) == (
        "AuthenticationFailureException"
    )
    assert fault(desk.call("IAPI/GetVersion", path="/pull/999999/webservice/S3/API.svc")) == (
        "AuthenticationFailureException"
    )


def test_another_companys_key_and_guids_lead_nowhere(desk: Desk) -> None:
    guid = desk.put(draft(desk)).target_id
    other = Desk("Muu Oy", "muu@muu.example")
    assert fault(desk.call("IAPI/GetVersion", key=other.key)) == "AuthenticationFailureException"
    assert other.invoices() == []
    ask = f"<invoiceGUID>{guid}</invoiceGUID>"
    assert fault(other.call("IInvoice/GetInvoiceByGUID", ask)) == "NotFoundException"
    assert fault(other.move(guid, TRANSFERRED)) == "NotFoundException"
    assert ShelfDocument.objects.get(guid=guid).state == "waiting"
    # At the address that names no connection the key tells whose shelf it is.
    asked = {"parameters": f"<status>{WAITING}</status>", "path": "/webservice/S3/API.svc"}
    mine = desk.call("IInvoice/GetInvoicesByStatus", **asked)
    assert len(list(etree.fromstring(mine.content).iter("{*}Invoice"))) == 1
    theirs = desk.call("IInvoice/GetInvoicesByStatus", key=other.key, **asked)
    assert list(etree.fromstring(theirs.content).iter("{*}Invoice")) == []
    with pytest.raises(Connection.DoesNotExist):
        access.make_key(other.actor, desk.connection)


def test_a_deactivated_connection_opens_to_nobody(desk: Desk) -> None:
    Connection.objects.filter(pk=desk.connection.pk).update(state=ConnectionState.INACTIVE)
    assert fault(desk.call("IAPI/GetVersion")) == "AuthenticationFailureException"


def test_a_key_that_was_made_is_no_longer_said_to_be_missing(desk: Desk) -> None:
    ShelfAccess.objects.all().delete()
    assert connections.check_connection(desk.actor, desk.connection).code == "PULL_KEY_MISSING"
    page = Pages(desk.company, desk.actor.user)
    assert "The pull service has no key yet" in page.open(f"connections/{desk.connection.pk}/").text
    access.make_key(desk.actor, desk.connection)
    assert "The pull service has no key yet" not in page.open(f"connections/{desk.connection.pk}/").text


def test_only_administrators_make_keys(desk: Desk) -> None:
    path = f"/c/{desk.company.pk}/connections/{desk.connection.pk}/"
    for role, status in ((Role.ACCOUNTANT, 403), (Role.ADMIN, 200)):
        user = desk.actor.user
        desk.company.memberships.filter(user=user).update(role=role)
        pages = Pages(desk.company, user).open(path)
        assert ("Make a new key" in pages.text) == (status == 200)
        token = pages.client.cookies["csrftoken"].value
        answer = pages.client.post(f"{path}pull-key/", {"csrfmiddlewaretoken": token})
        assert answer.status_code == status
    lower = type(desk.actor)(company=desk.company, role=Role.ACCOUNTANT.value)
    with pytest.raises(Forbidden):
        access.make_key(lower, desk.connection)


# --- bad messages --------------------------------------------------------------------------------------------


def test_messages_that_are_none_are_refused(desk: Desk) -> None:
    action = "IAPI/GetVersion"
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'
    outside = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
    deep = "<a>" * 5000 + "</a>" * 5000
    for body in (" ", "no xml", "<x/>", bomb, outside, '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', deep):
        answer = desk.post(body, action)
        assert answer.status_code == 500
        assert fault(answer) in {"s:Client", "s:VersionMismatch"}
    assert fault(desk.call("IAPI/GetVersion", "<a/>")) == "a:DeserializationFailed"
    assert fault(desk.call("IInvoice/CreateInvoices")) == "a:ActionNotSupported"
    assert fault(desk.call("IInvoice/GetInvoicesByStatus", "<options>x</options>")) == "a:DeserializationFailed"
    wrong_order = f"<options>0</options><status>{WAITING}</status>"
    assert fault(desk.call("IInvoice/GetInvoicesByStatus", wrong_order)) == "a:DeserializationFailed"
    assert desk.post("<x/>", action, content_type="application/soap+xml").status_code == 415
    assert desk.client.put(f"/pull/{desk.connection.pk}/webservice/S3/API.svc").status_code == 405
    assert desk.client.get(f"/pull/{desk.connection.pk}/webservice/S3/API.svc/other").status_code == 404


def test_a_giant_message_is_not_read(desk: Desk) -> None:
    answer = desk.call("IAPI/GetVersion", "<!--" + "x" * 300_000 + "-->")
    assert answer.status_code == 413
    assert fault(answer) == "a:MaxMessageSize"
    assert desk.call("IAPI/GetVersion", "x" * 2_000_000).status_code == 413
    assert not ShelfCall.objects.exists()


def test_too_many_calls_are_held_back(desk: Desk, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    assert [desk.call("IAPI/GetVersion").status_code for _ in range(3)] == [200, 200, 429]
    settings.API_REQUESTS_PER_MINUTE = 1000
    monkeypatch.setattr(service, "DAY_QUOTA", 3)
    third = etree.fromstring(desk.call("IAPI/GetVersion").content)
    assert [third.findtext(f".//{{*}}{name}") for name in ("Quota", "UsedQuota")] == ["3", "3"]
    over = etree.fromstring(desk.call("IAPI/GetVersion").content).find(".//{*}Fault")
    assert [over.findtext(name) for name in ("faultstring", "detail")] == ["Quota limit reached", "Quota limit"]


# --- the shelf -----------------------------------------------------------------------------------------------


def test_repeats_never_double_and_what_waits_is_replaced(desk: Desk) -> None:
    first = desk.put(draft(desk))
    assert desk.put(draft(desk)) == first
    assert first.totals.gross is None
    renumbered = draft(desk, invoice("2042"))
    assert desk.shelf._find([renumbered]) == {}
    assert desk.put(renumbered).target_id == first.target_id
    (shown,) = desk.invoices()
    assert (text(shown, "Number"), text(shown, "GUID")) == ("2042", first.target_id)
    with pytest.raises(Refused, match="ALREADY_AT_TARGET"):
        desk.put(draft(desk, invoice("2042"), key="k-2"))


def test_what_was_fetched_is_confirmed_and_stays_as_it_was(desk: Desk) -> None:
    sent = desk.put(draft(desk))
    assert desk.shelf._answers([sent.target_id, "no guid"]) == {}
    assert desk.move(sent.target_id, TRANSFERRED).status_code == 200
    assert desk.move(sent.target_id, TRANSFERRED).status_code == 200
    answer = desk.shelf._answers([sent.target_id])[sent.target_id]
    assert (answer.state, answer.number, answer.totals.gross) == (AckState.CONFIRMED, "1042", Decimal("502.00"))
    assert AuditEntry.objects.filter(action="pull.status_set").count() == 1
    assert desk.invoices() == []
    assert len(desk.invoices(TRANSFERRED)) == 1
    found = desk.shelf._find([draft(desk)])["k-1"]
    assert found.sent.totals.gross == Decimal("502.00")
    with pytest.raises(Refused, match="ALREADY_AT_TARGET"):
        desk.put(draft(desk, invoice("2042")))


def test_another_status_is_told_and_a_renamed_one_takes_its_documents_along(desk: Desk) -> None:
    sent = desk.put(draft(desk))
    desk.move(sent.target_id, "Tarkistettava")
    answer = desk.shelf._answers([sent.target_id])[sent.target_id]
    assert (answer.state, answer.text) == (AckState.ACCEPTED, "Tarkistettava")
    desk.move(sent.target_id, WAITING)
    assert desk.shelf._answers([sent.target_id]) == {}
    connections.update_connection(desk.actor, desk.connection, settings={"waiting_status": "Noudettava"})
    assert len(desk.invoices("Noudettava")) == 1
    gone = desk.call("IInvoice/GetInvoicesByStatus", f"<status>{WAITING}</status>")
    assert fault(gone) == "NotFoundException"


def test_credit_notes_discounts_and_roundings_add_up(desk: Desk) -> None:
    line = invoice().lines[0]
    cut = InvoiceLine(position=1, quantity=Decimal(3), unit_price=Decimal(10), net=Decimal(27), vat_rate=Decimal(24))
    desk.put(draft(desk, invoice("7", is_credit_note=True, lines=(line,)), key="c"))
    desk.put(
        draft(
            desk,
            invoice(
                "8",
                net=Decimal(27),
                vat=Decimal("6.48"),
                gross=Decimal("33.48"),
                rounding=Decimal("0.02"),
                lines=(cut,),
            ),
            key="d",
        )
    )
    credit, reduced = desk.invoices()
    assert text(credit, "IsCreditNote") == "true"
    assert text(credit.find("{*}InvoiceDetails"), "invoiceTotalVatIncludedAmount") == "-502"
    (row,) = credit.iter("{*}InvoiceRow")
    shown = (
        "deliveredQuantity",
        "unitPriceAmount",
        "rowVatExcludedAmount",
        "rowVatAmount",
        "articleName",
        "rowFreeText",
    )
    assert [text(row, name) for name in shown] == ["-5", "80", "-400", "-102.00", "Suunnittelu", "Maaliskuu"]
    rows = list(reduced.iter("{*}InvoiceRow"))
    assert [text(each, "unitPriceAmount") for each in rows] == ["9", "0.02"]
    total = sum(Decimal(text(each, "rowAmount") or "") for each in rows)
    assert total == Decimal(text(reduced.find("{*}InvoiceDetails"), "invoiceTotalVatIncludedAmount") or "")


def test_reverse_charge_marks_the_customer(desk: Desk) -> None:
    line = InvoiceLine(
        position=1,
        quantity=Decimal(1),
        unit_price=Decimal(9),
        net=Decimal(9),
        vat_treatment=VatTreatment.REVERSE_CHARGE,
    )
    desk.put(draft(desk, invoice(net=Decimal(9), vat=Decimal(0), gross=Decimal(9), lines=(line,))))
    (shown,) = desk.invoices()
    assert text(shown, "IsTaxFree") == "true"
    asked = f"<a>{text(shown, 'AccountGUID')}</a>"  # the name of a single parameter is told by no source
    customer = etree.fromstring(desk.call("ICustomer/GetCustomerByGUID", asked).content)
    assert customer.findtext(".//{*}ReverseCharge") == "true"


def test_what_cannot_be_said_is_refused_by_name(desk: Desk) -> None:
    for number in ("2026-1", "", "2147483648", "٤٢"):
        with pytest.raises(Unsupported) as caught:
            desk.put(draft(desk, invoice(number)))
        assert caught.value.params["field"] == "number"
    with pytest.raises(Unsupported):
        desk.put(draft(desk, invoice(direction=Direction.PURCHASE)))
    with pytest.raises(Unsupported):
        desk.put(PartyDraft(key="s", party=Party(name="A"), role=PartyRole.SUPPLIER))
    warned = desk.put(draft(desk, invoice("9", prepaid=Decimal(2)), key="w"))
    assert "PREPAID_NOT_CARRIED" in warned.extra["warnings"]
    with pytest.raises(Misconfigured):
        connections.build_connector("pull", {}, {"waiting_status": "A", "transferred_status": "a"})


def test_what_cannot_be_said_is_not_found_and_stops_nothing_beside_it(desk: Desk) -> None:
    good, bad = draft(desk), draft(desk, invoice("2026-1"), key="bad")
    desk.put(good)
    assert set(desk.shelf._find([bad, good])) == {good.key}


def test_strangers_do_not_use_up_the_days_calls(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tilisilta.services.pull.service.DAY_QUOTA", 3)
    for _ in range(4):
        assert fault(desk.call("IAPI/GetVersion", key="wrong")) == "AuthenticationFailureException"
        desk.post("<no/>", "IAPI/GetVersion")
    assert access.used_today(desk.connection) == 0
    for _ in range(3):
        assert desk.call("IAPI/GetVersion").status_code == 200
    assert "Quota" in desk.call("IAPI/GetVersion").content.decode()


def test_calls_are_counted_and_shown(desk: Desk) -> None:
    for _ in range(3):
        desk.call("IAPI/GetVersion", REMOTE_ADDR="192.0.2.7")
    row = ShelfCall.objects.get(operation="GetVersion", outcome="")
    assert (row.count, row.last_ip, row.company_id) == (3, "192.0.2.7", desk.company.pk)
    page = Pages(desk.company, desk.actor.user).open(f"connections/{desk.connection.pk}/")
    assert "GetVersion" in page.text
    assert f"/pull/{desk.connection.pk}/webservice/S3/API.svc" in page.text
    log = f"<invoiceGuid>{desk.put(draft(desk)).target_id}</invoiceGuid><context>c</context><text>Siirretty</text>"
    for ignores in ("true", "true", "false"):
        rest = f"<source>s</source><ignoreDuplicates>{ignores}</ignoreDuplicates>"
        assert desk.call("IInvoice/AddNewInvoiceLogEntry", log + rest).status_code == 200
    assert AuditEntry.objects.filter(action="pull.logged", subject="1042").count() == 2

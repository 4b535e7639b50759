"""The id map and matches against both systems: lists read, ids looked up, and no customer made twice."""

import pytest
from tests.support.product import set_up

from tilisilta.core.documents import DocumentKind
from tilisilta.services import id_map, id_map_files, matches, source_ids, staging
from tilisilta.services.tables import read_table, write_csv
from tilisilta.store.models import Binding, Delivery, MatchProposal

CUSTOMER, ITEM = DocumentKind.CUSTOMER, DocumentKind.ITEM
pytestmark = pytest.mark.slow


def names(office, what):
    return sorted(row.get("name") or row["code"] for row in office.smartaccounts.books()[what])


def test_the_source_tells_a_contact_from_a_product(office):
    books = office.scoro.books()
    contact, product = str(books["contacts"][0]["contact_id"]), str(books["products"][0]["product_id"])
    found = source_ids.known_ids(office.integration, CUSTOMER, [contact, product, "99999999"])
    assert [found.is_of_kind(CUSTOMER, each) for each in (contact, product, "99999999")] == [True, False, False]
    assert found.name_of(CUSTOMER, contact) == books["contacts"][0]["name"]
    as_items = source_ids.known_ids(office.integration, ITEM, [contact, product])
    assert [as_items.is_of_kind(ITEM, each) for each in (contact, product)] == [False, True]


def test_a_firm_whose_books_are_not_empty_gets_no_doubles(office, emulators):
    office.run("sales_invoices")
    clients, articles = names(office, "clients"), names(office, "articles")
    invoices = len(office.smartaccounts.books()["client_invoices"])
    assert clients
    assert articles
    second = set_up(emulators, email="teine@naidis.ee")

    second.run("sales_invoices")
    assert (names(office, "clients"), names(office, "articles")) == (clients, articles)
    asked = set(MatchProposal.objects.filter(company=second.company).values_list("delivery__kind", flat=True))
    assert CUSTOMER.value in asked

    for kind in (CUSTOMER, ITEM):
        assert id_map.read_target_list(second.actor, second.integration, kind) > 0
    decided = matches.accept_best(second.actor, matches.selected(second.actor, _open(second)))
    assert decided.decided
    second.run("sales_invoices")
    assert (names(office, "clients"), names(office, "articles")) == (clients, articles)
    assert len(office.smartaccounts.books()["client_invoices"]) == invoices
    assert not Delivery.objects.filter(company=second.company, kind=CUSTOMER, sent_at__isnull=False).exists()


def _open(office):
    return list(MatchProposal.objects.filter(company=office.company, state="open").values_list("pk", flat=True))


def test_the_map_goes_out_filled_and_comes_back_into_a_new_firm(office, emulators):
    office.run("sales_invoices")
    id_map.read_target_list(office.actor, office.integration, CUSTOMER)
    name, content = id_map.export(office.integration, CUSTOMER, "csv")
    mapped = [row for row in read_table(name, content).rows if row.cells[-1]]
    clients = names(office, "clients")
    assert len(mapped) == len(clients)

    second = set_up(emulators, email="teine@naidis.ee")
    id_map.read_target_list(second.actor, second.integration, CUSTOMER)
    staged = id_map_files.stage_file(second.actor, second.integration, CUSTOMER, name=name, content=content)
    assert {row.status.value for row in staging.staged_rows(staged)} == {"new"}
    id_map_files.confirm(second.actor, second.integration, staged)
    assert Binding.objects.filter(company=second.company, kind=CUSTOMER).count() == len(clients)

    product = str(office.scoro.books()["products"][0]["product_id"])
    wrong = write_csv(["ID", "Liidetud teenus", "Liidetud teenuse ID"], [[mapped[0].cells[0], "SC", product]])
    staged = id_map_files.stage_file(second.actor, second.integration, CUSTOMER, name="x.csv", content=wrong)
    assert [row.status.value for row in staging.staged_rows(staged)] == ["wrong_kind"]

    second.run("sales_invoices")
    assert names(office, "clients") == clients
    assert not MatchProposal.objects.filter(company=second.company, delivery__kind=CUSTOMER).exists()

"""Contacts, products, codes, hooks and the site's smaller modules (sheet section 11)."""

from collections.abc import AsyncIterator

import pytest
from tests.emulator.scoro_client import Client, open_site


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with open_site(now="2026-11-02T08:15:30Z") as client:
        yield client


@pytest.mark.parametrize(
    ("module", "key", "fields"),
    [
        ("receiptAccounts", "id", {"id", "name", "type"}),
        ("tags", "tag_id", {"tag_id", "tag_name", "parent_id", "parent_name"}),
        ("depot", "depot_id", {"depot_id", "depot_name", "comments"}),
        ("financeObjects", "object_id", {"object_id", "object_symbol", "name", "parent_group_name"}),
        (
            "vatCodes",
            "vat_code_id",
            {
                *("vat_code_id", "vat_code", "vat_name", "percent", "is_sales", "is_purchases", "is_active"),
                "is_not_applicable",
            },
        ),
        (
            "productGroups",
            "id",
            {"id", "parent_group_id", "name", "comments", "pcs_per_package", "account_name"},
        ),
    ],
)
async def test_small_modules_list_exactly_their_fields(site, module, key, fields):
    rows = await site.data(f"{module}/list", per_page=100)
    assert all(set(row) == fields for row in rows)
    assert len({row[key] for row in rows}) == len(rows) > 0


@pytest.mark.parametrize(
    ("module", "some"),
    [
        ("financeAccounts", {"account_symbol", "name", "is_sales_account", "is_purchases_account", "modified_date"}),
        ("users", {"id", "email", "full_name", "status"}),
        ("statuses", {"status_id", "status_name", "module", "is_default", "modified_date"}),
        ("projects", {"project_id", "project_name", "company_id", "budget_type"}),
        ("clientProfiles", {"id", "name", "deadline_days", "payment_type"}),
        ("bookmarks", {"bookmark_id", "module"}),
    ],
)
async def test_other_modules_have_rows(site, module, some):
    rows = await site.data(f"{module}/list")
    assert rows
    assert some <= rows[0].keys()


async def test_company_account_serves_a_connection_test(site):
    rows = await site.data("companyAccount/list")
    assert len(rows) == 1
    assert (rows[0]["company_name"], rows[0]["reg_no"], rows[0]["vat_no"]) == ("Naidis OÜ", "19900019", "EE101999007")
    assert (rows[0]["base_currency"], rows[0]["active_currencies"]) == ("EUR", ["EUR", "USD"])
    assert not {"id", "company_account_id"} & rows[0].keys()


async def test_contact_life(site):
    request = {
        "name": "Uus Klient OÜ",
        "id_code": "19900893",
        "is_client": "1",
        "addresses": [{"country": "est", "city": "Tallinn", "street": "Tee 1\r\nKorrus 2", "zipcode": "10115"}],
        "means_of_contact": {"email": ["uus@klient.example"], "phone": "+372 5"},
        "tags": ["Püsiklient"],
        "custom_fields": [{"id": "c_tier", "value": "Silver"}],
    }
    row = await site.data("contacts/modify", request, return_data=1)
    assert row["contact_id"] == 44
    assert (row["contact_type"], row["is_client"], row["is_supplier"]) == ("company", 1, 0)
    assert row["means_of_contact"]["phone"] == ["+372 5"]
    assert row["means_of_contact"]["fax"] == []
    assert row["addresses"] == request["addresses"]
    assert row["custom_fields"][0] == {"id": "c_tier", "name": "Kliendi tase", "value": "Silver", "type": "text"}
    assert row["modified_date"] == "2026-11-02T10:15:30+02:00"
    changed = await site.data("contacts/modify/44", {"is_supplier": 1}, return_data=1)
    assert (changed["is_supplier"], changed["addresses"]) == (1, request["addresses"])
    await site.call("contacts/delete/44")
    assert (await site.call("contacts/view/44")).code == 404
    assert 44 in await site.ids("contacts", "contact_id", include_deleted=True)


@pytest.mark.parametrize(
    ("request_body", "field"),
    [
        ({}, "name"),
        ({"name": "x", "contact_type": "robot"}, "contact_type"),
        ({"name": "x", "addresses": ["Tee 1"]}, "addresses"),
        ({"name": "x", "means_of_contact": "a@b"}, "means_of_contact"),
        ({"name": "x", "birthday": "31.12.1999"}, "birthday"),
        ({"name": "x", "client_profile_id": 9}, "client_profile_id"),
    ],
)
async def test_wrong_contacts_are_refused(site, request_body, field):
    await site.reset(error_shape="map")
    answer = await site.call("contacts/modify", request_body)
    assert answer.code == 400
    assert set(answer.errors) == {field}


async def test_filters_describe_fields(site):
    everything = await site.data("contacts/filters")
    assert {"id": "contact_type", "name": "contact_type", "type": "text", "values": ["company", "person"]} in everything
    some = await site.data("invoices/filters", {"fields": ["modified_date", "company_id", "sum"]})
    assert {each["id"]: each["type"] for each in some} == {
        "modified_date": "date",
        "company_id": "integer",
        "sum": "decimal",
    }


async def test_related_objects_of_a_contact(site):
    related = await site.data("contacts/getRelatedObjects/33")
    assert list(related) == [
        *("tasks", "calendar", "projects", "invoices", "prepayments", "bills", "quotes", "orders", "files")
    ]
    assert [row["no"] for row in related["invoices"]["items"]] == ["2026-048", "2026-055"]
    assert [row["no"] for row in related["bills"]["items"]] == ["KD-88"]
    assert related["files"] == {"items": [], "totals": []}


async def test_products_carry_tags_and_stock(site):
    rows = {row["product_id"]: row for row in await site.data("products/list", per_page=100)}
    assert len(rows) == 15
    assert rows[73]["tag"] == "Valgustid, Laoartikkel, Allahindlus"
    assert rows[74]["tag"] == "laoartikkel"
    assert rows[72]["depot_amounts"] == {"1": "40.00", "2": "6.00"}
    assert rows[72]["depots_total_amount"] == "46.00"
    assert (rows[75]["is_service"], rows[71]["is_service"]) == (1, 0)
    assert await site.ids("products", "product_id", filter={"tags": "LAOARTIKKEL"}) == [71, 72, 73, 74]


async def test_product_names_are_written_by_language_and_read_in_one(site):
    request = {"code": "N-1", "names": {"est": "Kruvi", "fin": "Ruuvi"}, "price": 0.125, "tag": "Laoartikkel"}
    row = await site.data("products/modify", request, return_data=1)
    assert (row["name"], row["price"]) == ("Kruvi", "0.125")
    assert "names" not in row
    path = f"products/view/{row['product_id']}"
    assert (await site.data(path, lang="fin"))["name"] == "Ruuvi"
    assert (await site.data(path, lang="rus"))["name"] == "Kruvi"
    await site.data(f"products/modify/{row['product_id']}", {"name": "Polt"})
    assert (await site.data(path, lang="fin"))["name"] == "Polt"
    assert (await site.call("products/modify", {"code": "N-2"})).code == 400


async def test_products_can_show_all_languages(site):
    await site.reset(localised="object")
    row = await site.data("products/modify", {"names": {"est": "Kruvi", "fin": "Ruuvi"}}, return_data=1)
    assert row["name"] == {"est": "Kruvi", "fin": "Ruuvi"}


async def test_vat_codes_can_be_added_and_removed(site):
    made = await site.data("vatCodes/modify", {"vat_code": "25,5", "percent": "25.5"}, return_data=1)
    assert (made["percent"], made["is_active"]) == ("25.50", 1)
    await site.call(f"vatCodes/delete/{made['vat_code_id']}")
    assert (await site.call(f"vatCodes/view/{made['vat_code_id']}")).code == 404


async def test_zero_percent_has_several_meanings(site):
    rows = await site.data("vatCodes/list", filter={"percent": 0}, per_page=100)
    assert [row["vat_code"] for row in rows] == ["0EU", "0EX", "MV", "PM", "-"]


async def test_webhooks_are_subscribed_listed_and_ended(site):
    request = {"module": "invoices", "action": "modify", "fields": ["status"], "url": "https://hook.example/x"}
    made = await site.data("webhooks/subscribe", request)
    assert (made["id"], made["status"], made["fields"]) == (1, 1, ["status"])
    assert [row["url"] for row in await site.data("webhooks/list")] == ["https://hook.example/x"]
    assert (await site.call("webhooks/subscribe", {"module": "invoices"})).code == 400
    assert (await site.call("webhooks/unsubscribe/1")).body["status"] == "OK"
    assert await site.data("webhooks/list") == []


async def test_projects_hide_tags_in_plain_lists(site):
    assert "tags" not in (await site.data("projects/list"))[0]
    row = await site.data("projects/view/11")
    assert (row["tags"], row["company_name"]) == (["Püsiklient"], "Põhjala Puit OÜ")

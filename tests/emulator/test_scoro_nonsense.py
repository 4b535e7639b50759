"""Whatever is written or asked, the site answers in its own shape and can be read afterwards."""

from collections.abc import AsyncIterator

import pytest
from tests.emulator.scoro_client import Client, open_site

from tilisilta_emulators.scoro.modules import MODULES

NONSENSE = [
    "",
    "x",
    -1,
    2.5,
    "1e99999",
    "1e99999999",
    "1e-99999",
    True,
    None,
    [],
    [1],
    [{}],
    {},
    {"a": [None]},
    "9" * 400,
    "\ud83d\ude00",
]
WRITABLE = [module for module in MODULES.values() if "batchModify" in module.actions]


@pytest.fixture(scope="module")
def goods() -> dict[str, dict[str, object]]:
    """A good write of every module, spoiled one field at a time."""
    line = {"product_id": 75, "price": 1, "amount": 1}
    documents = {module.name: {"company_id": 34, "lines": [line]} for module in WRITABLE if module.line}
    return {
        **documents,
        "receipts": {"receipts": [{"invoice_id": 508, "sum": 1}]},
        "contacts": {"name": "Keegi"},
        "products": {"name": "Miski"},
        "productGroups": {"name": "Grupp"},
        "vatCodes": {"vat_code": "X"},
        "financeAccounts": {"account_symbol": "1", "name": "Konto"},
        "projects": {"project_name": "Projekt"},
        "depot": {"depot_name": "Ladu"},
        "clientProfiles": {"name": "Profiil"},
    }


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with open_site() as client:
        yield client


@pytest.mark.parametrize("module", WRITABLE, ids=lambda module: module.name)
async def test_nonsense_in_any_field_breaks_nothing(site, goods, module):
    good = goods[module.name]
    wire = [module.aliases.get(name, name) for name in module.row.__struct_fields__ if name != module.key]
    writes = [{**good, name: value} for name in wire for value in NONSENSE]
    if module.line is not None:
        parts = [module.line_aliases.get(name, name) for name in module.line.__struct_fields__]
        line = good["lines"][0]
        writes += [{**good, "lines": [{**line, name: value}]} for name in parts for value in NONSENSE]
    answers = await site.data(f"{module.name}/batchModify", [good, *writes])
    assert answers[0]["errors"] == []
    assert any(each["errors"] for each in answers)
    written = sum(1 for each in answers if not each["errors"])
    before = len(await all_rows(site, module.name))
    assert before >= written
    await site.control("GET", "state")
    await site.control("GET", "state?summary=1")


async def all_rows(site: Client, module: str) -> list[object]:
    rows: list[object] = []
    page = 1
    while True:
        found = await site.data(f"{module}/list", detailed_response=1, page=page, include_deleted=1)
        rows += found
        if len(found) < 25:
            return rows
        page += 1


@pytest.mark.parametrize("name", ["invoices", "receipts", "contacts", "products"])
async def test_nonsense_in_any_filter_is_answered(site, name):
    module = MODULES[name]
    for field in (*module.row.__struct_fields__, "tag_ids", "search_name"):
        for value in NONSENSE:
            answer = await site.call(f"{name}/list", filter={field: value})
            assert answer.status == 200
            assert answer.body["status"] in ("OK", "ERROR")


@pytest.mark.parametrize("field", ["page", "per_page", "bookmark", "filter", "request", "lang", "include_deleted"])
async def test_nonsense_in_the_envelope_is_answered(site, field):
    for value in NONSENSE:
        for path in (
            "invoices/list",
            "invoices/modify",
            "invoices/filters",
            "invoices/pdf/502",
            "invoices/batchModify",
        ):
            answer = await site.call(path, **{field: value})
            assert answer.status == 200, (path, value)


@pytest.mark.parametrize("field", ["apiKey", "user_token", "company_account_id"])
async def test_nonsense_as_credentials_is_refused(site, field):
    for value in NONSENSE:
        body = {"apiKey": None if field == "user_token" else site.key, "company_account_id": "naidis", field: value}
        assert (await site.raw("/api/v2/tags/list", body)).code in (401, 403)

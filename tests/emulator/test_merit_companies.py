"""A bureau's many companies: their keys, their years of entries, late ones, and the door that lists them."""

import json
from collections import Counter
from datetime import date

from tests.emulator.merit_client import Merit, period

from tilisilta_emulators.merit import MeritEmulator, names
from tilisilta_emulators.merit.history import Spec

STAMP = "2026-03-31T21:00:00Z"
LOGIN = {"country": "EE", "email": "raamatupidaja@naidis.example", "password": "naidis-parool-2026"}


async def companies(merit: Merit, count: int, **fields) -> list[tuple[str, str]]:
    added = await merit.control("POST", "seed", {"companies": count, **fields})
    return [(one["keys"][0]["api_id"], one["keys"][0]["api_key"]) for one in added["keys"]]


async def months(merit: Merit, path: str, credentials, year: int = 2025, **fields) -> list[dict]:
    found = []
    for month in range(1, 13):
        last = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)
        body = period(f"{year}{month:02d}01", f"{year}{month:02d}{last}", **fields)
        found += await merit.ok(path, body, credentials=credentials)
    return found


async def test_each_company_has_its_own_key_and_books(merit: Merit):
    first, second = await companies(merit, 2)
    names_of = []
    for credentials in (first, second):
        cards = await merit.ok("v1/getcustomers", credentials=credentials)
        assert len(cards) == 8
        names_of.append({one["CustomerId"] for one in cards})
    assert not names_of[0] & names_of[1]
    assert await merit.ok("v1/getcustomers") == []
    assert (await merit.call("v1/gettaxes", credentials=(first[0], second[1]))).status == 401


async def test_history_adds_up_and_is_the_same_whenever_it_is_made(merit: Merit):
    await merit.reset(keep_companies=1, now="2026-11-01T10:00:00Z", clock_skew_s=0)
    spec = {"start": "2025-01-01", "end": "2025-12-31", "sales": 5, "purchases": 3, "manual": 2, "late": 0}
    first, second = await companies(merit, 2, history=spec)
    seen = []
    for _ in range(2):
        seen.append(await months(merit, "v1/GetGLBatchesFull", first, WithLines=1))
        # Looking at another company throws the untouched first one out.
        await merit.ok("v1/getcustomers", credentials=second)
    assert seen[0] == seen[1]
    codes = Counter(one["BatchCode"] for one in seen[0])
    assert (codes["MA"], codes["OS"], codes["PÄ"], codes["PK"], codes["KD"], codes["PV"]) == (60, 36, 24, 12, 12, 12)
    for batch in seen[0]:
        assert sum(one["DebitAmount"] - one["CreditAmount"] for one in batch["Entries"]) == 0
    sales = await months(merit, "v2/getinvoices", first)
    assert {one["SIHId"] for one in sales} == {one["DocId"] for one in seen[0] if one["BatchCode"] == "MA"}
    assert sum(one["TotalSum"] < 0 for one in sales) == 3
    assert {one["UserName"] for one in sales} == {"Raamatupidaja"}
    listed = await months(merit, "v1/getglbatches", first)
    assert [one["GLBId"] for one in listed] == [one["GLBId"] for one in seen[0]]


async def test_late_entries_arrive_as_the_clock_goes_on(merit: Merit):
    spec = {"start": "2025-06-01", "end": "2025-06-30", "sales": 20, "purchases": 20, "late": 0.4,
            "late_days": [35, 200], "paid": 0}  # fmt: skip
    await merit.options(now="2025-07-03T10:00:00Z", clock_skew_s=0)
    (credentials,) = await companies(merit, 1, history=spec)
    june = period("20250601", "20250630")
    counts = []
    for now in ("2025-07-03", "2025-09-01", "2025-11-01", "2026-03-01"):
        await merit.options(now=f"{now}T10:00:00Z")
        found = await merit.ok("v1/getglbatches", june, credentials=credentials)
        assert all(one["ChangedDate"] < f"{now}T13" for one in found)
        counts.append(len(found))
    assert counts == sorted(set(counts))
    assert counts[-1] == 45
    # DateType 1 finds a late one by when it was entered.
    late = [one for one in found if one["ChangedDate"] > "2025-08-01"]
    window = period("20250801", "20251031", DateType=1)
    entered = await merit.ok("v1/getglbatches", window, credentials=credentials)
    assert {one["GLBId"] for one in entered} == {one["GLBId"] for one in late if one["ChangedDate"] < "2025-11"}


async def test_single_batches_can_be_entered_at_any_moment(merit: Merit):
    batches = [
        {"date": "2026-01-15", "entered": "2026-08-20T10:00:00", "amount": "12.40", "code": "KD"},
        {"date": "2026-12-01", "entered": "2026-04-01T10:00:00"},
    ]
    await merit.options(now="2026-04-16T09:00:00Z", clock_skew_s=0)
    await merit.control("POST", "seed", {"batches": batches})
    assert await merit.ok("v1/getglbatches", period("20260101", "20260131")) == []
    assert len(await merit.ok("v1/getglbatches", period("20261201", "20261231"))) == 1
    await merit.options(now="2026-08-20T09:00:00Z")
    (found,) = await merit.ok("v1/getglbatches", period("20260101", "20260131"))
    assert (found["BatchCode"], str(found["TotalAmount"])) == ("KD", "12.40")


async def test_entries_move_to_another_month_and_vanish_after_they_were_seen(merit: Merit):
    made = await merit.sale()
    body = {"company": made and 1, "id": made["InvoiceId"], "action": "move", "date": "2026-05-02"}
    assert await merit.control("POST", "edit", body) == {"changed": "sales_invoice"}
    assert await merit.ok("v1/getglbatches", period()) == []
    (shown,) = await merit.ok("v2/getinvoices", period("20260501", "20260531"))
    (batch,) = await merit.ok("v1/getglbatches", period("20260501", "20260531"))
    assert shown["SIHId"] == made["InvoiceId"]
    assert await merit.control("POST", "edit", {"id": batch["GLBId"], "action": "delete"}) == {"changed": "batch"}
    await merit.control("POST", "edit", {"id": made["InvoiceId"], "action": "delete"})
    assert await merit.ok("v2/getinvoices", period("20260501", "20260531")) == []
    await merit.control("POST", "edit", {"id": "nothing"}, 400)
    await merit.control("POST", "edit", {"id": "x", "company": 99}, 400)


async def test_changed_companies_stay_and_are_in_the_books(merit: Merit):
    await merit.reset(keep_companies=1)
    first, second = await companies(merit, 2)
    entry = {"DocNo": "1", "BatchDate": "20260430",
             "EntryRow": [{"AccountCode": "8600", "Debit": 1}, {"AccountCode": "1000", "Credit": 1}]}  # fmt: skip
    made = await merit.ok("v1/sendglbatch", entry, credentials=first)
    await merit.ok("v1/getcustomers", credentials=second)
    await merit.ok("v1/getglbatch", {"Id": made["BatchId"]}, credentials=first)
    summary = await merit.summary()
    assert summary["companies"] == {"count": 3, "changed": 2}
    assert summary["made_by_api"]["batches"]["count"] == 1
    assert set((await merit.state())["companies"]) == {first[0]}
    one = await merit.control("GET", f"companies/{first[0]}")
    assert made["BatchId"] in [batch["id"] for batch in one["batches"]]
    await merit.control("GET", "companies/99", status=404)
    await merit.control("POST", "seed", {"company": first[0], "history": {"start": "2025-01-01"}}, 400)


async def test_plans_and_revoked_keys(merit: Merit):
    (credentials,) = await companies(merit, 1, plan="standard")
    answer = await merit.call("v1/gettaxes", credentials=credentials)
    assert (answer.status, answer.text) == (401, "api-wronglicense")
    await merit.control("POST", "keys", {"api_id": credentials[0], "plan": "pro"})
    await merit.ok("v1/gettaxes", credentials=credentials)
    await merit.control("POST", "keys", {"api_id": credentials[0], "revoked": True})
    assert (await merit.call("v1/gettaxes", credentials=credentials)).status == 401
    await merit.control("POST", "keys", {"api_id": "x"}, 400)


async def test_the_demo_has_forty_clients_with_their_oddities():
    emulator = MeritEmulator()
    clients = emulator.site.companies[1:]
    assert len(clients) == 40
    assert sum(one.plan == "standard" for one in clients) == 2
    assert sum(one.reg_no is None for one in clients) == 2
    assert sum(not one.keys for one in clients) == 1
    assert sum(key.revoked for one in clients for key in one.keys) == 1
    codes = Counter(one.reg_no for one in clients if one.reg_no)
    assert [times for times in codes.values() if times > 1] == [2]
    assert len({one.name for one in clients}) == 40
    books = emulator.site.books(clients[0])
    assert len(books.batches) > 300
    late = [one for one in books.batches if (one.created.date() - one.date).days > 30]
    assert late
    assert emulator.credentials() == {
        "api_id": "670fe52f-558a-4be8-ade0-526e01a106d0", "api_key": "AoCmZGUfWMMhLJ+Eb6oRF4pAEw9XJP9b/RL5c2Gqk2w=",
    }  # fmt: skip


async def test_a_thousand_companies_are_added_at_once_and_made_one_by_one(merit: Merit):
    added = await merit.control("POST", "seed", {"companies": 1000, "answer": "counts"})
    assert added["companies"] == 1000
    listed = await merit.control("GET", "companies?limit=2000&key_name=Tilisilta")
    assert len({one["name"] for one in listed}) == 1001
    assert len({key["api_id"] for one in listed for key in one["keys"]}) == 1001
    last = listed[-1]["keys"][0]
    found = await merit.ok("v1/getcustomers", credentials=(last["api_id"], last["api_key"]))
    assert len(found) == 8
    assert len(merit.emulator.site._fresh) <= 64


def test_registry_codes_have_right_check_digits():
    for number in (0, 1, 234567, 999999):
        code = names.registry_code(number)
        assert len(code) == 8
    assert names.registry_code(234567) == "12345678"
    assert Spec(date(2025, 1, 1), date(2025, 1, 31)).customers == 8


async def test_wrong_seeds_are_said(merit: Merit):
    for body in ({"typo": 1}, {"companies": "many"}, {"company": 77}, {"history": {"typo": 1}}, {"country": "SE"}):
        await merit.control("POST", "seed", body, 400)


async def door(merit: Merit, method: str, path: str, body=None, session: str = ""):

    content = None if body is None else json.dumps(body).encode()
    return await merit.request(method, f"/provisioning/{path}", content, Authorization=f"Bearer {session}")


async def test_the_door_lists_companies_and_makes_keys(merit: Merit):
    await merit.reset(data="demo")
    opened = (await door(merit, "POST", "login", LOGIN)).json
    assert (opened["companies"], opened["signed_out"]) == (40, 2)
    assert (await merit.control("GET", "sessions"))["web_sessions"] == 0
    session = opened["session"]
    page = (await door(merit, "GET", "companies?offset=0&limit=30", session=session)).json
    rest = (await door(merit, "GET", "companies?offset=30&limit=30", session=session)).json
    assert (page["total"], len(page["companies"]), len(rest["companies"])) == (40, 30, 10)
    keyless = next(one for one in page["companies"] if not one["keys"] and one["plan"] != "standard")
    made = (await door(merit, "POST", "keys", {"company_id": keyless["company_id"], "name": "Tilisilta"}, session)).json
    assert await merit.ok("v1/gettaxes", credentials=(made["api_id"], made["api_key"]))
    standard = next(one for one in page["companies"] if one["plan"] == "standard")
    answer = await door(merit, "POST", "keys", {"company_id": standard["company_id"], "name": "x"}, session)
    assert (answer.status, answer.json["error"]) == (403, "api-wronglicense")
    for body in ({}, {"name": 1}, {"name": ""}):
        assert (await door(merit, "POST", "keys", body, session)).status == 400
    assert (await door(merit, "POST", "keys", {"name": "x", "company_id": 1}, session)).status == 404
    assert (await door(merit, "GET", "companies?offset=x", session=session)).status == 400
    # A second sign-in ends the first; so does signing out.
    again = (await door(merit, "POST", "login", LOGIN)).json["session"]
    assert (await door(merit, "GET", "companies", session=session)).status == 401
    assert (await door(merit, "POST", "logout", {}, again)).status == 200
    assert (await door(merit, "GET", "companies", session=again)).status == 401


async def test_the_door_refuses(merit: Merit):
    await merit.reset(data="demo", companies=2)
    assert (await door(merit, "POST", "login", {**LOGIN, "password": "x"})).status == 401
    answer = await door(merit, "POST", "login", {**LOGIN, "country": "PL"})
    assert (answer.status, answer.json["error"]) == (403, "country")
    await merit.options(two_factor=True)
    answer = await door(merit, "POST", "login", LOGIN)
    assert (answer.status, answer.json["error"]) == (403, "two-factor")
    assert (await merit.request("POST", "/provisioning/login", b"[")).status == 400


async def test_counts_by_month_agree_with_what_the_api_lists(merit: Merit):
    await merit.options(now="2025-11-01T10:00:00Z", clock_skew_s=0)
    spec = {"start": "2025-01-01", "end": "2025-10-31", "late": 0.3}
    (credentials,) = await companies(merit, 1, history=spec)
    counted = (await merit.control("GET", f"companies/{credentials[0]}?summary=1"))["months"]
    assert list(counted) == [f"2025-{month:02d}" for month in range(1, 12)][: len(counted)]
    full = await months(merit, "v1/GetGLBatchesFull", credentials, WithLines=1)
    assert sum(one["batches"] for one in counted.values()) == len(full)
    assert sum(one["lines"] for one in counted.values()) == sum(len(one["Entries"]) for one in full)
    late = [one for one in full if one["ChangedDate"][:7] > one["BatchDate"][:7]]
    assert sum(one["late"] for one in counted.values()) == len(late) > 10
    for path, kind in (("v2/getinvoices", "sales_invoices"), ("v2/getpurchorders", "purchase_invoices")):
        listed = Counter(one["DocumentDate"][:7] for one in await months(merit, path, credentials))
        assert {month: one[kind] for month, one in counted.items() if kind in one} == listed

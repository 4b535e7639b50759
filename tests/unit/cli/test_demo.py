"""The demo proves itself; and the comparison it stands on sees what it must."""

import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.cli.conftest import ROOT

from tilisilta.cli.demo.books import Line, compare, totals

SAMPLES = ROOT / "tests/contract/files/samples"


def line(number: str, gross: str, party: str = "Naidis OÜ", currency: str = "EUR", vat: str = "24.00") -> Line:
    amount = Decimal(gross)
    return Line(number, party, currency, amount - Decimal(vat), Decimal(vat), amount, source_id=f"id-{number}")


def test_equal_books_differ_in_nothing():
    both = [line("1", "124.00"), line("2", "248.00"), line("2", "248.00", party="Teine OÜ")]
    found = compare(both, list(reversed(both)))
    assert (found.absent, found.surplus, found.duplicates) == ((), (), ())


def test_a_lost_line_is_absent_with_what_the_source_calls_it():
    found = compare([line("1", "124.00"), line("2", "248.00")], [line("1", "124.00")])
    assert [(each.number, each.source_id) for each in found.absent] == [("2", "id-2")]


def test_a_line_that_is_there_twice_is_a_duplicate():
    found = compare([line("1", "124.00")], [line("1", "124.00"), line("1", "124.00")])
    assert [each.number for each in found.duplicates] == ["1"]
    assert found.absent == ()


@pytest.mark.parametrize(
    "changed",
    [
        line("1", "124.01"),
        line("1", "124.00", vat="23.99"),
        line("1", "124.00", party="Keegi teine"),
        line("1", "124.00", currency="USD"),
        line("1a", "124.00"),
    ],
)
def test_a_cent_a_party_or_a_currency_makes_a_difference(changed):
    found = compare([line("1", "124.00")], [changed])
    assert len(found.absent) == len(found.surplus) == 1


def test_capitals_and_spaces_of_names_make_none():
    assert compare([line("A-1", "124.00")], [line("a-1 ", "124.00", party=" naidis oü")]).absent == ()


def test_totals_keep_currencies_apart():
    found = totals([line("1", "124.00"), line("2", "124.00", currency="USD")])
    assert (found["count"], found["gross"]) == (2, "248.00")
    assert found["by_currency"]["USD"] == {"count": 1, "net": "100.00", "vat": "24.00", "gross": "124.00"}


@pytest.fixture(scope="module")
def checked(tmp_path_factory) -> dict:
    from tests.unit.cli.conftest import Shell

    shell = Shell(tmp_path_factory.mktemp("check") / "unused")
    ended = shell("demo", "--check", "--json", TILISILTA_SAMPLES=str(SAMPLES))
    assert ended.code == 0, ended.out + ended.err
    assert ended.out.count("\n") == 1
    assert not shell.data_dir.exists()
    return ended.json


@pytest.mark.slow
def test_every_flow_arrives_to_the_cent(checked):
    assert checked["ok"] is True
    flows = {(each["integration"], each["flow"]): each for each in checked["flows"]}
    assert len(flows) == 19
    for each in flows.values():
        assert each["ok"], each["differences"]
        assert (each["duplicates"], each["missing"]) == (0, 0)
        left_out = len(each["explained"])
        assert each["source"]["count"] - each["target"]["count"] == left_out
        if not left_out:
            assert each["source"] == each["target"]
    naidis = {flow: each for (name, flow), each in flows.items() if name.startswith("Naidis OÜ")}
    assert set(naidis) == {"sales_invoices", "purchase_invoices", "payments", "payments_back"}
    assert naidis["sales_invoices"]["target"]["count"] == 17
    assert naidis["purchase_invoices"]["target"]["count"] == 10
    assert naidis["payments"]["target"]["count"] > 10
    (naava,) = [each for (name, _flow), each in flows.items() if name.startswith("Naava Suunnittelu Oy")]
    assert naava["target"]["count"] == 11
    closed = {flow: each for (name, flow), each in flows.items() if name.startswith("Saimaan Puutyö Oy")}
    assert {flow: each["target"]["count"] for flow, each in closed.items()} == {
        "period_sales": 7,  # receivables on both sides, bank, VAT, and three kinds of sales
        "period_purchases": 4,
    }
    assert all(Decimal(each["target"]["gross"]) > 10000 for each in closed.values())


@pytest.mark.slow
def test_invoices_sent_one_by_one_are_in_procountor_once_posted_and_paid_as_here(checked):
    name = "Esimerkki Konepaja Oy: Tilisilta → Procountor"
    sent = {each["flow"]: each for each in checked["flows"] if each["integration"] == name}
    assert {flow: each["target"]["count"] for flow, each in sent.items()} == {
        "sales_invoices": 6,
        "purchase_invoices": 6,
        "payments": 6,
    }
    assert not [why for each in sent.values() for why in (*each["explained"], *each["differences"])]
    assert [sent[flow]["target"]["gross"] for flow in sent] == ["14305.50", "7729.46", "7966.01"]


@pytest.mark.slow
def test_payments_of_other_documents_do_not_go_back(checked):
    (back,) = [each for each in checked["flows"] if each["flow"] == "payments_back"]
    assert back["target"]["count"] > 5
    reasons = {each["number"]: each["reason"] for each in back["explained"]}
    assert reasons == {"KÄSITSI-C1": "skipped: NOT_FROM_SOURCE", "KÄSITSI-V1": "skipped: NOT_FROM_SOURCE"}


@pytest.mark.slow
def test_the_bureau_counts_each_entry_of_its_clients_once_and_bills_to_the_cent(checked):
    flows = {each["flow"]: each for each in checked["flows"] if each["integration"].startswith("Näidisbüroo OÜ")}
    assert list(flows) == ["clients", "keys", "counts", "late_entries", "billed_invoices", "paid", "after_billing"]
    reasons = {flow: sorted(why["reason"] for why in each["explained"]) for flow, each in flows.items()}
    assert reasons["clients"] == ["ROW_CODE_TWICE"]
    assert reasons["keys"] == ["PLAN_TOO_LOW", "PLAN_TOO_LOW", "ROW_CODE_TWICE"]
    assert (flows["clients"]["source"]["count"], flows["keys"]["target"]["count"]) == (40, 37)
    counted, late = (Decimal(flows[flow]["target"]["gross"]) for flow in ("counts", "late_entries"))
    assert late - counted == 18
    assert counted > 10_000
    assert flows["late_entries"]["sent"] == late  # the ledger of seen entries has each once
    bills = flows["billed_invoices"]
    assert bills["target"]["count"] + len(bills["explained"]) == 15
    assert 0 < Decimal(flows["paid"]["target"]["gross"]) < Decimal(bills["target"]["gross"])
    assert flows["after_billing"]["target"]["gross"] == "9.00"


@pytest.mark.slow
def test_every_sample_is_in_the_books_or_listed_with_its_reason(checked):
    (files,) = [each for each in checked["flows"] if each["integration"].startswith("Paberivaba")]
    assert files["source"]["count"] == len(list(Path(SAMPLES).glob("*.xml")))
    assert [each["number"] for each in files["explained"]] == ["Test123"]
    assert "ROWS_DO_NOT_ADD_UP" in files["explained"][0]["reason"]


@pytest.mark.slow
@pytest.mark.exhaustive
def test_without_samples_it_says_so_and_goes_on(tmp_path):
    from tests.unit.cli.conftest import Shell

    ended = Shell(tmp_path / "unused")("demo", "--check", "--json", TILISILTA_SAMPLES=str(tmp_path / "none"))
    assert ended.code == 0
    assert len(ended.json["flows"]) == 18
    assert "No folder of sample e-invoices is at hand" in ended.json["notes"][0]
    assert "No folder of sample e-invoices is at hand" in ended.err


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.exhaustive
def test_the_same_holds_on_postgresql(tmp_path):
    import uuid

    from tests.support.postgres import create_database, server_uri
    from tests.unit.cli.conftest import Shell

    url = create_database(server_uri(), f"demo_{uuid.uuid4().hex[:12]}")
    ended = Shell(tmp_path / "unused")(
        "demo", "--check", "--json", "--database-url", url, TILISILTA_SAMPLES=str(SAMPLES)
    )
    assert ended.code == 0, ended.out + ended.err
    assert len(ended.json["flows"]) == 19


@pytest.mark.slow
def test_a_signal_breaks_the_set_up_off_and_leaves_nothing_behind(tmp_path):
    import signal
    import time

    import psutil
    from tests.unit.cli.conftest import Shell
    from tests.unit.cli.test_commands import free_port

    process = Shell(tmp_path / "unused").start("demo", "--data", str(tmp_path / "demo"), "--port", str(free_port()))
    assert process.stdout.readline().startswith("Setting companies up")
    time.sleep(1)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=40)
    assert process.returncode == 130
    _gone, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


FEATURE_TESTS = """
import pytest

@pytest.mark.feature("S01")
def test_one(): pass

@pytest.mark.feature("S01", "S02")
def test_two(): assert {passes}

@pytest.mark.feature("N03")
def test_skipped(): pytest.skip("no")
"""


@pytest.mark.parametrize(("passes", "held"), [(True, {"S01", "S02"}), (False, set())])
@pytest.mark.parametrize("processes", ["0", "2"])
def test_features_are_told_by_number(tmp_path, passes, held, processes):
    (tmp_path / "test_some.py").write_text(FEATURE_TESTS.format(passes=passes))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = feature(number): a row\n")
    shutil.copy(ROOT / "tests/features_plugin.py", tmp_path / "features_plugin.py")
    command = [sys.executable, "-m", "pytest", "-q", "-m", "feature", "-p", "features_plugin", "-n", processes]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST"))}
    env["PYTHONPATH"] = str(tmp_path)
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert {each.split()[0] for each in lines if each.endswith(" pass")} == held
    assert "N03 fail" in lines
    assert "P94 fail (no test)" in lines
    summary = json.loads(lines[-1])
    assert summary["S"] == {"passed": len(held), "of": 52}
    assert sum(each["of"] for each in summary.values()) == 287

"""Import, preview and compare from the command line, with a real worker, seen in the emulator's books."""

import pytest
from tests.recovery.installation import Installation, stop
from tests.unit.cli.conftest import Shell

DATES = ("--from", "2026-06-01", "--to", "2026-06-30")
# One of July's has a discount on the whole document, and no item was chosen for such.
JULY = ("--from", "2026-07-01", "--to", "2026-07-31")


@pytest.fixture
def at_work(emulators):
    """An installation with Scoro tied to SmartAccounts and a worker; gives its shell and the integration's number."""
    installation = Installation()
    plain = {
        vendor: {"vendor": vendor, "base_url": each.base_url, "credentials": each.credentials}
        for vendor, each in emulators.all.items()
    }
    integration = installation.call("set_up", emulators=plain)["integration"]
    installation.call("ask", integration=integration, kind="parties")
    installation.close()
    shell = Shell(installation.directory)
    shell.env = installation.env
    worker = installation.worker()
    yield shell, str(integration)
    stop(worker)


@pytest.mark.slow
def test_preview_writes_nothing_and_run_writes_once(at_work, emulators):
    shell, integration = at_work
    smart = emulators["smartaccounts"]
    shell("run", integration, "parties", "--wait")
    before = smart.summary()["client_invoices"]["count"]
    ask = (integration, "sales_invoices", *DATES)
    unknown_flow = shell("preview", *ask)
    assert unknown_flow.code == 2
    assert "has no flow 'sales_invoices'" in unknown_flow.err
    make_flow(shell, integration)

    preview = shell("preview", *ask, "--json")
    assert preview.code == 0, preview.err
    assert preview.json["mode"] == "preview"
    assert [row["number"] for row in preview.json["result"]["rows"]] == ["2026-041", "2026-042", "2026-043"]
    assert smart.summary()["client_invoices"]["count"] == before == 0
    table = shell("preview", *ask)
    assert "2026-042" in table.out

    done = shell("run", *ask, "--wait", "--json")
    assert done.code == 0, done.out + done.err
    assert (done.json["state"], done.json["problems"]) == ("done", 0)
    books = {row["invoiceNumber"] for row in smart.books()["client_invoices"]}
    assert books == {"2026-041", "2026-042", "2026-043"}

    again = shell("run", *ask, "--wait", "--json")
    assert again.code == 0
    assert (again.json["sent"], again.json["problem_code"]) == (0, "NOTHING_NEW")
    assert smart.summary()["client_invoices"]["count"] == len(books)

    july = shell("run", integration, "sales_invoices", *JULY, "--wait", "--json")
    assert (july.code, july.json["state"], july.json["problems"]) == (1, "done_with_problems", 1)
    assert "2026-044" not in {row["invoiceNumber"] for row in smart.books()["client_invoices"]}


@pytest.mark.slow
def test_reconcile_ends_with_one_when_the_sides_differ(at_work, emulators):
    shell, integration = at_work
    make_flow(shell, integration)
    ask = (integration, "sales_invoices", *DATES)
    assert shell("run", *ask, "--wait").code == 0
    same = shell("reconcile", *ask, "--json")
    assert same.code == 0, same.out + same.err
    scoro = emulators["scoro"]
    (invoice,) = [row for row in scoro.books()["invoices"] if row["no"] == "2026-042"]
    scoro.seed(put={"invoices": [{**only_writable(invoice), "sum": "1.00", "vat_sum": "0.24"}]})
    differs = shell("reconcile", *ask, "--json")
    assert differs.code == 1, differs.out
    numbers = [row["number"] for row in differs.json["result"]["rows"] if row["differs"]]
    assert numbers == ["2026-042"]


def test_mistakes_of_the_command_line_name_what_there_is(at_work):
    shell, integration = at_work
    for arguments, words in (
        (("run", "99", "sales_invoices"), "There are: 1 Scoro → SmartAccounts"),
        (("run", integration, "flying"), "It has:"),
        (("run", integration, "parties", "--from", "2026-01-01"), "Give --from and --to together"),
        (("run", integration, "parties", *DATES), "takes no dates"),
    ):
        ended = shell(*arguments)
        assert ended.code == 2, arguments
        assert words in ended.err
        assert ended.err.count("\n") == 1


def only_writable(row: dict) -> dict:
    """The fields of a Scoro invoice that the emulator takes as literal."""
    kept = ("id", "no", "date", "deadline", "company_id", "currency", "currency_rate", "account_id", "reference_no")
    return {name: row[name] for name in kept}


def make_flow(shell: Shell, integration: str) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(shell.data_dir / "tilisilta.sqlite3", timeout=30)) as database, database:
        database.execute(
            "INSERT INTO store_flow (company_id, integration_id, kind, is_enabled, is_automatic, schedule, settings,"
            " cursor_token) VALUES (1, ?, 'sales_invoices', 1, 0, '', '{}', '')",
            (int(integration),),
        )

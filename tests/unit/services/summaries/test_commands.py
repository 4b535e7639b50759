"""`tilisilta summaries`: the same imports from the command line."""

import json

import pytest
from tests.support.bureau import Bureau
from typer.testing import CliRunner, Result

from tilisilta.cli import app, product
from tilisilta.cli.output import CommandError


@pytest.fixture
def run(bureau: Bureau, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(product, "set_up", lambda: None)
    monkeypatch.setattr(product, "require_database", lambda: None)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["summaries", *arguments])

    return call


def test_a_month_is_imported_here_and_shown(bureau: Bureau, run) -> None:
    bureau.books_of(bureau.client).enter(bureau.month)
    month = f"{bureau.month:%Y-%m}"
    done = run("run", str(bureau.company.pk), "merit", "--month", month, "--here", "--json")
    assert (done.exit_code, json.loads(done.stdout)["state"]) == (0, "done")
    shown = json.loads(run("show", "Buroo OÜ", "--month", month, "--json").stdout)
    assert [(each["client"], each["counts"]["sales_invoice"]) for each in shown["summaries"]] == [("Klient 1 OÜ", 1)]
    assert "Klient 1 OÜ" in run("show", "Buroo OÜ").stdout


def test_a_reload_of_one_client_that_fails_ends_with_1(bureau: Bureau, run) -> None:
    from tilisilta.core.errors import Misconfigured

    bureau.books_of(bureau.client).error = Misconfigured("KEY_REFUSED", message="x")
    done = run("reload", str(bureau.company.pk), "--client", str(bureau.client.pk), "--here", "--json")
    assert (done.exit_code, json.loads(done.stdout)["failed"]) == (1, 1)


def test_a_bureau_without_the_system_is_told_by_name(run) -> None:
    told = run("show", "Puudub OÜ")
    assert isinstance(told.exception, CommandError)
    assert "The bureau 'Puudub OÜ' has no 'merit'." in str(told.exception)

"""`tilisilta clients`: the same imports from the command line."""

import json
from pathlib import Path

import pytest
from tests.support.books import work
from typer.testing import CliRunner, Result

from tilisilta.cli import app, product
from tilisilta.cli.output import CommandError
from tilisilta.services.books import imports
from tilisilta.store.models import AuditEntry, Client, ClientImport


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(product, "set_up", lambda: None)
    monkeypatch.setattr(product, "require_database", lambda: None)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["clients", *arguments])

    return call


@pytest.fixture
def listed(bureau, tmp_path: Path) -> Path:
    """A list of the keys of two companies, and of one row without its key."""
    lines = [bureau.line(each) for each in bureau.companies()[:2]] + ["10000001;Võtmeta OÜ;;"]
    path = tmp_path / "keys.csv"
    path.write_text("\n".join(["Registrikood;Nimi;API id;API võti", *lines]))
    return path


def test_a_list_is_imported_confirmed_and_shown(bureau, run, listed: Path):
    company = str(bureau.company.pk)
    asked = run("import", company, "--keys", str(listed), "--base-url", bureau.settings["base_url"], "--json")
    told = json.loads(asked.stdout)
    assert (asked.exit_code, told["state"], len(told["rows"])) == (0, "running", 3)
    assert "A part of the key is missing" in told["rows"][2]["error"]
    key = bureau.company_of(0)["keys"][0]["api_key"]
    assert key not in asked.stdout
    assert key not in json.dumps(list(AuditEntry.objects.values_list("details", flat=True)))
    work(ClientImport.objects.get(pk=told["import"]))
    done = run("confirm", "Büroo OÜ", str(told["import"]), "--json")
    rows = json.loads(done.stdout)["rows"]
    assert (done.exit_code, [row["outcome"] for row in rows]) == (0, ["created", "created", ""])
    shown = json.loads(run("list", company, "--json").stdout)
    assert sorted(each["name"] for each in shown) == sorted(row["name"] for row in rows[:2])
    assert [each["books"] for each in shown] == [["merit: active"]] * 2
    assert rows[0]["name"] in run("list", company).stdout


def test_an_import_that_cannot_be_confirmed_is_told_in_words(bureau, run, listed: Path):
    made = bureau.keys(listed.read_bytes(), name="keys.csv")
    company = str(bureau.company.pk)
    for number, words in ((made.pk, "still running"), (made.pk + 1, "There is no import")):
        told = run("confirm", company, str(number))
        assert isinstance(told.exception, CommandError)
        assert words in str(told.exception)
    imports.cancel(bureau.actor, made)
    assert not Client.objects.exists()


def test_a_file_that_is_no_list_of_keys_starts_nothing(bureau, run, tmp_path: Path):
    path = tmp_path / "keys.csv"
    path.write_text("Registrikood;Nimi\n1;2\n")
    told = run("import", str(bureau.company.pk), "--keys", str(path))
    assert isinstance(told.exception, CommandError)
    assert "API id" in str(told.exception)
    assert not ClientImport.objects.exists()

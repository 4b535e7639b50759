import datetime as dt
from decimal import Decimal

import pytest
from tests.support.workspace import invoice, member

from tilisilta.core.documents import Direction
from tilisilta.core.ledger import Part
from tilisilta.core.vat import VatTreatment
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import chart, chart_files, postings, proposals, templates
from tilisilta.services.ledger.accounts import AccountBook
from tilisilta.services.tables import write_csv
from tilisilta.services.workspace.invoices import save_invoice
from tilisilta.store.models import AccountRole, AccountType, LedgerAccount

NEEDED_ROLES = set(AccountRole) - {AccountRole.NONE}
DAY = dt.date(2026, 3, 1)


@pytest.mark.parametrize("country", templates.TEMPLATES)
def test_a_template_has_an_account_for_everything_that_is_proposed(country):
    rows = templates.template(country, DAY)
    assert len({row.number for row in rows}) == len(rows)
    assert {row.role for row in rows} >= NEEDED_ROLES
    sold = {row.vat_treatment for row in rows if row.role is AccountRole.SALES}
    bought = {row.vat_treatment for row in rows if row.role is AccountRole.PURCHASES}
    buying = {each for each in VatTreatment if "acquisition" in each or "import" in each}
    selling = {each for each in VatTreatment if "supply" in each} | {VatTreatment.EXPORT}
    assert sold == set(VatTreatment) - buying
    assert bought == set(VatTreatment) - selling


def test_the_standard_rate_is_that_of_the_day():
    def rate(country, day):
        return next(row.vat_rate for row in templates.template(country, day) if row.role is AccountRole.SALES)

    assert rate("EE", dt.date(2025, 6, 30)) == Decimal(22)
    assert rate("EE", dt.date(2025, 7, 1)) == Decimal(24)
    assert rate("FI", DAY) == Decimal("25.5")


def test_switching_on_makes_the_chart_of_the_country(firm, finnish_firm):
    assert AccountBook(firm.company).part(Part.BANK, Direction.SALES).account == "1010"
    assert AccountBook(finnish_firm.company).part(Part.BANK, Direction.SALES).account == "1910"


def test_a_template_adds_what_is_missing_and_leaves_what_is_there(firm):
    account = LedgerAccount.objects.get(company=firm.company, number="4000")
    chart.save_account(
        firm.actor, chart.AccountData(number="4000", name="Minu kaup", type=AccountType.EXPENSE), account
    )
    LedgerAccount.objects.filter(company=firm.company, number="5000").delete()
    assert chart.apply_template(firm.actor, "EE") == 1
    assert LedgerAccount.objects.get(company=firm.company, number="4000").name == "Minu kaup"
    with pytest.raises(ServiceError, match="no chart of accounts called SE"):
        chart.apply_template(firm.actor, "SE")


def test_prepayments_of_customers_are_a_debt_and_those_to_suppliers_an_asset(firm):
    book = AccountBook(firm.company)
    assert book.part(Part.PREPAID, Direction.SALES).account == "2200"
    assert book.part(Part.PREPAID, Direction.PURCHASE).account == "1300"


def test_an_account_in_use_is_neither_deleted_nor_given_another_part(firm):
    row = save_invoice(firm.actor, invoice("purchase"))
    postings.post(firm.actor, row, proposals.propose(row))
    account = LedgerAccount.objects.get(company=firm.company, number="4000")
    with pytest.raises(ServiceError, match="has postings, so it cannot be deleted"):
        chart.delete_account(firm.actor, account)
    changed = chart.AccountData(number="4000", name="x", type=AccountType.EXPENSE, role=AccountRole.INPUT_VAT)
    with pytest.raises(ServiceError, match="what it stands for cannot be changed"):
        chart.save_account(firm.actor, changed, account)
    unused = LedgerAccount.objects.get(company=firm.company, number="5000")
    chart.delete_account(firm.actor, unused)
    assert not LedgerAccount.objects.filter(pk=unused.pk).exists()


def test_what_cannot_be_an_account_is_refused(firm):
    for number, name, words in (("", "x", "1 to 20"), ("1 0", "x", "1 to 20"), ("9", " ", "needs a name")):
        with pytest.raises(ServiceError, match=words):
            chart.save_account(firm.actor, chart.AccountData(number=number, name=name, type=AccountType.ASSET))
    with pytest.raises(ServiceError, match="There is an account 1000 already"):
        chart.save_account(firm.actor, chart.AccountData(number="1000", name="x", type=AccountType.ASSET))
    with pytest.raises(Forbidden):
        chart.apply_template(member(firm.company, "viewer", "v@example.ee"), "EE")


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_chart_goes_out_and_comes_back_unchanged(firm, file_format):
    name, content = chart_files.export(firm.company, file_format)
    assert name.endswith(file_format)
    before = list(LedgerAccount.objects.filter(company=firm.company).order_by("number").values())
    told = chart_files.read(firm.actor, name, content)
    assert (told.created, told.changed, told.refused) == (0, 0, ())
    assert told.unchanged == len(before) > 60
    assert list(LedgerAccount.objects.filter(company=firm.company).order_by("number").values()) == before


def test_what_is_right_in_a_file_is_taken_and_the_rest_told_by_line(firm):
    rows = [
        ["4000", "Kaup ja muu", "Expense", "24,0"],
        ["4999", "Uus kulu", "expense", ""],
        ["4999", "Teist korda", "expense", ""],
        ["4998", "Imelik", "Kulukas", ""],
        ["4997", "Määr", "expense", "124"],
    ]
    content = write_csv(["Number", "Name", "Type", "VAT rate"], rows)
    told = chart_files.read(firm.actor, "kontoplaan.csv", content)
    assert (told.created, told.changed) == (1, 1)
    assert [(each.line, each.rule.split(":")[0]) for each in told.refused] == [
        (4, "account 4999 stands on line 3 already"),
        (5, "unknown type of account"),
        (6, "the VAT rate is not a number"),
    ]
    changed = LedgerAccount.objects.get(company=firm.company, number="4000")
    # columns that the file lacks leave the account as it was
    assert (changed.name, changed.role, changed.vat_treatment) == ("Kaup ja muu", "purchases", "domestic")

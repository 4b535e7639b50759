"""The account table of closed periods: what is used and missing, VAT codes of both sides, files (N10 to N16)."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from tests.support.closing import OCTOBER, RATE, Firm

from tilisilta.connectors.netvisor import vat_codes
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services import mapping_files, mappings, staging
from tilisilta.services.closing import closing
from tilisilta.services.closing.preview import CannotClose
from tilisilta.services.errors import ServiceError
from tilisilta.services.integrations import create_integration
from tilisilta.services.tables import read_table, write_csv
from tilisilta.store import vault
from tilisilta.store.models import CatalogueSnapshot, Connection, Integration, IntegrationState, MappingRow, Side

ACCOUNTS = MappingTable.ACCOUNTS
DAY = dt.date(2026, 10, 5)


def keep_list(connection: Connection, kind: CatalogueKind, entries: list[CatalogueEntry]) -> None:
    """Keep one of a system's lists as if it had been read."""
    CatalogueSnapshot.objects.create(connection=connection, kind=kind, entries=msgspec.to_builtins(entries))


@pytest.fixture
def tied(firm: Firm) -> Firm:
    """A firm tied to Netvisor whose lists were read before; nothing is mapped."""
    target = Connection.objects.create(
        company=firm.company, vendor="netvisor", name="Netvisor", sealed_credentials=vault.seal({}), state="active"
    )
    source = Connection.objects.get(company=firm.company, vendor="workspace")
    firm.integration = create_integration(firm.actor, source, target)
    Integration.objects.filter(pk=firm.integration.pk).update(state=IntegrationState.READY)
    firm.integration.refresh_from_db()
    keep_list(target, CatalogueKind.VAT_CODES, vat_codes.entries())
    numbers = ("1701", "1763", "2939", "3000", "3360", "4110")
    keep_list(target, CatalogueKind.ACCOUNTS, [CatalogueEntry(key=each, label=f"{each} Tili") for each in numbers])
    keep_list(source, CatalogueKind.ACCOUNTS, [])
    return firm


def shown(firm: Firm) -> dict[str, tuple[str, bool]]:
    found = mappings.lines(firm.integration, ACCOUNTS)
    return {line.ref: (",".join(sorted(line.needed_codes)), line.is_missing) for line in found}


def test_used_accounts_are_listed_with_the_codes_that_they_need_before_anything_is_closed(tied):
    tied.invoice(DAY, 10000)
    tied.invoice(DAY, 20000, side=Side.PURCHASES, kind="eu")
    assert shown(tied) == {
        "||1700": ("", True),
        "||1763": ("", True),  # the tax itself needs no code
        "||2870": ("", True),
        "||2939": ("", True),
        "|25.5|3000": ("vat_code_sales", True),
        "|25.5|4110": ("vat_code_purchases", True),
    }
    (accounts,) = [each for each in mappings.summaries(tied.integration) if each.table is ACCOUNTS]
    assert (accounts.mapped, accounts.missing) == (0, 6)
    assert not MappingRow.objects.exists()  # looking stores nothing


def test_every_missing_account_is_named_at_once_and_stays_on_the_page(tied):
    tied.invoice(DAY, 10000)
    with pytest.raises(CannotClose) as refused:
        closing.close(tied.actor, Side.SALES, OCTOBER, per_day=False)
    (blocker,) = refused.value.blockers
    assert blocker.code == "ACCOUNT_NOT_IN_NETVISOR"
    assert [each.text for each in blocker.items] == ["1700", "2939", "3000 (25.5 %)"]
    assert blocker.link.endswith("/mappings/accounts/?missing=1")
    assert MappingRow.objects.filter(target_key="").count() == 3


def test_a_row_is_missing_until_its_code_is_chosen(tied):
    tied.invoice(DAY, 10000)
    ref = "|25.5|3000"
    mappings.save(tied.actor, tied.integration, ACCOUNTS, {ref: "3000"})
    assert shown(tied)[ref] == ("vat_code_sales", True)
    saved = mappings.save(
        tied.actor, tied.integration, ACCOUNTS, {ref: "3000"}, codes={ref: {"vat_code_sales": "KOMY"}}
    )
    assert saved.saved == 1
    assert shown(tied)[ref] == ("vat_code_sales", False)
    assert mappings.save(tied.actor, tied.integration, ACCOUNTS, {ref: "3000"}).saved == 0
    assert MappingRow.objects.get(source_key="3000").extra == {"vat_code_sales": "KOMY"}


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        ({"vat_code_sales": "KOOS"}, "MAPPING_TARGET_WRONG_SIDE"),
        ({"vat_code_purchases": "X"}, "MAPPING_TARGET_UNKNOWN"),
    ],
)
def test_a_code_of_the_wrong_side_or_of_nobody_is_refused(tied, codes, error):
    with pytest.raises(ServiceError) as told:
        mappings.save(tied.actor, tied.integration, ACCOUNTS, {"||3000": "3000"}, codes={"||3000": codes})
    assert told.value.code == error
    assert not MappingRow.objects.exists()


def test_one_row_without_a_rate_serves_all_and_one_with_a_treatment_goes_before_it(tied):
    row = tied.invoice(DAY, 10000)
    tied.post(row, DAY, [("3000", -100, "export", RATE), ("1700", 100, "", None)])
    refs = set(shown(tied))
    assert {"|25.5|3000", "|25.5|3000:export"} <= refs  # one account and rate, two treatments: two codes
    MappingRow.objects.create(
        company=tied.company, integration=tied.integration, table="accounts", source_key="3000", target_key="3000",
        extra={"vat_code_sales": "KOMY"},
    )  # fmt: skip
    assert "|25.5|3000" not in shown(tied)
    assert shown(tied)["|25.5|3000:export"][1]


def test_the_table_goes_out_as_a_file_and_comes_back_with_its_codes(tied):
    tied.invoice(DAY, 10000)
    name, content = mapping_files.export(tied.integration, ACCOUNTS, "csv")
    data = read_table(name, content)
    assert data.headers[-2:] == ("VAT code of sales", "VAT code of purchases")
    rows = [
        ["1700", "", "", "", "1701", "", "", ""],
        ["2939", "", "", "", "2939", "", "", ""],
        ["3000", "", "", "25,5", "3000", "", "KOMY", ""],
        ["4110", "", "", "25,5", "4110", "", "", "KOMY"],
    ]
    staged = mapping_files.stage_file(
        tied.actor, tied.integration, ACCOUNTS, name="tilit.csv", content=write_csv(list(data.headers), rows)
    )
    assert [row.status.value for row in staging.staged_rows(staged)] == ["new", "new", "new", "wrong_side"]
    counts, _released = mapping_files.confirm(tied.actor, tied.integration, staged)
    assert counts["saved"] == 3
    kept = MappingRow.objects.get(source_key="3000")
    assert (kept.target_key, kept.vat_rate, kept.extra["vat_code_sales"]) == ("3000", Decimal("25.5"), "KOMY")
    again = mapping_files.stage_file(
        tied.actor, tied.integration, ACCOUNTS, name="tilit.csv",
        content=write_csv(list(data.headers), [["3000", "", "", "25.5", "3000", "", "MUUL", ""]]),
    )  # fmt: skip
    (row,) = staging.staged_rows(again)
    assert (row.status.value, row.old_codes, row.codes) == (
        "changed", {"vat_code_sales": "KOMY"}, {"vat_code_sales": "MUUL"}
    )  # fmt: skip

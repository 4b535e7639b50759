"""Codes of the source's registers against the target's product register: what would go to the general product, and why.

Products, work types and travel expenses land in one register of the target (M16 to M22). What lacks a code, or bears
one that fits nothing, is found here before an invoice has it on a row.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from tilisilta.core.documents import Direction, InvoiceLine
from tilisilta.core.errors import TilisiltaError
from tilisilta.core.mapping.products import Miss, target_code
from tilisilta.core.mapping.rows import product_of
from tilisilta.engine.products import register_of
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.ports.register import RegisterKind
from tilisilta.services import connections
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.pairs import pair_of_integration
from tilisilta.services.source_paths import REGISTER_NAMES, register_path
from tilisilta.services.tables import Cell, write_csv, write_xlsx
from tilisilta.store.mapping_tables import load_tables
from tilisilta.store.models import Integration, Role


class Finding(StrEnum):
    """What is the matter with an entry."""

    NO_CODE = "no_code"
    UNKNOWN = "unknown"  # its code fits nothing in the target
    SEVERAL = "several"  # it fits more than one product
    INACTIVE = "inactive"  # it fits a product that is out of use
    DUPLICATE = "duplicate"  # another entry in use bears the same code
    OUT_OF_USE = "out_of_use"  # the entry is out of use at the source; rows of older work may still bear it


_OF_MISS: Final = {
    Miss.NO_CODE: Finding.NO_CODE,
    Miss.UNKNOWN: Finding.UNKNOWN,
    Miss.SEVERAL: Finding.SEVERAL,
    Miss.INACTIVE: Finding.INACTIVE,
}
FINDING_TEXTS: Final[dict[Finding, Promise]] = {
    Finding.NO_CODE: gettext_lazy("Has no code"),
    Finding.UNKNOWN: gettext_lazy("No product of the target bears its code"),
    Finding.SEVERAL: gettext_lazy("Several products of the target fit its code"),
    Finding.INACTIVE: gettext_lazy("The product of its code is out of use in the target"),
    Finding.DUPLICATE: gettext_lazy("Others bear the same code"),
    Finding.OUT_OF_USE: gettext_lazy("Out of use at the source"),
}
# Work for a person: rows would go to the general product, or be told apart by nothing.
_TO_MEND: Final = frozenset(Finding) - {Finding.OUT_OF_USE}


class CodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a register with what its code finds in the target; `others` are those that share its code."""

    kind: RegisterKind
    source_id: str
    code: str
    name: str
    is_active: bool
    target_key: str
    target_label: str
    findings: tuple[Finding, ...]
    others: tuple[str, ...] = ()
    mend: str = ""

    @property
    def kind_name(self) -> str:
        return str(REGISTER_NAMES[self.kind])

    @property
    def is_to_mend(self) -> bool:
        """Return whether a person has something to do: entries out of use are listed and ask for nothing."""
        return self.is_active and bool(_TO_MEND.intersection(self.findings))

    @property
    def texts(self) -> list[str]:
        """Return the findings in words."""
        return [self._text(each) for each in self.findings]

    def _text(self, finding: Finding) -> str:
        text = str(FINDING_TEXTS[finding])
        return f"{text}: {', '.join(self.others)}" if finding is Finding.DUPLICATE and self.others else text


class CodeReport(msgspec.Struct, frozen=True, kw_only=True):
    """All entries of all registers. `error` names why a list could not be read; its rows are those last read."""

    rows: tuple[CodeRow, ...]
    products: int  # in the target's register
    error: str = ""

    @property
    def to_mend(self) -> tuple[CodeRow, ...]:
        return tuple(row for row in self.rows if row.is_to_mend)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Return how many entries in use have each finding, in words."""
        found = Counter(each for row in self.to_mend for each in row.findings)
        return [(str(FINDING_TEXTS[each]), found[each]) for each in Finding if found[each]]


def report(integration: Integration) -> CodeReport:
    """Return the entries of the source's registers against the target's products, as both were last read.

    Raises:
        ServiceError: NO_REGISTERS, the two systems keep nothing that could be compared.
    """
    _require_registers(integration)
    error = ""
    lists: list[Sequence[CatalogueEntry]] = []
    for connection in (integration.source, integration.target):
        try:
            lists.append(connections.catalogue(connection, CatalogueKind.ITEMS))
        except TilisiltaError as found:
            error = error or found.code
            lists.append(())
    return _compared(integration, *lists, error=error)


def refresh(actor: Actor, integration: Integration) -> CodeReport:
    """Read both registers anew and compare them.

    Raises:
        ServiceError: NO_REGISTERS.
        Forbidden: the actor is no accountant.
        TilisiltaError: one of the systems cannot be asked now, or its register cannot be read.
    """
    require(actor, Role.ACCOUNTANT)
    _require_registers(integration)
    for connection in (integration.source, integration.target):
        connections.refresh_catalogue(actor, connection, CatalogueKind.ITEMS)
    return report(integration)


def _require_registers(integration: Integration) -> None:
    if not pair_of_integration(integration).has_registers:
        raise ServiceError("NO_REGISTERS", source=integration.source.name, target=integration.target.name)


def _compared(
    integration: Integration, entries: Sequence[CatalogueEntry], products: Sequence[CatalogueEntry], *, error: str
) -> CodeReport:
    prefixes = {str(kind): str(prefix) for kind, prefix in (integration.settings.get("code_prefixes") or {}).items()}
    labels = {each.key: each.label for each in products}
    tables, register = load_tables(integration), register_of(products)
    lines = [(entry, _line(entry)) for entry in entries]
    sharing = _sharing(lines, prefixes)
    rows = []
    for entry, line in lines:
        kind = _kind(entry)
        match = product_of(line, Direction.SALES, tables, register, prefixes)
        others = sharing.get((entry.key, target_code(line, prefixes)), ())
        findings = [_OF_MISS[match]] if isinstance(match, Miss) else []
        findings += [Finding.DUPLICATE] if others else []
        findings += [] if entry.is_active else [Finding.OUT_OF_USE]
        target = "" if isinstance(match, Miss) else match
        row = CodeRow(
            kind=kind,
            source_id=entry.key,
            code=line.item_code,
            name=line.item_name,
            is_active=entry.is_active,
            target_key=target,
            target_label=labels.get(target, target),
            findings=tuple(findings),
            others=others,
            mend=register_path(integration.source.vendor, kind),
        )
        rows.append(row)
    order = list(RegisterKind)
    rows.sort(key=lambda row: (not row.is_to_mend, order.index(row.kind), row.code.casefold(), row.name.casefold()))
    return CodeReport(rows=tuple(rows), products=len(products), error=error)


def _kind(entry: CatalogueEntry) -> RegisterKind:
    known = entry.extra.get("kind", "")
    return RegisterKind(known) if known in set(RegisterKind) else RegisterKind.OTHER


def _line(entry: CatalogueEntry) -> InvoiceLine:
    """Return the row that an invoice would have of an entry."""
    return InvoiceLine(
        position=1,
        item_source_id=entry.key,
        item_code=entry.extra.get("code", ""),
        item_name=entry.extra.get("name", "") or entry.label,
        extra={"kind": entry.extra.get("kind", "")},
    )


def _sharing(
    lines: Iterable[tuple[CatalogueEntry, InvoiceLine]], prefixes: dict[str, str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return by entry and code the others in use that look for the same product by the same code."""
    by_code: defaultdict[str, list[CatalogueEntry]] = defaultdict(list)
    for entry, line in lines:
        if entry.is_active and (code := target_code(line, prefixes)):
            by_code[code].append(entry)
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for code, entries in by_code.items():
        for entry in entries:
            others = [f"{REGISTER_NAMES[_kind(each)]} {each.extra.get('name', '')}" for each in entries]
            own = entries.index(entry)
            if len(entries) > 1:
                found[entry.key, code] = tuple(others[:own] + others[own + 1 :])
    return found


def export(integration: Integration, file_format: str, *, only_to_mend: bool = False) -> tuple[str, bytes]:
    """Return name and bytes of the report as a file; `file_format` is "csv" or "xlsx".

    Raises:
        ServiceError: NO_REGISTERS.
    """
    found = report(integration)
    headers = [
        gettext("Register"),
        gettext("Code"),
        gettext("Name"),
        gettext("In use"),
        gettext("Product of the target"),
        gettext("What is the matter"),
        gettext("Where to mend it"),
    ]
    rows: list[list[Cell]] = [
        [
            row.kind_name,
            row.code,
            row.name,
            gettext("Yes") if row.is_active else gettext("No"),
            row.target_label,
            "; ".join(row.texts),
            row.mend if row.is_to_mend else "",
        ]
        for row in (found.to_mend if only_to_mend else found.rows)
    ]
    name = f"codes-{integration.pk}.{file_format}"
    if file_format == "xlsx":
        return name, write_xlsx(headers, rows, title=gettext("Codes"))
    return name, write_csv(headers, rows)

"""The id map: which of the source's ids stands for which customer, supplier or item of the target."""

import datetime as dt
from typing import Final

import msgspec
from asgiref.sync import async_to_sync
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import TilisiltaError
from tilisilta.engine.connect import manifest, open_connector
from tilisilta.engine.directory import ListedRow, fetch_list, load_list, save_list
from tilisilta.services import audit, table_texts
from tilisilta.services.access import Actor, require
from tilisilta.services.bindings import Tie, bind, load_ties, unbind
from tilisilta.services.errors import ServiceError
from tilisilta.services.tables import Cell, write_csv, write_xlsx
from tilisilta.store.models import BindingOrigin, Connection, Integration, Role

table_texts.make_known()

KINDS: Final[dict[DocumentKind, Promise]] = {
    DocumentKind.CUSTOMER: _("Customers"),
    DocumentKind.SUPPLIER: _("Suppliers"),
    DocumentKind.ITEM: _("Items"),
}
# The vendor's own words (SmartAccounts' lists), so that a file goes back where it came from.
SERVICE: Final = "Liidetud teenus"
SERVICE_ID: Final = "Liidetud teenuse ID"
_PARTY_HEADERS: Final = ("ID", "Nimi", "Registrikood", "KMKR number", "E-post", SERVICE, SERVICE_ID)
_ITEM_HEADERS: Final = ("ID", "Kood", "Nimetus", "Ühik", SERVICE, SERVICE_ID)


class MapRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the target's list with the source's ids that are tied to it; several may be, usually none or one."""

    listed: ListedRow
    ties: tuple[Tie, ...] = ()


class MapPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the map. `read_at` is when the target's list was last read, None if never; `gone` are ties whose row
    the target no longer has; `newer` is how many were tied to rows that are newer than the list.
    """

    rows: tuple[MapRow, ...]
    total: int
    tied: int
    free: int
    gone: tuple[Tie, ...]
    newer: int = 0
    read_at: dt.datetime | None


def _is_newer(tie: Tie, read_at: dt.datetime | None) -> bool:
    """Return whether a tie was made after the target's list was read, which then cannot hold its row."""
    return read_at is not None and tie.tied_at is not None and tie.tied_at > read_at


def service_code(integration: Integration) -> str:
    """Return the source's mark in id-map files: SC for Scoro."""
    return manifest(integration.source.vendor).service_code


def read_target_list(actor: Actor, integration: Integration, kind: DocumentKind) -> int:
    """Read the target's list anew and return how many rows it has.

    Raises:
        Forbidden: the role is too low.
        ServiceError: DIRECTORY_UNREADABLE.
    """
    require(actor, Role.ACCOUNTANT)
    try:
        rows = async_to_sync(_fetch)(integration.target, kind)
    except TilisiltaError as error:
        raise ServiceError("DIRECTORY_UNREADABLE", reason=str(error)) from error
    save_list(integration.target_id, kind, rows)
    return len(rows)


async def _fetch(connection: Connection, kind: DocumentKind) -> list[ListedRow]:
    connector = open_connector(connection)
    try:
        return await fetch_list(connector, kind)
    finally:
        await connector.close()


def target_rows(integration: Integration, kind: DocumentKind) -> list[ListedRow]:
    """Return the target's list as last read."""
    return load_list(integration.target_id, kind)[0]


def page(
    integration: Integration,
    kind: DocumentKind,
    *,
    text: str = "",
    show: str = "",
    offset: int = 0,
    limit: int = 100,
) -> MapPage:
    """Return part of the map in the order of the target's list.

    Args:
        integration: Whose map.
        kind: Customers, suppliers or items.
        text: Words sought in names, codes and ids of both sides.
        show: "tied" or "free" to see only these; empty for all.
        offset: How many rows to pass over.
        limit: The most that come back.
    """
    listed, read_at = load_list(integration.target_id, kind)
    by_target: dict[str, list[Tie]] = {}
    for tie in load_ties(integration, kind):
        by_target.setdefault(tie.target_id, []).append(tie)
    rows = [MapRow(listed=each, ties=tuple(by_target.pop(each.target_id, ()))) for each in listed]
    tied = sum(bool(row.ties) for row in rows)
    unlisted = [tie for ties in by_target.values() for tie in ties]
    gone = tuple(tie for tie in unlisted if not _is_newer(tie, read_at))
    chosen = [row for row in rows if _is_shown(row, show) and _matches(row, text)]
    return MapPage(
        rows=tuple(chosen[offset : offset + limit]),
        total=len(chosen),
        tied=tied,
        free=len(rows) - tied,
        gone=gone,
        newer=len(unlisted) - len(gone),
        read_at=read_at,
    )


def _is_shown(row: MapRow, show: str) -> bool:
    return show not in {"tied", "free"} or bool(row.ties) == (show == "tied")


def _matches(row: MapRow, text: str) -> bool:
    words = text.casefold().split()
    if not words:
        return True
    each = row.listed
    parts = [each.target_id, each.name, each.code, each.registry_code, each.vat_number, each.email]
    parts += [part for tie in row.ties for part in (tie.source_id, tie.source_label)]
    shown = " ".join(parts).casefold()
    return all(word in shown for word in words)


def search(integration: Integration, kind: DocumentKind, text: str, limit: int = 20) -> list[MapRow]:
    """Return rows of the target's list that hold these words; none for empty words."""
    return list(page(integration, kind, text=text, limit=limit).rows) if text.strip() else []


def export(integration: Integration, kind: DocumentKind, file_format: str) -> tuple[str, bytes]:
    """Return the name and bytes of the target's list with the known map, in the vendor's own column names.

    `file_format` is "csv" or "xlsx". A target row that several ids are tied to stands once for each.
    """
    mark = service_code(integration)
    headers = _ITEM_HEADERS if kind is DocumentKind.ITEM else _PARTY_HEADERS
    rows: list[list[Cell]] = []
    for row in page(integration, kind, limit=10**9).rows:
        own = _own_cells(kind, row.listed)
        rows += [[*own, mark, tie.source_id] for tie in row.ties] or [[*own, "", ""]]
    name = f"{kind.value}s-{mark}.{file_format}"
    if file_format == "xlsx":
        return name, write_xlsx(headers, rows, title=str(KINDS[kind]))
    return name, write_csv(headers, rows)


def _own_cells(kind: DocumentKind, each: ListedRow) -> list[Cell]:
    if kind is DocumentKind.ITEM:
        return [each.target_id, each.code, each.name, each.unit]
    return [each.target_id, each.name, each.registry_code, each.vat_number, each.email]


def tie_one(actor: Actor, integration: Integration, kind: DocumentKind, *, source_id: str, target_id: str) -> int:
    """Tie one of the source's ids to a row of the target's list, over what it was tied to; return documents released.

    Raises:
        Forbidden: the role is too low.
        ServiceError: MATCH_TARGET_UNKNOWN when the list has no such row or the id is empty.
    """
    require(actor, Role.ACCOUNTANT)
    listed = next((row for row in target_rows(integration, kind) if row.target_id == target_id), None)
    if listed is None or not source_id.strip():
        raise ServiceError("MATCH_TARGET_UNKNOWN")
    tie = Tie(source_id=source_id.strip()[:200], target_id=target_id, target_label=listed.name)
    released = bind(actor, integration, kind, [tie], BindingOrigin.MATCHED)
    _record(actor, "id_map.updated", integration, kind, rows=[f"{tie.source_id} = {target_id}"])
    return released


def remove(actor: Actor, integration: Integration, kind: DocumentKind, source_id: str) -> None:
    """Untie one of the source's ids; the next import asks about it again.

    Raises:
        Forbidden: the role is too low.
        ServiceError: MATCH_TARGET_UNKNOWN when it is not tied; BINDING_SENT when a transfer made the target's row and
            the target still lists it.
    """
    require(actor, Role.ACCOUNTANT)
    listed, read_at = load_list(integration.target_id, kind)
    there = {row.target_id for row in listed}
    ties = [tie for tie in load_ties(integration, kind) if tie.source_id == source_id]
    are_gone = read_at is not None and all(tie.target_id not in there for tie in ties)
    if any(tie.is_sent for tie in ties) and not are_gone:
        raise ServiceError("BINDING_SENT")
    if not unbind(integration, kind, [source_id], are_gone=are_gone):
        raise ServiceError("MATCH_TARGET_UNKNOWN")
    _record(actor, "id_map.removed", integration, kind, rows=[source_id])


def _record(actor: Actor, action: str, integration: Integration, kind: DocumentKind, *, rows: list[str]) -> None:
    audit.record(
        actor,
        action,
        subject=f"{integration.name}: {KINDS[kind]}",
        link=reverse("id-map", args=[actor.company.pk, integration.pk]) + f"?kind={kind.value}",
        rows=rows[:200],
        count=len(rows),
    )


def record_import(
    actor: Actor, integration: Integration, kind: DocumentKind, *, name: str, rows: list[str], counts: dict[str, int]
) -> None:
    """Write to the audit log what a file changed in the map: "source id = target id (was ...)" by row."""
    audit.record(
        actor,
        "id_map.imported",
        subject=f"{integration.name}: {KINDS[kind]}",
        link=reverse("id-map", args=[actor.company.pk, integration.pk]) + f"?kind={kind.value}",
        file=name,
        rows=rows[:200],
        count=len(rows),
        result=counts,
    )

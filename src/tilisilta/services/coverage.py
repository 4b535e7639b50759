"""The coverage report: which fields an integration carries, partly carries and leaves behind, from both manifests."""

import msgspec
from django.utils.translation import gettext

from tilisilta.core.documents import DocumentKind
from tilisilta.engine.context import FLOW_KINDS
from tilisilta.kit.manifest import FieldCoverage, Manifest
from tilisilta.services.field_texts import field_text
from tilisilta.store.models import FlowKind

CARRIED, PARTLY, NOT_CARRIED = "carried", "partly", "not carried"
_ORDER = {NOT_CARRIED: 0, PARTLY: 1, CARRIED: 2}


class FieldRow(msgspec.Struct, frozen=True, kw_only=True):
    """One field: what each side does with it, and what comes of both. `carried` is the weaker of the two."""

    field: str
    label: str
    carried: str
    source: str
    target: str
    notes: tuple[str, ...] = ()


class KindCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of document from `source` to `target` (their names)."""

    flow: FlowKind
    kind: DocumentKind
    source: str
    target: str
    rows: tuple[FieldRow, ...]

    def count(self, carried: str) -> int:
        return sum(row.carried == carried for row in self.rows)

    @property
    def lost(self) -> list[FieldRow]:
        """What is left behind or carried partly."""
        return [row for row in self.rows if row.carried != CARRIED]

    @property
    def whole(self) -> list[FieldRow]:
        """What is carried in full."""
        return [row for row in self.rows if row.carried == CARRIED]

    @property
    def carried_count(self) -> int:
        return self.count(CARRIED)

    @property
    def partly_count(self) -> int:
        return self.count(PARTLY)

    @property
    def not_carried_count(self) -> int:
        return self.count(NOT_CARRIED)


def flow_serves(kind: FlowKind, source: Manifest, target: Manifest) -> tuple[DocumentKind, ...]:
    """Return the kinds of document that a flow can move between two systems; empty when it cannot be.

    Payments back go the other way: read at the target, written to the source.
    """
    if kind is FlowKind.PAYMENTS_BACK:
        source, target = target, source
    return tuple(each for each in FLOW_KINDS[kind] if each in source.reads and each in target.writes)


def _row(field: str, given: FieldCoverage | None, taken: FieldCoverage | None) -> FieldRow:
    source = given.carried if given else NOT_CARRIED
    target = taken.carried if taken else NOT_CARRIED
    return FieldRow(
        field=field,
        label=field_text(field),
        carried=min(source, target, key=lambda each: _ORDER.get(each, 0)),
        source=source,
        target=target,
        notes=tuple(dict.fromkeys(gettext(side.note) for side in (given, taken) if side and side.note)),
    )


def _explains(side: FieldCoverage | None) -> bool:
    return side is not None and bool(side.note)


def _in_parts(given: dict[str, FieldCoverage], taken: dict[str, FieldCoverage]) -> dict[str, FieldCoverage]:
    """Return what a source gives, in the parts that the target tells apart: of attachments the picture and the others.

    Only where the target has no word for the whole.
    """
    found: dict[str, FieldCoverage] = {}
    for field, each in given.items():
        parts = [other for other in taken if other.startswith(f"{field}.") and other not in given]
        if parts and field not in taken:
            found |= {part: msgspec.structs.replace(each, field=part) for part in parts}
        else:
            found[field] = each
    return found


def _kind_coverage(flow: FlowKind, kind: DocumentKind, source: Manifest, target: Manifest) -> KindCoverage:
    given = {each.field: each for each in source.coverage.get(kind.value, ())}
    taken = {each.field: each for each in target.coverage.get(kind.value, ())}
    given = _in_parts(given, taken)
    rows = [_row(field, given.get(field), taken.get(field)) for field in dict.fromkeys((*given, *taken))]
    # What the source has no word for cannot be lost and would only hide what is, unless the source itself explains it.
    rows = [row for row in rows if row.source != NOT_CARRIED or _explains(given.get(row.field))]
    rows.sort(key=lambda row: _ORDER.get(row.carried, 0))
    return KindCoverage(flow=flow, kind=kind, source=source.name, target=target.name, rows=tuple(rows))


def coverage_of(source: Manifest, target: Manifest) -> tuple[KindCoverage, ...]:
    """Return the report for all flows that two systems can have; what is left behind stands first in each."""
    reports = []
    for flow in FlowKind:
        giver, taker = (target, source) if flow is FlowKind.PAYMENTS_BACK else (source, target)
        reports += [_kind_coverage(flow, kind, giver, taker) for kind in flow_serves(flow, source, target)]
    return tuple(reports)

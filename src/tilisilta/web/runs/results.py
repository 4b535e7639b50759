"""What a preview or a comparison found, shaped for its page. A run's result holds amounts as text or minor units."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from tilisilta.core.money import amount_minor
from tilisilta.store.models import Run
from tilisilta.web.problems.cards import ProblemCard, card

ROWS_A_PAGE = 100
ACTION_NAMES = {
    "create": _("Will be added"),
    "problem": _("Needs solving"),
    "drift": _("Changed since"),
    "waiting": _("Waits already"),
    "known": _("Known already"),
    "skip": _("Left out"),
}
_TONES = {"create": "info", "known": "off", "waiting": "wait", "problem": "warn", "skip": "off", "drift": "warn"}


class PreviewRow(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    number: str
    date: dt.date | None
    party: str
    currency: str
    net: int | None
    vat: int | None
    gross: int | None
    action: str
    tone: str
    problems: tuple[ProblemCard, ...]


class PreviewTotal(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    currency: str
    count: int
    net: int | None
    vat: int | None
    gross: int | None


class CompareRow(msgspec.Struct, frozen=True, kw_only=True):
    """One document at both sides; `verdict` is "not_sent", "gone_at_target" or "totals_differ"."""

    number: str
    kind: str
    date: dt.date | None
    party: str
    currency: str
    source: int | None
    target: int | None
    verdict: str


class CompareTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides' sums in one currency."""

    currency: str
    source_count: int
    target_count: int
    source: int | None
    target: int | None
    difference: int | None


def minor(value: Any, currency: str) -> int | None:
    """Return an amount of a result in minor units: text is an amount, a whole number is minor units already."""
    if value is None or value == "":
        return None
    if isinstance(value, int):
        return value
    try:
        return amount_minor(Decimal(str(value)), currency or "EUR")
    except InvalidOperation:
        return None


def _date(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def chosen_rows(run: Run, action: str) -> list[dict[str, Any]]:
    """Return the rows of a preview, problems first; narrowed to one action where one is asked for."""
    rows: list[dict[str, Any]] = run.result.get("rows", [])
    if action:
        return [row for row in rows if row.get("action") == action]
    return sorted(rows, key=lambda row: row.get("action") != "problem")


def preview_rows(rows: Iterable[dict[str, Any]]) -> Iterable[PreviewRow]:
    """Yield a preview's rows as its page shows them."""
    for row in rows:
        currency = str(row.get("currency") or "EUR")
        action = str(row.get("action") or "create")
        yield PreviewRow(
            kind=str(row.get("kind", "")),
            number=str(row.get("number") or row.get("source_id") or ""),
            date=_date(row.get("date")),
            party=str(row.get("party") or ""),
            currency=currency,
            net=minor(row.get("net"), currency),
            vat=minor(row.get("vat"), currency),
            gross=minor(row.get("gross"), currency),
            action=action,
            tone=_TONES.get(action, "info"),
            problems=tuple(
                card(each["code"], each.get("params"), severity=each.get("severity", "error"))
                for each in row.get("problems", [])
            ),
        )


def preview_totals(run: Run) -> list[PreviewTotal]:
    """Return the totals of a result, per kind (and currency, where the result tells them apart)."""
    totals = run.result.get("totals") or {}
    found = []
    for name, values in totals.items():
        if not isinstance(values, dict):
            continue
        kind, __, currency = str(name).partition("|")
        currency = currency or str(values.get("currency") or "EUR")
        found.append(
            PreviewTotal(
                kind=kind,
                currency=currency,
                count=int(values.get("count") or 0),
                net=minor(values.get("net"), currency),
                vat=minor(values.get("vat"), currency),
                gross=minor(values.get("gross"), currency),
            )
        )
    return found


def compare_rows(run: Run) -> list[CompareRow]:
    """Return the documents of a comparison that differ; those that agree are only counted."""
    return [_compare_row(row) for row in run.result.get("rows", [])]


def _compare_row(row: dict[str, Any]) -> CompareRow:
    currency = str(row.get("currency") or "EUR")
    return CompareRow(
        number=str(row.get("number") or row.get("source_id") or ""),
        kind=str(row.get("kind", "")),
        date=_date(row.get("date")),
        party=str(row.get("party") or ""),
        currency=currency,
        source=minor((row.get("source") or {}).get("gross"), currency),
        target=minor((row.get("target") or {}).get("gross"), currency),
        verdict=next(iter(row.get("differs") or []), ""),
    )


def compare_totals(run: Run) -> list[CompareTotal]:
    """Return both sides' counts and sums, by currency."""
    found = []
    for currency, values in (run.result.get("totals") or {}).items():
        counts = values.get("count") or {}
        found.append(
            CompareTotal(
                currency=currency or "EUR",
                source_count=int(counts.get("source") or 0),
                target_count=int(counts.get("target") or 0),
                source=minor(values.get("source"), currency),
                target=minor(values.get("target"), currency),
                difference=minor(values.get("difference"), currency),
            )
        )
    return found

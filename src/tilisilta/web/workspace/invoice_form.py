"""The form of an invoice, head and rows together, and the canonical invoice that it makes."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from django.utils.translation import gettext

from tilisilta.core.documents import BankAccount, Direction, Invoice, InvoiceLine, InvoiceRef, Party
from tilisilta.core.money import ZERO
from tilisilta.core.problems import Problem
from tilisilta.services.problem_catalogue import describe
from tilisilta.services.workspace import dimensions, items
from tilisilta.services.workspace.parties import canonical_party, parties
from tilisilta.services.workspace.totals import Sums, sum_up
from tilisilta.store.models import Company, LedgerAccount, Side
from tilisilta.web.workspace.fields import plain_number
from tilisilta.web.workspace.head_form import PLAIN, HeadForm, head_values, party_label
from tilisilta.web.workspace.row_form import RowForm, empty_row, line_of, money_of, row_values

MAX_ROWS: Final = 500
_MAX_OFFERED: Final = 2000
_ROW_FIELDS: Final = {
    "vat_rate": "vat",
    "vat_treatment": "vat",
    "vat_code": "vat",
    "net": "price",
    "unit_price": "price",
    "quantity": "quantity",
    "discount_percent": "discount",
}


class InvoiceForm:
    """The head and the rows together: read from a request or from an invoice, made into an invoice."""

    def __init__(
        self,
        company: Company,
        side: str,
        *,
        data: Mapping[str, Any] | None = None,
        before: Invoice | None = None,
        extra: int = 1,
    ) -> None:
        """Make the form of a side.

        Args:
            company: Whose invoice.
            side: Sales or purchases.
            data: What was posted; None to show `before`, or an empty form.
            before: The invoice that is changed, copied or credited.
            extra: Empty rows after those that are there.
        """
        self.company, self.side, self.before = company, side, before
        self.is_bound = data is not None
        head_initial = head_values(before, company, side)
        self.head = HeadForm(data, company=company, side=side, initial=head_initial)
        self.day = _day(data, head_initial)
        shown = row_values(before)
        count = _row_count(data) if data is not None else len(shown) + extra
        self.rows = [
            RowForm(
                data, prefix=f"row-{at}", company=company, side=side, day=self.day,
                initial=shown[at] if at < len(shown) else empty_row(company, side, self.day),
            )
            for at in range(count)
        ]  # fmt: skip
        if data is None:
            for form, line in zip(self.rows, before.lines if before else (), strict=False):
                form.net = line.net

    def is_valid(self) -> bool:
        """Return whether head and rows can be read; errors stand beside their fields."""
        rows = [form.is_valid() for form in self.rows]
        if not self.head.is_valid() or not all(rows):
            return False
        if all(form.is_left_out for form in self.rows):
            self.head.add_error(None, gettext("An invoice needs a row at least."))
            return False
        return self._is_total_right()

    def _is_total_right(self) -> bool:
        stated = self.head.cleaned_data.get("stated")
        sums = self.sums()
        kept = self.before if self.is_money_kept() else None
        asked = sums.gross + (kept.rounding - kept.prepaid if kept else ZERO)
        if stated is not None and stated != asked:
            told = gettext("The rows make %(sum)s; that is %(difference)s off.") % {
                "sum": plain_number(asked),
                "difference": plain_number(stated - asked),
            }
            self.head.add_error("stated", told)
            return False
        return True

    # --- what the form says ----------------------------------------------------------------------------------

    def _party(self) -> Party:
        head = self.head
        if head.found is None:
            return head.new_party()
        known = canonical_party(head.found)
        if self.before is not None and self.before.party.name == known.name:
            return self.before.party  # as it stood on the invoice's day
        return known

    def _lines(self) -> list[InvoiceLine]:
        """Return the rows that can be read; those that cannot, and empty ones, are left out."""
        lines: list[InvoiceLine] = []
        for form in self.rows:
            form.net = None
            if form.is_valid() and not form.is_left_out:
                line = line_of(form, len(lines) + 1, self.before, self.currency)
                form.net = line.net
                lines.append(line)
        return lines

    def _is_kept(self, lines: list[InvoiceLine]) -> bool:
        return self.before is not None and [*map(money_of, lines)] == [*map(money_of, self.before.lines)]

    def is_money_kept(self) -> bool:
        """Return whether the rows' amounts are those of the invoice before, so that its own totals may stand."""
        return self._is_kept(self._lines())

    def sums(self) -> Sums:
        """Return what the rows make, as far as they can be read."""
        self.head.is_valid()
        lines = self._lines()
        if self.before is not None and self._is_kept(lines):
            kept = self.before
            return Sums(lines=tuple(lines), vat_totals=kept.vat_totals, net=kept.net, vat=kept.vat)
        data = self.head.cleaned_data
        return sum_up(
            lines, self.currency, exemption_reason=data.get("reason", ""), stated=data.get("stated"), is_net_given=True
        )

    @property
    def currency(self) -> str:
        """What the rows' amounts are in; EUR while that cannot be read."""
        if not self.is_bound:
            return self.before.currency if self.before else "EUR"
        self.head.is_valid()
        return self.head.cleaned_data.get("currency") or "EUR"

    def invoice(self) -> Invoice:
        """Return the invoice that a valid form describes, with everything of the one before that no field shows."""
        data, sums = self.head.cleaned_data, self.sums()
        keeps = self.is_money_kept()
        account = BankAccount(iban=data["iban"]) if data.get("iban") else None
        before = self.before
        if account and before and before.bank_account and before.bank_account.iban.replace(" ", "") == account.iban:
            account = before.bank_account
        totals = tuple(
            msgspec.structs.replace(each, exemption_reason=data["reason"])
            if data.get("reason") and not each.rate
            else each
            for each in sums.vat_totals
        )
        fields: dict[str, Any] = {
            "direction": Direction(self.side),
            "number": data.get("number", before.number if before else ""),
            "party": self._party(),
            "net": sums.net,
            "vat": sums.vat,
            "gross": before.gross if before and keeps else sums.gross,
            "rounding": before.rounding if before and keeps else ZERO,
            "prepaid": before.prepaid if before and keeps else ZERO,
            "lines": sums.lines,
            "vat_totals": totals,
            "credits": self._credits(),
            "bank_account": account if self.side == Side.PURCHASES else before.bank_account if before else None,
        }
        for name in PLAIN:
            if name in data:
                fields[name] = data[name]
        if before is not None:
            return msgspec.structs.replace(before, **fields)
        return Invoice(source_id="", **fields)

    def _credits(self) -> tuple[InvoiceRef, ...]:
        number = self.head.cleaned_data["credits"].strip()
        kept = self.before.credits if self.before else ()
        if not self.head.cleaned_data["is_credit_note"] or not number:
            return ()
        return kept if ", ".join(each.number for each in kept) == number else (InvoiceRef(number=number),)

    def add_problems(self, problems: tuple[Problem, ...]) -> None:
        """Put what the checks found beside the fields that it is about."""
        shown = [form for form in self.rows if form.is_valid() and not form.is_left_out]
        for each in problems:
            words = describe(each.code, each.params)
            text = " ".join(part for part in (words.cause or words.title, words.remedy) if part)
            place = re.fullmatch(r"lines\[(\d+)\]\.(\w+)", each.where)
            if place and int(place[1]) < len(shown):
                field = _ROW_FIELDS.get(place[2], "description")
                shown[int(place[1])].add_error(field, text)
            else:
                self.head.add_error(each.where if each.where in self.head.fields else None, text)


def _day(data: Mapping[str, Any] | None, initial: Mapping[str, Any]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(data["date"])) if data and data.get("date") else initial.get("date")
    except ValueError:
        return None


def _row_count(data: Mapping[str, Any]) -> int:
    text = str(data.get("rows", ""))
    return min(int(text), MAX_ROWS) if text.isdecimal() and len(text) < 6 else 1  # noqa: PLR2004  digits of MAX_ROWS


def offered(company: Company, side: str) -> dict[str, Any]:
    """Return what the form's fields suggest: parties, items, accounts, cost centres and projects."""
    role = "customer" if side == Side.SALES else "supplier"
    mine = list(parties(company, role=role)[:_MAX_OFFERED])
    return {
        "parties": [party_label(row) for row in mine],
        "items": items.choices(company),
        "accounts": list(LedgerAccount.objects.filter(company=company, is_active=True).order_by("number")),
        "cost_centres": list(dimensions.dimensions(company, axis=dimensions.COST_CENTRE)),
        "projects": list(dimensions.dimensions(company, axis=dimensions.PROJECT)),
    }

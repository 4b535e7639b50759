"""Customers, vendors and their groups; section 5 of the vendor sheet."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from tilisilta_emulators.merit import chart
from tilisilta_emulators.merit.books import Books, Cards
from tilisilta_emulators.merit.call import Call, Handler, show_dimensions
from tilisilta_emulators.merit.errors import (
    CUSTOMER_EXISTS,
    CUSTOMER_FIELDS,
    VENDOR_EXISTS,
    VENDOR_FIELDS,
    business,
    no_value,
    trace,
)
from tilisilta_emulators.merit.form import Form
from tilisilta_emulators.merit.records import Partner
from tilisilta_emulators.merit.values import ZERO, cents, named_guid, show_day, show_moment

_TEXTS = {
    "RegNo": 30, "VatRegNo": 30, "CurrencyCode": 4, "RefNoBase": 36, "Address": 100, "City": 30, "County": 100,
    "PostalCode": 15, "PhoneNo": 50, "PhoneNo2": 50, "HomePage": 80, "Email": 80, "SalesInvLang": 2, "Contact": 35,
    "GLNCode": 10, "PartyCode": 20, "EInvPaymId": 20, "BankAccount": 50, "PayerReceiverName": 150, "ApixEInv": 20,
    "ReferenceNo": 36, "BankName": 100,
}  # fmt: skip
_FLAGS = ("NotTDCustomer", "VatAccountable", "ShowBalance", "GroupInv")
_END = datetime(9999, 12, 31)  # noqa: DTZ001  local
_LANGUAGES = frozenset({"ET", "EN", "FI", "PL", "RU", "SV", "SE"})
_SHOWN_TEXTS = (
    "Contact", "PhoneNo", "PhoneNo2", "Address", "City", "County", "PostalCode",
)  # fmt: skip


class Partners:
    """One side of the cards: customers, or vendors, which mirror them."""

    def __init__(self, *, customer: bool) -> None:
        self.customer = customer
        self.word = "Customer" if customer else "Vendor"

    def cards(self, books: Books) -> Cards:
        """Return the cards of this side."""
        return books.customers if self.customer else books.vendors

    def endpoints(self) -> dict[str, tuple[tuple[int, ...], Handler]]:
        """Return the services by path, with the versions that have them."""
        word = self.word.lower()
        return {
            f"get{word}s": ((1,), self.get),
            f"send{word}": ((2,), self.send),
            f"update{word}": ((1,) if self.customer else (1, 2), self.update),
            f"get{word}groups": ((2,), self.groups),
            f"send{word}group": ((2,), self.send_group),
        }

    def get(self, call: Call) -> Any:
        """List cards; an id wins over every other filter."""
        form, cards = call.form, self.cards(call.books)
        identity = form.guid("Id")
        if identity is not None:
            one = cards.by_id.get(identity)
            found = [one] if one else []
        else:
            found = self._filtered(call, cards)
        shown = [self.show(call, one) for one in found]
        if len(shown) == 1 and call.options.customers_shape == "object":
            return shown[0]
        return shown

    def _filtered(self, call: Call, cards: Cards) -> list[Partner]:
        form = call.form
        reg_no, vat_no, name = form.text("RegNo"), form.text("VatRegNo"), form.text("Name")
        since = form.day("ChangedDate")
        candidates = cards.by_id.values() if reg_no is None else cards.by_reg_no.get(reg_no, ())
        found = [one for one in candidates if one.created <= call.now]
        if reg_no is None and vat_no is None and name is None and since is None:
            most = call.options.customers_unfiltered_max
            if most and len(found) > most:
                raise trace(call.action, "OutOfMemoryException", "Exception of type was thrown.")
            return found
        if vat_no is not None:
            found = [one for one in found if one.data.get("VatRegNo") == vat_no]
        if name is not None:
            wanted = name.casefold()
            found = [one for one in found if wanted in one.folded]
        if since is not None:
            low = datetime.combine(since, time.min)
            high = datetime.combine(since, time.max) if call.options.changed_date == "on" else _END
            found = [one for one in found if low <= one.changed <= high]
        return found

    def show(self, call: Call, one: Partner) -> dict[str, Any]:
        """Return a card as answers carry it."""
        data = one.data
        groups = call.books.settings.customer_groups if self.customer else call.books.settings.vendor_groups
        group = data.get("Group")
        shown: dict[str, Any] = {f"{self.word}Id": one.id, "Name": one.name, "RegNo": one.reg_no}
        shown |= {name: data.get(name) for name in _SHOWN_TEXTS}
        shown |= {
            "CountryCode": one.country,
            "CountryName": chart.COUNTRY_NAMES.get(one.country, one.country),
            "FaxNo": None,
            "Email": data.get("Email"),
            "HomePage": data.get("HomePage"),
            "PaymentDeadLine": data.get("PaymentDeadLine", 0),
            "OverdueCharge": data.get("OverDueCharge", ZERO),
            "CurrencyCode": data.get("CurrencyCode") or call.books.currency,
            f"{self.word}GroupId": groups[group][0] if group in groups else None,
            f"{self.word}GroupName": groups[group][1] if group in groups else None,
            "VatRegNo": data.get("VatRegNo"),
            "BankName": data.get("BankName"),
            "BankAccount": data.get("BankAccount"),
        }
        if self.customer:
            shown["NotTDCustomer"] = data.get("NotTDCustomer", False)
            shown["SalesInvLang"] = data.get("SalesInvLang") or chart.COUNTRIES[call.books.country].language
            shown["RefNoBase"] = data.get("RefNoBase")
            shown["InvSendPref"] = None
        else:
            shown["VatAccountable"] = data.get("VatAccountable", False)
            shown["VendorType"] = data.get("VendorType", 1)
            shown["ReferenceNo"] = data.get("ReferenceNo")
        shown["Comments"] = self._comments(call, data)
        shown["Dimensions"] = show_dimensions(call.books, data.get("Dimensions")) or None
        shown["ChangedDate"] = show_moment(one.changed)
        return shown

    def _comments(self, call: Call, data: dict[str, Any]) -> Any:
        since = call.form.day("CommentsFrom")
        if not call.form.flag("WithComments") and since is None:
            return None
        found = [one for one in data.get("Comments", ()) if since is None or one["CommDate"][:10] >= str(since)]
        return found or None

    def send(self, call: Call) -> dict[str, Any]:
        """Create a card."""
        one = self.create(call, call.form)
        return {"Id": one.id, "Name": one.name}

    def create(self, call: Call, form: Form) -> Partner:
        """Enter a new card.

        Raises:
            Refused: 400 when name or country is missing, the name is taken or a value is not allowed.
        """
        missing = business(CUSTOMER_FIELDS if self.customer else VENDOR_FIELDS)
        name = form.need_text("Name", 150, missing).strip()
        country = form.need_text("CountryCode", 2, missing).upper()
        data = self._read(call, form)
        if self.cards(call.books).by_name.get(name.casefold()) is not None:
            raise business(CUSTOMER_EXISTS if self.customer else VENDOR_EXISTS)
        given = form.guid("Id")
        if given is not None and given in self.cards(call.books).by_id:
            raise business(CUSTOMER_EXISTS if self.customer else VENDOR_EXISTS)
        books = call.writing()
        seq, identity = books.next_id()
        reg_no = data.pop("RegNo", None)
        one = Partner(seq, given or identity, name, name.casefold(), reg_no, country, call.now, call.now, data)
        self.cards(books).put(one)
        return one

    def update(self, call: Call) -> str:
        """Change some fields of a card."""
        form = call.form
        one = self.cards(call.books).by_id.get(form.need_guid())
        if one is None:
            raise business("Klienti ei leitud" if self.customer else "Hankijat ei leitud")
        name, country = form.text("Name", 150), form.text("CountryCode", 2)
        data = self._read(call, form)
        other = self.cards(call.books).by_name.get(name.strip().casefold()) if name else None
        if other is not None and other is not one:
            raise business(CUSTOMER_EXISTS if self.customer else VENDOR_EXISTS)
        books = call.writing()
        if name and name.strip():
            self.cards(books).rename(one, name.strip())
        if country:
            one.country = country.upper()
        if form.has("RegNo"):
            self.cards(books).register(one, data.pop("RegNo", None))
        comments = [*one.data.get("Comments", ()), *data.pop("Comments", ())]
        one.data = {**one.data, **data} | ({"Comments": comments} if comments else {})
        one.changed = call.now
        return "updated"

    def _read(self, call: Call, form: Form) -> dict[str, Any]:
        data: dict[str, Any] = {name: form.text(name, most) for name, most in _TEXTS.items() if form.has(name)}
        _check_codes(data)
        for field in _FLAGS:
            if form.has(field):
                data[field] = bool(form.flag(field))
        if form.has("PaymentDeadLine"):
            data["PaymentDeadLine"] = form.integer("PaymentDeadLine", range(10_000)) or 0
        if form.has("OverDueCharge"):
            data["OverDueCharge"] = cents(form.decimal("OverDueCharge") or Decimal(0))
        data["EInvOperator"] = form.integer("EInvOperator", range(5))
        data["VendorType"] = form.integer("VendorType", range(4)) or None
        data["BankOnSalesInvoice"] = form.guid("BankOnSalesInvoice")
        data["Group"] = self._group(call, form)
        data["Dimensions"] = call.dimensions(form, any_version=True)
        data["Comments"] = _read_comments(form)
        data = {name: value for name, value in data.items() if value is not None or form.has(name)}
        for field in ("EInvOperator", "VendorType", "BankOnSalesInvoice", "Group", "Dimensions", "Comments"):
            if data.get(field) is None:
                data.pop(field, None)
        return data

    def _group(self, call: Call, form: Form) -> str | None:
        groups = call.books.settings.customer_groups if self.customer else call.books.settings.vendor_groups
        prefix = "Cust" if self.customer else "Vend"
        identity = form.guid(f"{prefix}GrId")
        if identity is not None:
            for code, (known, _) in groups.items():
                if known == identity:
                    return code
            raise business(f"Gruppi {identity} ei leitud")
        return call.known(form, f"{prefix}GrCode", 20, groups, "Gruppi")

    def groups(self, call: Call) -> list[dict[str, Any]]:
        """List the groups."""
        settings = call.books.settings
        groups = settings.customer_groups if self.customer else settings.vendor_groups
        return [{"Id": identity, "Code": code, "Name": name} for code, (identity, name) in groups.items()]

    def send_group(self, call: Call) -> dict[str, Any]:
        """Create a group."""
        name, code = call.form.need_text("Name", 64), call.form.need_text("Code", 20)
        given = call.form.guid("Id")
        settings = call.site.own_settings(call.company)
        groups = settings.customer_groups if self.customer else settings.vendor_groups
        if code in groups:
            raise business(f"Grupp {code} on juba olemas")
        identity = given or named_guid(f"group:{call.company.mark}:{self.word}:{code}")
        groups[code] = (identity, name)
        return {"Id": identity, "Code": code, "Name": name}

    def find_or_create(self, call: Call, form: Form | None) -> tuple[Partner | Form, bool]:
        """Return the card that an invoice names, or the form of one that is to be made after all checks.

        Raises:
            Refused: 500 when nothing names it, 400 when the id is unknown or a new card lacks fields.
        """
        if form is None:
            raise no_value(self.word)
        cards = self.cards(call.books)
        identity = form.guid("Id")
        if identity is not None:
            one = cards.by_id.get(identity)
            if one is None:
                raise business("Klienti ei leitud" if self.customer else "Hankijat ei leitud")
            return one, False
        missing = business(CUSTOMER_FIELDS if self.customer else VENDOR_FIELDS)
        name = form.need_text("Name", 150, missing).strip()
        known = cards.by_name.get(name.casefold())
        if known is not None:
            return known, False
        form.need_text("CountryCode", 2, missing)
        self._read(call, form)
        return form, True


def _check_codes(data: dict[str, Any]) -> None:
    language, currency = data.get("SalesInvLang"), data.get("CurrencyCode")
    if language and language.upper() not in _LANGUAGES:
        raise business(f"Välja SalesInvLang väärtus ei ole lubatud: {language}")
    if currency and currency.upper() not in chart.RATES:
        raise business(f"Valuutat {currency} ei leitud")


def _read_comments(form: Form) -> list[dict[str, Any]] | None:
    found = []
    for item in form.children("Comments") or ():
        day, text = item.day("CommDate"), item.text("Comment")
        if text and day is not None:
            found.append({"CommDate": show_day(day), "Comment": text})
    return found or None

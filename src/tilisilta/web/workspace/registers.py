"""Customers and suppliers, items, cost centres and projects."""

from decimal import Decimal
from typing import Any

import msgspec
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.core.checks import check_party
from tilisilta.core.documents import Address, BankAccount, Item, Party, StockKind
from tilisilta.core.identifiers import iban
from tilisilta.services.access import require
from tilisilta.services.errors import ServiceError
from tilisilta.services.listings import page
from tilisilta.services.problem_catalogue import describe
from tilisilta.services.workspace import dimensions, items, parties
from tilisilta.store.models import Company, LedgerAccount, Role, User, WorkspaceDimension, WorkspaceItem, WorkspaceParty
from tilisilta.web.company_view import telling
from tilisilta.web.request import CompanyRequest
from tilisilta.web.workspace.fields import NumberField
from tilisilta.web.workspace.guarded import workspace_view

PAGE_SIZE = 50


def _accounts(company: Company) -> QuerySet[LedgerAccount]:
    return LedgerAccount.objects.filter(company=company, is_active=True).order_by("number")


def _page_of(
    request: CompanyRequest, found: QuerySet[Any], order: tuple[str, ...]
) -> tuple[tuple[Any, ...], dict[str, str]]:
    cursor = request.GET.get("after", "")
    try:
        shown = page(found, order, cursor=cursor, limit=PAGE_SIZE)
    except ServiceError:  # a cursor of another list: begin again
        cursor, shown = "", page(found, order, limit=PAGE_SIZE)
    query = request.GET.copy()
    query.pop("after", None)
    first = f"?{query.urlencode()}" if cursor else ""
    query["after"] = shown.next_cursor
    return shown.rows, {"first_url": first, "next_url": f"?{query.urlencode()}" if shown.next_cursor else ""}


def _require_writer(request: CompanyRequest) -> None:
    """Everyone reads these pages; accountants write."""
    if request.method == "POST":
        require(request.actor, Role.ACCOUNTANT)


# --- parties -------------------------------------------------------------------------------------------------


class PartyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    is_customer = forms.BooleanField(label=_("Customer"), required=False)
    is_supplier = forms.BooleanField(label=_("Supplier"), required=False)
    is_person = forms.BooleanField(label=_("Private person"), required=False)
    registry_code = forms.CharField(label=_("Registry code"), max_length=20, required=False)
    vat_number = forms.CharField(label=_("VAT number"), max_length=20, required=False)
    street = forms.CharField(label=_("Street"), max_length=150, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=12, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    country = forms.CharField(label=_("Country"), max_length=2, required=False, help_text=_("Two letters: EE, FI, LV"))
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    contact_name = forms.CharField(label=_("Contact person"), max_length=100, required=False)
    iban = forms.CharField(label=_("Bank account"), max_length=42, required=False)
    bic = forms.CharField(label="BIC", max_length=11, required=False)
    einvoice_address = forms.CharField(label=_("E-invoice address"), max_length=50, required=False)
    einvoice_operator = forms.CharField(label=_("E-invoice operator"), max_length=50, required=False)
    payment_term_days = forms.IntegerField(label=_("Payment term, days"), required=False, min_value=0, max_value=365)
    default_account = forms.ModelChoiceField(
        label=_("Account"), queryset=LedgerAccount.objects.none(), required=False,
        help_text=_("Proposed for this party's invoices"),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["default_account"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for the type checker
        field.queryset = _accounts(company)

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if country and not (country.isalpha() and len(country) == 2):  # noqa: PLR2004  ISO 3166-1 alpha-2
            raise forms.ValidationError(gettext("Two letters, such as EE."))
        return country

    def clean_iban(self) -> str:
        number = str(self.cleaned_data["iban"]).replace(" ", "").upper()
        if number[:2].isalpha() and not iban.is_valid(number):
            raise forms.ValidationError(gettext("The account's check digits do not agree."))
        return number

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("is_customer") and not data.get("is_supplier"):
            self.add_error("is_customer", gettext("Choose at least one: customer or supplier."))
        return data

    def party(self, before: Party) -> Party:
        """Return the party as the form describes it; what has no field stays."""
        data = dict(self.cleaned_data)
        address = Address(
            street=data["street"], city=data["city"], postal_code=data["postal_code"], country=data["country"],
            county=before.address.county,
        )  # fmt: skip
        first = (BankAccount(iban=data["iban"], bic=data["bic"].upper()),) if data["iban"] else ()
        plain = (
            "name", "is_customer", "is_supplier", "is_person", "registry_code", "email", "phone", "contact_name",
            "einvoice_address", "einvoice_operator", "payment_term_days",
        )  # fmt: skip
        changed: Party = msgspec.structs.replace(
            before,
            **{name: data[name] for name in plain},
            vat_number=data["vat_number"].replace(" ", "").upper(),
            address=address,
            bank_accounts=(*first, *before.bank_accounts[1:]),
        )
        return changed


def _party_values(party: Party, row: WorkspaceParty | None) -> dict[str, Any]:
    account = party.bank_accounts[0] if party.bank_accounts else BankAccount()
    names = set(PartyForm.base_fields) & set(Party.__struct_fields__)
    values: dict[str, Any] = {name: getattr(party, name) for name in names}
    values |= {name: getattr(party.address, name) for name in ("street", "city", "postal_code", "country")}
    return values | {
        "iban": account.iban,
        "bic": account.bic,
        "default_account": row.default_account if row else None,
        "is_active": row.is_active if row else True,
    }


@workspace_view("GET")
def party_list(request: CompanyRequest) -> HttpResponse:
    role, text = request.GET.get("role", ""), request.GET.get("q", "")
    role = role if role in {"customer", "supplier"} else ""
    with_old = request.GET.get("all") == "1"
    found = parties.parties(request.company, role=role, text=text, is_active=None if with_old else True)
    rows, urls = _page_of(request, found, ("name", "id"))
    context = {"rows": rows, "role": role, "text": text, "with_old": with_old, **urls}
    return render(request, "workspace/parties.html", context)


@workspace_view("GET", "POST")
def party_edit(request: CompanyRequest, pk: int | None = None) -> HttpResponse:
    _require_writer(request)
    row = parties.get_party(request.company, pk) if pk else None
    if row is None:
        role = request.GET.get("role")
        before = Party(is_customer=role != "supplier", is_supplier=role == "supplier")
        before = msgspec.structs.replace(before, address=Address(country=request.company.country))
    else:
        before = parties.canonical_party(row)
    form = PartyForm(request.POST or None, company=request.company, initial=_party_values(before, row))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        party = form.party(before)
        with telling(request, gettext("Saved.")) as told:
            row = parties.save_party(
                request.actor, party, row=row, default_account=data["default_account"], is_active=data["is_active"]
            )
        if told.ok and row is not None:
            for each in check_party(party):
                messages.warning(request, describe(each.code, each.params).cause)
            return redirect("workspace-party", company_id=request.company.pk, pk=row.pk)
    if not request.actor.is_accountant:
        for field in form.fields.values():
            field.disabled = True
    newest = row.invoices.defer("payload").order_by("-date", "-pk")[:10] if row else []
    context = {"form": form, "row": row, "newest": newest}
    return render(request, "workspace/party.html", context, status=422 if form.errors else 200)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def party_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    row = parties.get_party(request.company, pk)
    with telling(request, gettext("Deleted.")) as told:
        parties.delete_party(request.actor, row)
    if told.ok:
        return redirect("workspace-party-list", company_id=request.company.pk)
    return redirect("workspace-party", company_id=request.company.pk, pk=pk)


# --- items ---------------------------------------------------------------------------------------------------


class ItemForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=60)
    name = forms.CharField(label=_("Name"), max_length=200)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    stock_kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (StockKind.SERVICE.value, _("Service")),
            (StockKind.PRODUCT.value, _("Product")),
            (StockKind.STOCK.value, _("Stock item")),
        ],
    )
    sales_price = NumberField(label=_("Sales price without VAT"), places=6)
    purchase_price = NumberField(label=_("Purchase price without VAT"), places=6)
    vat_rate = NumberField(label=_("VAT %"), places=3, min_value=Decimal(0), max_value=Decimal(100))
    sales_account = forms.ModelChoiceField(
        label=_("Sales account"), queryset=LedgerAccount.objects.none(), required=False
    )
    purchase_account = forms.ModelChoiceField(
        label=_("Purchase account"), queryset=LedgerAccount.objects.none(), required=False
    )
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("sales_account", "purchase_account"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for the type checker
            field.queryset = _accounts(company)

    def item(self, before: Item) -> Item:
        """Return the item as the form describes it; what has no field stays."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.endswith("_account")}
        changed: Item = msgspec.structs.replace(before, **data | {"stock_kind": StockKind(data["stock_kind"])})
        return changed


@workspace_view("GET")
def item_list(request: CompanyRequest) -> HttpResponse:
    text, with_old = request.GET.get("q", ""), request.GET.get("all") == "1"
    found = items.items(request.company, text=text, is_active=None if with_old else True)
    rows, urls = _page_of(request, found, ("code", "id"))
    shown = [(row, items.canonical_item(row)) for row in rows]
    return render(request, "workspace/items.html", {"rows": shown, "text": text, "with_old": with_old, **urls})


@workspace_view("GET", "POST")
def item_edit(request: CompanyRequest, pk: int | None = None) -> HttpResponse:
    _require_writer(request)
    row: WorkspaceItem | None = items.get_item(request.company, pk) if pk else None
    before = items.canonical_item(row) if row else Item(stock_kind=StockKind.SERVICE)
    initial = {name: getattr(before, name) for name in ItemForm.base_fields if not name.endswith("_account")}
    initial["stock_kind"] = before.stock_kind.value
    if row is not None:
        initial |= {"sales_account": row.sales_account, "purchase_account": row.purchase_account}
    form = ItemForm(request.POST or None, company=request.company, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = items.save_item(
                request.actor,
                form.item(before),
                row=row,
                sales_account=data["sales_account"],
                purchase_account=data["purchase_account"],
            )
        except ServiceError as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("workspace-item-list", company_id=request.company.pk)
    if not request.actor.is_accountant:
        for field in form.fields.values():
            field.disabled = True
    context = {"form": form, "row": row}
    return render(request, "workspace/item.html", context, status=422 if form.errors else 200)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def item_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    with telling(request, gettext("Deleted.")):
        items.delete_item(request.actor, items.get_item(request.company, pk))
    return redirect("workspace-item-list", company_id=request.company.pk)


# --- dimensions ----------------------------------------------------------------------------------------------

AXIS_NAMES = {dimensions.PROJECT: _("Project"), dimensions.COST_CENTRE: _("Cost centre")}


class DimensionForm(forms.Form):
    axis = forms.ChoiceField(label=_("Dimension"))
    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=150, required=False)
    foreman = forms.ModelChoiceField(
        label=_("Foreman"), queryset=User.objects.none(), required=False,
        help_text=_("For projects: takes part in approving invoices that bear the project's number"),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        axis, foreman = self.fields["axis"], self.fields["foreman"]
        assert isinstance(axis, forms.ChoiceField)  # noqa: S101  for the type checker
        assert isinstance(foreman, forms.ModelChoiceField)  # noqa: S101  for the type checker
        axis.choices = [(each, AXIS_NAMES.get(each, each)) for each in dimensions.axes(company)]
        foreman.queryset = User.objects.filter(memberships__company=company, is_active=True).order_by("name", "email")


@workspace_view("GET")
def dimension_list(request: CompanyRequest) -> HttpResponse:
    with_old = request.GET.get("all") == "1"
    rows = dimensions.dimensions(request.company, is_active=None if with_old else True)
    shown = [(row, AXIS_NAMES.get(row.axis, row.axis)) for row in rows]
    return render(request, "workspace/dimensions.html", {"rows": shown, "with_old": with_old})


@workspace_view("GET", "POST")
def dimension_edit(request: CompanyRequest, pk: int | None = None) -> HttpResponse:
    _require_writer(request)
    row: WorkspaceDimension | None = dimensions.get_dimension(request.company, pk) if pk else None
    names = ("axis", "code", "name", "foreman", "is_active")
    initial = {name: getattr(row, name) for name in names} if row else {"axis": request.GET.get("axis", "")}
    form = DimensionForm(request.POST or None, company=request.company, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            dimensions.save_dimension(request.actor, row=row, **form.cleaned_data)
        except ServiceError as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("workspace-dimension-list", company_id=request.company.pk)
    if not request.actor.is_accountant:
        for field in form.fields.values():
            field.disabled = True
    context = {"form": form, "row": row}
    return render(request, "workspace/dimension.html", context, status=422 if form.errors else 200)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def dimension_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    with telling(request, gettext("Deleted.")):
        dimensions.delete_dimension(request.actor, dimensions.get_dimension(request.company, pk))
    return redirect("workspace-dimension-list", company_id=request.company.pk)

"""Products, and the classifiers of the bureau's books that they use (U78, U79)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.ports import CatalogueKind
from tilisilta.services.billing import classifiers, products
from tilisilta.services.billing.settings import books_of, settings_of
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.settings import has_right
from tilisilta.store.models import FieldSubject, Product
from tilisilta.web.billing.forms import ProductForm
from tilisilta.web.billing.guarded import billing_view
from tilisilta.web.company_view import telling
from tilisilta.web.practice import value_fields
from tilisilta.web.request import CompanyRequest


@billing_view("GET", right="view_contracts")
def product_list(request: CompanyRequest) -> HttpResponse:
    text, with_old = request.GET.get("q", ""), request.GET.get("all") == "1"
    lists = classifiers.lists_of(request.company)
    kept = settings_of(request.company)
    rows = [
        (each, _state(each, lists) if kept.needs_classifiers else "", products.vat_rate_of(each, lists))
        for each in products.products(request.company, text=text, is_active=None if with_old else True)
    ]
    context = {
        "rows": rows,
        "text": text,
        "with_old": with_old,
        "books": books_of(request.company),
        "kept": kept,
        "lists": [(classifiers.NAMES[kind], len(lists[kind])) for kind in CatalogueKind if lists[kind]],
        "may_manage": has_right(request.actor, "manage_products"),
    }
    return render(request, "billing/products.html", context)


def _state(product: Product, lists: classifiers.Lists) -> str:
    """Return what a product lacks, or names that is gone, in the reader's language; empty when all is there."""
    lacking = [str(classifiers.NAMES[classifiers.OF_PRODUCT[name]]) for name in classifiers.lacks(product.classifiers)]
    if lacking:
        return _("Not chosen: %(names)s") % {"names": ", ".join(lacking)}
    gone = [f"{classifiers.NAMES[kind]} {code}" for kind, code in classifiers.gone_of(product.classifiers, lists)]
    return _("Gone from the books: %(names)s") % {"names": ", ".join(gone)} if gone else ""


@billing_view("POST", right="manage_products")
def classifiers_import(request: CompanyRequest) -> HttpResponse:
    """Read the lists of the bureau's books anew (U79)."""
    with telling(request) as told:
        found = classifiers.import_classifiers(request.actor)
    if told.ok:
        counted = ", ".join(f"{classifiers.NAMES[kind]}: {count}" for kind, count in found.counts.items() if count)
        messages.success(request, _("Classifiers imported. %(counts)s.") % {"counts": counted})
        if found.without:
            names = ", ".join(str(each) for each in found.without)
            messages.warning(
                request, _("These products name what is gone from the books: %(names)s.") % {"names": names}
            )
    return redirect("billing-products", company_id=request.company.pk)


@billing_view("GET", "POST", right="manage_products")
def product_edit(request: CompanyRequest, pk: int | None = None) -> HttpResponse:
    row = products.get_product(request.company, pk) if pk else None
    form = ProductForm(request.POST or None, company=request.company, row=row)
    fields = value_fields.visible_fields(request.company, FieldSubject.PRODUCT)
    value_fields.add_value_fields(form, fields, row.values if row is not None else {})
    if request.method == "POST" and form.is_valid():
        try:
            row = products.save_product(request.actor, form.content(value_fields.values_of(form, fields)), row=row)
        except FieldErrors as errors:
            value_fields.put_errors(form, errors)
        except ServiceError as error:
            form.add_error(_FIELD_OF.get(error.code), str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("billing-products", company_id=request.company.pk)
    context = {"form": form, "row": row, "kept": settings_of(request.company), "books": books_of(request.company)}
    return render(request, "billing/product.html", context, status=422 if form.errors else 200)


_FIELD_OF = {
    "PRODUCT_CODE_TAKEN": "code",
    "PRODUCT_FIELD_MISSING": "field",
    "PRODUCT_FIELD_WRONG": "field",
    "PRODUCT_TIERS_MISSING": "tiers",
    "TIERS_INVALID": "tiers",
    "VAT_RATE_MISSING": "vat_code",
    "VAT_REASON_MISSING": "treatment",
}


@billing_view("POST", right="manage_products")
def product_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    row = products.get_product(request.company, pk)
    with telling(request, _("Deleted.")) as told:
        products.delete_product(request.actor, row)
    if told.ok:
        return redirect("billing-products", company_id=request.company.pk)
    return redirect("billing-product", company_id=request.company.pk, pk=pk)

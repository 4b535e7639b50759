"""One client: its page with tabs, its form, its contacts, and the business register beside the form."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_columns, clients, contacts, fields, values
from tilisilta.services.practice.clients import ClientContent
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.store.models import Client, FieldSubject, RegisterMark, Role
from tilisilta.web.company_view import telling
from tilisilta.web.navigation import company_url
from tilisilta.web.practice.forms import ClientForm, ContactForm, contact_initial
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.practice.lists import key_url
from tilisilta.web.practice.panels import panels_of, tabs_of
from tilisilta.web.practice.value_fields import put_errors
from tilisilta.web.request import CompanyRequest

_FILLED = ("name", "registry_code", "vat_number", "street", "city", "postal_code", "country", "email")


@practice_view("GET")
def client_detail(request: CompanyRequest, pk: int) -> HttpResponse:
    client = clients.get_client(request.company, pk)
    tabs = tabs_of()
    tab = request.GET.get("tab", "")
    tab = tab if tab in dict(tabs) else "overview"
    row = client_columns.with_marks(request.company, [client])[0]
    own = fields.by_group(
        [each for each in fields.live_fields(request.company, FieldSubject.CLIENT) if each.is_visible]
    )
    context = {
        "client": client,
        "row": row,
        "key_url": key_url(request, row),
        "has_integrations": client_columns.has_active_integration(request.company),
        "tab": tab,
        "tabs": tabs,
        "panels": panels_of(request, client, tab),
        "contacts": contacts.contacts_of(client) if tab == "contacts" else [],
        "own": [(group, values.all_shown(members, client.values)) for group, members in own],
        "warnings": clients.warnings(client),
        "is_in_register": client.register_mark == RegisterMark.FOUND,
        "is_not_in_register": client.register_mark == RegisterMark.NOT_FOUND,
    }
    return render(request, "practice/client.html", context)


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def client_new(request: CompanyRequest) -> HttpResponse:
    """A new client; `?code=` begins with what the business register has, `?words=` looks for it there."""
    initial = {}
    if code := request.GET.get("code", "")[:20]:
        country = request.GET.get("country", "EE")[:2].upper()
        entry = clients.registered(country, code)
        if entry is None:
            messages.warning(
                request, gettext("The business register has no company with the code %(code)s.") % {"code": code}
            )
        else:
            filled = clients.filled(ClientContent(name=""), entry)
            initial = {name: getattr(filled, name) for name in _FILLED}
    return _form_page(request, None, initial)


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def client_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    return _form_page(request, clients.get_client(request.company, pk), {})


def _form_page(request: CompanyRequest, client: Client | None, initial: dict[str, str]) -> HttpResponse:
    is_fill = "fill" in request.POST
    data = _filled(request) if is_fill else request.POST
    form = ClientForm(
        data if request.method == "POST" else None, company=request.company, client=client, initial=initial
    )
    taken: int | None = None
    if request.method == "POST" and not is_fill and form.is_valid():
        try:
            saved = (
                clients.create_client(request.actor, form.content())
                if client is None
                else clients.update_client(request.actor, client, form.content())
            )
        except ServiceError as error:
            put_errors(form, _beside_its_field(error))
            taken = error.params.get("client_id")
        else:
            messages.success(request, gettext("Saved."))
            for warning in clients.warnings(saved):
                messages.warning(request, warning)
            return redirect("client-detail", company_id=request.company.pk, pk=saved.pk)
    words = request.GET.get("words", "").strip()[:100]
    context = {
        "form": form,
        "client": client,
        "words": words,
        "found": clients.search_register(words) if words and client is None else [],
        "taken_url": company_url(request.company, "client-detail", taken) if taken else "",
    }
    has_mistakes = request.method == "POST" and not is_fill and bool(form.errors)
    return render(request, "practice/client_form.html", context, status=422 if has_mistakes else 200)


def _beside_its_field(error: ServiceError) -> ServiceError:
    place = {"CLIENT_CODE_TAKEN": "registry_code", "CLIENT_MEMBER_UNKNOWN": "default_member"}.get(error.code, "")
    place = place or ("billed_to" if error.code.startswith("CLIENT_BILLED") else "")
    if not place:
        return error
    return FieldErrors({place: error})


def _filled(request: CompanyRequest) -> QueryDict:
    """Return what was typed, with what the business register knows of its registry code in its place."""
    data = request.POST.copy()
    country = (data.get("country") or "EE").strip().upper()[:2]
    entry = clients.registered(country, data.get("registry_code", "")[:20])
    if entry is None:
        messages.warning(request, gettext("The business register has no company with this code. Write it by hand."))
        return data
    filled = clients.filled(ClientContent(name="", email=data.get("email", "")), entry)
    for name in _FILLED:
        if value := getattr(filled, name):
            data[name] = value
    messages.info(request, gettext("Filled from the business register. Look it through and save it."))
    return data


# --- contacts ------------------------------------------------------------------------------------------------


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def contact_edit(request: CompanyRequest, pk: int, contact_id: int | None = None) -> HttpResponse:
    client = clients.get_client(request.company, pk)
    contact = contacts.get_contact(client, contact_id) if contact_id else None
    form = ContactForm(request.POST or None, initial=contact_initial(contact))
    if request.method == "POST" and form.is_valid():
        try:
            contacts.save_contact(request.actor, client, form.content(), contact=contact)
        except ServiceError as error:
            form.add_error("birthday" if error.code == "CONTACT_BIRTHDAY_LATER" else "name", str(error))
        else:
            messages.success(request, gettext("Saved."))
            return redirect(_contacts_url(request, client))
    context = {"form": form, "client": client, "contact": contact}
    return render(request, "practice/contact_form.html", context, status=422 if form.errors else 200)


@practice_view("POST", needed=Role.ACCOUNTANT)
def contact_delete(request: CompanyRequest, pk: int, contact_id: int) -> HttpResponse:
    client = clients.get_client(request.company, pk)
    with telling(request, gettext("Deleted.")):
        contacts.delete_contact(request.actor, contacts.get_contact(client, contact_id))
    return redirect(_contacts_url(request, client))


def _contacts_url(request: CompanyRequest, client: Client) -> str:
    return f"{company_url(request.company, 'client-detail', client.pk)}?tab=contacts"

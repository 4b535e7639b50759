"""Documents: found, read, and sent again or left out."""

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.services import deliveries, documents
from tilisilta.services.event_texts import event_level, event_text
from tilisilta.store.models import Connection, Delivery, DeliveryState, Event, FollowUp, Role
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.documents.forms import FilterForm, SkipForm
from tilisilta.web.problems.cards import ProblemCard, card, problem_card
from tilisilta.web.request import CompanyRequest


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the event log: its text, how grave it is, and what was named as the reason."""

    event: Event
    text: str
    level: str
    reason: ProblemCard | None


class DeliveryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as the document's page shows it."""

    delivery: Delivery
    problems: tuple[ProblemCard, ...]
    reason: ProblemCard | None
    log: tuple[LogLine, ...]
    follow_ups: tuple[FollowUp, ...]
    may_retry: bool
    may_skip: bool
    may_confirm: bool
    differs: bool

    @property
    def is_solved_elsewhere(self) -> bool:
        return any(each.link for each in self.problems)


def _filter_form(request: CompanyRequest) -> FilterForm:
    return FilterForm(request.GET or None, connections=documents.names_of(request.company, Connection))


@company_view("GET")
def document_list(request: CompanyRequest) -> HttpResponse:
    form = _filter_form(request)
    filters = form.filters() if form.is_bound else documents.Filters()
    after = request.GET.get("after", "")
    page = documents.search(request.company, filters, after)
    narrowed = request.GET.copy()
    narrowed.pop("after", None)
    following = narrowed.copy()
    following["after"] = page.next_key
    context = {
        "form": form,
        "filters": filters,
        "page": page,
        "next_url": f"?{following.urlencode()}" if page.next_key else "",
        "first_url": f"?{narrowed.urlencode()}" if after else "",
        "query": narrowed.urlencode(),
        "is_filtered": filters != documents.Filters(),
        "totals": documents.totals(request.company, filters) if request.GET.get("totals") else None,
    }
    template = "documents/_rows.html" if request.htmx and not request.htmx.boosted else "documents/list.html"
    return render(request, template, context)


@company_view("GET")
def document_totals(request: CompanyRequest) -> HttpResponse:
    """Answer with the sums alone: the list shows its rows first and asks for these after."""
    form = _filter_form(request)
    filters = form.filters() if form.is_bound else documents.Filters()
    return render(request, "documents/_totals.html", {"totals": documents.totals(request.company, filters)})


def _log_line(event: Event) -> LogLine:
    code = str(event.params.get("reason", ""))
    is_code = code.isascii() and code.replace("_", "").isupper()
    return LogLine(
        event=event,
        text=event_text(event.code, event.params),
        level=event_level(event.code, event.level),
        reason=card(code, event.params) if is_code else None,
    )


def shown_delivery(found: documents.DeliveryDetail) -> DeliveryShown:
    """Return a delivery as pages show it, with its problems and its log in the reader's language."""
    delivery = found.delivery
    return DeliveryShown(
        delivery=delivery,
        problems=tuple(problem_card(each) for each in found.problems),
        reason=card(delivery.reason, delivery.reason_params) if delivery.reason and not found.problems else None,
        log=tuple(_log_line(each) for each in found.events),
        follow_ups=found.follow_ups,
        may_retry=found.may_retry,
        may_skip=found.may_skip,
        may_confirm=found.may_confirm,
        differs=delivery.target_gross_minor is not None and delivery.target_gross_minor != delivery.gross_minor,
    )


@company_view("GET")
def document_detail(request: CompanyRequest, pk: int) -> HttpResponse:
    found = documents.detail(request.company, pk)
    context = {
        "document": found.document,
        "content": found.canonical,
        "shape": type(found.canonical).__name__.lower(),
        "deliveries": [shown_delivery(each) for each in found.deliveries],
        "versions": found.versions,
        "skip_form": SkipForm(),
    }
    return render(request, "documents/detail.html", context)


@company_view("GET")
def delivery_detail(request: CompanyRequest, pk: int) -> HttpResponse:
    """A delivery's page is its document's; what could not be read at the source has none, so it is shown alone."""
    delivery = documents.get_delivery(request.company, pk)
    if delivery.document_id is not None:
        return redirect("document-detail", company_id=request.company.pk, pk=delivery.document_id)
    shown = shown_delivery(documents.delivery_detail(delivery))
    return render(request, "documents/delivery.html", {"each": shown, "delivery": delivery, "skip_form": SkipForm()})


def _back(request: CompanyRequest, delivery: Delivery) -> HttpResponse:
    if delivery.document_id is None:
        return redirect("delivery-detail", company_id=request.company.pk, pk=delivery.pk)
    return redirect("document-detail", company_id=request.company.pk, pk=delivery.document_id)


@company_view("POST", needed=Role.ACCOUNTANT)
def delivery_retry(request: CompanyRequest, pk: int) -> HttpResponse:
    delivery = documents.get_delivery(request.company, pk)
    done = _("The document is on its way again.")
    if delivery.state == DeliveryState.SKIPPED:
        done = _("The document is no longer left out; it is on its way.")
    with telling(request) as told:
        count = deliveries.retry(request.actor, [delivery.pk])
    if told.ok and count:
        messages.success(request, done)
    elif told.ok:
        messages.warning(request, _("It cannot be tried again from here. Import its day again instead."))
    return _back(request, delivery)


@company_view("POST", needed=Role.ACCOUNTANT)
def delivery_confirm(request: CompanyRequest, pk: int) -> HttpResponse:
    delivery = documents.get_delivery(request.company, pk)
    with telling(request) as told:
        count = deliveries.confirm(request.actor, [delivery.pk])
    if told.ok and count:
        messages.success(request, _("The document is marked as confirmed."))
    elif told.ok:
        messages.warning(request, _("It is not waiting for an answer any more."))
    return _back(request, delivery)


@company_view("POST", needed=Role.ACCOUNTANT)
def delivery_skip(request: CompanyRequest, pk: int) -> HttpResponse:
    delivery = documents.get_delivery(request.company, pk)
    form = SkipForm(request.POST)
    if form.is_valid():
        with telling(request, _("The document is left out.")):
            deliveries.skip(request.actor, [delivery.pk], form.cleaned_data["reason"])
        return _back(request, delivery)
    return render(request, "documents/skip.html", {"form": form, "delivery": delivery}, status=422)

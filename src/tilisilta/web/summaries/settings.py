"""The settings of one system's monthly summaries (U37 to U51)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.services.access import require
from tilisilta.services.errors import ServiceError
from tilisilta.services.summaries import settings
from tilisilta.services.summaries.counts import count_label
from tilisilta.services.summaries.runs import jobs_of
from tilisilta.store.models import Role
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest
from tilisilta.web.summaries.forms import SummaryForm
from tilisilta.web.summaries.guarded import integration_of, names


@practice_view("GET", "POST")
def summary_settings(request: CompanyRequest, vendor: str) -> HttpResponse:
    integration = integration_of(request, vendor)
    own = settings.settings_of(integration)
    form = SummaryForm(request.POST if request.method == "POST" else None, own=own)
    if not request.actor.is_admin:
        for field in form.fields.values():
            field.disabled = True
    if request.method == "POST":
        require(request.actor, Role.ADMIN)
        if form.is_valid():
            try:
                own = settings.save(request.actor, integration, form.content)
            except ServiceError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The settings are saved."))
                return redirect("summary-settings", company_id=request.company.pk, vendor=vendor)
    context = {
        **names(integration),
        "form": form,
        "own": own,
        "lost": [(count_label(code), field.title) for code, field in settings.lost_fields(own).items()],
        "is_new": own.is_on and not jobs_of(integration, 1),
    }
    return render(request, "summaries/settings.html", context)

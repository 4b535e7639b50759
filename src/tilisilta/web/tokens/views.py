"""API tokens: listed with their first characters, shown in full once."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tilisilta.services import tokens
from tilisilta.services.access import require
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Role
from tilisilta.web.request import CompanyRequest
from tilisilta.web.tokens.forms import TokenForm


def token_list(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The company's tokens, masked."""
    del company_id
    found = tokens.tokens_of(request.actor)
    return render(request, "tokens/list.html", {"tokens": found, "now": timezone.now()})


def create(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Make a token; its text is on the answer and nowhere else."""
    del company_id
    require(request.actor, Role.ADMIN)
    form = TokenForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        expires_at = timezone.now() + timedelta(days=int(data["days"])) if data["days"] else None
        try:
            token, plain = tokens.create_token(
                request.actor, name=data["name"], role=data["role"], expires_at=expires_at
            )
        except ServiceError as error:
            form.add_error("role", str(error))
        else:
            return render(request, "tokens/created.html", {"token": token, "plain": plain})
    return render(request, "tokens/new.html", {"form": form})


@require_POST
def revoke(request: CompanyRequest, company_id: int, token_id: int) -> HttpResponse:
    """Make a token stop working."""
    tokens.revoke_token(request.actor, token_id)
    messages.success(request, _("The token does not work any more."))
    return redirect("token-list", company_id)

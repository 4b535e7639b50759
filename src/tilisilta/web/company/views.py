"""A company's settings and people."""

from copy import copy

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tilisilta.services import companies, members
from tilisilta.services.access import require
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Role
from tilisilta.web.accounts.forms import code_warnings
from tilisilta.web.company.forms import CompanyForm, DeleteCompanyForm, InviteForm, roles_for
from tilisilta.web.request import CompanyRequest


def settings(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The company's own facts; everyone sees them, administrators change them."""
    form = CompanyForm(request.POST or None, instance=copy(request.company))
    if request.method == "POST":
        require(request.actor, Role.ADMIN)
        if form.is_valid():
            companies.update_company(request.actor, **form.cleaned_data)
            data = form.cleaned_data
            for warning in code_warnings(data["country"], data["registry_code"], data["vat_number"]):
                messages.warning(request, str(warning))
            messages.success(request, _("Saved."))
            return redirect("company-settings", company_id)
    if not request.actor.is_admin:
        for field in form.fields.values():
            field.disabled = True
    return render(request, "company/settings.html", {"form": form})


def delete(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Delete the company, for owners, after its name has been typed."""
    del company_id
    require(request.actor, Role.OWNER)
    form = DeleteCompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            companies.delete_company(request.actor, typed_name=form.cleaned_data["typed_name"])
        except ServiceError as error:
            form.add_error(None, str(error))
        else:
            request.session.pop("company_id", None)
            messages.success(request, _("The company was deleted."))
            return redirect("home")
    return render(request, "company/delete.html", {"form": form})


def people(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Who works in the company and who is invited."""
    del company_id
    found = members.members(request.company)
    owners = sum(each.role == Role.OWNER for each in found)
    return render(
        request,
        "company/people.html",
        {
            "members": [
                {
                    "membership": each,
                    "is_me": each.user_id == request.user.pk,
                    "is_last_owner": each.role == Role.OWNER and owners == 1,
                    "may_change": request.actor.is_admin
                    and each.user_id != request.user.pk
                    and (each.role != Role.OWNER or request.actor.is_owner),
                }
                for each in found
            ],
            "roles": roles_for(request.actor),
            "invitations": members.open_invitations(request.company) if request.actor.is_admin else [],
        },
    )


def invite(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Invite a person; the link is shown on the answer and nowhere else."""
    del company_id
    require(request.actor, Role.ADMIN)
    form = InviteForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, link = members.invite(request.actor, **form.cleaned_data)
        except ServiceError as error:
            form.add_error("email", str(error))
        else:
            is_emailed = "dummy" not in django_settings.EMAIL_BACKEND
            context = {"invitation": invitation, "link": link, "is_emailed": is_emailed}
            return render(request, "company/invited.html", context)
    return render(request, "company/invite.html", {"form": form})


@require_POST
def change_role(request: CompanyRequest, company_id: int, membership_id: int) -> HttpResponse:
    """Give a member another role."""
    role = request.POST.get("role", "")
    if role in Role.values:
        try:
            membership = members.change_role(request.actor, membership_id, role)
        except ServiceError as error:
            messages.error(request, str(error))
        else:
            person, label = str(membership.user), Role(role).label
            messages.success(request, _("%(person)s: %(role)s") % {"person": person, "role": label})
    return redirect("member-list", company_id)


@require_POST
def remove(request: CompanyRequest, company_id: int, membership_id: int) -> HttpResponse:
    """Take a member out of the company, or leave it."""
    try:
        members.remove_member(request.actor, membership_id)
    except ServiceError as error:
        messages.error(request, str(error))
        return redirect("member-list", company_id)
    if members.is_member(request.company, request.user):
        return redirect("member-list", company_id)
    request.session.pop("company_id", None)
    return redirect("home")


@require_POST
def revoke_invitation(request: CompanyRequest, company_id: int, invitation_id: int) -> HttpResponse:
    """Make an invitation's link stop working."""
    members.revoke_invitation(request.actor, invitation_id)
    messages.success(request, _("The invitation's link does not work any more."))
    return redirect("member-list", company_id)

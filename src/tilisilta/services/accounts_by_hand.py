"""Users made and mended by whoever runs the installation, outside the pages."""

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.services.audit import record_account
from tilisilta.services.companies import check_password, create_company, first_run_needed, set_up_owner
from tilisilta.services.errors import MESSAGES, ServiceError
from tilisilta.store.models import Company, Membership, Role, User

_BY_HAND = "command line"

MESSAGES.update(
    {
        "ROLE_UNKNOWN": _("There is no role %(role)s: owner, admin, accountant, viewer."),
        "COMPANY_NOT_NAMED": _("Name the company that the user joins."),
        "COMPANY_UNKNOWN": _("There is no company %(company)s. Only an owner can be made with a new company."),
        "EMAIL_USED": _("There is a user with the address %(email)s already."),
        "USER_UNKNOWN": _("There is no user with the address %(email)s."),
    }
)


def make_user(*, email: str, name: str, password: str, company: str, role: str, language: str, country: str) -> Company:
    """Make a user as a member of a company and return it. The first user ever becomes the owner of a new company.

    Raises:
        ServiceError: EMAIL_USED, COMPANY_NOT_NAMED, COMPANY_UNKNOWN, ROLE_UNKNOWN, INVALID_PASSWORD.
    """
    if role not in Role.values:
        raise ServiceError("ROLE_UNKNOWN", role=role)
    if not company:
        raise ServiceError("COMPANY_NOT_NAMED")
    if User.objects.filter(email__iexact=email).exists():
        raise ServiceError("EMAIL_USED", email=email)
    if first_run_needed():
        fields = {"name": company, "country": country}
        return set_up_owner(email=email, name=name, password=password, language=language, company=fields)[1]
    check_password(password, User(email=email, name=name))
    with transaction.atomic():
        found = _company(company)
        if found is None and role != Role.OWNER:
            raise ServiceError("COMPANY_UNKNOWN", company=company)
        user = User.objects.create_user(email, password, name=name, language=language, is_superuser=found is None)
        if found is None:
            # Only for the moment: whoever makes a company needs the right to, and owns it afterwards.
            found = create_company(user, name=company, country=country)
            User.objects.filter(pk=user.pk).update(is_superuser=False)
        else:
            Membership.objects.create(company=found, user=user, role=role)
        record_account(user, "user.made", label=_BY_HAND, email=email, role=role, company=found.name)
    return found


def _company(named: str) -> Company | None:
    if named.isdigit():
        return Company.objects.filter(pk=int(named)).first()
    return Company.objects.filter(name=named).first()


@transaction.atomic
def reset_password(*, email: str, password: str, drop_second_step: bool = False) -> None:
    """Set a user's password, end their sessions and, when asked, forget their second step.

    Raises:
        ServiceError: USER_UNKNOWN, INVALID_PASSWORD.
    """
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise ServiceError("USER_UNKNOWN", email=email)
    check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    if drop_second_step:
        Authenticator.objects.filter(user=user).delete()
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
    record_account(user, "user.password_changed", label=_BY_HAND, second_step_dropped=drop_second_step)

"""Companies: the first set-up, their settings, and making and deleting them."""

from typing import Any, Final
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from tilisilta.services.access import Actor, Forbidden, require
from tilisilta.services.audit import record, record_account
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Company, Membership, Role, Run, RunState, User

_SET_UP_LOCK: Final = 7_451_120_001  # any number that nothing else in the database locks on
_ZONES: Final = {"EE": "Europe/Tallinn", "FI": "Europe/Helsinki"}
_LANGUAGES: Final = {"EE": "et", "FI": "fi"}
_EDITABLE: Final = ("name", "registry_code", "vat_number", "country", "time_zone", "base_currency", "language")
UNDER_WAY: Final = (RunState.QUEUED, RunState.RUNNING, RunState.WAITING)


def first_run_needed() -> bool:
    """Return whether nobody has set this installation up yet."""
    return not User.objects.exists()


def check_password(password: str, user: User) -> None:
    """Let good passwords pass.

    Raises:
        ServiceError: INVALID_PASSWORD with the reasons in the active language.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ServiceError("INVALID_PASSWORD", reasons=" ".join(error.messages)) from error


def _lock_set_up() -> None:
    """Hold a lock until the transaction ends, so that two set-ups at once make one owner.

    SQLite needs none: its transactions here begin with the write lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SET_UP_LOCK])


@transaction.atomic
def set_up_owner(
    *,
    email: str,
    name: str,
    password: str,
    language: str,
    company: dict[str, str],
    ip: str | None = None,
) -> tuple[User, Company]:
    """Make the first user and their company, once in the life of an installation.

    Args:
        email: Sign-in name of the owner.
        name: The owner's name.
        password: In clear; checked by the rules of the settings.
        language: Of the owner's pages: et, fi or en.
        company: name, country, registry_code, vat_number.
        ip: Where the request came from.

    Raises:
        ServiceError: ALREADY_SET_UP when there is a user already; INVALID_PASSWORD.
    """
    _lock_set_up()
    if not first_run_needed():
        raise ServiceError("ALREADY_SET_UP")
    check_password(password, User(email=email, name=name))
    user = User.objects.create_superuser(email, password, name=name, language=language)
    return user, _create(user, ip=ip, **company)


def _create(user: User, *, name: str, country: str, ip: str | None = None, **fields: str) -> Company:
    company = Company.objects.create(
        name=name,
        country=country,
        time_zone=_ZONES.get(country, "Europe/Tallinn"),
        language=_LANGUAGES.get(country, "en"),
        **fields,
    )
    Membership.objects.create(company=company, user=user, role=Role.OWNER)
    actor = Actor(company=company, role=Role.OWNER, user=user, ip=ip, label=f"{user.name} <{user.email}>")
    record(actor, "company.created", company.name, f"/c/{company.pk}/")
    return company


def may_create_company(user: User) -> bool:
    """Return whether a person may add companies: owners of one may, as a bureau does."""
    return user.is_superuser or Membership.objects.filter(user=user, role=Role.OWNER).exists()


def require_may_create(user: User) -> None:
    """Let people pass who may add companies.

    Raises:
        Forbidden: the person owns no company and did not set the installation up.
    """
    if not may_create_company(user):
        raise Forbidden(Role.OWNER)


@transaction.atomic
def create_company(user: User, *, ip: str | None = None, **fields: str) -> Company:
    """Make a company with `user` as its owner.

    Raises:
        Forbidden: the person owns no company yet and did not set the installation up.
    """
    require_may_create(user)
    return _create(user, ip=ip, **fields)


@transaction.atomic
def update_company(actor: Actor, **fields: Any) -> Company:
    """Change the company's settings and log what changed.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: UNKNOWN_TIME_ZONE.
    """
    require(actor, Role.ADMIN)
    zone = fields.get("time_zone")
    if zone is not None and zone not in available_timezones():
        raise ServiceError("UNKNOWN_TIME_ZONE", time_zone=zone)
    company = Company.objects.select_for_update(no_key=True).get(pk=actor.company.pk)
    changed = {
        name: [getattr(company, name), fields[name]]
        for name in _EDITABLE
        if name in fields and getattr(company, name) != fields[name]
    }
    for name, (_old, new) in changed.items():
        setattr(company, name, new)
    if changed:
        company.save(update_fields=list(changed))
        record(actor, "company.updated", company.name, f"/c/{company.pk}/settings/", changes=changed)
    return company


@transaction.atomic
def delete_company(actor: Actor, *, typed_name: str) -> None:
    """Delete a company with everything it holds here. Nothing is touched in the systems it was connected to.

    Raises:
        Forbidden: the actor is no owner.
        ServiceError: NAME_DIFFERS, COMPANY_HAS_RUNS.
    """
    require(actor, Role.OWNER)
    company = Company.objects.select_for_update(no_key=True).get(pk=actor.company.pk)
    if typed_name.strip() != company.name:
        raise ServiceError("NAME_DIFFERS", name=company.name)
    if Run.objects.filter(company=company, state__in=UNDER_WAY).exists():
        raise ServiceError("COMPANY_HAS_RUNS")
    name, registry_code = company.name, company.registry_code
    company.delete()
    record_account(
        actor.user, "company.deleted", label=actor.label, ip=actor.ip, company=name, registry_code=registry_code
    )


def memberships_of(user: User) -> list[Membership]:
    """Return a person's memberships with their companies, by the companies' names."""
    return list(Membership.objects.filter(user=user).select_related("company").order_by("company__name", "company_id"))


def home_company(user: User, last_id: int | None) -> Company | None:
    """Return the company a person worked in last, or their first one, or None."""
    mine = Membership.objects.filter(user=user).select_related("company")
    last = mine.filter(company_id=last_id).first() if last_id is not None else None
    membership = last or mine.order_by("company__name").first()
    return membership.company if membership else None

"""Imports of clients: started by signing in, with a list of keys or with a table; watched, and cancelled at any step.

What a job stages is confirmed in `confirming.py`. The password of a sign-in is an argument of one call in the process
that serves the page: it is handed to the vendor and kept nowhere.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from tilisilta.connectors import CONNECTORS
from tilisilta.core.errors import Misconfigured, TilisiltaError
from tilisilta.engine import jobs
from tilisilta.engine.doors import has_door, open_door
from tilisilta.kit.manifest import Manifest
from tilisilta.ports.keys import DoorSession, KeyDoor
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.books import integrations, key_lists, staging
from tilisilta.services.connections import manifest
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_tables
from tilisilta.services.practice.settings import require_on
from tilisilta.store import vault
from tilisilta.store.models import (
    ClientImport,
    ClientImportRow,
    Company,
    ImportState,
    ImportWay,
    JobKind,
    KeyMode,
    PracticeIntegration,
    Role,
)

TABLE: Final = "table"
# Who gave which permission, as the audit log keeps it (U12).
SCOPE: Final[Promise] = _("Read the list of companies with their keys; make keys only where asked to.")


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import has come; `seconds_left` is None while that cannot be told."""

    done: int
    total: int
    seconds_left: int | None = None
    is_cancelling: bool = False


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One system that clients can be imported from, with the ways that it offers."""

    manifest: Manifest
    integration: PracticeIntegration | None
    ways: tuple[str, ...]

    @property
    def is_active(self) -> bool:
        """Return whether the system is switched on in this company."""
        return self.integration is not None and self.integration.is_active


# --- what there is to choose from ----------------------------------------------------------------------------


def sources(company: Company) -> list[Source]:
    """Return every system that clients can be imported from; Merit first, those in use before the others."""
    return [
        Source(
            manifest=card.manifest,
            integration=card.integration,
            ways=(
                *((ImportWay.SIGN_IN.value,) if has_door(card.manifest.vendor) else ()),
                ImportWay.KEYS.value,
            ),
        )
        for card in integrations.cards(company)
    ]


def countries(vendor: str) -> list[tuple[str, str]]:
    """Return the countries whose branch of a system may be chosen, with what each is called (U10)."""
    field = next((each for each in manifest(vendor).settings if each.name == "country"), None)
    return [(value, gettext(words)) for value, words in field.choices] if field else []


def imports_of(company: Company) -> QuerySet[ClientImport]:
    """Return a company's imports, the newest first."""
    found = ClientImport.objects.filter(company=company)
    return found.select_related("company", "integration", "job", "requested_by", "confirmed_by").order_by("-pk")


def get_import(company: Company, pk: int) -> ClientImport:
    """Return an import of a company; ClientImport.DoesNotExist for any other."""
    return imports_of(company).get(pk=pk)


def rows_of(client_import: ClientImport) -> list[ClientImportRow]:
    """Return the rows in their order."""
    return list(client_import.rows.select_related("client").order_by("position"))


def source_name(client_import: ClientImport) -> str:
    """Return where the clients come from, in the active language."""
    integration = client_import.integration
    if integration is None:
        return str(ImportWay(client_import.way).label)
    return integrations.name_of(integration)


def link_of(client_import: ClientImport) -> str:
    """Return the path of the import's page."""
    return f"/c/{client_import.company_id}/clients/import/{client_import.pk}/"


# --- started -------------------------------------------------------------------------------------------------


@sensitive_variables("password", "email")
def start_sign_in(
    actor: Actor, *, vendor: str, country: str, email: str, password: str, key_mode: str = KeyMode.CONTINUE
) -> ClientImport:
    """Sign in at the vendor once and start the import. Signing in ends the user's other sessions there (U14).

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: BOOKS_OFF, PRACTICE_OFF, COUNTRY_UNKNOWN, SIGN_IN_FIELDS_MISSING, IMPORT_UNDER_WAY.
        Misconfigured: DOOR_CLOSED, SIGN_IN_REFUSED, TWO_FACTOR_ON, NO_COMPANIES_IN_COUNTRY.
        TilisiltaError: the vendor cannot be asked now.
    """
    integration = _may_start(actor, vendor)
    if country not in dict(countries(vendor)):
        raise ServiceError("COUNTRY_UNKNOWN")
    if not email.strip() or not password:
        raise ServiceError("SIGN_IN_FIELDS_MISSING")
    door = open_door(vendor)
    audit.record(
        actor, "client_import.consented", integrations.name_of(integration), integrations.link_of(integration),
        vendor=vendor, country=country, account=email.strip(), scope=str(SCOPE), key_mode=KeyMode(key_mode).value,
    )  # fmt: skip
    settings = dict(door.connection_settings(country))
    opened = _sign_in(door, country, email, password)
    try:
        return _started(actor, integration, opened, settings, country=country, key_mode=KeyMode(key_mode))
    except ServiceError:  # somebody else started one while the vendor answered; this session is of no use
        leave_door(vendor, opened.token)
        raise


def _started(
    actor: Actor,
    integration: PracticeIntegration,
    opened: DoorSession,
    settings: Mapping[str, str],
    *,
    country: str,
    key_mode: KeyMode,
) -> ClientImport:
    with transaction.atomic():
        PracticeIntegration.objects.filter(pk=integration.pk).update(country=country)
        made = ClientImport.objects.create(
            company=actor.company,
            integration=integration,
            way=ImportWay.SIGN_IN,
            key_mode=key_mode,
            country=country,
            sealed_session=vault.seal({"token": opened.token}),
            requested_by=actor.user,
        )
        _begin(actor, made, settings, signed_out=opened.signed_out, count=opened.companies)
    return made


@async_to_sync
@sensitive_variables("password", "email")
async def _sign_in(door: KeyDoor, country: str, email: str, password: str) -> DoorSession:
    try:
        return await door.sign_in(country=country, email=email, password=password)
    finally:
        await door.close()


def start_keys(
    actor: Actor, *, vendor: str, name: str, content: bytes, settings: Mapping[str, str] | None = None
) -> ClientImport:
    """Start an import from a list of keys: CSV, XLSX, or pasted text under the name `key_lists.PASTED`.

    `settings` are those of the connections that the keys open, such as the country. Rows that cannot be used say why;
    the others go on.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: BOOKS_OFF, PRACTICE_OFF, IMPORT_UNDER_WAY, KEY_LIST_EMPTY, COUNTRY_UNKNOWN; further as
            `key_lists.read_keys`.
    """
    integration = _may_start(actor, vendor)
    given = {key: value for key, value in (settings or {}).items() if value}
    choices = dict(countries(vendor))
    country = given.get("country", "") or integration.country or next(iter(choices), "")
    if choices and country not in choices:
        raise ServiceError("COUNTRY_UNKNOWN")
    if choices:
        given["country"] = country
    read = key_lists.read_keys(manifest(vendor), name, content)
    home = (country or manifest(vendor).country)[:2]
    with transaction.atomic():
        if country:
            PracticeIntegration.objects.filter(pk=integration.pk).update(country=country)
        made = ClientImport.objects.create(
            company=actor.company,
            integration=integration,
            way=ImportWay.KEYS,
            key_mode=KeyMode.CUSTOM,
            country=country,
            requested_by=actor.user,
        )
        staging.stage(made, [staging.from_key_row(each, home) for each in read])
        _begin(actor, made, given, count=len(read))
    return made


def start_table(actor: Actor, *, name: str, content: bytes) -> ClientImport:
    """Start an import from a table of clients (CSV or XLSX); rows that cannot be used say why, the others go on.

    Raises:
        Forbidden: the actor is no accountant.
        ServiceError: PRACTICE_OFF, IMPORT_UNDER_WAY; further as `client_tables.read_table`.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    _require_none_running(actor.company, None)
    read = client_tables.read_table(actor.company, name, content)
    with transaction.atomic():
        made = ClientImport.objects.create(company=actor.company, way=ImportWay.TABLE, requested_by=actor.user)
        staging.stage(made, [staging.from_table_row(each) for each in read])
        _begin(actor, made, {}, count=len(read))
    return made


def _may_start(actor: Actor, vendor: str) -> PracticeIntegration:
    require(actor, Role.ADMIN)
    require_on(actor.company)
    integrations.manifest_of(vendor)
    integration = PracticeIntegration.objects.filter(company=actor.company, vendor=vendor).first()
    if integration is None:
        raise ServiceError("BOOKS_OFF", vendor=manifest(vendor).name)
    integrations.require_active(integration)
    _require_none_running(actor.company, integration)
    return integration


def _require_none_running(company: Company, integration: PracticeIntegration | None) -> None:
    if ClientImport.objects.filter(company=company, integration=integration, state=ImportState.RUNNING).exists():
        name = integrations.name_of(integration) if integration else str(ImportWay.TABLE.label)
        raise ServiceError("IMPORT_UNDER_WAY", vendor=name)


def _begin(actor: Actor, made: ClientImport, settings: Mapping[str, str], **told: Any) -> None:
    """Hand an import to the workers; inside the caller's transaction, which is undone when one runs already."""
    vendor = made.integration.vendor if made.integration else TABLE
    job, is_new = jobs.request_job(
        actor.company,
        JobKind.CLIENT_IMPORT,
        f"client-import:{vendor}",
        params={"import": made.pk, "settings": dict(settings)},
        user_id=actor.user.pk if actor.user else None,
    )
    if not is_new:
        raise ServiceError("IMPORT_UNDER_WAY", vendor=source_name(made))
    made.job = job
    made.save(update_fields=["job"])
    audit.record(actor, "client_import.started", source_name(made), link_of(made), way=made.way, **told)


# --- watched and cancelled -----------------------------------------------------------------------------------


def progress(client_import: ClientImport) -> Progress:
    """Return how far a running import has come, with an estimate from the pace so far."""
    job = client_import.job
    if job is None:
        return Progress(done=0, total=0)
    done, seconds_left = job.done + job.failed, None
    if job.started_at is not None and 0 < done < job.total:
        spent = (timezone.now() - job.started_at).total_seconds()
        seconds_left = round(spent / done * (job.total - done))
    return Progress(
        done=done, total=job.total, seconds_left=seconds_left, is_cancelling=job.cancel_requested_at is not None
    )


def cancel(actor: Actor, client_import: ClientImport) -> None:
    """Cancel an import that nobody has confirmed: nothing of it stays but the keys made at the vendor's.

    One that a worker has in hand ends when what is in the air has landed. Called again it does nothing.

    Raises:
        Forbidden: the role is too low.
        ServiceError: IMPORT_CONFIRMED_ALREADY, IMPORT_FAILED_ALREADY.
    """
    require_own(actor, client_import)
    with transaction.atomic():
        ready = ClientImport.objects.filter(pk=client_import.pk, state=ImportState.READY)
        is_ready = bool(ready.update(state=ImportState.CANCELLED))
        if is_ready:
            erase_secrets(client_import)
        client_import.refresh_from_db()
        if not is_ready:
            if client_import.state == ImportState.CANCELLED:
                return
            require_open(client_import)
        audit.record(actor, "client_import.cancelled", source_name(client_import), link_of(client_import))
    if not is_ready and client_import.job is not None:
        jobs.cancel(client_import.job, actor.user.pk if actor.user else None)
        client_import.refresh_from_db()


def require_own(actor: Actor, client_import: ClientImport) -> None:
    """Let pass who may confirm or cancel an import: administrators, and accountants those without keys.

    Raises: ClientImport.DoesNotExist, Forbidden.
    """
    if client_import.company_id != actor.company.pk:
        raise ClientImport.DoesNotExist
    require(actor, Role.ACCOUNTANT if client_import.way == ImportWay.TABLE else Role.ADMIN)


def require_open(client_import: ClientImport) -> None:
    """Raises: ServiceError: IMPORT_CONFIRMED_ALREADY, IMPORT_CANCELLED_ALREADY, IMPORT_FAILED_ALREADY."""
    if client_import.state == ImportState.CONFIRMED:
        raise ServiceError("IMPORT_CONFIRMED_ALREADY", person=str(client_import.confirmed_by or "–"))
    if client_import.state in {ImportState.CANCELLED, ImportState.FAILED}:
        raise ServiceError(f"IMPORT_{client_import.state.upper()}_ALREADY")


def erase_secrets(client_import: ClientImport) -> None:
    """Erase the session and every key that an import holds."""
    ClientImport.objects.filter(pk=client_import.pk).update(sealed_session=b"")
    client_import.rows.exclude(sealed_credentials=b"").update(sealed_credentials=b"")


def cancel_all(actor: Actor, integration: PracticeIntegration) -> None:
    """Cancel every open import from a system that is being switched off."""
    for each in imports_of(integration.company).filter(
        integration=integration, state__in=[ImportState.RUNNING, ImportState.READY]
    ):
        cancel(actor, each)


@async_to_sync
async def leave_door(vendor: str, token: str) -> None:
    """End a session at the vendor; that it cannot be ended now does no harm, the next sign-in ends it."""
    if vendor not in CONNECTORS:
        return
    try:
        door = open_door(vendor)
    except Misconfigured:
        return
    try:
        await door.sign_out(token)
    except TilisiltaError:
        pass
    finally:
        await door.close()

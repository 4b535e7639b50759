"""The job of an import: list the companies, link or make their keys, try them, and ask the business register.

Steps of its items: "list" (the vendor's companies become rows), "key" (one row's key is made), "check" (one row's key
is tried), "register" (a portion of rows). A key that is to be made is marked in its row first: whoever takes the item
up after a crash lists the companies again and links a key that is there, before another is made.
"""

import asyncio
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import structlog
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from tilisilta.core.errors import Refused, Retry, TilisiltaError, Unknown
from tilisilta.engine.connect import build_connector
from tilisilta.engine.database import in_store
from tilisilta.engine.doors import open_door
from tilisilta.engine.jobs import Commit, ItemPlan, ItemWork, add_items
from tilisilta.engine.log import storable
from tilisilta.ports.keys import KeyDoor, RemoteCompany, RemoteKey
from tilisilta.services import register
from tilisilta.services.books import imports, staging
from tilisilta.services.notices import notify
from tilisilta.store import vault
from tilisilta.store.models import (
    ClientImport,
    ClientImportRow,
    ImportState,
    ImportWay,
    Job,
    JobItemState,
    JobState,
    KeyMode,
    NoticeLevel,
)

log = structlog.get_logger(__name__)

PORTION: Final = 500
_LOOK_AGAIN_S: Final = 2.0


class ImportDoer:
    """Does jobs of the kind CLIENT_IMPORT."""

    at_once: Final = 4

    def prepare(self, job: Job, /) -> Sequence[ItemPlan]:
        """Return the listing of the companies, or what is to be done with the rows of a list."""
        client_import = ClientImport.objects.get(pk=job.params["import"])
        if client_import.way == ImportWay.SIGN_IN:
            return [ItemPlan(params={"step": "list"})]
        return _plans(client_import)

    async def do(self, work: ItemWork, /) -> Commit:
        """Do one step; see the module."""
        client_import = await in_store(_import_of, work.job_id)
        step = work.params["step"]
        if step == "list":
            return await _list(work, client_import)
        if step == "register":
            return await _ask_register(work, client_import)
        row = await in_store(ClientImportRow.objects.get, pk=work.subject_id or 0)
        return await (_make_key if step == "key" else _check_key)(work, client_import, row)

    def finish(self, job: Job, /) -> None:
        """Let people confirm what was found, or say why nothing was; the session at the vendor ends."""
        client_import = ClientImport.objects.select_related("company", "integration", "requested_by").get(
            pk=job.params["import"]
        )
        if client_import.state != ImportState.RUNNING:
            return
        token = _token_of(client_import)
        if token and client_import.integration is not None:
            transaction.on_commit(partial(_leave_aside, client_import.integration.vendor, token))
        client_import.sealed_session = b""
        _copy_failures(job)
        unlisted = job.items.filter(params__step="list", state=JobItemState.FAILED).first()
        client_import.state = ImportState.READY
        if job.state == JobState.CANCELLED or job.cancel_requested_at is not None:  # however far it had come
            client_import.state = ImportState.CANCELLED
        elif job.state == JobState.FAILED or unlisted is not None:
            client_import.state = ImportState.FAILED
            told = unlisted or job
            client_import.problem_code, client_import.problem_params = told.problem_code, told.problem_params
        else:
            client_import.ready_at = timezone.now()
        client_import.save()
        if client_import.state != ImportState.READY:
            imports.erase_secrets(client_import)
        _tell(client_import, job)


def _import_of(job_id: int) -> ClientImport:
    return ClientImport.objects.select_related("integration", "job", "company").get(job_id=job_id)


def _token_of(client_import: ClientImport) -> str:
    try:
        return vault.unseal(bytes(client_import.sealed_session)).get("token", "")
    except TilisiltaError:
        return ""


def _leave_aside(vendor: str, token: str) -> None:
    """End the session in a thread of its own: nobody waits for it, and the store's thread least of all."""
    threading.Thread(target=_leave, args=(vendor, token), name="leave-door", daemon=True).start()


def _leave(vendor: str, token: str) -> None:
    try:
        imports.leave_door(vendor, token)
    except Exception:  # the import has ended whatever happens here
        log.warning("session at the vendor was not ended", vendor=vendor, exc_info=True)


def _copy_failures(job: Job) -> None:
    """Tell in the rows what could not be done for them."""
    for item in job.items.filter(state=JobItemState.FAILED).exclude(subject_id=None):
        ClientImportRow.objects.filter(pk=item.subject_id or 0, client_import_id=job.params["import"]).update(
            problem_code=item.problem_code, problem_params=item.problem_params
        )


def _tell(client_import: ClientImport, job: Job) -> None:
    code, level = {
        ImportState.READY: ("CLIENT_IMPORT_READY", NoticeLevel.SUCCESS),
        ImportState.CANCELLED: ("CLIENT_IMPORT_CANCELLED", NoticeLevel.WARNING),
        ImportState.FAILED: ("CLIENT_IMPORT_FAILED", NoticeLevel.ERROR),
    }[ImportState(client_import.state)]
    if client_import.requested_by is None:
        return
    notify(
        client_import.company,
        code,
        level=level,
        link=imports.link_of(client_import),
        users=[client_import.requested_by],
        but=job.cancelled_by,
        source=imports.source_name(client_import),
        count=client_import.rows.count(),
    )


def _plans(client_import: ClientImport) -> list[ItemPlan]:
    """Return what is to be done with the rows: keys made and tried, and the register asked in portions."""
    rows = list(client_import.rows.filter(error_code="").order_by("position"))
    is_making = client_import.way == ImportWay.SIGN_IN and client_import.key_mode == KeyMode.CONTINUE
    plans = [
        ItemPlan(params={"step": "register", "from": start, "to": start + PORTION})
        for start in range(0, rows[-1].position + 1 if rows else 0, PORTION)
    ]
    for row in rows:
        if bytes(row.sealed_credentials):
            plans.append(ItemPlan(subject_id=row.pk, params={"step": "check"}))
        elif is_making and not row.problem_code:
            plans.append(ItemPlan(subject_id=row.pk, params={"step": "key"}))
    return plans


# --- the vendor's companies ----------------------------------------------------------------------------------


def _door(client_import: ClientImport) -> KeyDoor:
    if client_import.integration is None:
        raise Refused("DOOR_CLOSED")
    return open_door(client_import.integration.vendor)


async def _all_companies(door: KeyDoor, token: str) -> list[RemoteCompany]:
    """Return the companies, each once: somebody may open a company there while the list is read."""
    found: dict[str, RemoteCompany] = {}
    async for portion in door.companies(token):
        for company in portion:
            found[company.id] = company
    return list(found.values())


async def _list(work: ItemWork, client_import: ClientImport) -> Commit:
    door = _door(client_import)
    try:
        companies = await _all_companies(door, _token_of(client_import))
    finally:
        await door.close()

    def commit() -> dict[str, Any]:
        drafts = [
            staging.from_company(company, line, client_import.key_mode, client_import.country[:2])
            for line, company in enumerate(companies, start=1)
        ]
        staging.stage(client_import, drafts)
        add_items(work.job_id, _plans(client_import))
        return {"companies": len(companies)}

    return commit


# --- keys ----------------------------------------------------------------------------------------------------


async def _make_key(work: ItemWork, client_import: ClientImport, row: ClientImportRow) -> Commit:
    """Make the key of a row, unless one is there by now."""
    door, token = _door(client_import), _token_of(client_import)
    try:
        key = await _key_there(door, token, row) if row.key_is_new else None
        if key is None:
            await in_store(_mark_making, row.pk)
            key = await door.make_key(token, row.remote_id, staging.key_names()[0])
    except Unknown as error:
        # The key may be there: the next try looks first.
        raise Retry(error.code, after_s=_LOOK_AGAIN_S, evidence=error.evidence) from error
    except Retry:
        raise
    except TilisiltaError as error:
        return partial(_store_problem, row.pk, error)
    finally:
        await door.close()
    return partial(_store_key, work.job_id, row.pk, key)


async def _key_there(door: KeyDoor, token: str, row: ClientImportRow) -> RemoteKey | None:
    for company in await _all_companies(door, token):
        if company.id == row.remote_id:
            return staging.our_key(company.keys)
    raise Refused("COMPANY_GONE")


def _mark_making(row_id: int) -> None:
    ClientImportRow.objects.filter(pk=row_id).update(key_is_new=True)


def _store_key(job_id: int, row_id: int, key: RemoteKey) -> None:
    ClientImportRow.objects.filter(pk=row_id).update(
        sealed_credentials=vault.seal(key.credentials),
        hint=staging.hint_of(key.credentials),
        key_name=key.name[:100],
        key_is_new=True,
    )
    add_items(job_id, [ItemPlan(subject_id=row_id, params={"step": "check"})])


def _store_problem(row_id: int, error: TilisiltaError) -> None:
    ClientImportRow.objects.filter(pk=row_id).update(problem_code=error.code, problem_params=storable(error.params))


async def _check_key(work: ItemWork, client_import: ClientImport, row: ClientImportRow) -> Commit:
    """Try a key: whether it works in this country, and whether the plan has the interface."""
    del work
    if client_import.integration is None or client_import.job is None:
        return dict
    try:
        connector = build_connector(
            client_import.integration.vendor,
            vault.unseal(bytes(row.sealed_credentials)),
            client_import.job.params["settings"],
        )
        try:
            await connector.check_connection()
        finally:
            await connector.close()
    except Retry:
        raise
    except TilisiltaError as error:
        return partial(_store_problem, row.pk, error)
    return dict


# --- the business register -----------------------------------------------------------------------------------


async def _ask_register(work: ItemWork, client_import: ClientImport) -> Commit:
    """Ask the register about a portion of rows. Never the store's own thread: it may be asked over the network."""
    rows = await in_store(_portion, client_import, work.params["from"], work.params["to"])
    checks = await asyncio.to_thread(_checks, rows)

    def commit() -> None:
        for row, check in zip(rows, checks, strict=True):
            row.register_mark = check.verdict.value
            row.register_name = check.entry.name[:300] if check.entry else ""
            if check.entry and row.name == row.registry_code:  # the list named no company
                row.name = check.entry.name[:200]
        ClientImportRow.objects.bulk_update(rows, ["register_mark", "register_name", "name"], batch_size=200)

    return commit


def _portion(client_import: ClientImport, first: int, end: int) -> list[ClientImportRow]:
    return list(client_import.rows.filter(position__gte=first, position__lt=end, error_code="").order_by("position"))


def _checks(rows: Sequence[ClientImportRow]) -> list[register.Check]:
    """Return a check for each row; nobody is asked about other countries' companies and codes that are none of ours."""
    home = [row for row in rows if row.details.get("country") == register.COUNTRY and row.registry_code.isdigit()]
    try:
        answers = register.check_many([(row.registry_code, row.name) for row in home])
    finally:
        database.close()  # this thread's own
    found = dict(zip((row.pk for row in home), answers, strict=True))
    unchecked = register.Check(verdict=register.Verdict.UNCHECKED)
    return [found.get(row.pk, unchecked) for row in rows]

"""Importing summaries by clients: a client's system is asked, then its ledger, months and tasks are written at once.

A client whose key fails gets that as its connection's problem, and the others go on.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from tilisilta.core.errors import Misconfigured, Retry, TilisiltaError
from tilisilta.engine.connect import open_connector
from tilisilta.engine.database import in_store
from tilisilta.engine.jobs import Commit, ItemPlan, ItemWork
from tilisilta.engine.log import evidence_json, storable
from tilisilta.ports import Connection as Connector
from tilisilta.ports.counts import EntriesReader, EntriesRequest, Entry, EntryKind
from tilisilta.services import audit
from tilisilta.services.access import Actor, actor_of, system_actor
from tilisilta.services.summaries import ledger, notices
from tilisilta.services.summaries.calendar import spread_s
from tilisilta.services.summaries.counts import counts_rows, kind_of
from tilisilta.services.summaries.months import Months, Written, counted_months, summaries_of
from tilisilta.services.summaries.owed import owed_months
from tilisilta.services.summaries.plan import Plan, read_plan
from tilisilta.services.summaries.settings import chosen_counts, link_of, live_among
from tilisilta.store.models import (
    ClientConnection,
    Connection,
    ConnectionState,
    CustomField,
    Job,
    Membership,
    PracticeIntegration,
    SummarySettings,
)

# Clients asked at the same time. Each has a key and limits of its own, so one waits for none of the others.
AT_ONCE = 24
_OVERTAKEN_AFTER_S = 2.0
_TO_MARK = frozenset({ConnectionState.NEW, ConnectionState.NEEDS_RECONNECT})


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one client's system, and how its connection stood then."""

    plan: Plan
    client_connection_id: int
    connector: Connector
    request: EntriesRequest
    access: tuple[bytes, dict[str, Any]]
    connection_id: int
    asked_at: dt.datetime


def _access(connection: Connection) -> tuple[bytes, dict[str, Any]]:
    return bytes(connection.sealed_credentials), dict(connection.settings)


class SummaryDoer:
    """Does the jobs of all three kinds; they differ in their plans."""

    at_once = AT_ONCE

    def prepare(self, job: Job) -> Sequence[ItemPlan]:
        """Return an item for each connected client; a night's many are spread over up to an hour, each at its own time.

        Raises:
            Misconfigured: SUMMARY_SETTINGS_GONE.
        """
        plan = read_plan(job.params)
        own, _chosen = _settings(plan)
        found = ClientConnection.objects.filter(integration_id=own.integration_id).exclude(
            connection__state=ConnectionState.INACTIVE
        )
        found = found.filter(client__is_active=True) if plan.clients is None else found.filter(client__in=plan.clients)
        connected = dict(found.order_by("client_id").values_list("client_id", "created_at"))
        owed = owed_months(job, plan, connected)
        spread = spread_s(len(connected)) if job.is_automatic else 0
        now = timezone.now()
        return [
            ItemPlan(
                subject_id=each, due_at=_turn(each, now, spread), params={"owed": owed[each]} if owed[each] else {}
            )
            for each in connected
        ]

    async def do(self, work: ItemWork) -> Commit:
        """Ask a client's system for the entries of the plan's days; see `engine.jobs.Doer`."""
        ask = await in_store(_load, work)
        if ask is None:
            return lambda: {"left_out": True}
        try:
            listed = await _read(ask)
        except Misconfigured as error:
            await in_store(_mark_failing, ask, error)
            raise
        return lambda: _store(work, ask, listed)

    def finish(self, job: Job) -> None:
        """Sum up what the clients' items found, and tell people; see `engine.jobs.Doer`."""
        notices.job_ended(job)


def _turn(client_id: int, now: dt.datetime, spread: int) -> dt.datetime | None:
    """Return when a client has its turn: the same second of the hour each time, so that nights are alike."""
    if not spread:
        return None
    digest = hashlib.sha256(f"client|{client_id}".encode()).digest()
    return now + dt.timedelta(seconds=int.from_bytes(digest[:4], "big") % spread)


def _settings(plan: Plan) -> tuple[SummarySettings, dict[str, CustomField | None]]:
    """Return the settings with the counts that are fetched, each with its field."""
    found = SummarySettings.objects.select_related("integration__company", "topic")
    own = found.filter(pk=plan.integration_id).first()
    chosen = chosen_counts(own) if own is not None and own.is_on and own.integration.is_active else {}
    if own is None or not chosen:
        vendor = PracticeIntegration.objects.values_list("vendor", flat=True).get(pk=plan.integration_id)
        raise Misconfigured("SUMMARY_SETTINGS_GONE", vendor=vendor)
    return own, chosen


def _load(work: ItemWork) -> Ask | None:
    """Return what is to be asked; None for a client whose connection was removed meanwhile."""
    plan = read_plan(Job.objects.values_list("params", flat=True).get(pk=work.job_id))
    found = ClientConnection.objects.select_related("client", "connection", "integration")
    row = found.filter(integration_id=plan.integration_id, client_id=work.subject_id or 0).first()
    if row is None or row.connection.state == ConnectionState.INACTIVE:
        return None
    _own, codes = _settings(plan)
    kinds = frozenset(kind_of(code) for code in codes)
    rows_of = frozenset(kind_of(code) for code in codes if counts_rows(code))
    window = plan.window
    request = EntriesRequest(
        date_from=window.first,
        date_to=window.last,
        kinds=kinds,
        rows_of=rows_of,
        known_rows=ledger.known_rows(row.client, row.integration, window, rows_of),
    )
    return Ask(
        plan=plan,
        client_connection_id=row.pk,
        connector=_open(row.connection),
        request=request,
        access=_access(row.connection),
        connection_id=row.connection_id,
        asked_at=timezone.now(),
    )


def _open(connection: Connection) -> Connector:
    try:
        return open_connector(connection)
    except Misconfigured as error:
        _mark(connection.pk, _access(connection), error)
        raise


async def _read(ask: Ask) -> list[Entry]:
    reader = ask.connector
    try:
        if not isinstance(reader, EntriesReader):
            raise Misconfigured("ENTRIES_NOT_TOLD", vendor=type(reader).__name__)
        return [entry async for portion in reader.read_entries(ask.request) for entry in portion]
    finally:
        await ask.connector.close()


# --- stored ---------------------------------------------------------------------------------------------------


def _store(work: ItemWork, ask: Ask, listed: Sequence[Entry]) -> dict[str, Any]:
    """Write what a client's system told: ledger, months, tasks and differences, in the caller's transaction."""
    # Two imports of one client end one after the other, and the older answer never overwrites the newer one.
    locked = ClientConnection.objects.select_for_update(no_key=True, of=("self",))
    row = (
        locked.select_related("client__company", "client__default_member", "connection")
        .filter(pk=ask.client_connection_id)
        .first()
    )
    if row is None:
        return {"left_out": True}
    own, chosen = _settings(ask.plan)
    client, integration = row.client, own.integration
    summaries = summaries_of(client, integration)
    if any(each.fetched_at is not None and each.fetched_at > ask.asked_at for each in summaries.values()):
        raise Retry("SUMMARY_OVERTAKEN", after_s=_OVERTAKEN_AFTER_S)
    if row.connection.state in _TO_MARK:
        _mark_working(ask)
    # What was asked is what may be judged: settings that changed meanwhile count from the next import on.
    codes = [code for code in chosen if _was_asked(code, ask.request)]
    counted = counted_months(summaries.values(), codes, client.company.time_zone)
    decision = ledger.take_in(
        client, integration, ask.plan.window, listed,
        kinds=ask.request.kinds, counted=counted, may_be_emptied=ask.plan.overwrites,
    )  # fmt: skip
    months = set(ask.plan.all_months) | (decision.touched & set(summaries))
    counts = ledger.counts_in(client, integration, months, codes)
    owed = [dt.date.fromisoformat(each) for each in work.params.get("owed", ())]
    writer = Months(
        own, client, ask.plan, fields=live_among(chosen), summaries=summaries, asked_at=ask.asked_at, owed=owed
    )
    written = writer.write(counts)
    if written.changes:
        _note_changes(work, ask.plan, client.name, integration, written)
    new = [each for each in decision.rulings if each.before is None]
    return {
        "new": len(new),
        "late": sum(each.month > each.entry.date for each in new),
        "moved": sum(each.before is not None and each.before != each.month for each in decision.rulings),
        "gone": len(decision.gone),
        "tasks": written.tasks_made,
        "differences": written.differences,
    }


def _was_asked(code: str, request: EntriesRequest) -> bool:
    kind: EntryKind = kind_of(code)
    return kind in (request.rows_of if counts_rows(code) else request.kinds)


def _note_changes(work: ItemWork, plan: Plan, name: str, integration: PracticeIntegration, written: Written) -> None:
    """Write numbers that were shown before and are others now to the audit log; those of the months' own import too."""
    changes: Mapping[str, Any] = {
        f"{month} {code}": pair for month, by_code in written.changes.items() for code, pair in by_code.items()
    }
    audit.record(
        _requester(work), "summary.changed", name, link_of(integration), reason=plan.words, changes=dict(changes)
    )


def _requester(work: ItemWork) -> Actor:
    job = Job.objects.select_related("company", "requested_by").get(pk=work.job_id)
    if job.requested_by is not None:
        try:
            return actor_of(job.requested_by, job.company_id)
        except Membership.DoesNotExist:
            pass
    return system_actor(job.company)


# --- how the connection stands ------------------------------------------------------------------------------


def _mark_failing(ask: Ask, error: TilisiltaError) -> None:
    _mark(ask.connection_id, ask.access, error)


def _mark(connection_id: int, access: tuple[bytes, dict[str, Any]], error: TilisiltaError) -> None:
    """Let a connection that does not work say so; the answer to keys that were changed meanwhile says nothing."""
    with transaction.atomic():
        found = Connection.objects.select_for_update(no_key=True).filter(pk=connection_id).first()
        if found is None or found.state == ConnectionState.INACTIVE or _access(found) != access:
            return
        found.state = ConnectionState.NEEDS_RECONNECT
        found.problem_code, found.problem_params = error.code, storable(error.params)
        found.evidence, found.checked_at = evidence_json(error.evidence), timezone.now()
        found.save(update_fields=["state", "problem_code", "problem_params", "evidence", "checked_at"])


def _mark_working(ask: Ask) -> None:
    """Let a connection that answered say so, when it was not tested before or did not work."""
    found = Connection.objects.select_for_update(no_key=True).filter(pk=ask.connection_id).first()
    if found is None or _access(found) != ask.access:
        return
    if found.state in _TO_MARK:
        found.state, found.checked_at = ConnectionState.ACTIVE, timezone.now()
        found.problem_code, found.problem_params, found.evidence = "", {}, {}
        found.activated_at = found.activated_at or found.checked_at
        found.save(update_fields=["state", "checked_at", "problem_code", "problem_params", "evidence", "activated_at"])

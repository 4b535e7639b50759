"""What happens in the demo, in order. The same companies serve the pages and the proof."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from tilisilta.cli.demo import (
    bookkeeping,
    bureau,
    bureau_proof,
    bureau_story,
    closing,
    offices,
    one_by_one,
    one_by_one_proof,
    proof,
    runs,
    samples,
    severa,
)
from tilisilta.cli.demo.emulated import Emulated, Emulators
from tilisilta.cli.demo.offices import Office
from tilisilta.services import deliveries
from tilisilta.store.models import Delivery, FlowKind, RunMode

Say = Callable[[str], None]
NO_SAMPLES = "No folder of sample e-invoices is at hand (TILISILTA_SAMPLES), so no file is shown."

_DOCUMENTS = (FlowKind.SALES_INVOICES, FlowKind.PURCHASE_INVOICES)
# Codes that nobody has chosen a match for: their invoices wait for a person.
_NOT_MAPPED_YET = frozenset({"0EX", "9"})
_TRIAL = (runs.FIRST, dt.date(2026, 6, 20))
_SUMMER = (dt.date(2026, 6, 21), dt.date(2026, 9, 30))
_AUTUMN = (dt.date(2026, 10, 1), runs.LAST)


@dataclass(frozen=True)
class Town:
    """The demo's companies."""

    naidis: Office
    guarded: Office
    files: Office | None
    naava: Office
    puutyo: Office
    konepaja: Office
    bureau: bureau.Bureau


def _build(emulators: Emulators, email: str, password: str) -> Town:
    """Make the owner and the companies, connected and with their settings."""
    for copy in range(3):
        emulators.get("scoro", copy).reset()
        emulators.get("smartaccounts", copy).reset(partners=copy == 1)
    user, first = offices.make_owner(email, password)
    naidis = offices.from_scoro(first, *_pair(emulators, 0))
    second = offices.make_company(user, name="Tartu Kontor OÜ", registry_code="19900016")
    guarded = offices.from_scoro(second, *_pair(emulators, 1))
    files = None
    if samples.folder() is not None:
        third = offices.make_company(user, name="Paberivaba OÜ", registry_code="19900029")
        files = offices.from_files(third, emulators.get("smartaccounts", 2))
    naava = severa.make(user, emulators.get("severa"), emulators.get("maestro"))
    puutyo = closing.make(user, emulators.get("netvisor"))
    konepaja = one_by_one.make(user, emulators.get("procountor"))
    buero = bureau.make(user, emulators.get("merit"), password)
    return Town(naidis, guarded, files, naava, puutyo, konepaja, buero)


def _pair(emulators: Emulators, copy: int) -> tuple[Emulated, Emulated]:
    return emulators.get("scoro", copy), emulators.get("smartaccounts", copy)


def prove(emulators: Emulators, note: Say, email: str, password: str) -> tuple[list[proof.FlowReport], list[str]]:
    """Set everything up, run every flow once to its end, and return what the books say."""
    town = _build(emulators, email, password)
    offices.map_scoro(town.naidis)
    offices.map_scoro(town.guarded)
    notes = []
    if town.files is None:
        notes.append(NO_SAMPLES)
        note(NO_SAMPLES)
    moved = proof.prove_all(town.naidis, town.guarded, town.files)
    other = [severa.prove(town.naava), *closing.prove(town.puutyo), *one_by_one_proof.prove(town.konepaja)]
    return [*moved, *other, *bureau_proof.prove(town.bureau)], notes


def tell(emulators: Emulators, note: Say, email: str, password: str) -> None:
    """Set everything up and let a few weeks of life happen, so that every page has something to show."""
    town = _build(emulators, email, password)
    _naidis(town.naidis)
    _guarded(town.guarded)
    severa.tell(town.naava)
    closing.tell(town.puutyo)
    one_by_one.tell(town.konepaja)
    bureau_story.tell(town.bureau)
    if town.files is None:
        note(NO_SAMPLES)
    else:
        _files(town.files)


def _naidis(office: Office) -> None:
    """A company in the middle of its work: most is in the books, some waits, some changed since."""
    actor, integration = office.actor, office.integration
    offices.map_scoro(office, leave_out=_NOT_MAPPED_YET)
    runs.do(actor, integration, FlowKind.SALES_INVOICES, RunMode.PREVIEW, _TRIAL)
    for kind in _DOCUMENTS:
        runs.do(actor, integration, kind, dates=_TRIAL)
    offices.make_ready(office)
    for kind in (*_DOCUMENTS, FlowKind.PAYMENTS):
        runs.do(actor, integration, kind, dates=_SUMMER)
    _leave_one_out(office)
    _change_at_the_source(office)
    for kind in _DOCUMENTS:
        runs.do(actor, integration, kind, dates=_AUTUMN)
    bookkeeping.keep_payments_in_target(office)
    bookkeeping.enter_payments(office)
    runs.do(actor, integration, FlowKind.PAYMENTS_BACK)
    runs.do(actor, integration, FlowKind.SALES_INVOICES, RunMode.RECONCILE)
    offices.make_automatic(office, *_DOCUMENTS)


def _leave_one_out(office: Office) -> None:
    """One invoice that waits is left out on purpose."""
    waiting = Delivery.objects.filter(flow=office.flow(FlowKind.SALES_INVOICES), state="problem").order_by(
        "-gross_minor"
    )[:1]
    deliveries.skip(office.actor, [each.pk for each in waiting], "Sisestati raamatupidamisse käsitsi")


def _change_at_the_source(office: Office) -> None:
    """Somebody changes an invoice in Scoro after its import: nothing is overwritten, the change is shown."""
    if office.source is None:
        return
    invoice = next(row for row in office.source.books()["invoices"] if row["no"] == "2026-048")
    office.source.scoro(f"invoices/modify/{invoice['id']}", {"description": "Tähtaega pikendati kokkuleppel"})
    first = invoice["lines"][0]
    line = {"id": first["id"], "product_id": first["product_id"], "amount": "4", "price": first["price"]}
    office.source.scoro(f"invoices/modify/{invoice['id']}", {"lines": [line]})


def _guarded(office: Office) -> None:
    """A company whose books hold some of the parties already: the matches wait for a person."""
    offices.map_scoro(office)
    runs.do(office.actor, office.integration, FlowKind.SALES_INVOICES, dates=(runs.FIRST, dt.date(2026, 8, 31)))
    runs.wait_for_all(office.actor.company)


def _files(office: Office) -> None:
    """A company that gets its purchase invoices as files: the published samples, imported."""
    bookkeeping.upload(office, samples.files())
    runs.do(office.actor, office.integration, FlowKind.PURCHASE_INVOICES, RunMode.PREVIEW)
    runs.do(office.actor, office.integration, FlowKind.PURCHASE_INVOICES)
    while offices.map_missing(office):
        runs.wait_for_all(office.actor.company)
        runs.do(office.actor, office.integration, FlowKind.PURCHASE_INVOICES)
    runs.wait_for_all(office.actor.company)
    offices.make_ready(office)

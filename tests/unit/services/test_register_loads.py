import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.support.emulators import Emulated, Emulators
from tests.support.register import plain, zipped

from tilisilta.engine import register_load
from tilisilta.services import register_loads
from tilisilta.services.errors import ServiceError
from tilisilta.services.problem_catalogue import CATALOGUE
from tilisilta.store.models import BusinessRegisterEntry, RegisterLoad

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
ROWS = 300


@pytest.fixture
def register(running_emulators: Emulators, settings: Any) -> Iterator[Emulated]:
    """The emulated register with a small file, as the one that is loaded daily."""
    emulated = running_emulators["register"]
    emulated.clear_faults()
    emulated.reset(rows=ROWS)
    settings.REGISTER_URL = emulated.credentials["file"]
    yield emulated
    emulated.clear_faults()


def codes() -> set[str]:
    return set(BusinessRegisterEntry.objects.values_list("registry_code", flat=True))


def test_the_file_is_loaded_and_asked_for_only_when_it_changed(register: Emulated) -> None:
    first = register_loads.load_now()
    assert (first.state, first.rows, first.changed, first.problem) == ("done", ROWS, ROWS, "")
    assert first.bytes > 1000
    entry = BusinessRegisterEntry.objects.get(registry_code="10000018")
    assert (entry.name, entry.search_name, entry.vat_number) == ("OÜ Aasa Arendus", "aasa arendus ou", "EE100000000")
    assert (entry.street, entry.postal_code, entry.status) == ("Narva mnt 1", "10110", "L")

    second = register_loads.load_now()
    assert (second.state, second.rows, second.changed) == ("unchanged", ROWS, 0)
    assert register.requests()["statuses"] == {"200": 1, "304": 1}

    before = codes()
    register.seed(days=5)
    third = register_loads.load_now()
    assert third.state == "done"
    assert third.rows == len(codes()) == BusinessRegisterEntry.objects.count()
    gone, new = before - codes(), codes() - before
    renamed = BusinessRegisterEntry.objects.filter(name__contains=" Uus", registry_code__in=before).count()
    assert gone
    assert renamed
    assert len(new) == 500
    assert third.changed == len(gone) + len(new) + renamed


@pytest.mark.parametrize("validators", ["etag", "last_modified", "none"])
def test_one_validator_is_enough(register: Emulated, validators: str) -> None:
    register.reset(rows=ROWS, validators=validators)
    register_loads.load_now()
    assert register_loads.load_now().state == ("done" if validators == "none" else "unchanged")


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"kind": "broken_zip"}, "REGISTER_FILE_BROKEN"),
        ({"kind": "wrong_header"}, "REGISTER_FILE_HEADER"),
        ({"kind": "few_rows"}, "REGISTER_FILE_SHORT"),
        ({"kind": "bomb"}, "REGISTER_FILE_BROKEN"),
        ({"kind": "half"}, "REGISTER_FILE_BROKEN"),
        ({"kind": "half", "cut": True}, "TARGET_BUSY"),
        ({"kind": "html"}, "REGISTER_FILE_BROKEN"),
        ({"kind": "html", "status": 404}, "REGISTER_FILE_BROKEN"),
        ({"kind": "error_before", "status": 503}, "TARGET_BUSY"),
        ({"kind": "drop_before", "times": None}, "TARGET_BUSY"),
        ({"kind": "throttle", "retry_after_s": 5}, ""),
    ],
)
def test_what_cannot_be_taken_leaves_the_old_register(register: Emulated, fault: dict, problem: str) -> None:
    register_loads.load_now()
    before = codes()
    register.seed(days=2)
    register.faults(fault)
    failed = register_loads.load_now()
    assert failed.state == "failed"
    assert failed.problem in CATALOGUE
    assert problem in {failed.problem, ""}
    assert codes() == before
    register.clear_faults()
    # The next try takes the new file: the failed one left nothing behind that would call it known.
    assert register_loads.load_now().state == "done"
    assert codes() != before


def test_an_address_where_nobody_listens_is_a_failed_load(settings: Any) -> None:
    settings.REGISTER_URL = "http://127.0.0.1:1/file.zip"
    assert register_loads.load_now().problem == "TARGET_UNREACHABLE"
    settings.REGISTER_URL = "http://register.example/file.zip"
    assert register_loads.load_now().problem == "ADDRESS_NOT_SAFE"
    settings.REGISTER_URL = ""
    with pytest.raises(ServiceError, match="no address"):
        register_loads.load_now()


def test_a_file_can_be_handed_in(tmp_path: Path, register: Emulated) -> None:
    assert register_loads.load_file(zipped(tmp_path / "a.zip", 200)).rows == 200
    assert register_loads.load_file(plain(tmp_path / "b.csv", 150)).rows == 150
    short = register_loads.load_file(plain(tmp_path / "c.csv", 5))
    assert (short.problem, short.problem_params) == ("REGISTER_FILE_SHORT", {"rows": "5", "before": "150"})
    assert len(codes()) == 150
    assert register_loads.load_file(tmp_path / "c.csv", allow_fewer=True).rows == len(codes()) == 5
    # What came by hand says nothing about the address: the whole file is asked for.
    assert register_loads.load_now().state == "done"


def test_two_do_not_load_at_once(register: Emulated) -> None:
    held = register_load.claim("somewhere")
    assert held is not None
    with pytest.raises(ServiceError, match="being loaded"):
        register_loads.load_now()
    assert register_loads.load_when_due() == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterLoad.objects.create(source="another")


def test_who_lost_the_claim_changes_nothing(tmp_path: Path) -> None:
    slow = register_load.claim("slow")
    assert slow is not None
    RegisterLoad.objects.filter(pk=slow.pk).update(at=timezone.now() - dt.timedelta(hours=1))
    quick = register_loads.load_file(zipped(tmp_path / "new.zip", 100, day=3))
    assert quick.state == "done"
    before = codes()
    ended = register_load.take_file(slow, zipped(tmp_path / "old.zip", 100))
    assert ended.state == "failed"
    assert codes() == before


def test_when_it_is_due() -> None:
    now = timezone.now()
    assert register_load.is_due(now)
    load = RegisterLoad.objects.create(source="x", at=now, state="done")
    for state, hours in (("done", 24), ("unchanged", 24), ("failed", 1), ("running", 0.5)):
        RegisterLoad.objects.filter(pk=load.pk).update(state=state)
        assert not register_load.is_due(now + dt.timedelta(hours=hours * 0.99))
        assert register_load.is_due(now + dt.timedelta(hours=hours * 1.01))


def test_status_tells_age_and_last_problem(register: Emulated) -> None:
    assert (register_loads.status().rows, register_loads.status().fresh_at) == (0, None)
    register_loads.load_now()
    assert not register_loads.status().is_old
    RegisterLoad.objects.update(at=timezone.now() - dt.timedelta(days=4))
    register.faults({"kind": "broken_zip"})
    register_loads.load_now()
    found = register_loads.status()
    assert found.is_old
    assert found.rows == ROWS
    assert found.last is not None
    assert found.last.problem == "REGISTER_FILE_BROKEN"


def test_old_loads_are_forgotten_but_not_the_one_that_worked(
    register: Emulated, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(register_load, "_KEPT_LOADS", 2)
    done = register_loads.load_now()
    settings.REGISTER_URL = "http://127.0.0.1:1/"
    for _ in range(4):
        register_loads.load_now()
    kept = RegisterLoad.objects.order_by("pk")
    assert [each.state for each in kept] == ["done", "failed", "failed"]
    assert kept[0].pk == done.pk


@pytest.mark.django_db(transaction=True)
def test_a_round_begins_the_days_load_once_and_goes_on(register: Emulated) -> None:
    assert register_loads.load_when_due() == 1
    assert register_loads.load_when_due() == 0
    until = time.monotonic() + 20
    while RegisterLoad.objects.get().state == "running" and time.monotonic() < until:
        time.sleep(0.02)
    assert RegisterLoad.objects.get().state == "done"
    assert len(codes()) == ROWS
    assert register_loads.load_when_due() == 0

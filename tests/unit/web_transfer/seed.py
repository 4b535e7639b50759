"""Fills a data directory with rows to look at: `python -m tests.unit.web_transfer.seed` with TILISILTA_DATA_DIR set."""

import datetime as dt
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tilisilta.settings")
django.setup()

import msgspec  # noqa: E402
from django.utils import timezone  # noqa: E402
from tests.unit.web_transfer import factories as make  # noqa: E402

from tilisilta.core.documents import Direction, encode_document  # noqa: E402
from tilisilta.store.models import (  # noqa: E402
    DocumentVersion,
    MappingRow,
    Membership,
    Role,
    RunMode,
    RunState,
    User,
)


def seed() -> None:
    firm = make.company()
    owner = User.objects.create_user("owner@example.ee", make.PASSWORD, name="Mari Maasikas", language="en")
    Membership.objects.create(company=firm, user=owner, role=Role.OWNER)
    actor = make.Actor(company=firm, role=Role.OWNER, user=owner, label=owner.email)
    pair = make.integration(actor)
    files = make.connection(firm, "files")
    make.create_integration(actor, files, pair.target)
    make.connection(
        firm,
        state="needs_reconnect",
        name="Scoro Soome",
        problem_code="KEY_REFUSED",
        problem_params={"vendor": "Scoro"},
        evidence={
            "status": 401,
            "body": '{"status":"ERROR","messages":{"error":["Unauthorized"]}}',
            "url": "/api/v2/x",
        },
    )
    sales = make.flow(pair)
    sales.last_from, sales.last_to = dt.date(2026, 11, 1), dt.date(2026, 11, 10)
    sales.is_automatic = True
    sales.save()
    for key, target in (("24", "KM24"), ("22", "")):
        MappingRow.objects.create(company=firm, integration=pair, table="vat_codes", source_key=key, target_key=target)
    states = [
        "confirmed",
        "confirmed",
        "sent",
        "problem",
        "refused",
        "parked",
        "skipped",
        "drifted",
        "ready",
        "uncertain",
    ]
    ended = make.run(
        sales,
        seen=60,
        sent=40,
        known=10,
        problems=6,
        skipped=2,
        drifted=2,
        date_from=sales.last_from,
        date_to=sales.last_to,
        started_at=timezone.now(),
        finished_at=timezone.now(),
        requested_by=owner,
        state=RunState.DONE_WITH_PROBLEMS,
    )
    for index in range(60):
        direction = Direction.PURCHASE if index % 4 == 3 else Direction.SALES
        shown = make.invoice(
            number=f"2026-{1000 + index}",
            gross=f"{124 * (index % 9 + 1)}.00",
            direction=direction,
            date=dt.date(2026, 11, 1 + index % 20),
            currency="USD" if index == 7 else "EUR",
            is_credit_note=index % 15 == 14,
        )
        stored = make.document(pair.source, shown)
        state = states[index % len(states)]
        sent = make.delivery(sales, stored, state, run=ended)
        make.event(sent, "drafted")
        if state in {"confirmed", "sent", "drifted"}:
            sent.target_id, sent.target_number, sent.sent_at = f"uuid-{index}", shown.number, timezone.now()
            sent.target_gross_minor = sent.gross_minor + (100 if state == "drifted" else 0)
            make.event(sent, "sending", params={"attempt": "1"})
            make.event(sent, "sent", level="info", params={"number": shown.number, "target_id": f"uuid-{index}"})
        if state == "drifted":
            sent.reason = "CHANGED_AT_SOURCE"
            make.event(sent, "changed_at_source", level="warning")
            before = msgspec.structs.replace(shown, note="Enne", due_date=dt.date(2026, 12, 1))
            DocumentVersion.objects.create(
                document=stored, version=1, version_hash="x", payload=encode_document(before)
            )
            stored.version = 2
            stored.save()
        if state == "problem":
            make.problem(sent)
            make.event(sent, "problem", level="error", params={"reason": "VAT_CODE_UNMAPPED", "key": "24"})
        if state == "refused":
            make.problem(
                sent,
                "TARGET_REFUSED",
                "TARGET_REFUSED",
                params={"message": "invoiceNumber: duplicate"},
                evidence={"status": 400, "body": '{"errors":[{"code":"invoiceNumber","message":"duplicate"}]}'},
            )
            make.event(sent, "refused", level="error", evidence={"status": 400, "body": '{"errors":[]}'})
        if state == "parked":
            sent.reason = "PERIOD_LOCKED"
            sent.reason_params = {"date": "2026-11-05"}
        if state == "skipped":
            sent.reason, sent.reason_params = "SKIPPED_BY_USER", {"reason": "Topelt", "actor": owner.email}
            sent.decided_by = owner
            make.event(sent, "skipped", user=owner, params={"reason": "Topelt"})
        sent.save()
    _runs(pair, sales, owner)


def _runs(pair, sales, owner) -> None:
    make.run(
        sales,
        RunMode.PREVIEW,
        result=make.preview_result(120),
        seen=122,
        requested_by=owner,
        date_from=dt.date(2026, 11, 11),
        date_to=dt.date(2026, 11, 20),
    )
    make.run(
        sales,
        RunMode.RUN,
        RunState.RUNNING,
        seen=500,
        sent=200,
        known=20,
        expected=1000,
        requested_by=owner,
        started_at=timezone.now(),
    )
    make.run(
        make.flow(pair, "payments"),
        RunMode.RUN,
        RunState.FAILED,
        problem_code="KEY_REFUSED",
        problem_params={"vendor": "Scoro"},
        evidence={"status": 401, "body": "Unauthorized"},
    )
    make.run(
        sales,
        RunMode.RECONCILE,
        seen=60,
        result={
            "rows": [
                {
                    "kind": "sales_invoice",
                    "source_id": "1",
                    "number": "2026-1007",
                    "date": "2026-11-08",
                    "party": "Kask",
                    "currency": "EUR",
                    "source": {"gross": "124.00"},
                    "target": {"id": "u", "gross": "125.00"},
                    "state": "drifted",
                    "differs": ["totals_differ"],
                }
            ],
            "equal": 59,
            "differences": 1,
            "totals": {
                "EUR": {
                    "count": {"source": 60, "target": 60},
                    "source": "7440.00",
                    "target": "7441.00",
                    "difference": "-1.00",
                }
            },
        },
    )


if __name__ == "__main__":
    seed()

"""A bureau's import of clients inside an installation of a recovery test: asked for, waited for, looked at."""

import time
from collections import Counter
from typing import Any

from tests.support.emulators import Emulated


def set_up(merit: dict[str, Any]) -> dict[str, Any]:
    """Set up a bureau with Merit switched on, and sign in for an import."""
    from tests.support.books import make_bureau

    bureau = make_bureau(Emulated(**merit))
    started = bureau.sign_in()
    return {"import": started.pk, "job": started.job_id}


def wait(started: int, seconds: float = 60) -> str:
    """Wait until an import has ended and return its state."""
    from tilisilta.store.models import ClientImport

    until = time.monotonic() + seconds
    while (found := ClientImport.objects.get(pk=started)).state == "running":
        if time.monotonic() > until:
            raise AssertionError(f"still running: {found.job.state} {found.job.done}/{found.job.total}")
        time.sleep(0.1)
    return str(found.state)


def confirm(started: int) -> dict[str, Any]:
    """Confirm an import and return what became of its rows."""
    from tilisilta.services.access import actor_of
    from tilisilta.services.books import confirming
    from tilisilta.store.models import Client, ClientConnection, ClientImport

    found = ClientImport.objects.select_related("company", "integration", "job", "requested_by").get(pk=started)
    errors = Counter(found.rows.values_list("error_code", flat=True))
    confirming.confirm(actor_of(found.requested_by, found.company_id), found)
    return {
        "errors": errors,
        "rows": found.rows.count(),
        "companies": found.rows.values("remote_id").distinct().count(),
        "clients": Client.objects.count(),
        "connections": ClientConnection.objects.count(),
        "secrets": found.rows.exclude(sealed_credentials=b"").count() + len(bytes(found.sealed_session)),
    }

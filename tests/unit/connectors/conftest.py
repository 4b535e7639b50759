import pytest

from tilisilta.kit import http


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Errors of reads come out at once; that they are tried again is the kit's own test."""
    if "throttling" not in request.node.name:
        monkeypatch.setattr(http, "_backoff", lambda _error: False)

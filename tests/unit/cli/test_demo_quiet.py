"""The demo's terminal tells the story; what its worker warns of stands on the pages."""

from pathlib import Path

import pytest

from tilisilta.cli.demo.command import _environment


@pytest.mark.parametrize(("given", "wanted"), [(None, "ERROR"), ("INFO", "INFO")])
def test_the_demo_is_quiet_unless_its_user_asks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str | None, wanted: str
) -> None:
    monkeypatch.delenv("TILISILTA_LOG_LEVEL", raising=False)
    if given is not None:
        monkeypatch.setenv("TILISILTA_LOG_LEVEL", given)
    assert _environment(tmp_path, "http://127.0.0.1:8000")["TILISILTA_LOG_LEVEL"] == wanted

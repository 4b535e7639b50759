"""The demo as people start it: its story runs through, its pages answer, its terminal says little."""

import json
import queue
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from tests.unit.cli.conftest import ROOT, Shell
from tests.unit.cli.test_commands import free_port

SAMPLES = ROOT / "tests/contract/files/samples"
_LONGEST_S = 240


@pytest.mark.slow
@pytest.mark.exhaustive
def test_the_story_runs_through_and_every_company_has_something_to_show(tmp_path: Path) -> None:
    data, port = tmp_path / "demo", free_port()
    process = Shell(tmp_path / "unused").start(
        "demo", "--data", str(data), "--port", str(port), TILISILTA_SAMPLES=str(SAMPLES)
    )
    try:
        said = _until(process, "Ctrl-C ends everything.")
        with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            assert answer.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        _out, err = process.communicate(timeout=60)
    assert err.strip() == "", err
    _says_little(said, data)
    _is_set_up(data)


def _until(process: subprocess.Popen[str], words: str) -> list[str]:
    """Return what a process says until a line with these words; a thread reads, so that silence ends the wait."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    said: list[str] = []
    until = time.monotonic() + _LONGEST_S
    while not any(words in each for each in said):
        said.append(lines.get(timeout=max(until - time.monotonic(), 0.01)).rstrip())
    return said


def _read(process: subprocess.Popen[str], lines: "queue.SimpleQueue[str]") -> None:
    for line in process.stdout or ():
        lines.put(line)


def _says_little(said: list[str], data: Path) -> None:
    """One line a vendor with addresses only; the keys stand in a file that is the owner's alone."""
    vendors = json.loads((data / "emulators.json").read_text())
    assert stat.S_IMODE((data / "emulators.json").stat().st_mode) == 0o600
    assert any(str(data / "emulators.json") in each for each in said)
    for vendor in {each["vendor"] for each in vendors}:
        assert len([each for each in said if f" {vendor} " in each]) == 1
    keys = {
        value for each in vendors for name, value in each["credentials"].items() if "key" in name or "secret" in name
    }
    assert keys
    assert not [key for key in keys for each in said if key in each]
    assert max(map(len, said)) < 140


def _is_set_up(data: Path) -> None:
    with sqlite3.connect(f"file:{data / 'tilisilta.sqlite3'}?mode=ro", uri=True) as database:

        def ask(query: str) -> list[tuple[Any, ...]]:
            return database.execute(query).fetchall()

        problems = ask(
            "SELECT p.code FROM store_deliveryproblem p JOIN store_delivery d ON d.id = p.delivery_id "
            "JOIN store_company c ON c.id = d.company_id WHERE c.name LIKE '%Konepaja%' AND p.solved_at IS NULL"
        )
        assert problems == [("ACCOUNT_OR_VAT_UNMAPPED",)]
        states = dict(ask("SELECT state, count(*) FROM store_integration GROUP BY state"))
        assert states.get("ready", 0) >= 6
        tasks = dict(ask("SELECT status, count(*) FROM store_task WHERE origin = 'summary' GROUP BY status"))
        assert tasks["done"] > tasks["open"] > 0
        assert ask("SELECT count(*) FROM store_run WHERE state = 'failed'") == [(0,)]


@pytest.mark.exhaustive
def test_tables_made_at_once_are_those_that_migrations_make(tmp_path: Path) -> None:
    made = {}
    for call in ("make_tables", "migrate"):
        place = tmp_path / call
        place.mkdir()
        program = (
            "from tilisilta.cli import product; product.set_up(); "
            f"product.{call}(); print(product.unapplied_migrations())"
        )
        shell = Shell(place)
        said = subprocess.run(
            [sys.executable, "-c", program], env=shell.env, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        assert said.strip() == "[]"
        made[call] = _schema(place / "tilisilta.sqlite3")
    assert made["make_tables"] == made["migrate"]


def _schema(file: Path) -> dict[str, list[str]]:
    """Return the tables and indexes of a database by name, columns and constraints in the order of the alphabet."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    return {name: sorted(_parts(sql)) for name, sql in rows if not name.startswith("sqlite_")}


def _parts(sql: str) -> list[str]:
    """Split what stands between the outer brackets at its commas."""
    before, _, body = sql.partition("(")
    found, depth = [before.strip(), ""], 0
    for sign in body:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return [" ".join(each.split()) for each in (*found[:-1], found[-1].removesuffix(")"))]

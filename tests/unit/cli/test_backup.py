"""Backups: whole, private, checked; and a restored one never sends anything twice."""

import fcntl
import io
import json
import sqlite3
import tarfile
from contextlib import closing

import pytest
from tests.recovery.installation import Installation, stop
from tests.unit.cli.conftest import Shell
from tests.unit.cli.test_commands import make_owner, rows


def test_a_backup_comes_back_as_it_was(installed, tmp_path):
    make_owner(installed)
    file = tmp_path / "backup.tgz"
    ended = installed("backup", str(file), "--json")
    assert ended.code == 0, ended.err
    assert {"tilisilta.sqlite3", "secret_key"} <= set(ended.json["files"])
    assert file.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(installed.data_dir / "tilisilta.sqlite3")) as database, database:
        database.execute("UPDATE store_company SET name = 'Other'")
    refused = installed("restore", str(file))
    assert refused.code == 3
    assert "holds data already" in refused.err
    done = installed("restore", str(file), "--replace")
    assert done.code == 0, done.err
    assert rows(installed, "SELECT name FROM store_company") == [("Naidis OÜ",)]
    (aside,) = installed.data_dir.glob("before-restore-*")
    with closing(sqlite3.connect(aside / "tilisilta.sqlite3")) as database:
        assert database.execute("SELECT name FROM store_company").fetchall() == [("Other",)]
    assert installed("doctor").code == 0


def test_a_backup_never_overwrites_a_file(installed, tmp_path):
    file = tmp_path / "backup.tgz"
    file.write_text("mine")
    assert installed("backup", str(file)).code == 3
    assert file.read_text() == "mine"


def test_a_backup_can_leave_the_keys_out(installed, tmp_path):
    file = tmp_path / "backup.tgz"
    assert installed("backup", str(file), "--no-keys").code == 0
    with tarfile.open(file) as archive:
        assert "secret_key" not in archive.getnames()


def test_a_restore_refuses_while_something_is_at_work(installed, tmp_path):
    file = tmp_path / "backup.tgz"
    assert installed("backup", str(file)).code == 0
    with (installed.data_dir / ".in-use").open("a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_SH)
        ended = installed("restore", str(file), "--replace")
    assert ended.code == 3
    assert "is at work" in ended.err
    assert not list(installed.data_dir.glob("before-restore-*"))


def tampered(source, target, change):
    """Write a copy of an archive whose members went through `change(name, content)`."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for about in old.getmembers():
            content = change(about.name, old.extractfile(about).read())
            about.size = len(content)
            new.addfile(about, io.BytesIO(content))


def with_other_name(name, content):
    if name != "manifest.json":
        return content
    manifest = json.loads(content)
    manifest["files"].append({"name": "../outside", "size": 1, "sha256": "0"})
    return json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda name, content: content + b"x" if name == "secret_key" else content, "does not have the checksum"),
        (with_other_name, "holds ../outside"),
        (lambda name, content: b"{}" if name == "manifest.json" else content, "cannot be read as a backup"),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_is_touched(installed, tmp_path, change, words):
    make_owner(installed)
    file, bad = tmp_path / "backup.tgz", tmp_path / "bad.tgz"
    assert installed("backup", str(file)).code == 0
    tampered(file, bad, change)
    ended = installed("restore", str(bad), "--replace")
    assert ended.code == 3
    assert words in ended.err
    assert rows(installed, "SELECT name FROM store_company") == [("Naidis OÜ",)]


def test_half_a_file_is_no_backup(installed, tmp_path):
    file = tmp_path / "backup.tgz"
    assert installed("backup", str(file)).code == 0
    file.write_bytes(file.read_bytes()[:2000])
    ended = installed("restore", str(file), "--replace")
    assert (ended.code, "cannot be read as a backup" in ended.err) == (3, True)


def test_postgresql_is_told_its_own_commands_without_the_password(shell, tmp_path):
    url = "postgresql://tili:geheim@db.naidis.ee:5432/books"
    ended = shell("backup", str(tmp_path / "b.dump"), TILISILTA_DATABASE_URL=url)
    assert ended.code == 3
    assert "pg_dump --format=custom" in ended.err
    assert "postgresql://tili@db.naidis.ee:5432/books" in ended.err
    assert "geheim" not in ended.err


@pytest.mark.slow
def test_after_a_restore_everything_sent_meanwhile_is_found_and_nothing_goes_twice(emulators, tmp_path):
    """Backup, send more, restore: a new run ties what is in the target and sends only what is not (promise 1)."""
    installation = Installation()
    shell = Shell(installation.directory)
    shell.env = installation.env
    plain = {
        vendor: {"vendor": vendor, "base_url": each.base_url, "credentials": each.credentials}
        for vendor, each in emulators.all.items()
    }
    integration = installation.call("set_up", emulators=plain)["integration"]
    smart = emulators["smartaccounts"]

    def import_all(until: str) -> list[dict]:
        worker = installation.worker()
        try:
            dates = {"integration": integration, "date_from": "2025-01-01", "date_to": until}
            kinds = ("sales_invoices", "purchase_invoices", "payments")
            ended = []
            for kind in kinds:
                ended += installation.wait_for([installation.call("ask", kind=kind, **dates)])
            return ended
        finally:
            stop(worker)

    import_all("2026-07-31")
    file = tmp_path / "backup.tgz"
    assert shell("backup", str(file)).code == 0
    at_backup = smart.summary()
    import_all("2026-10-31")
    complete = smart.summary()
    installation.close()
    assert complete["client_invoices"]["count"] > at_backup["client_invoices"]["count"]
    assert complete["payments"]["count"] > at_backup["payments"]["count"]

    ended = shell("restore", str(file), "--replace")
    assert ended.code == 0, ended.err
    import_all("2026-10-31")
    assert smart.summary() == complete
    assert len(smart.books()["clients"]) == complete["clients"]["count"]
    assert installation.call("state", integration=integration)["arrived_without_target"] == 0
    installation.close()

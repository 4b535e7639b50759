"""Commands as people run them: what they print, what they change, how they end."""

import signal
import socket
import sqlite3
import time
from contextlib import closing
from urllib.request import urlopen

import pytest
from cryptography.fernet import Fernet
from tests.unit.cli.conftest import Shell

from tilisilta_emulators.registry import EMULATORS

PASSWORD = "hea-parool-99"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rows(shell: Shell, query: str) -> list[tuple]:
    with closing(sqlite3.connect(shell.data_dir / "tilisilta.sqlite3")) as database:
        return database.execute(query).fetchall()


def make_owner(shell: Shell, email: str = "liis@naidis.ee") -> None:
    ended = shell("make-user", email, "--company", "Naidis OÜ", "--name", "Liis", words=f"{PASSWORD}\n")
    assert ended.code == 0, ended.err


# --- settings and errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("TILISILTA_EMAIL_PORT", "many", "TILISILTA_EMAIL_PORT must be a whole number"),
        ("TILISILTA_DEBUG", "perhaps", "TILISILTA_DEBUG must be true or false"),
        ("TILISILTA_ROUND_S", "soon", "TILISILTA_ROUND_S must be a number of seconds"),
        ("TILISILTA_BASE_URL", "naidis.ee", "TILISILTA_BASE_URL must be an http or https address"),
        ("TILISILTA_DATABASE_URL", "mysql://x", "TILISILTA_DATABASE_URL must start with postgresql://"),
        ("TILISILTA_SECRET_KEY_FILE", "/nowhere/key", "TILISILTA_SECRET_KEY_FILE: cannot read /nowhere/key"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(shell, variable, value, words):
    ended = shell("config", "show", **{variable: value})
    assert (ended.code, ended.out) == (3, "")
    assert words in ended.err
    assert ended.err.count("\n") == 1
    assert "Traceback" not in ended.err


def test_an_unknown_command_ends_with_two(shell):
    assert shell("fly").code == 2


def test_a_database_that_does_not_answer_is_one_line(shell):
    ended = shell("run", "1", "sales_invoices", TILISILTA_DATABASE_URL="postgresql://u:geheim@127.0.0.1:1/none")
    assert ended.code == 3
    assert ended.err.count("\n") == 1
    assert "geheim" not in ended.err


def test_config_show_tells_origins_and_hides_secrets(shell, tmp_path):
    key_file = tmp_path / "mail"
    key_file.write_text("very-secret-one\n")
    key = Fernet.generate_key().decode()
    ended = shell(
        "config",
        "show",
        "--json",
        TILISILTA_CREDENTIAL_KEYS=key,
        TILISILTA_EMAIL_PASSWORD_FILE=str(key_file),
        TILISILTA_RUNS_AT_ONCE="3",
    )
    assert ended.code == 0
    found = {row["name"]: row for row in ended.json}
    assert key not in ended.out
    assert "very-secret-one" not in ended.out
    assert found["TILISILTA_CREDENTIAL_KEYS"]["value"] == "••••••••"
    assert found["TILISILTA_EMAIL_PASSWORD"]["origin"] == str(key_file)
    assert (found["TILISILTA_RUNS_AT_ONCE"]["value"], found["TILISILTA_RUNS_AT_ONCE"]["origin"]) == ("3", "environment")
    assert found["TILISILTA_LEASE_S"]["origin"] == "default"


# --- doctor ------------------------------------------------------------------------------------------------


def test_doctor_finds_an_empty_database(shell):
    ended = shell("doctor", "--json")
    assert ended.code == 1
    assert not ended.json["ok"]
    failures = [each["subject"] for each in ended.json["findings"] if each["state"] == "failure"]
    assert failures == ["database"]


def test_doctor_is_content_with_a_fresh_installation(installed):
    ended = installed("doctor", "--json")
    assert ended.code == 0, ended.out
    subjects = {each["subject"] for each in ended.json["findings"]}
    assert {"settings", "disk", "engine database", "e-mail", "database", "keys", "time zones", "worker"} <= subjects


def test_doctor_warns_of_what_is_dangerous_on_a_network(installed):
    installed.data_dir.chmod(0o755)
    ended = installed("doctor", "--json", TILISILTA_ALLOW_LOCAL_VENDORS="true", TILISILTA_ALLOWED_HOSTS="*")
    warned = " ".join(each["detail"] for each in ended.json["findings"] if each["state"] == "warning")
    assert ended.code == 0, ended.out
    for word in (
        "TILISILTA_ALLOW_LOCAL_VENDORS",
        "TILISILTA_ALLOWED_HOSTS",
        f"Others can look into {installed.data_dir}",
    ):
        assert word in warned


def test_doctor_finds_a_dead_mail_server_open_keys_and_a_lost_key(installed):
    make_owner(installed)
    key_of = installed.data_dir / "credential_key"
    key_of.write_bytes(Fernet.generate_key())
    key_of.chmod(0o644)
    lost = Fernet(Fernet.generate_key()).encrypt(b"{}")
    with closing(sqlite3.connect(installed.data_dir / "tilisilta.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO store_connection (company_id, vendor, name, settings, sealed_credentials, hints, state,"
            " environment, details, problem_code, problem_params, evidence, created_at)"
            " VALUES (1, 'scoro', 'Scoro', '{}', ?, '{}', 'needs_reconnect', '', '{}', 'KEY_REFUSED', '{}', '{}',"
            " '2026-11-01')",
            (lost,),
        )
    ended = installed("doctor", "--json", TILISILTA_EMAIL_HOST="127.0.0.1", TILISILTA_EMAIL_PORT=str(free_port()))
    assert ended.code == 1
    failures = {
        (each["subject"], each["detail"].partition(" ")[0]) for each in ended.json["findings"] if each["remedy"]
    }
    assert ("keys", "Others") in failures
    assert ("keys", "None") in failures
    assert "e-mail" in {subject for subject, _ in failures}
    assert "connection Naidis OÜ / Scoro" in {subject for subject, _ in failures}


# --- people and keys ---------------------------------------------------------------------------------------


def test_make_user_and_reset_password(installed):
    make_owner(installed)
    assert rows(
        installed, "SELECT name, role FROM store_company JOIN store_membership ON company_id = store_company.id"
    ) == [("Naidis OÜ", "owner")]
    second = installed("make-user", "mart@naidis.ee", "--company", "1", "--role", "viewer", words=f"{PASSWORD}\n")
    assert second.code == 0, second.err
    again = installed("make-user", "MART@naidis.ee", "--company", "1", words=f"{PASSWORD}\n")
    assert again.code == 3
    assert "There is a user with the address" in again.err
    weak = installed("reset-password", "mart@naidis.ee", words="12345\n")
    assert weak.code == 3
    before = rows(installed, "SELECT password FROM store_user WHERE email = 'mart@naidis.ee'")
    assert installed("reset-password", "mart@naidis.ee", words="another-one-77\n").code == 0
    assert rows(installed, "SELECT password FROM store_user WHERE email = 'mart@naidis.ee'") != before
    assert installed("reset-password", "nobody@naidis.ee", words=f"{PASSWORD}\n").code == 3


def test_keys_rotate_seals_everything_anew(installed):
    make_owner(installed)
    old = Fernet.generate_key()
    key_of = installed.data_dir / "credential_key"
    key_of.write_bytes(old)
    sealed = Fernet(old).encrypt(b'{"api_key": "k"}')
    with closing(sqlite3.connect(installed.data_dir / "tilisilta.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO store_connection (company_id, vendor, name, settings, sealed_credentials, hints, state,"
            " environment, details, problem_code, problem_params, evidence, created_at)"
            " VALUES (1, 'scoro', 'Scoro', '{}', ?, '{}', 'active', '', '{}', '', '{}', '{}', '2026-11-01')",
            (sealed,),
        )
    ended = installed("keys", "rotate")
    assert ended.code == 0, ended.err
    new = key_of.read_text().strip()
    assert "," not in new
    assert new != old.decode()
    assert key_of.stat().st_mode & 0o077 == 0
    ((stored,),) = rows(installed, "SELECT sealed_credentials FROM store_connection")
    assert Fernet(new).decrypt(stored) == b'{"api_key": "k"}'


def test_keys_rotate_changes_nothing_when_a_secret_cannot_be_opened(installed):
    make_owner(installed)
    lost = Fernet(Fernet.generate_key()).encrypt(b"{}")
    with closing(sqlite3.connect(installed.data_dir / "tilisilta.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO store_connection (company_id, vendor, name, settings, sealed_credentials, hints, state,"
            " environment, details, problem_code, problem_params, evidence, created_at)"
            " VALUES (1, 'scoro', 'Scoro', '{}', ?, '{}', 'active', '', '{}', '', '{}', '{}', '2026-11-01')",
            (lost,),
        )
    ended = installed("keys", "rotate")
    assert ended.code == 1
    assert rows(installed, "SELECT sealed_credentials FROM store_connection") == [(lost,)]


# --- serving -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_up_serves_pages_with_a_worker_and_ends_cleanly(installed):
    port = free_port()
    process = installed.start("up", "--port", str(port))
    try:
        until = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                    assert page.status == 200
                    assert "Tilisilta" in page.read().decode()
                break
            except OSError:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < until
                time.sleep(0.2)
        taken = installed("serve", "--port", str(port))
        assert taken.code == 3
        assert f"127.0.0.1:{port} cannot be used" in taken.err
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=40)
    assert process.returncode == 0, (out, err)
    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://127.0.0.1:{port}/", timeout=2)


def test_a_database_of_an_older_version_is_left_alone(installed):
    with closing(sqlite3.connect(installed.data_dir / "tilisilta.sqlite3")) as database, database:
        database.execute(
            "DELETE FROM django_migrations WHERE name = (SELECT max(name) FROM django_migrations WHERE app = 'store')"
        )
    ended = installed("worker")
    assert ended.code == 3
    assert "tilisilta backup FILE" in ended.err


def test_emulators_print_one_line_and_stay_until_told(shell):
    import json

    process = shell.start("emulators", "--json", "--copies", "2")
    try:
        line = process.stdout.readline()
        found = json.loads(line)
        assert [each["vendor"] for each in found] == list(EMULATORS) * 2
        assert len({each["base_url"] for each in found}) == len(found)
        assert set(found[0]["credentials"]) >= {"api_key", "company_account_id"}
        _host, _, port = found[-1]["base_url"].rpartition(":")
        socket.create_connection(("127.0.0.1", int(port)), timeout=10).close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_emulators_refuse_an_unknown_vendor(shell):
    ended = shell("emulators", "--vendors", "nobody")
    assert ended.code == 2
    assert "unknown vendor nobody" in ended.err


def test_demo_leaves_a_directory_alone_that_is_no_demo(shell, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "books.xlsx").write_text("mine")
    ended = shell("demo", "--data", str(own))
    assert ended.code == 3
    assert (own / "books.xlsx").read_text() == "mine"

import json
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tilisilta_emulators.registry import EMULATORS
from tilisilta_emulators.server import start_all, stop_all

SOURCE = Path(__file__).parents[2] / "src"


@contextmanager
def process(*arguments: str):
    child = subprocess.Popen(
        [sys.executable, "-m", "tilisilta_emulators", *arguments],
        cwd=SOURCE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_line_of_json_then_a_clean_end(number):
    with process("--port-base", "0", "--json", "--vendors", "smartaccounts") as child:
        (described,) = json.loads(child.stdout.readline())
        assert described["vendor"] == "smartaccounts"
        assert described["credentials"] == {"api_key": "sa-demo-public", "api_secret": "sa-demo-secret"}
        with urlopen(f"{described['base_url']}/_emulator/state?summary=1") as answer:  # noqa: S310
            assert json.load(answer)["clients"] == {"count": 0}
        child.send_signal(number)
        rest, errors = child.communicate(timeout=10)
        assert (child.returncode, rest, errors) == (0, "", "")


def test_a_table_for_people():
    with process("--vendors", "smartaccounts") as child:
        assert child.stdout.readline().startswith("smartaccounts   http://127.0.0.1:")
        assert "sa-demo-public" in child.stdout.readline()
        child.terminate()
        child.wait(timeout=10)
        assert child.returncode == 0


def test_an_unknown_vendor_and_a_taken_port_end_with_a_reason():
    with process("--vendors", "nobody") as child:
        _, errors = child.communicate(timeout=10)
        assert child.returncode == 2
        assert "unknown vendor nobody" in errors
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with process("--vendors", "smartaccounts", "--port-base", port) as child:
            _, errors = child.communicate(timeout=10)
            assert child.returncode == 2
            assert "address" in errors


def free_ports(count: int) -> int:
    """Return the first of so many consecutive free ports, below those that the system gives out by itself."""
    for base in range(20_000, 30_000, count):
        with ExitStack() as held:
            try:
                for port in range(base, base + count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return base
    raise AssertionError("no free ports")


async def test_all_start_in_the_registrys_order_on_consecutive_ports():
    base = free_ports(len(EMULATORS))
    running = await start_all(base)
    try:
        assert [started.vendor for started in running] == list(EMULATORS)
        assert [started.base_url for started in running] == [
            f"http://127.0.0.1:{base + offset}" for offset in range(len(EMULATORS))
        ]
        assert all(started.credentials for started in running)
    finally:
        await stop_all(running)

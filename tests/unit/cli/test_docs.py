"""Docs are tested: what the product has, has its place in them; and the example of adding a connector works."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract.recorded import StillClock
from tests.unit.cli.conftest import ROOT

from tilisilta import connectors
from tilisilta.core.documents import Party, PartyRole
from tilisilta.core.errors import Misconfigured, Refused, Unknown
from tilisilta.core.mapping.draft import PartyDraft
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.ports import FindCertainty

DOCS = ROOT / "docs"


def headings(path: str) -> set[str]:
    return set(re.findall(r"^### `?([^`\n]+)`?$", (DOCS / path).read_text(), re.MULTILINE))


def commands() -> set[str]:
    import typer

    from tilisilta.cli import app

    def walk(command, path: str) -> set[str]:
        inner = getattr(command, "commands", None)
        if inner is None:
            return {path}
        return {name for each, one in inner.items() for name in walk(one, f"{path} {each}")}

    return walk(typer.main.get_command(app), "tilisilta")


def test_every_command_has_its_place():
    assert headings("operating/commands.md") == commands()


def test_every_setting_has_its_line():
    from tilisilta.environment import REGISTRY

    told = set(re.findall(r"^\| `TILISILTA_([A-Z_]+)`", (DOCS / "operating/settings.md").read_text(), re.MULTILINE))
    assert told == set(REGISTRY)


def test_every_setting_that_code_reads_is_registered():
    from tilisilta.environment import REGISTRY

    names = {
        name
        for path in (ROOT / "src/tilisilta").rglob("*.py")
        if "cli" not in path.parts
        for name in re.findall(r"environ[^\n]*TILISILTA_([A-Z_]+)", path.read_text())
    }
    # Set by the recovery suite to kill a worker at a point; nobody runs with it.
    assert names - set(REGISTRY) <= {"CRASH_AT"}


def test_every_connector_has_its_page():
    for vendor in connectors.CONNECTORS:
        page = (DOCS / f"connectors/{vendor}.md").read_text()
        assert f"<!-- made: facts:{vendor} -->" in page
        assert f"({vendor}.md)" in (DOCS / "connectors/index.md").read_text()


def test_every_problem_has_its_place():
    from tilisilta.services.problem_catalogue import CATALOGUE

    assert headings("accountants/problems.md") == set(CATALOGUE)


def test_every_decision_says_why_and_has_a_number_of_its_own():
    numbers = []
    for path in sorted((DOCS / "decisions").glob("*.md")):
        numbers.append(path.name[:4])
        assert path.read_text().startswith(f"# {path.name[:4]} "), path.name
    assert len(numbers) == len(set(numbers))


def test_links_between_pages_lead_somewhere():
    for path in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.relative_to(ROOT)} -> {target}"


def test_made_parts_are_up_to_date():
    done = subprocess.run(
        [sys.executable, "docs/build.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run `make docs`\n{done.stdout}{done.stderr}"


# --- the example of connectors/adding.md ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def arvekast(tmp_path_factory):
    """The page's files beside the real ones, for the length of the test."""
    place: Path = tmp_path_factory.mktemp("adding")
    blocks = re.findall(r"```python\n# (src/\S+\.py)\n(.*?)```", (DOCS / "connectors/adding.md").read_text(), re.DOTALL)
    assert len(blocks) == 4
    for name, code in blocks:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    import tilisilta_emulators

    added = [
        (connectors.__path__, str(place / "src/tilisilta/connectors")),
        (tilisilta_emulators.__path__, str(place / "src/tilisilta_emulators")),
    ]
    for paths, folder in added:
        paths.append(folder)
    yield place
    for paths, folder in added:
        paths.remove(folder)
    for name in [name for name in sys.modules if "arvekast" in name]:
        del sys.modules[name]


def customer(key: str, name: str = "Õunapuu OÜ") -> PartyDraft:
    return PartyDraft(key=key, party=Party(name=name, registry_code="12345678"), role=PartyRole.CUSTOMER)


async def test_the_example_of_adding_a_connector_works(arvekast):
    from importlib import import_module

    from tilisilta_emulators.kit.faults import Rule
    from tilisilta_emulators.server import start

    connector_module = import_module("tilisilta.connectors.arvekast")
    emulator = import_module("tilisilta_emulators.arvekast").ArvekastEmulator()
    started = await start(emulator)
    clock = StillClock()

    def build(token: str):
        settings = {"base_url": started.base_url, "limits": "off"}
        budget = MemoryBudgetStore(clock)
        return connector_module.build({"token": token}, settings, transport=None, budget=budget, clock=clock)

    connector, stranger = build("ak-demo"), build("wrong")
    try:
        assert (await connector.check_connection()).environment == "Naidis OÜ"
        with pytest.raises(Misconfigured, match="KEY_REFUSED"):
            await stranger.check_connection()
        assert await connector.find([customer("k1")]) == {}
        sent = await connector.send(customer("k1"))
        found = await connector.find([customer("k1"), customer("k2")])
        assert found.keys() == {"k1"}
        assert (found["k1"].sent.target_id, found["k1"].certainty) == (sent.target_id, FindCertainty.MARKED)
        with pytest.raises(Refused, match="TARGET_REFUSED"):
            await connector.send(customer("k3", name=""))
        emulator.faults.add([Rule(kind="drop_after", times=1)])
        with pytest.raises(Unknown):
            await connector.send(customer("k4"))
        assert "k4" in await connector.find([customer("k4")], fresh=True)
        assert [row["reference"] for row in emulator.state()["customers"]] == ["k1", "k4"]
    finally:
        await connector.close()
        await stranger.close()
        await started.stop()

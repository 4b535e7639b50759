"""What every connector has to be, whatever it connects to. Nothing here touches a network.

A new connector gets all of it by its line in the registry; `CREDENTIALS` below gives it something to be built with.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest
from tests.contract.recorded import Recorded, StillClock, json_response

from tilisilta.connectors import CONNECTORS, load
from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.kit.manifest import Ability, Confidence, Manifest
from tilisilta.ports import Connection, InboxFile, Source, Target
from tilisilta.ports.own import OwnStores

CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "files": {},
    "maestro": {
        "seller_name": "Esimerkki Konsultit Oy",
        "seller_registry_code": "1234567-1",
        "sftp_host": "127.0.0.1",
        "sftp_user": "tilisilta",
        "sftp_password": "not-a-real-one",
    },
    "merit": {
        "api_id": "670fe52f-558a-4be8-ade0-526e01a106d0",
        "api_key": "AoCmZGUfWMMhLJ+Eb6oRF4pAEw9XJP9b/RL5c2Gqk2w=",
    },
    "netvisor": {
        "sender": "Tilisilta",
        "customer_id": "AA_demo_12345",
        "customer_key": "0123456789abcdef0123456789abcdef",
        "partner_id": "Til_1",
        "partner_key": "fedcba9876543210fedcba9876543210",
        "organisation_id": "1234567-1",
    },
    "procountor": {
        "client_id": "tilisiltaClient",
        "client_secret": "prc_0123456789abcdef",
        "api_key": "prck-4242-0123456789abcdef0123456789abcdef",
    },
    "pull": {},
    "scoro": {"api_key": "ScoroAPI_0000000000000000", "company_account_id": "naidis"},
    "severa": {"client_id": "Tilisilta_Demo.apps.severa", "client_secret": "9d2a5be0-demo-secret"},
    "smartaccounts": {"api_key": "sa-demo-public", "api_secret": "sa-demo-secret"},
    "workspace": {},
}
QUESTIONS = {
    "credentials_checked",
    "errors_by_fate",
    "find_before_create",
    "totals_read_back",
    "limits_kept",
    "paging_complete",
    "credit_notes",
    "nothing_dropped_silently",
    "secrets_scrubbed",
    "assumptions_in_one_place",
}
FATES = {"refused", "misconfigured", "retry", "parked"}


class EmptyInbox:
    async def list_files(self, *, after_id: int, limit: int) -> list[InboxFile]:  # noqa: ARG002
        return []

    async def load_file(self, file_id: int) -> bytes:
        raise KeyError(file_id)


class ConnectorSuite:
    """Subclassed once; parametrised over the registry."""

    @pytest.fixture(params=sorted(CONNECTORS))
    def vendor(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def manifest(self, vendor: str) -> Manifest:
        return load(vendor).MANIFEST

    @pytest.fixture
    def folder(self, vendor: str) -> Path:
        file = import_module(CONNECTORS[vendor].module).__file__
        assert file is not None
        return Path(file).parent

    @pytest.fixture
    def transport(self) -> Recorded:
        return Recorded(json_response({}))

    @pytest.fixture
    def connector(self, vendor: str, transport: Recorded) -> Connection:
        clock = StillClock()
        return load(vendor).build(
            CREDENTIALS[vendor],
            {},
            transport=transport,
            budget=MemoryBudgetStore(clock),
            clock=clock,
            own=OwnStores(inbox=EmptyInbox()),
        )

    # --- the manifest --------------------------------------------------------------------------------------

    def test_the_manifest_names_itself(self, vendor: str, manifest: Manifest) -> None:
        assert manifest.vendor == vendor
        assert manifest.name
        assert re.fullmatch(r"[A-Z]{2,4}", manifest.service_code)
        assert manifest.abilities

    def test_service_codes_are_told_apart(self) -> None:
        codes = [load(vendor).MANIFEST.service_code for vendor in CONNECTORS]
        assert len(codes) == len(set(codes))

    def test_kinds_go_with_abilities(self, manifest: Manifest) -> None:
        assert bool(manifest.reads) is (Ability.SOURCE in manifest.abilities)
        assert bool(manifest.writes) is (Ability.TARGET in manifest.abilities)

    def test_every_kind_has_its_coverage(self, manifest: Manifest) -> None:
        kinds = {*manifest.reads, *manifest.writes}
        assert kinds <= set(manifest.coverage)
        for kind, fields in manifest.coverage.items():
            DocumentKind(kind)  # a typing error would be a kind that nobody has
            assert {each.carried for each in fields} <= {"carried", "partly", "not carried"}
            assert len(fields) == len({each.field for each in fields}), kind
            assert all(each.note for each in fields if each.carried == "partly"), kind

    def test_people_can_fill_in_the_form(self, manifest: Manifest) -> None:
        fields = [*manifest.credentials, *manifest.settings]
        assert len(fields) == len({each.name for each in fields})
        assert all(each.label for each in fields)
        assert manifest.key_steps
        assert not any(each.is_secret for each in manifest.settings)
        for setting in manifest.settings:
            if setting.choices:
                assert setting.default in {value for value, _label in setting.choices}

    def test_facts_and_limits_name_their_source(self, manifest: Manifest) -> None:
        assert all(fact.source for fact in manifest.facts)
        assert {fact.confidence for fact in manifest.facts} <= set(Confidence)
        limits = manifest.limits
        if limits.per_minute or limits.per_day or limits.per_window:
            assert limits.source

    def test_errors_are_known_to_the_catalogue(self, manifest: Manifest) -> None:
        from tilisilta.services.problem_catalogue import CATALOGUE

        for error in manifest.errors:
            re.compile(error.match)
            assert error.fate in FATES
            assert error.code in CATALOGUE, error.code

    # --- the folder ----------------------------------------------------------------------------------------

    def test_ten_questions_are_answered(self, folder: Path) -> None:
        answers = tomllib.loads((folder / "quality.toml").read_text())["answers"]
        assert set(answers) == QUESTIONS
        for answer in answers.values():
            assert answer["status"] in {"done", "exempt"}
            assert len(answer["how"]) > 10

    def test_every_code_raised_has_its_text(self, folder: Path) -> None:
        from tilisilta.services.problem_catalogue import CATALOGUE

        raised = re.compile(
            r"(?:Misconfigured|Refused|Unsupported|BadInput|Retry|Unknown|BudgetSpent|warn)\(\s*\"([A-Z][A-Z_]+)\""
        )
        codes = {code for path in folder.glob("*.py") for code in raised.findall(path.read_text())}
        assert codes <= set(CATALOGUE), codes - set(CATALOGUE)

    # --- the object ----------------------------------------------------------------------------------------

    def test_building_touches_no_network(self, connector: Connection, transport: Recorded) -> None:
        assert connector is not None
        assert transport.requests == []

    def test_it_answers_what_it_says(self, connector: Connection, manifest: Manifest) -> None:
        assert isinstance(connector, Connection)
        if Ability.SOURCE in manifest.abilities:
            assert isinstance(connector, Source)
        if Ability.TARGET in manifest.abilities:
            assert isinstance(connector, Target)

    def test_missing_credentials_are_named(self, vendor: str, manifest: Manifest) -> None:
        clock = StillClock()
        for field in manifest.credentials:
            if not field.is_required:
                continue
            with pytest.raises(Misconfigured) as caught:
                load(vendor).build(
                    {**CREDENTIALS[vendor], field.name: " "},
                    {},
                    transport=Recorded(json_response({})),
                    budget=MemoryBudgetStore(clock),
                    clock=clock,
                )
            assert caught.value.params["field"] == field.name

    def test_unsafe_addresses_are_refused(self, vendor: str, manifest: Manifest) -> None:
        if "base_url" not in {each.name for each in manifest.settings}:
            return
        clock = StillClock()
        with pytest.raises(Misconfigured):
            load(vendor).build(
                CREDENTIALS[vendor],
                {"base_url": "http://example.com"},
                transport=None,
                budget=MemoryBudgetStore(clock),
                clock=clock,
            )

    async def test_nothing_asked_nothing_found(self, connector: Connection, transport: Recorded) -> None:
        if isinstance(connector, Target):
            assert await connector.find([]) == {}
        if isinstance(connector, Source):
            assert await connector.fetch_parties([]) == {}
            assert await connector.fetch_items([]) == {}
        assert transport.requests == []

    async def test_it_can_be_closed_twice(self, connector: Connection) -> None:
        await connector.close()
        await connector.close()

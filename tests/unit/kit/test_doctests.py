import doctest
from importlib import import_module

import pytest

MODULES = (
    "tilisilta.kit.days",
    "tilisilta.kit.http",
    "tilisilta.kit.marker",
    "tilisilta.kit.values",
    "tilisilta.connectors.netvisor.amounts",
    "tilisilta.connectors.netvisor.client",
    "tilisilta.connectors.netvisor.vat_codes",
    "tilisilta.connectors.netvisor.wire",
    "tilisilta.connectors.scoro.client",
    "tilisilta.connectors.scoro.read_others",
    "tilisilta.connectors.smartaccounts.client",
    "tilisilta.connectors.smartaccounts.find",
    "tilisilta.connectors.smartaccounts.mapper",
    "tilisilta.connectors.smartaccounts.marker",
    "tilisilta.connectors.smartaccounts.wire",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    result = doctest.testmod(import_module(name), extraglobs={"Decimal": __import__("decimal").Decimal})
    assert result.attempted
    assert not result.failed

import doctest
from importlib import import_module

import pytest

MODULES = (
    "tilisilta.kit.http",
    "tilisilta.kit.values",
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

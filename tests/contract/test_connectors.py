from tests.contract.suite import ConnectorSuite


class TestConnectors(ConnectorSuite):
    """Every line of the registry."""

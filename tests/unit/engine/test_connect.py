"""Where connections may lead is the operator's to say, not the one's who types an address."""

import pytest

from tilisilta.core.errors import Misconfigured
from tilisilta.engine.connect import build_connector

KEYS = {"api_key": "k" * 20, "api_secret": "s" * 20}


@pytest.mark.parametrize("address", ["http://127.0.0.1:8100", "https://192.168.1.10", "https://169.254.169.254/x"])
def test_a_private_address_is_refused_when_it_is_typed_in(settings, address):
    settings.ALLOW_LOCAL_VENDORS = False
    with pytest.raises(Misconfigured) as caught:
        build_connector("smartaccounts", KEYS, {"base_url": address})
    assert caught.value.code == "ADDRESS_NOT_PUBLIC"


async def test_an_address_without_a_scheme_is_refused_when_it_is_called(settings):
    settings.ALLOW_LOCAL_VENDORS = False
    settings.VENDOR_LIMITS = False
    connector = build_connector("smartaccounts", KEYS, {"base_url": "127.0.0.1:8100"})
    try:
        with pytest.raises(Misconfigured) as caught:
            await connector.check_connection()
    finally:
        await connector.close()
    assert caught.value.code == "ADDRESS_NOT_PUBLIC"


def test_the_operator_may_allow_it(settings):
    settings.ALLOW_LOCAL_VENDORS = True
    assert build_connector("smartaccounts", KEYS, {"base_url": "http://127.0.0.1:8100"})

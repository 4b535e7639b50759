"""A bureau beside Merit's emulator."""

import pytest
from tests.support.books import Bureau, make_bureau
from tests.support.emulators import Emulators


@pytest.fixture
def merit(running_emulators: Emulators, settings):
    merit = running_emulators["merit"]
    merit.clear_faults()
    merit.reset(companies=24, years=0)
    settings.KEY_DOORS = f"merit={merit.base_url}"
    return merit


@pytest.fixture
def bureau(transactional_db, merit) -> Bureau:
    return make_bureau(merit)

"""Which directories of this machine a company's connections may put files in."""

from typing import Any

import pytest

from tilisilta.core.errors import Misconfigured
from tilisilta.engine.connect import build_connector, target_folders
from tilisilta.ports.own import OwnStores

SETTINGS = {"route": "folder", "seller_name": "Esimerkki Oy", "seller_registry_code": "1234567-1"}


def test_directories_are_for_all_or_for_one_company(settings: Any) -> None:
    settings.TARGET_FOLDERS = "/srv/all; 7=/srv/seven;8 = /srv/eight;"
    assert target_folders(7) == ("/srv/all", "/srv/seven")
    assert target_folders(9) == ("/srv/all",)
    assert target_folders() == ("/srv/all", "/srv/seven", "/srv/eight")
    settings.TARGET_FOLDERS = ""
    assert target_folders(7) == ()


def test_a_company_comes_to_its_own_directories_alone(settings: Any) -> None:
    settings.TARGET_FOLDERS = "7=/srv/seven"
    chosen = {**SETTINGS, "folder": "/srv/seven/out"}
    assert build_connector("maestro", {}, chosen)  # whose it is comes out when it is stored
    assert build_connector("maestro", {}, chosen, own=OwnStores(folders=target_folders(7)))
    with pytest.raises(Misconfigured) as caught:
        build_connector("maestro", {}, chosen, own=OwnStores(folders=target_folders(8)))
    assert caught.value.code == "FOLDER_NOT_ALLOWED"

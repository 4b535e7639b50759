"""The guides of this version as pages: links lead to pages, and nothing outside of the guides is read."""

import pytest

from tilisilta.services.guides import has_guide, read_guide


def link_to(part: str, name: str) -> str:
    return f"/guide/{part}/{name}/"


def test_a_guide_leads_to_other_guides_and_not_to_files():
    guide = read_guide("connectors", "netvisor", link_to)
    assert guide is not None
    assert guide.title == "Netvisor"
    assert '<a href="/guide/accountants/closing-periods/">Closing a month</a>' in guide.html
    assert "<table>" in guide.html
    assert ".md" not in guide.html


@pytest.mark.parametrize(
    ("part", "name"),
    [("connectors", "nobody"), ("decisions", "index"), ("..", "README"), ("connectors", "../index")],
)
def test_what_is_no_guide(part, name):
    assert not has_guide(part, name)
    assert read_guide(part, name, link_to) is None

"""Additions of the whole document follow the sign that makes its total."""

from decimal import Decimal

import pytest
from lxml import etree

from tilisilta.formats.estonian_rows import addition, signed_base


def additions(*told: tuple[str, str]) -> list[etree._Element]:
    return [
        etree.fromstring(f'<Addition addCode="{code}"><AddSum>{amount}</AddSum></Addition>') for code, amount in told
    ]


@pytest.mark.parametrize(
    ("base", "told", "net"),
    [
        ("100.00", [("DSC", "10.00")], "90.00"),
        ("100.00", [("CHR", "5.00")], "105.00"),
        ("-100.00", [("DSC", "10.00")], "-90.00"),  # a credit note written with signs
        ("-0.01", [("CHR", "0.97")], "0.96"),  # returned goods and a fee that is more
        ("10.00", [("DSC", "12.00")], "-2.00"),  # a discount that is more than the rows
    ],
)
def test_additions_make_the_total(base, told, net):
    found = additions(*told)
    signed = signed_base(found, Decimal(base), Decimal(net))
    assert Decimal(base) + sum(addition(each, signed) for each in found) == Decimal(net)

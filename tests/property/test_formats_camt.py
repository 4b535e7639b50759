"""Bank files: whatever is written in them, money is neither lost nor doubled, and only BadInput is raised."""

from decimal import Decimal
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.formats.banking import camt, entry, payment, statement

from tilisilta.core.errors import BadInput
from tilisilta.core.money import ZERO
from tilisilta.formats.camt import read_camt

MONEY = st.decimals("0.01", "99999.99", places=2, allow_nan=False, allow_infinity=False)
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=20).map(escape)
VERSIONS = st.sampled_from(["02", "08"])


@st.composite
def entries(draw, is_new):
    shares = draw(st.lists(MONEY, min_size=1, max_size=4))
    parts = [
        payment(name=draw(WORDS), reference=draw(st.sampled_from(["", "1234561"])), money=str(share), is_new=is_new)
        for share in shares
    ]
    sign = draw(st.sampled_from(["CRDT", "DBIT"]))
    total = sum(shares, ZERO)
    text = entry(str(total), *parts, sign=sign, ref=draw(st.sampled_from(["", "R1", "R2"])), is_new=is_new)
    return text, total if sign == "CRDT" else -total


@given(st.data(), VERSIONS)
@settings(deadline=None, max_examples=80)
def test_every_payment_is_there_once(data, version):
    drawn = data.draw(st.lists(entries(version == "08"), max_size=6))
    moved = sum((total for _, total in drawn), ZERO)
    opening = Decimal("1000000.00")
    content = camt(
        statement(*(text for text, _ in drawn), opening=str(opening), closing=str(opening + moved)), version=version
    )
    found = read_camt(content, "pank.xml")
    assert found.problems == ()
    transactions = list(found.transactions)
    assert sum((each.signed for each in transactions), ZERO) == moved
    assert len({each.id for each in transactions}) == len(transactions)
    assert [each.id for each in read_camt(content, "muu.xml").transactions] == [each.id for each in transactions]


def outcome(content: bytes) -> str:
    """Return "read", or the file that the refusal names; anything else is raised."""
    try:
        found = read_camt(content, "pank.xml")
    except BadInput as error:
        return error.params["file"]
    return "read" if all(each.amount >= 0 for each in found.transactions) else "below zero"


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_damaged_files_raise_only_bad_input(data):
    content = bytearray(camt(statement(entry("5.00", payment(name="Mari", reference="1234561")), opening="1.00")))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
    assert outcome(bytes(content)) in {"read", "pank.xml"}

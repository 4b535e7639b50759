import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from tilisilta.core.errors import BadInput, Misconfigured, Parked, Refused, Retry
from tilisilta.kit import values
from tilisilta.kit.errors import translate
from tilisilta.kit.gather import gather
from tilisilta.kit.manifest import VendorError


def test_amounts_never_pass_through_a_float() -> None:
    class Row(msgspec.Struct):
        sum: object = None

    row = values.loose_decoder(Row).decode(b'{"sum": 100.10000000000000000001}')
    assert values.decimal(row.sum) == Decimal("100.10000000000000000001")


@pytest.mark.parametrize(
    ("value", "expected"), [("1 234,50", "1234.50"), (None, "0"), ("", "0"), (3, "3"), ("-0.5", "-0.5"), (False, "0")]
)
def test_numbers_in_any_dress(value: object, expected: str) -> None:
    assert values.decimal(value) == Decimal(expected)


@pytest.mark.parametrize("value", ["abc", "NaN", "Infinity", "1.2.3", "1E+40", "0." + "1" * 40])
def test_what_is_no_number_is_refused_with_its_field(value: str) -> None:
    with pytest.raises(BadInput) as caught:
        values.decimal(value, "sum")
    assert caught.value.params["field"] == "sum"


@pytest.mark.parametrize(("value", "expected"), [("200.00", "200"), (Decimal("48.50"), "48.5"), ("-0.00", "0")])
def test_one_number_has_one_form(value: object, expected: str) -> None:
    assert str(values.decimal(value)) == expected


def test_dates_ids_and_flags() -> None:
    assert values.date("0000-00-00") is None
    assert values.date("2026-01-05 14:02:11") == dt.date(2026, 1, 5)
    assert [values.identity(each) for each in (0, "0", None, 34, "34", -1)] == ["", "", "", "34", "34", ""]
    assert [values.flag(each) for each in (1, "1", True, 0, "0", None, "")] == [True] * 3 + [False] * 4
    assert values.plain("Tamm &amp; Pojad") == "Tamm & Pojad"
    with pytest.raises(BadInput):
        values.date("2026-13-01", "date")


def test_translation_goes_by_the_manifests_list() -> None:
    errors = (
        VendorError(match="locked", code="PERIOD_LOCKED", fate="parked"),
        VendorError(match="rights", code="RIGHT_MISSING", fate="misconfigured"),
        VendorError(match="busy", code="TARGET_BUSY", fate="retry"),
    )
    known = [translate(text, errors) for text in ("Period is LOCKED", "no rights", "busy now", "what is this")]
    assert [(type(each), each.code) for each in known] == [
        (Parked, "PERIOD_LOCKED"),
        (Misconfigured, "RIGHT_MISSING"),
        (Retry, "TARGET_BUSY"),
        (Refused, "UNKNOWN_VENDOR_ERROR"),
    ]
    assert known[-1].params["message"] == "what is this"


async def test_gather_keeps_order_and_lets_the_first_failure_out() -> None:
    async def call(number: int) -> int:
        if number == 99:
            raise Retry
        return number * 2

    assert await gather(call, range(20), at_once=3) == [number * 2 for number in range(20)]
    with pytest.raises(Retry):
        await gather(call, [1, 99, 2])

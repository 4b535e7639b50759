import pytest

from tilisilta.core.identifiers import iban, reference_number, registry_code, vat_number


@pytest.mark.parametrize(
    ("code", "country", "expected"),
    [
        ("12345678", "EE", True),
        ("12345679", "EE", False),
        ("1234567", "ee", False),
        ("2077474-0", "FI", True),
        ("20774740", "fi", True),
        ("2077474-1", "FI", False),
        ("anything", "LV", True),
        ("", "EE", False),
    ],
)
def test_registry_codes(code, country, expected):
    assert registry_code.is_valid(code, country) is expected


def test_registry_codes_are_printed_as_registers_print_them():
    assert registry_code.compact("1572860-0", "FI") == "1572860-0"
    assert registry_code.compact("", "FI") == ""
    assert registry_code.validate(" 12345678", "EE") == "12345678"
    assert registry_code.compact(" 556000-0000 ", "SE") == "556000-0000"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("EE100207415", True),
        ("EE 100 207 415", True),
        ("EE100207416", False),
        ("FI20774740", True),
        ("FI2077474-0", True),
        ("FI20774741", False),
        ("20774740", False),
        ("XX123", False),
        ("", False),
    ],
)
def test_vat_numbers(number, expected):
    assert vat_number.is_valid(number) is expected


@pytest.mark.parametrize(
    ("number", "expected"), [("fi20774740", "FI"), ("EL094259216", "GR"), ("GB123", ""), ("12", ""), ("", "")]
)
def test_vat_numbers_name_their_country(number, expected):
    assert vat_number.country(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("EE471000001020145685", True),
        ("ee47 1000 0010 2014 5685", True),
        ("EE481000001020145685", False),
        ("FI2112345600000785", True),
        ("FI21123456000007850", False),
        ("10220034", False),
    ],
)
def test_ibans(number, expected):
    assert iban.is_valid(number) is expected


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("1234561", "", True),
        ("12 34561", "FI", True),
        ("1234562", "", False),
        ("13", "EE", True),
        ("13", "FI", False),
        ("0013", "FI", True),
        ("7", "EE", False),
        ("9" * 21, "EE", False),
        ("12E4561", "", False),
        ("١٢٣٤", "", False),
        ("RF18539007547034", "", True),
        ("RF19539007547034", "FI", False),
        ("  ", "", False),
    ],
)
def test_reference_numbers(number, country, expected):
    assert reference_number.is_valid(number, country) is expected


def test_a_reference_number_may_have_twenty_digits():
    longest = reference_number.make("9" * 19)
    assert len(longest) == 20
    assert reference_number.validate(longest) == longest
    with pytest.raises(ValueError, match="at most 19 digits"):
        reference_number.make("9" * 20)
    with pytest.raises(ValueError, match="is not a number"):
        reference_number.make("A12")


def test_leading_zeros_do_not_matter():
    assert reference_number.validate("0001234561") == "1234561"
    assert reference_number.make("000123456") == "1234561"


@pytest.mark.parametrize("module", [registry_code, vat_number, iban, reference_number])
def test_each_has_the_three_functions(module):
    assert callable(module.compact)
    assert callable(module.validate)
    assert callable(module.is_valid)

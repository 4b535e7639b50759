"""VAT treatments: what a rate means in law, whatever a vendor calls it."""

from enum import StrEnum


class VatTreatment(StrEnum):
    """Legal meaning of the VAT on a row. Sources: Council Directive 2006/112/EC and UNTDID 5305 letters."""

    DOMESTIC = "domestic"  # standard or reduced rate (S)
    ZERO_RATED = "zero_rated"  # 0 % by law at home (Z)
    EXEMPT = "exempt"  # no VAT, no deduction (E)
    OUTSIDE_SCOPE = "outside_scope"  # no VAT handling (O)
    REVERSE_CHARGE = "reverse_charge"  # domestic reverse charge other than construction (AE)
    CONSTRUCTION_REVERSE_CHARGE = "construction_reverse_charge"
    INTRA_EU_SUPPLY_GOODS = "intra_eu_supply_goods"  # K
    INTRA_EU_SUPPLY_SERVICES = "intra_eu_supply_services"
    INTRA_EU_ACQUISITION_GOODS = "intra_eu_acquisition_goods"
    INTRA_EU_ACQUISITION_SERVICES = "intra_eu_acquisition_services"
    EXPORT = "export"  # outside the EU (G)
    IMPORT_GOODS = "import_goods"
    IMPORT_SERVICES = "import_services"
    MARGIN_SCHEME = "margin_scheme"

"""Where things are mended in the source itself: the way through its own menus, by vendor."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.ports.register import RegisterKind

# M24: where statuses are made or renamed.
STATUSES: Final[dict[str, Promise]] = {
    "severa": _("In Severa: gear icon > Settings > Invoicing > Invoice statuses."),
}
# M15, M18, M21: where codes of the registers are entered.
REGISTERS: Final[dict[tuple[str, RegisterKind], Promise]] = {
    ("severa", RegisterKind.PRODUCT): _(
        "In Severa: gear icon > Settings > Work time, travel expense and product registers > Products"
    ),
    ("severa", RegisterKind.WORK_TYPE): _(
        "In Severa: gear icon > Settings > Work time, travel expense and product registers > Work types"
    ),
    ("severa", RegisterKind.TRAVEL_EXPENSE): _(
        "In Severa: gear icon > Settings > Work time, travel expense and product registers > Travel expense types"
    ),
}
REGISTER_NAMES: Final[dict[RegisterKind, Promise]] = {
    RegisterKind.PRODUCT: _("Product"),
    RegisterKind.WORK_TYPE: _("Work type"),
    RegisterKind.TRAVEL_EXPENSE: _("Travel expense"),
    RegisterKind.OTHER: _("Other row"),
}


def statuses_path(vendor: str) -> str:
    """Return where a source's invoice statuses are made; empty when we do not know."""
    return str(STATUSES.get(vendor, ""))


def register_path(vendor: str, kind: RegisterKind) -> str:
    """Return where codes of one of a source's registers are entered; empty when we do not know."""
    return str(REGISTERS.get((vendor, kind), ""))

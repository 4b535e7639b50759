"""The shape of a line of a mapping table."""

from decimal import Decimal

import msgspec

from tilisilta.core.mapping.tables import rate_text
from tilisilta.ports import CatalogueEntry

Identity = tuple[str, str, Decimal | None]


class Line(msgspec.Struct, kw_only=True):
    """One line of a table, stored or known only from the source's list.

    `ref` names it in forms. `waiting` is how many documents it holds up; `suggestion` is a choice that can be proved;
    `codes` are the VAT codes that a row of accounts gives to each side, and `needed_codes` names those that postings
    ask for; `off` names the sides that take no postings. `is_gone` means that the
    target's list no longer has the chosen key, or has it switched off.
    """

    source_key: str
    source_label: str = ""
    direction: str = ""
    vat_rate: Decimal | None = None
    treatment: str = ""
    target_key: str = ""
    target_label: str = ""
    codes: dict[str, str] = {}
    needed_codes: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    is_used: bool = False
    is_gone: bool = False
    may_stay_empty: bool = False
    waiting: int = 0
    suggestion: CatalogueEntry | None = None

    @property
    def ref(self) -> str:
        rate = rate_text(self.vat_rate) if self.vat_rate is not None else ""
        return f"{self.direction}|{rate}|{self.source_key}"

    @property
    def side_or_both(self) -> str:
        return self.direction or "both"

    @property
    def identity(self) -> Identity:
        return self.source_key, self.direction, self.vat_rate

    @property
    def is_missing(self) -> bool:
        return self.is_used and not self.may_stay_empty and (not self.target_key or self.lacks_code)

    @property
    def lacks_code(self) -> bool:
        """Return whether a VAT code that postings need is not chosen."""
        return any(not self.codes.get(name) for name in self.needed_codes)

"""Words of the invoices that we print, in the receiver's language: Estonian, Finnish and English.

They stand here and not in the catalogues of the pages, for a document speaks the receiver's language, whatever language
its reader's pages have.
"""

import datetime as dt
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from tilisilta.core.errors import Unsupported
from tilisilta.core.money import minor_unit
from tilisilta.formats.writing import VatGroup, plain

_LANGUAGES = ("et", "fi", "en")
_WORDS = {
    "invoice": ("Arve", "Lasku", "Invoice"),
    "credit_note": ("Kreeditarve", "Hyvityslasku", "Credit note"),
    "buyer": ("Maksja", "Laskutettava", "Bill to"),
    "registry_code": ("Registrikood", "Y-tunnus", "Company number"),
    "vat_number": ("KMKR nr", "ALV-numero", "VAT number"),
    "number": ("Number", "Numero", "Number"),
    "date": ("Kuupäev", "Päiväys", "Date"),
    "due_date": ("Maksetähtaeg", "Eräpäivä", "Due date"),
    "delivery_date": ("Tarnekuupäev", "Toimituspäivä", "Delivered"),
    "period": ("Periood", "Laskutuskausi", "Period"),
    "reference": ("Viitenumber", "Viitenumero", "Reference number"),
    "your_reference": ("Teie viide", "Viitteenne", "Your reference"),
    "our_reference": ("Meie viide", "Viitteemme", "Our reference"),
    "order": ("Tellimus", "Tilaus", "Order"),
    "interest": ("Viivis", "Viivästyskorko", "Late payment interest"),
    "a_year": ("{} % aastas", "{} %", "{} % a year"),
    "credits": ("Krediteerib arvet", "Hyvittää laskun", "Credits invoice"),
    "item": ("Kirjeldus", "Kuvaus", "Description"),
    "quantity": ("Kogus", "Määrä", "Quantity"),
    "unit": ("Ühik", "Yks.", "Unit"),
    "price": ("Hind", "À-hinta", "Price"),
    "discount": ("Allah. %", "Ale %", "Disc. %"),
    "rate": ("KM %", "ALV %", "VAT %"),
    "sum": ("Summa", "Yhteensä", "Amount"),
    "net": ("Summa käibemaksuta", "Veroton yhteensä", "Total without VAT"),
    "vat": ("Käibemaks", "Arvonlisävero", "VAT"),
    "vat_short": ("Käibemaks {} %", "ALV {} %", "VAT {} %"),
    "rounding": ("Ümardus", "Pyöristys", "Rounding"),
    "gross": ("Kokku", "Yhteensä", "Total"),
    "prepaid": ("Ettemaks", "Ennakkomaksu", "Paid in advance"),
    "payable": ("Tasuda", "Maksettava", "To pay"),
    "credited": ("Krediteeritud", "Hyvitetään", "Credited"),
    "base": ("Maksustatav summa", "Veron peruste", "Taxable amount"),
    "reason": ("Alus", "Peruste", "Reason"),
    "payee": ("Saaja", "Saaja", "Payee"),
    "account": ("Konto (IBAN)", "Tilinumero (IBAN)", "Account (IBAN)"),
    "bank": ("Pank", "Pankki", "Bank"),
    "message": ("Selgitus", "Viesti", "Message"),
    "scan": ("Skaneeri ja maksa", "Skannaa ja maksa", "Scan to pay"),
    "nothing_to_pay": (
        "Kreeditarvet ei tule tasuda.",
        "Hyvityslaskua ei makseta.",
        "A credit note is not to be paid.",
    ),
    "page": ("Lk {} / {}", "Sivu {} / {}", "Page {} / {}"),
    "phone": ("Tel", "Puh.", "Phone"),
}
_REASONS = {
    "AE": ("Pöördmaksustamine: käibemaksu tasub ostja", "Käännetty verovelvollisuus", "Reverse charge"),
    "K": ("Ühendusesisene käive, 0 %", "Yhteisömyynti, 0 %", "Intra-community supply"),
    "G": ("Eksport, 0 %", "Vienti, 0 %", "Export outside the EU"),
    "O": ("Ei ole käibemaksuga maksustatav", "Ei arvonlisäveron piirissä", "Not subject to VAT"),
}
# UN/ECE Recommendation 20 codes that are no words to a reader.
_UNITS = {
    "C62": ("", "", ""),
    "H87": ("tk", "kpl", "pcs"),
    "SET": ("kmpl", "sarja", "set"),
    "HUR": ("h", "h", "h"),
    "MIN": ("min", "min", "min"),
    "DAY": ("päev", "pv", "day"),
    "WEE": ("nädal", "vk", "week"),
    "MON": ("kuu", "kk", "month"),
    "ANN": ("aasta", "v", "year"),
    "KGM": ("kg", "kg", "kg"),
    "GRM": ("g", "g", "g"),
    "TNE": ("t", "tn", "t"),
    "LTR": ("l", "l", "l"),
    "MTR": ("m", "m", "m"),
    "CMT": ("cm", "cm", "cm"),
    "MMT": ("mm", "mm", "mm"),
    "KMT": ("km", "km", "km"),
    "MTK": ("m²", "m²", "m²"),
    "MTQ": ("m³", "m³", "m³"),
    "KWH": ("kWh", "kWh", "kWh"),
    "MWH": ("MWh", "MWh", "MWh"),
    "XPK": ("pakk", "pkt", "pack"),
    "XBX": ("kast", "ltk", "box"),
    "XRO": ("rull", "rll", "roll"),
    "XPX": ("alus", "lava", "pallet"),
    "PR": ("paar", "pari", "pair"),
    "P1": ("%", "%", "%"),
    "LS": ("kord", "erä", "lump sum"),
}


class Words:
    """The words, dates and numbers of one language."""

    def __init__(self, language: str) -> None:
        if language not in _LANGUAGES:
            raise Unsupported(field="language", rule="et, fi or en", value=language)
        self.language = language
        self._place = _LANGUAGES.index(language)

    def __call__(self, key: str) -> str:
        return _WORDS[key][self._place]

    def reason(self, group: VatGroup) -> str:
        """Return why a group has no VAT: as the document says it, else in this language."""
        if group.reason_code and group.letter in _REASONS:
            return _REASONS[group.letter][self._place]
        return group.reason

    def date(self, day: dt.date) -> str:
        """Return a date as it is written: 16.03.2026, or 16 March 2026."""
        return format_date(day, "d MMMM y" if self.language == "en" else "dd.MM.y", locale=self.language)

    def country(self, code: str) -> str:
        """Return a country's name by its ISO code; the code when it has none."""
        return str(Locale(self.language).territories.get(code, code))

    def unit(self, unit: str) -> str:
        """Return a unit as people write it, also where it is kept as a code; other words as they are."""
        words = _UNITS.get(unit)
        return words[self._place] if words else unit

    def money(self, amount: Decimal, currency: str) -> str:
        """Return an amount with all decimals of its currency, grouped."""
        places = max(0, -int(minor_unit(currency).as_tuple().exponent))
        pattern = "#,##0" + (f".{'0' * places}" if places else "")
        return str(format_decimal(amount, pattern, locale=self._locale))

    def number(self, value: Decimal, least: int = 0) -> str:
        """Return a quantity, price or percent as it is, with at least `least` decimals."""
        given = len(plain(value).partition(".")[2])
        places = max(given, least)
        pattern = "#,##0" + (f".{'0' * places}" if places else "")
        return str(format_decimal(value, pattern, locale=self._locale, decimal_quantization=False))

    @property
    def _locale(self) -> str:
        return "en_GB" if self.language == "en" else self.language

"""Refusals: codes of the vendor, their HTTP status and their texts in the three interface languages.

Codes: vendor sheet, section 5. Status of each code and most texts are ours; the vendor's are unknown.
"""

LANGUAGES = ("FI", "EN", "SE")

STATUS = {
    "AUTHENTICATION_FAILED": 401,
    "SERVICE_ACCESS_ERROR": 403,
    "INVALID_DATA": 400,
    "INVALID_DATA_SIZE": 400,
    "PERIOD_LOCK": 400,
    "REQUEST_NOT_UNIQUE": 409,
    "DUPLICATE_DATA": 409,
    "SYSTEM_MAINTANANCE": 503,
    "SYSTEM_MAINTENANCE": 503,
    "TECHNICAL_ERROR": 500,
}

# What stands before the detail of INVALID_DATA; the English one is the vendor's, colon and point included.
_FORM = ("Aineiston muoto virheellinen:. ", "Data form incorrect:. ", "Materialets form är felaktig:. ")

# Finnish, English, Swedish.
_TEXTS: dict[str, tuple[str, str, str]] = {
    "header": ("Otsake puuttuu tai on virheellinen: {name}", "Header missing or wrong: {name}",
               "Rubriken saknas eller är felaktig: {name}"),
    "partner": ("Integraatiokumppania ei löydy, katso dokumentaatio",
                "Integration partner not found, see documentation",
                "Integrationspartnern hittas inte, se dokumentationen"),
    "keys": ("Integraatioavaimet eivät ole voimassa, katso dokumentaatio",
             "Integration keys are not valid, see documentation",
             "Integrationsnycklarna är inte giltiga, se dokumentationen"),
    "uri": ("URI-metodi ei kelpaa, katso dokumentaatio {expected} :: {digest}",
            "URI method is not valid, see documentation {expected} :: {digest}",
            "URI-metoden duger inte, se dokumentationen {expected} :: {digest}"),
    "algorithm": ("Tiivistealgoritmi ei ole tuettu: {name}", "Hash algorithm is not supported: {name}",
                  "Hashalgoritmen stöds inte: {name}"),
    "clock": ("Aikaleima ei ole voimassa", "Timestamp is not valid", "Tidsstämpeln är inte giltig"),
    "organisation": ("Yritystä ei löydy: {value}", "Company not found: {value}", "Företaget hittas inte: {value}"),
    "unique": ("Pyynnön tunniste on jo käytetty: {value}", "Transaction id has already been used: {value}",
               "Transaktionens id har redan använts: {value}"),
    "plan": ("Rajapinta ei kuulu pakettiin {plan}", "The interface is not part of the package {plan}",
             "Gränssnittet ingår inte i paketet {plan}"),
    "right": ("Ei oikeutta resurssiin {name}", "No access to the resource {name}",
              "Ingen rätt till resursen {name}"),
    "maintenance": ("Järjestelmä on huollossa", "The system is under maintenance", "Systemet underhålls"),
    "technical": ("Aineiston käsittelyssä tapahtui virhe. Virhetunniste: {id}",
                  "An error occurred while processing the data. Error identifier: {id}",
                  "Ett fel inträffade vid behandlingen. Felkod: {id}"),
    "overlap": ("Edellisen pyynnön käsittely on kesken", "The previous request is still being processed",
                "Föregående begäran behandlas ännu"),
    "rate": ("Liian monta pyyntöä", "Too many requests", "För många begäranden"),
    "method": ("Pyyntö on tehtävä metodilla {name}", "The request must be made with {name}",
               "Begäran måste göras med {name}"),
    "size": ("Kenttä {name} on liian pitkä, enintään {limit}", "Field {name} is too long, at most {limit}",
             "Fältet {name} är för långt, högst {limit}"),
    "body_size": ("Aineisto on liian suuri", "The data is too big", "Materialet är för stort"),
    "xml": ("Aineisto ei ole kelvollista XML:ää: {what}", "The data is not valid XML: {what}",
            "Materialet är inte giltig XML: {what}"),
    "order": ("Elementti {name} ei ole sallittu tässä kohdassa", "Element {name} is not allowed here",
              "Elementet {name} är inte tillåtet här"),
    "missing": ("Pakollinen tieto puuttuu: {name}", "Required information is missing: {name}",
                "Obligatorisk uppgift saknas: {name}"),
    "value": ("Arvo ei kelpaa: {name} = {value}", "Value is not valid: {name} = {value}",
              "Värdet duger inte: {name} = {value}"),
    "parameter": ("Parametri puuttuu tai ei kelpaa: {name}", "Parameter missing or not valid: {name}",
                  "Parametern saknas eller duger inte: {name}"),
    "many": ("Liian monta tunnistetta: {name}, enintään {limit}", "Too many keys: {name}, at most {limit}",
             "För många nycklar: {name}, högst {limit}"),
    "account": ("Tiliä ei löydy tilikartasta: {value}", "Account not found in the chart of accounts: {value}",
                "Kontot hittas inte i kontoplanen: {value}"),
    "inactive": ("Tili ei ole käytössä: {value}", "Account is not active: {value}",
                 "Kontot är inte i bruk: {value}"),
    "vat": ("ALV-koodi {vatcode} ja ALV-prosentti {rate} ovat ristiriidassa",
            "VAT code {vatcode} contradicts VAT rate {rate}",
            "Momskoden {vatcode} strider mot momssatsen {rate}"),
    "voucher_class": ("Tositelajia ei löydy: {value}", "Voucher type not found: {value}",
                      "Verifikatslaget hittas inte: {value}"),
    "sides": ("Tositteella on oltava debet ja kredit", "A voucher must have debit and credit",
              "Verifikatet måste ha debet och kredit"),
    "balance": ("Tosite ei täsmää, erotus {value}", "The voucher does not balance, difference {value}",
                "Verifikatet balanserar inte, skillnad {value}"),
    "lock": ("Päivämäärä {value} on lukitulla kaudella, lukittu {until} saakka",
             "Date {value} lies in a locked period, locked until {until}",
             "Datumet {value} är i en låst period, låst till {until}"),
    "period": ("Päivämäärä {value} ei ole millään tilikaudella", "Date {value} is in no accounting period",
               "Datumet {value} finns inte i någon räkenskapsperiod"),
    "duplicate": ("Tieto on jo olemassa: {name} {value}", "Already exists: {name} {value}",
                  "Finns redan: {name} {value}"),
    "dimension": ("Laskentakohdetta ei löydy: {value}", "Dimension not found: {value}",
                  "Dimensionen hittas inte: {value}"),
    "customer": ("Asiakasta ei löydy Netvisor-tunnisteella: {value}",
                 "Customer not found with Netvisor identifier: {value}",
                 "Kunden hittas inte med Netvisor-id: {value}"),
    "vendor": ("Toimittajaa ei löydy, netvisorkey {value}", "Vendor not found, netvisorkey {value}",
               "Leverantören hittas inte, netvisorkey {value}"),
    "product": ("Tuotetta ei löydy: {value}", "Product not found: {value}", "Produkten hittas inte: {value}"),
    "extended": ("Tuotetta ei voi muuttaa, laajennettu tuotehallinta on käytössä",
                 "The product cannot be changed under extended product management",
                 "Produkten kan inte ändras, utökad produkthantering är i bruk"),
    "invoice": ("Laskua ei löydy: {value}", "Invoice not found: {value}", "Fakturan hittas inte: {value}"),
    "payment": ("Suoritusta ei löydy: {value}", "Payment not found: {value}", "Betalningen hittas inte: {value}"),
    "paid": ("Lasku on jo maksettu: {value}", "The invoice is already paid: {value}",
             "Fakturan är redan betald: {value}"),
    "payment_sum": ("Summa {value} ei vastaa avointa summaa {open}",
                    "The sum {value} does not fit the open sum {open}",
                    "Summan {value} motsvarar inte den öppna summan {open}"),
    "voucher": ("Tositetta ei löydy: {value}", "Voucher not found: {value}", "Verifikatet hittas inte: {value}"),
    "settled": ("Tositetta tai laskua ei voi muuttaa: {value}", "The voucher or invoice cannot be changed: {value}",
                "Verifikatet eller fakturan kan inte ändras: {value}"),
    "total": ("Summa {value} ei vastaa rivien summaa {open}", "The sum {value} does not match the rows, {open}",
              "Summan {value} motsvarar inte raderna, {open}"),
    "attachment": ("Liite ei kelpaa: {value}", "Attachment is not valid: {value}", "Bilagan duger inte: {value}"),
}  # fmt: skip


class Refused(Exception):
    """A request that Netvisor answers with FAILED.

    Args:
        code: One of STATUS.
        text: Key of the text.
        values: What the text names.

    """

    def __init__(self, code: str, text: str, **values: object) -> None:
        super().__init__(code, text, values)
        self.code = code
        self.text = text
        self.values = values

    def words(self, language: str) -> str:
        """Return the text in one of LANGUAGES; unknown languages get Finnish."""
        at = LANGUAGES.index(language) if language in LANGUAGES else 0
        text = _TEXTS[self.text][at].format(**self.values)
        return _FORM[at] + text if self.code == "INVALID_DATA" else text


def invalid(text: str, **values: object) -> Refused:
    """Return the refusal of wrong content."""
    return Refused("INVALID_DATA", text, **values)


def missing(name: str) -> Refused:
    """Return the refusal of something that must be there."""
    return invalid("missing", name=name)


def wrong(name: str, value: object) -> Refused:
    """Return the refusal of a value, shortened to what fits in a message."""
    return invalid("value", name=name, value=str(value)[:60])

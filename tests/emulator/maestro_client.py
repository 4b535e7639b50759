"""A plain client of the emulated Maestro: a folder, an SFTP session, HTTP; with files written by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncssh

from tilisilta_emulators.maestro import MaestroEmulator
from tilisilta_emulators.server import Started, start

CUSTOMER = "customer_no;name;business_id\r\n120;Kallion Kone Oy;7654321-2\r\n"
_AMOUNT = '<{0} AmountCurrencyIdentifier="EUR">{1}</{0}>'


def finvoice(number: str = "1042", code: str = "A1", *, net: str = "80,00", gross: str = "100,40", **other: str) -> str:
    """Return a Finvoice 3.0 of one row at 25.5 %, as another program would write it."""

    def amount(name: str, value: str) -> str:
        return _AMOUNT.format(name, value)

    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Finvoice Version="3.0">
<SellerPartyDetails><SellerPartyIdentifier>1234567-1</SellerPartyIdentifier>
<SellerOrganisationName>Esimerkki Oy</SellerOrganisationName></SellerPartyDetails>
<BuyerPartyDetails><BuyerPartyIdentifier>7654321-2</BuyerPartyIdentifier>
<BuyerOrganisationName>Kallion Kone Oy</BuyerOrganisationName></BuyerPartyDetails>
<InvoiceDetails><InvoiceTypeCode>{other.get("kind", "INV01")}</InvoiceTypeCode><InvoiceTypeText>Lasku</InvoiceTypeText>
<OriginCode>Original</OriginCode><InvoiceNumber>{number}</InvoiceNumber>
<InvoiceDate Format="CCYYMMDD">20260301</InvoiceDate>
<SellersBuyerIdentifier>{other.get("customer", "120")}</SellersBuyerIdentifier>
{amount("InvoiceTotalVatExcludedAmount", net)}{amount("InvoiceTotalVatAmount", other.get("vat", "20,40"))}
{amount("InvoiceTotalVatIncludedAmount", gross)}</InvoiceDetails>
<InvoiceRow><ArticleIdentifier>{code}</ArticleIdentifier><ArticleName>Suunnittelu</ArticleName>
<DeliveredQuantity QuantityUnitCode="h">1,00</DeliveredQuantity>{amount("UnitPriceAmount", "80,00")}
<RowVatRatePercent>25,5</RowVatRatePercent><RowVatCode>S</RowVatCode>{amount("RowVatExcludedAmount", "80,00")}
</InvoiceRow>
<EpiDetails><EpiIdentificationDetails><EpiDate Format="CCYYMMDD">20260301</EpiDate><EpiReference></EpiReference>
</EpiIdentificationDetails><EpiPartyDetails><EpiBfiPartyDetails>
<EpiBfiIdentifier IdentificationSchemeName="BIC">NDEAFIHH</EpiBfiIdentifier></EpiBfiPartyDetails>
<EpiBeneficiaryPartyDetails><EpiNameAddressDetails>Esimerkki Oy</EpiNameAddressDetails>
<EpiAccountID IdentificationSchemeName="IBAN">FI2112345600000785</EpiAccountID></EpiBeneficiaryPartyDetails>
</EpiPartyDetails><EpiPaymentInstructionDetails>{amount("EpiInstructedAmount", gross)}
<EpiCharge ChargeOption="SHA">SHA</EpiCharge>
<EpiDateOptionDate Format="CCYYMMDD">20260315</EpiDateOptionDate></EpiPaymentInstructionDetails></EpiDetails>
</Finvoice>"""


class Maestro:
    """One running emulator, spoken to as outsiders do."""

    def __init__(self, started: Started, session: aiohttp.ClientSession) -> None:
        self.keys = started.credentials
        self.base_url = started.base_url
        self.root = Path(self.keys["folder"])
        self._session = session

    def put(self, text: str, name: str = "x_1042_d1.xml", folder: str = "out/invoices") -> None:
        """Put a file into the folder, whole."""
        (self.root / folder / f".{name}").write_text(text, encoding="utf-8")
        (self.root / folder / f".{name}").rename(self.root / folder / name)

    def customer(self) -> None:
        self.put(CUSTOMER, "x_customers_d0.csv", "out/customers")

    def answer(self, name: str) -> str | None:
        path = self.root / "ack" / name
        return path.read_text(encoding="utf-8") if path.is_file() else None

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, f"{self.base_url}/_emulator/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def reset(self, **options: Any) -> None:
        await self.control("POST", "reset", options)

    async def fault(self, kind: str, **rule: Any) -> None:
        await self.control("POST", "faults", {"kind": kind, **rule})

    async def books(self) -> Any:
        return await self.control("GET", "state")

    async def http(self, method: str, path: str, data: bytes | None = None, password: str = "") -> tuple[int, bytes]:
        signed = aiohttp.encode_basic_auth(self.keys["https_user"], password or self.keys["https_password"])
        url = f"{self.keys['https_url']}/{path}"
        async with self._session.request(method, url, data=data, headers={"Authorization": signed}) as answer:
            return answer.status, await answer.read()

    @asynccontextmanager
    async def sftp(self) -> AsyncIterator[asyncssh.SFTPClient]:
        key = asyncssh.import_private_key(self.keys["sftp_key"])
        async with (
            asyncssh.connect(
                self.keys["sftp_host"],
                int(self.keys["sftp_port"]),
                username=self.keys["sftp_user"],
                client_keys=[key],
                known_hosts=None,
                config=[],
                agent_path=None,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            yield client


@asynccontextmanager
async def running() -> AsyncIterator[Maestro]:
    """Start an emulator and give its client."""
    started = await start(MaestroEmulator())
    try:
        async with aiohttp.ClientSession() as session:
            yield Maestro(started, session)
    finally:
        await started.stop()

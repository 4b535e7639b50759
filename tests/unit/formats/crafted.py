"""E-invoices written for the tests: small, valid, and changed one thing at a time."""

from collections.abc import Iterable

SOAP = """<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:eb="http://www.oasis-open.org/committees/ebxml-msg/schema/msg-header-2_0.xsd">
<SOAP-ENV:Header><eb:MessageHeader><eb:From><eb:PartyId>003766666665</eb:PartyId></eb:From></eb:MessageHeader>
</SOAP-ENV:Header>
<SOAP-ENV:Body><eb:Manifest/></SOAP-ENV:Body>
</SOAP-ENV:Envelope>
"""


def eur(name: str, value: str) -> str:
    return f'<{name} AmountCurrencyIdentifier="EUR">{value}</{name}>'


def vat_spec(base: str, rate: str, vat: str, code: str = "S", text: str = "") -> str:
    free = f"<VatFreeText>{text}</VatFreeText>" if text else ""
    return (
        f"<VatSpecificationDetails>{eur('VatBaseAmount', base)}<VatRatePercent>{rate}</VatRatePercent>"
        f"<VatCode>{code}</VatCode>{eur('VatRateAmount', vat)}{free}</VatSpecificationDetails>"
    )


def fin_row(*parts: str, name: str = "Tuote") -> str:
    return f"<InvoiceRow><ArticleName>{name}</ArticleName>{''.join(parts)}</InvoiceRow>"


def priced(
    quantity: str, price: str, rate: str, net: str, vat: str = "", *, code: str = "S", unit: str = "kpl"
) -> tuple[str, ...]:
    return (
        f'<InvoicedQuantity QuantityUnitCode="{unit}">{quantity}</InvoicedQuantity>',
        eur("UnitPriceAmount", price),
        f"<RowVatRatePercent>{rate}</RowVatRatePercent><RowVatCode>{code}</RowVatCode>",
        eur("RowVatAmount", vat) if vat else "",
        eur("RowVatExcludedAmount", net),
    )


def finvoice(
    rows: Iterable[str],
    *,
    net: str | None = "100,00",
    vat: str | None = "24,00",
    gross: str = "124,00",
    specs: str = "",
    type_code: str = "INV01",
    origin: str = "Original",
    number: str = "1001",
    version: str = "3.0",
    before_totals: str = "",
    after_totals: str = "",
    after_specs: str = "",
    after_invoice: str = "",
    before_rows: str = "",
    instructed: str | None = None,
    seller_id: str = "6666666-5",
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>',
) -> str:
    totals = "".join(
        eur(name, value)
        for name, value in (
            ("InvoiceTotalVatExcludedAmount", net),
            ("InvoiceTotalVatAmount", vat),
            ("InvoiceTotalVatIncludedAmount", gross),
        )
        if value is not None
    )
    return f"""{declaration}
<Finvoice Version="{version}">
<SellerPartyDetails>
<SellerPartyIdentifier>{seller_id}</SellerPartyIdentifier>
<SellerOrganisationName>Pullin Musiikki Oy</SellerOrganisationName>
<SellerOrganisationTaxCode>FI66666665</SellerOrganisationTaxCode>
</SellerPartyDetails>
<BuyerPartyDetails>
<BuyerPartyIdentifier>1234567-1</BuyerPartyIdentifier>
<BuyerOrganisationName>Sensorit Oy</BuyerOrganisationName>
</BuyerPartyDetails>
<InvoiceDetails>
<InvoiceTypeCode>{type_code}</InvoiceTypeCode>
<InvoiceTypeText>LASKU</InvoiceTypeText>
<OriginCode>{origin}</OriginCode>
<InvoiceNumber>{number}</InvoiceNumber>
<InvoiceDate Format="CCYYMMDD">20240301</InvoiceDate>
{before_totals}{totals}{after_totals}{specs}{after_specs}
</InvoiceDetails>
{after_invoice}{before_rows}
{"".join(rows)}
<EpiDetails>
<EpiIdentificationDetails><EpiDate Format="CCYYMMDD">20240301</EpiDate><EpiReference/></EpiIdentificationDetails>
<EpiPartyDetails><EpiBfiPartyDetails/>
<EpiBeneficiaryPartyDetails><EpiAccountID IdentificationSchemeName="IBAN">FI7429501800000014</EpiAccountID>
</EpiBeneficiaryPartyDetails></EpiPartyDetails>
<EpiPaymentInstructionDetails>
<EpiRemittanceInfoIdentifier IdentificationSchemeName="SPY">1009</EpiRemittanceInfoIdentifier>
{eur("EpiInstructedAmount", gross if instructed is None else instructed)}
<EpiCharge ChargeOption="SLEV"/>
<EpiDateOptionDate Format="CCYYMMDD">20240315</EpiDateOptionDate>
</EpiPaymentInstructionDetails>
</EpiDetails>
</Finvoice>
"""


def tax_category(tag: str, letter: str, rate: str, reason: str = "") -> str:
    text = f"<cbc:TaxExemptionReason>{reason}</cbc:TaxExemptionReason>" if reason else ""
    return (
        f"<cac:{tag}><cbc:ID>{letter}</cbc:ID><cbc:Percent>{rate}</cbc:Percent>{text}"
        f"<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:{tag}>"
    )


def subtotal(base: str, vat: str, letter: str, rate: str, reason: str = "") -> str:
    return (
        f'<cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">{base}</cbc:TaxableAmount>'
        f'<cbc:TaxAmount currencyID="EUR">{vat}</cbc:TaxAmount>{tax_category("TaxCategory", letter, rate, reason)}'
        "</cac:TaxSubtotal>"
    )


def allowance(amount: str, *, charge: bool, letter: str = "S", rate: str = "24", reason: str = "Rahti") -> str:
    return (
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{str(charge).lower()}</cbc:ChargeIndicator>"
        f"<cbc:AllowanceChargeReason>{reason}</cbc:AllowanceChargeReason>"
        f'<cbc:Amount currencyID="EUR">{amount}</cbc:Amount>{tax_category("TaxCategory", letter, rate)}'
        "</cac:AllowanceCharge>"
    )


def ubl_line(
    net: str,
    quantity: str,
    price: str,
    *,
    letter: str = "S",
    rate: str = "24",
    inside: str = "",
    base: str = "",
    credit: bool = False,
    number: int = 1,
) -> str:
    tag, amount = ("CreditNoteLine", "CreditedQuantity") if credit else ("InvoiceLine", "InvoicedQuantity")
    base_quantity = f'<cbc:BaseQuantity unitCode="C62">{base}</cbc:BaseQuantity>' if base else ""
    return (
        f'<cac:{tag}><cbc:ID>{number}</cbc:ID><cbc:{amount} unitCode="C62">{quantity}</cbc:{amount}>'
        f'<cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>{inside}'
        f"<cac:Item><cbc:Name>Toode</cbc:Name>{tax_category('ClassifiedTaxCategory', letter, rate)}</cac:Item>"
        f'<cac:Price><cbc:PriceAmount currencyID="EUR">{price}</cbc:PriceAmount>{base_quantity}</cac:Price></cac:{tag}>'
    )


def ubl(
    lines: Iterable[str],
    *,
    money: dict[str, str],
    vat: str,
    subtotals: str,
    whole: str = "",
    root: str = "Invoice",
    type_code: str = "380",
    number: str = "A-1",
    documents: str = "",
    header: str = "",
    second_tax: str = "",
    company: str = '<cbc:CompanyID schemeID="0191">10137025</cbc:CompanyID>',
    vat_number: str = "EE100137025",
) -> str:
    amounts = "".join(f'<cbc:{name} currencyID="EUR">{value}</cbc:{name}>' for name, value in money.items())
    code = f"<cbc:{root}TypeCode>{type_code}</cbc:{root}TypeCode>"
    due = "<cbc:DueDate>2024-03-15</cbc:DueDate>" if root == "Invoice" else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>{number}</cbc:ID>
<cbc:IssueDate>2024-03-01</cbc:IssueDate>
{due}
{code}
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
{header}{documents}
<cac:AccountingSupplierParty><cac:Party>
<cac:PostalAddress><cbc:CityName>Tallinn</cbc:CityName><cac:Country><cbc:IdentificationCode>EE</cbc:IdentificationCode>
</cac:Country></cac:PostalAddress>
<cac:PartyTaxScheme><cbc:CompanyID>{vat_number}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
</cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Müüja AS</cbc:RegistrationName>{company}</cac:PartyLegalEntity>
</cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party>
<cac:PartyLegalEntity><cbc:RegistrationName>Ostja OÜ</cbc:RegistrationName><cbc:CompanyID>12345678</cbc:CompanyID>
</cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cbc:PaymentID>1234561</cbc:PaymentID>
<cac:PayeeFinancialAccount><cbc:ID>EE38 2200 2210 2014 5685</cbc:ID>
<cac:FinancialInstitutionBranch><cbc:ID>HABAEE2X</cbc:ID></cac:FinancialInstitutionBranch>
</cac:PayeeFinancialAccount></cac:PaymentMeans>
{whole}
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">{vat}</cbc:TaxAmount>{subtotals}</cac:TaxTotal>{second_tax}
<cac:LegalMonetaryTotal>{amounts}</cac:LegalMonetaryTotal>
{"".join(lines)}
</{root}>
"""


def est_row(
    name: str = "Teenus", *, details: str = "", net: str = "", extra: str = "", vat: str = "", total: str = ""
) -> str:
    return (
        f"<ItemEntry><Description>{name}</Description>{details}"
        f"{f'<ItemSum>{net}</ItemSum>' if net else ''}{extra}{vat}"
        f"{f'<ItemTotal>{total}</ItemTotal>' if total else ''}</ItemEntry>"
    )


def est_detail(amount: str, price: str, unit: str = "tk") -> str:
    return (
        f"<ItemDetailInfo><ItemUnit>{unit}</ItemUnit><ItemAmount>{amount}</ItemAmount><ItemPrice>{price}</ItemPrice>"
        "</ItemDetailInfo>"
    )


def est_vat(base: str, rate: str, vat: str, *, code: str = "", reference: str = "") -> str:
    attribute = f' vatId="{code}"' if code else ""
    before = f"<SumBeforeVAT>{base}</SumBeforeVAT>" if base else ""
    return f"<VAT{attribute}>{before}<VATRate>{rate}</VATRate><VATSum>{vat}</VATSum>{reference}</VAT>"


def est_invoice(
    rows: str,
    sums: str,
    *,
    kind: str = "DEB",
    number: str = "2024-1",
    source: str = "",
    information: str = "",
    attachment: str = "",
    groups: str = "",
    payment_sum: str = "122.00",
) -> str:
    source_invoice = f"<SourceInvoice>{source}</SourceInvoice>" if source else ""
    return f"""<Invoice invoiceId="{number}" regNumber="12345678" sellerRegnumber="10137025">
<InvoiceParties>
<SellerParty><Name>Müüja AS</Name><RegNumber>10137025</RegNumber><VATRegNumber>EE100137025</VATRegNumber>
<ContactData><PhoneNumber>+372 6123456</PhoneNumber><E-mailAddress>arved@muuja.ee</E-mailAddress>
<LegalAddress><PostalAddress1>Pikk 1</PostalAddress1><City>Tallinn</City><PostalCode>10123</PostalCode>
<Country>Eesti</Country></LegalAddress></ContactData>
<AccountInfo><AccountNumber>221020145685</AccountNumber><IBAN>EE382200221020145685</IBAN><BIC>HABAEE2X</BIC></AccountInfo>
</SellerParty>
<BuyerParty><Name>Ostja OÜ</Name><RegNumber>12345678</RegNumber></BuyerParty>
</InvoiceParties>
<InvoiceInformation><Type type="{kind}">{source_invoice}</Type><DocumentName>ARVE</DocumentName>
<InvoiceNumber>{number}</InvoiceNumber><InvoiceContentText>Veebruari teenused</InvoiceContentText>
<InvoiceDate>2024-03-01</InvoiceDate><DueDate>2024-03-15</DueDate><FineRatePerDay>0.05</FineRatePerDay>
{information}</InvoiceInformation>
<InvoiceSumGroup>{sums}<Currency>EUR</Currency></InvoiceSumGroup>
<InvoiceItem>{groups or f"<InvoiceItemGroup>{rows}</InvoiceItemGroup>"}</InvoiceItem>
{attachment}
<PaymentInfo><Currency>EUR</Currency><PaymentRefId>1234561</PaymentRefId><PaymentDescription>Arve</PaymentDescription>
<Payable>YES</Payable><PayDueDate>2024-03-15</PayDueDate><PaymentTotalSum>{payment_sum}</PaymentTotalSum>
<PayerName>Ostja OÜ</PayerName><PaymentId>{number}</PaymentId><PayToAccount>EE382200221020145685</PayToAccount>
<PayToName>Müüja AS</PayToName><PayToBIC>HABAEE2X</PayToBIC></PaymentInfo>
</Invoice>
"""


def estonian(*invoices: str, version: str = "1.2", count: int | None = None, amount: str = "122.00") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<E_Invoice>
<Header><Date>2024-03-01</Date><FileId>f1</FileId><Version>{version}</Version></Header>
{"".join(invoices)}
<Footer><TotalNumberInvoices>{len(invoices) if count is None else count}</TotalNumberInvoices>
<TotalAmount>{amount}</TotalAmount></Footer>
</E_Invoice>
"""

"""Records as SOAP entities: member names to values; references are guids. Source: vendor sheet, section B."""

from typing import Any

from tilisilta_emulators.severa.finvoice import y_tunnus
from tilisilta_emulators.severa.invoicing import net_of, vat_of
from tilisilta_emulators.severa.records import Entry, Invoice, Record, Row
from tilisilta_emulators.severa.render import codes_of, party_texts
from tilisilta_emulators.severa.store import Store

Values = dict[str, Any]


def _guid(value: Any) -> str | None:
    return value.guid if isinstance(value, Record) else value


def _amount(money: Any) -> Any:
    return money.get("amount") if isinstance(money, dict) else None


def _code(language: Any, name: str = "code") -> str | None:
    return language.data.get(name) if isinstance(language, Record) else None


def _post_address(address: Values | None) -> Values | None:
    if not address:
        return None
    return {
        "country": address.get("country"),
        "countryCode": {"Suomi": "FI", "Viro": "EE", "Ruotsi": "SE", "Norja": "NO"}.get(address.get("country") or ""),
        "postCodeIdentifier": address.get("postalCode"),
        "streetName": address.get("addressline"),
        "townName": address.get("city"),
    }


def invoice(store: Store, one: Invoice) -> Values:
    """Return an Invoice with its rows."""
    texts = party_texts(store, one)
    language = texts.get("language")
    notes = store.options.soap_attachments_note
    tax_free = bool(one.rows) and all(row.vat_rate == 0 for row in one.rows)
    project = one.projects[0] if one.projects else None
    return {
        "AccountGUID": one.customer.guid,
        "AccountName": one.customer.data.get("name"),
        "AccountNumber": one.customer.data.get("number"),
        "BusinessUnitCode": one.unit.data.get("code"),
        "BusinessUnitGUID": one.unit.guid,
        "BusinessUnitName": one.unit.data.get("name"),
        "BuyerOrganization": _buyer(store, one, texts),
        "Culture": "fi-FI",
        "CurrencyGUID": one.currency.guid,
        "CurrencyName": one.currency.data.get("name"),
        "CurrencyRate": one.rate,
        "CurrencyShortform": one.currency.data.get("code"),
        "Date": one.day,
        "DueDate": one.due,
        "EntryDate": one.entry_day or one.day,
        "GUID": one.guid,
        "InvoiceAllowedCaseGUIDs": [case.guid for case in one.projects],
        "InvoiceConfig": {"ShowUnit": True, "ShowQuantity": True, "ShowVAT": True, "IsTaxFree": tax_free},
        "InvoiceDetails": _details(one, texts),
        "InvoiceNumberingBusinessUnitGUID": one.unit.guid,
        "InvoiceRows": [row(store, each, at) for at, each in enumerate(one.rows, 1)],
        "InvoiceStatus": one.status.data.get("name"),
        "IsCreditNote": one.is_credit,
        "IsReimbursed": one.credited_by is not None,
        "IsTaxFree": tax_free,
        "LanguageCode": _code(language) or "fi",
        "LanguageGUID": _guid(language),
        "MainCaseGUID": project.guid if project else None,
        "Notes": texts.get("notes"),
        "Number": one.number,
        "OrderNumber": texts.get("orderNumber"),
        "OurReference": texts.get("ourReference"),
        "OverDueInterest": one.interest,
        "PaymentDate": one.paid,
        "PaymentTerm": one.term,
        **_end(texts, "Receiver"),
        "ReceiverContactEmail": texts.get("receiverContactEmail"),
        "ReceiverCustomerName": texts.get("receiverCustomerName"),
        "ReferenceNumber": one.reference,
        "ReimburseInvoiceGUID": one.credits.guid if one.credits else None,
        "SellerContact": _seller_contact(store, texts),
        "SellerOrganization": _seller(store, texts),
        **_end(texts, "Sender"),
        "SenderName": texts.get("senderName"),
        "TaxFreeDescription": _tax_free(store, one.customer).get("taxFreeDescription", "AVL 0 %") if tax_free else None,
        "Title": "Hyvityslasku" if one.is_credit else "Lasku",
        "YourReference": texts.get("yourReference"),
        "NotesAfterInvoiceRows": (texts.get("freeText2") or {}).get("value") if notes else None,
        "NotesBeforeInvoiceRows": (texts.get("freeText1") or {}).get("value") if notes else None,
    }


def _end(texts: Values, end: str) -> Values:
    """Return what both ends of an invoice, `Receiver` and `Sender`, are told by."""
    key = end.lower()
    address = texts.get(f"{key}Address") or {}
    return {
        f"{end}Addressline": address.get("addressline"),
        f"{end}City": address.get("city"),
        f"{end}ContactName": texts.get(f"{key}ContactName"),
        f"{end}Country": address.get("country"),
        f"{end}PostalCode": address.get("postalCode"),
        f"{end}State": address.get("state"),
        f"{end}VatNumber": texts.get(f"{key}VatNumber"),
    }


def _tax_free(store: Store, customer: Record) -> Values:
    """Return the customer's tax-free setting of a country; what REST keeps there, SOAP shows as marks and words [I]."""
    settings = (one.data for one in store.tables["customercountrysettings"] if one.data["customer"] is customer)
    return next((data for data in settings if data.get("isTaxFree")), {})


def _buyer(store: Store, one: Invoice, texts: Values) -> Values:
    data, shown = one.customer.data, store.options.e_invoicing
    return {
        "buyerContactPersonName": texts.get("receiverContactName"),
        "buyerElectronicInvoiceAddress": data.get("eInvoiceAddress") if shown else None,
        "buyerElectronicInvoiceOperator": data.get("eInvoiceOperator") if shown else None,
        "buyerEmailaddressIdentifier": texts.get("receiverContactEmail"),
        "buyerOrganisationName": texts.get("receiverCustomerName"),
        "buyerOrganisationTaxCode": texts.get("receiverVatNumber"),
        "buyerPartyIdentifier": y_tunnus(texts.get("receiverVatNumber")),
        "buyerPostalAddressDetails": _post_address(texts.get("receiverAddress")),
    }


def _details(one: Invoice, texts: Values) -> Values:
    rates = {each.vat_rate for each in one.rows}
    return {
        "invoiceDate": one.day,
        "invoiceDueDate": one.due,
        "invoiceNumber": one.number,
        "invoiceTotalVatAmount": one.vat,
        "invoiceTotalVatExcludedAmount": one.net,
        "invoiceTotalVatIncludedAmount": one.gross,
        "invoiceTypeText": "HYVITYSLASKU" if one.is_credit else "LASKU",
        "orderIdentifier": texts.get("orderNumber"),
        "originCode": "Original",
        "paymentOverDueFinePercent": one.interest,
        "paymentTermsFreeText": f"{one.term} pv netto",
        "sellerReferenceIdentifier": texts.get("ourReference"),
        "vatBaseAmount": one.net,
        "vatRateAmount": one.vat,
        # A whole number in the contract: 25.5 cannot be told here, only on rows.
        "vatRatePercent": int(max(rates)) if rates else 0,
    }


def _seller_contact(store: Store, texts: Values) -> Values:
    return {
        "sellerAccountDetails": [
            {"sellerAccountID": bank.data.get("accountNumber"), "sellerBic": bank.data.get("bic")}
            for bank in store.tables["bankaccounts"]
        ],
        "sellerContactPersonName": texts.get("senderContactName"),
        "sellerEmailaddressIdentifier": store.admin.data.get("email"),
        "sellerHomeTownName": store.organization.data.get("registeredOffice"),
        "sellerPhoneNumber": store.organization.data.get("phone"),
    }


def _seller(store: Store, texts: Values) -> Values:
    data = store.organization.data
    return {
        "sellerEInvoiceAddress": data.get("eInvoiceAddress"),
        "sellerEInvoiceOperator": data.get("eInvoiceOperatorCode"),
        "sellerOrganisationName": texts.get("senderName"),
        "sellerOrganisationTaxCode": texts.get("senderVatNumber"),
        "sellerPartyIdentifier": y_tunnus(texts.get("senderVatNumber")),
        "sellerPostalAddressDetails": _post_address(texts.get("senderAddress")),
    }


def row(store: Store, one: Row, at: int) -> Values:
    """Return an InvoiceRow; its code stands in `articleIdentifier` when there is just one."""
    codes = codes_of(one, "distinct" if store.options.codes == "all" else store.options.codes)
    currency = one.invoice.currency.data.get("code")
    hours = [entry for entry in one.entries if entry.kind == "workhours"]
    items = [entry for entry in one.entries if entry.kind != "workhours"]
    projects = list(dict.fromkeys(entry.project for entry in one.entries)) or list(one.invoice.projects[:1])
    people = list(dict.fromkeys(entry.user for entry in one.entries if entry.user))
    net, vat = net_of(one), vat_of(one)
    day = one.entries[0].day if one.entries else one.invoice.day
    main = projects[0] if projects else None
    return {
        "CaseGUIDs": [project.guid for project in projects],
        "EventDate": day,
        "GUID": one.guid,
        "HourGUIDs": [entry.guid for entry in hours],
        "ItemGUIDs": [entry.guid for entry in items],
        "MainCaseGUID": main.guid if main else None,
        "MainCaseName": main.data.get("name") if main else None,
        "MainCaseNumber": main.data.get("number") if main else None,
        "MainUserFullName": people[0].data.get("name") if people else None,
        "MainUserGUID": people[0].guid if people else None,
        "PhaseGUIDs": [phase for project in projects if (phase := _guid(project.data.get("rootPhase")))],
        "ProductGUIDs": _sources(items, "projectfees"),
        "TravelExpenseGUIDs": _sources(items, "projecttravelexpenses"),
        "UserGUIDs": [person.guid for person in people],
        "articleIdentifier": codes[0] if len(codes) == 1 else None,
        "articleName": one.description,
        "deliveredQuantity": one.quantity,
        "quantityUnitCode": one.unit,
        "rowAmount": net + vat,
        "rowAmountCurrencyIdentifier": currency,
        "rowCostCenterGUID": _guid(one.cost_center),
        "rowCostCenterName": one.cost_center.data.get("name") if one.cost_center else None,
        "rowCostCenterNumber": one.cost_center.data.get("identifier") if one.cost_center else None,
        "rowDeliveryDate": day,
        "rowIdentifier": str(at),
        "rowNumber": at,
        "rowSalesAccountNumber": one.account.data.get("number") if one.account else None,
        "rowSalesReceivableAccountNumber": "1701",
        "rowUnitPrice": one.unit_price,
        "rowVatAccountNumber": "2939",
        "rowVatAmount": vat,
        "rowVatCode": None,
        "rowVatCurrencyIdentifier": currency,
        "rowVatExcludedAmount": net,
        "rowVatExcludedCurrencyIdentifier": currency,
        "rowVatRatePercent": one.vat_rate,
        "unitPriceAmount": one.unit_price,
        "unitPriceCurrencyIdentifier": currency,
    }


def _sources(items: list[Entry], kind: str) -> list[str]:
    found = (entry.source.guid for entry in items if entry.kind == kind and entry.source is not None)
    return list(dict.fromkeys(found))


def status(_store: Store, one: Record) -> Values:
    """Return an InvoiceStatus; it has no guid."""
    flags = ("HasInvoiceNumber", "IsActive", "IsDefault", "IsPaid", "IsReadOnly", "IsSent", "IsWaitingPayment")
    shown = {name: bool(one.data.get(name[0].lower() + name[1:])) for name in flags}
    return {**shown, "Name": one.data.get("name"), "SortOrder": one.data.get("sortOrder") or one.number_in_kind}


def customer(store: Store, one: Record) -> Values:
    """Return a Customer, or an Account: the older twin has fewer members."""
    data, shown = one.data, store.options.e_invoicing
    address = store.headquarters(one)
    vat = data.get("invoicingVat")
    return {
        "AccountGroupGUIDs": [],
        "AccountOwnerUserGUID": _guid(data.get("owner")),
        "CurrencyCode": _code(data.get("currency")),
        "CurrencyGUID": _guid(data.get("currency")),
        "Email": data.get("email"),
        "Employees": data.get("numberOfEmployees"),
        "GUID": one.guid,
        "HeadOfficeAddressGUID": address.guid if address else None,
        "InsertTS": one.created,
        "InvoicingVat": vat.data.get("percentage") if isinstance(vat, Record) else None,
        "IsActive": data.get("isActive", True),
        "IsInternal": data.get("isInternal", False),
        "LanguageCode": _code(data.get("language")),
        "LanguageGUID": _guid(data.get("language")),
        "Name": data.get("name"),
        "Notes": data.get("notes"),
        "Number": data.get("number"),
        "OverdueInterest": data.get("overdueInterest"),
        "PaymentTerm": data.get("paymentTerm"),
        "ReverseCharge": _tax_free(store, one).get("zeroVatCategoryCodeEn16931") == "AE",
        "UpdatedTS": one.updated,
        "VatNumber": data.get("vatNumber"),
        "Website": data.get("website"),
        "eInvoiceAddress": data.get("eInvoiceAddress") if shown else None,
        "eInvoiceOperator": data.get("eInvoiceOperator") if shown else None,
    }


def address(_store: Store, one: Record) -> Values:
    """Return an Address."""
    data = one.data
    country = data.get("country")
    return {
        "Addressline": data.get("addressline"),
        "City": data.get("city"),
        "CompanyGUID": _guid(data.get("customer")),
        "CountryCode": _code(country, "code2"),
        "CountryGUID": _guid(country),
        "CountryName": _code(country, "name"),
        "Fax": data.get("fax"),
        "GUID": one.guid,
        "IsBillingAddress": bool(data.get("isBillingAddress")),
        "IsPostalAddress": bool(data.get("isPostalAddress")),
        "IsVisitAddress": bool(data.get("isVisitAddress")),
        "Phone": data.get("phone"),
        "PostalCode": data.get("postalCode"),
    }


def contact(_store: Store, one: Record) -> Values:
    """Return a Contact."""
    data = one.data
    return {
        "AccountGUID": _guid(data.get("customer")),
        "AddressGUID": data.get("addressGuid"),
        "Description": data.get("description"),
        "FirstName": data.get("firstName"),
        "GUID": one.guid,
        "IsActive": data.get("isActive", True),
        "JobTitle": data.get("jobTitle"),
        "LanguageGUID": _guid(data.get("language")),
        "LastName": data.get("lastName"),
    }


def product(_store: Store, one: Record) -> Values:
    """Return a Product, or a TravelExpense, which shares its base."""
    data = one.data
    return {
        "Code": data.get("code"),
        "GUID": one.guid,
        "IsActive": data.get("isActive") is not False,
        "MeasurementUnit": data.get("measurementUnit"),
        "Name": data.get("name"),
        "Type": data.get("type") or ("TravelExpense" if one.kind == "travelexpensetypes" else None),
        "UnitCost": _amount(data.get("unitCost")),
        "UnitPrice": _amount(data.get("unitPrice")),
        "VAT": data.get("vatRate"),
        "ProductCategoryGUID": _guid(data.get("productCategory")),
        "SalesAccountGUID": _guid(data.get("salesAccount")),
        "ExpenseClass": data.get("expenseClass"),
    }


def work_type(_store: Store, one: Record) -> Values:
    """Return a WorkType."""
    data = one.data
    return {
        "Code": data.get("code"),
        "GUID": one.guid,
        "IsActive": data.get("isActive") is not False,
        "IsDefault": bool(data.get("isDefault")),
        "IsProductive": bool(data.get("isProductive")),
        "Name": data.get("name"),
        "SalesAccountGUID": _guid(data.get("salesAccount")),
    }


def _billing(one: Entry) -> Values:
    quantity = one.quantity if one.billed_quantity is None else one.billed_quantity
    return {
        "CaseGUID": one.project.guid,
        "Description": one.description,
        "EventDate": one.day,
        "GUID": one.guid,
        "InvoiceDescription": one.row_text,
        "InvoiceGUID": one.row.invoice.guid if one.row else None,
        "InvoiceQuantity": quantity,
        "InvoiceRowGUID": one.row.guid if one.row else None,
        "IsApproved": True,
        "IsBillable": one.billable,
        "IsReadOnly": one.row is not None,
        "Quantity": one.quantity,
        "UnitCost": one.unit_cost,
        "UnitPrice": one.unit_price,
        "UnitPriceInBaseCurrency": one.unit_price,
        "UserGUID": _guid(one.user),
    }


def hours(_store: Store, one: Entry) -> Values:
    """Return an HourEntry."""
    return {
        **_billing(one),
        "AccountGUID": _guid(one.project.data.get("customer")),
        "IsProductive": True,
        "PhaseGUID": _guid(one.project.data.get("rootPhase")),
        "WorkTypeGUID": _guid(one.source),
    }


def item(_store: Store, one: Entry) -> Values:
    """Return an Item: a fee or a travel expense."""
    return {
        **_billing(one),
        "CaseNumber": one.project.data.get("number"),
        "IsRealised": True,
        "MeasurementUnit": one.unit,
        "Name": one.source.data.get("name") if one.source else one.description,
        "ProductCode": one.code or None,
        "ProductGUID": _guid(one.source),
        "ProductType": one.source.data.get("type") if one.source else None,
        "UserCode": one.user.data.get("code") if one.user else None,
        "VAT": one.vat_rate,
    }

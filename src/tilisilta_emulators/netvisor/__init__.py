"""Netvisor as its Web Service Interface is known from public material.

Certain, from the vendor's own pages, DTDs and sample library or from many clients: the headers and the three MACs with
the worked examples of the sheet; resource names and methods; ignored case of resources, parameters, elements and
attributes; order of elements where a DTD is known; the envelope with two Status elements on failure; error codes;
the fields of accounts, ledger, periods, customers, vendors, products, invoices and payments; one voucher a request;
net and gross mode; VAT codes; key limits; one call at a time per company.

Certain beyond the sheet, from the vendor's pages on single resources: the ledger shows valid vouchers unless asked
otherwise; keys there go with `showgenerator` alone; what `published`, `limitlinkedpayments`, `invoicestatus=overdue`
and the parameters of paymentlist.nv mean; pages of 500 vendors told in headers; `getorder.nv`; status `unsent`; types
of the fields of sales payments; lengths of a voucher's texts; codes and labels of dimension items.

Known from single clients or fixtures: `checked` and `comment` of vouchers, the newer elements of messages, the fields
of vendor.nv, code names PERIOD_LOCK and SERVICE_ACCESS_ERROR.

Inferred, each with a switch in `NetvisorOptions`: clock skew, HTTP status by code, whether legacy MACs are still taken,
code of a package without the interface, place and form of periods and dates, code of a locked date, imbalance in net
mode, clashing numbers, inactive accounts, which rate goes with which VAT code, what a row's given sum means, currency
rates, when a purchase invoice is posted, what becomes of files that are not from Finvoice. Inferred without a switch:
texts of most errors, double entries that documents make, reference numbers of invoices that were given none, steps of
the vendor match.

The vendor's DTDs state no licence, so none is shipped: the rules of order are written beside each service in a
notation of our own, with the DTD they were read from named.
"""

from tilisilta_emulators.netvisor.emulator import KEYS, SENDER, NetvisorEmulator
from tilisilta_emulators.netvisor.options import NetvisorOptions
from tilisilta_emulators.netvisor.signature import Signed, sign

__all__ = ["KEYS", "SENDER", "NetvisorEmulator", "NetvisorOptions", "Signed", "sign"]

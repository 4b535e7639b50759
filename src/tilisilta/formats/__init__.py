"""Files <-> canonical documents: e-invoices (Finvoice, UBL 2.1 as Peppol BIS 3, the Estonian e-invoice) both ways, bank
files in. The printed invoice is in `formats.pdf`, which is loaded only where something is printed.
"""

from tilisilta.formats.camt import Balance, BankFile, Statement, read_camt
from tilisilta.formats.camt_transaction import BankTransaction
from tilisilta.formats.files import read_file, refused
from tilisilta.formats.reading import Embedded, FileReading, ReadDocument
from tilisilta.formats.write_estonian import write_estonian
from tilisilta.formats.write_finvoice import write_finvoice
from tilisilta.formats.write_ubl import write_ubl
from tilisilta.formats.writing import Seller
from tilisilta.formats.xml import MAX_BYTES

__all__ = [
    "MAX_BYTES",
    "Balance",
    "BankFile",
    "BankTransaction",
    "Embedded",
    "FileReading",
    "ReadDocument",
    "Seller",
    "Statement",
    "read_camt",
    "read_file",
    "refused",
    "write_estonian",
    "write_finvoice",
    "write_ubl",
]

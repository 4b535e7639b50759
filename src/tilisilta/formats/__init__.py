"""E-invoice files: bytes -> canonical documents. Finvoice, UBL 2.1 (Peppol BIS 3) and the Estonian e-invoice."""

from tilisilta.formats.files import read_file, refused
from tilisilta.formats.reading import Embedded, FileReading, ReadDocument
from tilisilta.formats.xml import MAX_BYTES

__all__ = ["MAX_BYTES", "Embedded", "FileReading", "ReadDocument", "read_file", "refused"]

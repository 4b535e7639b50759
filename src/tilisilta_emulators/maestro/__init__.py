"""Maestro, emulated from the vendor sheet: a folder whose files are imported into a sales ledger.

The folder is reached as one of this machine, over SFTP (`credentials`: host, port, user, key, host key) and over HTTP
at `{base_url}/drop/` with name and password. Layout, section 4.1 of the sheet:

- `out/customers/*.csv`, `out/invoices/*_<delivery>.xml` (Finvoice 3.0, checked by the published schema) or `.csv`,
  each with a `.pdf` of the same name or without; names that begin with a dot are still being written
- `ack/<delivery>.ok`, `.err` (first line a code), `.acc` where that is chosen
- `in/products.csv`: the product export

Documented: one product register with TuoteId, group, supplier and number; a row without a match goes to product A/0
and is told in the log. Everything about files is our own proposal, as the sheet says, and an option where it may
differ. The importer is strict: the schema, sums, the customer, the sign of credit notes; an invoice number is taken
once, and the very same file once more changes nothing.

Control beside the kit's: `POST /_emulator/import`, `/_emulator/host_key`, `/_emulator/export`. Options:
`options.Options`. Generated data: `emulator.Seed`. Fault kinds: `emulator.MaestroEmulator`.
"""

from tilisilta_emulators.maestro.emulator import MaestroEmulator, Seed
from tilisilta_emulators.maestro.options import Options

__all__ = ["MaestroEmulator", "Options", "Seed"]

"""The published sample e-invoices, when they are at hand. Nothing is made up in their place."""

import os
from pathlib import Path

from tilisilta.core.documents import Invoice
from tilisilta.formats import read_file

_PROJECT = Path(__file__).resolve().parents[4]
# Beside the project, else among its tests: a fresh clone has the latter.
_PLACES = (_PROJECT.parent / "shared" / "samples", _PROJECT / "tests" / "contract" / "files" / "samples")


def folder() -> Path | None:
    """Return the folder of samples: TILISILTA_SAMPLES, else where the project keeps them; None when there is none."""
    named = os.environ.get("TILISILTA_SAMPLES")
    places = (Path(named),) if named else _PLACES
    return next((place.resolve() for place in places if place.is_dir()), None)


def files() -> list[tuple[str, bytes]]:
    """Return name and content of every sample, by name."""
    place = folder()
    if place is None:
        return []
    return [(path.name, path.read_bytes()) for path in sorted(place.rglob("*.xml"))]


def invoices(samples: list[tuple[str, bytes]]) -> list[Invoice]:
    """Return the invoices that the samples hold, each once; files that cannot be read hold none."""
    found: dict[str, Invoice] = {}
    for name, content in samples:
        try:
            records = read_file(content, name).records
        except Exception:  # noqa: BLE001, S112  what is wrong in a file is told by the import, not here
            continue
        for record in records:
            if record.document is not None:
                found.setdefault(record.document.source_id or f"{name}:{record.index}", record.document)
    return list(found.values())

"""Sources that keep books of their own: they tell how an invoice is posted, beside the invoice itself.

Postings are no part of the document. They come after it, change without it, and most targets ask for none; so they are
read when an invoice is drafted, and never stored with its versions.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from tilisilta.core.documents import DocumentKind
from tilisilta.core.ledger import PostingLine


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """How a document stands in the source's books: its lines while it is posted, in the books' currency.

    `in_period` means that a closed period carried it into the target's books already.
    """

    lines: Sequence[PostingLine] = ()
    in_period: bool = False


@runtime_checkable
class PostingGiver(Protocol):
    """A source that posts its own documents."""

    async def fetch_postings(self, kind: DocumentKind, source_ids: Sequence[str]) -> Mapping[str, Booked]:
        """Return how documents are booked, by id; ids that are not known are absent. Payments have no lines here."""
        ...

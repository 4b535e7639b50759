"""Keys of other systems on parties and items that came from them: what was made once is found again after a crash.

They lie in the payload, where no page shows them; an invoice has a column of its own for its key.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from django.db.models import Q
from django.utils import timezone

from tilisilta.core.documents import DocumentKind, Item, Party, decode_document, encode_document
from tilisilta.core.mapping.draft import PartyDraft
from tilisilta.store.models import Company, WorkspaceItem, WorkspaceParty

_MARKS: Final = "keys"
_AT_ONCE: Final = 200


def with_mark(extra: Mapping[str, str], key: str) -> dict[str, str]:
    """Return an `extra` that bears a key beside those it has."""
    known = extra.get(_MARKS, "").split()
    return {**extra, _MARKS: " ".join(dict.fromkeys((*known, key)))}


def without_marks(extra: Mapping[str, str]) -> dict[str, str]:
    """Return an `extra` without the keys of other systems."""
    return {name: value for name, value in extra.items() if name != _MARKS}


def marks_of(payload: bytes, kind: DocumentKind) -> frozenset[str]:
    """Return the keys that a party or item bears."""
    record = decode_document(kind, payload)
    return frozenset(record.extra.get(_MARKS, "").split()) if isinstance(record, Party | Item) else frozenset()


def marked_parties(company: Company, drafts: Sequence[PartyDraft]) -> dict[str, WorkspaceParty]:
    """Return the parties that bear the drafts' keys, sought among those of the same name or registry code."""
    found: dict[str, WorkspaceParty] = {}
    for start in range(0, len(drafts), _AT_ONCE):
        part = drafts[start : start + _AT_ONCE]
        names = {each.party.name.strip()[:200] for each in part}
        codes = {each.party.registry_code.strip() for each in part} - {""}
        wanted = {each.key for each in part}
        for row in WorkspaceParty.objects.filter(Q(name__in=names) | Q(registry_code__in=codes), company=company):
            for key in marks_of(bytes(row.payload), DocumentKind.CUSTOMER) & wanted:
                found[key] = row
    return found


def marked_party(company: Company, draft: PartyDraft) -> WorkspaceParty | None:
    """Return the party that bears a draft's key."""
    return marked_parties(company, [draft]).get(draft.key)


def mark_party(row: WorkspaceParty, draft: PartyDraft) -> None:
    """Let a party bear a draft's key and be what the draft says it is, customer or supplier."""
    party = decode_document(DocumentKind.CUSTOMER, bytes(row.payload))
    if not isinstance(party, Party):
        raise TypeError(f"the payload of party {row.pk} holds another kind")
    flag = f"is_{draft.role.value}"
    extra = with_mark(party.extra, draft.key)
    if getattr(row, flag) and extra == party.extra:
        return
    setattr(row, flag, True)
    row.payload = encode_document(msgspec.structs.replace(party, extra=extra))
    row.updated_at = timezone.now()
    row.save(update_fields=[flag, "payload", "updated_at"])


def marked_item(company: Company, code: str, key: str) -> WorkspaceItem | None:
    """Return the item of this code that bears a key."""
    row = WorkspaceItem.objects.filter(company=company, code=code).first()
    return row if row is not None and key in marks_of(bytes(row.payload), DocumentKind.ITEM) else None

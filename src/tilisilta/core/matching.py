"""Proposals of which party or item at the target is which of the source, so that a first run makes no silent double.

A proposal is never acted on by itself; a person confirms it. Similar names are compared only when they begin alike, in
one of three orders of their words, so that thousands can be matched with thousands.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Protocol

import msgspec

from tilisilta.core.documents import Item, Party
from tilisilta.core.identifiers import vat_number
from tilisilta.core.names import fold_company, fold_name

LIMIT = 5
SIMILAR_FROM = 0.82
_BEGINNING = 4


class MatchReason(StrEnum):
    REGISTRY_CODE = "registry_code"
    VAT_NUMBER = "vat_number"
    EMAIL = "email"
    CODE = "code"
    NAME = "name"
    SIMILAR_NAME = "similar_name"
    REGISTRY_CODE_DIFFERS = "registry_code_differs"
    CODE_DIFFERS = "code_differs"


# How far each equality convinces by itself. An e-mail address is often a bookkeeper's, shared by many.
_WEIGHTS: Mapping[MatchReason, float] = {
    MatchReason.REGISTRY_CODE: 0.99,
    MatchReason.VAT_NUMBER: 0.97,
    MatchReason.CODE: 0.97,
    MatchReason.NAME: 0.85,
    MatchReason.EMAIL: 0.6,
}
_SIMILAR_WEIGHT = 0.7
# Two different codes speak against all else; a VAT group or a renamed copy may still be meant.
_CONTRADICTIONS: Mapping[MatchReason, tuple[MatchReason, float]] = {
    MatchReason.REGISTRY_CODE: (MatchReason.REGISTRY_CODE_DIFFERS, 0.3),
    MatchReason.CODE: (MatchReason.CODE_DIFFERS, 0.5),
}


class PartyLike(Protocol):
    """A party that the target already holds (`ports.PartyCandidate`)."""

    @property
    def target_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def registry_code(self) -> str: ...
    @property
    def vat_number(self) -> str: ...
    @property
    def email(self) -> str: ...


class ItemLike(Protocol):
    """An item that the target already holds (`ports.ItemCandidate`)."""

    @property
    def target_id(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...


class MatchProposal(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate with a confidence from 0 to 1 and what speaks for or against it."""

    target_id: str
    name: str
    confidence: float
    reasons: tuple[MatchReason, ...]


class _Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared: equal keys by reason, and the folded name."""

    target_id: str
    label: str
    keys: dict[MatchReason, str]
    name: str
    sorted_name: str
    beginnings: frozenset[str]


def _profile(target_id: str, label: str, name: str, keys: Mapping[MatchReason, str]) -> _Profile:
    words = name.split()
    orders = (words, sorted(words), words[::-1])
    return _Profile(
        target_id=target_id,
        label=label,
        keys={reason: key for reason, key in (*keys.items(), (MatchReason.NAME, name)) if key},
        name=name,
        sorted_name=" ".join(sorted(words)),
        beginnings=frozenset("".join(order)[:_BEGINNING] for order in orders if order),
    )


def _bare(code: str) -> str:
    return "".join(letter for letter in code if letter.isalnum()).upper()


def _party_profile(target_id: str, party: Party | PartyLike) -> _Profile:
    number = vat_number.compact(party.vat_number) if party.vat_number.strip() else ""
    # A Finnish VAT number is the registry code with letters in front.
    registry = _bare(party.registry_code) or (number[2:] if number.startswith("FI") else "")
    keys = {
        MatchReason.REGISTRY_CODE: registry,
        MatchReason.VAT_NUMBER: number,
        MatchReason.EMAIL: party.email.strip().casefold(),
    }
    return _profile(target_id, party.name, fold_company(party.name), keys)


def _item_profile(target_id: str, item: Item | ItemLike) -> _Profile:
    code = " ".join(item.code.casefold().split())
    return _profile(target_id, item.name or item.code, fold_name(item.name), {MatchReason.CODE: code})


class _Similarity:
    """Compares one name with many; the matcher's costly half is prepared once."""

    def __init__(self, wanted: _Profile) -> None:
        self._as_written = SequenceMatcher(None, "", wanted.name, autojunk=False)
        self._sorted = SequenceMatcher(None, "", wanted.sorted_name, autojunk=False)

    def to(self, candidate: _Profile) -> float:
        """Return the likeness from 0 to 1, in the better of two orders of words; 0 below the threshold."""
        pairs = ((self._as_written, candidate.name), (self._sorted, candidate.sorted_name))
        return max(self._ratio(matcher, name) for matcher, name in pairs)

    @staticmethod
    def _ratio(matcher: SequenceMatcher[str], name: str) -> float:
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() < SIMILAR_FROM or matcher.quick_ratio() < SIMILAR_FROM:
            return 0.0
        ratio = matcher.ratio()
        return ratio if ratio >= SIMILAR_FROM else 0.0


def _compare(wanted: _Profile, candidate: _Profile, similarity: _Similarity) -> MatchProposal | None:
    doubt, reasons, limit = 1.0, [], 1.0
    for reason, key in wanted.keys.items():
        other = candidate.keys.get(reason, "")
        if key == other:
            doubt *= 1 - _WEIGHTS[reason]
            reasons.append(reason)
        elif other and reason in _CONTRADICTIONS:
            against, highest = _CONTRADICTIONS[reason]
            limit = min(limit, highest)
            reasons.append(against)
    # Another registry code is another company, however alike the names are.
    may_be_alike = limit == 1.0 and MatchReason.NAME not in reasons and wanted.beginnings & candidate.beginnings
    if may_be_alike and (alike := similarity.to(candidate)):
        doubt *= 1 - _SIMILAR_WEIGHT * alike
        reasons.append(MatchReason.SIMILAR_NAME)
    if doubt == 1.0:
        return None
    confidence = round(min(1 - doubt, limit), 2)
    return MatchProposal(
        target_id=candidate.target_id, name=candidate.label, confidence=confidence, reasons=tuple(reasons)
    )


def _best(wanted: _Profile, candidates: Iterable[_Profile], limit: int) -> tuple[MatchProposal, ...]:
    similarity = _Similarity(wanted)
    found = [each for candidate in candidates if (each := _compare(wanted, candidate, similarity)) is not None]
    return tuple(sorted(found, key=lambda each: (-each.confidence, each.target_id))[:limit])


class _Index:
    """Profiles by every key and every beginning of the name."""

    def __init__(self, profiles: Iterable[_Profile]) -> None:
        self._profiles = tuple(profiles)
        self._by_key: dict[tuple[MatchReason, str], list[int]] = defaultdict(list)
        self._by_beginning: dict[str, list[int]] = defaultdict(list)
        for place, profile in enumerate(self._profiles):
            for key in profile.keys.items():
                self._by_key[key].append(place)
            for beginning in profile.beginnings:
                self._by_beginning[beginning].append(place)

    def propose(self, wanted: _Profile, limit: int) -> tuple[MatchProposal, ...]:
        places: set[int] = set()
        for key in wanted.keys.items():
            places.update(self._by_key.get(key, ()))
        for beginning in wanted.beginnings:
            places.update(self._by_beginning.get(beginning, ()))
        return _best(wanted, (self._profiles[place] for place in sorted(places)), limit)


class PartyIndex:
    """The target's parties, indexed for many look-ups."""

    def __init__(self, candidates: Iterable[PartyLike]) -> None:
        self._index = _Index(_party_profile(each.target_id, each) for each in candidates)

    def propose(self, party: Party, limit: int = LIMIT) -> tuple[MatchProposal, ...]:
        """Return the likeliest candidates, best first; none when nothing speaks for any."""
        return self._index.propose(_party_profile("", party), limit)


class ItemIndex:
    """The target's items, indexed for many look-ups."""

    def __init__(self, candidates: Iterable[ItemLike]) -> None:
        self._index = _Index(_item_profile(each.target_id, each) for each in candidates)

    def propose(self, item: Item, limit: int = LIMIT) -> tuple[MatchProposal, ...]:
        """Return the likeliest candidates, best first; none when nothing speaks for any."""
        return self._index.propose(_item_profile("", item), limit)


def propose_matches(party: Party, candidates: Sequence[PartyLike], limit: int = LIMIT) -> tuple[MatchProposal, ...]:
    """Return the likeliest candidates for one party, comparing it with every one. For many parties use `PartyIndex`."""
    return _best(_party_profile("", party), (_party_profile(each.target_id, each) for each in candidates), limit)


def propose_item_matches(item: Item, candidates: Sequence[ItemLike], limit: int = LIMIT) -> tuple[MatchProposal, ...]:
    """Return the likeliest candidates for one item, comparing it with every one. For many items use `ItemIndex`."""
    return _best(_item_profile("", item), (_item_profile(each.target_id, each) for each in candidates), limit)

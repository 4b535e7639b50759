"""Acknowledgements: what the other side says of a delivery, one file each, named by the delivery's id.

`.acc` has been taken in charge, `.ok` is in the books, `.err` was not taken: its first line is a code. Lines of the
form `name=value` may tell the number and the total in the books.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from tilisilta.connectors.maestro import assumptions
from tilisilta.connectors.maestro.names import answer_path
from tilisilta.connectors.maestro.place import Place
from tilisilta.core.errors import BadInput
from tilisilta.core.problems import problem
from tilisilta.kit.errors import MESSAGE_CHARS, vendor_error
from tilisilta.kit.gather import gather
from tilisilta.kit.manifest import VendorError
from tilisilta.kit.scrub import scrub
from tilisilta.kit.values import maybe_decimal
from tilisilta.ports import Totals
from tilisilta.ports.answers import Acknowledgement, AckState

ENDINGS: Mapping[str, AckState] = {
    assumptions.ACCEPTED_ENDING: AckState.ACCEPTED,
    assumptions.ERROR_ENDING: AckState.REFUSED,
    assumptions.CONFIRMED_ENDING: AckState.CONFIRMED,  # the last word where there are several
}
_FIELD = re.compile(r"\s*(\w+)\s*=\s*(.*?)\s*$")


async def load_answers(
    place: Place, deliveries: Sequence[str], errors: Sequence[VendorError]
) -> dict[str, Acknowledgement]:
    """Return what was said of these deliveries, by id; those nothing was said of are absent."""
    wanted = {answer_path(each, ending): (each, ending) for each in deliveries for ending in ENDINGS}
    there = await place.present(wanted)
    last: dict[str, str] = {}
    for path, (delivery, ending) in wanted.items():
        if path in there:
            last[delivery] = ending

    async def read(delivery: str) -> bytes | None:
        return await place.read(answer_path(delivery, last[delivery]))

    contents = await gather(read, list(last))
    return {
        delivery: read_answer(content, ENDINGS[last[delivery]], errors)
        for delivery, content in zip(last, contents, strict=True)
        if content is not None
    }


async def forget_answers(place: Place, delivery: str) -> None:
    """Remove what was said of a delivery before, so that the next answer is about the file that comes now."""
    for ending in (assumptions.ACCEPTED_ENDING, assumptions.ERROR_ENDING):
        await place.remove(answer_path(delivery, ending))


def read_answer(content: bytes, state: AckState, errors: Sequence[VendorError]) -> Acknowledgement:
    """Return one acknowledgement as its file has it; an empty file says enough by its name."""
    text = content.decode("utf-8-sig", "replace").strip()
    said = {match[1]: match[2] for line in text.splitlines() if (match := _FIELD.match(line))}
    if state is AckState.REFUSED:
        code, _, message = text.partition("\n")
        known = vendor_error(text, errors)
        shown = " ".join(message.split())[:MESSAGE_CHARS] or code
        refused = problem(known.code if known else "MAESTRO_REFUSED", reason=code.strip()[:80], message=shown)
        return Acknowledgement(state=state, problem=refused, text=scrub(text))
    return Acknowledgement(state=state, number=said.get("number", ""), totals=_totals(said), text=scrub(text))


def _totals(said: Mapping[str, str]) -> Totals:
    """Return the totals that an acknowledgement tells; what is no number is not told."""
    amounts = {}
    for name in ("net", "vat", "gross"):
        try:
            amounts[name] = maybe_decimal(said.get(name, ""))
        except BadInput:
            amounts[name] = None
    return Totals(**amounts)


def unknown_deliveries(names: Iterable[str], journal: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of acknowledgements whose delivery is not ours.

    >>> unknown_deliveries(["a1.ok", "b2.err", "readme.txt"], ["a1.json"])
    ('b2',)
    """
    ours = {name.removesuffix(".json") for name in journal}
    answered = {name[: -len(ending)] for name in names for ending in ENDINGS if name.endswith(ending)}
    return tuple(sorted(answered - ours))


def refused_deliveries(names: Iterable[str]) -> set[str]:
    """Return the ids of deliveries that were not taken.

    >>> refused_deliveries(["a1.ok", "b2.err", "c3.err", "c3.ok"])
    {'b2'}
    """
    found = set(names)
    refused = {name.removesuffix(assumptions.ERROR_ENDING) for name in found if name.endswith(assumptions.ERROR_ENDING)}
    return {each for each in refused if f"{each}{assumptions.CONFIRMED_ENDING}" not in found}

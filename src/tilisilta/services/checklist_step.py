"""One step of an integration's checklist."""

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step. `tick` names what a person may answer by hand instead of doing it; empty where that cannot be.

    `links` are further places that help: (address, words).
    """

    code: str
    title: str
    done: bool
    link: str = ""
    link_text: str = ""
    help: str = ""
    tick: str = ""
    links: tuple[tuple[str, str], ...] = ()
    looks: bool = False  # the target can be asked what it holds

"""The whole error tree, sorted by fate: what the engine does next, not where it happened.

    TilisiltaError
    ├── Misconfigured     nothing of this connection can go until a person mends its settings (keys, plan, rights)
    ├── Refused           the vendor said no to this document, for a named reason; others go on
    │   └── Parked        the document is right, and the vendor takes none of its kind now (a locked period)
    ├── Unsupported       the document holds what cannot be said to this target; never dropped silently
    ├── BadInput          what we were handed (file, row, answer) cannot be read
    ├── Retry             try again later; carries seconds; nothing was written
    ├── Unknown           sent, and the answer is lost: look in the target before anything else
    ├── Ambiguous         more than one candidate in the target: a person chooses
    └── Cancelled         a person asked the run to stop, or its lease went to another worker

Each carries `code` (a stable name of the problem catalogue), `params` for its text, and `evidence`
(scrubbed status, body, request id).
"""

from typing import Any

import msgspec


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """The vendor's raw answer, scrubbed of secrets, cut to a readable length."""

    status: int = 0
    body: str = ""
    request_id: str = ""
    url: str = ""


class TilisiltaError(Exception):
    """Base of everything this product raises on purpose."""

    default_code = "INTERNAL"

    def __init__(
        self,
        code: str = "",
        *,
        evidence: Evidence | None = None,
        **params: Any,
    ) -> None:
        self.code = code or self.default_code
        self.params: dict[str, str] = {name: str(value) for name, value in params.items()}
        self.evidence = evidence
        super().__init__(self.code)

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code}({details})" if details else self.code


class Misconfigured(TilisiltaError):
    """Keys, plan, rights or settings are wrong; the connection pauses until a person mends it."""

    default_code = "CONNECTION_MISCONFIGURED"


class Refused(TilisiltaError):
    """The vendor refused this document for a named reason; sending it unchanged would fail again."""

    default_code = "TARGET_REFUSED"


class Parked(Refused):
    """Nothing is wrong with the document; the vendor takes it once somebody there opens the way (a locked period)."""

    default_code = "PERIOD_LOCKED"


class Unsupported(TilisiltaError):
    """The target has no way to say something that this document holds."""

    default_code = "NOT_SUPPORTED_BY_TARGET"


class BadInput(TilisiltaError):
    """A file, row or answer that cannot be read; params name file, line or row, and the rule."""

    default_code = "UNREADABLE"


class Retry(TilisiltaError):
    """Nothing was written; try again after `after_s` seconds."""

    default_code = "TARGET_BUSY"

    def __init__(
        self, code: str = "", *, after_s: float = 5.0, evidence: Evidence | None = None, **params: Any
    ) -> None:
        super().__init__(code, evidence=evidence, **params)
        self.after_s = after_s


class BudgetSpent(Retry):
    """The vendor's daily budget is spent; `after_s` is the time until it renews."""

    default_code = "DAILY_BUDGET_SPENT"


class Unknown(TilisiltaError):
    """The request may have reached the vendor, and its answer is lost."""

    default_code = "ANSWER_LOST"


class Ambiguous(TilisiltaError):
    """The target holds several candidates; params name them."""

    default_code = "SEVERAL_CANDIDATES"


class Cancelled(TilisiltaError):
    """A person asked the run to stop, or another worker holds its lease."""

    default_code = "RUN_CANCELLED"

"""Texts that the vendor can take, with a note of everything that had to be changed."""

from tilisilta.connectors.smartaccounts import assumptions
from tilisilta.core.problems import Problem, Severity, problem


class Texts:
    """Cleans texts of one record and collects warnings about what was changed."""

    def __init__(self) -> None:
        self.warnings: list[Problem] = []

    def clean(self, value: str, where: str) -> str:
        """Return `value` without characters that SmartAccounts cannot store (emoji)."""
        if value.isascii() or max(value) <= assumptions.LAST_ALLOWED_CHARACTER:
            return value
        self.warn("CHARACTERS_REMOVED", where, value=value)
        return "".join(each for each in value if each <= assumptions.LAST_ALLOWED_CHARACTER).strip()

    def cut(self, value: str, where: str, limit: int) -> str:
        """Return `value` cleaned and cut to `limit` characters, with a warning when it was longer."""
        cleaned = self.clean(value, where)
        if len(cleaned) <= limit:
            return cleaned
        self.warn("TEXT_CUT", where, value=cleaned, limit=limit)
        return cleaned[:limit].rstrip()

    def warn(self, code: str, where: str, **params: object) -> None:
        """Add a warning; the document goes on."""
        self.warnings.append(problem(code, where=where, severity=Severity.WARNING, **params))

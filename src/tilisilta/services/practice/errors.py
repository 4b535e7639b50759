"""Mistakes of several fields at once, so that a form shows each beside its own field."""

from collections.abc import Mapping

from tilisilta.services.errors import ServiceError


class FieldErrors(ServiceError):
    """Which fields cannot be used and why. Code and parameters are those of the first one.

    `errors` are by the field's name; of a custom field "values.<id>".
    """

    def __init__(self, errors: Mapping[str, ServiceError]) -> None:
        if not errors:
            msg = "no mistakes to tell"
            raise ValueError(msg)
        self.errors = dict(errors)
        first = next(iter(self.errors.values()))
        super().__init__(first.code, **first.params)

    def __str__(self) -> str:
        """Return the texts of all mistakes in the active language."""
        return " ".join(str(error) for error in self.errors.values())

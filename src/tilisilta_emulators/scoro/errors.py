"""Refusals of the emulated site, before they are put into an envelope."""


class ApiError(Exception):
    """A refusal with the vendor's numeric code and its messages by field ("" for none).

    Texts are ours: the vendor's wording is unknown (sheet, section 13).
    """

    def __init__(self, code: int, messages: dict[str, str] | str) -> None:
        self.code = code
        self.messages = {"": messages} if isinstance(messages, str) else messages
        super().__init__(code, self.messages)


def not_found(what: str, row_id: object) -> ApiError:
    """The answer for an unknown id (code inferred)."""
    return ApiError(404, f"{what} with ID {row_id} was not found")


class FieldError(ValueError):
    """A single written or filtered value that its field cannot hold."""

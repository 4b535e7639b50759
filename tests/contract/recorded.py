"""A transport that hands out recorded answers and remembers what was asked; and a clock that stands still."""

import datetime as dt
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tilisilta.core.errors import TilisiltaError
from tilisilta.kit.http import Request, Response

Answer = Response | TilisiltaError | Callable[[Request], Response]


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Response(status=status, body=content, headers=headers or {})


class Recorded:
    """Answers in order; the last one stays."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = deque(answers)
        self.requests: list[Request] = []

    async def request(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, TilisiltaError):
            raise answer
        return answer if isinstance(answer, Response) else answer(request)

    async def close(self) -> None: ...

    def bodies(self) -> list[Any]:
        return [msgspec.json.decode(request.body) for request in self.requests if request.body]


class StillClock:
    """A clock that moves only when told."""

    def __init__(self, now: dt.datetime | None = None) -> None:
        self.moment = now or dt.datetime(2026, 4, 16, 9, 0, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += dt.timedelta(seconds=seconds)

"""Several calls at once, in bounded number, first failure out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

AT_ONCE = 8

A = TypeVar("A")
B = TypeVar("B")


async def gather(call: Callable[[A], Awaitable[B]], arguments: Sequence[A], *, at_once: int = AT_ONCE) -> list[B]:
    """Return what `call` gives for each argument, in order, at most `at_once` running.

    Raises: what the first failing call raised; the others are cancelled.
    """
    results: dict[int, B] = {}
    queue = iter(enumerate(arguments))

    async def work() -> None:
        for index, argument in queue:
            results[index] = await call(argument)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(arguments))):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [results[index] for index in range(len(arguments))]

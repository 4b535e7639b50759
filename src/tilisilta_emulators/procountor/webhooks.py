"""Pushes events to the addresses that webhooks name.

Source: vendor sheet, section 9. Name of the signature's header and the retries are unknown: ours is
`X-Procountor-Signature` with a hex HMAC-SHA256 of the body, sent once.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import aiohttp

from tilisilta_emulators.kit import encode
from tilisilta_emulators.procountor.books import Books

TIMEOUT_S = 5


class Pusher:
    """Keeps the deliveries of one emulator running and forgets them when they are done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def for_books(self, get: Callable[[], Books]) -> Callable[[str, dict[str, Any]], None]:
        """Return what a company calls with event type and payload."""

        def push(kind: str, payload: dict[str, Any]) -> None:
            self._push(get(), kind, payload)

        return push

    def _push(self, books: Books, kind: str, payload: dict[str, Any]) -> None:
        for name, hook in books.webhooks.items():
            if kind not in hook["subscriptions"]:
                continue
            body = {
                "eventType": kind,
                "webhookUuid": name,
                "payload": payload,
                "meta": {"version": "1", "timestamp": books.stamp()},
            }
            books.pushed.append(body)
            if books.options.push_webhooks:
                task = asyncio.get_running_loop().create_task(_send(hook, encode(body)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End what is still on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _send(hook: dict[str, Any], body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    if hook["authenticationType"] == "HMAC":
        secret = str(next(iter(hook["authenticationMeta"].values()), ""))
        headers["X-Procountor-Signature"] = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(hook["url"], data=body, headers=headers),
        ):
            pass
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return

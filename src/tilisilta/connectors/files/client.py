"""The inbox as a listing: files in order of arrival, and their documents read outside of the event loop."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from tilisilta.core.errors import BadInput
from tilisilta.formats import FileReading, read_file
from tilisilta.ports import Inbox, InboxFile

CHUNK = 100


class OpenedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the inbox with its reading, or with the reason why it has none. `is_last` ends the listing."""

    file: InboxFile
    reading: FileReading | None = None
    refusal: BadInput | None = None
    is_last: bool = False


class FileClient:
    """Lists and opens the files of one connection. Without an inbox there are none."""

    def __init__(self, inbox: Inbox | None) -> None:
        self._inbox = inbox

    async def open_files(self, *, after_id: int, own_registry_codes: frozenset[str]) -> AsyncIterator[OpenedFile]:
        """Yield the files that arrived after `after_id`, each read when its turn comes: one is held at a time."""
        files = await self._list(after_id)
        while files:
            following = await self._list(files[-1].file_id) if len(files) >= CHUNK else []
            for place, file in enumerate(files, start=1):
                opened = await self.open_file(file, own_registry_codes=own_registry_codes)
                is_last = place == len(files) and not following
                yield msgspec.structs.replace(opened, is_last=is_last)
            files = following

    async def open_file(self, file: InboxFile, *, own_registry_codes: frozenset[str]) -> OpenedFile:
        """Return one file read; a file that cannot be used comes with its refusal."""
        if self._inbox is None:
            return OpenedFile(file=file, refusal=BadInput("FILE_GONE", file=file.name))
        try:
            content = await self._inbox.load_file(file.file_id)
            reading = await asyncio.to_thread(read_file, content, file.name, own_registry_codes=own_registry_codes)
        except BadInput as error:
            return OpenedFile(file=file, refusal=error)
        return OpenedFile(file=file, reading=reading)

    async def count(self, *, limit: int) -> int:
        """Return how many files there are, up to `limit`."""
        return 0 if self._inbox is None else len(await self._inbox.list_files(after_id=0, limit=limit))

    async def _list(self, after_id: int) -> list[InboxFile]:
        return [] if self._inbox is None else list(await self._inbox.list_files(after_id=after_id, limit=CHUNK))

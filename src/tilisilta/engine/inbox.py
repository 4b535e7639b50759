"""The files of one connection, as the files connector asks for them."""

from collections.abc import Sequence

from tilisilta.core.errors import BadInput
from tilisilta.engine.database import in_store
from tilisilta.ports import InboxFile
from tilisilta.store.models import FileContent, FileState, StoredFile

_MOST_AT_ONCE = 500


class DbInbox:
    """Reads the store's files of one connection, oldest first.

    What is no e-invoice at all (a picture, an archive) is left out; an e-invoice that is broken is not, so that it is
    listed among the problems.
    """

    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id

    async def list_files(self, *, after_id: int, limit: int) -> Sequence[InboxFile]:
        """Return up to `limit` files that arrived after file `after_id`; 0 begins with the oldest."""
        return await in_store(self._list, after_id, min(limit, _MOST_AT_ONCE))

    async def load_file(self, file_id: int) -> bytes:
        """Return a file's bytes.

        Raises:
            BadInput: this connection has no such file.
        """
        return await in_store(self._load, file_id)

    def _list(self, after_id: int, limit: int) -> list[InboxFile]:
        rows = (
            StoredFile.objects.filter(connection_id=self._connection_id, pk__gt=after_id)
            .exclude(state=FileState.REFUSED, format="")
            .order_by("pk")
            .values_list("pk", "name", "sha256", "received_at")[:limit]
        )
        return [InboxFile(file_id=pk, name=name, sha256=sha, received_at=at) for pk, name, sha, at in rows]

    def _load(self, file_id: int) -> bytes:
        found = FileContent.objects.filter(file_id=file_id, file__connection_id=self._connection_id).values_list(
            "content", flat=True
        )
        content = found.first()
        if content is None:
            raise BadInput("FILE_GONE", file=file_id)
        return bytes(content)

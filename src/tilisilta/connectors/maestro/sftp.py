"""An SFTP server: host key pinned, files renamed into their place by the server in one go."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import cast

import asyncssh
import msgspec
import structlog

from tilisilta.connectors.maestro import assumptions
from tilisilta.connectors.maestro.names import temporary
from tilisilta.connectors.maestro.place import Before, ask_leave
from tilisilta.core.errors import Evidence, Misconfigured, Retry, TilisiltaError, Unknown
from tilisilta.kit.addresses import is_public
from tilisilta.kit.gather import gather
from tilisilta.kit.scrub import scrub

log = structlog.get_logger("tilisilta.sftp")

CONNECT_S = 15.0
OPERATION_S = 60.0
AT_ONCE = 16
_CHUNK = 1 << 20
_GONE = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_CLOSED = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)
_FULL = (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)
# Servers that speak version 3 of the protocol have one code for all failures; some say more in words.
_FULL_WORDS = ("no space", "disk full", "quota")
_LOST = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.Error, OSError, TimeoutError)
_TRIAL = ".tilisilta"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the server. `fingerprints` are those that a person compared: "SHA256:..."."""

    host: str
    port: int = 22
    user: str
    password: str = ""
    key: asyncssh.SSHKey | None = None
    fingerprints: tuple[str, ...] = ()
    root: str = ""
    public_only: bool = False


class _Doorman(asyncssh.SSHClient):
    """Lets in the pinned key alone, and remembers which one was shown."""

    def __init__(self, pinned: Sequence[str]) -> None:
        self._pinned = pinned
        self.shown = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        self.shown = key.get_fingerprint("sha256")
        return self.shown in self._pinned


class SftpPlace:
    """Files below one directory of an SFTP server, over one connection. See `place.Place`."""

    keeps_temporaries = True

    def __init__(self, access: Access) -> None:
        self._access = access
        self._secrets = (access.password,) if access.password else ()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock: asyncio.Lock | None = None

    # --- the connection ------------------------------------------------------------------------------------

    async def _client(self) -> asyncssh.SFTPClient:
        """Return the open client, made anew when the old one broke or belongs to another event loop."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._loop is not loop:
            self._connection = self._sftp = None
            self._lock, self._loop = asyncio.Lock(), loop
        async with self._lock:
            if self._sftp is None or self._connection is None or self._connection.is_closed():
                await self._open()
            assert self._sftp is not None  # noqa: S101  for the type checker
            return self._sftp

    async def _open(self) -> None:
        access = self._access
        if not access.fingerprints:
            shown = await self._shown_key()
            raise Misconfigured("HOST_KEY_NOT_PINNED", host=access.host, shown=shown)
        doorman = _Doorman(access.fingerprints)
        try:
            self._connection = await self._connect(doorman)
            self._sftp = await asyncio.wait_for(self._connection.start_sftp_client(), CONNECT_S)
        except asyncssh.HostKeyNotVerifiable as error:
            pinned = ", ".join(access.fingerprints)
            raise Misconfigured("HOST_KEY_CHANGED", host=access.host, shown=doorman.shown, pinned=pinned) from error
        except (asyncssh.PermissionDenied, asyncssh.ChannelOpenError) as error:
            raise Misconfigured(
                "SFTP_LOGIN_REFUSED", evidence=self._evidence(error), host=access.host, user=access.user
            ) from error
        except _LOST as error:
            raise Retry("TARGET_UNREACHABLE", after_s=15, evidence=self._evidence(error)) from error

    async def _connect(self, doorman: _Doorman) -> asyncssh.SSHClientConnection:
        access = self._access
        return await asyncssh.connect(
            await self._address(),
            access.port,
            client_factory=lambda: doorman,
            known_hosts=([], [], []),  # none but the doorman's
            username=access.user,
            password=access.password or None,
            client_keys=[access.key] if access.key else None,
            agent_path=None,  # nothing of the machine's own account
            config=[],
            x509_trusted_certs=None,
            gss_host=None,
            connect_timeout=CONNECT_S,
            login_timeout=CONNECT_S,
            keepalive_interval=30,
        )

    async def _shown_key(self) -> str:
        """Return the fingerprint that the server shows, so that a person can compare it; empty when none is shown."""
        doorman = _Doorman(())
        try:
            connection = await self._connect(doorman)
        except (TilisiltaError, *_LOST) as error:
            if isinstance(error, TilisiltaError):
                raise
            if not doorman.shown:
                raise Retry("TARGET_UNREACHABLE", after_s=15, evidence=self._evidence(error)) from error
        else:  # pragma: no cover  the doorman lets nobody in
            connection.abort()
        return doorman.shown

    async def _address(self) -> str:
        """Return the number to connect to, looked at after the name was resolved so that it cannot lead elsewhere."""
        access = self._access
        try:
            found = await asyncio.get_running_loop().getaddrinfo(access.host, access.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Retry("TARGET_UNREACHABLE", after_s=60, evidence=self._evidence(error)) from error
        numbers = [str(each[4][0]) for each in found]
        if access.public_only and not all(is_public(number) for number in numbers):
            raise Misconfigured("ADDRESS_NOT_PUBLIC", address=access.host)
        return numbers[0]

    @contextlib.asynccontextmanager
    async def _use(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """Give the client; what goes wrong inside changed nothing that others see."""
        sftp = await self._client()
        try:
            async with asyncio.timeout(OPERATION_S):
                yield sftp
        except TilisiltaError:
            raise
        except _LOST as error:
            raise self._fate(error) from error

    async def close(self) -> None:
        """Close the connection; it may be closed twice."""
        connection, self._connection, self._sftp = self._connection, None, None
        if connection is not None and self._loop is asyncio.get_running_loop():
            connection.close()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(connection.wait_closed(), 5)

    # --- files ---------------------------------------------------------------------------------------------

    async def check(self) -> dict[str, str]:
        """Put and remove a file, and say where."""
        path = f"{assumptions.INVOICES}/{_TRIAL}"
        await self.put(path, b"")
        await self.remove(path)
        return {"host": f"{self._access.host}:{self._access.port}", "folder": self._access.root or "."}

    async def put(self, path: str, content: bytes, before: Before | None = None) -> None:
        """Write under the hidden name, sync where the server can, rename."""
        hidden, final = self._path(temporary(path)), self._path(path)
        async with self._use() as sftp:
            try:
                await self._lay(sftp, hidden, content)
            except _GONE:
                await self._make_folder(sftp, path)
                await self._lay(sftp, hidden, content)
        if before is not None:
            await before()
        sftp = await self._client()
        ask_leave()
        try:
            async with asyncio.timeout(OPERATION_S):
                await _rename(sftp, hidden, final)
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, TimeoutError) as error:
            self._drop()
            raise Unknown("ANSWER_LOST", evidence=self._evidence(error)) from error
        except asyncssh.SFTPError as error:
            raise self._fate(error) from error  # the server said no: it did not appear
        except (asyncssh.Error, OSError) as error:
            self._drop()
            raise Unknown("ANSWER_LOST", evidence=self._evidence(error)) from error

    async def _lay(self, sftp: asyncssh.SFTPClient, hidden: str, content: bytes) -> None:
        async with sftp.open(hidden, "wb") as file:
            for start in range(0, len(content), _CHUNK):
                await file.write(content[start : start + _CHUNK])
            with contextlib.suppress(asyncssh.SFTPOpUnsupported):
                await file.fsync()

    async def _make_folder(self, sftp: asyncssh.SFTPClient, path: str) -> None:
        """Make a folder of ours below the root; the root itself is the other side's."""
        root = self._access.root or "."
        if not await sftp.isdir(root):
            raise Misconfigured("FOLDER_MISSING", folder=root)
        await sftp.makedirs(self._path(path.rpartition("/")[0]), exist_ok=True)

    async def read(self, path: str) -> bytes | None:
        """Return a file's content, at most as large as we read."""
        async with self._use() as sftp:
            try:
                async with sftp.open(self._path(path), "rb") as file:
                    return cast("bytes", await file.read(assumptions.MAX_FILE_BYTES))
            except _GONE:
                return None

    async def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        async with self._use() as sftp:
            with contextlib.suppress(*_GONE):
                await sftp.remove(self._path(path))

    async def present(self, paths: Iterable[str]) -> set[str]:
        """Look at each file; folders may hold the files of years."""
        wanted = list(paths)
        async with self._use() as sftp:
            there = await gather(lambda path: sftp.exists(self._path(path)), wanted, at_once=AT_ONCE)
        return {path for path, is_there in zip(wanted, there, strict=True) if is_there}

    async def names(self, folder: str) -> list[str]:
        """Return the names of a folder's files."""
        async with self._use() as sftp:
            try:
                return sorted(str(name) for name in await sftp.listdir(self._path(folder)) if name not in {".", ".."})
            except _GONE:
                return []

    # --- what went wrong -----------------------------------------------------------------------------------

    def _path(self, path: str) -> str:
        return f"{self._access.root}/{path}" if self._access.root else path

    def _drop(self) -> None:
        connection, self._connection, self._sftp = self._connection, None, None
        if connection is not None:
            connection.abort()

    def _fate(self, error: Exception) -> TilisiltaError:
        """Return the fate of what failed before anything appeared."""
        evidence, where = self._evidence(error), self._access.root or "."
        said = str(error).lower()
        if isinstance(error, _FULL) or (
            isinstance(error, asyncssh.SFTPFailure) and any(words in said for words in _FULL_WORDS)
        ):
            return Retry("DISK_FULL", after_s=assumptions.DISK_WAIT_S, evidence=evidence, folder=where)
        if isinstance(error, _CLOSED):
            return Misconfigured("FOLDER_NOT_WRITABLE", evidence=evidence, folder=where)
        if isinstance(error, _GONE):
            return Misconfigured("FOLDER_MISSING", evidence=evidence, folder=where)
        if isinstance(error, asyncssh.SFTPError) and not isinstance(error, asyncssh.SFTPConnectionLost):
            return Retry("TARGET_BUSY", after_s=30, evidence=evidence)
        self._drop()
        return Retry("TARGET_UNREACHABLE", after_s=15, evidence=evidence)

    def _evidence(self, error: Exception) -> Evidence:
        body = scrub(f"{type(error).__name__}: {error}", self._secrets)
        log.info("sftp_failed", host=self._access.host, error=body)
        return Evidence(body=body, url=f"sftp://{self._access.host}:{self._access.port}")


async def _rename(sftp: asyncssh.SFTPClient, hidden: str, final: str) -> None:
    """Rename in one go; where the server cannot, remove the old file first, so that there is never half of one."""
    try:
        await sftp.posix_rename(hidden, final)
    except asyncssh.SFTPOpUnsupported:
        with contextlib.suppress(*_GONE):
            await sftp.remove(final)
        await sftp.rename(hidden, final)

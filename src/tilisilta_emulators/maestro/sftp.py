"""The SFTP server before the folder: signs in by key, misbehaves by the same rules as the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from errno import ENOSPC
from pathlib import Path
from typing import Any, NoReturn

import asyncssh

from tilisilta_emulators.kit import Rule
from tilisilta_emulators.maestro.options import Options
from tilisilta_emulators.maestro.rules import Rules

FAULTS = frozenset({"disk_full", "permission_denied"})
_KINDS = FAULTS | {"delay", "drop_before", "drop_after", "error_before", "error_after", "stall"}
_AFTER = frozenset({"drop_after", "error_after"})


class Site:
    """What the server stands on."""

    def __init__(
        self, root: Callable[[], Path], rules: Rules, options: Callable[[], Options], arrived: Callable[[], None]
    ) -> None:
        self.root = root
        self.rules = rules
        self.options = options
        self.arrived = arrived


class FolderServer(asyncssh.SFTPServer):
    """One session over the folder. Each step asks the rules before and after it."""

    def __init__(self, channel: Any, site: Site) -> None:
        super().__init__(channel, chroot=str(site.root()).encode())
        self._site = site

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file."""
        return await self._step("OPEN", path, lambda: asyncssh.SFTPServer.open(self, path, pflags, attrs))

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write a part of a file."""
        name = str(getattr(file_obj, "name", b"")).encode()
        written = await self._step("WRITE", name, lambda: asyncssh.SFTPServer.write(self, file_obj, offset, data))
        return int(written)

    async def remove(self, path: bytes) -> None:
        """Remove a file."""
        await self._step("REMOVE", path, lambda: asyncssh.SFTPServer.remove(self, path))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename to a name that is free."""

        async def act() -> None:
            await self.convert(asyncssh.SFTPServer.rename(self, oldpath, newpath))
            self._site.arrived()

        await self._step("RENAME", newpath, act)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename over whatever is there."""
        if not self._site.options().posix_rename:
            raise asyncssh.SFTPOpUnsupported("posix-rename is not offered")

        async def act() -> None:
            await self.convert(asyncssh.SFTPServer.posix_rename(self, oldpath, newpath))
            self._site.arrived()

        await self._step("RENAME", newpath, act)

    @staticmethod
    async def convert(result: Any) -> Any:
        """Return what a step gives, awaited where it has to be."""
        return await result if isinstance(result, Awaitable) else result

    async def _step(self, method: str, path: bytes, act: Callable[[], Any]) -> Any:
        shown = path.decode("utf-8", "replace")
        rule = self._site.rules.fired(method, shown if shown.startswith("/") else f"/{shown}", _KINDS)
        if rule is not None and rule.kind not in _AFTER:
            await self._misbehave(rule)
        result = await self.convert(act())
        if rule is not None and rule.kind in _AFTER:
            await self._misbehave(rule)
        return result

    async def _misbehave(self, rule: Rule) -> None:
        match rule.kind:
            case "delay":
                await asyncio.sleep((rule.ms or 0) / 1000)
            case "disk_full":
                raise OSError(ENOSPC, "No space left on device")
            case "permission_denied":
                raise asyncssh.SFTPPermissionDenied("Permission denied")
            case "error_before" | "error_after":
                raise asyncssh.SFTPFailure("Failure")
            case _:
                self._drop()

    def _drop(self) -> NoReturn:
        """Cut the connection; what is raised reaches nobody."""
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("by order")


class _Door(asyncssh.SSHServer):
    """Lets in one user with one key."""

    def __init__(self, options: Callable[[], Options], key: asyncssh.SSHKey) -> None:
        self._options = options
        self._key = key

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002  everybody has to show a key
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._options().sftp_user and key.public_data == self._key.public_data


class SftpSide:
    """The listening server with its host key and the user's key, both made when it starts."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0
        self._acceptor: asyncssh.SSHAcceptor | None = None

    @property
    def fingerprint(self) -> str:
        """Return the host key's fingerprint, as `ssh-keygen -l` shows it."""
        return str(self.host_key.get_fingerprint("sha256"))

    async def start(self, host: str) -> None:
        """Listen on a free port, or on the same one as before."""
        self._acceptor = await asyncssh.listen(
            host,
            self.port,
            server_factory=lambda: _Door(self._site.options, self.user_key),
            server_host_keys=[self.host_key],
            sftp_factory=lambda channel: FolderServer(channel, self._site),
            allow_scp=False,
            reuse_address=True,
        )
        self.port = self._acceptor.get_port()

    async def change_host_key(self, host: str) -> None:
        """Be another server at the same address from now on."""
        await self.stop()
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        await self.start(host)

    async def stop(self) -> None:
        """Stop listening and drop who is there."""
        acceptor, self._acceptor = self._acceptor, None
        if acceptor is not None:
            acceptor.close()
            await acceptor.wait_closed()

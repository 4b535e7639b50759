"""A worker that dies between any two steps of a sending: whoever goes on finds or sends, and the books hold it once."""

import contextlib
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.contract.maestro.conftest import Office, customer, draft

from tilisilta.connectors.maestro.folder import FolderPlace
from tilisilta.connectors.maestro.sftp import SftpPlace
from tilisilta.core.errors import Retry

MOST_STEPS = 40


class Killed(BaseException):
    """The end of a process: nothing that it had still to do is done."""


class Fuse:
    """Counts steps and dies before the one of its number, or after the last byte of the one before."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.steps = 0

    def burn(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Killed


def fused(fuse: Fuse, act: Callable[..., Any]) -> Callable[..., Any]:
    def step(*arguments: Any, **named: Any) -> Any:
        fuse.burn()
        return act(*arguments, **named)

    return step


def fuse_folder(monkeypatch: pytest.MonkeyPatch, fuse: Fuse) -> None:
    monkeypatch.setattr(FolderPlace, "_lay", fused(fuse, FolderPlace._lay))
    monkeypatch.setattr(FolderPlace, "_read", fused(fuse, FolderPlace._read))
    monkeypatch.setattr(Path, "replace", fused(fuse, Path.replace))
    monkeypatch.setattr(Path, "unlink", fused(fuse, Path.unlink))


def fuse_sftp(monkeypatch: pytest.MonkeyPatch, fuse: Fuse) -> None:
    import asyncssh

    monkeypatch.setattr(SftpPlace, "_lay", fused(fuse, SftpPlace._lay))
    monkeypatch.setattr(SftpPlace, "_client", fused(fuse, SftpPlace._client))
    monkeypatch.setattr(asyncssh.SFTPClient, "posix_rename", fused(fuse, asyncssh.SFTPClient.posix_rename))


FUSES = {"folder": fuse_folder, "sftp": fuse_sftp}


@pytest.mark.parametrize("route", sorted(FUSES))
@pytest.mark.parametrize("was_refused", [False, True])
async def test_a_death_at_any_step_neither_doubles_nor_forgets(
    office: Office, monkeypatch: pytest.MonkeyPatch, route: str, *, was_refused: bool
) -> None:
    deaths = 0
    for at in range(1, MOST_STEPS):
        office.reset(processed="delete", acknowledge="errors")  # no answer when all is well: the hardest to tell
        first = office.connect(route, with_pdf="off")
        if was_refused:
            await first.send(draft())  # its customer is not there yet
            office.books()
        await first.send(customer())
        fuse = Fuse(at)
        with monkeypatch.context() as dying:
            FUSES[route](dying, fuse)
            try:
                await first.send(draft())
            except Killed:
                deaths += 1
        await first.close()
        office.books()  # the importer takes away what appeared
        second = office.connect(route, with_pdf="off")
        found = await second.find([draft()], fresh=True)
        if not found:
            await second.send(draft())
        assert office.numbers() == ["1042"], f"died at step {at}"
        assert [each["times"] for each in office.books()["invoices"]] == [1], f"sent twice, died at step {at}"
        await second.close()
        if fuse.steps < at:
            break
    else:
        raise AssertionError("the sending has more steps than were tried")
    assert deaths > 3


@pytest.mark.parametrize("route", sorted(FUSES))
async def test_a_death_while_a_renumbered_invoice_goes_leaves_one_of_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    renumbered = draft(number="1043")
    for at in range(1, MOST_STEPS):
        office.reset(auto_import=False, processed="delete", acknowledge="errors")
        first = office.connect(route, with_pdf="off")
        await first.send(customer())
        await first.send(draft())
        fuse = Fuse(at)
        with monkeypatch.context() as dying:
            FUSES[route](dying, fuse)
            with contextlib.suppress(Killed):
                await first.send(renumbered)
        await first.close()
        second = office.connect(route, with_pdf="off")
        if not await second.find([renumbered], fresh=True):
            await second.send(renumbered)
        office.emulator.importer.run()
        assert office.numbers() == ["1043"], f"died at step {at}"
        await second.close()
        if fuse.steps < at:
            return
    raise AssertionError("the sending has more steps than were tried")


async def test_a_disk_that_fills_up_after_a_death_leaves_the_proof_that_nothing_appeared(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.reset(auto_import=False, acknowledge="none")
    maestro = office.connect("folder", with_pdf="off")
    await maestro.send(customer())
    lay, replace = FolderPlace._lay, Path.replace

    def dies(path: Path, target: Path) -> Path:
        if "1042" in path.name:
            raise Killed
        return replace(path, target)

    def fills_up(place: FolderPlace, hidden: Path, content: bytes) -> None:
        lay(place, hidden, content[:10])
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as dying:  # just before the file appears
        dying.setattr(Path, "replace", dies)
        with pytest.raises(Killed):
            await maestro.send(draft())
    assert await maestro.find([draft()], fresh=True) == {}
    with monkeypatch.context() as filling:
        filling.setattr(FolderPlace, "_lay", fills_up)
        with pytest.raises(Retry):
            await maestro.send(draft())
    assert await maestro.find([draft()], fresh=True) == {}
    assert not [name for name in office.files(".part") if (office.emulator.root / name).stat().st_size]
    await maestro.send(draft())
    office.emulator.importer.run()
    assert office.numbers() == ["1042"]

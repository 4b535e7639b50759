"""The folder route: what a disk does to us, and which folders may be named."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tilisilta.connectors.maestro.folder import FolderPlace, allowed_root
from tilisilta.connectors.maestro.names import temporary
from tilisilta.core.errors import Cancelled, Misconfigured, Retry, TilisiltaError, Unknown
from tilisilta.kit.http import before_write

PATH = "out/invoices/a.xml"


def failing(number: int) -> Callable[..., None]:
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def files_of(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


@pytest.mark.parametrize(
    ("number", "fate", "code"),
    [
        (errno.ENOSPC, Retry, "DISK_FULL"),
        (errno.EDQUOT, Retry, "DISK_FULL"),
        (errno.EACCES, Misconfigured, "FOLDER_NOT_WRITABLE"),
        (errno.EROFS, Misconfigured, "FOLDER_NOT_WRITABLE"),
        (errno.EIO, Retry, "TARGET_UNREACHABLE"),
    ],
)
async def test_what_fails_before_the_rename_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, fate: type[TilisiltaError], code: str
) -> None:
    place = FolderPlace(tmp_path)
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(fate) as caught:
        await place.put(PATH, b"<Finvoice/>")
    assert caught.value.code == code
    # Its name alone stays, as the proof that the file never appeared.
    assert [(path.name, path.stat().st_size) for path in files_of(tmp_path)] == [(".a.xml.part", 0)]


async def test_a_rename_that_fails_leaves_the_hidden_name_and_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = FolderPlace(tmp_path)
    await place.put(PATH, b"old")
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", failing(errno.EACCES))
        with pytest.raises(Misconfigured):
            await place.put(PATH, b"new")
    assert await place.read(PATH) == b"old"
    assert await place.present([PATH, temporary(PATH)]) == {PATH, temporary(PATH)}


async def test_a_folder_that_cannot_be_synced_may_have_taken_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fsync, []

    def second_fails(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 1:
            raise OSError(errno.EIO, "Input/output error")
        real(handle)

    monkeypatch.setattr(os, "fsync", second_fails)
    place = FolderPlace(tmp_path)
    with pytest.raises(Unknown):
        await place.put(PATH, b"<Finvoice/>")
    assert await place.read(PATH) == b"<Finvoice/>"


async def test_a_run_without_its_lease_lets_nothing_appear(tmp_path: Path) -> None:
    def stop() -> None:
        raise Cancelled

    token = before_write.set(stop)
    try:
        with pytest.raises(Cancelled):
            await FolderPlace(tmp_path).put(PATH, b"<Finvoice/>")
    finally:
        before_write.reset(token)
    assert not (tmp_path / PATH).exists()


async def test_a_drive_that_is_not_mounted_is_told_from_an_empty_folder(tmp_path: Path) -> None:
    gone = FolderPlace(tmp_path / "mnt")
    for call in (gone.put(PATH, b""), gone.names("ack"), gone.present(["ack/1.ok"])):
        with pytest.raises(Misconfigured) as caught:
            await call
        assert caught.value.code == "FOLDER_MISSING"
    assert await FolderPlace(tmp_path).names("ack") == []
    assert await FolderPlace(tmp_path).read("in/products.csv") is None


async def test_links_are_not_read_as_files(tmp_path: Path) -> None:
    (tmp_path / "ack").mkdir()
    (tmp_path / "ack/1.ok").symlink_to("/etc/hostname")
    assert await FolderPlace(tmp_path).names("ack") == []


def test_only_folders_below_the_operators_are_used(tmp_path: Path) -> None:
    allowed = tmp_path / "maestro"
    (allowed / "acme").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (allowed / "way_out").symlink_to(tmp_path / "secret")
    assert allowed_root(str(allowed / "acme"), [str(allowed)]) == allowed / "acme"
    assert allowed_root(str(allowed), [str(allowed)]) == allowed
    for wrong in ("secret", "maestro/../secret", "maestro/way_out", "maestrox"):
        with pytest.raises(Misconfigured) as caught:
            allowed_root(str(tmp_path / wrong), [str(allowed)])
        assert caught.value.code == "FOLDER_NOT_ALLOWED"
    for given, folders in ((str(allowed), ()), ("maestro", (str(allowed),)), ("", (str(allowed),))):
        with pytest.raises(Misconfigured):
            allowed_root(given, folders)

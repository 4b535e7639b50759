"""How much a request may bring: strangers little, members as much as the pages say."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tilisilta.services import files
from tilisilta.services.connections import create_connection


def big(megabytes):
    return {"file": SimpleUploadedFile("a.bin", b"0" * (megabytes << 20))}


@pytest.mark.parametrize("path", ["/account/login/", "/language/", "/account/password/reset/", "/c/1/files/upload/"])
def test_strangers_send_nothing_big(world, path, monkeypatch):
    read = []
    monkeypatch.setattr("django.http.HttpRequest.parse_file_upload", lambda *_: read.append(1))
    response = Client(enforce_csrf_checks=True).post(path, big(2))
    assert (response.status_code, read) == (413, []), "turned away before it is read"
    assert "Up to 1 MB" in response.content.decode()
    assert "script-src 'self'" in response["Content-Security-Policy"]


def test_members_have_a_limit_too(world, settings):
    settings.REQUEST_MAX_BYTES = 1 << 20
    assert world.client("owner").post(world.url("files/upload/"), big(2)).status_code == 413


def test_a_length_that_is_none_is_turned_away(world):
    assert Client().post("/account/login/", {"login": "a"}, CONTENT_LENGTH="-5").status_code == 413


def test_as_many_files_as_the_page_says_come_in_one_request(world):
    inbox = create_connection(world.actor("owner"), vendor="files", name="Arved", credentials={}, settings={})
    path = world.url("files/upload/")
    chosen = [SimpleUploadedFile(f"{n}.xml", b"<a>%d</a>" % n) for n in range(files.MAX_FILES)]
    response = world.client("owner").post(path, {"connection": inbox.pk, "files": chosen})
    assert response.status_code == 200
    assert len(response.context["results"]) == files.MAX_FILES
    more = [SimpleUploadedFile(f"{n}.xml", b"<a/>") for n in range(files.MAX_FILES + 1)]
    told = world.client("owner").post(path, {"connection": inbox.pk, "files": more}, follow=True)
    assert "Up to 500 files" in told.content.decode()


@pytest.mark.parametrize("connection", ["", "0", "x", "9" * 30, "-1"])
def test_an_upload_to_no_connection_is_not_found(world, connection):
    response = world.client("owner").post(world.url("files/upload/"), {"connection": connection, "files": []})
    assert response.status_code == 404

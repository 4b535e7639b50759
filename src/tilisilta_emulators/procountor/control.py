"""Control beyond the kit's: API keys as their page in Procountor makes them, and what people do meanwhile.

`GET /_emulator/apikeys` is the page Basics > API keys (JSON when asked for by `Accept`), `POST` makes a key for
`{"user", "client_id", "company"}`, `DELETE /_emulator/apikeys/{id}` revokes one. `POST /_emulator/act/{name}` runs
an act of `acts`, in the company of `?company=`. `GET /_emulator/attachments/{id}` gives a file's bytes.
"""

from collections.abc import Callable
from decimal import InvalidOperation
from html import escape
from typing import Any

import msgspec
from aiohttp import web

from tilisilta_emulators.kit import decode, exact_response
from tilisilta_emulators.procountor.acts import ACTS
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.site import COMPANY_ID, USER_ID, Key, Site

_PAGE = """<!DOCTYPE html><html lang="fi"><head><meta charset="utf-8"><title>API-avaimet</title></head><body>
<h1>Perustiedot &gt; API-avaimet</h1><p>Ympäristö: {company}</p>{made}<table><tr><th>Avain</th><th>Käyttäjä</th>
<th>Asiakasohjelmiston tunniste</th><th>Luotu</th><th></th></tr>{rows}</table>
<form method="post"><label>Käyttäjä <select name="user">{users}</select></label>
<label>Asiakasohjelmiston tunniste <input name="client_id"></label><button>Muodosta</button></form></body></html>"""


class Control:
    """The endpoints; a mistake in a call is answered 400 with what was wrong."""

    def __init__(self, site: Callable[[], Site]) -> None:
        self._site = site

    def books(self, request: web.Request) -> Books:
        """Return the company that `?company=` names, the first by default.

        Raises:
            ValueError: There is no such company.

        """
        wanted = request.query.get("company", str(COMPANY_ID))
        books = self._site().companies.get(int(wanted)) if wanted.isdecimal() else None
        if books is None:
            raise ValueError(f"no company {wanted}")
        return books

    async def keys(self, request: web.Request) -> web.Response:
        """`GET /_emulator/apikeys`."""
        try:
            books = self.books(request)
        except ValueError as error:
            return _refuse(error)
        if "json" in request.headers.get("Accept", ""):
            return exact_response(list(self._site().all_keys()))
        return self._page(books, None)

    async def make_key(self, request: web.Request) -> web.Response:
        """`POST /_emulator/apikeys`: by JSON, or by the page's form."""
        try:
            books = self.books(request)
            if "json" in request.content_type:
                given = await _object(request)
            else:
                given = dict(await request.post())
            user, company = str(given.get("user") or USER_ID), str(given.get("company") or books.id)
            key = self._site().make_key(int(company), int(user), str(given.get("client_id", "")).strip())
        except (ValueError, msgspec.MsgspecError) as error:
            return _refuse(error)
        if "json" in request.content_type:
            return exact_response(key)
        return self._page(books, key)

    def _page(self, books: Books, made: Key | None) -> web.Response:
        rows = "".join(
            f"<tr><td>{key.secret[:10]}…</td><td>{key.user}</td><td>{escape(key.client_id)}</td><td>{key.created}</td>"
            f"<td>{'poistettu' if key.revoked else ''}</td></tr>"
            for key in self._site().keys.values()
            if key.company == books.id
        )
        users = "".join(
            f'<option value="{user}">{escape(person["username"])}</option>'
            for user, person in books.users.items()
            if user in books.rights
        )
        shown = f'<p>Kopioi API-avain: <code id="key">{made.secret}</code></p>' if made else ""
        text = _PAGE.format(company=escape(books.name), made=shown, rows=rows, users=users)
        return web.Response(text=text, content_type="text/html")

    async def revoke(self, request: web.Request) -> web.Response:
        """`DELETE /_emulator/apikeys/{id}`."""
        try:
            self._site().revoke(int(request.match_info["id"]))
        except ValueError as error:
            return _refuse(error)
        return exact_response(list(self._site().all_keys()))

    async def act(self, request: web.Request) -> web.Response:
        """`POST /_emulator/act/{name}`."""
        name = request.match_info["name"]
        if name not in ACTS:
            return _refuse(ValueError(f"unknown act {name!r}; known: {', '.join(ACTS)}"))
        try:
            done = ACTS[name](self._site(), self.books(request), await _object(request))
        except (ValueError, KeyError, TypeError, InvalidOperation, msgspec.MsgspecError) as error:
            return _refuse(error)
        return exact_response(done)

    async def file(self, request: web.Request) -> web.Response:
        """`GET /_emulator/attachments/{id}`: the bytes of a file."""
        wanted = request.match_info["id"]
        try:
            row = self.books(request).attachments.rows.get(int(wanted) if wanted.isdecimal() else 0)
        except ValueError as error:
            return _refuse(error)
        if row is None:
            return _refuse(ValueError(f"no attachment {wanted}"))
        return web.Response(body=row.content, content_type="application/octet-stream")


async def _object(request: web.Request) -> dict[str, Any]:
    body = await request.read()
    value = decode(body) if body.strip() else {}
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004  a bad request, not a bad type
    return value


def _refuse(error: Exception) -> web.Response:
    return exact_response({"error": str(error)}, 400)


def add_control(app: web.Application, site: Callable[[], Site]) -> None:
    """Add the endpoints to an application; `site` gives the present one."""
    control = Control(site)
    app.router.add_get("/_emulator/apikeys", control.keys)
    app.router.add_post("/_emulator/apikeys", control.make_key)
    app.router.add_delete("/_emulator/apikeys/{id}", control.revoke)
    app.router.add_post("/_emulator/act/{name}", control.act)
    app.router.add_get("/_emulator/attachments/{id}", control.file)

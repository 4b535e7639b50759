"""A person at the pages: opens, clicks, fills in and presses, and reads what is written there.

Forms are sent as they stand on the page, with their hidden fields and the token against forgery, so a field that the
page lost is lost here too.
"""

import re
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from lxml import html

from tilisilta.store.models import Company, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_STOP_ASKING = 286
_SECONDS = 60.0


def words(element: Any) -> str:
    """Return the text of an element as it is read, with single spaces."""
    return " ".join(str(element.text_content()).split())


def _cells(row: Any) -> str:
    cells = row.findall("td")
    return " | ".join(words(cell) for cell in cells) if cells else words(row)


class Pages:
    """One browser of one person, in the language that the person reads."""

    def __init__(self, company: Company | None = None, user: User | None = None, language: str = "en") -> None:
        self.company = company
        self.client = Client(enforce_csrf_checks=True, headers={"accept-language": language})
        self.url = "/"
        self.response: HttpResponse = HttpResponse()
        self._document: Any = None
        if user is not None:
            User.objects.filter(pk=user.pk).update(language=language)
            self.client.force_login(user, backend=BACKEND)

    # --- going ---------------------------------------------------------------------------------------------

    def open(self, path: str, *, status: int = 200) -> "Pages":
        """Open a page: an absolute path, or one below the company's."""
        if not path.startswith("/"):
            if self.company is None:
                raise ValueError("no company to open this page of")
            path = f"/c/{self.company.pk}/{path}"
        return self._take(self.client.get(path, follow=True), path, status)

    def go(self, page: str, *args: object, **query: str) -> "Pages":
        """Open a page of the company by its name."""
        if self.company is None:
            raise ValueError("no company to open this page of")
        tail = f"?{urlencode(query)}" if query else ""
        return self.open(reverse(page, args=[self.company.pk, *args]) + tail)

    def click(self, text: str, *, within: str = "", status: int = 200) -> "Pages":
        """Follow the link that begins with these words; `within` narrows to the row that holds other words."""
        link = self._choose(self._place(within).iter("a"), text, "link")
        return self.open(urljoin(self.url, link.get("href")), status=status)

    def press(self, text: str, *, within: str = "", status: int = 200, **values: Any) -> "Pages":
        """Press the button of these words with the form filled in; `within` narrows to the row that holds the words.

        A value of None leaves a field out; True ticks a box; a list ticks several; (name, bytes) is a file.
        """
        button = self._choose(self._place(within).iter("button"), text, "button")
        form = self._form_of(button)
        data = self._filled(form, values)
        if button.get("name"):
            data[button.get("name")] = [button.get("value") or ""]
        address = urljoin(self.url, form.get("action") or self.url)
        if (form.get("method") or "get").lower() == "get":
            return self._take(self.client.get(address, data, follow=True), address, status)
        return self._take(self.client.post(address, data, follow=True), address, status)

    def _take(self, response: Any, path: str, status: int) -> "Pages":
        chain = getattr(response, "redirect_chain", [])
        self.url = urljoin(path, chain[-1][0]) if chain else path
        self.response = response
        self._document = None
        assert response.status_code == status, f"{self.url}: {response.status_code}\n{self.text[:2000]}"
        return self

    # --- reading -------------------------------------------------------------------------------------------

    @property
    def document(self) -> Any:
        if self._document is None:
            self._document = html.document_fromstring(self.response.content.decode() or "<html></html>")
        return self._document

    @property
    def source(self) -> str:
        return self.response.content.decode()

    @property
    def text(self) -> str:
        """What the page says, between its top and its foot."""
        main = self.document.find(".//main")
        return words(main if main is not None else self.document)

    @property
    def heading(self) -> str:
        return words(self.document.find(".//h1"))

    def messages(self) -> str:
        """What the page tells about what was just done."""
        return " | ".join(words(each) for each in self.document.find_class("message"))

    def row(self, text: str) -> str:
        """Return the words of the table row or list line that holds these words, its cells parted by bars."""
        return _cells(self._row(text))

    def rows(self, caption: str = "") -> list[str]:
        """Return the body rows of the page's tables; `caption` narrows to tables whose text holds it."""
        tables = [each for each in self.document.iter("table") if caption in words(each)]
        return [_cells(row) for table in tables for row in table.iterfind("tbody/tr")]

    def links(self) -> list[str]:
        return [words(each) for each in self.document.iter("a") if each.get("href")]

    def buttons(self) -> list[str]:
        return [words(each) for each in self.document.iter("button")]

    def value(self, name: str) -> str:
        """Return what a field of the page holds."""
        return str(self._fields()[name])

    def choices(self, name: str) -> dict[str, str]:
        """Return what may be chosen in a field: value to words."""
        found = self.document.xpath(f".//select[@name='{name}']/option")
        return {each.get("value", ""): words(each) for each in found}

    def field_names(self) -> list[str]:
        return list(self._fields())

    def _fields(self) -> dict[str, Any]:
        return {name: value for form in self.document.forms for name, value in form.fields.items()}

    def number(self) -> int:
        """Return the last number of the page's address: the row that it shows."""
        return int(re.findall(r"\d+", urlsplit(self.url).path)[-1])

    def wait_for_run(self, seconds: float = _SECONDS) -> "Pages":
        """Stay on a run's page as a browser does: ask for its progress until told to stop, then load it anew."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            answer = self.client.get(f"{urlsplit(self.url).path}progress/", headers={"hx-request": "true"})
            if answer.status_code == _STOP_ASKING:
                return self.open(self.url)
            assert answer.status_code == 200, answer.status_code
            time.sleep(0.05)
        raise AssertionError(f"{self.url} is still running:\n{self.text}")

    # --- finding -------------------------------------------------------------------------------------------

    def _row(self, text: str) -> Any:
        found = [each for each in self.document.iter("tr", "li") if text in words(each)]
        assert found, f"no row says {text!r} on {self.url}:\n{self.text}"
        return min(found, key=lambda each: len(words(each)))

    def _place(self, within: str) -> Any:
        return self._row(within) if within else self.document

    def _choose(self, elements: Iterable[Any], text: str, what: str) -> Any:
        found = [(each, words(each)) for each in elements]
        equal = [each for each, said in found if said == text]
        begins = [each for each, said in found if said.startswith(text)]
        chosen = equal or begins
        assert chosen, f"no {what} says {text!r} on {self.url}; there are {[said for _, said in found]}\n{self.text}"
        return chosen[0]

    def _form_of(self, button: Any) -> Any:
        named = button.get("form")
        if named:
            return self.document.get_element_by_id(named)
        return next(each for each in button.iterancestors("form"))

    def _filled(self, form: Any, values: Mapping[str, Any]) -> dict[str, list[Any]]:
        data: dict[str, list[Any]] = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        own = {each.get("name") for each in form.iter("input", "select", "textarea")}
        if form.get("id"):
            own |= {each.get("name") for each in self.document.xpath(f".//*[@form='{form.get('id')}']")}
        for name, value in values.items():
            assert name in own, f"the form on {self.url} has no field {name!r}; it has {sorted(filter(None, own))}"
            data.pop(name, None)
            if value is None or value is False:
                continue
            data[name] = [_sent(each) for each in (value if isinstance(value, list) else [value])]
        return data


def _sent(value: Any) -> Any:
    if value is True:
        return "on"
    if isinstance(value, tuple):
        return SimpleUploadedFile(*value)
    return str(value)

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tilisilta.core.errors import BudgetSpent, Cancelled, Misconfigured, Retry, TilisiltaError, Unknown
from tilisilta.kit import http
from tilisilta.kit.http import HttpTransport, Request, Response, Timeouts

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def ask(url: str, *, is_write: bool = False, **options: object) -> Response:
    transport = HttpTransport(timeouts=Timeouts(connect_s=1, read_s=0.3), **options)  # type: ignore[arg-type]
    try:
        return await transport.request(
            Request(method="POST" if is_write else "GET", url=url, body=b"{}" if is_write else None, is_write=is_write)
        )
    finally:
        await transport.close()


async def test_the_query_goes_out_as_it_was_signed() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.raw_path)
        return web.Response(text="ok")

    async with served(handler) as base:
        query = "nameOrRegCode=%C3%95unapuu+O%C3%9C&codes=kood1%2Ckood2&a=%7e&signature=ab"
        answer = await ask(f"{base}/api/x:get?{query}")
    assert (answer.status, answer.body) == (200, b"ok")
    assert seen == [f"/api/x:get?{query}"]


def test_one_transport_serves_one_event_loop_after_another() -> None:
    transport = HttpTransport()

    async def once() -> int:
        async def handler(request: web.Request) -> web.Response:
            return web.Response()

        async with served(handler) as base:
            return (await transport.request(Request(method="GET", url=base))).status

    assert [asyncio.run(once()) for _ in range(2)] == [200, 200]
    asyncio.run(transport.close())


@pytest.mark.parametrize("passes", [0, 1, 2])
async def test_a_write_that_may_not_leave_any_more_does_not(passes: int) -> None:
    """The permit is asked before connecting, before the headers and before the body."""
    seen: list[str] = []
    asked: list[int] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response()

    def permit() -> None:
        asked.append(1)
        if len(asked) > passes:
            raise Cancelled("LEASE_LOST")

    token = http.before_write.set(permit)
    try:
        async with served(handler) as base:
            with pytest.raises(Cancelled, match="LEASE_LOST"):
                await ask(f"{base}/add", is_write=True)
            assert len(asked) == passes + 1
            assert (await ask(f"{base}/read")).status == 200
    finally:
        http.before_write.reset(token)
    assert seen == ["/read"]


async def test_nobody_listening_is_retry_even_for_a_write() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Retry) as caught:
            await ask(f"http://127.0.0.1:{port}/", is_write=True)
    assert caught.value.code == "TARGET_UNREACHABLE"


@pytest.mark.parametrize(("is_write", "fate"), [(True, Unknown), (False, Retry)])
async def test_silence_after_the_body_is_unknown_for_a_write_only(is_write: bool, fate: type[TilisiltaError]) -> None:
    async def handler(request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async with served(handler) as base:
        with pytest.raises(fate):
            await ask(base, is_write=is_write)


@pytest.mark.parametrize(("is_write", "fate"), [(True, Unknown), (False, Retry)])
async def test_a_connection_cut_after_the_body(is_write: bool, fate: type[TilisiltaError]) -> None:
    async def handler(request: web.Request) -> web.Response:
        await request.read()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with served(handler) as base:
        with pytest.raises(fate):
            await ask(base, is_write=is_write)


@pytest.mark.parametrize(("is_write", "fate"), [(True, Unknown), (False, Retry)])
async def test_half_an_answer(is_write: bool, fate: type[TilisiltaError]) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b'{"invoiceId":')
        assert request.transport is not None
        request.transport.abort()
        return answer

    async with served(handler) as base:
        with pytest.raises(fate):
            await ask(base, is_write=is_write)


async def test_an_answer_without_end_is_cut_off() -> None:
    async def handler(request: web.Request) -> web.Response:
        answer = web.Response(body=b" " * 400_000)
        answer.enable_compression()
        return answer

    async with served(handler) as base:
        with pytest.raises(Retry) as caught:
            await ask(base, max_body_bytes=100_000)
        assert (await ask(base)).body == b" " * 400_000
    assert caught.value.code == "ANSWER_TOO_LARGE"


@pytest.mark.parametrize(
    "url", ["http://sa.smartaccounts.eu/api", "ftp://127.0.0.1/", "http://10.0.0.1/x", "https://2130706433/"]
)
async def test_only_https_leaves_the_machine(url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        await ask(url)
    assert caught.value.code == "ADDRESS_NOT_SAFE"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://vendor.localhost/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.1.2.3/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0.0.0.0/",
        "https://100.64.0.1/",
    ],
)
async def test_a_public_transport_reaches_no_private_network(url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        await ask(url, public_only=True)
    assert caught.value.code == "ADDRESS_NOT_PUBLIC"


@pytest.mark.parametrize("numbers", [["10.0.0.7"], ["93.184.215.14", "127.0.0.1"]])
async def test_a_public_name_that_leads_inside_is_not_called(
    monkeypatch: pytest.MonkeyPatch, numbers: list[str]
) -> None:
    async def resolve(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        return [
            {"hostname": host, "host": each, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
            for each in numbers
        ]

    monkeypatch.setattr(http.aiohttp.DefaultResolver, "resolve", resolve)
    with pytest.raises(Misconfigured) as caught:
        await ask("https://books.vendor.ee/", public_only=True)
    assert caught.value.code == "ADDRESS_NOT_PUBLIC"


READ = Request(method="GET", url="https://a.ee/x?apikey=secret&signature=0f0f")
WRITE = Request(method="POST", url="https://a.ee/x", is_write=True)


@pytest.mark.parametrize(
    ("request_", "response", "fate", "after_s"),
    [
        (READ, Response(status=429, headers={"Retry-After": "7"}), Retry, 7),
        (WRITE, Response(status=429, headers={"Retry-After": "7"}), Retry, 7),
        (WRITE, Response(status=503, headers={"Retry-After": "9"}), Retry, 9),
        (WRITE, Response(status=503), Unknown, None),
        (WRITE, Response(status=500), Unknown, None),
        (READ, Response(status=500), Retry, 2),
        (READ, Response(status=302), Misconfigured, None),
    ],
)
def test_fates_of_statuses(
    request_: Request, response: Response, fate: type[TilisiltaError], after_s: float | None
) -> None:
    with pytest.raises(fate) as caught:
        http.check_status(request_, response)
    assert caught.value.evidence is not None
    assert "secret" not in caught.value.evidence.url
    assert "0f0f" not in caught.value.evidence.url
    if after_s is not None:
        assert isinstance(caught.value, Retry)
        assert caught.value.after_s == after_s


def test_pages_for_people_and_half_json_go_by_read_and_write() -> None:
    page = Response(status=200, body=b"\n<!DOCTYPE html><html>")
    half = Response(status=200, body=b'{"a": ')
    read, write = http.not_json(READ, page), http.not_json(WRITE, half)
    assert (type(read), read.code) == (Retry, "HTML_ANSWER")
    assert (type(write), write.code) == (Unknown, "NOT_JSON")


async def test_reads_are_tried_again_a_few_times() -> None:
    tries = []

    async def call() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise Retry(after_s=0.01)
        return "there"

    assert await http.repeat_read(call) == "there"
    assert len(tries) == 3


@pytest.mark.parametrize("error", [Retry(after_s=60), BudgetSpent(after_s=0.01), Unknown(), Misconfigured()])
async def test_what_would_wait_long_or_cannot_be_repeated_is_not(error: TilisiltaError) -> None:
    tries = []

    async def call() -> None:
        tries.append(1)
        raise error

    with pytest.raises(type(error)):
        await http.repeat_read(call)
    assert len(tries) == 1


def test_retry_after_as_a_date() -> None:
    assert http.retry_after_s({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert http.retry_after_s({"Retry-After": "soon"}, 3) == 3

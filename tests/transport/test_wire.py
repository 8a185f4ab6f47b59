"""Was it delivered? Asked at real sockets, of servers that behave as no server should."""

import asyncio
import dataclasses
import gzip
import socket
import ssl
import zlib
from pathlib import Path

import pytest

from importer.model.errors import SettingsError
from importer.settings import Rate, Reference, simulator_connection
from importer.transport import Answered, MaybeDelivered, NotSent, Pacer, Request, Session, Transport
from importer.transport.wire import Wire, tls_context

from .raw_server import RawServer, always, reply

TLS = Path(__file__).parent / "tls"
CREATE = Request("POST", "/cases", b'{"a": 1}', {"Content-Type": "application/json"})
READ = Request("GET", "/cases", creates=False)


def pacer(rate=None):
    """A rate that does not matter."""
    return Pacer(rate or Rate(10_000, 1))


def exchange(wire, url, headers, request):
    """Make one attempt by ``wire``; when it leaves is not noted."""
    return wire.exchange(url, headers, request, lambda moment: None)


async def attempt(url, request=CREATE, *, headers=None, **options):
    """Make one attempt with a wire of its own and say how it ended."""
    wire = Wire(pacer(), **{"answer_timeout": 5.0, **options})
    try:
        return await exchange(wire, url, headers or {}, request)
    finally:
        await wire.close()


def free_port():
    """Return a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_answer_comes_whole():
    """Status, headers and body of a proper answer arrive, and the request went out as it was given."""
    async with RawServer(always(reply(b'{"id": 1}', "201 Created", "X-Limit: 5"))) as server:
        answer = await attempt(server.url + "/base", headers={"Authorization": "Bearer 00D!x"})
        head, body = server.requests[0]
    assert isinstance(answer, Answered)
    assert (answer.status, answer.body, answer.headers["x-limit"]) == (201, b'{"id": 1}', "5")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /base/cases HTTP/1.1" and body == CREATE.body
    assert "Authorization: Bearer 00D!x" in lines and "Content-Type: application/json" in lines
    assert "Accept-Encoding: gzip, deflate" in lines


async def test_path_goes_out_as_it_is():
    """What the target has percent-encoded is neither encoded again nor decoded."""
    async with RawServer(always(reply())) as server:
        await attempt(server.url, Request("GET", "/q/%7BA%7D?q=a%20b%2Fc+d", creates=False))
        assert server.heads() == ["GET /q/%7BA%7D?q=a%20b%2Fc+d HTTP/1.1"]


async def test_refused_port():
    """Nobody listens: not sent."""
    verdict = await attempt(f"http://127.0.0.1:{free_port()}")
    assert isinstance(verdict, NotSent) and verdict.passing
    assert "cannot be reached" in verdict.reason


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
async def test_name_that_does_not_resolve(host):
    """A host name that does not exist, or cannot: not sent."""
    assert isinstance(await attempt(f"http://{host}"), NotSent)


async def test_connection_closed_before_anything_is_read():
    """The server hangs up at once: the headers may have reached it, so nobody knows."""

    async def hang_up(reader, writer):
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert isinstance(await attempt(f"http://127.0.0.1:{port}"), MaybeDelivered)
    server.close()


GZIP = "Content-Encoding: gzip"
LOST = {
    "closed after the request": b"",
    "cut in the status line": b"HTTP/1.1 20",
    "cut in the headers": b"HTTP/1.1 201 Created\r\nContent-Le",
    "no HTTP": b"SSH-2.0-OpenSSH_9\r\n\r\n",
    "cut body": reply(b'{"id": "500"}')[:-3],
    "cut chunks": b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"\r\n',
    "broken chunks": b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "short gzip": reply(gzip.compress(b'{"id": "5001x00000AbCdE"}', mtime=0)[:-9], "201 Created", GZIP),
    "half gzip": reply(gzip.compress(b'{"id": "5001x"}' * 90, mtime=0)[:40], "201 Created", GZIP),
    "damaged gzip": reply(b"\x1f\x8b\x08\x00nonsense.....", "201 Created", GZIP),
    "wrong gzip checksum": reply(gzip.compress(b"{}", mtime=0)[:-8] + b"\0" * 8, "201 Created", GZIP),
    "short deflate": reply(zlib.compress(b'{"id": 1}')[:-2], "201 Created", "Content-Encoding: deflate"),
    "unasked encoding": reply(b"\x0b\x01", "201 Created", "Content-Encoding: br"),
}


@pytest.mark.parametrize("case", LOST)
async def test_answer_that_is_not_whole(case):
    """The request left and its answer is lost, cut or unreadable: maybe delivered, and sent once."""
    async with RawServer(always(LOST[case], close=True)) as server:
        verdict = await attempt(server.url)
        assert len(server.requests) == 1
    assert isinstance(verdict, MaybeDelivered)


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (reply(gzip.compress(b"{}" * 500, mtime=0), "200 OK", "Content-Encoding: gzip"), b"{}" * 500),
        (reply(zlib.compress(b"{}"), "200 OK", "Content-Encoding: deflate"), b"{}"),
        (reply(zlib.compress(b"{}")[2:-4], "200 OK", "Content-Encoding: deflate"), b"{}"),
        (
            reply(
                gzip.compress(b"{", mtime=0) + gzip.compress(b"}", mtime=0),
                "200 OK",
                "Content-Encoding: GZIP",
            ),
            b"{}",
        ),
        (reply(b"", "204 No Content", "Content-Encoding: gzip"), b""),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"{}"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + reply(b"{}"), b"{}"),
    ],
)
async def test_ways_to_send_a_body(raw, body):
    """Compressed, chunked and unmeasured bodies arrive as they were meant."""
    async with RawServer(always(raw, close=True)) as server:
        answer = await attempt(server.url)
    assert isinstance(answer, Answered) and answer.body == body


@pytest.mark.parametrize(
    "raw",
    [
        reply(b"x" * 1001),
        reply(gzip.compress(b"x" * 100_000, mtime=0), "200 OK", "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000,
    ],
    ids=["declared", "packed", "unmeasured"],
)
async def test_oversize_answer(raw):
    """An answer beyond the limit is not read on, packed or not: nobody knows what it would have said."""
    async with RawServer(always(raw, close=True)) as server:
        verdict = await attempt(server.url, max_answer=1000)
    assert verdict == MaybeDelivered("the answer is larger than 1000 bytes")


async def test_never_ending_body():
    """A body without an end stops at the limit of bytes."""

    async def pour(server, head, body, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            await writer.drain()

    async with RawServer(pour) as server:
        verdict = await attempt(server.url, max_answer=50_000)
    assert verdict == MaybeDelivered("the answer is larger than 50000 bytes")


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 201 Created\r\n", reply(b"{}")[:-1]])
async def test_answer_that_does_not_come_in_time(first):
    """No answer, slow headers and a body that stops: the deadline counts to the last byte."""

    async def stall(server, head, body, writer):
        writer.write(first)
        await server.reader.read()  # until the client hangs up

    async with RawServer(stall) as server:
        verdict = await attempt(server.url, answer_timeout=0.2)
        await asyncio.wait_for(server.gone.wait(), 5)
    assert verdict == MaybeDelivered("no whole answer came within 0.2 s")


async def test_a_drip_does_not_stretch_the_deadline():
    """A byte now and then does not keep a request alive beyond its deadline."""

    async def drip(server, head, body, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with RawServer(drip) as server:
        assert isinstance(await attempt(server.url, answer_timeout=0.2), MaybeDelivered)


async def test_waiting_for_the_rate_is_not_charged_to_the_answer():
    """The deadline starts when the request departs, not while our own gate holds it."""
    async with RawServer(always(reply())) as server:
        gate = pacer()
        gate.pause(0.3, "test")
        wire = Wire(gate, answer_timeout=0.2)
        assert isinstance(await exchange(wire, server.url, {}, CREATE), Answered)
        await wire.close()


@pytest.mark.parametrize("body", [None, b"{}"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "POST"])
async def test_no_silent_repetition(method, body):
    """On a kept connection that drops after the request, no method is sent a second time by the library."""

    async def once(server, head, body, writer):
        if len(server.requests) == 1:
            writer.write(reply())
            await writer.drain()
        else:
            writer.close()

    async with RawServer(once) as server:
        wire = Wire(pacer(), answer_timeout=5.0)
        first = await exchange(wire, server.url, {}, Request(method, "/1", body))
        second = await exchange(wire, server.url, {}, Request(method, "/2", body))
        await wire.close()
        assert isinstance(first, Answered) and second == MaybeDelivered("the server closed the connection")
        assert server.heads() == [f"{method} /1 HTTP/1.1", f"{method} /2 HTTP/1.1"]


async def test_connections_are_kept():
    """One connection serves one request after the other."""
    async with RawServer(always(reply())) as server:
        gate = pacer()
        wire = Wire(gate, answer_timeout=5.0)
        for _ in range(5):
            await exchange(wire, server.url, {}, CREATE)
        await wire.close()
        assert (server.connections, len(server.requests), gate.departures) == (1, 5, 5)


async def test_connection_that_closes_while_the_request_waits_for_the_rate():
    """The server closes the idle connection of a waiting request: it takes a fresh one, no doubt arises."""

    async def answer_and_close(server, head, body, writer):
        writer.write(reply())
        await writer.drain()
        asyncio.get_running_loop().call_later(0.05, writer.close)

    async with RawServer(answer_and_close) as server:
        gate = pacer(Rate(1, 0.2))
        wire = Wire(gate, answer_timeout=5.0)
        for _ in range(3):
            assert isinstance(await exchange(wire, server.url, {}, CREATE), Answered)
        await wire.close()
        assert (len(server.requests), gate.departures) == (3, 3)
        assert server.connections == 3


async def test_cancelled_after_the_request_left():
    """A cancellation reaches the caller and closes the connection; the next request is not hurt by it."""

    async def stall_first(server, head, body, writer):
        if len(server.requests) == 1:
            await server.reader.read()  # until the client hangs up
        writer.write(reply())

    async with RawServer(stall_first) as server:
        wire = Wire(pacer(), answer_timeout=5.0)
        task = asyncio.create_task(exchange(wire, server.url, {}, CREATE))
        await asyncio.wait_for(server.arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.gone.wait(), 5)
        assert isinstance(await exchange(wire, server.url, {}, CREATE), Answered)
        await wire.close()


async def exchanges(server, *requests, **options):
    """Send ``requests`` one after the other by one wire and return how each ended."""
    wire = Wire(pacer(), **{"answer_timeout": 5.0, **options})
    try:
        return [await exchange(wire, server.url, {}, request) for request in requests]
    finally:
        await wire.close()


@pytest.mark.parametrize(
    "surplus",
    [
        reply(b'{"id": "wrong"}'),
        reply(b'{"id": "wrong"}')[:20],
        b"HTTP/1.1 408 Request Timeout\r\n\r\n",
    ],
    ids=["a second answer", "half of one", "a timeout"],
)
async def test_surplus_is_no_answer_to_the_next_request(surplus):
    """What stands behind an answer is never taken for that of the next request, which leaves by another
    connection; a record's id would be written down for another row."""

    async def twice(server, head, body, writer):
        writer.write(reply(b'{"id": "%d"}' % len(server.requests)) + surplus)

    async with RawServer(twice) as server:
        found = await exchanges(server, CREATE, CREATE, CREATE)
        assert server.connections == 3 and len(server.requests) == 3
    assert [answer.body for answer in found] == [b'{"id": "1"}', b'{"id": "2"}', b'{"id": "3"}']


async def test_surplus_that_comes_later():
    """So it is when it comes while the connection is idle."""
    late = asyncio.Event()

    async def twice(server, head, body, writer):
        number = len(server.requests)
        writer.write(reply(b'{"id": "%d"}' % number))
        await writer.drain()
        if number == 1:
            await late.wait()
            writer.write(reply(b'{"id": "wrong"}'))
            await server.reader.read()  # until the client hangs up

    async with RawServer(twice) as server:
        wire = Wire(pacer(), answer_timeout=5.0)
        first = await exchange(wire, server.url, {}, CREATE)
        late.set()
        await asyncio.wait_for(server.gone.wait(), 5)
        second = await exchange(wire, server.url, {}, CREATE)
        await wire.close()
    assert (first.body, second.body, server.connections) == (b'{"id": "1"}', b'{"id": "2"}', 2)


async def test_answer_before_the_whole_request_was_taken():
    """A server that refuses a large body at its beginning is understood; its connection serves nobody else."""

    async def refuse(reader, writer):
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply(b"{}", "413 Payload Too Large"))
        await gone.wait()
        writer.close()

    connections, gone = 0, asyncio.Event()
    server = await asyncio.start_server(refuse, "127.0.0.1", 0, limit=2**16)
    wire = Wire(pacer(), answer_timeout=5.0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    large = Request("POST", "/bulk", b"x" * 30_000_000)
    found = [await exchange(wire, url, {}, large) for _ in range(2)]
    await wire.close()
    gone.set()
    server.close()
    assert [answer.status for answer in found] == [413, 413] and connections == 2


@pytest.mark.parametrize("ending", ["Connection: close", "Connection: Upgrade\r\nUpgrade: h2c"])
async def test_answer_that_ends_its_connection(ending):
    """A connection that the server ends is not used again, also when it stays open."""
    status = "101 Switching Protocols" if "Upgrade" in ending else "200 OK"
    async with RawServer(always(reply(b"", status, ending))) as server:
        found = await exchanges(server, CREATE, CREATE)
        assert server.connections == 2
    assert [answer.status for answer in found] == [int(status[:3])] * 2


async def test_server_that_speaks_first():
    """A server that speaks before it is asked is not asked, and not tried for ever: nothing has left."""

    class Greeting(Pacer):
        async def window_open(self):
            await asyncio.wait_for(greeted.wait(), 5)
            greeted.clear()
            for _ in range(5):
                await asyncio.sleep(0)  # it lies in the socket: the loop only has to look

    async def greet(reader, writer):
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await writer.drain()
        greeted.set()
        await reader.read()
        writer.close()
        left.release()

    greeted, left = asyncio.Event(), asyncio.Semaphore(0)
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    wire = Wire(Greeting(Rate(1000, 1)), answer_timeout=5.0)
    verdict = await exchange(wire, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", {}, CREATE)
    await wire.close()
    for _ in range(3):
        await asyncio.wait_for(left.acquire(), 5)
    server.close()
    assert verdict == NotSent("the server closed the connection")


async def test_headers_without_an_end():
    """Headers, or interim answers, that never end stop at a limit."""
    for endless in (b"X-More: " + b"x" * 1000 + b"\r\n", b"HTTP/1.1 102 Processing\r\n\r\n"):

        async def pour(server, head, body, writer, endless=endless):
            writer.write(b"HTTP/1.1 200 OK\r\n" if endless.startswith(b"X") else b"")
            while True:
                writer.write(endless)
                await writer.drain()

        async with RawServer(pour) as server:
            verdict = await attempt(server.url, max_answer=1000)
        assert verdict == MaybeDelivered("the answer is larger than 1000 bytes")


async def test_idle_connection_is_not_kept_for_long(monkeypatch):
    """A connection that was idle for longer than servers keep theirs is not used for a create."""
    monkeypatch.setattr("importer.transport.direct.KEEP_ALIVE", 0.0)
    async with RawServer(always(reply())) as server:
        await exchanges(server, CREATE, CREATE)
        assert server.connections == 2


@pytest.mark.parametrize("request_", [READ, CREATE])
async def test_closing_while_an_answer_is_waited_for(request_):
    """Who closes does not wait for a server that does not answer; the request may have been delivered."""

    async def stall(server, head, body, writer):
        await server.reader.read()  # until the client hangs up

    async with RawServer(stall) as server:
        wire = Wire(pacer(), answer_timeout=60.0)
        task = asyncio.create_task(exchange(wire, server.url, {}, request_))
        await asyncio.wait_for(server.arrived.wait(), 5)
        await asyncio.wait_for(wire.close(), 5)
        assert isinstance(await asyncio.wait_for(task, 5), MaybeDelivered)


async def test_redirect_is_an_answer():
    """A redirect is handed back; nothing, and no token, goes to where it points."""
    async with RawServer(always(reply())) as elsewhere:
        for status in ("301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
            async with RawServer(always(reply(b"", status, f"Location: {elsewhere.url}/x"))) as server:
                answer = await attempt(server.url, headers={"Authorization": "token"})
                assert isinstance(answer, Answered) and answer.status == int(status[:3])
        assert elsewhere.connections == 0


async def test_large_body():
    """A body of several megabytes goes out whole."""
    large = Request("POST", "/bulk", b"x" * 3_000_000)
    async with RawServer(always(reply())) as server:
        assert isinstance(await attempt(server.url, large), Answered)
        assert server.requests[0][1] == large.body


@pytest.mark.parametrize("request_", [READ, CREATE])
async def test_cookies_come_back_verbatim_and_only_to_their_host(request_):
    """A sign-on cookie is returned as it came, also to an address; another host never sees it."""
    cookie = "Set-Cookie: LtpaToken2=a+b/c==; Path=/"
    async with RawServer(always(reply(b"{}", "200 OK", cookie))) as one, RawServer(always(reply())) as other:
        wire = Wire(pacer(), answer_timeout=5.0)
        for url in (one.url, one.url, other.url, one.url.replace("127.0.0.1", "localhost")):
            await exchange(wire, url, {}, request_)
        wire.forget_cookies()
        await exchange(wire, one.url, {}, request_)
        await wire.close()
    sent = [b"Cookie: LtpaToken2=a+b/c==\r\n" in head for head, _ in one.requests]
    assert sent == [False, True, False, False]
    assert b"Cookie" not in other.requests[0][0]


@pytest.mark.parametrize("request_", [READ, CREATE])
async def test_cookies_of_the_session_and_of_the_server(request_):
    """What the session says as Cookie goes beside what the server has set, which wins."""
    cookies = reply(b"{}", "200 OK", "Set-Cookie: a=new; Path=/", "Set-Cookie: b=2; Path=/cases")
    async with RawServer(always(cookies)) as server:
        wire = Wire(pacer(), answer_timeout=5.0)
        for _ in range(2):
            await exchange(wire, server.url, {"Cookie": "a=old; x=y=z"}, request_)
        await wire.close()
    sent = [line for line in server.requests[1][0].decode().split("\r\n") if line.startswith("Cookie: ")]
    assert len(sent) == 1 and set(sent[0][8:].split("; ")) == {"a=new", "x=y=z", "b=2"}


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nX: y", "a\rX: y"])
async def test_no_header_makes_two(value):
    """A line break in a header is a fault of ours: nothing leaves, and nobody counts it as sent."""
    async with RawServer(always(reply())) as server:
        with pytest.raises(ValueError, match="line break"):
            await attempt(server.url, headers={"X-Caller": value})
        assert server.requests == []


def server_tls(client_certificates=False):
    """Return the TLS of a server, which may want the client's certificate too."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(TLS / "server.pem")
    if client_certificates:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(TLS / "authority.pem")
    return context


async def test_untrusted_certificate():
    """A certificate of an unknown authority: not sent, and a repeat would not help."""
    async with RawServer(always(reply()), server_tls()) as server:
        verdict = await attempt(server.url)
        assert server.requests == []
    assert isinstance(verdict, NotSent) and not verdict.passing
    assert verdict.reason.startswith("the certificate of the server is not trusted (")


async def test_own_authority():
    """With its authority in ca_file the server is trusted, and only under its own name."""
    tls = tls_context(TLS / "authority.pem", None)
    async with RawServer(always(reply()), server_tls()) as server:
        assert isinstance(await attempt(server.url, tls=tls), Answered)
        wrong = await attempt(server.url.replace("127.0.0.1", "localhost"), tls=tls)
    assert isinstance(wrong, NotSent) and not wrong.passing


async def test_client_certificate():
    """A server that wants a client certificate gets it; without one nothing is answered."""
    async with RawServer(always(reply()), server_tls(client_certificates=True)) as server:
        with_it = tls_context(TLS / "authority.pem", TLS / "client.pem")
        assert isinstance(await attempt(server.url, tls=with_it), Answered)
        without = tls_context(TLS / "authority.pem", None)
        assert not isinstance(await attempt(server.url, tls=without), Answered)
        assert len(server.requests) == 1


async def test_tls_to_a_port_without_tls():
    """The handshake fails before any request: not sent."""

    async def answer_anything(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer_anything, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert isinstance(await attempt(f"https://127.0.0.1:{port}"), NotSent)
    server.close()


async def test_plain_http_to_a_port_with_tls():
    """The bytes left, and what came back is not HTTP: nobody knows."""
    async with RawServer(always(reply()), server_tls()) as server:
        assert isinstance(await attempt(server.url.replace("https", "http")), MaybeDelivered)


@pytest.mark.parametrize(
    ("ca_file", "client_cert", "code"),
    [
        ("README.md", None, "BAD_CA_FILE"),
        ("nowhere.pem", None, "BAD_CA_FILE"),
        (None, "authority.pem", "BAD_CLIENT_CERT"),
        (None, "client-encrypted.pem", "BAD_CLIENT_CERT"),
    ],
)
def test_certificate_files_that_are_not_usable(ca_file, client_cert, code):
    """A file without a certificate, or with a key that needs a password, is told before anything is sent."""
    with pytest.raises(SettingsError) as caught:
        tls_context(ca_file and TLS / ca_file, client_cert and TLS / client_cert)
    assert caught.value.code == code


class Proxy(RawServer):
    """A proxy that refuses, or lets plain requests end at itself and tunnels lead to ``port``."""

    def __init__(self, port=None, refuse=None):
        self.target = port
        self.refuse = refuse
        super().__init__(self._proxy)

    async def _serve(self, reader, writer):
        self._reader = reader
        await super()._serve(reader, writer)

    async def _proxy(self, server, head, body, writer):
        if self.refuse:
            writer.write(self.refuse)
            writer.close()
        elif not head.startswith(b"CONNECT"):
            writer.write(reply())
        else:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(self._pump(self._reader, back), self._pump(there, writer))

    async def _pump(self, reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()


async def test_proxy_tunnel():
    """Through a proxy, TLS goes end to end: the proxy sees its own password and the host, nothing else."""
    tls = tls_context(TLS / "authority.pem", None)
    async with RawServer(always(reply()), server_tls()) as server, Proxy(server.port) as proxy:
        address = proxy.url.replace("//", "//me:hunter2@")
        answer = await attempt(server.url, headers={"Authorization": "token"}, tls=tls, proxy=address)
        assert isinstance(answer, Answered) and len(server.requests) == 1
    head = proxy.requests[0][0]
    assert head.startswith(b"CONNECT 127.0.0.1:")
    assert b"Proxy-Authorization: Basic bWU6aHVudGVyMg==" in head and b"token" not in head
    assert b"Proxy-Authorization" not in server.requests[0][0]


async def test_proxy_that_refuses_or_is_not_there():
    """A proxy that refuses to connect, or does not answer, has not passed the request on: not sent."""
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with Proxy(refuse=refusal) as proxy:
        assert isinstance(await attempt("https://host.invalid", proxy=proxy.url), NotSent)
        assert len(proxy.requests) == 1
    verdict = await attempt("https://host.invalid", proxy=f"http://127.0.0.1:{free_port()}")
    assert isinstance(verdict, NotSent) and "proxy" in verdict.reason


async def test_proxy_for_plain_http():
    """Plain http is passed on by the proxy itself, with its password."""
    async with Proxy() as proxy:
        address = proxy.url.replace("//", "//me:hunter2@")
        assert isinstance(await attempt("http://host.invalid", proxy=address), Answered)
    head = proxy.requests[0][0]
    assert head.startswith(b"POST http://host.invalid/cases HTTP/1.1")
    assert b"Proxy-Authorization: Basic bWU6aHVudGVyMg==" in head


async def test_environment_has_no_say(monkeypatch):
    """A proxy of the environment is not used: what is in the connection is what happens."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    async with RawServer(always(reply())) as server:
        assert isinstance(await attempt(server.url), Answered)


class Here:
    """Signs in without a request."""

    def __init__(self, base_url):
        self.base_url = base_url

    async def sign_in(self, send):
        return Session(self.base_url)

    def expired(self, answer):
        return False


async def test_transport_over_real_sockets():
    """The whole way with the settings of a connection: one request, one answer, one call counted."""
    async with RawServer(always(reply(b"{}", "201 Created"))) as server:
        settings = simulator_connection("ibm-case-manager", server.url)
        async with Transport(settings, Here(settings.url)) as transport:
            answer = await transport.send(Request("POST", "/cases", b"{}"))
            assert isinstance(answer, Answered) and transport.traffic.calls == 1
        assert server.heads() == ["POST /CaseManager/CASEREST/v1/cases HTTP/1.1"]


async def test_proxy_of_the_settings(monkeypatch):
    """The proxy's address may come from a reference, and must be an address."""
    async with Proxy() as proxy:
        monkeypatch.setenv("PROXY_ADDRESS", proxy.url)
        settings = dataclasses.replace(
            simulator_connection("ibm-case-manager", "http://host.invalid"),
            proxy=Reference("env", "PROXY_ADDRESS"),
            allow_http=True,
        )
        async with Transport(settings, Here(settings.url)) as transport:
            assert isinstance(await transport.send(CREATE), Answered)
    monkeypatch.setenv("PROXY_ADDRESS", "hunter2")
    with pytest.raises(SettingsError, match="not the address of a proxy") as caught:
        Transport(settings, Here(settings.url))
    assert "hunter2" not in str(caught.value)

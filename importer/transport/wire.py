"""One attempt at the socket, by aiohttp: this file and ``direct`` know the HTTP library, no other does."""

from __future__ import annotations

import contextlib
import io
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import aiohttp
from yarl import URL

from importer.model.errors import SettingsError
from importer.transport.attempt import Attempt, Connector, Leaves, RepetitionError, running
from importer.transport.body import ACCEPTED, BodyError, decode
from importer.transport.deadlines import Deadlines
from importer.transport.delivery import (
    CLOSED,
    Answered,
    Delivery,
    MaybeDelivered,
    Request,
    rule_of,
    verdict_of,
)
from importer.transport.direct import Direct
from importer.transport.pacing import Pacer

CONNECT_TIMEOUT = 30.0
"""Seconds for DNS, TCP and TLS together."""
MAX_ANSWER = 32 * 2**20
"""Bytes of one answer, on the wire and unpacked; a describe of a rich org has 2 to 3 MB."""
MAX_SAVED = 2**31
"""Bytes of an answer that goes to a file; a job's results are as large as its upload, which has 100 MB."""
LARGE_BODY = 2**20
"""Bytes from which aiohttp wants a body as a file, and warns otherwise."""


class Wire:
    """Sends one request at a time over kept connections. Each origin has its own cookies.

    ``answer_timeout`` in seconds runs from the departure to the last byte of the answer.
    """

    def __init__(
        self,
        pacer: Pacer,
        *,
        answer_timeout: float,
        tls: ssl.SSLContext | bool = True,
        proxy: str | None = None,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        self._pacer = pacer
        self._connector = Connector(pacer, tls)
        self._deadlines = Deadlines()
        self._answer_timeout = answer_timeout
        self._proxy = proxy
        self._max_answer = max_answer
        self._timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT)
        self._clients: dict[str, aiohttp.ClientSession] = {}
        self._direct: dict[str, Direct] = {}

    async def exchange(
        self, base_url: str, headers: Mapping[str, str], request: Request, leaves: Leaves
    ) -> Delivery:
        """Send ``request`` once and say how it ended; ``headers`` are the session's.

        ``leaves`` is called when it leaves. A cancellation goes on to the caller, who counts the
        request as maybe delivered.
        """
        attempt = Attempt(self._deadlines, max(request.seconds, self._answer_timeout), leaves)
        try:
            if request.creates and request.body is not None and self._proxy is None:
                return self._answered(*await self._straight_to(base_url).send(headers, request, attempt))
            token = running.set(attempt)
            try:
                return await self._ask(base_url, headers, request)
            finally:
                running.reset(token)
        except BaseException as error:
            if attempt.over(error):
                return MaybeDelivered(f"no whole answer came within {attempt.seconds:g} s")
            if isinstance(error, BodyError):
                return MaybeDelivered(str(error))
            if isinstance(error, RepetitionError):
                return MaybeDelivered(CLOSED)
            if not isinstance(error, Exception) or (not attempt.left and rule_of(type(error)) is None):
                raise  # called off; or not the network's but our own fault, and nothing has left
            return verdict_of(error, attempt.left)
        finally:
            attempt.over()

    def _straight_to(self, base_url: str) -> Direct:
        direct = self._direct.get(base_url)
        if direct is None:
            client = self._client(base_url)
            direct = self._direct[base_url] = Direct(
                client, self._connector, self._pacer, base_url, self._timeout, self._max_answer
            )
        return direct

    async def _ask(self, base_url: str, headers: Mapping[str, str], request: Request) -> Answered:
        client = self._clients.get(base_url) or self._client(base_url)
        body = request.body
        with contextlib.ExitStack() as stack:
            data: bytes | BinaryIO | None = body
            if request.upload is not None:
                data = stack.enter_context(request.upload.open("rb"))
            elif body is not None and len(body) > LARGE_BODY:
                data = io.BytesIO(body)
            answer = await client.request(
                request.method,
                URL(base_url + request.path, encoded=True),
                data=data,
                headers={**headers, **request.headers},
                allow_redirects=False,
            )
        try:
            if request.save_to is not None and answer.status == 200:
                await self._save(answer, request.save_to)
                return Answered(answer.status, answer.headers, b"")
            raw = await read_all(answer.content, answer.headers.get("Content-Length"), self._max_answer)
        except BaseException:
            answer.close()
            raise
        return self._answered(answer.status, answer.headers, raw)

    def _answered(self, status: int, headers: Mapping[str, str], raw: bytes) -> Answered:
        encoding = headers.get("Content-Encoding")
        return Answered(status, headers, decode(raw, encoding, self._max_answer) if encoding else raw)

    async def _save(self, answer: aiohttp.ClientResponse, path: Path) -> None:
        """Write the body of ``answer`` to a file; it is read only when it came whole and as it is."""
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise BodyError("the answer is compressed in a way that was not asked for")
        room = MAX_SAVED
        with path.open("wb") as stream:
            while piece := await answer.content.readany():
                room -= len(piece)
                if room < 0:
                    raise BodyError(f"the answer is larger than {MAX_SAVED} bytes")
                stream.write(piece)

    def _client(self, base_url: str) -> aiohttp.ClientSession:
        """Return the client of the origin of ``base_url``: one jar each, so that no cookie visits another."""
        origin = str(URL(base_url).origin())
        client = self._clients.get(origin)
        if client is None:
            client = self._clients[origin] = aiohttp.ClientSession(
                connector=self._connector,
                connector_owner=False,
                # unsafe: also for hosts that are addresses; cookies go back as they came, unquoted (LTPA).
                cookie_jar=aiohttp.CookieJar(unsafe=True, quote_cookie=False),
                timeout=self._timeout,
                headers={"User-Agent": "case-importer", "Accept-Encoding": ACCEPTED, "Accept": "*/*"},
                auto_decompress=False,
                proxy=self._proxy,
            )
        self._clients[base_url] = client
        return client

    def forget_cookies(self) -> None:
        """Drop the cookies of all hosts: they belong to the session that is over."""
        for client in self._clients.values():
            client.cookie_jar.clear()

    async def close(self) -> None:
        """Close all connections."""
        for direct in self._direct.values():
            direct.close()
        for client in set(self._clients.values()):
            await client.close()
        await self._connector.close()


async def read_all(content: aiohttp.StreamReader, declared: str | None, most: int) -> bytes:
    """Return the body that ``content`` gives, of which ``declared`` is the Content-Length, if there is one.

    Raises BodyError when it has more than ``most`` bytes.
    """
    too_large = f"the answer is larger than {most} bytes"
    if declared is not None and declared.isdecimal() and int(declared) > most:
        raise BodyError(too_large)
    pieces: list[bytes] = []
    room = most
    while piece := await content.readany():
        room -= len(piece)
        if room < 0:
            raise BodyError(too_large)
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def tls_context(
    ca_file: Path | None,
    client_cert: Path | None,
    client_key: Path | None = None,
    password: str | None = None,
) -> ssl.SSLContext | bool:
    """Return how to verify servers: by the system's authorities, and ``ca_file`` besides.

    ``client_cert`` is shown to servers that ask; its key lies in ``client_key``, else in the same file.
    Raises SettingsError when a file is not usable.
    """
    if ca_file is None and client_cert is None:
        return True
    context = ssl.create_default_context()
    try:
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except (ssl.SSLError, OSError):
        raise SettingsError(
            "BAD_CA_FILE", f"{ca_file} holds no certificate that can be read.", "Give ca_file a PEM file."
        ) from None
    try:
        if client_cert is not None:
            # An empty password: a key that needs one fails here, instead of asking on the terminal.
            context.load_cert_chain(client_cert, client_key, password=password or "")
    except (ssl.SSLError, OSError, ValueError):
        where = f"{client_cert} and {client_key} do" if client_key else f"{client_cert} does"
        raise SettingsError(
            "BAD_CLIENT_CERT",
            f"{where} not hold a certificate and its key that can be read"
            f" {'with client_cert_password' if password else 'without a password'}.",
            "Give client_cert a PEM file with the certificate and its key (or the key's file to client_key);"
            " the password of an encrypted key is client_cert_password.",
        ) from None
    return context

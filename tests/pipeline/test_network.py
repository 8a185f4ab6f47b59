"""Whole runs over TLS with an authority of our own, client certificates, and a proxy that wants a password."""

from __future__ import annotations

import asyncio
import base64
import shutil
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from importer.model.errors import Exit, ImporterError
from tests.pipeline.conftest import Open
from tests.stage import CLAIM, Stage

TLS = Path(__file__).parents[1] / "transport" / "tls"
PROXY_WORD = base64.b64encode("me:hünter2:/@".encode("latin-1")).decode()


class Front:
    """A server that passes bytes on to ``port`` of this machine, under its own Host name; with TLS or bare.

    With ``word`` it is a proxy: it takes CONNECT only, and only with that word; ``refuses`` is what it answers
    to all others.
    """

    def __init__(
        self,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        word: str = "",
        refuses: str = "407 Proxy Authentication Required",
    ) -> None:
        self._port, self._tls, self._word, self._refuses = port, tls, word, refuses
        self.asked: list[str] = []
        self.connections = 0

    async def __aenter__(self) -> Front:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            port = self._port
            if self._word:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.asked.append(head)
                if f"Proxy-Authorization: Basic {self._word}\r\n" not in head:
                    writer.write(f"HTTP/1.1 {self._refuses}\r\nContent-Length: 0\r\n\r\n".encode())
                    await writer.drain()
                    return
                port = int(head.split()[1].rpartition(":")[2])
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            there, back = await asyncio.open_connection("127.0.0.1", port)
            own, its = f"127.0.0.1:{self.port}".encode(), f"127.0.0.1:{port}".encode()
            swap = (own, its) if not self._word else (b"", b"")
            await asyncio.gather(_pump(reader, back, swap), _pump(there, writer, (b"", b"")))
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swap: tuple[bytes, bytes]
) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data.replace(*swap) if swap[0] else data)
            await writer.drain()
    finally:
        writer.close()


def server_tls(*, client_certificates: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    if client_certificates:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(TLS / "authority.pem")
    return context


@pytest.fixture
async def stage(open_kind: Open, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setenv("CERT_PASSWORD", "secret")
    monkeypatch.setenv("PROXY_PASSWORD", "hünter2:/@")
    stage = await open_kind(CLAIM)
    for name in ("authority.pem", "client.pem", "client-encrypted.pem"):
        shutil.copy(TLS / name, stage.folder / name)
    yield stage


def over(stage: Stage, front: Front, *lines: str) -> Stage:
    """Lead the connection of the stage to ``front`` by TLS."""
    body = stage.kind.connection.replace("{url}", f"https://127.0.0.1:{front.port}")
    stage.kind = replace(stage.kind, connection=body + "".join(f"{line}\n" for line in lines))
    return stage


async def refusal(stage: Stage) -> ImporterError:
    with pytest.raises(ImporterError) as caught:
        await stage.results_of(stage.write(stage.kind.rows(2)))
    return caught.value


def port_of(stage: Stage) -> int:
    return int(stage.running.url.rpartition(":")[2])


async def test_an_authority_of_our_own(stage: Stage) -> None:
    """With ca_file the rows go through; without it the run says which setting, with exit 1 and nothing sent."""
    async with Front(port_of(stage), server_tls()) as front:
        error = await refusal(over(stage, front))
        assert error.exit == Exit.CANNOT_RUN and "certificate of the server is not trusted" in error.message
        assert "ca_file" in error.remedy and "cannot be switched off" in error.remedy
        assert not stage.running.world.log
        stage.extra += 'ca_file = "authority.pem"\n'
        assert (await stage.run(stage.write(stage.kind.rows(3)))).counts == {"created": 3}


async def test_a_certificate_for_another_name(stage: Stage) -> None:
    """ca_file is right, the address is not the one that the certificate names: said so, exit 1, nothing sent."""
    async with Front(port_of(stage), server_tls()) as front:
        over(stage, front, 'ca_file = "authority.pem"')
        stage.kind = replace(stage.kind, connection=stage.kind.connection.replace("127.0.0.1", "localhost"))
        error = await refusal(stage)
    assert error.exit == Exit.CANNOT_RUN and "for another name" in error.message
    assert "as its certificate names it" in error.remedy and "ca_file" not in error.remedy


async def test_a_server_that_wants_a_client_certificate(stage: Stage) -> None:
    """It closes the connection without a word, after the handshake: which key may be missing is said."""
    async with Front(port_of(stage), server_tls(client_certificates=True)) as front:
        error = await refusal(over(stage, front, 'ca_file = "authority.pem"'))
    assert error.exit == Exit.LATER and "client_cert of the connection" in error.remedy
    assert not stage.running.world.log


@pytest.mark.parametrize(
    "lines",
    [
        ('client_cert = "client.pem"',),
        ('client_cert = "client-encrypted.pem"', 'client_cert_password = "env:CERT_PASSWORD"'),
        ('client_cert = "certificate.pem"', 'client_key = "key.pem"'),
    ],
)
async def test_a_client_certificate(stage: Stage, lines: tuple[str, ...]) -> None:
    """With its key beside it, encrypted, or in a file of its own."""
    text = (TLS / "client.pem").read_text(encoding="ascii")
    start = text.index("-----BEGIN PRIVATE KEY")
    (stage.folder / "certificate.pem").write_text(text[:start], encoding="ascii")
    (stage.folder / "key.pem").write_text(text[start:], encoding="ascii")
    async with Front(port_of(stage), server_tls(client_certificates=True)) as front:
        over(stage, front, 'ca_file = "authority.pem"', *lines)
        assert (await stage.run(stage.write(stage.kind.rows(2)))).counts == {"created": 2}


async def test_an_encrypted_key_without_its_password(stage: Stage) -> None:
    """Told before anything is sent; nobody is asked at a terminal."""
    async with Front(port_of(stage), server_tls()) as front:
        over(stage, front, 'ca_file = "authority.pem"', 'client_cert = "client-encrypted.pem"')
        error = await refusal(stage)
    assert (
        error.code == "BAD_CLIENT_CERT" and "client_cert_password" in error.remedy and not front.connections
    )


async def test_a_proxy_that_wants_a_password(stage: Stage) -> None:
    """The tunnel carries TLS end to end; the proxy sees its own password and no request."""
    async with Front(port_of(stage), server_tls()) as front, Front(word=PROXY_WORD) as proxy:
        over(stage, front, 'ca_file = "authority.pem"', f'proxy = "http://127.0.0.1:{proxy.port}"')
        error = await refusal(stage)
        assert error.exit == Exit.CANNOT_RUN and "proxy_password" in error.remedy and "407" in error.message
        assert len(proxy.asked) == 1 and not front.connections  # asked once: passwords lock accounts
        stage.extra += 'proxy_username = "me"\nproxy_password = "env:PROXY_PASSWORD"\n'
        assert (await stage.run(stage.write(stage.kind.rows(2)))).counts == {"created": 2}
        assert all(head.startswith(f"CONNECT 127.0.0.1:{front.port}") for head in proxy.asked)
        assert not any("CASEREST" in head or "Authorization: Basic czNj" in head for head in proxy.asked)


async def test_a_proxy_that_lets_nobody_through(stage: Stage) -> None:
    """Its policy is no passing trouble: exit 1, with the status and the key to look at; asked once."""
    async with Front(word=PROXY_WORD, refuses="403 Forbidden") as proxy:
        over(stage, proxy, f'proxy = "http://127.0.0.1:{proxy.port}"')
        error = await refusal(stage)
    assert error.exit == Exit.CANNOT_RUN and "the proxy refused to connect (403)" in error.message
    assert "Check proxy of the connection" in error.remedy and len(proxy.asked) == 1

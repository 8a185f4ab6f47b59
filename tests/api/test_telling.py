"""Webhook, command and e-mail against servers on this machine; what goes wrong is said, never raised."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from importer.api.telling import MOST_ATTACHED, News, Telling, message
from importer.model.errors import SettingsError
from importer.settings.notify import Mail, load_notify

ENV = {"HOOK": "sEcReT-token", "MAIL_USER": "u", "MAIL_PASSWORD": "sEcReT-password"}
NEWS = News({"file": "a.csv", "run": "20270101-aaaaaa", "exit": 3}, "a.csv", "18 created, 2 invalid.", False)
GOOD = News({"file": "b.csv", "exit": 0}, "b.csv", "18 created.", True)


def notify(folder: Path, text: str) -> Telling:
    path = folder / "notify.toml"
    path.write_text(text, encoding="utf-8")
    return Telling(load_notify(path, ENV))


class Hook:
    """A server that answers with the status it is told and remembers what came."""

    def __init__(self) -> None:
        self.status = 200
        self.seen: list[tuple[dict[str, str], Any]] = []

    async def __aenter__(self) -> Hook:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook?sig=abc"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.seen.append((dict(request.headers), await request.json()))
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})


async def test_a_webhook_gets_the_document(tmp_path: Path) -> None:
    """One POST with the document and the headers, whose secrets come by reference."""
    async with Hook() as hook:
        telling = notify(
            tmp_path, f'[webhook]\nurl = "{hook.url}"\nheaders = {{Authorization = "env:HOOK"}}\n'
        )
        assert await telling.tell(NEWS) == [] and await telling.tell(GOOD) == []
    [(headers, document), _] = hook.seen
    assert document == NEWS.document and headers["Authorization"] == "sEcReT-token"


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_a_webhook_that_fails_is_said(tmp_path: Path, status: int) -> None:
    """Refusals and redirects are told in words, without the address, and nothing is sent on."""
    async with Hook() as hook:
        hook.status = status
        [said] = await notify(tmp_path, f'[webhook]\nurl = "{hook.url}"\n').tell(NEWS)
    assert str(status) in said and "sig=" not in said and len(hook.seen) == 1
    [said] = await notify(tmp_path, f'[webhook]\nurl = "{hook.url}"\n').tell(NEWS)
    assert "could not be reached" in said and "127.0.0.1" not in said


async def test_a_command_gets_the_document(tmp_path: Path) -> None:
    """The program gets JSON on standard input, without a shell; its failure is said, what it prints is not."""
    code = (
        "import sys,pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read()); print('x'); sys.exit(7)"
    )
    words = json.dumps([sys.executable, "-c", code, str(tmp_path / "got $HOME;.json")])
    [said] = await notify(tmp_path, f"[command]\nrun = {words}\n").tell(NEWS)
    assert "ended with 7" in said
    assert json.loads((tmp_path / "got $HOME;.json").read_text("utf-8")) == NEWS.document
    [said] = await notify(tmp_path, '[command]\nrun = ["no-such-program-here"]\n').tell(NEWS)
    assert "could not be started" in said


class Post:
    """As much of a mail server as a client needs (RFC 5321); ``refuses`` is answered to the letter."""

    def __init__(self, refuses: bool = False) -> None:
        self.letters: list[str] = []
        self.talk: list[str] = []
        self._refuses = refuses

    async def __aenter__(self) -> Post:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 post\r\n")
        while line := await reader.readline():
            word = line.decode().strip()
            self.talk.append(word)
            verb = word.upper()[:4]
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                text = (await reader.readuntil(b"\r\n.\r\n")).decode()
                self.letters.append(text.removesuffix(".\r\n"))
                writer.write(b"554 no\r\n" if self._refuses else b"250 ok\r\n")
            elif verb == "EHLO":
                writer.write(b"250-post\r\n250 AUTH PLAIN\r\n")
            else:
                writer.write(
                    b"235 ok\r\n" if verb == "AUTH" else b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n"
                )
            await writer.drain()
            if verb == "QUIT":
                break
        writer.close()
        await writer.wait_closed()


MAIL = (
    '[mail]\nserver = "127.0.0.1:{port}"\nsecurity = "none"\nfrom = "l@example.com"\nto = ["a@example.com"]\n'
)
SIGNED = 'username = "env:MAIL_USER"\npassword = "env:MAIL_PASSWORD"\n'


async def test_an_e_mail_with_the_results(tmp_path: Path) -> None:
    """By default only what needs a look is mailed; the results go along on demand."""
    results = tmp_path / "a.results.csv"
    results.write_text("import_row\n2\n", encoding="utf-8")
    news = News({**NEWS.document, "results": str(results)}, "a\n.csv", NEWS.words, False, results)
    async with Post() as post:
        telling = notify(tmp_path, MAIL.format(port=post.port) + SIGNED + "attach_results = true\n")
        assert await telling.tell(GOOD) == [] and not post.letters
        assert await telling.tell(news) == []
    letter = email.message_from_string(post.letters[0], policy=email.policy.default)
    assert letter["Subject"] == "case-importer: a_.csv: needs a look" and letter["To"] == "a@example.com"
    [attached] = letter.iter_attachments()  # type: ignore[attr-defined]
    assert attached.get_filename() == "a.results.csv" and b"import_row" in attached.get_payload(decode=True)
    assert any(word.startswith("AUTH") for word in post.talk)


async def test_a_mail_server_that_refuses_is_said(tmp_path: Path) -> None:
    """A refusal, a server that is away, and one without TLS are told in words without a secret."""
    async with Post(refuses=True) as post:
        [refused] = await notify(tmp_path, MAIL.format(port=post.port) + SIGNED).tell(NEWS)
        secured = MAIL.format(port=post.port).replace("none", "starttls")
        [no_tls] = await notify(tmp_path, secured + SIGNED).tell(NEWS)
    [away] = await notify(tmp_path, MAIL.format(port=post.port)).tell(NEWS)
    assert "refused it (554)" in refused and "could not be used" in away and "could not be used" in no_tls
    assert not any("sEcReT" in said for said in (refused, away, no_tls))
    assert not any(word.startswith("AUTH") for word in post.talk[-2:]), "no password without TLS"


def test_results_that_are_too_large_are_not_attached(tmp_path: Path) -> None:
    """The letter says so instead."""
    results = tmp_path / "large.csv"
    with results.open("wb") as stream:
        stream.truncate(MOST_ATTACHED + 1)
    mail = Mail("h", 25, "none", "a@example.com", ("b@example.com",), attach_results=True)
    made = message(mail, News({}, "a.csv", "done.", True, results))
    assert "too much for an e-mail" in made.get_content() and not made.is_multipart()


FAULTS = (
    ('[webhok]\nurl = "x"', "[webhok] is unknown; did you mean [webhook]?"),
    ('[webhook]\nurll = "https://x.example"', "[webhook] urll is unknown; did you mean url?"),
    ("[webhook]", "[webhook] url: expected a text"),
    ('[webhook]\nurl = "http://hooks.example.com/x"', "plain http"),
    ('[webhook]\nurl = "env:NOT_SET"', "NOT_SET is not set"),
    ('[webhook]\nurl = "https://x.example"\non = "never"', "[webhook] on is one of all, failures"),
    ("[command]\nrun = 'rm -rf'", "[command] run: expected a list"),
    (MAIL.format(port=25) + 'username = "u"\npassword = "literal"', "a secret is not written here"),
    (MAIL.format(port=25) + 'username = "u"', "go together"),
    (MAIL.format(port="x"), "smtp.example.com:587"),
    ("[mail", "is not valid TOML"),
)


@pytest.mark.parametrize(("text", "words"), FAULTS)
def test_faults_of_the_notify_file(tmp_path: Path, text: str, words: str) -> None:
    """All faults are told with the table and key; no secret is."""
    with pytest.raises(SettingsError) as caught:
        notify(tmp_path, text)
    assert words in caught.value.message and "literal" not in caught.value.message.replace("a literal", "")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_notify(tmp_path / "missing.toml", ENV)

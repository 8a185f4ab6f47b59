"""When a session is made anew: ahead of its end, on a sign-in page, and to whom its secrets go."""

import asyncio

import pytest

from importer.model.errors import Exit, TargetError
from importer.model.secret import Secret
from importer.transport import Answered, Request, Session
from importer.transport.signin import ahead_of

from .test_transport import BASE, CREATE, READ, TOKEN, Tokens, ok, transport
from .virtual import run

PAGE = Answered(200, {"Content-Type": "text/html"}, b"<html>sign in</html>")


class Living(Tokens):
    """Sessions that live for ``life`` seconds; a sign-in page says that one is over; ``later`` refuses."""

    def __init__(self, life=None, fails=()):
        super().__init__()
        self.life = life
        self.fails = fails
        self.tried = 0

    async def sign_in(self, send):
        self.tried += 1
        if self.tried in self.fails:
            raise TargetError("SIGN_IN_REFUSED", "no", exit=Exit.CANNOT_RUN)
        session = await super().sign_in(send)
        return Session(session.base_url, session.headers, session.user, self.life)

    def expired(self, answer):
        return answer.status == 401 or b"<html>" in answer.body


@pytest.mark.parametrize(("life", "ahead"), [(7200, 6900), (1800, 1620), (10, 9)])
def test_how_far_ahead(life, ahead):
    """A tenth of the life before its end, and at most five minutes."""
    assert ahead_of(life) == ahead


def test_a_session_is_renewed_ahead_of_its_end():
    """No request meets the end: the token is a new one in time, and nobody was told 401."""

    async def scenario():
        seen = []

        def reply(headers, _request):
            seen.append(headers["Authorization"])
            return Answered(201, {}, b"{}")

        made, network = transport(reply, sign_in=Living(life=7200))
        async with made:
            await made.send(CREATE)
            await asyncio.sleep(6890)
            await made.send(CREATE)
            await asyncio.sleep(20)
            await asyncio.gather(*(made.send(CREATE) for _ in range(5)))
        assert seen == ["token 1"] * 2 + ["token 2"] * 5
        assert made.sign_ins == 2 and network.forgotten == 0  # the old cookies are good until the new come

    run(scenario())


def test_a_renewal_ahead_that_fails_changes_nothing():
    """The old session goes on until the server ends it; it is not asked for again before."""

    async def scenario():
        over = []

        def reply(headers, _request):
            return Answered(401, {}, b"") if over and headers["Authorization"] == "token 1" else ok(0, 0)

        made, _network = transport(reply, sign_in=Living(life=100, fails=(2,)))
        async with made:
            await made.send(CREATE)
            await asyncio.sleep(95)
            assert isinstance(await made.send(CREATE), Answered)
            await made.send(CREATE)
            assert made.sign_ins == 2
            over.append(True)
            assert (await made.send(CREATE)).status == 201
            assert made.sign_ins == 3

    run(scenario())


def test_a_create_that_met_a_sign_in_page_is_not_sent_again():
    """200 with a page does not tell what became of it; but the next request has a new session."""

    async def scenario():
        def reply(headers, request):
            old = headers["Authorization"] == "token 1"
            return PAGE if old else Answered(201, {}, b"{}")

        made, network = transport(reply, sign_in=Living())
        async with made:
            assert await made.send(CREATE) is PAGE
            assert (await made.send(CREATE)).status == 201
        creates = [request for _, _, request in network.departed if request is CREATE]
        assert len(creates) == 2 and network.forgotten == 1 and made.sign_ins == 2

    run(scenario())


def test_a_read_that_met_a_sign_in_page_is_sent_again():
    """What only reads does no harm twice."""

    async def scenario():
        made, _network = transport(
            lambda headers, _: PAGE if headers["Authorization"] == "token 1" else Answered(200, {}, b"{}"),
            sign_in=Living(),
        )
        async with made:
            assert (await made.send(READ)).body == b"{}"

    run(scenario())


def test_requests_of_a_sign_in_may_go_elsewhere():
    """IAM, Zen and CASEREST are three servers: each request goes where the sign-in says, without headers."""

    class Elsewhere(Tokens):
        async def sign_in(self, send):
            await send(TOKEN)
            await send(TOKEN, "https://zen.example")
            return Session(BASE, {"Authorization": Secret("token")})

    async def scenario():
        made, network = transport(ok, sign_in=Elsewhere())
        async with made:
            await made.send(READ)
        assert [base for _, base, _ in network.departed] == [Tokens.base_url, "https://zen.example", BASE]

    run(scenario())


@pytest.mark.parametrize("secret", ["a\r\nHost: evil.example", "a\n", "a\x00b"])
def test_a_secret_with_a_line_break_does_not_go_out(secret):
    """It is told by the name of its header, and not shown."""

    class Broken(Tokens):
        async def sign_in(self, send):
            return Session(BASE, {"Authorization": Secret(f"Bearer {secret}")})

    async def scenario():
        made, network = transport(ok, sign_in=Broken())
        async with made:
            with pytest.raises(TargetError, match="Authorization holds a line break") as caught:
                await made.send(Request("GET", "/x", creates=False))
        assert not network.departed and "evil" not in str(caught.value)

    run(scenario())

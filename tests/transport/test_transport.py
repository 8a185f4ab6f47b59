"""The way of a request, in virtual time: retry, slot, sign-in, turn; the network is a stand-in."""

import asyncio
import dataclasses
import logging
import random

import pytest

from importer.model.errors import Exit, TargetError
from importer.model.latency import step_of
from importer.model.secret import Secret
from importer.settings import Rate, simulator_connection
from importer.transport import Answered, MaybeDelivered, NotSent, Pacer, Request, Session, Transport
from importer.transport.retry import READ_TRIES
from importer.transport.transport import LEAVE_WITHIN, PATIENCE, PROBE_TIMEOUT
from importer.transport.trips import HELD, NO_CONNECTION

from .virtual import run

BASE = "https://host.example"
CREATE = Request("POST", "/cases", b"{}", {"Content-Type": "application/json"}, purpose="create Case")
READ = Request("GET", "/describe", creates=False, purpose="describe")
TOKEN = Request("POST", "/token", b"grant", purpose="sign in")


class Network:
    """Answers after ``latency`` seconds by ``reply(headers, request)``; notes when requests departed."""

    def __init__(self, pacer, reply, latency=0.05):
        self.pacer = pacer
        self.reply = reply
        self.latency = latency
        self.departed = []
        self.forgotten = 0

    async def exchange(self, base_url, headers, request, leaves):
        delivery = self.reply(headers, request)
        if isinstance(delivery, NotSent):
            return delivery
        await self.pacer.window_open()
        leaves(self.pacer.departed())
        self.departed.append((asyncio.get_running_loop().time(), base_url, request))
        await asyncio.sleep(self.latency)
        return delivery

    def forget_cookies(self):
        self.forgotten += 1

    async def close(self):
        pass


class Tokens:
    """Signs in by one request and hands out numbered tokens; 401 means expired."""

    base_url = "https://login.example"

    def __init__(self, refuse=None):
        self.made = 0
        self.refuse = refuse

    async def sign_in(self, send):
        delivery = await send(TOKEN)
        if isinstance(delivery, NotSent):
            raise TargetError("UNREACHABLE", delivery.reason, exit=Exit.LATER)
        if self.refuse:
            raise self.refuse
        self.made += 1
        return Session(BASE, {"Authorization": Secret(f"token {self.made}")}, user="loader")

    def expired(self, answer):
        return answer.status == 401


FAST = Rate(1000, 1)


def transport(reply, *, rate=FAST, concurrency=10, sign_in=None, patience=60.0, **more):
    """Make a transport over a stand-in network; ``reply`` also answers the sign-in, unless it does not."""
    settings = dataclasses.replace(
        simulator_connection("salesforce", "http://127.0.0.1:1"), rate=rate, concurrency=concurrency
    )
    pacer = Pacer(rate)

    def answer(headers, request):
        return Answered(200, {}, b"") if request is TOKEN else reply(headers, request)

    network = Network(pacer, answer)
    made = Transport(
        settings,
        sign_in or Tokens(),
        patience=patience,
        rng=random.Random(1),
        pacer=pacer,
        exchange=network,
        **more,
    )
    return made, network


def ok(_headers, _request):
    return Answered(201, {}, b"{}")


def test_first_request_signs_in_and_carries_the_headers():
    """Signing in goes to its own host without a token; the request goes to the session's with it."""
    seen = []

    async def scenario():
        made, network = transport(lambda headers, request: (seen.append(headers), ok(0, 0))[1])
        async with made:
            assert await made.send(CREATE) == Answered(201, {}, b"{}")
            assert (await made.sign_in()).user == "loader"
        assert [(base, request.purpose) for _, base, request in network.departed] == [
            ("https://login.example", "sign in"),
            (BASE, "create Case"),
        ]
        assert made.traffic.calls == 2 and made.sign_ins == 1
        assert made.traffic.last - made.traffic.first == pytest.approx(0.05, abs=0.01)

    run(scenario())
    assert seen == [{"Authorization": "token 1"}]


def test_token_does_not_print():
    """A session shows its address and user, never its token."""
    assert "abc" not in repr(Session(BASE, {"Authorization": Secret("abc")}))


def test_one_refresh_for_fifty_who_wait_and_departures_keep_the_rate():
    """Fifty requests meet an expired session: one sign-in, one replay each, never over the rate."""
    rate = Rate(30, 3)
    good = {"token": "token 1"}

    def reply(headers, _request):
        return ok(0, 0) if headers["Authorization"] == good["token"] else Answered(401, {}, b"")

    async def scenario():
        sign_in = Tokens()
        made, network = transport(reply, rate=rate, concurrency=50, sign_in=sign_in)
        assert (await made.send(CREATE)).status == 201
        good["token"] = "token 2"
        network.latency = 5.0  # the answers of many are on their way when the first one signs in

        async def row():
            while (delivery := await made.send(CREATE)) == HELD:
                pass  # as a run does it, with a new intent
            return delivery

        answers = await asyncio.gather(*(row() for _ in range(50)))
        assert {answer.status for answer in answers} == {201}
        assert sign_in.made == 2 and made.sign_ins == 2 and network.forgotten == 1
        times = [time for time, _, _ in network.departed]
        assert len(times) == made.traffic.calls <= 1 + 1 + 50 + 1 + 50
        for early, late in zip(times, times[rate.count :], strict=False):
            assert late - early > rate.seconds
        await made.close()

    run(scenario(), late=0.001)


def test_replay_happens_once():
    """When the new session is refused as well, the caller gets that answer; nothing goes round in circles."""

    async def scenario():
        made, network = transport(lambda *_: Answered(401, {}, b"no"))
        assert await made.send(CREATE) == Answered(401, {}, b"no")
        assert [request.purpose for _, _, request in network.departed] == [
            "sign in", "create Case", "sign in", "create Case",
        ]  # fmt: skip

    run(scenario())


def test_refused_sign_in_is_final_and_asked_once():
    """A wrong password is tried once for all who wait, and not again: accounts get locked by that."""

    async def scenario():
        made, network = transport(ok, sign_in=Tokens(refuse=TargetError("REFUSED", "wrong password")))
        results = await asyncio.gather(*(made.send(CREATE) for _ in range(50)), return_exceptions=True)
        with pytest.raises(TargetError, match="wrong password"):
            await made.send(CREATE)
        assert {type(result) for result in results} == {TargetError}
        assert [request.purpose for _, _, request in network.departed] == ["sign in"]
        assert made.slots.in_use == 0

    run(scenario())


def test_sign_in_that_may_succeed_later_is_tried_again():
    """An unreachable login host is no refusal: the next request tries again."""
    reachable = {"now": False}

    async def scenario():
        made, network = transport(ok, patience=PATIENCE)
        network.reply = lambda headers, request: (
            ok(0, 0) if reachable["now"] else NotSent("the server cannot be reached")
        )
        with pytest.raises(TargetError, match="cannot be reached") as caught:
            await made.send(CREATE)
        assert caught.value.exit == Exit.LATER
        reachable["now"] = True
        assert (await made.send(CREATE)).status == 201

    run(scenario())


def test_giving_up_does_not_end_the_sign_in_of_others():
    """The request that started the sign-in is cancelled; those who wait with it still get the session."""

    async def scenario():
        made, _ = transport(ok)
        first = asyncio.create_task(made.send(CREATE))
        second = asyncio.create_task(made.send(CREATE))
        await asyncio.sleep(0.01)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (await second).status == 201
        assert made.sign_ins == 1 and made.slots.in_use == 0

    run(scenario())


def test_closing_ends_a_sign_in_under_way():
    """A transport that is closed leaves no task behind."""

    async def scenario():
        made, network = transport(ok)
        network.latency = 1000.0
        sending = asyncio.create_task(made.send(CREATE))
        await asyncio.sleep(1)
        await made.close()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert len(asyncio.all_tasks()) == 1

    run(scenario())


def test_closing_leaves_no_pause_behind():
    """A transport that is closed during a pause ends at once, with those who queued for their turn."""

    async def scenario():
        made, _ = transport(ok)
        assert (await made.send(CREATE)).status == 201
        made.pause(900, "the server asked for it")
        sending = asyncio.create_task(made.send(CREATE))
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        await made.close()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1
        assert asyncio.get_running_loop().time() - began < 1

    run(scenario())


def test_stop_calls_back_what_has_not_left_and_lets_the_rest_end():
    """Before an end, what waits for its slot or turn comes back as not sent; what has left gets its answer."""

    async def scenario():
        made, network = transport(ok, rate=Rate(10, 1), concurrency=30)
        await made.sign_in()
        network.latency = 60.0
        sending = [asyncio.create_task(made.send(CREATE)) for _ in range(100)]
        await asyncio.sleep(1.0)
        left = len(network.departed) - 1
        made.stop()
        results = await asyncio.gather(*sending)
        assert [type(result) for result in results].count(Answered) == left > 3
        assert sum(isinstance(result, NotSent) and not result.passing for result in results) == 100 - left
        assert len(network.departed) - 1 == left and made.slots.in_use == 0
        assert isinstance(await made.send(CREATE), NotSent)

    run(scenario())


def test_stop_ends_patience_and_pauses():
    """A request that waits for an unreachable server, and one held by a pause, come back at once."""

    async def scenario():
        made, _ = transport(lambda _headers, request: NotSent("refused") if request is READ else ok(0, 0))
        assert (await made.send(CREATE)).status == 201
        unreachable = asyncio.create_task(made.send(READ))
        await asyncio.sleep(5)
        made.pause(900, "the server asked for it")
        paused = asyncio.create_task(made.send(CREATE))
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        made.stop()
        for task in (unreachable, paused):
            assert isinstance(await task, NotSent)
        assert asyncio.get_running_loop().time() - began < 1
        await made.close()

    run(scenario())


def test_cancelling_is_not_taken_for_a_call_back():
    """A caller that cancels gets its cancellation, also when the transport is about to stop."""

    async def scenario():
        made, network = transport(ok)
        await made.sign_in()
        network.latency = 60.0
        sending = asyncio.create_task(made.send(CREATE))
        await asyncio.sleep(1)
        made.stop()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    run(scenario())


def test_called_back_and_cancelled_at_once():
    """Both in one moment: the caller learns that its request has not left, and is cancelled at its next wait."""
    seen = []

    async def scenario():
        made, network = transport(ok)
        await made.sign_in()
        made.pause(900, "the server asked for it")

        async def caller():
            seen.append(await made.send(CREATE))
            await asyncio.sleep(1000)

        sending = asyncio.create_task(caller())
        await asyncio.sleep(1)
        made.stop()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert [type(delivery) for delivery in seen] == [NotSent] and len(network.departed) == 1

    run(scenario())


@pytest.mark.parametrize("address", ["http://elsewhere.example", "https://a@b.example", "nonsense", ""])
def test_session_with_an_address_that_is_not_used(address):
    """A sign-in that answers with a readable or a strange address gets no token sent there."""

    class Strange(Tokens):
        async def sign_in(self, send):
            return Session(address, {"Authorization": Secret("token")})

    async def scenario():
        made, network = transport(ok, sign_in=Strange())
        with pytest.raises(TargetError, match="an address that is not used"):
            await made.send(CREATE)
        assert network.departed == []

    run(scenario())


def test_not_sent_is_repeated_and_holds_no_slot_meanwhile():
    """While one request waits for a server that comes back, others use the only slot."""
    down = {"until": 0.0}

    def reply(_headers, request):
        loop = asyncio.get_running_loop()
        return NotSent("refused") if request is CREATE and loop.time() < down["until"] else ok(0, 0)

    async def scenario():
        made, network = transport(reply, concurrency=1)
        assert (await made.send(READ)).status == 201
        down["until"] = asyncio.get_running_loop().time() + 2
        waiting = asyncio.create_task(made.send(CREATE))
        for _ in range(20):
            assert (await made.send(READ)).status == 201
        assert not waiting.done()
        assert (await waiting).status == 201
        assert sum(request is CREATE for _, _, request in network.departed) == 1

    run(scenario())


def test_patience():
    """A server that is gone is tried for as long as patience lasts, and nothing is counted as having left."""
    state = {"down": False}

    async def scenario():
        made, _ = transport(lambda *_: NotSent("refused") if state["down"] else ok(0, 0), patience=PATIENCE)
        await made.send(CREATE)
        state["down"] = True
        began = asyncio.get_running_loop().time()
        assert await made.send(CREATE) == NotSent("refused")
        assert asyncio.get_running_loop().time() - began == pytest.approx(PATIENCE, abs=0.5)
        assert made.traffic.calls == 2

    run(scenario())


@pytest.mark.parametrize(
    ("delivery", "answers"),
    [
        (Answered(200, {}, b""), True),
        (Answered(401, {}, b""), True),
        (Answered(429, {}, b""), True),
        (Answered(503, {}, b""), False),
        (NotSent("refused"), False),
        (MaybeDelivered("lost"), False),
    ],
)
def test_probe(delivery, answers):
    """One attempt that tells whether the server is there; what stands before it (5xx) is not the server."""

    async def scenario():
        made, network = transport(lambda *_: delivery)
        assert await made.probe(READ, signed_in=False) is answers
        assert made.sign_ins == 0 and made.slots.in_use == 0
        assert len(network.departed) == (0 if isinstance(delivery, NotSent) else 1)

    run(scenario())


def test_probe_goes_past_full_slots_with_or_without_the_session():
    """While every slot waits for an answer that does not come, the probe asks at the session's address."""
    seen = []

    async def scenario():
        made, network = transport(lambda headers, request: (seen.append(headers), ok(0, 0))[1], concurrency=1)
        await made.sign_in()
        network.latency = 10.0
        waiting = asyncio.create_task(made.send(CREATE))
        await asyncio.sleep(1)
        network.latency = 0.1
        assert await made.probe(READ, signed_in=False) and await made.probe(READ, signed_in=True)
        assert seen[1:] == [{}, {"Authorization": "token 1"}] and not waiting.done()
        assert [base for _, base, request in network.departed if request is READ] == [BASE, BASE]
        assert (await waiting).status == 201

    run(scenario())


def test_probe_does_not_wait_for_ever():
    """A server that takes the probe and says nothing is not there; a run that ends is not kept by it."""

    async def scenario():
        made, network = transport(ok)
        network.latency = 1000.0
        clock = asyncio.get_running_loop().time
        began = clock()
        assert not await made.probe(READ, signed_in=False)
        assert clock() - began == pytest.approx(PROBE_TIMEOUT, abs=0.1)
        made.pause(900, "the server asked for it")
        probing = asyncio.create_task(made.probe(READ, signed_in=False))
        await asyncio.sleep(1)
        made.stop()
        began = clock()
        assert not await probing and clock() - began < 1

    run(scenario())


@pytest.mark.parametrize("held_by", ["pause", "slot", "rate"])
def test_a_create_leaves_in_time_or_not_at_all(held_by):
    """What an intent says of the time of its request stays true: what waits too long comes back, not sent."""

    async def scenario():
        rate = Rate(1, 60) if held_by == "rate" else FAST
        made, network = transport(ok, rate=rate, concurrency=5 if held_by != "slot" else 1)
        await made.sign_in()
        network.latency = 100.0
        others = [asyncio.create_task(made.send(READ))] if held_by == "slot" else []
        await asyncio.sleep(1)
        if held_by == "pause":
            made.pause(900, "the server asked for it")
        before = len(network.departed)
        clock = asyncio.get_running_loop().time
        began = clock()
        assert await made.send(CREATE) == HELD
        assert clock() - began == pytest.approx(LEAVE_WITHIN, abs=0.1)
        assert len(network.departed) == before
        assert made.slots.limit == (1 if held_by == "slot" else 5), "the server has nothing to do with it"
        for other in others:
            assert isinstance(await other, Answered)
        await made.close()

    run(scenario())


def test_a_connection_that_does_not_come_about_is_the_servers():
    """A host that swallows everything: after the same time the create comes back as not reached."""

    async def scenario():
        made, network = transport(ok)
        await made.sign_in()

        async def swallowed(*_args):
            await asyncio.sleep(1000)

        network.exchange = swallowed
        assert await made.send(CREATE) == NO_CONNECTION
        assert made.slots.limit == 1 and made.slots.in_use == 0
        pausing = asyncio.create_task(made.send(CREATE))
        await asyncio.sleep(1)
        made.pause(900, "connected, and held at the door")
        assert await pausing == HELD

    run(scenario())


def test_a_late_401_is_not_replayed():
    """The session's end is told after half a minute: the row goes back, the session is renewed for the next."""

    async def scenario():
        good = {"token": "token 2"}
        made, network = transport(
            lambda headers, _request: (
                ok(0, 0) if headers["Authorization"] == good["token"] else Answered(401, {}, b"")
            )
        )
        await made.sign_in()
        network.latency = 30.0
        assert await made.send(CREATE) == HELD
        assert made.sign_ins == 2 and sum(request is CREATE for _, _, request in network.departed) == 1
        assert (await made.send(CREATE)).status == 201

    run(scenario())


def test_hopeless_is_not_repeated():
    """An untrusted certificate does not become trusted by trying again."""

    async def scenario():
        made, _ = transport(lambda *_: NotSent("untrusted", passing=False))
        began = asyncio.get_running_loop().time()
        assert await made.send(CREATE) == NotSent("untrusted", passing=False)
        assert asyncio.get_running_loop().time() - began < 1

    run(scenario())


@pytest.mark.parametrize("delivery", [MaybeDelivered("lost"), Answered(503, {"Retry-After": "5"}, b"")])
def test_what_may_have_been_delivered_leaves_once(delivery):
    """A create whose answer is lost or unclear is handed back, never sent again."""

    async def scenario():
        made, network = transport(lambda *_: delivery)
        assert await made.send(CREATE) == delivery
        assert sum(request is CREATE for _, _, request in network.departed) == 1
        assert made.pacer.paused_for == 0

    run(scenario())


def test_reads_are_repeated_and_retry_after_slows_everybody():
    """A busy server that names a time is left alone by the whole run for that time."""
    replies = iter(
        [Answered(503, {"retry-after": "40"}, b""), MaybeDelivered("lost"), Answered(200, {}, b"x")]
    )

    def reply(_headers, request):
        return next(replies) if request is READ else ok(0, 0)

    async def scenario():
        made, network = transport(reply)
        await made.send(CREATE)
        began = asyncio.get_running_loop().time()
        reading = asyncio.create_task(made.send(READ))
        await asyncio.sleep(1)
        assert await made.send(CREATE) == HELD
        assert await reading == Answered(200, {}, b"x")
        assert (await made.send(CREATE)).status == 201
        later = [time - began for time, _, _ in network.departed if time > began + 0.5]
        assert min(later) >= 40 and sum(request is READ for _, _, request in network.departed) == READ_TRIES

    run(scenario())


def test_every_attempt_pays_a_token():
    """Requests that wait for their turn hold to the rate, with sign-in and repeats counted."""

    async def scenario():
        made, network = transport(lambda *_: Answered(503, {}, b""), rate=Rate(2, 1))
        await asyncio.gather(*(made.send(READ) for _ in range(4)))
        times = [time for time, _, _ in network.departed]
        assert len(times) == 1 + 4 * READ_TRIES
        assert all(late - early > 1 for early, late in zip(times, times[2:], strict=False))

    run(scenario())


def test_requests_are_spread():
    """Twenty requests that come at once do not leave at once, though the window would allow it."""

    async def scenario():
        made, network = transport(ok, rate=Rate(20, 1), concurrency=20)
        await asyncio.gather(*(made.send(CREATE) for _ in range(19)))
        times = [time for time, _, _ in network.departed]
        assert sum(time < times[0] + 0.1 for time in times) <= 4

    run(scenario())


def test_slots_bound_what_is_in_flight():
    """No more than ``concurrency`` requests are in flight, the sign-in not counted."""
    in_flight = {"now": 0, "most": 0}

    async def scenario():
        made, network = transport(ok, concurrency=3)
        plain = network.exchange

        async def counted(base_url, headers, request, leaves):
            in_flight["now"] += 1
            in_flight["most"] = max(in_flight["most"], in_flight["now"])
            try:
                return await plain(base_url, headers, request, leaves)
            finally:
                in_flight["now"] -= 1

        network.exchange = counted
        await asyncio.gather(*(made.send(CREATE) for _ in range(30)))
        assert in_flight["most"] == 3 and made.slots.in_use == 0

    run(scenario())


def test_log_tells_nothing_of_a_row(caplog):
    """A debug line has method, purpose, end and milliseconds; path, headers and bodies stay out."""
    secret = Request("PATCH", "/KEY-OF-A-ROW?q=KEY", b"BODY-OF-A-ROW", {"X": "HEADER"}, purpose="update Case")

    async def scenario():
        made, _ = transport(lambda *_: Answered(204, {"Set-Cookie": "COOKIE"}, b"ANSWER"))
        await made.send(secret)

    with caplog.at_level(logging.DEBUG, logger="importer.transport"):
        run(scenario())
    assert caplog.messages[-1].startswith("PATCH update Case: 204, ") and caplog.messages[-1].endswith(" ms")
    for word in ("ROW", "KEY", "HEADER", "COOKIE", "ANSWER", "token"):
        assert word not in caplog.text


def test_latencies_losses_and_repeats_are_counted():
    """Each attempt by its end; an answer's time is from its departure, not from when it began to wait."""
    steps = iter(
        [Answered(200, {}, b"{}"), MaybeDelivered("cut"), Answered(503, {}, b""), Answered(200, {}, b"{}")]
    )

    async def scenario():
        pacer = Pacer(Rate(2, 1))
        network = Network(pacer, lambda _headers, _request: next(steps), latency=0.25)
        transport = Transport(
            simulator_connection("salesforce", BASE), Tokens(), pacer=pacer, exchange=network
        )
        for request in (CREATE, READ):
            await transport.send(request)
        return transport.traffic

    traffic = run(scenario())
    answered = {step: count for step, count in enumerate(traffic.latencies) if count}
    assert (traffic.calls, sum(answered.values()), traffic.lost, traffic.repeats) == (4, 3, 1, 1)
    assert set(answered) == {step_of(0.25)}

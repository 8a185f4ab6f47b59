"""The language of faults and switches, and that faults repeat."""

from __future__ import annotations

import pytest

from importer.simulator.faults import FAULTS, Faults, Rule, read_rule, read_spec
from importer.simulator.options import SpecError, credentials, duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("50ms", 0.05), ("2s", 2.0), ("1.5min", 90.0), ("1h", 3600.0), ("3", 3.0)]
)
def test_durations_are_read(text: str, seconds: float) -> None:
    """Each unit counts in seconds."""
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "struck"),
    [
        ("every:3", [3, 6, 9]),
        ("at:2+5-7", [2, 5, 6, 7]),
        ("first:2", [1, 2]),
        ("on", list(range(1, 11))),
        ("1", list(range(1, 11))),
    ],
)
def test_a_rule_strikes_the_ordinals_it_names(text: str, struck: list[int]) -> None:
    """Of ten requests exactly the named ones are struck."""
    rule = read_rule(text)
    assert rule
    assert [number for number in range(1, 11) if rule.strikes(1, "slow", number)] == struck


def test_off_is_no_rule() -> None:
    """A fault that is off never strikes."""
    assert read_rule("off") is None
    assert read_spec("slow=off,hang=off")[1] == {}


def test_the_same_seed_gives_the_same_faults_and_another_seed_others() -> None:
    """A probability is decided by seed, fault and ordinal alone; asking in another order changes nothing."""
    rule, numbers = Rule(probability=0.1), range(1, 2001)
    first = [number for number in numbers if rule.strikes(7, "slow", number)]
    again = [number for number in reversed(numbers) if rule.strikes(7, "slow", number)]
    assert first == again[::-1]
    assert first != [number for number in numbers if rule.strikes(8, "slow", number)]
    assert first != [number for number in numbers if rule.strikes(7, "hang", number)]
    assert 140 < len(first) < 260


def test_ordinals_count_within_a_kind_and_over_the_kinds_of_a_rule() -> None:
    """A fault of creates does not see queries; a rule for two kinds counts both together."""
    _, rules = read_spec("slow=at:2,hang=at:3@create+query")
    faults = Faults(1, rules)
    drawn = [faults.draw(kind) for kind in ("query", "create", "create", "query")]
    assert drawn == [(1, ()), (1, ()), (2, ("slow", "hang")), (2, ())]


def test_settings_and_faults_stand_in_one_specification() -> None:
    """Switches, durations, counts and windows are read beside faults."""
    behaviour, rules = read_spec(
        "latency=50ms, required_field=on,daily_limit=9,limiter=30/3s,hide=0.5,clock=-90s"
    )
    assert (behaviour.latency, behaviour.required_field, behaviour.daily_limit) == (0.05, True, 9)
    assert (behaviour.limiter, behaviour.clock) == ((30, 3.0), -90.0)
    assert set(rules) == {"hide"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lose_after_comit=0.1", "Did you mean lose_after_commit?"),
        ("slow", "name=value"),
        ("slow=2", "slow"),
        ("slow=every:0", "every:20"),
        ("slow=sometimes", "sometimes"),
        ("slow=on@creates", "creates"),
        ("trim=yes", "neither on nor off"),
        ("latency=fast", "duration"),
        ("daily_limit=-1", "daily_limit"),
        ("limiter=30", "30/3s"),
        ("limiter=0/3s", "zero"),
        ("ibm_401=json", "html, empty"),
        ("retry_after=soon", "duration"),
    ],
)
def test_a_wrong_specification_is_refused_with_the_reason(text: str, told: str) -> None:
    """The message names the part that is wrong, and the nearest right word."""
    with pytest.raises(SpecError, match=told.replace("?", r"\?")):
        read_spec(text)


def test_faults_of_one_phase_count_in_the_order_of_the_table() -> None:
    """The order of a specification does not matter."""
    assert list(read_spec("http_500_after=on,lose_after_commit=on")[1]) == [
        "lose_after_commit",
        "http_500_after",
    ]
    assert list(FAULTS).index("lose_after_commit") < list(FAULTS).index("http_500_after")


def test_credentials_need_a_user_and_a_password() -> None:
    """Further colons belong to the password."""
    assert credentials("u:p:q") == ("u", "p:q")
    for text in ("u", ":p", "u:"):
        with pytest.raises(SpecError):
            credentials(text)

"""The pure decisions of a run, as tables (design §4, §7, §8)."""

import pytest

from importer.journal.records import LedgerLine, RunRecord
from importer.journal.states import State
from importer.model.errors import Exit, ImporterError, gravest
from importer.model.outcome import Again, Created, Exists, Rejected, RowOutcome, Stop, Unknown, Updated
from importer.pipeline.decide import AlreadyKnown, Leave, Send, by_ledger, exit_code, state_after
from importer.pipeline.guard import Guard
from importer.pipeline.options import Ceiling, RunOptions
from importer.pipeline.resume import Begin, Continue, NothingToDo, Resume, Standing, resume


def line(state: str, run_n: int = 1, row: int = 9, record_id: str | None = None) -> LedgerLine:
    return LedgerLine(State(state), record_id, b"d", row, "20260101-aaaaaa", run_n)


@pytest.mark.parametrize(
    ("known", "again", "expected"),
    [
        (None, False, Send),
        (line("created", 1, record_id="5"), False, AlreadyKnown),
        (line("exists", 1, record_id="5"), False, AlreadyKnown),
        (line("created", 1, record_id="5"), True, Send),
        (line("created", 2, record_id="5"), True, AlreadyKnown),
        (line("in_doubt", 1), False, Leave),
        (line("unknown", 1), False, Leave),
        (line("sent", 1), False, Leave),
        (line("in_doubt", 1), True, Leave),
        (line("in_doubt", 2, row=5), False, Leave),
        (line("sent", 2, row=3), False, Send),
    ],
)
def test_what_the_ledger_asks_for(known: LedgerLine | None, again: bool, expected: type) -> None:
    """Row 3 of run 2: known keys are not sent, keys in doubt anywhere else neither, not even with --again."""
    assert type(by_ledger(known, 2, 3, again=again)) is expected


def test_a_doubt_elsewhere_names_the_row_and_run() -> None:
    """The person learns where the doubt is, and the row is in doubt here too."""
    decision = by_ledger(line("in_doubt", 1, row=7), 2, 3, again=False)
    assert isinstance(decision, Leave) and decision.state is State.IN_DOUBT
    assert "Row 7 of run 20260101-aaaaaa" in decision.problems[0].message


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Created("1"), "created"),
        (Updated("1"), "updated"),
        (Exists("1"), "exists"),
        (Rejected(()), "rejected"),
        (Again("A", "r"), "pending"),
        (Stop("S", "r", "", 6), "pending"),
        (Unknown("r"), "unknown"),
    ],
)
def test_state_after_an_outcome(outcome: RowOutcome, state: str) -> None:
    """Only an unknown outcome leaves a doubt; what was not created is pending again."""
    assert state_after(outcome, "skip") == state


def test_on_match_error_refuses_what_exists() -> None:
    """on_match: error turns exists into rejected, and nothing else."""
    assert state_after(Exists("1"), "error") is State.REJECTED
    assert state_after(Created("1"), "error") is State.CREATED


@pytest.mark.parametrize(
    ("counts", "stopped", "partial", "code"),
    [
        ({}, None, False, 0),
        ({"created": 5, "exists": 1, "skipped": 1}, None, False, 0),
        ({"created": 5, "invalid": 1}, None, False, 3),
        ({"rejected": 1}, None, False, 3),
        ({"blocked": 1}, None, False, 3),
        ({"rejected": 1, "in_doubt": 1}, None, False, 4),
        ({"in_doubt": 1, "not_sent": 5}, Exit.LATER, False, 5),
        ({"created": 1}, Exit.GUARD, False, 6),
        ({"created": 1}, Exit.INTERRUPTED, False, 130),
        ({"created": 5, "not_sent": 195}, None, True, 0),
        ({"created": 5, "not_sent": 195}, None, False, 5),
    ],
)
def test_exit_codes(counts: dict[str, int], stopped: Exit | None, partial: bool, code: int) -> None:
    """The table of design §7."""
    assert exit_code(counts, stopped, partial=partial) == code


@pytest.mark.parametrize(
    ("tolerate", "code"),
    [
        (None, 3),
        (Ceiling(count=1), 3),
        (Ceiling(count=2), 0),
        (Ceiling(percent=19.9), 3),
        (Ceiling(percent=20), 0),
    ],
)
def test_tolerated_failures(tolerate: Ceiling | None, code: int) -> None:
    """--tolerate says how many failed rows still end with 0; doubts and what stopped a run are not tolerated."""
    counts = {"created": 8, "invalid": 1, "rejected": 1}
    assert exit_code(counts, None, partial=False, tolerate=tolerate) == code
    assert exit_code({**counts, "in_doubt": 1}, None, partial=False, tolerate=tolerate) == 4
    assert exit_code(counts, Exit.GUARD, partial=False, tolerate=tolerate) == 6


def test_the_gravest_of_several_files() -> None:
    """130/143, 1, 6, 5, 4, 3, 0."""
    assert gravest([Exit.DONE, Exit.ROWS_FAILED, Exit.CANNOT_RUN, Exit.GUARD]) is Exit.CANNOT_RUN
    assert gravest([Exit.IN_DOUBT, Exit.ROWS_FAILED, Exit.LATER]) is Exit.LATER
    assert gravest([Exit.CANNOT_RUN, Exit.TERMINATED]) is Exit.TERMINATED
    assert gravest([]) is Exit.DONE


def run_record(*, finished: bool, round: int = 1) -> RunRecord:
    return RunRecord(
        1, "20260101-aaaaaa", "d", "", 1, "org", "Case", round, 1, "t.csv", 1, 5, "Org", None, "s", None,
        0, 1, finished, 0,
    )  # fmt: skip


def standing(*, finished: bool = True, waits: int = 0, round: int = 1, **counts: int) -> Standing:
    by_state = {State(name): count for name, count in counts.items()}
    return Standing(run_record(finished=finished, round=round), by_state, "m1", waits)


NEW = RunOptions()
RETRY = RunOptions(retry_failed=True)
AGAIN = RunOptions(again=True)


@pytest.mark.parametrize(
    ("stands", "mapping", "options", "expected"),
    [
        (None, "m1", NEW, Begin),
        (standing(created=5), "m1", NEW, NothingToDo),
        (standing(created=4, invalid=1), "m1", NEW, NothingToDo),
        (standing(created=4, invalid=1), "m2", NEW, Continue),
        (standing(created=5), "m2", NEW, NothingToDo),
        (standing(created=4, rejected=1), "m2", NEW, NothingToDo),
        (standing(created=4, rejected=1), "m1", RETRY, Continue),
        (standing(created=4, invalid=1), "m1", RETRY, Continue),
        (standing(created=5), "m1", RETRY, NothingToDo),
        (standing(created=4, in_doubt=1), "m1", NEW, NothingToDo),
        (standing(created=4, in_doubt=1, waits=1), "m1", NEW, Continue),
        (standing(finished=False, created=2), "m1", NEW, Continue),
        (standing(finished=False, invalid=2), "m2", NEW, Continue),
        (standing(finished=False, created=2), "m2", AGAIN, Begin),
        (standing(created=5), "m1", AGAIN, Begin),
        (standing(created=5, round=2), "m1", AGAIN, Begin),
        (standing(finished=False, created=2, round=2), "m1", AGAIN, Continue),
    ],
)
def test_what_again_means(
    stands: Standing | None, mapping: str, options: RunOptions, expected: type[Resume]
) -> None:
    """The table of design §8. A killed --again continues with the same command instead of beginning anew."""
    assert type(resume(stands, mapping, options)) is expected


def test_doubts_are_asked_about_when_somebody_can_be_asked() -> None:
    """A finished run with doubts goes on when the server can be asked, else there is nothing to do."""
    doubts = standing(created=4, in_doubt=1)
    assert isinstance(resume(doubts, "m1", NEW, can_ask=True), Continue)
    assert isinstance(resume(doubts, "m1", NEW, can_ask=False), NothingToDo)


def test_a_trial_with_another_mapping_is_not_mixed() -> None:
    """Records of an unfinished run were made by another mapping: stop and say so."""
    with pytest.raises(ImporterError, match="2 records made by another mapping"):
        resume(standing(finished=False, created=2), "m2", NEW)


def test_only_retry_failed_reopens_failed_rows() -> None:
    """A plain continuation leaves rejected rows alone."""
    plain = resume(standing(finished=False, created=1, rejected=1), "m1", NEW)
    retry = resume(standing(finished=False, created=1, rejected=1), "m1", RETRY)
    assert isinstance(plain, Continue) and not plain.retry
    assert isinstance(retry, Continue) and retry.retry


def test_the_first_hundred_answers_of_one_code_stop_the_run() -> None:
    """The default guard: something hits every row."""
    guard = Guard(1000)
    told = [guard.answered("INVALID_FIELD") for _ in range(100)]
    assert told[:99] == [None] * 99 and "INVALID_FIELD" in (told[99] or "")


def test_a_thousand_in_a_row_stop_the_run_later() -> None:
    """After a success only a long streak of one code stops; another code or a success begins it anew."""
    guard = Guard(5000)
    assert guard.answered(None) is None
    assert not any(guard.answered("A") for _ in range(999))
    assert guard.answered("B") is None
    assert not any(guard.answered("A") for _ in range(999))
    assert guard.answered("A") is not None


def test_the_same_unknown_code_three_times_stops_the_run() -> None:
    """Without a record made in between; refusals do not count as one, lost answers have no code."""
    guard = Guard(1000)
    assert guard.unknown("A") is None and guard.unknown("A") is None
    assert guard.answered(None) is None
    assert [guard.unknown(code) for code in ("A", None, "B", "A", "A")] == [None] * 5
    assert guard.answered("REFUSED") is None
    assert "A, and none was created" in (guard.unknown("A") or "")


@pytest.mark.parametrize(
    ("ceiling", "errors", "rows", "reached"),
    [
        (Ceiling(count=2), 2, 10, False),
        (Ceiling(count=2), 3, 10, True),
        (Ceiling(count=0), 1, 10, True),
        (Ceiling(percent=10), 1, 10, False),
        (Ceiling(percent=10), 2, 10, True),
        (Ceiling(percent=0), 1, 1000, True),
    ],
)
def test_max_errors(ceiling: Ceiling, errors: int, rows: int, reached: bool) -> None:
    """More than N rows, or than P percent of the file, stop the run; invalid and rejected rows count alike."""
    assert ceiling.reached(errors, rows) is reached
    guard = Guard(rows, ceiling)
    told = [guard.invalid() if turn % 2 else guard.answered("X") for turn in range(errors)]
    assert (told[-1] is not None) is reached

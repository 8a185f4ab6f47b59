"""Row locks: the rows of a locked parent go one at a time, the others overtake; all arrive once."""

from importer.model.errors import Exit
from tests.pipeline.conftest import Open
from tests.stage import CASE, Stage


def account(stage: Stage, place: int) -> str:
    found = stage.running.world.store.select("type = 'Account'", (), "ORDER BY seq")
    return str(found[place].id)


def with_accounts(stage: Stage) -> str:
    """A mapping whose Text column says which account a row is for."""
    text = stage.mapping().read_text("utf-8")
    values = f"{{{', '.join(f'text {n}: {account(stage, 0 if n % 3 else n % 4)}' for n in range(1, 61))}}}"
    return text.replace(
        "  Text: Subject\n", f"  Text:\n    - Subject\n    - {{to: AccountId, values: {values}}}\n"
    )


async def test_rows_of_one_parent_stop_colliding(open_kind: Open) -> None:
    """The server refuses creates that meet on an account: after the first refusals hardly any is made twice."""
    stage = await open_kind(CASE, "lock_parents=on,latency=5ms")
    mapping = stage.mapping(with_accounts(stage))
    ended = await stage.run(stage.write(stage.kind.rows(60)), mapping=mapping)
    assert ended.exit == Exit.DONE and ended.counts == {"created": 60}, stage.notices()
    assert len(stage.records()) == 60
    refused = stage.creates() - 60
    print(f"{refused} creates were refused for a lock")
    assert refused <= 25

"""The event loop of the commands that send."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

YOUNG = 20_000
"""Objects that are made before the collector looks for cycles among them; unless told, it looks after 700.
While rows pass, nearly all that it looks at is still in use, or goes without its help."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` to its end and return what it gives, on uvloop where that is installed.

    uvloop (extra ``speed``; not on Windows) takes less of the machine for each event than asyncio's own loop.
    """
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    with asyncio.Runner(loop_factory=_factory()) as runner:
        return runner.run(main)


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop

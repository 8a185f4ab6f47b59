"""Which event loops the tests of this room run on."""

import asyncio

BOTH = ("test_wire.py",)
"""Files about sockets: every server misbehaves to both loops, because the command runs on uvloop where it is."""


def pytest_asyncio_loop_factories(config, item):
    """Return the loops for a test, by name."""
    loops = {"asyncio": asyncio.new_event_loop}
    if item.path.name in BOTH:
        try:
            import uvloop
        except ImportError:  # Windows
            return loops
        loops["uvloop"] = uvloop.new_event_loop
    return loops

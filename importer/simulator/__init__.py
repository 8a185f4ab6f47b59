"""A stand-in for a Salesforce org and an IBM Case Manager server on loopback; imports nothing of ours.

Start it as a program (``python -m importer.simulator --store FILE``) or inside a test:
``running = await serve(Options())`` … ``await running.stop()``. README.md says what it does and refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importer.simulator.options import Options, SimulatorError
    from importer.simulator.server import Running, serve

__all__ = ["Options", "Running", "SimulatorError", "serve"]


def __getattr__(name: str) -> Any:
    """Import the HTTP server only when somebody asks for it."""
    if name in {"Options", "SimulatorError"}:
        from importer.simulator import options

        return getattr(options, name)
    if name in {"Running", "serve"}:
        from importer.simulator import server

        return getattr(server, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

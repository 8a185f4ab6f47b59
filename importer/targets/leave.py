"""Whether a connection may delete at all: asked here before anything is deleted, by both targets."""

from __future__ import annotations

from importer.model.errors import ImporterError
from importer.settings import ConnectionSettings


def check_may_delete(settings: ConnectionSettings) -> None:
    """Raise ImporterError where the connection does not allow deleting."""
    if not settings.allow_delete:
        raise ImporterError(
            "DELETING_NOT_ALLOWED",
            f"The connection {settings.name} does not allow deleting.",
            f"Set allow_delete = true under [{settings.name}] in the connections file.",
        )

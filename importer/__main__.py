"""``python -m importer`` is ``case-importer``."""

from importer.cli import main

main()

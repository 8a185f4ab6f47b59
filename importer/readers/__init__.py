"""File → rows: detection, delimited text, workbooks. Knows neither mapping nor targets."""

from importer.readers.formats import Format, format_of
from importer.readers.places import place
from importer.readers.source import Source, open_source

__all__ = ["Format", "Source", "format_of", "open_source", "place"]

"""Problems of rows: one catalogue of codes, sentences and remedies, from which the docs are made."""

from __future__ import annotations

from dataclasses import dataclass

SEVERAL = ", "
"""Joins the columns, and the cells, that a text was made of."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a row is not sent, or was refused.

    ``message`` is plain words with what to do and may hold the cell's value: it goes to results files and
    screens that show values, never to logs. ``cell`` names the place as a person sees it (``B7`` or
    ``line 7``), ``column`` the column; both name several, joined by ", ", where a text was made of them.
    ``server_text`` is the server's own text, for refusals.
    """

    code: str
    message: str
    column: str | None = None
    cell: str | None = None
    server_text: str | None = None

    @property
    def sentence(self) -> str:
        """The message with its place in front: ``B7: …``, ``Line 7, column Mail: …``."""
        if self.cell is not None and not self.cell.startswith(("line ", "row ")):
            return f"{self.cell}: {self.message}"
        column = None if self.column is None else f"column {self.column}"
        place = ", ".join(part for part in (self.cell, column) if part)
        return f"{place[0].upper()}{place[1:]}: {self.message}" if place else self.message


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """An entry of the catalogue: a code, a title, a sentence in plain words, and what to do.

    ``template`` (the sentence) and ``remedy`` have ``{names}`` that ``problem`` fills. They are read by
    people who have a spreadsheet and have never seen a mapping: a remedy says first what to do in the cell,
    and behind "In the mapping:" what whoever keeps the mapping can do.
    """

    code: str
    title: str
    template: str
    remedy: str


CATALOGUE: dict[str, ProblemKind] = {}


def _kind(code: str, title: str, template: str, remedy: str) -> None:
    CATALOGUE[code] = ProblemKind(code, title, template, remedy)


# Shape of a row (readers)
_kind(
    "TOO_FEW_CELLS",
    "Row is too short",
    "The row has {found} cells, the header has {expected}.",
    "Look for a missing separator (comma, semicolon), or a line break inside a cell that is not in quotes.",
)
_kind(
    "TOO_MANY_CELLS",
    "Row is too long",
    "The row has {found} cells, the header has {expected}.",
    "Look for a separator (comma, semicolon) inside a cell that is not in quotes; in a workbook, for a value "
    "to the right of the last column.",
)
_kind(
    "BAD_QUOTING",
    "Quotes do not fit",
    "The quotes of this row do not fit: {detail}.",
    "Put the whole cell in quotes, and write each quote inside it twice. In the mapping: where quotes are "
    "text like any other, say read: quote: none.",
)
_kind(
    "HEADER_REPEATED",
    "Header once more",
    "The row is the header ({header}) once more.",
    "Remove it; the file seems to be several exports put together.",
)
_kind(
    "TOTALS_ROW",
    "Totals row",
    "The row is the totals row of the table {table}, no record.",
    "Nothing has to be done; to be rid of it, switch off the totals row (Excel: Table Design, Total Row).",
)
_kind(
    "MARK_INSIDE",
    "Byte-order mark inside the file",
    "The row begins with a byte-order mark, which belongs at the beginning of a file.",
    "Remove it; the file seems to be several exports put together.",
)
_kind(
    "NUL_CHARACTER",
    "NUL character",
    "The cell contains a NUL character, which no text has.",
    "Export the file again; it may have been cut, or written in another encoding.",
)
_kind(
    "UNDECODABLE",
    "Undecodable byte",
    "The cell has bytes that are not {encoding} text.",
    "Save the file as UTF-8 (in Excel: CSV UTF-8). In the mapping: name its encoding under read: encoding.",
)
_kind(
    "ERROR_CELL",
    "Error in the cell",
    "The cell shows the error {value}.",
    "Mend the formula, or clear the cell.",
)
_kind(
    "NO_CACHED_VALUE",
    "Formula without a value",
    "The cell has a formula whose result is not stored.",
    "Open the workbook in Excel or LibreOffice, let it calculate, and save it.",
)
_kind(
    "LOST_DIGITS",
    "Number has lost digits",
    "The number {value} has more digits than a workbook keeps; its last digits are lost.",
    "Export the column as text from the system it comes from: the cell does not have them any more.",
)
_kind(
    "LOOKS_PADDED",
    "Number only looks zero-padded",
    "The cell shows {shown} but holds the number {value}.",
    "Store the column as text. In the mapping: do: [{{pad: {width}}}] for this column.",
)
_kind(
    "CELL_TOO_LARGE",
    "Cell is too large",
    "The cell is larger than {limit} characters.",
    "Look for a quote that is not closed.",
)
_kind(
    "NO_SUCH_DATE",
    "Date does not exist",
    "The cell is formatted as a date, but {value} is not the number of a day.",
    "Correct the cell.",
)
# Values (mapping)
_kind(
    "NO_VALUES",
    "Nothing to import",
    "All cells of the row that the mapping uses are blank.",
    "Fill the row or delete it; no case is made of constants alone.",
)
_kind(
    "BLANK",
    "Blank cell",
    "The cell is blank, and the mapping needs a value.",
    "Fill the cell. In the mapping: give the rule a default.",
)
_kind(
    "BLANK_KEY", "Blank key", "The cell that tells this row from all others (its key) is blank.", "Fill it."
)
_kind(
    "DUPLICATE_KEY",
    "Key appears twice",
    "Row {first} has the same key with other values in its cells.",
    "Give each row a key of its own, or remove the row that is wrong.",
)
_kind(
    "UNKNOWN_VALUE",
    "Value is not in the value map",
    "{value} is not in the value map.{nearest}",
    "Correct the cell. In the mapping: add it to values, or say otherwise: keep or a value.",
)
_kind(
    "BAD_DATE",
    "Not a date",
    "{value} is not a date in the form {expected}.",
    "Correct the cell. In the mapping: add the form to format.",
)
_kind(
    "BAD_DATETIME",
    "Not a date and time",
    "{value} is not a date and time in the form {expected}.",
    "Correct the cell. In the mapping: add the form to format.",
)
_kind(
    "AMBIGUOUS_DATE",
    "Date with two readings",
    "{value} can be read as {first} and as {second}.",
    "Write it as year-month-day in the cell. In the mapping: keep one of the forms in format.",
)
_kind(
    "NO_TIMEZONE",
    "Time without a zone",
    "{value} does not say its time zone.",
    "Write the offset in the cell, for example +01:00. In the mapping: give the rule a timezone.",
)
_kind(
    "TIME_GAP",
    "Time does not exist",
    "{value} does not exist in {zone} (the clocks went forward).",
    "Correct the cell.",
)
_kind(
    "TIME_OVERLAP",
    "Time exists twice",
    "{value} exists twice in {zone} (the clocks went back).",
    "Write the offset in the cell, for example +01:00.",
)
_kind(
    "BAD_NUMBER",
    "Not a number",
    "{value} is not a number{detail}.",
    "Correct the cell. In the mapping: say decimal and thousands.",
)
_kind("BAD_INTEGER", "Not a whole number", "{value} is not a whole number.", "Correct the cell.")
_kind(
    "BAD_BOOLEAN",
    "Not yes or no",
    "{value} is neither true/yes/y/1 nor false/no/n/0.",
    "Correct the cell. In the mapping: add values to the rule.",
)
_kind("BAD_EMAIL", "Not an e-mail address", "{value} is not an e-mail address.", "Correct the cell.")
_kind("BAD_PHONE", "Not a phone number", "{value} is not a phone number.", "Correct the cell.")
_kind(
    "BAD_OBJECT",
    "Not an object",
    "{value} is not an object in JSON, nor a list of such.",
    'Write its members by their symbolic names: {{"DEMO_First": "Ann", "DEMO_Age": 41}}.',
)
_kind("BAD_ID", "Not an id", "{value} is not an id of this system.", "Correct the cell.")
_kind(
    "BAD_TRANSFORM",
    "Transform does not fit",
    "{transform} cannot be applied to {value}.",
    "Correct the cell. In the mapping: remove the transform from do.",
)
_kind(
    "TOO_LONG",
    "Text is too long",
    "The text has {found} characters; {property} takes {limit}.",
    "Shorten it. In the mapping: truncate cuts it.",
)
_kind(
    "TOO_MANY_BYTES",
    "Text is too long",
    "The text has {found} bytes in UTF-8; {property} takes {limit}.",
    "Shorten it. In the mapping: truncate cuts it.",
)
_kind(
    "WRONG_ID",
    "Id of something else",
    "{value} is not the id of a record that {property} points to ({kinds}).",
    "Correct the cell. In the mapping: correct the column that the rule reads.",
)
_kind(
    "OUT_OF_PERIOD",
    "Date out of range",
    "{value} is {side} than {limit}, the limit of {property}.",
    "Correct the cell.",
)
_kind(
    "OUT_OF_RANGE",
    "Number out of range",
    "{value} is {side} than {limit}, the limit of {property}.",
    "Correct the cell.",
)
_kind(
    "TOO_MANY_DIGITS",
    "Too many digits",
    "{value} has more digits than {property} takes ({limit}).",
    "Round the number in the cell.",
)
_kind(
    "NOT_A_CHOICE",
    "Not one of the choices",
    "{value} is not a choice of {property}.{nearest}",
    "Correct the cell. In the mapping: add values to the rule.",
)
_kind(
    "REQUIRED",
    "Required property is missing",
    "{property} is required and gets no value.",
    "Fill the cell. In the mapping: give the rule a default, or add a constant.",
)
_kind(
    "NOT_SINGLE",
    "Several values for a single-valued property",
    "{property} takes one value.",
    "In the mapping: remove split from the rule.",
)
_kind(
    "NOT_DISTINCT",
    "Value appears twice in the cell",
    "{value} stands twice in the cell, and {property} takes each value once.",
    "Remove one of the two.",
)
_kind(
    "NOT_AVAILABLE",
    "Record type is not available",
    "{value} is not a record type that this user may choose.{choices}",
    "Correct the cell, or have the record type assigned to the user's profile.",
)
_kind(
    "NOT_UNIQUE",
    "Value that must be unique appears twice",
    "Row {first} has the same {property}, and the server takes each value once.",
    "Correct the row that is wrong.",
)
# Fate (pipeline)
_kind("KNOWN", "Known already", "Imported by run {run}; nothing was changed.", "")
_kind(
    "KNOWN_CHANGED",
    "Known, and changed since",
    "Imported by run {run}; the row differs from what was sent then. Nothing was changed.",
    "Change the record by hand. In the mapping: on_match: update changes it, where the target can.",
)
_kind("SAME_ROW", "Same row twice", "Equal in every used cell to row {first}.", "")
_kind("BLANK_ROW", "Blank row", "The row is blank.", "")
_kind("FILTERED", "Left out by the mapping", "Rows are imported when {condition}; this one is not.", "")
_kind(
    "ANSWER_LOST",
    "In doubt",
    "Sent, but the answer was lost ({reason}); the case may exist.",
    "Look for it in {system}{question}; then run case-importer resolve {run} --row {row} --is ID, "
    "or --absent.",
)
_kind(
    "MADE_NOT_READY",
    "Made, but not ready",
    "The case was made, but {reason}. It was not sent again.",
    "Look at it in {system}; keep it with case-importer resolve {run} --row {row} --is {id}, or delete it "
    "there and say --absent.",
)
_kind(
    "DOUBT_ELSEWHERE",
    "In doubt in another run",
    "Row {row} of run {run} is this row, or has its key, and is in doubt; it was not sent again.",
    "Settle it with case-importer resolve {run} --row {row} --is ID, or --absent, then run this again.",
)
_kind(
    "ALREADY_EXISTS",
    "Exists already",
    "A record with this key exists already: {id}.",
    "Remove the row. In the mapping: on_match: skip takes it for done.",
)
_kind(
    "NOT_SENT",
    "Not sent",
    "The run ended before this row ({reason}).",
    "Import the same file again: it goes on where it ended.",
)
# Undoing (pipeline)
_kind(
    "UNDONE",
    "Undone",
    "Was created as {record}, which was {what} by undo {run}.",
    "Import the same file again to make it anew.",
)
_kind(
    "TOUCHED",
    "Changed since the import",
    "The record stays: {reason}.",
    "Look at it. If it is to go, delete it in the system.",
)
_kind(
    "HOLDS_MORE",
    "Holds what others have added",
    "The record stays: it has {reason}.",
    "Look at it. If it is to go, delete it in the system.",
)
_kind(
    "NOT_SHOWN",
    "Not shown",
    "The record stays known: {reason}.",
    "Undo as a user who sees all records. Is it gone for good? Then the file is imported with --again.",
)
_kind(
    "NOT_PROVEN",
    "Not proven to be the row's",
    "The record stays: {reason}.",
    "Look at it. If it is to go, delete it in the system.",
)
_kind(
    "NOT_DELETED",
    "Not deleted",
    "The record stays: the server refused to delete it ({code}). {reason}",
    "Run the undo again when the reason is gone.",
)
_kind(
    "DELETE_LOST",
    "Deleting in doubt",
    "A delete was sent and its answer was lost; whether the record is gone is not known.",
    "Run the undo again: it asks the server.",
)
_kind(
    "NOT_UNDONE",
    "Not undone",
    "The undo ended before this row ({reason}).",
    "Run the undo again: it goes on where it ended.",
)


_kind(
    "FOREIGN_RESULT",
    "Line that says it was imported, but not when",
    "The line has an import_id or is marked {status}, but import_run and import_row are empty, and the "
    "journal does not know its record. It was not sent.",
    "Fill import_run and import_row as they were, or clear import_id and import_status to import a new row.",
)
_kind(
    "LINE_UNCLEAR",
    "Line that names no row",
    "The line says that it is row {row} of run {run}, and there is no such row. It was not sent.",
    "Fill import_run and import_row as they were; for a new row clear all columns that begin with import_.",
)
_kind(
    "LINE_TWICE",
    "Two lines for one row",
    "Line {first} of the file is row {row} of run {run} too; only the first of them counts.",
    "When this line is a new row, clear its columns that begin with import_; else delete it.",
)
_kind(
    "LINE_CHANGED",
    "Imported row whose cells were changed",
    "Row {row} of run {run} was imported by an earlier run, and its cells have been changed since, so that "
    "its record cannot be found. It was not sent.",
    "Change the record in the system by hand. For a new record clear the columns that begin with import_.",
)
_kind(
    "ID_DIFFERS",
    "Another id than the journal's",
    "The line says the id {said}; the record of this row is {known}. Nothing was changed.",
    "Look at both records in the system; import_id shows the journal's.",
)
_kind(
    "UNCHANGED",
    "As it was",
    "The row is as it was when run {run} left it {status} (its row {row}); it was not sent again.",
    "Correct the cells at fault, or repeat the command with --retry-failed.",
)

_kind(
    "NOT_A_CELL",
    "Not a value of a cell",
    "The row holds {type} here, which is no value of a cell.",
    "Hand over a text, a number, a date or time, True, False or None.",
)


_kind(
    "SHAPE_FAULT",
    "Row of a results file with a fault of shape",
    "Row {row} of the file that run {run} imported had too few or too many cells, broken quotes, or "
    "characters that cannot be read; this line shows it filled up or cut.",
    "Compare it with that file. When it is right, clear import_status in this line and import it again.",
)

# References to other records
_kind(
    "LOOKUP_NONE",
    "Nothing found",
    "No {object} has {by} {text}.",
    "Correct the cell, or make that record first. In the mapping: say what none means (none: omit).",
)
_kind(
    "LOOKUP_MANY",
    "Several found",
    "Several records of {object} have {by} {text}: {ids}.",
    "Merge or remove the surplus ones. In the mapping: look up by a property whose values are not repeated, "
    "or say what many means.",
)
_kind(
    "NOT_IMPORTED",
    "Not imported",
    "No row with the key {text} was imported from the source {object}.",
    "Import that row first. In the mapping: say what none means (none: omit).",
)
_kind(
    "PARENT_MISSING",
    "Waits for its parent",
    "Row {row}, to which this row belongs, has no record ({why}).",
    "Mend row {row}; this row goes with it when the same command is run again.",
)
_kind(
    "SEVERAL_MATCH",
    "Several records match",
    "Several records have this key on the server: {ids}.",
    "Remove or merge the surplus records; then run again with --retry-failed.",
)


def problem(code: str, /, *, column: str | None = None, cell: str | None = None, **names: object) -> Problem:
    """Make the Problem ``code`` of the catalogue, its sentence and remedy filled with ``names``."""
    kind = CATALOGUE[code]
    text = kind.template.format(**names)
    if kind.remedy:
        text = f"{text} {kind.remedy.format(**names)}"
    return Problem(code, text, column, cell)

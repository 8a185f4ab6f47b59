"""The reference of the mapping language as Markdown, from the models and tables that do the work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from importer.mapping.document import MAX_BYTES
from importer.mapping.formats import DIRECTIVES
from importer.mapping.language import NOT_YET, Document, IbmOptions, IncludedForm, ReadForm, SalesforceOptions
from importer.mapping.patterns import SYNTAX
from importer.mapping.rule_forms import ConstantForm, LookupForm, RuleForm, TemplateForm, WhenForm
from importer.mapping.transforms import TRANSFORMS
from importer.mapping.values import TYPES
from importer.model.problem import CATALOGUE

_INTRO = f"""\
# The mapping language

A mapping file says which column of a table becomes which property of a case. It is YAML, and it is read from
left to right: *column: property*.

```yaml
# yaml-language-server: $schema=../importer/mapping/mapping.schema.json
version: 1
target: salesforce
source: zendesk
key: Ticket No
match: Legacy_Id__c

columns:
  Ticket No: Legacy_Id__c             # short form: column → property
  State:                              # one column, several properties
    - {{to: Status, values: {{open: New, closed: Closed}}}}
    - Legacy_State__c
  Prio: {{to: Priority, values: {{P1: High, P2: Medium, P3: Low}}, default: Medium}}
  Opened:
    to: CreatedDate
    type: datetime
    format: "%d/%m/%Y %H:%M"
    timezone: Europe/Zurich
  Amount: {{to: Amount__c, type: number, decimal: ",", thousands: "."}}
  Tags: {{to: Tags__c, split: "|"}}
  Details: {{to: Description, do: [trim], truncate: 32000}}
constants:
  Origin: Web
templates:
  Subject: "[{{Ticket No}}] {{Summary|trim}}"
options: {{assignment_rule: off}}
```

- Everything is text unless it is said otherwise: `no`, `on`, `012` and `12:30` are never anything else.
- `case-importer mapping check FILE` finds all faults of a mapping at once, each with its line and column.
  `case-importer mapping schema` prints the JSON Schema; with the first line of the example an editor
  completes and checks while you type.
- Texts that begin with `{{`, `[`, `*`, `&`, `!`, `%`, `@`, a quote or a backquote, and texts that hold `: `
  or ` #`, are written in quotes.
- A file is UTF-8, at most {MAX_BYTES // 1024**2} MB, without anchors, aliases and tags. No key stands twice.
- This page is made from the code that checks mapping files.
"""

_RULES = """\
A column has a property, a rule, or a list of these. A property is written by one rule, or by the first of
several whose `when` holds; `match` is the property of exactly one rule (with a key of one column, and no rule
for it, that rule is implied).

Each cell passes these stages, in this order:

1. Blank? That is empty, only white space, or listed in `read: blank_cells`. Then `default`, as the final
   value; without one, what `blank` says.
2. `split` into items; each item passes the stages 3 to 9. Blank items are left out.
3. `do`, one transform after the other.
4. Blank again? As in 1.
5. `values`: the exact text, else the first pattern that fits. A text that is not there: what `otherwise`
   says.
6. `type`: the text becomes a number, a date …
7. `truncate`.
8. The limits of the target's schema, when it is at hand: length, choices, range, digits.
9. `lookup`: the text becomes the id of the record it names. `type` and the limits of the schema concern the
   id then, not the text.

All problems of a row are found, and a row with problems is not sent. A row whose mapped cells are all blank
is a problem too: no case is made of constants alone.
"""

_LONG = """\
`constants: {Origin: Web}` is short for `{Origin: {value: Web}}`. The long form takes more keys; a template
takes all but `lookup`.
"""

_PATTERNS = """\
A pattern is a regular expression without back references and look-around: whatever the pattern and the text,
the time it takes grows with the length of the text alone.
"""

_CELLS = """\
In text files every cell is text. Typed cells of workbooks become text like this, where text is needed (`do`,
`values`, `split`, templates, properties of the type text, keys):

| cell | text |
|---|---|
| whole number | `12`, without `.0` |
| other number | `0.5`, in its shortest form of up to 15 digits; from 10^15 on digits are lost: a problem |
| date; date and time | `2024-05-31`; `2024-05-31T14:30:00` |
| time; duration | `14:30:00`; `26:30:00` |
| true or false | `TRUE` or `FALSE` |

A typed date needs no `format`, a typed number no `decimal`. A number that only looks zero-padded by its
number format is a problem, unless the rule has `do: [{pad: 5}]` or reads a number. Problems of cells that the
mapping does not use stop no row.
"""

_DATES = """\
`format` is made of these. Two forms that read one cell differently make it a problem; so does a time that the
clocks of `timezone` skipped or showed twice.
"""

_TEMPLATES = """\
`{Column}` is the raw cell as text, `{Column|trim|upper}` the same through transforms, `{No|pad:5}` one with
its parameter, `{$name}` a variable, `{{` and `}}` are braces. A blank cell is empty text; when all columns of
a template are blank, the property is left out. The data is never a template, and nothing is ever executed.
Column names with `|`, `{` or `}` cannot stand in a template.

In `constants` only variables are filled in. Variables come from `variables`, and those of the connection win.
"""

_VALUES = """\
```yaml
include: shared/priorities.yaml           # from this file's folder, and inside it
value_maps:
  states: {open: New, closed: Closed}     # for several rules of this file
columns:
  State: {to: Status, values: states}
  Prio: {to: Priority, values: priorities, otherwise: error}
  Kind: {to: Type, values: {Bug: Problem, "/^(wish|idea)/": Feature Request}, otherwise: Other}
```

The text of the cell is compared exactly; `do: [trim, lower]` before it evens out what differs. What stands
between slashes is a pattern, written in quotes: an exact text goes before patterns, of patterns the first
that fits wins. A text that begins and ends with a slash is written as the pattern of itself:
`"/^\\/var\\/$/"`. Upper and lower case differ.

An included file has `value_maps:` and nothing else but `include:` of its own. A map is written once in all
files together. A mapping is the same whether its maps stand in it or in other files.
"""

_CONDITIONS = """\
A condition looks at the cell of one column. A list of conditions holds when all of them do.

```yaml
when: {column: State, is_not: [deleted, spam]}     # at the top: the other rows are left out
columns:
  Assignee:
    - {to: OwnerId, lookup: {object: User, by: Username}, when: {column: Assignee, matches: "/@/"}}
    - {to: OwnerId, lookup: {object: Queue, by: DeveloperName}}
constants:
  Status: {value: New, when: [{column: State, blank: true}, {column: Closed, blank: true}]}
```

At the top of the file it says which rows are imported; the others are `skipped`, and their keys count for
nothing. In a rule, a constant or a template it says when that one writes: of several for one property the
first that holds writes, and the last may be without a condition; where none holds, the property is left out.
Texts are compared exactly, after `do`.
"""

_LOOKUPS = """\
A look-up writes the id of a record that the file names by something else:

```yaml
columns:
  Customer:
    to: AccountId
    lookup: {object: Account, by: AccountNumber, none: error, many: error}
  Parent ticket:
    to: ParentId
    lookup: {imported: zendesk, by: key, none: omit}     # the case that this tool made of that row
constants:
  OwnerId: {value: "{$queue}", lookup: {object: Queue, by: DeveloperName, none: "{$fallback_owner}"}}
```

The text is looked up as it is after `do` and `values`; equal texts are asked for once. A `default` is an id
already, and so is what `none` and `many` give instead. The property of `match` and properties with several
values take no look-up.
"""

_WRITING = """\
With `on_match: update` a record that the server has already is changed. `write: create` keeps a property out
of such changes (the first status of a case), `write: update` writes it only then. What the target lets be set
on creation only, such as audit fields, is kept out by itself.
"""

_IDENTITY = """\
A row is known by its key: the texts of the columns under `key`, NFC, trimmed, case kept, numbers in their
shortest form. A blank part is a problem. Without `key` and `match` it is known by the content of the cells
that the mapping uses; moving columns, adding columns that the mapping does not use, and saving a workbook
again change nothing.
"""


def reference() -> str:
    """Return the text of ``mappings/README.md``; a test keeps the file equal to it."""
    target = "`options` of {}"
    sections = [
        _INTRO,
        _section("Keys of the file", _keys(Document)),
        _section("Keys of `read`", _keys(ReadForm)),
        _section("Rules", _RULES, _keys(RuleForm)),
        _section("Constants and templates in their long form", _LONG, _long_keys()),
        _section("Value maps", _VALUES, _keys(IncludedForm)),
        _section("Patterns", _PATTERNS, _table(("in a pattern", "fits"), _syntax())),
        _section("Conditions", _CONDITIONS, _keys(WhenForm)),
        _section("Types", _table(("type", "reads"), ((f"`{name}`", about) for name, about in TYPES.items()))),
        _section("Cells", _CELLS),
        _section("Dates", _DATES, _table(("in a format", "reads"), _directives())),
        _section("Transforms", _table(("in `do`", "what it does", "from", "to"), _transforms())),
        _section("Templates, constants and variables", _TEMPLATES),
        _section("Look-ups", _LOOKUPS, _keys(LookupForm)),
        _section("Creating and updating", _WRITING),
        _section("Identity", _IDENTITY),
        _section(target.format("Salesforce"), _keys(SalesforceOptions)),
        _section(target.format("IBM Case Manager"), _keys(IbmOptions)),
        _section("Not in this version", _not_yet()),
        _section("Problems of rows", _PROBLEMS, _table(("code", "meaning", "what to do"), _problems())),
    ]
    return "\n".join(sections)


_PROBLEMS = "The codes in the column `import_code` of a results file. What stands in braces is filled in.\n"


def _section(title: str, *parts: str) -> str:
    return "\n".join([f"## {title}\n", *parts])


def _keys(model: type[BaseModel]) -> str:
    return _table(("key", "meaning"), _described(model))


def _described(model: type[BaseModel]) -> Iterable[tuple[str, str]]:
    return (
        (f"`{field.alias or name}`", field.description or "") for name, field in model.model_fields.items()
    )


def _long_keys() -> str:
    """Return the keys of both long forms; those that they share stand once."""
    both = {**dict(_described(TemplateForm)), **dict(_described(ConstantForm))}
    return _table(("key", "meaning"), both.items())


def _syntax() -> Iterable[tuple[str, str]]:
    return ((" ".join(f"`{sign}`" for sign in signs.split()), about) for signs, about in SYNTAX.items())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _directives() -> Iterable[tuple[str, str]]:
    return ((f"`%{name}`", about) for name, (_, _, about) in DIRECTIVES.items())


def _transforms() -> Iterable[tuple[str, str, str, str]]:
    for transform in TRANSFORMS.values():
        before, after = transform.example
        yield f"`{transform.usage}`", transform.about, f"`{before}`", f"`{after}`"


def _not_yet() -> str:
    words = ", ".join(f"`{word}`" for word in sorted(NOT_YET))
    return (
        f"The language keeps a place for {words}, chains of look-ups. "
        "A file that uses them is refused, never half understood.\n"
    )


def _problems() -> Iterable[tuple[str, str, str]]:
    for code, kind in CATALOGUE.items():
        yield f"`{code}`", f"{kind.title}. {_shown(kind.template)}", _shown(kind.remedy)


def _shown(template: str) -> str:
    """Return a sentence of the catalogue with single braces, as they reach a person."""
    return template.replace("{{", "{").replace("}}", "}")

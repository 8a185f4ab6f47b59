"""Prints what mapping costs a row: 15 properties with a date, a number, a value map and a template.

Run it with ``python -m tests.mapping.benchmark``. Aim: at most 15 µs beyond reading (median, quiet machine).
"""

import statistics
import time

from importer.model.row import Row
from importer.model.schema import Property
from tests.mapping.fitting import fit, schema_of

ROWS = 20_000
PLAIN = [f"C{number}" for number in range(7)]
MAPPING = """key: Ticket No
match: Legacy_Id__c
columns:
  Ticket No: Legacy_Id__c
  State: {to: Status, values: {open: New, closed: Closed}}
  Prio: Priority
  Opened: {to: CreatedDate, type: datetime, format: "%d/%m/%Y %H:%M", timezone: Europe/Zurich}
  Amount: {to: Amount__c, type: number, decimal: ",", thousands: "."}
  Details: {to: Description, do: [trim]}
""" + "".join(f"  {name}: {name}__c\n" for name in PLAIN)
REST = """constants: {Origin: Web}
templates: {Subject: "[{Ticket No}] {Summary|trim}"}
"""
COLUMNS = ["Ticket No", "State", "Prio", "Opened", "Amount", "Details", *PLAIN, "Summary"]
TEXTS = [
    "Legacy_Id__c",
    "Status",
    "Priority",
    "Description",
    *(f"{name}__c" for name in PLAIN),
    "Origin",
    "Subject",
]
SCHEMA = schema_of(
    *(Property(name, "text", length=255) for name in TEXTS),
    Property("CreatedDate", "datetime"),
    Property("Amount__c", "number", precision=18, scale=2),
)


def rows() -> list[Row]:
    """Return rows whose values differ."""
    return [
        Row(
            number,
            (
                f"T{number}",
                "open" if number % 2 else "closed",
                "High",
                f"{number % 28 + 1:02d}/0{number % 9 + 1}/2024 1{number % 10}:30",
                f"1.234,{number % 90 + 10}",
                f" details of {number} ",
                *(f"value {number}" for _ in PLAIN),
                f"Printer {number}",
            ),
        )
        for number in range(ROWS)
    ]


def main() -> None:
    """Measure with and without a schema, five times each."""
    source = rows()
    for name, schema in (("without schema", None), ("with schema", SCHEMA)):
        compiled = fit(MAPPING + REST, COLUMNS, schema)
        for what, function in (
            ("draft", compiled.draft),
            ("key", compiled.key),
            ("content", compiled.content),
        ):
            times = []
            for _ in range(5):
                begin = time.process_time()
                for row in source:
                    function(row)
                times.append((time.process_time() - begin) / ROWS * 1e6)
            print(f"{name}: {what} {statistics.median(times):.1f} µs a row (best {min(times):.1f})")


if __name__ == "__main__":
    main()

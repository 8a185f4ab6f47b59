"""How dates and numbers are read, and when nothing is chosen."""

import pytest

from importer.mapping.guess.readings import DateReading, NumberReading, date_reading, number_reading

DATES = [
    (["2024-05-31", "2024-06-01"], DateReading()),
    (["2024-05-31 10:00:00", "2024-06-01"], DateReading(time=True, days=("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"))),
    (["2024-05-31T10:00:00Z"], DateReading(time=True, offset="all", days=("%Y-%m-%dT%H:%M:%S%z",))),
    (["2024-05-31T10:00:00Z", "2024-05-31T10:00:00"],
     DateReading(time=True, offset="some", days=("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"))),
    (["31.05.2024", "01.06.2024"], DateReading(("%d.%m.%Y",))),
    (["31.05.2024 7:05", "01.06.2024 17:05"], DateReading(("%d.%m.%Y %H:%M",), time=True)),
    (["31.05.2024 07:05", "01.06.2024"], DateReading(("%d.%m.%Y %H:%M", "%d.%m.%Y"), time=True)),
    (["13/01/2024", "02/03/2024"], DateReading(("%d/%m/%Y",))),
    (["01/13/2024", "02/03/2024"], DateReading(("%m/%d/%Y",))),
    (["04/18/2019 09:55:45 PM"], DateReading(("%m/%d/%Y %I:%M:%S %p",), time=True)),
    (["12/Jan/24 3:45 PM"], DateReading(("%d/%b/%y %I:%M %p",), time=True)),
    (["Jan 12, 2024"], DateReading(("%b %d, %Y",))),
    (["20240131"], DateReading(("%Y%m%d",))),
    # Nothing decides between day and month.
    (["02/03/2024", "04/05/2024"], DateReading(("%d/%m/%Y",), ("%m/%d/%Y",))),
    # A reading that both orders give alike decides nothing, and nothing has to be decided.
    (["01/01/2024"], DateReading(("%d/%m/%Y",))),
    # Both orders are in the column: what can be read either way stays doubtful.
    (["13/01/2024", "02/03/2024", *[f"{d}/12/2024" for d in range(14, 31)], "01/14/2024"],
     DateReading(("%d/%m/%Y",), ("%m/%d/%Y",))),
    # Two digits for the year: day or year first.
    (["24.01.26", "25.02.26"], DateReading(("%d.%m.%y",), ("%y.%m.%d",))),
    # A tenth of the cells may be no date.
    ([*[f"{d}.05.2024" for d in range(10, 31)], "soon"], DateReading(("%d.%m.%Y",))),
    (["31.02.2024"], None),
    (["soon", "later"], None),
    (["TCK-1001", "TCK-1002"], None),
    (["10:30", "11:45"], None),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "reading"), DATES)
def test_dates(texts, reading):
    """One reading where one fits, both where nothing decides, none where they are no dates."""
    assert date_reading(texts) == reading


NUMBERS = [
    (["1", "20"], NumberReading()),
    (["1.5", "20"], NumberReading(whole=False)),
    (["1,5", "20"], NumberReading(",", None, False)),
    (["1.234,50", "7,25"], NumberReading(",", ".", False)),
    (["1,234.50", "7.25"], NumberReading(".", ",", False)),
    (["1 234,50"], NumberReading(",", " ", False)),
    (["1'234.50"], NumberReading(".", "'", False)),
    (["1.234"], NumberReading(".", None, False, (",", "."))),
    (["1,234"], NumberReading(",", None, False, (".", ","))),
    (["1.234", "12.5"], NumberReading(whole=False)),
    (["EUR 5"], None),
    (["5 %"], None),
    (["-", "n/a"], None),
]


@pytest.mark.parametrize(("texts", "reading"), NUMBERS)
def test_numbers(texts, reading):
    """The signs that read the texts; two readings where they give other numbers."""
    assert number_reading(texts) == reading

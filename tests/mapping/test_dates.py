"""Cells → dates and UTC times: ISO 8601, formats, zones; gaps and overlaps; nothing guessed."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo, _zoneinfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping.cells import RefusedError
from importer.mapping.dates import check_timezone, datetime_converter
from importer.mapping.formats import FormatError, check_format, format_parser, readable
from tests.mapping.fitting import fit, outcome, problems_of


def utc(*parts: int) -> dt.datetime:
    """Return a moment in UTC."""
    return dt.datetime(*parts, tzinfo=dt.UTC)


DATES = [
    # rule                                       cell                          value or problem
    ("type: date", "2024-05-31", dt.date(2024, 5, 31)),
    ("type: date", "2024-02-30", ["BAD_DATE"]),
    ("type: date", "31/05/2024", ["BAD_DATE"]),
    ("type: date", "20240531", ["BAD_DATE"]),
    ("type: date", "2024-5-31", ["BAD_DATE"]),
    ("type: date", "2024-W22-5", ["BAD_DATE"]),
    ("type: date", "2024-05-31T10:00:00", ["BAD_DATE"]),
    ("type: date", " 2024-05-31", ["BAD_DATE"]),
    ("type: date", 45443, ["BAD_DATE"]),
    ("type: date", dt.date(2024, 5, 31), dt.date(2024, 5, 31)),
    ("type: date", dt.datetime(2024, 5, 31, 23, 59), dt.date(2024, 5, 31)),
    ("type: date", dt.time(10, 0), ["BAD_DATE"]),
    ("type: date", True, ["BAD_DATE"]),
    ('type: date, format: "%d/%m/%Y"', "31/05/2024", dt.date(2024, 5, 31)),
    ('type: date, format: "%d/%m/%Y"', "1/5/2024", dt.date(2024, 5, 1)),
    ('type: date, format: "%d/%m/%Y"', "05/31/2024", ["BAD_DATE"]),
    ('type: date, format: "%d/%m/%Y"', "31/05/24", ["BAD_DATE"]),
    ('type: date, format: "%d/%m/%Y"', "2024-05-31", ["BAD_DATE"]),
    ('type: date, format: "%d/%m/%Y"', dt.datetime(2024, 5, 31), dt.date(2024, 5, 31)),
    ('type: date, format: "%d/%m/%Y", do: [trim]', dt.date(2024, 5, 31), dt.date(2024, 5, 31)),
    ('type: date, format: "%d.%m.%y"', "31.05.24", dt.date(2024, 5, 31)),
    ('type: date, format: "%d.%m.%y"', "31.05.69", dt.date(1969, 5, 31)),
    ('type: date, format: "%d.%m.%y"', "31.05.68", dt.date(2068, 5, 31)),
    ('type: date, format: "%Y%m%d"', "20240531", dt.date(2024, 5, 31)),
    ('type: date, format: "%Y%m%d"', 20240531, dt.date(2024, 5, 31)),
    ('type: date, format: "%d%m%Y"', "1112024", ["BAD_DATE"]),
    ('type: date, format: "%d %b %Y"', "31 MAY 2024", dt.date(2024, 5, 31)),
    ('type: date, format: "%A, %d %B %Y"', "Friday, 31 May 2024", dt.date(2024, 5, 31)),
    ('type: date, format: "%d/%m/%Y %H:%M"', "31/05/2024 23:59", dt.date(2024, 5, 31)),
    ('type: date, format: ["%d/%m/%Y", "%Y-%m-%d"]', "2024-05-31", dt.date(2024, 5, 31)),
    ('type: date, format: ["%d/%m/%Y", "%m/%d/%Y"]', "31/05/2024", dt.date(2024, 5, 31)),
    ('type: date, format: ["%d/%m/%Y", "%m/%d/%Y"]', "05/05/2024", dt.date(2024, 5, 5)),
    ('type: date, format: ["%d/%m/%Y", "%m/%d/%Y"]', "05/06/2024", ["AMBIGUOUS_DATE"]),
]

ZURICH = "type: datetime, timezone: Europe/Zurich"
DATETIMES = [
    ("type: datetime", "2024-05-31T14:30:00Z", utc(2024, 5, 31, 14, 30)),
    ("type: datetime", "2024-05-31t14:30:00z", utc(2024, 5, 31, 14, 30)),
    ("type: datetime", "2024-05-31T14:30:00+02:00", utc(2024, 5, 31, 12, 30)),
    ("type: datetime", "2024-05-31T14:30:00.000+0000", utc(2024, 5, 31, 14, 30)),
    ("type: datetime", "2024-05-31T14:30-05", utc(2024, 5, 31, 19, 30)),
    ("type: datetime", "2024-05-31 14:30:00.1234567Z", utc(2024, 5, 31, 14, 30, 0, 123456)),
    ("type: datetime", "2024-05-31 14:30:00,5Z", utc(2024, 5, 31, 14, 30, 0, 500000)),
    ("type: datetime", "2024-05-31T14:30:00", ["NO_TIMEZONE"]),
    ("type: datetime", "2024-05-31", ["NO_TIMEZONE"]),
    ("type: datetime", dt.datetime(2024, 5, 31, 14, 30), ["NO_TIMEZONE"]),
    ("type: datetime", utc(2024, 5, 31, 14, 30), utc(2024, 5, 31, 14, 30)),
    ("type: datetime", "31/05/2024 14:30", ["BAD_DATETIME"]),
    ("type: datetime", "2024-05-31T25:00:00Z", ["BAD_DATETIME"]),
    ("type: datetime", "2024-05-31T14:30:00+99:00", ["BAD_DATETIME"]),
    ("type: datetime", "9999-12-31T23:59:59-14:00", ["BAD_DATETIME"]),
    ("type: datetime", "9999-12-31T23:59:59Z", utc(9999, 12, 31, 23, 59, 59)),
    ("type: datetime", "14:30", ["BAD_DATETIME"]),
    ("type: datetime", dt.time(14, 30), ["BAD_DATETIME"]),
    ("type: datetime", dt.timedelta(hours=3), ["BAD_DATETIME"]),
    (ZURICH, "2024-05-31T14:30:00", utc(2024, 5, 31, 12, 30)),
    (ZURICH, "2024-01-31 14:30", utc(2024, 1, 31, 13, 30)),
    (ZURICH, "2024-05-31", utc(2024, 5, 30, 22)),
    (ZURICH, dt.date(2024, 5, 31), utc(2024, 5, 30, 22)),
    (ZURICH, dt.datetime(2024, 5, 31, 14, 30), utc(2024, 5, 31, 12, 30)),
    (ZURICH, "2024-05-31T14:30:00Z", utc(2024, 5, 31, 14, 30)),
    (ZURICH, "2024-03-31 02:30", ["TIME_GAP"]),
    (ZURICH, "2024-03-31 01:59", utc(2024, 3, 31, 0, 59)),
    (ZURICH, "2024-03-31 03:00", utc(2024, 3, 31, 1, 0)),
    (ZURICH, "2024-10-27 02:30", ["TIME_OVERLAP"]),
    (ZURICH, "2024-10-27 02:30+01:00", utc(2024, 10, 27, 1, 30)),
    (ZURICH, "2024-10-27 01:59", utc(2024, 10, 26, 23, 59)),
    (ZURICH, "2024-10-27 03:00", utc(2024, 10, 27, 2, 0)),
    ("type: datetime, timezone: America/New_York", "2024-03-10 02:30", ["TIME_GAP"]),
    ("type: datetime, timezone: America/New_York", "2024-11-03 01:30", ["TIME_OVERLAP"]),
    ("type: datetime, timezone: Australia/Lord_Howe", "2024-04-07 01:45", ["TIME_OVERLAP"]),
    ("type: datetime, timezone: Africa/Cairo", "2024-04-26", ["TIME_GAP"]),
    ("type: datetime, timezone: Pacific/Apia", "2011-12-30 12:00", ["TIME_GAP"]),
    ("type: datetime, timezone: America/Juneau", "1867-10-18 15:00", utc(1867, 10, 17, 23, 57, 41)),
    ("type: datetime, timezone: America/Juneau", "1867-10-18 23:00", ["TIME_OVERLAP"]),
    ("type: datetime, timezone: Asia/Kathmandu", "2024-05-31 14:30", utc(2024, 5, 31, 8, 45)),
    ("type: datetime, timezone: UTC", "0001-01-01 00:00", utc(1, 1, 1)),
    ("type: datetime, timezone: Asia/Tokyo", "0001-01-01 00:00", ["BAD_DATETIME"]),
    (f'{ZURICH}, format: "%d/%m/%Y %H:%M"', "31/05/2024 14:30", utc(2024, 5, 31, 12, 30)),
    (f'{ZURICH}, format: "%d/%m/%Y %H:%M"', "31/05/2024 4:30", utc(2024, 5, 31, 2, 30)),
    (f'{ZURICH}, format: "%d/%m/%Y %H:%M"', "31/05/2024 14:30:00", ["BAD_DATETIME"]),
    (f'{ZURICH}, format: "%d/%m/%Y %H:%M"', dt.datetime(2024, 5, 31, 14, 30), utc(2024, 5, 31, 12, 30)),
    (f'{ZURICH}, format: "%m/%d/%Y %I:%M:%S %p"', "04/18/2019 09:55:45 PM", utc(2019, 4, 18, 19, 55, 45)),
    (f'{ZURICH}, format: "%m/%d/%Y %I:%M:%S %p"', "04/18/2019 12:00:00 AM", utc(2019, 4, 17, 22)),
    (f'{ZURICH}, format: "%m/%d/%Y %I:%M:%S %p"', "04/18/2019 12:00:00 p.m.", utc(2019, 4, 18, 10)),
    (f'{ZURICH}, format: "%m/%d/%Y %I:%M:%S %p"', "04/18/2019 13:00:00 PM", ["BAD_DATETIME"]),
    ('type: datetime, format: "%d/%m/%Y %H:%M %z"', "31/05/2024 14:30 +0200", utc(2024, 5, 31, 12, 30)),
    ('type: datetime, format: "%d/%m/%Y %H:%M %z"', "31/05/2024 14:30 +0260", ["BAD_DATETIME"]),
    ('type: datetime, format: "%d/%m/%Y %H:%M"', "31/05/2024 14:30", ["NO_TIMEZONE"]),
    (
        f'{ZURICH}, format: "%Y-%m-%d %H:%M:%S.%f"',
        "2024-05-31 14:30:00.5",
        utc(2024, 5, 31, 12, 30, 0, 500000),
    ),
]


@pytest.mark.parametrize(("rule", "cell", "expected"), DATES + DATETIMES)
def test_dates(rule, cell, expected):
    """Each cell is the one day or moment that it means, or a problem."""
    found = outcome(rule, cell)
    assert found == expected
    assert type(found) is type(expected)
    if isinstance(found, dt.datetime):
        assert found.tzinfo is dt.UTC


MESSAGES = [
    ("type: date", "31/05/2024", '"31/05/2024" is not a date in the form 2024-05-31 (ISO 8601).'),
    ('type: date, format: "%d/%m/%Y"', "x", '"x" is not a date in the form dd/mm/yyyy.'),
    (
        'type: date, format: ["%d/%m/%Y", "%d. %B %y"]',
        "x",
        '"x" is not a date in the form dd/mm/yyyy or dd. Month yy.',
    ),
    (
        'type: date, format: ["%d/%m/%Y", "%m/%d/%Y"]',
        "05/06/2024",
        '"05/06/2024" can be read as 2024-06-05 and as 2024-05-06.',
    ),
    (ZURICH, "2024-03-31 02:30", '"2024-03-31 02:30" does not exist in Europe/Zurich'),
    (ZURICH, "2024-10-27 02:30", '"2024-10-27 02:30" exists twice in Europe/Zurich'),
    ("type: datetime", "2024-10-27", '"2024-10-27" does not say its time zone. Write the offset in the cell'),
]


@pytest.mark.parametrize(("rule", "cell", "expected"), MESSAGES)
def test_messages(rule, cell, expected):
    """The message shows the cell and the form that was expected, as people write it."""
    ((_, _, message),) = problems_of(fit(f"columns: {{C: {{to: P, {rule}}}}}", ["C"]), cell)
    assert message.startswith(expected)


FORMATS = [
    ("%d/%m", 'format "%d/%m" has no year (%Y); a date needs year, month and day'),
    ("%H:%M", 'format "%H:%M" has no year (%Y), month (%m) or day (%d); a date needs year, month and day'),
    ("%d/%m/%Y %q", "%q is not known in a format"),
    ("%d/%m/%Y %Z", "%Z is not known in a format"),
    ("%d/%m/%Y %", "% is not known in a format"),
    ("%d/%m/%Y %I:%M", 'format "%d/%m/%Y %I:%M" needs %I and %p together, or %H alone'),
    ("%d/%m/%Y %M", 'format "%d/%m/%Y %M" has %M without %H'),
    ("%d/%m/%Y %H:%S", 'format "%d/%m/%Y %H:%S" has %S without %M'),
    ("%d/%m/%Y %d", 'format "%d/%m/%Y %d" has %d twice'),
    ("%d/%m/%Y %y", 'format "%d/%m/%Y %y" has %Y or %y twice'),
    ("dd/mm/yyyy", 'format "dd/mm/yyyy" has no year (%Y), month (%m) or day (%d)'),
]


@pytest.mark.parametrize(("form", "expected"), FORMATS)
def test_formats_that_would_need_a_guess_are_refused(form, expected):
    """A format is refused while the mapping is loaded, with the reason."""
    with pytest.raises(FormatError) as caught:
        check_format(form)
    assert str(caught.value).startswith(expected)


def test_timezones_are_those_of_the_database():
    """A misspelt zone gets the nearest name; the machine's own zone is none."""
    with pytest.raises(
        FormatError, match=r'unknown time zone "Europe/Zurch"; did you mean "Europe/Zurich"\?'
    ):
        check_timezone("Europe/Zurch")
    with pytest.raises(FormatError, match="localtime"):
        check_timezone("localtime")
    assert check_timezone("UTC") == "UTC"


def test_readable_form():
    """A format is shown as people write it."""
    assert readable("%d/%m/%Y %H:%M Uhr") == "dd/mm/yyyy hh:mm Uhr"
    assert readable("%%%Y") == "%yyyy"


NUMERIC = ("%Y-%m-%d", "%d.%m.%Y %H:%M", "%Y%m%d%H%M%S", "%m/%d/%Y %H:%M:%S", "%d%m%y")


@settings(deadline=None)
@given(
    st.datetimes(min_value=dt.datetime(1970, 1, 1), max_value=dt.datetime(2068, 12, 31)),
    st.sampled_from(NUMERIC),
)
def test_formats_agree_with_strftime(moment, form):
    """What strftime writes is read back as it was, as far as the format tells it."""
    text = moment.strftime(form)
    assert format_parser(check_format(form))(text) == dt.datetime.strptime(text, form)


def test_no_zone_changes_its_clock_twice_within_three_days():
    """The short way to an offset rests on it; a new time zone database that breaks it is told here."""
    for name in sorted(available_timezones() - {"localtime", "Factory"}):
        zone = _zoneinfo.ZoneInfo.no_cache(name)
        offsets = [zone._tti_before.utcoff, *(info.utcoff for info in zone._ttinfos)]
        steps = [
            at
            for at, before, after in zip(zone._trans_utc, offsets, offsets[1:], strict=False)
            if before != after
        ]
        assert all(later - earlier > 3 * 86400 for earlier, later in pairwise(steps)), name


@settings(deadline=None)
@given(
    st.datetimes(min_value=dt.datetime(1900, 1, 1), max_value=dt.datetime(2100, 1, 1)),
    st.sampled_from(
        ["Europe/Zurich", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "Asia/Gaza", "UTC"]
    ),
)
def test_a_wall_clock_time_has_one_moment_or_is_refused(naive, name):
    """The moment found shows the same wall clock time, and no other moment does."""
    zone = ZoneInfo(name)
    moments = {naive.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)}
    real = {each for each in moments if each.astimezone(zone).replace(tzinfo=None) == naive}
    try:
        assert {datetime_converter([], name)(naive)} == real
    except RefusedError as refused:
        assert refused.failures[0][0] == ("TIME_OVERLAP" if len(real) == 2 else "TIME_GAP")
        assert len(real) != 1

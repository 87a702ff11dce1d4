"""Time as working hours count it."""

from datetime import UTC, datetime

import pytest

from whatsapp_server.services.workspace import working_deadline

WEEKDAYS = [0, 1, 2, 3, 4]
SAO_PAULO = {"timezone": "America/Sao_Paulo", "days": WEEKDAYS, "from": "09:00", "to": "18:00"}  # UTC-3, no summer time
ALL_DAY = {"timezone": "UTC", "days": list(range(7)), "from": "00:00", "to": "23:59"}
# Berlin's clocks went from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October 2026, both Sundays.
BERLIN = {"timezone": "Europe/Berlin", "days": list(range(7)), "from": "01:00", "to": "05:00"}
OFFICE = {"timezone": "Europe/Berlin", "days": WEEKDAYS, "from": "09:00", "to": "17:00"}
IN_THE_GAP = {**BERLIN, "from": "02:15", "to": "02:45"}
OUT_OF_THE_GAP = {**BERLIN, "from": "02:30", "to": "03:10"}
AUCKLAND = {"timezone": "Pacific/Auckland", "days": [0], "from": "09:00", "to": "17:00"}  # UTC+13 in January


@pytest.mark.parametrize(
    ("begin", "minutes", "hours", "deadline"),
    [
        ("2026-01-31T23:50", 30, None, "2026-02-01T00:20"),
        # Within a day, and at its very ends: 2026-01-30 is a Friday.
        ("2026-01-30T14:00", 30, SAO_PAULO, "2026-01-30T14:30"),
        ("2026-01-30T20:30", 30, SAO_PAULO, "2026-01-30T21:00"),
        ("2026-01-30T12:00", 9 * 60, SAO_PAULO, "2026-01-30T21:00"),
        ("2026-01-29T20:45", 30, SAO_PAULO, "2026-01-30T12:15"),
        # Before work, after it, in the night before.
        ("2026-01-30T09:00", 30, SAO_PAULO, "2026-01-30T12:30"),
        ("2026-01-29T21:00", 30, SAO_PAULO, "2026-01-30T12:30"),
        ("2026-01-30T01:00", 30, SAO_PAULO, "2026-01-30T12:30"),
        # Over the weekend.
        ("2026-01-30T20:45", 30, SAO_PAULO, "2026-02-02T12:15"),
        ("2026-01-31T15:00", 30, SAO_PAULO, "2026-02-02T12:30"),
        ("2026-02-01T15:00", 24 * 60, SAO_PAULO, "2026-02-04T18:00"),
        # On one day a week, that of the company and not of UTC: Sunday evening here is Monday morning there.
        ("2026-01-11T20:30", 30, AUCKLAND, "2026-01-11T21:00"),
        ("2026-01-12T03:59", 2, AUCKLAND, "2026-01-18T20:01"),
        # A minute is missing at midnight.
        ("2026-01-01T23:58", 2, ALL_DAY, "2026-01-02T00:01"),
        # Where an hour is missing only three pass between one and five; where one comes twice, five do.
        ("2026-03-29T00:00", 3 * 60, BERLIN, "2026-03-29T03:00"),
        ("2026-03-29T00:00", 3 * 60 + 1, BERLIN, "2026-03-29T23:01"),
        ("2026-10-24T23:00", 5 * 60, BERLIN, "2026-10-25T04:00"),
        ("2026-10-24T23:00", 5 * 60 + 1, BERLIN, "2026-10-26T00:01"),
        # Work begins at nine by the wall's clock, in winter and in summer.
        ("2026-03-27T15:50", 20, OFFICE, "2026-03-30T07:10"),
        ("2026-10-23T14:50", 20, OFFICE, "2026-10-26T08:10"),
        # Hours inside the missing one are an hour later; hours that end before they begin are none.
        ("2026-03-29T00:00", 10, IN_THE_GAP, "2026-03-29T01:25"),
        ("2026-03-29T00:00", 10, OUT_OF_THE_GAP, "2026-03-30T00:40"),
    ],
)
def test_only_working_minutes_count(begin: str, minutes: int, hours: dict[str, object] | None, deadline: str) -> None:
    moment = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    assert working_deadline(moment, minutes, hours) == datetime.fromisoformat(deadline).replace(tzinfo=UTC)


def test_the_longest_wait_ends() -> None:
    one_minute_a_week = {"timezone": "UTC", "days": [6], "from": "12:00", "to": "12:01"}
    assert working_deadline(datetime(2026, 1, 1, tzinfo=UTC), 24 * 60, one_minute_a_week) > datetime(2053, 1, 1, tzinfo=UTC)

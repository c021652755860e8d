"""Days as the county counts them: certificates and delegations begin and end at its midnight, not at UTC's."""

from datetime import UTC, date, datetime, timedelta, timezone

COUNTY_TIME = timezone(timedelta(hours=8), "CST")  # one zone and no summer time in the whole country


def day_of(utc_us: int) -> date:
    """The county's day at this moment."""
    return (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=utc_us)).astimezone(COUNTY_TIME).date()

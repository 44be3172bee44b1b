"""Names of zones: the same ones that Python's own list holds."""

from zoneinfo import available_timezones

import pytest

from shared.zones import is_zone


def test_every_zone_of_the_list_is_one() -> None:
    assert [name for name in sorted(available_timezones()) if not is_zone(name)] == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe",
        "Europe/Atlantis",
        "../etc/passwd",
        "/etc/localtime",
        "posixrules",
        "ü",
        "a\0b",
    ],
)
def test_other_names_are_none(name: str) -> None:
    assert name not in available_timezones()
    assert not is_zone(name)

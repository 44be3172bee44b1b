"""What listeners of the live stream are told together, and what each of them by itself."""

import json
from datetime import UTC, datetime

from api_service.schemas.devices import LiveDevice
from api_service.services.live_service import DeviceChanges

NONE = DeviceChanges({}, frozenset())


def device(cluster: int, power_w: float = 1.0) -> LiveDevice:
    return LiveDevice(
        cluster=cluster,
        device_name=f"Meter {cluster}",
        last_seen=datetime(2026, 3, 9, tzinfo=UTC),
        power_w=power_w,
        thd_percent=None,
        device_state=None,
        groups=[],
        role=None,
    )


def changes(*devices: LiveDevice, removed: tuple[int, ...] = ()) -> DeviceChanges:
    return DeviceChanges({each.cluster: each for each in devices}, frozenset(removed))


def test_listeners_that_keep_up_share_one_text() -> None:
    look = changes(device(1))
    texts = {id(NONE.then(look).text) for _ in range(3)}

    assert texts == {id(look.text)}
    assert json.loads(look.text)["devices"][0]["last_seen"] == "2026-03-09T00:00:00Z"


def test_listener_that_is_behind_gets_each_device_once_as_it_is_now() -> None:
    behind = changes(device(1), device(2)).then(changes(device(2, 9.0))).then(changes(removed=(1,)))

    assert [(each.cluster, each.power_w) for each in behind.changed.values()] == [(2, 9.0)]
    assert behind.removed == {1}


def test_device_that_comes_back_is_not_removed() -> None:
    behind = changes(removed=(1,)).then(changes(device(1)))

    assert json.loads(behind.text)["removed"] == []
    assert list(behind.changed) == [1]


def test_look_without_changes_changes_nothing() -> None:
    known = changes(device(1))

    assert known.then(NONE) is known
    assert not NONE

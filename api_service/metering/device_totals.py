"""Rollups added up over a span, one total per device; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from api_service.metering.rollups import RollupBlock, grouped


@dataclass(frozen=True)
class DeviceTotal:
    """One device over some span: `row` holds the columns of its rollup, all states together.

    `state_counts` holds the number of readings in each state that was recorded.
    """

    cluster: int
    row: Mapping[str, float | int]
    state_counts: Mapping[str, int]
    last_state: str | None


def summed_by_device(rollups: RollupBlock) -> dict[int, DeviceTotal]:
    """One total per device that has readings, whatever the resolutions of the rollups."""
    by_state = grouped(rollups.in_buckets(0))
    by_device = grouped(by_state.without_states())
    totals = {}
    for place in np.flatnonzero(by_device.columns["n"] > 0).tolist():
        cluster = int(by_device.cluster[place])
        states = np.flatnonzero((by_state.cluster == cluster) & (by_state.columns["n"] > 0))
        newest = by_state.state[int(states[np.argmax(by_state.columns["last_at"][states])])]
        counts = {by_state.state[state]: int(by_state.columns["n"][state]) for state in states.tolist()}
        totals[cluster] = DeviceTotal(
            cluster=cluster,
            row={name: column[place].item() for name, column in by_device.columns.items()},
            state_counts={state: count for state, count in counts.items() if state},
            last_state=newest or None,
        )
    return totals

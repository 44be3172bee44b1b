"""Rollups added up over a span, one total per device, and the statistics that derive from the sums; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from api_service.metering.moments import from_epoch_us
from api_service.metering.rollups import NEVER, RollupBlock, grouped


@dataclass(frozen=True)
class DeviceTotal:
    """One device over some span: `row` holds the columns of its rollup, all states together.

    `state_counts` holds the number of readings in each state that was recorded.
    """

    cluster: int
    row: Mapping[str, float | int]
    state_counts: Mapping[str, int]
    last_state: str | None

    @property
    def samples(self) -> int:
        """Number of readings."""
        return int(self.row["n"])

    def value(self, name: str) -> float | None:
        """A sum or an extreme; None where there is none."""
        value = float(self.row[name])
        return None if np.isnan(value) else value

    def mean(self, quantity: str, unit: str) -> float | None:
        """Mean over the readings that carry the quantity; None if none does."""
        count = self.row[f"{quantity}_n"]
        return float(self.row[f"{quantity}_sum_{unit}"] / count) if count else None

    def moment(self, name: str) -> datetime | None:
        """When an extreme was reached first."""
        return None if self.row[name] == NEVER else from_epoch_us(int(self.row[name]))

    @property
    def power_factor(self) -> float | None:
        """ΣP/ΣS over the readings with both; None if there is none or all S are zero."""
        apparent_va = self.row["pf_apparent_sum_va"]
        return float(self.row["pf_real_sum_w"] / apparent_va) if apparent_va else None

    @property
    def most_common_state(self) -> str | None:
        """The recorded state of most readings; of equally common ones the alphabetically first."""
        counts = self.state_counts
        return min(counts, key=lambda state: (-counts[state], state)) if counts else None


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

"""What a file holds of each device: number of readings, first, last, and gaps."""

from dataclasses import dataclass

import numpy as np

from api_service.metering.blocks import IntArray

SECOND_US = 1_000_000
SHORTEST_GAP_US = 60 * SECOND_US
GAP_PERIODS = 10
MAX_DEVICES = 5000


@dataclass
class DeviceSpan:
    """One device's readings in a file; a gap is longer than 10 × its usual period and than a minute.

    The period is the median spacing in the first block that shows one. Gaps are counted as far as the file
    is in order of time.
    """

    readings: int = 0
    first_us: int = 0
    last_us: int = 0
    period_us: float = 0.0
    gaps: int = 0
    gap_us: int = 0
    longest_gap_us: int = 0
    longest_gap_from_us: int = 0

    def add(self, times_us: IntArray) -> None:
        """Take in more readings, ascending."""
        known = self.readings > 0 and self.last_us <= int(times_us[0])
        steps = np.diff(times_us, prepend=[self.last_us] if known else times_us[:0])
        begins = times_us[: len(times_us) - 1] if not known else np.append(self.last_us, times_us[:-1])
        moves = steps[steps > 0]
        if not self.period_us and len(moves):
            self.period_us = float(np.median(moves))
        gaps = np.flatnonzero(steps > max(SHORTEST_GAP_US, GAP_PERIODS * self.period_us))
        if self.period_us and len(gaps):
            self._add_gaps(steps[gaps], begins[gaps])
        self.first_us = min(self.first_us, int(times_us[0])) if self.readings else int(times_us[0])
        self.last_us = max(self.last_us, int(times_us[-1]))
        self.readings += len(times_us)

    def _add_gaps(self, lengths: IntArray, begins: IntArray) -> None:
        self.gaps += len(lengths)
        self.gap_us += int(lengths.sum())
        longest = int(np.argmax(lengths))
        if int(lengths[longest]) > self.longest_gap_us:
            self.longest_gap_us = int(lengths[longest])
            self.longest_gap_from_us = int(begins[longest])


def add_spans(spans: dict[int, DeviceSpan], timestamp_us: IntArray, cluster: IntArray) -> None:
    """Take a block of readings into `spans`; devices beyond `MAX_DEVICES` are not followed."""
    if not len(cluster):
        return
    order = np.lexsort((timestamp_us, cluster))
    times, owners = timestamp_us[order], cluster[order]
    cuts = np.flatnonzero(np.diff(owners)) + 1
    begins = np.concatenate([[0], cuts])
    for begin, end in zip(begins.tolist(), [*cuts.tolist(), len(owners)], strict=True):
        device = int(owners[begin])
        if device in spans or len(spans) < MAX_DEVICES:
            spans.setdefault(device, DeviceSpan()).add(times[begin:end])

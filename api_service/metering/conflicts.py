"""Readings whose key is stored already: which say something else, and what they become; pure."""

import numpy as np

from api_service.metering.blocks import BoolArray, ConflictRule, FloatArray, IntArray, ReadingBlock


def differing(new: ReadingBlock, stored: ReadingBlock) -> BoolArray:
    """For readings paired row by row: does the new one hold what the stored one does not."""
    differs = np.zeros(len(new), np.bool_)
    for name, values in new.values.items():
        differs |= ~np.isnan(values) & (values != stored.measure(name))
    states = zip(new.device_state, stored.device_state, strict=True)
    return differs | np.array([ours is not None and ours != theirs for ours, theirs in states], np.bool_)


def merged(new: ReadingBlock, stored: ReadingBlock, rule: ConflictRule) -> ReadingBlock:
    """Paired readings made one: what both have is the new one's (REPLACE) or the stored one's (FILL)."""
    first, second = (new, stored) if rule is ConflictRule.REPLACE else (stored, new)
    names = list(dict.fromkeys([*stored.values, *new.values]))
    return ReadingBlock(
        timestamp_us=stored.timestamp_us,
        cluster=stored.cluster,
        values={name: _first_of(first.measure(name), second.measure(name)) for name in names},
        device_state=[
            ours if ours is not None else theirs
            for ours, theirs in zip(first.device_state, second.device_state, strict=True)
        ],
    )


def places(moments_us: IntArray, stored_us: IntArray) -> tuple[IntArray, BoolArray]:
    """For each moment its place among the stored ones (ascending), and whether it is one of them."""
    place = np.searchsorted(stored_us, moments_us)
    inside = np.minimum(place, max(len(stored_us) - 1, 0))
    found = stored_us[inside] == moments_us if len(stored_us) else np.zeros(len(moments_us), np.bool_)
    return inside, found


def _first_of(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.where(np.isnan(first), second, first)

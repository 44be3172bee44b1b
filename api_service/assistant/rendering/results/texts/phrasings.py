"""The wordings: for every kind of value and every form of answer, templates in the order of `plan.STYLES`.

`{=word}` is a word that the builder puts in; see `plan` for the rest. A verb phrase ends where a limit, a
list or a full stop may follow.
"""

from collections.abc import Mapping

Wordings = tuple[str, ...]

_SHORT = "{=noun}{=of}[ {window}][ {cond}]: {value}[, {at}]"
_WHEN = "[ {window}][ {cond}]"

VALUES: Mapping[str, Wordings] = {
    "energy": (
        "{device} used {value}" + _WHEN,
        "[{window}, ]{device} used {value}[ {cond}]",
        _SHORT,
    ),
    "cost": (
        "the electricity for {device} cost {value}" + _WHEN,
        "[{window}, ]the electricity for {device} cost {value}[ {cond}]",
        _SHORT,
    ),
    "power_now": (
        "{device} {device:is} drawing {value} right now[ {cond}]",
        "right now, {device} {device:is} drawing {value}[ {cond}]",
        "power{=of} now[ {cond}]: {value}",
    ),
    "power_then": (
        "{device} {device:is} drawing {value}[ {cond}] (last reading {at})",
        "by the last reading, {at}, {device} {device:is} drawing {value}[ {cond}]",
        "power{=of}[ {cond}] (last reading {at}): {value}",
    ),
    "power_mean": (
        "{device} drew {value} on average" + _WHEN,
        "[{window}, ]{device} drew {value} on average[ {cond}]",
        _SHORT,
    ),
    "power_max": (
        "the power of {device} peaked at {value}" + _WHEN + "[, {at}]",
        "[{window}, ]the highest power of {device} was {value}[ {cond}][, {at}]",
        _SHORT,
    ),
    "power_at": (
        "{device} drew {value}" + _WHEN + "[, {at}]",
        "[{window}, ]{device} drew {value}[ {cond}][, {at}]",
        _SHORT,
    ),
    "now": (
        "the {=noun}{=of} is {value} right now[ {cond}]",
        "right now, the {=noun}{=of} is {value}[ {cond}]",
        "{=noun}{=of} now[ {cond}]: {value}",
    ),
    "then": (
        "the {=noun}{=of} is {value}[ {cond}] (last reading {at})",
        "by the last reading, {at}, the {=noun}{=of} is {value}[ {cond}]",
        "{=noun}{=of}[ {cond}] (last reading {at}): {value}",
    ),
    "level": (
        "the {=noun}{=of} was {value}" + _WHEN + "[, {at}]",
        "[{window}, ]the {=noun}{=of} was {value}[ {cond}][, {at}]",
        _SHORT,
    ),
    "on_time": (
        "{device} {device:was} on for {value}" + _WHEN,
        "[{window}, ]{device} {device:was} on for {value}[ {cond}]",
        _SHORT,
    ),
    "on_time_site": (
        "at least one device was on for {value}" + _WHEN,
        "[{window}, ]at least one device was on for {value}[ {cond}]",
        "time with any device on[ {window}][ {cond}]: {value}",
    ),
    "longest": (
        "the {=noun}{=of}[ {window}][ {cond}] lasted {value}[, {at}]",
        "[{window}, ]the {=noun}{=of}[ {cond}] lasted {value}[, {at}]",
        _SHORT,
    ),
    "duration": (
        "{=claim} for {value}" + _WHEN,
        "[{window}, ]{=claim} for {value}[ {cond}]",
    ),
    "duration_at_a_time": (
        "the {=length} for which {=claim}[ {window}][ {cond}] was {value}[, {at}]",
        "[{window}, ]the {=length} for which {=claim}[ {cond}] was {value}[, {at}]",
    ),
    "switch_ons": (
        "{device} {device:was} switched on {value}" + _WHEN,
        "[{window}, ]{device} {device:was} switched on {value}[ {cond}]",
        "switch-ons{=of}[ {window}][ {cond}]: {value}",
    ),
    "switch_ons_none": (
        "{device} {device:was} not switched on" + _WHEN,
        "[{window}, ]{device} {device:was} not switched on[ {cond}]",
    ),
    "switch_ons_site": (
        "devices were switched on {value}" + _WHEN,
        "[{window}, ]devices were switched on {value}[ {cond}]",
        "switch-ons of all devices[ {window}][ {cond}]: {value}",
    ),
    "samples": (
        "{device} had {value}" + _WHEN,
        "[{window}, ]{value} of {device} {value:was} recorded[ {cond}]",
        "{value} of {device}" + _WHEN,
    ),
    "coverage": (
        "the readings{=of} cover {value} of the time[ {window}]",
        "[{window}, ]the readings{=of} cover {value} of the time",
        "coverage{=of}[ {window}]: {value}",
    ),
    "gaps": (
        "the readings{=of} had {value}[ {window}]",
        "[{window}, ]the readings{=of} had {value}",
    ),
    "gaps_sum": (
        "readings{=of} were missing for {value} in total[ {window}]",
        "[{window}, ]readings{=of} were missing for {value} in total",
    ),
    "count": (
        "it happened {value}[ {window}] that {=claim}[ {cond}]",
        "[{window}, ]it happened {value} that {=claim}[ {cond}]",
    ),
    "count_none": (
        "{=never}" + _WHEN,
        "[{window}, ]{=never}[ {cond}]",
    ),
    "trend_up": (
        "the {=noun}{=of} rose by {value}" + _WHEN,
        "[{window}, ]the {=noun}{=of} rose by {value}[ {cond}]",
    ),
    "trend_down": (
        "the {=noun}{=of} fell by {value}" + _WHEN,
        "[{window}, ]the {=noun}{=of} fell by {value}[ {cond}]",
    ),
    "trend_flat": ("the {=noun}{=of} neither rose nor fell" + _WHEN,),
    "state_now": (
        "{device} {device:is} {state}[ (last reading {at})]",
        "right now, {device} {device:is} {state}[ (last reading {at})]",
        "{device}: {state}[ (last reading {at})]",
    ),
    "state_at": (
        "{device} {device:was} {state}[ {window}][ {cond}][, {at}]",
        "[{window}, ]{device} {device:was} {state}[ {cond}][, {at}]",
    ),
    "state_end": (
        "the {=end} state of {device}[ {window}][ {cond}] was {state}[, {at}]",
        "[{window}, ]the {=end} state of {device}[ {cond}] was {state}[, {at}]",
    ),
}
"""A value in a clause."""

MOMENTS: Mapping[str, Wordings] = {
    "level": (
        "the {=noun}{=of}[ {window}][ {cond}] was reached {at}: {value}",
        "{at}, the {=base}{=of} was {=highest}[ {window}][ {cond}]: {value}",
        "{at} ({=noun}{=of}[ {window}][ {cond}]: {value})",
    ),
    "read": (
        "the {=noun}{=of}[ {window}][ {cond}] was read {at}: {value}",
        "[{window}, ]the {=noun}{=of}[ {cond}] was read {at}: {value}",
    ),
    "longest": (
        "the {=noun}{=of}[ {window}][ {cond}] was {at}: {value}",
        "[{window}, ]the {=noun}{=of}[ {cond}] was {at}: {value}",
    ),
    "last_seen": (
        "the {=end} reading{=of} came {at}",
        "{=end} reading{=of}: {at}",
    ),
}
"""When something was."""

WINNERS: Mapping[str, Wordings] = {
    "energy": (
        "{who} used the[ {rank}] {=most} energy" + _WHEN,
        "[{window}, ]{who} used the[ {rank}] {=most} energy[ {cond}]",
    ),
    "cost": (
        "the electricity for {who} cost the[ {rank}] {=most}" + _WHEN,
        "[{window}, ]the electricity for {who} cost the[ {rank}] {=most}[ {cond}]",
    ),
    "power_now": (
        "{who} {who:is} drawing the[ {rank}] {=most} power right now[ {cond}]",
        "right now, {who} {who:is} drawing the[ {rank}] {=most} power[ {cond}]",
    ),
    "now": (
        "{who} {who:has} the[ {rank}] {=highest} {=noun} right now[ {cond}]",
        "right now, {who} {who:has} the[ {rank}] {=highest} {=noun}[ {cond}]",
    ),
    "on_time": (
        "{who} {who:was} on for the[ {rank}] {=longest} time" + _WHEN,
        "[{window}, ]{who} {who:was} on for the[ {rank}] {=longest} time[ {cond}]",
    ),
    "level": (
        "{who} had the[ {rank}] {=highest} {=noun}" + _WHEN,
        "[{window}, ]{who} had the[ {rank}] {=highest} {=noun}[ {cond}]",
    ),
    "last_seen": ("{who} {who:has} the[ {rank}] {=latest} {=end} reading",),
    "duration": (
        "the[ {rank}] {=longest} time for which {=claim}[ {window}][ {cond}] was that of {who}",
        "[{window}, ]the[ {rank}] {=longest} time for which {=claim}[ {cond}] was that of {who}",
    ),
}
"""The device, group or state at a place of an order; `: {value}` follows."""

PERIOD_WINNERS: Mapping[str, Wordings] = {
    "energy": (
        "[{window}, ]{device} used the[ {rank}] {=most} energy {period}[ {cond}]",
        "{device} used the[ {rank}] {=most} energy {period}[, {window}][ {cond}]",
    ),
    "cost": (
        "[{window}, ]the electricity for {device} cost the[ {rank}] {=most} {period}[ {cond}]",
        "the electricity for {device} cost the[ {rank}] {=most} {period}[, {window}][ {cond}]",
    ),
    "on_time": (
        "[{window}, ]{device} {device:was} on for the[ {rank}] {=longest} time {period}[ {cond}]",
        "{device} {device:was} on for the[ {rank}] {=longest} time {period}[, {window}][ {cond}]",
    ),
    "level": (
        "[{window}, ]the {=noun}{=of} was[ {rank}] {=highest} {period}[ {cond}]",
        "the {=noun}{=of} was[ {rank}] {=highest} {period}[, {window}][ {cond}]",
    ),
    "duration": (
        "[{window}, ]{=claim} for the[ {rank}] {=longest} time {period}[ {cond}]",
        "{=claim} for the[ {rank}] {=longest} time {period}[, {window}][ {cond}]",
    ),
}
"""The period at a place of an order."""

_BY_TIME = " {a_time} than {b_time}[ {cond}]"

COMPARED_DEVICES: Mapping[str, str] = {
    "energy": "{a} used {=by}{=more} energy than {b}" + _WHEN,
    "cost": "the electricity for {a} cost {=by}{=more} than for {b}" + _WHEN,
    "power_now": "{a} {a:is} drawing {=by}{=more} power than {b} right now[ {cond}]",
    "now": "the {=noun} of {a} is {=by}{=higher} than that of {b} right now[ {cond}]",
    "on_time": "{a} {a:was} on {=by}{=longer} than {b}" + _WHEN,
    "switch_ons": "{a} {a:was} switched on {=more} often than {b}" + _WHEN,
    "samples": "{a} had {=fewer} readings than {b}" + _WHEN,
    "level": "the {=noun}{=of_a} was {=by}{=higher} than that of {b}" + _WHEN,
}
COMPARED_TIMES: Mapping[str, str] = {
    "energy": "{device} used {=by}{=more} energy" + _BY_TIME,
    "cost": "the electricity for {device} cost {=by}{=more}" + _BY_TIME,
    "on_time": "{device} {device:was} on {=by}{=longer}" + _BY_TIME,
    "switch_ons": "{device} {device:was} switched on {=more} often" + _BY_TIME,
    "samples": "{device} had {=fewer} readings" + _BY_TIME,
    "level": "the {=noun}{=of} was {=by}{=higher}" + _BY_TIME,
}
"""Side `a` against side `b`; `: {a_value} against {b_value}` follows."""

EQUAL_DEVICES: Mapping[str, str] = {
    "energy": "{a} and {b} used the same amount of energy" + _WHEN,
    "power_now": "{a} and {b} are drawing the same power right now[ {cond}]",
    "now": "the {=noun} of {a} is the same as that of {b} right now[ {cond}]",
    "level": "the {=noun}{=of_a} was the same as that of {b}" + _WHEN,
}
EQUAL_TIMES: Mapping[str, str] = {
    "energy": "{device} used the same amount of energy {a_time} as {b_time}[ {cond}]",
    "level": "the {=noun}{=of} was the same {a_time} as {b_time}[ {cond}]",
}

RATIO_DEVICES: Mapping[str, str] = {
    "energy": "{a} used {ratio} as much energy as {b}" + _WHEN,
    "power_now": "{a} {a:is} drawing {ratio} as much power as {b} right now[ {cond}]",
    "now": "the {=noun} of {a} is {ratio} that of {b} right now[ {cond}]",
    "level": "the {=noun} of {a} was {ratio} that of {b}" + _WHEN,
}
RATIO_TIMES: Mapping[str, str] = {
    "energy": "{device} used {ratio} as much energy {a_time} as {b_time}[ {cond}]",
    "level": "the {=noun}{=of} {a_time} was {ratio} that {b_time}[ {cond}]",
}

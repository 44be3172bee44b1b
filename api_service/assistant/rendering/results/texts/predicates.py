"""What may be true of the groups that a question chooses or tests, as verb phrases with their denials.

`{who}` is the group, `{=word}` a word that the builder puts in.
"""

from collections.abc import Mapping

PREDICATES: Mapping[str, tuple[str, str]] = {
    "energy": ("used {=cmp} {limit}", "did not use {=cmp} {limit}"),
    "cost": ("cost {=cmp} {limit}", "did not cost {=cmp} {limit}"),
    "on_time": ("{who:was} on for {=cmp} {limit}", "{who:was} not on for {=cmp} {limit}"),
    "switch_ons": ("{who:was} switched on {=cmp} {limit}", "{who:was} not switched on {=cmp} {limit}"),
    "samples": ("had {=cmp} {limit}", "did not have {=cmp} {limit}"),
    "duration_state": ("{who:was} {=state} for {=cmp} {limit}", "{who:was} not {=state} for {=cmp} {limit}"),
    "duration_bound": (
        "had {=a_bound} {=bound_cmp} {bound} for {=cmp} {limit}",
        "did not have {=a_bound} {=bound_cmp} {bound} for {=cmp} {limit}",
    ),
    "level": ("had {=a_noun} {=cmp} {limit}", "did not have {=a_noun} {=cmp} {limit}"),
    "now": (
        "{who:has} {=a_noun} {=cmp} {limit} right now",
        "{who:does} not have {=a_noun} {=cmp} {limit} right now",
    ),
    "share": ("accounted for {=cmp} {limit} of the total", "did not account for {=cmp} {limit} of the total"),
    "difference": (
        "had a difference in {=noun} of {=cmp} {limit}",
        "did not have a difference in {=noun} of {=cmp} {limit}",
    ),
    "ratio": (
        "had a ratio in {=noun} of {=cmp} {limit}",
        "did not have a ratio in {=noun} of {=cmp} {limit}",
    ),
    "state_now": ("{who:is} {=state}", "{who:is} not {=state}"),
    "state": ("{who:was} {=state} at some time", "{who:was} not {=state} at any time"),
    "state_then": ("{who:was} {=state}", "{who:was} not {=state}"),
    "never_on": ("{who:was} not on at any time", "{who:was} on at some time"),
    "off_periods": ("{who:was} off all the time", "{who:was} on at some time"),
    "bound_now": (
        "{who:has} {=a_bound} {=cmp} {limit} right now",
        "{who:does} not have {=a_bound} {=cmp} {limit} right now",
    ),
    "bound": (
        "had {=a_bound} {=cmp} {limit} at some time",
        "did not have {=a_bound} {=cmp} {limit} at any time",
    ),
    "silent_now": ("{who:is} silent", "{who:is} not silent"),
    "reporting_now": ("{who:is} reporting", "{who:is} not reporting"),
    "silent": ("sent no readings", "sent readings"),
    "reporting": ("sent readings", "sent no readings"),
    "gaps": ("had gaps in the readings", "had no gaps in the readings"),
    "usual": ("had an unusual {=noun}", "had a usual {=noun}"),
    "usual_more": ("had an unusually high {=noun}", "did not have an unusually high {=noun}"),
    "usual_less": ("had an unusually low {=noun}", "did not have an unusually low {=noun}"),
    "any": ("had readings", "had no readings"),
}
"""What is or is not true of `{who}`."""

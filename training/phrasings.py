"""What the model learns to say: for every type of answer one phrasing per style of the question.

The style shows in the question's own words: `plain` (a whole question), `polite` (please, could you …),
`brief` (no verb: "oven energy yesterday") and `casual` (pull, hog, juice …). Templates are those of
`api_service.assistant.rendering.templates`; of several the first whose roles are all there is taken.
"""

from training.phrasings_ranked import COMPARED, RANKED

STYLES = ("plain", "polite", "brief", "casual", "less")

PHRASINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "power_now.device": {
        "plain": (
            "{device} {device:is} drawing {value} (last reading {at}).",
            "{device} {device:is} drawing {value} right now.",
        ),
        "polite": (
            "The last reading of {device} {at} is {value}.",
            "Right now {device} {device:is} drawing {value}.",
        ),
        "brief": ("{device}: {value} {at}.", "{device}: {value} right now."),
        "casual": (
            "{device} {device:is} pulling {value} (last reading {at}).",
            "{device} {device:is} pulling {value} at the moment.",
        ),
    },
    "power_now.list": {
        "plain": ("The power right now: {list}.",),
        "polite": ("Right now the power is: {list}.",),
        "brief": ("Right now: {list}.",),
        "casual": ("Pulling power at the moment: {list}.",),
    },
    "power_now.site": {
        "plain": (
            "All devices together are drawing {value} right now; {top} {top:draws} the most ({top_value}).",
            "All devices together are drawing {value} right now.",
        ),
        "polite": ("Right now all devices together are drawing {value}.",),
        "brief": ("In total {value} right now.",),
        "casual": (
            "All devices together are pulling {value}, and {top} {top:pulls} the most at {top_value}.",
            "All devices together are pulling {value} at the moment.",
        ),
    },
    "now.device": {
        "plain": (
            "The {noun} of {device} is {value} (last reading {at}).",
            "The {noun} of {device} is {value} right now.",
        ),
        "polite": (
            "{device} {device:has} a {noun} of {value} {at}.",
            "Right now the {noun} of {device} is {value}.",
        ),
        "brief": ("{noun} of {device}: {value} {at}.", "{noun} of {device}: {value} right now."),
        "casual": (
            "{device} {device:is} at a {noun} of {value} (last reading {at}).",
            "{device} {device:is} at a {noun} of {value} at the moment.",
        ),
    },
    "now.list": {
        "plain": ("The {noun} right now: {list}.",),
        "polite": ("Right now the {noun} is: {list}.",),
        "brief": ("{noun} right now: {list}.",),
        "casual": ("The {noun} at the moment: {list}.",),
    },
    "average.device": {
        "plain": ("{device} drew {value} on average {window}.",),
        "polite": ("{window}, {device} drew {value} on average.",),
        "brief": ("Average power of {device} {window}: {value}.",),
        "casual": ("{device} averaged {value} {window}.",),
    },
    "average.list": {
        "plain": ("The average power {window}: {list}.",),
        "polite": ("{window}, the average power was: {list}.",),
        "brief": ("Average power {window}: {list}.",),
        "casual": ("On average {window}: {list}.",),
    },
    "average.site": {
        "plain": ("All devices together drew {value} on average {window}.",),
        "polite": ("{window}, all devices together drew {value} on average.",),
        "brief": ("Average total power {window}: {value}.",),
        "casual": ("All devices together averaged {value} {window}.",),
    },
    "mean.device": {
        "plain": (
            "The average {noun} of {device} was {value} {window}, with a highest reading of {max_value}.",
            "The average {noun} of {device} was {value} {window}.",
        ),
        "polite": ("{window}, the average {noun} of {device} was {value}.",),
        "brief": ("Average {noun} of {device} {window}: {value}.",),
        "casual": ("{device} averaged a {noun} of {value} {window}.",),
    },
    "mean.list": {
        "plain": ("The average {noun} {window}: {list}.",),
        "polite": ("{window}, the average {noun} was: {list}.",),
        "brief": ("Average {noun} {window}: {list}.",),
        "casual": ("On average the {noun} was {window}: {list}.",),
    },
    "mean.site": {
        "plain": ("The average {noun} of all devices was {value} {window}.",),
        "polite": ("{window}, the average {noun} of all devices was {value}.",),
        "brief": ("Average {noun} of all devices {window}: {value}.",),
        "casual": ("All devices averaged a {noun} of {value} {window}.",),
    },
    "power_factor.device": {
        "plain": ("The power factor of {device} was {value} {window}.",),
        "polite": ("{window}, the power factor of {device} was {value}.",),
        "brief": ("Power factor of {device} {window}: {value}.",),
        "casual": ("{device} ran at a power factor of {value} {window}.",),
    },
    "power_factor.list": {
        "plain": ("The power factor {window}: {list}.",),
        "polite": ("{window}, the power factor was: {list}.",),
        "brief": ("Power factor {window}: {list}.",),
        "casual": ("The power factor was {window}: {list}.",),
    },
    "power_factor.site": {
        "plain": ("The power factor of all devices together was {value} {window}.",),
        "polite": ("{window}, the power factor of all devices together was {value}.",),
        "brief": ("Total power factor {window}: {value}.",),
        "casual": ("All devices together ran at a power factor of {value} {window}.",),
    },
    "peak.device": {
        "plain": (
            "The {noun} of {device} peaked at {value} {window}, {at}.",
            "The {noun} of {device} peaked at {value} {window}.",
        ),
        "polite": (
            "{window}, the {noun} of {device} peaked {at} at {value}.",
            "{window}, the {noun} of {device} peaked at {value}.",
        ),
        "brief": (
            "Highest {noun} of {device} {window}: {value} {at}.",
            "Highest {noun} of {device} {window}: {value}.",
        ),
        "casual": (
            "{device} hit a {noun} peak of {value} {window}, {at}.",
            "{device} hit a {noun} peak of {value} {window}.",
        ),
    },
    "peak.any": {
        "plain": (
            "The highest {noun} {window} was {value}, reached by {device} {at}.",
            "The highest {noun} {window} was {value}, reached by {device}.",
        ),
        "polite": (
            "{window}, the highest {noun} was {value}, reached by {device} {at}.",
            "{window}, the highest {noun} was {value}, reached by {device}.",
        ),
        "brief": (
            "Highest {noun} {window}: {device} with {value} {at}.",
            "Highest {noun} {window}: {device} with {value}.",
        ),
        "casual": (
            "{device} hit the highest {noun} {window}: {value} {at}.",
            "{device} hit the highest {noun} {window}: {value}.",
        ),
    },
    "peak.list": {
        "plain": ("The highest {noun} {window}: {list}.",),
        "polite": ("{window}, the highest {noun} was: {list}.",),
        "brief": ("Highest {noun} {window}: {list}.",),
        "casual": ("The peaks {window}: {list}.",),
    },
    "minimum.device": {
        "plain": (
            "The lowest {noun} of {device} {window} was {value}, {at}.",
            "The lowest {noun} of {device} {window} was {value}.",
        ),
        "polite": (
            "{window}, the {noun} of {device} was lowest {at}: {value}.",
            "{window}, the {noun} of {device} was lowest: {value}.",
        ),
        "brief": (
            "Lowest {noun} of {device} {window}: {value} {at}.",
            "Lowest {noun} of {device} {window}: {value}.",
        ),
        "casual": (
            "{device} went down to a minimum of {value} {window}, {at}.",
            "{device} went down to a minimum of {value} {window}.",
        ),
    },
    "minimum.any": {
        "plain": (
            "The lowest {noun} {window} was {value}, reached by {device} {at}.",
            "The lowest {noun} {window} was {value}, reached by {device}.",
        ),
        "polite": (
            "{window}, the lowest {noun} was {value}, reached by {device} {at}.",
            "{window}, the lowest {noun} was {value}, reached by {device}.",
        ),
        "brief": (
            "Lowest {noun} {window}: {device} with {value} {at}.",
            "Lowest {noun} {window}: {device} with {value}.",
        ),
        "casual": (
            "{device} went down to the lowest {noun} {window}: {value} {at}.",
            "{device} went down to the lowest {noun} {window}: {value}.",
        ),
    },
    "minimum.list": {
        "plain": ("The lowest {noun} {window}: {list}.",),
        "polite": ("{window}, the lowest {noun} was: {list}.",),
        "brief": ("Lowest {noun} {window}: {list}.",),
        "casual": ("The minimum {noun} {window}: {list}.",),
    },
    "energy.device": {
        "plain": ("{device} used {value} {window}.",),
        "polite": ("{window}, {device} used {value}.",),
        "brief": ("Energy of {device} {window}: {value}.",),
        "casual": ("{device} went through {value} of electricity {window}.",),
    },
    "energy.list": {
        "plain": ("The energy used {window}: {list}.",),
        "polite": ("{window}, the energy used was: {list}.",),
        "brief": ("Energy {window}: {list}.",),
        "casual": ("The electricity used {window}: {list}.",),
    },
    "energy.site": {
        "plain": ("All devices together used {value} {window}.",),
        "polite": ("{window}, all devices together used {value}.",),
        "brief": ("Total energy {window}: {value}.",),
        "casual": ("{count} went through {value} of electricity in total {window}.",),
    },
    "share.device": {
        "plain": (
            "{device} used {share} of the total energy {window}: {value} of {total}.",
            "{device} used {share} of the total energy {window}.",
        ),
        "polite": (
            "{window}, {device} accounted for {share} of the total energy, {value} of {total}.",
            "{window}, {device} accounted for {share} of the total energy.",
        ),
        "brief": ("Share of {device} {window}: {share} of the total.",),
        "casual": (
            "{device} took {share} of all the electricity {window}, {value} of {total}.",
            "{device} took {share} of all the electricity {window}.",
        ),
    },
    "share.list": {
        "plain": ("The share of the total energy {window}: {list}.",),
        "polite": ("{window}, the share of the total energy was: {list}.",),
        "brief": ("Share of the total {window}: {list}.",),
        "casual": ("The share of all the electricity {window}: {list}.",),
    },
    "state.device": {
        "plain": (
            "The state of {device} is \u201c{value}\u201d (last reading {at}).",
            "The state of {device} is \u201c{value}\u201d.",
        ),
        "polite": (
            "The last state of {device} was \u201c{value}\u201d, {at}.",
            "Right now the state of {device} is \u201c{value}\u201d.",
        ),
        "brief": ("{device}: \u201c{value}\u201d {at}.", "{device}: \u201c{value}\u201d right now."),
        "casual": (
            "{device} {device:is} in state \u201c{value}\u201d (last reading {at}).",
            "{device} {device:is} in state \u201c{value}\u201d at the moment, drawing {power_value}.",
            "{device} {device:is} in state \u201c{value}\u201d at the moment.",
        ),
    },
    "state.list": {
        "plain": ("The states: {list}.",),
        "polite": ("Right now the states are: {list}.",),
        "brief": ("States right now: {list}.",),
        "casual": ("The states at the moment: {list}.",),
    },
    "active.now": {
        "plain": ("{count} {count:is} active right now: {list}.",),
        "polite": ("Right now {count} {count:is} active: {list}.",),
        "brief": ("{count} active right now: {list}.",),
        "casual": ("{count} {count:is} running at the moment: {list}.",),
    },
    "active.window": {
        "plain": ("{count} {count:was} active {window}: {list}.",),
        "polite": ("{window}, {count} {count:was} active: {list}.",),
        "brief": ("{count} active {window}: {list}.",),
        "casual": ("{count} {count:was} running {window}: {list}.",),
    },
    "active.none": {
        "plain": ("{count} are active right now.",),
        "polite": ("Right now {count} are active.",),
        "brief": ("{count} active right now.",),
        "casual": ("{count} are running at the moment.",),
    },
    "inventory": {
        "plain": ("I have readings of {count}: {list}.",),
        "polite": ("There {count:is} {count}: {list}.",),
        "brief": ("{count}: {list}.",),
        "casual": ("I know {count}: {list}.",),
    },
}

PHRASINGS |= RANKED | COMPARED

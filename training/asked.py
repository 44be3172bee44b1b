"""How people ask, for training: per type and cue, with alternatives in brackets; `held_out` lists are for scoring.

`{d}` is a device, `{a}` and `{b}` two of them, `{w}` the words for the window (empty where none is named), `{n}`
the number of devices wanted, `{q}` a quantity. Written apart from the phrasings of the benchmark.
"""

import random
import re

POLITE = (
    "please tell me {}", "could you tell me {}", "can you tell me {}, please", "{} please", "{}, please",
    "i would like to know {}", "would you mind telling me {}", "{} thank you", "{} thanks",
    "could you please say {}", "kindly tell me {}", "hello, {} please", "can you please check {}",
)  # fmt: skip

ASKED: dict[str, dict[str, tuple[str, ...]]] = {
    "power_now": {
        "plain": (
            "how much power is {d} [using|drawing|consuming] [right now|now|at the moment|currently|]",
            "what is the [current|present|] power of {d} [right now|now|]",
            "how many watts is {d} [using|drawing|on] [right now|now|]",
            "what's {d} [using|drawing|consuming] [right now|currently|at present]",
            "how much [energy|electricity] is {d} using [right now|at the moment]",
            "what does {d} draw [now|at this moment|]",
            "is {d} using [much|a lot of] power [right now|]",
            "how high is the power of {d} [now|right now|]",
        ),
        "brief": (
            "{d} power [now|]", "power {d}", "{d} watts [now|]", "current power {d}", "{d} [now|right now]", "{d}?",
            "and {d}?", "what about {d}", "show {d}", "[show|give] me {d} [power|now]", "{d} load", "watts of {d}",
        ),
        "casual": (
            "how much juice is {d} pulling [right now|]", "what's {d} pulling [now|at the moment|]",
            "how hard is {d} [running|working] [right now|]", "how much is {d} sucking [right now|]",
            "how hungry is {d} [right now|at the moment]", "is {d} pulling much",
            "what's {d} gobbling [up|] [now|]", "how much load does {d} pull",
        ),
    },
    "power_now.site": {
        "plain": (
            "how much power [are we|is the house|is the site|is everything] [using|drawing|consuming] [now|right now|]",
            "what is the total power [right now|now|at the moment|]", "how many watts are we using [right now|now|]",
            "what is our [current|] [consumption|load] [right now|]", "how high is the total [load|power] [now|]",
            "how much electricity is being used [right now|now]", "what does the whole [house|home|building] draw [now|]",
        ),
        "brief": (
            "total power [now|]", "power now", "current [load|consumption]", "total watts", "total load", "all devices now",
            "consumption now", "house power",
        ),
        "casual": (
            "how much juice are we pulling [right now|]", "how much are we burning [right now|]",
            "what's the house pulling", "what's everything pulling [at the moment|]", "how hungry is the house",
            "how much are we sucking from the grid",
        ),
    },
    "average": {
        "plain": (
            "what was the average power of {d} {w}", "how much power did {d} [use|draw|take] on average {w}",
            "what is the mean power of {d} {w}", "how many watts did {d} use on average {w}",
            "what did {d} draw on average {w}", "how high was the average [load|consumption|power] of {d} {w}",
            "on average how much [power|electricity] does {d} use {w}", "what's the average [consumption|draw] of {d} {w}",
        ),
        "brief": (
            "average power {d} {w}", "{d} average {w}", "avg {d} {w}", "mean power of {d} {w}", "{d} avg watts {w}",
            "average of {d} {w}", "{d} {w} average", "and {d} on average {w}",
        ),
        "casual": (
            "what does {d} [usually|typically|normally] pull {w}", "how much juice did {d} pull on average {w}",
            "what's {d} averaging {w}", "how hungry was {d} on average {w}", "what did {d} pull on average {w}",
            "how hard did {d} run on average {w}",
        ),
    },
    "average.site": {
        "plain": (
            "what was the average [power|load|consumption] {w}", "how much power did we use on average {w}",
            "what is our average power {w}", "how many watts did the [house|site|home] use on average {w}",
            "what was the mean power of [all devices|everything|the house] {w}",
            "how high was the average total power {w}", "how much did everything draw on average {w}",
        ),
        "brief": ("average power {w}", "avg power {w}", "average load {w}", "mean power {w}", "average total {w}",
                  "average consumption {w}"),
        "casual": ("what do we [usually|typically] pull {w}", "how much juice did we pull on average {w}",
                   "what are we averaging {w}", "how hungry was the house on average {w}",
                   "what did the place pull on average {w}"),
    },
    "mean": {
        "plain": (
            "what was the average {q} of {d} {w}", "how high was the {q} of {d} {w}", "what is the {q} of {d} {w}",
            "how much {q} does {d} have {w}", "what was the mean {q} of {d} {w}", "how bad is the {q} of {d} {w}",
            "what {q} did {d} have {w}", "how large was the {q} of {d} on average {w}",
        ),
        "brief": ("{q} {d} {w}", "{d} {q} {w}", "average {q} {d} {w}", "{q} of {d} {w}", "and the {q} of {d}",
                  "avg {q} {d} {w}", "show me the {q} of {d}", "{d} {w} {q}"),
        "casual": ("how dirty is the {q} of {d} {w}", "how is the {q} of {d} doing {w}", "what's up with the {q} of {d} {w}",
                   "how ugly was the {q} of {d} {w}", "what kind of {q} does {d} run at {w}",
                   "how awful is the {q} of {d} {w}"),
    },
    "now": {
        "plain": ("what is the {q} of {d} [right now|now|at the moment]", "how high is the {q} of {d} [right now|now]",
                  "what {q} does {d} have [now|right now]", "how bad is the {q} of {d} [now|at the moment]",
                  "how large is the {q} of {d} currently"),
        "brief": ("{q} {d} now", "{d} {q} [right now|now]", "current {q} of {d}", "and the {q} of {d} now", "{d} {q}"),
        "casual": ("how dirty is the {q} of {d} [now|right now]", "how is the {q} of {d} doing [now|at the moment]",
                   "what's up with the {q} of {d} now", "how ugly is the {q} of {d} right now"),
    },
    "power_factor": {
        "plain": (
            "what was the power factor of {d} {w}", "what is the power factor of {d} {w}", "how good is the power factor of {d} {w}",
            "which power factor did {d} have {w}", "how high was the power factor of {d} {w}", "what's the pf of {d} {w}",
            "does {d} have a good power factor {w}", "what cos phi does {d} have {w}",
        ),
        "brief": ("power factor {d} {w}", "{d} power factor {w}", "pf {d} {w}", "{d} pf", "cos phi {d}",
                  "and the power factor of {d}", "power factor of {d} {w}"),
        "casual": ("how is the power factor of {d} doing {w}", "what kind of power factor does {d} run at {w}",
                   "how lousy is the power factor of {d} {w}", "what's up with the pf of {d} {w}",
                   "is the power factor of {d} any good {w}"),
    },
    "power_factor.site": {
        "plain": ("what was the [overall|total|] power factor {w}", "what is our power factor {w}",
                  "how good was the power factor of [the house|the site|everything] {w}", "what's the total pf {w}",
                  "which power factor do we have {w}", "how high is the power factor of all devices {w}"),
        "brief": ("power factor {w}", "total pf {w}", "overall power factor {w}", "site power factor {w}", "pf {w}"),
        "casual": ("how is our power factor doing {w}", "what kind of power factor do we run at {w}",
                   "how lousy is our power factor {w}", "is our pf any good {w}"),
    },
    "peak": {
        "plain": (
            "when did {d} peak {w}", "what was the [peak|maximum|highest] {q} of {d} {w}", "how high did {d} go {w}",
            "what is the most [power|] {d} used {w}", "when did {d} use the most power {w}",
            "what was the highest reading of {d} {w}", "what is the maximum {q} of {d} {w}", "what was the peak of {d} {w} and when",
            "at what time was the {q} of {d} highest {w}",
        ),
        "brief": ("peak {d} {w}", "{d} peak {w}", "max {d} {w}", "{d} max {q} {w}", "highest {q} {d} {w}",
                  "maximum of {d} {w}", "{d} {w} peak", "peak of {d} and when"),
        "casual": ("how hard did {d} ever pull {w}", "when did {d} go crazy {w}", "what's the worst {d} hit {w}",
                   "when was {d} the hungriest {w}", "how crazy did {d} get {w}", "what did {d} top out at {w}"),
    },
    "peak.any": {
        "plain": ("when was the [peak|highest power|maximum] {w}", "what was the peak {q} {w}", "what was the highest {q} {w}",
                  "what is the maximum {q} {w}", "which device had the highest peak {w}", "when did we use the most power {w}",
                  "what was the highest reading {w}"),
        "brief": ("peak {w}", "max {q} {w}", "peak {q} {w}", "highest {q} {w}", "maximum {w}", "{q} peak {w}"),
        "casual": ("when did things go crazy {w}", "what's the worst spike {w}", "who spiked the hardest {w}",
                   "what did we top out at {w}", "which thing went crazy {w}"),
    },
    "minimum": {
        "plain": ("what was the [lowest|minimum] {q} of {d} {w}", "when was {d} at its lowest {w}", "how low did {d} go {w}",
                  "what is the least power {d} used {w}", "what was the smallest reading of {d} {w}",
                  "what is the base load of {d} {w}", "when did {d} use the least power {w}",
                  "at what time was the {q} of {d} lowest {w}"),
        "brief": ("minimum {d} {w}", "{d} min {w}", "lowest {q} {d} {w}", "min {q} {d} {w}", "base load {d} {w}",
                  "{d} {w} minimum", "minimum of {d} {w}"),
        "casual": ("how sleepy did {d} get {w}", "what did {d} go down to {w}", "how quiet was {d} {w}",
                   "what does {d} idle at {w}", "what's the floor of {d} {w}"),
    },
    "minimum.any": {
        "plain": ("what was the [lowest|minimum] {q} {w}", "when was the minimum {w}", "what is the base load {w}",
                  "which device had the lowest reading {w}", "what was the smallest reading {w}",
                  "when did we use the least power {w}"),
        "brief": ("minimum {w}", "min {q} {w}", "lowest {q} {w}", "base load {w}", "lowest reading {w}"),
        "casual": ("what did things go down to {w}", "how quiet did it get {w}", "what do we idle at {w}",
                   "what's our floor {w}"),
    },
    "energy": {
        "plain": (
            "how much energy did {d} [use|consume|need] {w}", "how many kwh did {d} use {w}", "what was the consumption of {d} {w}",
            "how much did {d} use {w}", "what did {d} [use|consume] {w}", "how much power did {d} use in total {w}",
            "what is the energy use of {d} {w}", "how many kilowatt hours did {d} need {w}",
            "what was the usage of {d} {w}",
        ),
        "brief": ("{d} energy {w}", "energy {d} {w}", "{d} kwh {w}", "{d} {w}", "consumption {d} {w}", "usage of {d} {w}",
                  "and {d}", "what about {d} {w}", "kwh {d} {w}", "show energy of {d} {w}", "and {w}"),
        "casual": (
            "how much electricity did {d} [use|eat|burn] {w}", "how much juice did {d} go through {w}", "what did {d} burn {w}",
            "how much did {d} guzzle {w}", "how many kwh did {d} eat {w}", "how much electricity went into {d} {w}",
            "what did {d} gobble up {w}",
        ),
    },
    "energy.site": {
        "plain": (
            "how much energy did we [use|consume] {w}", "how many kwh did we use {w}", "what was the total consumption {w}",
            "how much energy was used {w}", "what is our [total|] energy use {w}", "how much did everything use {w}",
            "how much energy did the [house|site|home|building] need {w}", "what was our usage {w}",
        ),
        "brief": ("total energy {w}", "energy {w}", "kwh {w}", "total kwh {w}", "consumption {w}", "usage {w}",
                  "and {w}", "what about {w}", "total {w}"),
        "casual": ("how much electricity did we [use|burn|eat] {w}", "how much juice did we go through {w}", "what did we burn {w}",
                   "how much did we guzzle {w}", "how much electricity went into the house {w}"),
    },
    "rank.energy": {
        "plain": ("[which|what] device used the MOST energy {w}", "which device used the MOST {w}", "what consumed the MOST [energy|] {w}",
                  "which [one|device] had the HIGHEST consumption {w}", "what uses the MOST power {w}",
                  "which appliance needed the MOST energy {w}", "where did the MOST energy go {w}"),
        "brief": ("MOST energy {w}", "HIGHEST consumption {w}", "BIGGEST consumer {w}", "MOST kwh {w}", "BIGGEST user {w}",
                  "device with the MOST energy {w}", "TOP consumer {w}", "TOP device {w}"),
        "casual": ("what is the BIGGEST energy hog {w}", "who ate the MOST electricity {w}", "what guzzled the MOST {w}",
                   "what's the BIGGEST power guzzler {w}", "what burned the MOST juice {w}", "which thing eats the MOST {w}"),
    },
    "rank.energy.many": {
        "plain": ("which {n} devices used the MOST energy {w}", "what are the {n} BIGGEST consumers {w}",
                  "what were the TOP {n} devices {w}", "which {n} used the MOST {w}", "which devices used the MOST energy {w}",
                  "rank the devices by energy {w}"),
        "brief": ("TOP {n} {w}", "TOP {n} consumers {w}", "{n} BIGGEST {w}", "energy ranking {w}", "TOP {n} devices {w}",
                  "{n} HIGHEST consumers {w}"),
        "casual": ("what are the {n} BIGGEST energy hogs {w}", "who are the {n} BIGGEST guzzlers {w}",
                   "which {n} things ate the MOST electricity {w}", "which {n} burned the MOST juice {w}"),
    },
    "rank.power_now": {
        "plain": ("[which|what] device is [using|drawing] the MOST power [right now|now|]", "what is using the MOST [power|electricity] [now|right now]",
                  "which device has the HIGHEST power [now|right now]", "what draws the MOST [right now|at the moment]",
                  "which appliance uses the MOST power at the moment", "what has the HIGHEST load [now|right now]"),
        "brief": ("MOST power now", "HIGHEST load now", "BIGGEST consumer [now|right now]", "TOP device now", "HIGHEST power right now",
                  "MOST watts"),
        "casual": ("what is the BIGGEST hog [right now|at the moment]", "what's pulling the MOST [right now|]",
                   "who is eating the MOST electricity [right now|now]", "which thing pulls the MOST juice now",
                   "what's guzzling the MOST [right now|now]"),
    },
    "rank.power_now.many": {
        "plain": ("which {n} devices are [using|drawing] the MOST power [now|right now]", "what are the TOP {n} devices [right now|now]",
                  "which {n} draw the MOST at the moment", "what are the {n} BIGGEST loads right now"),
        "brief": ("TOP {n} now", "TOP {n} devices right now", "{n} BIGGEST loads", "{n} HIGHEST power now"),
        "casual": ("what are the {n} BIGGEST hogs right now", "which {n} things pull the MOST [now|right now]",
                   "who are the {n} BIGGEST guzzlers now", "which {n} pull the MOST juice"),
    },
    "rank.level": {
        "plain": ("[which|what] device had the HIGHEST [average|] {q} {w}", "which device has the HIGHEST {q} {w}",
                  "what had the HIGHEST mean {q} {w}", "which appliance has the HIGHEST average {q} {w}",
                  "where was the {q} HIGHEST {w}", "which one has the HIGHEST {q} {w}"),
        "brief": ("HIGHEST {q} {w}", "HIGHEST average {q} {w}", "TOP {q} {w}", "device with HIGHEST {q} {w}", "MOST {q} {w}"),
        "casual": ("who is the BIGGEST {q} offender {w}", "what's got the HIGHEST {q} {w}", "which thing is HIGHEST on {q} {w}",
                   "what stinks for {q} {w}"),
    },
    "rank.level.many": {
        "plain": ("which {n} devices had the HIGHEST {q} {w}", "what are the {n} devices with the HIGHEST {q} {w}",
                  "which {n} have the HIGHEST average {q} {w}", "rank the devices by {q} {w}"),
        "brief": ("TOP {n} {q} {w}", "{n} HIGHEST {q} {w}", "{q} ranking {w}", "TOP {n} by {q} {w}"),
        "casual": ("who are the {n} BIGGEST {q} offenders {w}", "which {n} things are HIGHEST on {q} {w}",
                   "what's got the {n} HIGHEST {q} values {w}"),
    },
    "rank.now": {
        "plain": ("[which|what] device has the HIGHEST {q} [now|right now]", "what has the HIGHEST {q} at the moment",
                  "where is the {q} HIGHEST [now|right now]", "which appliance has the HIGHEST {q} right now"),
        "brief": ("HIGHEST {q} now", "TOP {q} right now", "device with HIGHEST {q} now", "MOST {q} now"),
        "casual": ("who is the BIGGEST {q} offender now", "what's got the HIGHEST {q} right now",
                   "which thing is HIGHEST on {q} now"),
    },
    "share": {
        "plain": (
            "what share of the [total|energy|total energy] did {d} use {w}", "how much of the total [energy|] did {d} use {w}",
            "what percentage of the energy went to {d} {w}", "what part of our energy does {d} use {w}",
            "how many percent of the total did {d} use {w}", "what fraction of the consumption is {d} {w}",
            "which share does {d} have {w}", "how big is the share of {d} {w}",
        ),
        "brief": ("share {d} {w}", "{d} share {w}", "{d} percent of total {w}", "percentage {d} {w}", "share of {d} {w}",
                  "{d} percentage {w}", "and the share of {d}"),
        "casual": ("how big a slice did {d} eat {w}", "how much of our electricity did {d} eat {w}",
                   "what slice of the electricity goes to {d} {w}", "how much of the juice went into {d} {w}",
                   "how big a chunk of the electricity is {d} {w}"),
    },
    "compare": {
        "plain": (
            "which [uses|used] more [energy|power|], {a} or {b} {w}", "did {a} use more than {b} {w}", "does {a} use more [power|] than {b} {w}",
            "how does {a} compare [to|with] {b} {w}", "compare {a} and {b} {w}", "what is the difference between {a} and {b} {w}",
            "how much more did {a} use than {b} {w}", "is {a} higher than {b} {w}", "which one is higher, {a} or {b} {w}",
        ),
        "brief": ("{a} vs {b} {w}", "{a} or {b} {w}", "{a} versus {b} {w}", "{a} against {b} {w}", "{a} compared to {b} {w}",
                  "{a} / {b} {w}", "{a} and {b} comparison {w}"),
        "casual": ("who is the bigger hog, {a} or {b} {w}", "which is the bigger guzzler, {a} or {b} {w}", "how many times worse is {a} than {b} {w}",
                   "who eats more, {a} or {b} {w}", "is {a} a bigger hog than {b} {w}", "does {a} pull more juice than {b} {w}"),
        "less": ("which [uses|used] less [energy|power|], {a} or {b} {w}", "did {a} use less than {b} {w}", "is {a} lower than {b} {w}",
                 "which one is lower, {a} or {b} {w}", "does {a} need less than {b} {w}", "which is more economical, {a} or {b} {w}",
                 "who uses less, {a} or {b} {w}"),
    },
    "state": {
        "plain": ("what is the state of {d} [right now|now|]", "is {d} [on|off|running] [right now|now|]", "what is {d} doing [right now|now|]",
                  "which state is {d} in [now|]", "in what state is {d}", "what is the status of {d} [now|]",
                  "is {d} switched [on|off]", "what state does {d} have"),
        "brief": ("{d} state", "state {d}", "{d} status", "status of {d}", "{d} on or off", "{d} on?", "and {d}", "state of {d} now"),
        "casual": ("what's {d} up to [right now|]", "is {d} still going", "is {d} chilling [right now|]", "is {d} busy [right now|now|]",
                   "did someone leave {d} on", "what's going on with {d}"),
    },
    "active": {
        "plain": ("which devices [are|were] [active|on|running] {w}", "what is [on|running|active] [right now|now|] {w}", "how many devices are [active|on] {w}",
                  "what devices are active {w}", "which appliances are [on|running] {w}", "which devices are using power {w}",
                  "are there any active devices {w}"),
        "brief": ("active devices {w}", "running devices {w}", "devices on {w}", "active {w}", "list active devices {w}",
                  "number of active devices {w}"),
        "casual": ("what's going [right now|at the moment|] {w}", "who is busy {w}", "what stuff is on {w}", "what's still going {w}",
                   "what things are alive {w}", "which gadgets are up {w}"),
    },
    "inventory": {
        "plain": ("which devices do you know", "what devices [are there|do we have]", "how many devices [are there|do i have|do you know]",
                  "what can you see", "which devices are recorded", "what is connected", "which appliances do we measure",
                  "do you know my devices"),
        "brief": ("devices", "list devices", "all devices", "device list", "list of all devices", "number of devices", "show devices",
                  "device names"),
        "casual": ("what stuff have you got", "what gadgets do you know", "what things do we have hooked up", "which gadgets are on your list",
                   "what gear is there"),
    },
}  # fmt: skip

# The two ends of a ranking, written in the templates in capitals.
ENDS = {
    "most": {"MOST": ("most",), "HIGHEST": ("highest", "largest", "worst"), "BIGGEST": ("biggest", "largest", "worst"), "TOP": ("top",)},
    "least": {"MOST": ("least",), "HIGHEST": ("lowest", "smallest", "best"), "BIGGEST": ("smallest",), "TOP": ("bottom", "last")},
}  # fmt: skip


def expand(template: str, rng: random.Random) -> str:
    """One reading of the alternatives in brackets."""
    while True:
        chosen = re.sub(r"\[([^\[\]]*)\]", lambda match: rng.choice(match[1].split("|")), template)
        if chosen == template:
            return " ".join(chosen.split())
        template = chosen


def at_end(template: str, order: str, rng: random.Random) -> str:
    """The template of a ranking with the words for its end."""
    for word, choices in ENDS[order].items():
        template = re.sub(rf"\b{word}\b", rng.choice(choices), template)
    return template

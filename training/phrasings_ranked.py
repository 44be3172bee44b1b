"""What the model learns to say of rankings and comparisons; see `training.phrasings` for the styles."""

Phrasings = dict[str, dict[str, tuple[str, ...]]]


def _ranking(measure: str, most: str, nouns: dict[str, str]) -> Phrasings:
    """The phrasings of a ranking; `most` is "most"/"highest", `nouns` the words around it."""
    found: Phrasings = {}
    for order, word in (("most", most), ("least", {"most": "least", "highest": "lowest"}[most])):
        said = {key: text.replace("MOST", word) for key, text in nouns.items()}
        tail = ", {share} of the total" if order == "most" and measure == "energy" else ""
        when, fronted = said["when"], said["fronted"]
        found[f"ranking.{measure}.one.{order}"] = {
            "plain": (f"{said['one']} {when}: {{value}}{tail}.", f"{said['one']} {when}: {{value}}."),
            "polite": (f"{fronted} {said['one']}: {{value}}.",),
            "brief": (f"{said['title']} {when}: {{device}} with {{value}}.",),
            "casual": (f"{said['casual']} {when} {said['be']} {{device}} with {{value}}.",),
        }
        found[f"ranking.{measure}.list.{order}"] = {
            "plain": (f"{said['many']} {when}: {{list}}.",),
            "polite": (f"{fronted} {said['many_verb']}: {{list}}.",),
            "brief": (f"{said['title']} {when}: {{list}}.",),
            "casual": (f"{said['ranked']} {when}: {{list}}.",),
        }
    return found


RANKED: Phrasings = _ranking(
    "energy",
    "most",
    {
        "one": "{device} used the MOST energy",
        "many": "The devices that used the MOST energy",
        "many_verb": "these devices used the MOST energy",
        "title": "MOST energy",
        "casual": "The device with the MOST electricity",
        "ranked": "The devices with the MOST electricity",
        "when": "{window}",
        "fronted": "{window},",
        "be": "was",
    },
)
RANKED |= _ranking(
    "power_now",
    "most",
    {
        "one": "{device} {device:is} drawing the MOST power",
        "many": "The devices that draw the MOST power",
        "many_verb": "these devices draw the MOST power",
        "title": "MOST power",
        "casual": "The device that pulls the MOST power",
        "ranked": "The devices that pull the MOST power",
        "when": "right now",
        "fronted": "Right now",
        "be": "is",
    },
)
RANKED |= _ranking(
    "now",
    "highest",
    {
        "one": "{device} {device:has} the MOST {noun}",
        "many": "The devices with the MOST {noun}",
        "many_verb": "these devices have the MOST {noun}",
        "title": "MOST {noun}",
        "casual": "The device at the MOST {noun}",
        "ranked": "The devices at the MOST {noun}",
        "when": "right now",
        "fronted": "Right now",
        "be": "is",
    },
)
RANKED |= _ranking(
    "level",
    "highest",
    {
        "one": "{device} had the MOST average {noun}",
        "many": "The devices with the MOST average {noun}",
        "many_verb": "these devices had the MOST average {noun}",
        "title": "MOST average {noun}",
        "casual": "The device with the MOST {noun} on average",
        "ranked": "The devices with the MOST {noun} on average",
        "when": "{window}",
        "fronted": "{window},",
        "be": "was",
    },
)


def _comparison(verb: str, more: tuple[str, str], when: str, same: str, title: str) -> Phrasings:
    """The phrasings of a comparison: `{X} <verb> <more> than {Y} <when>`."""
    fronted = "{window}," if when == "{window}" else "Right now"
    values = "{larger_value} against {smaller_value}"
    each = "{larger} {larger_value}, {smaller} {smaller_value}"
    ahead = f"{{larger}} {verb.replace('X', 'larger')} {more[0]} than {{smaller}}"
    behind = f"{{smaller}} {verb.replace('X', 'smaller')} {more[1]} than {{larger}}"
    return {
        "": {
            "plain": (f"{ahead} {when}: {values}, a difference of {{difference}}.",),
            "polite": (f"{fronted} {ahead}: {values}.",),
            "brief": (f"{title} {when}: {each}, a difference of {{difference}}.",),
            "casual": (f"{ahead} {when}, {values}: {{ratio}} as much.", f"{ahead} {when}: {values}."),
            "less": (f"{behind} {when}: {{smaller_value}} against {{larger_value}}.",),
        },
        ".equal": {
            "plain": (f"{{a}} and {{b}} {same} {when}: {{a_value}}.",),
            "polite": (f"{fronted} {{a}} and {{b}} {same}: {{a_value}}.",),
            "brief": (f"{{a}} and {{b}} {same} {when}: {{a_value}}.",),
            "casual": (f"{{a}} and {{b}} {same}, {{a_value}} {when}.",),
            "less": (f"{{a}} and {{b}} {same} {when}: {{a_value}}.",),
        },
    }


COMPARED: Phrasings = {}
for _measure, _variants in {
    "energy": _comparison(
        "used", ("more energy", "less energy"), "{window}", "used the same energy", "Energy"
    ),
    "power_now": _comparison(
        "{X:is} drawing", ("more power", "less power"), "right now", "are drawing the same power", "Power"
    ),
    "now": _comparison(
        "{X:has}", ("a higher {noun}", "a lower {noun}"), "right now", "have the same {noun}", "{noun}"
    ),
    "level": _comparison(
        "had",
        ("a higher average {noun}", "a lower average {noun}"),
        "{window}",
        "had the same average {noun}",
        "Average {noun}",
    ),
}.items():
    for _suffix, _by_style in _variants.items():
        COMPARED[f"compare.{_measure}{_suffix}"] = _by_style

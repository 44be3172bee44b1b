"""What the words of a question speak of: a pattern per concept, over a line with devices and times"
" masked."""

import re
from collections.abc import Mapping

from api_service.assistant.text.words import joined

_USE = joined(r"""
        us(?:e|es|ed|ing)|usage|consum(?:e|es|ed|ing|ption)|draw(?:s|n|ing)?|drew|pull(?:s|ed|ing)?
        |suck(?:s|ed|ing)?|hog(?:s|ged|ging)?|guzzl(?:e|es|ed|ing)|eat(?:s|en|ing)?|ate|burn(?:s|t|ed
        |ing)?|swallow(?:s|ed|ing)?|gobbl(?:e|es|ed|ing)|chew(?:s|ed|ing)?|(?<!i )(?<!we )need(?:s|ed
        |ing)?|requir(?:e|es|ed|ing)|tak(?:e|es|en|ing)|took|spen(?:d|ds|t|ding)|wast(?:e|es|ed|ing)
        |demand(?:s|ed|ing)|go(?:es|ing)? through|went through|intake|utili[sz](?:e|es|ed|ing|ation)
        |hungry|thirsty
    """)
_USING = joined(r"""
        using|consuming|drawing|pulling|sucking|hogging|guzzling|eating|burning|swallowing|gobbling
        |chewing|needing|requiring|taking|wasting|demanding|going through|running (?:at|on)|utili[sz]ing
    """)
_THING = joined(r"""
        devices?|appliances?|machines?|gadgets?|equipment|things?|ones?|items?|stuff|consumers?|loads?
        |users?|hogs?|guzzlers?|eaters?|clusters?|circuits?|meters?|channels?|sensors?|culprits?
        |offenders?|contributors?|wasters?
    """)
_ADJECTIVE_OF = joined(r"""
        (?:real |total |overall |electrical |electric |site |house |household |average |combined |net )*
        (?:power
        |usage|use|consumption|draw|load|demand|state|status|energy|total|readings?|electricity|watts?|kw
        |levels?|thd|pf|voltage|wattage|frequency|values?|activity|intake|harmonic|consumer|mode)
    """)
_SUM_WORDS = joined(r"""
        total|overall|altogether|whole|entire|everything|combined|together|in all|in sum
        |all (?:of )?(?:my |our |the )?(?:devices|appliances|things|machines|of it|of them)|house
        |household|home|site|building|place|flat|apartment|property|facility|we|our|us|i|grand total|mains
        |everyone|all devices|premises|grid
    """)

_PATTERNS: Mapping[str, str] = {
    "now": joined(rf"""
        <now>|current {_ADJECTIVE_OF}|(?:latest|last|most recent|newest) (?:readings?|power|values?
        |measurement)|actual power|current(?: \S+)? {_ADJECTIVE_OF}
    """),
    "present": rf"(?:is|are|am|be|being)\b.*\b(?:{_USING})|(?:{_USING})|how (?:hungry|thirsty) (?:is|are)",
    "past": joined(r"""
        was|were|did|had|used|drew|consumed|pulled|ate|burned|burnt|needed|took|guzzled|required|went
        |spent
    """),
    "use": _USE,
    "usage": joined(r"""
        us(?:e|es|ed|ing)|usage|consum(?:e|es|ed|ing|ption)|draw(?:s|n|ing)?|drew|pull(?:s|ed|ing)?
        |running at|utili[sz](?:e|es|ed|ing|ation)|guzzl(?:e|es|ed|ing)|burn(?:s|t|ed|ing)?|suck(?:s|ed
        |ing)?|hungry|thirsty
    """),
    "power": joined(r"""
        power|powers|watts?|wattage|kw|w|kilowatts?|draw(?:s|n|ing)?|drew|pull(?:s|ed|ing)?|load|demand
        |readings?(?= (?:of|from|for)(?!\S))|how hard(?! to)
    """),
    "watts": r"watts?|wattage|kw|w|kilowatts?",
    "energy": joined(r"""
        energy|kwh|wh|mwh|kilowatt ?hours?|kw h|watt ?hours?|electricity|juice|current consumption
        |consumption|usage|consum(?:e|es|ed)|electric
    """),
    "kwh": r"energy|kwh|wh|mwh|kilowatt ?hours?|kw h|watt ?hours?|electricity",
    "mean": r"average|averages|averaged|avg|(?<!you )(?<!i )mean|median|typical(?:ly)?|averaging",
    "max": joined(r"""
        peak|peaks|peaked|peaking|max|maximum|maximal|maxima|highest|spike|spikes|spiked|how high (?:did
        |has)|top(?:ped)? out|record|maxed|hit|largest (?:power|draw|load|reading)|most power
        |greatest (?:power|draw|load)|biggest (?:power )?(?:draw|reading|load)|strongest|upper
    """),
    "min": joined(r"""
        min|minimum|minimal|minima|lowest|how low (?:did|has)|least power|idles? at|floor|down to
        |smallest (?:power|draw|load|reading)
    """),
    "base": joined(r"""
        base ?load|base line|baseline|stand ?by (?:power|consumption|usage|load|draw|energy|use|losses)
        |phantom|vampire|always on (?:power|load|consumption)
    """),
    "when": joined(r"""
        when|what time|at what (?:time|moment|hour)|which (?:time|moment|hour)|the time of|what moment
    """),
    "share": joined(r"""
        share|shares|percent|percents|percentage|percentages|fraction|proportion|portion|slice|chunk|chunk
        |(?:what |which |how (?:big|large) a )?part of|how much of (?:the|our|my|all|that|this|it|total
        |everything|what)|contribut\w+|contribution|account(?:s|ed)? for|make up|makes up|made up
    """),
    "most": joined(r"""
        most|biggest|largest|highest|top|worst|greatest|hungriest|heaviest|greediest|thirstiest|hogs?
        |hogging|guzzlers?|number one|main|major|strongest|maximum|max|leading|leads|lead|winner|champion
        |culprits?|offenders?|the bulk|first place|poorest|dirtiest|peak|number 1
    """),
    "lots": joined(r"""
        all (?:of )?(?:my|our|the|this|that) (?:power|energy|electricity|juice|kwh|current)|so much
        |too much|that much|a lot|lots of|hungry|where (?:is|does|did|do|are|has) .*(?:going|go|gone|went)
    """),
    "least": joined(r"""
        least|smallest|lowest|fewest|tiniest|weakest|bottom|minimum|min|cleanest|most efficient
        |most economical|lightest|most frugal|last place
    """),
    "best": r"best|nicest",
    "worst": r"worst|poorest|dirtiest|bad|nastiest",
    "rank": joined(r"""
        rank|ranks|ranked|ranking|rankings|sort|sorted|leaderboard|order|ordered|breakdown|break down|top
        |in (?:descending|ascending) order|top list|by consumption
    """),
    "which": rf"which|who|whose|(?:what|which) (?:{_THING})",
    "doer": joined(rf"""
        (?:what|who|which(?: one| ones| of (?:them|these|those|my|our|the)(?: {_THING})?)?
        |which(?: \S+){{0,3}} (?:{_THING})|what(?: \S+){{0,2}} (?:{_THING})) (?:(?:is|are|was|were|has
        |have|had|has been|have been|does|do|it is that) )?
        (?:currently |really |actually |just |<now> |<when> |that )*(?:{_USE}
        |has|had|have|hit|reached)|where (?:is|does|did|do|are|has) .*(?:going|go|gone|went)
    """),
    "thing": _THING,
    "things": joined(r"""
        devices|appliances|machines|gadgets|things|items|consumers|users|hogs|guzzlers|eaters|ones
        |clusters|circuits|meters|channels|sensors|loads|culprits|offenders|contributors
    """),
    "thd": joined(r"""
        thd|thdi|thdu|thd i|thd u|harmonics?|harmonic distortions?|distortions?|distort(?:s|ed|ing)?
        |how (?:clean|dirty|pure)
        |dirtiest|dirty
    """),
    "power_factor": r"power factors?|pf|cos ?phi|cosine phi|cosphi|powerfactor",
    "reactive": r"reactive|var|vars|kvar",
    "apparent": r"apparent|va|kva",
    "voltage": r"voltages?|volts?|v",
    "current": joined(r"""
        amps?|amperes?|amperage|currents?(?= <| (?:of|in|through|is|was|does|did|flows?|flowing|at|for|on
        |and|drawn|used|to|by|the)(?!\S)|$)
    """),
    "frequency": r"frequency|hertz|hz|frequencies",
    "compare": joined(r"""
        vs|versus|compar\w+|difference|differ|differs|than|or|which(?: one)? (?:of|is|was|has|had)|more
        |less|higher|lower|bigger|smaller|larger|hungrier|against|between|heavier|thirstier|greedier|beat
        |beats
    """),
    "less": r"less|lower|smaller|fewer|least|lowest|smallest|lighter|more efficient|more economical",
    "site": _SUM_WORDS,
    "together": r"together|combined|in total|altogether|total|sum|both|in sum",
    "value": r"how much|how many|what|how high|how big|how large|how good|how bad|tell|show|give|level",
}
CONCEPTS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"(?<!\S)(?:{pattern})(?!\S)") for name, pattern in _PATTERNS.items()
}

STATE = re.compile(
    joined(r"""
        (?<!\S)(?:state|status|mode|condition|which(?: one)? (?:is|are) (?:on|off|running|active)|(?:is
        |are|was|were) (?:\S+ ){0,3}<dev>(?: (?:and|or) (?:the |my )?<dev>)* (?:(?:<now>|still|actually
        |really|already|turned|switched|powered|left|even|all|just|also|in|on|not|or
        |something) )*(?:on(?! average)|off|running(?! at)|idle|active|standby|stand by|working|operating
        |up|asleep|awake|charging|heating|cooling|washing|drying|playing|paused|lit|spinning|inactive
        |plugged in|use|busy|going|alive|online|offline|reporting|sleeping|operational|functioning|powered
        |shining|doing|live|stopped|dead|silent|activated|deactivated|engaged|resting|still|ready
        |cycling)(?: <now>| or (?:off|on|not|idle|what)| at all| still| today| right)*(?!\S)|(?:<dev>
        |it)(?: \S+)? doing|what (?:is|are) (?:\S+ )?<dev> (?:up to|at|doing)|(?:up|going on
        |happening) with (?:\S+ )?<dev>|(?:leave|left) (?:\S+ )?<dev> (?:on|running)
        |<dev> (?:still )?(?:on|off|running)(?: or \S+)?$|<dev> (?:is|are) (?:\S+ ){0,2}(?:on|off|running
        |working|active|idle|up|in use)
        |(?:has|have) (?:\S+ )?<dev> been (?:turned|switched|left) (?:on|off)
        |how is (?:the |my |our )?<dev>(?: doing)?$)(?!\S)
    """)
)
_ON = joined(r"""
        active|reported|on(?= <|$| at| in| or| anywhere)|running|reporting|working|online|in use|alive
        |sent (?:data|readings|something)
        |operating|operational|sending(?: data| readings)?|live|awake|powered|powered on|turned on
        |switched on|plugged in|in operation|consuming(?: power| energy| electricity)?|drawing(?: power
        | current)?|using (?:power|energy|electricity|juice)|up and running|going|busy|up(?=$| <)
    """)
ACTIVE = re.compile(
    joined(rf"""
        (?<!\S)(?:(?:which|what|how many|any|list|show|all|are|is|tell|give|number of|count|name|who
        |everything|anything|see|get|display)\b.*\b(?:{_ON})|(?:active|running|reporting|online|live
        |working) (?:{_THING})|(?:active|running|reporting)(?: <now>| <when>)?$)(?!\S)
    """)
)
ACTIVE_WORD = re.compile(r"(?<!\S)(?:active|reported|reporting|online|live|sending|sent|alive)(?!\S)")
ACTIVE_NOW = re.compile(
    joined(r"""
        (?<!\S)(?:on|running|in use|operating|in operation|turned on|switched on|powered on|powered
        |consuming.*|drawing.*|using .*|going|busy|awake|working|up and running)(?!\S)
    """)
)
INVENTORY = re.compile(
    joined(rf"""
        (?<!\S)(?:(?:which|what|how many|list|show|name|tell|give|all|enumerate|number of|count|names of
        |inventory)\b.*\b(?:{_THING})(?: \S+){{0,3}} (?:do (?:you|we|i) (?:\S+ )?(?:know|have|see|track
        |monitor|measure|watch|cover|record|support|list|own|meter|got)|are there|exist|known|available
        |in the (?:system|database|data|house|home|catalog|list)|have (?:we|you|i)(?: got)?|(?:have
        |has) (?:data|readings)|(?:is|are) (?:being )?(?:monitored|measured|metered|tracked|recorded|known
        |installed|registered|listed|available|covered|in the (?:system|data|database|house|list)
        |connected|included)|can (?:you|i) (?:\S+ )?(?:see|ask|tell|monitor)|total|in total|you know
        |(?:are|do) (?:you|we) (?:\S+ )?(?:tracking|monitoring|measuring|watching|recording|metering
        |aware of|following))|(?:list|show|name|display|enumerate|give|what are|tell|see|get
        |which are)(?: me| us| all| of| the| my| our| your| a| list| names| known| every| available| about
        | complete| full| please| i can see| single)* (?:{_THING})(?: please| by name| names| you (?:know
        |have|see|monitor|track)| we have| i have| there are| list| here)*$|(?:all|every|my|known
        |available|list of(?: all)?(?: the| my| our)?|device|inventory of) (?:{_THING}|list|names
        |inventory|overview)$|what (?:all )?(?:do|can) you (?:monitor|measure|track|know about|know|see|watch
        |record|cover|meter)|(?:what|who) (?:is|are) (?:being )?(?:monitored|measured|metered|tracked
        |hooked up|being tracked)|how many (?:{_THING})(?: in total| altogether| overall| total)?$
        |^(?:the |all |my |number of |the number of )*(?:devices|appliances)$|what is (?:connected|hooked up)
        |(?:on|in) (?:your|the|my) (?:list|inventory|catalog)|hooked up|what (?:{_THING}) is there
        |inventory|do you (?:have|know|monitor|track) (?:a |an |the |my |about )*<dev>
        |is there (?:a |an )<dev>
        |what (?:{_THING}) (?:are|have) .*(?:data|readings) (?:for|of|from|about))(?!\S)
    """)
)


def concepts_of(text: str) -> frozenset[str]:
    """The concepts that a masked line speaks of."""
    found = {name for name, pattern in CONCEPTS.items() if pattern.search(text)}
    if STATE.search(text):
        found.add("state")
    if ACTIVE.search(text):
        found.add("active")
    if INVENTORY.search(text):
        found.add("inventory")
    return frozenset(found)

"""What the words of a question speak of: a pattern per concept, over a line with devices and times"
" masked."""

import re
from collections.abc import Mapping

_USE = (
    r"us(?:e|es|ed|ing)|usage|consum(?:e|es|ed|ing|ption)|draw(?:s|n|ing)?|drew|pull(?:s|ed|ing)?|suck(?:s"
    r"|ed|ing)?"
    r"|hog(?:s|ged|ging)?|guzzl(?:e|es|ed|ing)|eat(?:s|en|ing)?|ate|burn(?:s|t|ed|ing)?|swallow(?:s|ed"
    r"|ing)?"
    r"|gobbl(?:e|es|ed|ing)|chew(?:s|ed|ing)?|(?<!i )(?<!we )need(?:s|ed|ing)?|requir(?:e|es|ed|ing)"
    r"|tak(?:e|es|en|ing)"
    r"|took"
    r"|spen(?:d|ds|t|ding)|wast(?:e|es|ed|ing)|demand(?:s|ed|ing)|go(?:es|ing)? through|went through|intake"
    r"|utili[sz](?:e|es|ed|ing|ation)|hungry|thirsty"
)
_USING = (
    r"using|consuming|drawing|pulling|sucking|hogging|guzzling|eating|burning|swallowing|gobbling|chewing"
    r"|needing"
    r"|requiring|taking|wasting|demanding|going through|running (?:at|on)|utili[sz]ing"
)
_THING = (
    r"devices?|appliances?|machines?|gadgets?|equipment|things?|ones?|items?|stuff|consumers?|loads?"
    r"|users?|hogs?"
    r"|guzzlers?|eaters?|clusters?|circuits?|meters?|channels?|sensors?|culprits?|offenders?|contributors?"
    r"|wasters?"
)
_ADJECTIVE_OF = (
    r"(?:real |total |overall |electrical |electric |site |house |household |average |combined |net )*"
    r"(?:power|usage|use|consumption|draw|load|demand|state|status|energy|total|readings?|electricity"
    r"|watts?|kw|levels?"
    r"|thd|pf|voltage|wattage|frequency|values?|activity|intake|harmonic|consumer|mode)"
)
_SUM_WORDS = (
    r"total|overall|altogether|whole|entire|everything|combined|together|in all|in sum|all (?:of )?(?:my "
    r"|our |the )?"
    r"(?:devices|appliances|things|machines|of it|of them)|house|household|home|site|building|place|flat"
    r"|apartment"
    r"|property|facility|we|our|us|i|grand total|mains|everyone|all devices|premises|grid"
)

_PATTERNS: Mapping[str, str] = {
    "now": rf"<now>|current {_ADJECTIVE_OF}|(?:latest|last|most recent|newest) (?:readings?|power|values?"
    "|measurement)"
    rf"|actual power|current(?: \S+)? {_ADJECTIVE_OF}",
    "present": rf"(?:is|are|am|be|being)\b.*\b(?:{_USING})|(?:{_USING})",
    "past": r"was|were|did|had|used|drew|consumed|pulled|ate|burned|burnt|needed|took|guzzled|required|went"
    "|spent",
    "use": _USE,
    "usage": r"us(?:e|es|ed|ing)|usage|consum(?:e|es|ed|ing|ption)|draw(?:s|n|ing)?|drew|pull(?:s|ed|ing)?"
    "|running at"
    r"|utili[sz](?:e|es|ed|ing|ation)|guzzl(?:e|es|ed|ing)|burn(?:s|t|ed|ing)?|suck(?:s|ed|ing)?",
    "power": r"power|powers|watts?|wattage|kw|w|kilowatts?|draw(?:s|n|ing)?|drew|pull(?:s|ed|ing)?|load"
    "|demand"
    r"|readings?(?= (?:of|from|for)(?!\S))",
    "watts": r"watts?|wattage|kw|w|kilowatts?",
    "energy": r"energy|kwh|wh|mwh|kilowatt ?hours?|kw h|watt ?hours?|electricity|juice|current consumption"
    "|consumption"
    r"|usage|consum(?:e|es|ed)|electric",
    "kwh": r"energy|kwh|wh|mwh|kilowatt ?hours?|kw h|watt ?hours?|electricity",
    "mean": r"average|averages|averaged|avg|(?<!you )(?<!i )mean|median|typical(?:ly)?|averaging",
    "max": r"peak|peaks|peaked|peaking|max|maximum|maximal|maxima|highest|spike|spikes|spiked|how high"
    " (?:did|has)"
    r"|top(?:ped)? out|record|maxed|hit|largest (?:power|draw|load|reading)|most power|greatest (?:power"
    r"|draw|load)"
    r"|biggest (?:power )?(?:draw|reading|load)|strongest|upper",
    "min": r"min|minimum|minimal|minima|lowest|how low (?:did|has)|least power|smallest (?:power|draw|load"
    "|reading)",
    "base": r"base ?load|base line|baseline|stand ?by (?:power|consumption|usage|load|draw|energy|use"
    "|losses)|phantom"
    r"|vampire|always on (?:power|load|consumption)",
    "when": r"when|what time|at what (?:time|moment|hour)|which (?:time|moment|hour)|the time of|what"
    " moment",
    "share": r"share|shares|percent|percents|percentage|percentages|fraction|proportion|portion|slice"
    r"|(?:what |which |how (?:big|large) a )?part of|how much of (?:the|our|my|all|that|this|it|total"
    r"|everything|what)"
    r"|contribut\w+|contribution|account(?:s|ed)? for|make up|makes up|made up",
    "most": r"most|biggest|largest|highest|top|worst|greatest|hungriest|heaviest|greediest|thirstiest|hogs?"
    r"|hogging|guzzlers?|number one|main|major|strongest|maximum|max|leading|leads|lead|winner|champion"
    r"|culprits?"
    r"|offenders?|the bulk|first place|poorest|dirtiest|peak|number 1",
    "lots": r"all (?:of )?(?:my|our|the|this|that) (?:power|energy|electricity|juice|kwh|current)|so much"
    "|too much"
    r"|that much|a lot|lots of|hungry|where (?:is|does|did|do|are|has) .*(?:going|go|gone|went)",
    "least": r"least|smallest|lowest|fewest|tiniest|weakest|bottom|minimum|min|cleanest|most efficient"
    r"|most economical|lightest|most frugal|last place",
    "best": r"best|nicest",
    "worst": r"worst|poorest|dirtiest|bad|nastiest",
    "rank": r"rank|ranks|ranked|ranking|rankings|sort|sorted|leaderboard|order|ordered|breakdown|break down"
    "|top"
    r"|in (?:descending|ascending) order|top list|by consumption",
    "which": rf"which|who|whose|(?:what|which) (?:{_THING})",
    "doer": rf"(?:what|who|which(?: one| ones| of (?:them|these|those|my|our|the)(?: {_THING})?)?|which(?:"
    r" \S+){{0,3}} "
    rf"(?:{_THING})|what(?: \S+){{0,2}} (?:{_THING})) (?:(?:is|are|was|were|has|have|had|has been"
    rf"|have been|does|do|it is"
    rf" that) )?(?:currently |really |actually |just |<now> |<when> |that )*(?:{_USE}|has|had|have|hit"
    rf"|reached)"
    r"|where (?:is|does|did|do|are|has) .*(?:going|go|gone|went)",
    "thing": _THING,
    "things": r"devices|appliances|machines|gadgets|things|items|consumers|users|hogs|guzzlers|eaters|ones"
    "|clusters"
    r"|circuits|meters|channels|sensors|loads|culprits|offenders|contributors",
    "thd": r"thd|thdi|thdu|thd i|thd u|harmonics?|harmonic distortions?|distortions?|distort(?:s|ed|ing)?"
    "|dirtiest|dirty",
    "power_factor": r"power factors?|pf|cos ?phi|cosine phi|cosphi|powerfactor",
    "reactive": r"reactive|var|vars|kvar",
    "apparent": r"apparent|va|kva",
    "voltage": r"voltages?|volts?|v",
    "current": r"amps?|amperes?|amperage|currents?(?= <| (?:of|in|through|is|was|does|did|flows?|flowing|at"
    "|for|on|and"
    r"|drawn|used|to|by|the)(?!\S)|$)",
    "frequency": r"frequency|hertz|hz|frequencies",
    "compare": r"vs|versus|compar\w+|difference|differ|differs|than|or|which(?: one)? (?:of|is|was|has|had)"
    "|more|less"
    r"|higher|lower|bigger|smaller|larger|hungrier|against|between|heavier|thirstier|greedier|beat|beats",
    "less": r"less|lower|smaller|fewer|least|lowest|smallest|lighter|more efficient|more economical",
    "site": _SUM_WORDS,
    "together": r"together|combined|in total|altogether|total|sum|both|in sum",
    "value": r"how much|how many|what|how high|how big|how large|how good|how bad|tell|show|give|level",
}
CONCEPTS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"(?<!\S)(?:{pattern})(?!\S)") for name, pattern in _PATTERNS.items()
}

STATE = re.compile(
    r"(?<!\S)(?:state|status|mode|condition|which(?: one)? (?:is|are) (?:on|off|running|active)|"
    r"(?:is|are|was|were) (?:\S+ ){0,3}<dev>(?: (?:and|or) (?:the |my )?<dev>)* (?:(?:<now>|still|actually"
    r"|really|already"
    r"|turned|switched|powered|left|even|all|just|also|in|on|not|or|something) )*"
    r"(?:on(?! average)|off|running(?! at)|idle|active|standby|stand by|working|operating|up|asleep|awake"
    r"|charging|heating|cooling|washing"
    r"|drying|playing|paused|lit|spinning|inactive|plugged in|use|busy|going|alive|online|offline"
    r"|reporting|sleeping"
    r"|operational|functioning|powered|shining|doing|live|stopped|dead|silent|activated|deactivated"
    r"|engaged|resting"
    r"|still|ready|cycling)(?: <now>| or (?:off|on|not|idle|what)| at all| still| today| right)*(?!\S)"
    r"|(?:<dev>|it)(?: \S+)? doing|what (?:is|are) (?:\S+ )?<dev> (?:up to|at|doing)|(?:up|going on"
    r"|happening) with"
    r" (?:\S+ )?<dev>|(?:leave|left) (?:\S+ )?<dev> (?:on|running)|<dev> (?:still )?(?:on|off"
    r"|running)(?: or \S+)?$"
    r"|<dev> (?:is|are) (?:\S+ ){0,2}(?:on|off|running|working|active|idle|up"
    r"|in use)"
    r"|how is (?:the |my |our )?<dev>(?: doing)?$)(?!\S)"
)
_ON = (
    r"active|reported|on(?= <now>|$| at| in| or| anywhere)|running|reporting|working|online|in use|alive"
    r"|operating|operational|sending(?: data| readings)?"
    r"|live|awake|powered|powered on|turned on|switched on|plugged in|in operation|consuming(?: power"
    r"| energy| electricity)?"
    r"|drawing(?: power| current)?|using (?:power|energy|electricity|juice)|up and running|going|busy"
)
ACTIVE = re.compile(
    rf"(?<!\S)(?:(?:which|what|how many|any|list|show|all|are|is|tell|give|number of|count|name|who"
    rf"|everything|anything"
    rf"|see|get|display)\b.*\b(?:{_ON})|(?:active|running|reporting|online|live|working) (?:{_THING})"
    r"|(?:active|running|reporting)(?: <now>)?$)(?!\S)"
)
ACTIVE_NOW = re.compile(
    r"(?<!\S)(?:on|running|in use|operating|in operation|turned on|switched on|powered on|powered"
    r"|consuming.*"
    r"|drawing.*|using .*|going|busy|awake|working|up and running)(?!\S)"
)
INVENTORY = re.compile(
    rf"(?<!\S)(?:(?:which|what|how many|list|show|name|tell|give|all|enumerate|number of|count|names of"
    rf"|inventory)\b.*"
    rf"\b(?:{_THING})(?: \S+){{0,3}} (?:do (?:you|we|i) (?:\S+ )?(?:know|have|see|track|monitor|measure"
    rf"|watch|cover|record"
    r"|support|list|own|meter|got)|are there|exist|known|available|in the (?:system|database|data|house"
    r"|home|catalog"
    r"|list)|have (?:we|you|i)(?: got)?|(?:have|has) (?:data|readings)|(?:is|are) (?:being )?(?:monitored"
    r"|measured|metered"
    r"|tracked|recorded|known|installed|registered|listed|available|covered|in the (?:system|data|database"
    r"|house|list)"
    r"|connected|included)|can (?:you|i) (?:\S+ )?(?:see|ask|tell|monitor)|total|in total|you know"
    r"|(?:are|do) (?:you|we) (?:\S+ )?(?:tracking|monitoring|measuring|watching|recording|metering"
    r"|aware of|following))"
    rf"|(?:list|show|name|display|enumerate|give|what are|tell|see|get|which are)(?: me| us| all| of| the"
    rf"| my| our| your|"
    rf" a| list| names| known| every| available| about| complete| full| please| i can see"
    rf"| single)* (?:{_THING})"
    r"(?: please| by name| names| you (?:know|have|see|monitor|track)| we have| i have| there are| list"
    r"| here)*$"
    rf"|(?:all|every|my|known|available|list of(?: all)?(?: the| my| our)?|device"
    rf"|inventory of) (?:{_THING}|list|names|"
    r"inventory|overview)$|what (?:do|can) you (?:monitor|measure|track|know about|know|see|watch|record"
    r"|cover|meter)"
    r"|(?:what|who) (?:is|are) (?:being )?(?:monitored|measured|metered|tracked|hooked up|being tracked)"
    rf"|how many (?:{_THING})(?: in total| altogether| overall| total)?$|inventory"
    rf"|do you (?:have|know|monitor|track) (?:a |an |the |my |about )*<dev>|is there (?:a |an )<dev>"
    rf"|what (?:{_THING}) (?:are|have) .*(?:data|readings) (?:for|of|from|about))(?!\S)"
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

"""Questions that get no number whatever the data say: wishes, other subjects, and types still to come."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api_service.assistant.text.words import joined
from api_service.assistant.types import Refusal


@dataclass(frozen=True)
class DeclineReason:
    """Why a question is declined, and its subject."""

    refusal: Refusal
    detail: tuple[str, ...] = ()
    words: str = ""


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{pattern})(?!\S)")


_POLITE = joined(r"""
        (?:(?:please|hey|hi|hello|ok|okay|just|now|so|and|then|also|go ahead and|kindly|can you|could you
        |would you|will you|can we|you should|you must|i want you to|i would like you to|i need you to
        |i want to|let us|could you please|assistant|would you mind|be so kind and|make sure to
        |remember to|immediately|quickly|do) )*
    """)
_COMMANDS = joined(r"""
        (?:turn|switch|shut|power|put) (?:\S+ ){0,4}?(?:on|off|down|up)|(?:turn|switch
        |shut) (?:the |my |our |<dev>
        |everything|all|it|them|that).*|(?:start|stop|set|dim|unlock|lock|reset|reboot|restart|enable
        |disable|activate|deactivate|schedule|pause|resume|open|close|unplug|disconnect|plug in|rename
        |delete|remove|erase|kill|cut|charge|run|cool|heat|boost|mute|adjust|program|launch|begin|halt
        |change|toggle|increase|decrease|raise|lower|limit|throttle|wake|preheat|cancel|brew|cook|wash
        |clean|add|create|install|turning|switching) (?!(?:of|in|from|to)\b).*
    """)
CONTROL = re.compile(rf"^{_POLITE}(?:{_COMMANDS})")
_CONTROL_WISH = _compile(
    joined(r"""
        i (?:want|need|would like) (?:\S+ )?(?:<dev>|it|them|everything) (?:to be )?(?:on|off|turned on
        |turned off|to start|to stop|switched on|switched off)|make (?:\S+ )?(?:<dev>
        |it) (?:\S+ ){0,2}(?:warmer|hotter|colder|cooler|brighter|faster|start|stop|run)|(?:can|could|will
        |would) you (?:please )?(?:turn|switch|shut) .*
    """)
)

# Quantities that no reading holds, with the noun for the answer.
_NOT_RECORDED: Mapping[str, str] = {
    "temperature": joined(r"""
        temperatures?|temp|how (?:hot|warm|cold|cool)|degrees?|celsius|fahrenheit|hot|warm|thermostat
    """),
    "humidity": r"humidity|humid|moisture",
    "water": joined(r"""
        (?:how much|litres? of|liters? of|gallons? of|amount of|the) water|water (?:use|usage|consumption
        |level|flow|pressure|meter)|litres?|liters?|gallons?
    """),
    "gas": r"(?:how much|natural|the) gas|gas (?:use|usage|consumption|meter)|m3|cubic met(?:er|re)s?",
    "CO2": r"co ?2|co|carbon|emissions?|greenhouse|footprint",
    "generation": joined(r"""
        generat(?:e|es|ed|ing|ion)|solar (?:production|yield|output|power)|produc(?:e|es|ed|ing|tion)
        |export(?:ed|s)?|feed ?in|fed (?:in|back)
    """),
    "pressure": r"pressure",
    "weight": r"weigh(?:s|t)?|how heavy",
    "speed": r"how fast|speed|rpm|revolutions",
    "noise": r"how loud|noise|decibels?|loudness",
    "brightness": r"how bright|brightness|lumens?|lux",
    "battery level": r"battery (?:level|charge|percent\w*|status)|state of charge|soc|how full",
    "signal strength": r"signal(?: strength)?|rssi|wifi (?:signal|strength)",
    "age": r"how old (?:is|are)|age of|warranty|year of manufacture",
    "model": joined(r"""
        (?:which|what) (?:brand|make|manufacturer|model)|brand of|manufacturer of|serial number|firmware
    """),
    "door or lock state": joined(r"""
        (?:is|are) (?:the |my )?<dev> (?:\S+ ){0,2}(?:open|opened|closed|shut|locked|unlocked|opening
        |closing|locking|unlocking|jammed|secure|secured|unsecured|sealed|unsealed|bolted|ajar|raised
        |lowered|pulled up|pulled down)
    """),
    "air quality": r"air quality|pm ?\d+|ozone",
    "occupancy": r"(?:is|was) (?:anyone|anybody|someone|somebody) (?:home|there|in)|motion|presence",
}

_UNIT = r"(?:w|kw|watts?|kilowatts?|kwh|wh|v|volts?|percent|hz|hertz|a|amps?|amperes?|va|kva|var|kvar)"
_NUMBER = r"(?:a |the )?\d+(?:[.,]\d+)?"
_SPAN = r"(?:day|hour|week|month|night|minute|year|weekday|weekend|morning|evening|afternoon)"

# Types of question to come; each with what it is called. The order decides where several fit.
_NOT_YET: tuple[tuple[str, str], ...] = (
    ("costs", joined(r"""
        costs?|costing|costly|price|prices|priced|expensive|cheap|cheaper|cheapest|bills?|tariff|tariffs
        |money|euros?|dollars?|cents?|pennies|pay|paying|paid|(?:we|i|you) (?:spend|spent)|pounds?|bucks
    """)),
    ("savings and advice", joined(r"""
        (?:how|what) (?:can|could|do|should|might|to) (?:i |we |you )?.*(?:save|reduce|cut|improve|lower
        |do about)|should (?:i|we)|advice|tips?|recommend\w*|worth it|suggest\w*|ways to|optimi[sz]e
    """)),
    ("reasons", r"why|how come|what (?:caused|causes|made|makes) .*|reason|explain why|because of what"),
    ("terms", joined(r"""
        (?:does|do) .* (?:mean|stand for)|(?:what|how) (?:is|are) (?:.* )?(?:meant by|defined|calculated
        |computed|measured)|meaning of|defin(?:e|ition)\b.*|explain.*|what (?:is|are) (?:a |an )?(?:thd
        |thdi|total harmonic distortion|harmonics?|harmonic distortion|power factor|pf|kwh|kw
        |kilowatt ?hours?|kilowatts?|watts?|volts?|amperes?|reactive power|apparent power|real power
        |active power|energy|power|voltage|frequency|base ?load|coverage)$|(?:is|are
        |would) (?:a |an |the )?(?:thd
        |power factor|pf|voltage|frequency|distortion)?(?: of | at )?\d+\S*(?: percent| v| hz)?(?: thd
        | distortion| power factor)? (?:\S+ )?(?:bad|good|ok|okay|normal|high|low|acceptable|fine|a lot
        |much|too high|dangerous)|difference between (?:power and energy|kw and kwh|watts? and|real and
        |energy and power|active and|volts? and).*|^(?!.*<dev>)(?:.* )?(?:good|bad|normal|acceptable) (?:thd
        |power factor|pf|value)(?: \S+)*
    """)),
    ("limits", joined(rf"""
        (?:above|over|below|under|exceed\w*|more than|less than|at least|at most|greater than|higher than
        |lower than|beyond|reach\w*|within|between) {_NUMBER} ?{_UNIT}|thresholds?|limits?|exceed\w*
        |crossed|too (?:high|low)|out of (?:range|spec)|between {_NUMBER} and {_NUMBER} ?{_UNIT}
    """)),
    ("voltage events", joined(r"""
        sags?|swells?|dips?|brown ?outs?|surges?|outages?|black ?outs?|flicker\w*|power (?:cuts?
        |failures?)|voltage (?:drops?|events?)|undervoltage|overvoltage|interruptions?
    """)),
    ("run times", joined(r"""
        how long|run ?times?|running times?|(?:how many|for how many) (?:hours|minutes|days|seconds)
        |durations?|percent(?:age)? of (?:the )?(?:time|day|hours)|since when|hours of operation
        |operating hours|time spent.*|how much time|how much of the (?:time|day|night)
        |share of (?:the )?time|for what part of
    """)),
    ("numbers of cycles", joined(r"""
        how many times(?! (?:more|as|worse|higher|bigger|larger|better))|how often|how frequently
        |(?:number of|how many) (?:the )?(?:<dev> )?(?:cycles|runs|starts|times|loads|rounds|switch\w*
        |charges)|times (?:did|has|was)|cycles|cycled
    """)),
    ("last use", joined(r"""
        when (?:\S+ ){0,6}(?:last|latest|most recently)|last (?:used|use|time|run|ran|on|off|switched
        |turned|seen|active|cycle|started|heard)|most recently|when (?:did|was|were|has|have|does|is
        |will) (?:\S+ ){0,3}(?:turn|turned|switch|switched|start|started|starting|stop|stopped|finish
        |finished|come|came|go|went|begin|end|kick|run|ran|running|on|off|used|active|idle|heating
        |charging|washing|done|done with)(?: \S+)*
    """)),
    ("earlier states", joined(r"""
        ^(?:was|were) (?:the |my |our )?<dev> <when>$|(?:was|were) (?:\S+ ){0,2}<dev> (?:\S+ )?(?:on|off
        |running|active|idle|working|in use|charging|heating|used|in standby|standby|cooling|operating
        |left on)(?! average)(?: .*)?
        |(?:did|has|have|had) (?:\S+ ){0,2}<dev> (?!been (?:turned|switched|left) o(?:n|ff)$)(?:\S+ )?(?:run
        |ran|running
        |been (?:on|off|running|used|active|idle|in use)|start|started|work|worked|turn|turned|switch
        |operate|stop|stopped|shut).*|(?:did|has|had) (?:anyone|someone|somebody|anybody) (?:use|used
        |turn\w*|run)(?: \S+)*|did (?:i|we) (?:use|run) (?:the |my |our )?<dev>
    """)),
    ("devices that stopped reporting", joined(r"""
        (?:stopped|stop|quit) (?:reporting|sending|working|responding)|not (?:been )?(?:reporting|sending
        |working|responding|active|running|on)|(?:went|gone|going|go|is|are|been) (?:silent|dead|offline
        |missing|quiet|dark|stale|lost)|lost|disconnected|inactive|unavailable|unreachable|offline|silent
        |missing devices?|which (?:\S+ )*(?:are|is) (?:turned |switched )?off|(?:what|anything
        |everything) (?:is )?(?:turned |switched )?off|(?:devices|appliances|things
        |machines) (?:are |that are )?(?:turned |switched )?(?:off
        |idle)|idle (?:devices|appliances)|are all (?:\S+ )*(?:on|off|running|reporting|working)
        |is everything (?:\S+ )?(?:on|off|ok|okay|fine|running|working|reporting)|no longer
    """)),
    ("comparisons of periods", joined(r"""
        (?:than|compared (?:to|with)|versus|vs|against|relative to|differ\w* from|as much as
        |same as) (?:the |in |on |over |it (?:was|did) |during |for |at |what )*(?:<when>|usual|usually
        |normal|normally|average|before|other (?:days|weeks)|(?:the )?(?:day|week|month|hour
        |weekend) before|(?:the )?(?:previous|prior) \S+|most days|then|ever)|same time|(?:difference
        |compare|comparison|change) (?:\S+ ){0,8}<when> (?:and|to|with|vs|versus|or) (?:the )?<when>
        |<when> (?:vs|versus|or|compared (?:to|with)) (?:the )?<when>|between <when> and <when>
        |from <when> to <when>|week (?:on|over) week|day (?:on|over) day|more or less than (?:usual|normal
        |<when>)
    """)),
    ("before and after", joined(r"""
        (?:before|after) (?!all)(?:the |my |our |i |we |<when>|<dev>|it ).*|until <when>|up to <when>
    """)),
    ("trends", joined(r"""
        trends?|trending|increas(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|rising|falling|rose|fell
        |going (?:up|down)|gone (?:up|down)|go (?:up|down)(?! to)|went (?:up|down)(?! to)|grow(?:s|n|ing
        |th)?|grew|dropp(?:ed|ing)|over time|chang(?:e|es|ed|ing)|develop\w*|evol\w+|improv\w+
        |getting (?:better|worse|higher|lower|more|less)|climb\w*|declin\w+
    """)),
    ("patterns of days and hours", joined(rf"""
        per {_SPAN}|a (?:day|night|week|month|year)(?! ago)|an hour|each {_SPAN}|every {_SPAN}
        |every (?:\S+ )?(?:day|days)|hourly|daily|weekly|monthly|nightly|yearly|annual(?:ly)?|(?:which
        |what) (?:hours?|days?|dates?|weekdays?|weeks?|months?|nights?|mornings?|part of the day
        |time of (?:the )?(?:day|night|week|year))|busiest|weekdays?|weekends|at night|at nights|nights
        |mornings|evenings|by (?:hour|day|weekday|week|month)|(?:mon|tues|wednes|thurs|fri|satur|sun)days
        |patterns?|profiles?|time of (?:the )?day|schedule|habits?|routine|(?:when|what time) do(?:es)? .*
        |usual(?:ly)?|hour by hour|day by day|on a (?:typical|normal|usual|average) day|most days
        |days (?:with|when|did|were)|distribution|histogram|heat ?map|(?:plot|chart|graph|draw me
        |diagram).*
    """)),
    ("anomalies", joined(r"""
        anomal\w+|unusual(?:ly)?|abnormal(?:ly)?|strange(?:ly)?|weird(?:ly)?|odd(?:ly)?|suspicious\w*
        |outliers?|wrong|problems?|faulty|faults?|broken|defect\w*|leak\w*|alerts?|issues?|unexpected\w*
        |out of the ordinary|healthy|malfunction\w*|normal(?:ly)?|irregular\w*|errors?|warnings?
        |(?:working|behaving|running|performing) (?:fine|ok|okay|properly|correctly|well|normally)|notable
        |noteworthy|anything (?:new|special|interesting)|news
    """)),
    ("data quality", joined(r"""
        gaps?|coverage|completeness|incomplete|missing (?:data|readings?|values?|samples?)|data quality
        |how (?:good|reliable|fresh|old|accurate|complete|recent|precise) (?:is|are) (?:the|my|our|this
        |your|these) (?:data|readings?|measurements?|numbers|values)|sampling|how many (?:readings?
        |samples?|measurements?|data ?points?|rows|records|values)|how much data|data ?points?|(?:first
        |oldest) (?:reading|sample|measurement|record)(?: \S+)*|since which date|how far back
        |when does the data|data (?:start|begin|end)\w*
    """)),
    ("totals without some devices", joined(r"""
        except(?: for)?|excluding|exclude|besides|apart from|aside from|other than
        |without (?:the |my )?<dev>
        |not counting|minus (?:the )?<dev>|everything but|all but|leaving out|ignoring
    """)),
    ("groups such as rooms or phases", joined(r"""
        (?:which|what|by|per|each) (?:rooms?|floors?|phases?|categor(?:y|ies)|groups?|types?|brands?
        |persons?|people|family members?|areas?|zones?)|(?:first|ground|second|third|top|\d+) floor|floors
        |upstairs|downstairs|phase (?:a|b|c|l?\d)|l1|l2|l3|imbalance|unbalanced
    """)),
    ("values while on or off", joined(r"""
        (?:when|while|whenever) (?:it is|they are|it was|(?:the |my )?<dev> (?:is|was)|it|turned|switched
        |being|not) (?:\S+ )?(?:on|off|running|idle|active|used|use|standby|in use)|while (?:on|off
        |running|idle|active|in use)|per (?:cycle|run|use|load|charge|wash)|in (?:its )?(?:on|off|standby
        |idle) state|during (?:a|one|each|its) (?:cycle|run|wash|charge)
    """)),
    ("efficiency", r"efficien\w+|how economical|economic(?:al)?ly"),
    ("sums of some devices", joined(r"""
        <dev> (?:and|plus|with) (?:the |my |our )?<dev> (?:\S+ ){0,4}(?:together|combined|in total
        |altogether|in sum)|(?:total|sum|combined|together).* <dev> (?:and|plus
        |with) (?:the |my |our )?<dev>
        |(?:all|both) (?:the |my )?<dev>s? (?:together|combined)
    """)),
    ("the state of charge or progress", joined(r"""
        (?:is|are) (?:the |my )?<dev> (?:done|finished|ready|full|empty|complete)|time (?:left|remaining)
        |remaining
    """)),
    ("events", r"what happened.*|any events?|event log|alarms?"),
)  # fmt: skip

_RECORDED = tuple((noun, _compile(pattern)) for noun, pattern in _NOT_RECORDED.items())
_TO_COME = tuple((name, _compile(pattern)) for name, pattern in _NOT_YET)
_WILL = _compile(
    joined(r"""
        (?<!who )will|going to|shall|forecast\w*|predict\w*|expect(?:ed)?|projected|estimate for
        |would .* next
    """)
)
_ASKS = _compile(
    joined(r"""
        (?:will|would|can|could) you (?:please |kindly )?(?:tell|show|give|say|explain|list|compare|check
        |help|let|find)
    """)
)
_HOT_FILLERS = _compile(r"hot (?:water|tub)")


def control(text: str) -> DeclineReason | None:
    """A wish to switch or change something; `text` is the masked line."""
    found = CONTROL.search(text) or _CONTROL_WISH.search(text)
    return None if found is None else DeclineReason(Refusal.CONTROL, (), found.group())


def not_recorded(text: str, subject: str) -> DeclineReason | None:
    """A quantity that no reading holds; detail: its noun, the device's name."""
    plain = _HOT_FILLERS.sub(" ", text)
    for noun, pattern in _RECORDED:
        if found := pattern.search(plain):
            return DeclineReason(Refusal.NOT_RECORDED, (noun, subject), found.group())
    return None


def future(text: str) -> DeclineReason | None:
    """What will be; requests ("will you tell me") are none."""
    found = _WILL.search(_ASKS.sub(" ", text))
    return None if found is None else DeclineReason(Refusal.FUTURE, (), found.group())


def to_come(text: str) -> DeclineReason | None:
    """A type of question that cannot be answered yet; detail: what it is called."""
    for name, pattern in _TO_COME:
        if found := pattern.search(text):
            return not_yet(name, found.group())
    return None


def not_yet(name: str, words: str = "") -> DeclineReason:
    """The refusal of a type of question by its name."""
    return DeclineReason(Refusal.NOT_YET, (name,), words)

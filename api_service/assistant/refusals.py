"""Questions that get no number whatever the data say: wishes, other subjects, and types still to come."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api_service.assistant.types import Refusal


@dataclass(frozen=True)
class Declined:
    """Why a question is declined, and its subject."""

    refusal: Refusal
    detail: tuple[str, ...] = ()
    words: str = ""


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{pattern})(?!\S)")


_POLITE = (
    r"(?:(?:please|hey|hi|hello|ok|okay|just|now|so|and|then|also|go ahead and|kindly|can you|could you"
    r"|would you|will you"
    r"|can we|you should|you must|i want you to|i would like you to|i need you to|i want to|let us"
    r"|could you please|assistant"
    r"|would you mind|be so kind and|make sure to|remember to|immediately|quickly|do) )*"
)
_COMMANDS = (
    r"(?:turn|switch|shut|power|put) (?:\S+ ){0,4}?(?:on|off|down|up)|(?:turn|switch|shut) (?:the |my "
    r"|our |<dev>|everything"
    r"|all|it|them|that).*|(?:start|stop|set|dim|unlock|lock|reset|reboot|restart|enable|disable|activate"
    r"|deactivate|schedule"
    r"|pause|resume|open|close|unplug|disconnect|plug in|rename|delete|remove|erase|kill|cut|charge|run"
    r"|cool|heat|boost|mute"
    r"|adjust|program|launch|begin|halt|change|toggle|increase|decrease|raise|lower|limit|throttle|wake"
    r"|preheat|cancel|brew"
    r"|cook|wash|clean|add|create|install|turning|switching) (?!(?:of|in|from|to)\b).*"
)
CONTROL = re.compile(rf"^{_POLITE}(?:{_COMMANDS})")
_CONTROL_WISH = _compile(
    r"i (?:want|need|would like) (?:\S+ )?(?:<dev>|it|them|everything) (?:to be )?(?:on|off|turned on"
    r"|turned off|to start|to stop"
    r"|switched on|switched off)|make (?:\S+ )?(?:<dev>|it) (?:\S+ ){0,2}(?:warmer|hotter|colder|cooler"
    r"|brighter|faster|start"
    r"|stop|run)|(?:can|could|will|would) you (?:please )?(?:turn|switch|shut) .*"
)

# Quantities that no reading holds, with the noun for the answer.
_NOT_RECORDED: Mapping[str, str] = {
    "temperature": r"temperatures?|temp|how (?:hot|warm|cold|cool)|degrees?|celsius|fahrenheit|hot|warm"
    "|thermostat",
    "humidity": r"humidity|humid|moisture",
    "water": r"(?:how much|litres? of|liters? of|gallons? of|amount of|the) water|water (?:use|usage"
    "|consumption|level|flow"
    r"|pressure|meter)|litres?|liters?|gallons?",
    "gas": r"(?:how much|natural|the) gas|gas (?:use|usage|consumption|meter)|m3|cubic met(?:er|re)s?",
    "CO2": r"co ?2|co|carbon|emissions?|greenhouse|footprint",
    "generation": r"generat(?:e|es|ed|ing|ion)|solar (?:production|yield|output|power)|produc(?:e|es|ed|ing"
    "|tion)|export(?:ed|s)?"
    r"|feed ?in|fed (?:in|back)",
    "pressure": r"pressure",
    "weight": r"weigh(?:s|t)?|how heavy",
    "speed": r"how fast|speed|rpm|revolutions",
    "noise": r"how loud|noise|decibels?|loudness",
    "brightness": r"how bright|brightness|lumens?|lux",
    "battery level": r"battery (?:level|charge|percent\w*|status)|state of charge|soc|how full",
    "signal strength": r"signal(?: strength)?|rssi|wifi (?:signal|strength)",
    "age": r"how old (?:is|are)|age of|warranty|year of manufacture",
    "model": r"(?:which|what) (?:brand|make|manufacturer|model)|brand of|manufacturer of|serial number"
    "|firmware",
    "door or lock state": r"(?:is|are) (?:the |my )?<dev> (?:\S+ ){0,2}(?:open|opened|closed|shut|locked"
    "|unlocked|opening|closing"
    r"|locking|unlocking|jammed|secure|secured|unsecured|sealed|unsealed|bolted|ajar|raised|lowered"
    r"|pulled up|pulled down|up|down)",
    "air quality": r"air quality|pm ?\d+|ozone",
    "occupancy": r"(?:is|was) (?:anyone|anybody|someone|somebody) (?:home|there|in)|motion|presence",
}

_UNIT = r"(?:w|kw|watts?|kilowatts?|kwh|wh|v|volts?|percent|hz|hertz|a|amps?|amperes?|va|kva|var|kvar)"
_NUMBER = r"(?:a |the )?\d+(?:[.,]\d+)?"
_SPAN = r"(?:day|hour|week|month|night|minute|year|weekday|weekend|morning|evening|afternoon)"

# Types of question to come; each with what it is called. The order decides where several fit.
_NOT_YET: tuple[tuple[str, str], ...] = (
    ("costs", r"costs?|costing|costly|price|prices|priced|expensive|cheap|cheaper|cheapest|bills?|tariff"
     r"|tariffs|money|euros?"
     r"|dollars?|cents?|pennies|pay|paying|paid|pounds?|bucks"),
    ("savings and advice", r"(?:how|what) (?:can|could|do|should|might|to) (?:i |we |you )?.*(?:save"
     r"|reduce|cut|improve|lower|do"
     r" about)|should (?:i|we)|advice|tips?|recommend\w*|worth it|suggest\w*|ways to|optimi[sz]e"),
    ("reasons", r"why|how come|what (?:caused|causes|made|makes) .*|reason|explain why|because of what"),
    ("terms", r"(?:does|do) .* (?:mean|stand for)|(?:what|how) (?:is|are) (?:.* )?(?:meant by|defined"
     r"|calculated|computed|measured)"
     r"|meaning of|defin(?:e|ition)\b.*|explain.*|what (?:is|are) (?:a |an )?(?:thd|thdi"
     r"|total harmonic distortion|harmonics?|harmonic"
     r" distortion|power factor|pf|kwh|kw|kilowatt ?hours?|kilowatts?|watts?|volts?|amperes?"
     r"|reactive power|apparent power|real"
     r" power|active power|energy|power|voltage|frequency|base ?load|coverage)$"
     r"|(?:is|are|would) (?:a |an |the )?(?:thd|power factor|pf|voltage|frequency|distortion)?(?: of "
     r"| at )?\d+\S*(?: percent| v| hz)?"
     r"(?: thd| distortion| power factor)? (?:\S+ )?(?:bad|good|ok|okay|normal|high|low|acceptable|fine"
     r"|a lot|much|too high|dangerous)"
     r"|difference between (?:power and energy|kw and kwh|watts? and|real and|energy and power|active and"
     r"|volts? and).*"
     r"|(?:good|bad|normal|acceptable) (?:thd|power factor|pf|value)(?: \S+)*"),
    ("limits", rf"(?:above|over|below|under|exceed\w*|more than|less than|at least|at most|greater than"
     rf"|higher than|lower than"
     rf"|beyond|reach\w*|within|between) {_NUMBER} ?{_UNIT}|thresholds?|limits?|exceed\w*|crossed"
     rf"|too (?:high|low)|out of (?:range|spec)"
     rf"|between {_NUMBER} and {_NUMBER} ?{_UNIT}"),
    ("voltage events", r"sags?|swells?|dips?|brown ?outs?|surges?|outages?|black ?outs?|flicker\w*"
     r"|power (?:cuts?|failures?)"
     r"|voltage (?:drops?|events?)|undervoltage|overvoltage|interruptions?"),
    ("run times", r"how long|run ?times?|running times?|(?:how many|for how many) (?:hours|minutes|days"
     r"|seconds)|durations?"
     r"|percent(?:age)? of (?:the )?(?:time|day|hours)|since when|hours of operation|operating hours"
     r"|time spent.*"
     r"|how much time|how much of the (?:time|day|night)|share of (?:the )?time|for what part of"),
    ("numbers of cycles", r"how many times|how often|how frequently|(?:number of|how many) (?:cycles|runs"
     r"|starts|times|loads|rounds"
     r"|switch\w*|charges)|times (?:did|has|was)|cycles|cycled"),
    ("last use", r"when (?:\S+ ){0,6}(?:last|latest|most recently)|last (?:used|use|time|run|ran|on|off"
     r"|switched|turned|seen|active"
     r"|cycle|started|heard)|most recently|when (?:did|was|were|has|have|does|is"
     r"|will) (?:\S+ ){0,3}(?:turn|turned|switch|switched|start|started"
     r"|starting|stop|stopped|finish|finished|come|came|go|went|begin|end|kick|run|ran|running|on|off|used"
     r"|active|idle|heating"
     r"|charging|washing|done|done with)(?: \S+)*"),
    ("earlier states", r"^(?:was|were) (?:the |my |our )?<dev> <when>$|(?:was"
     r"|were) (?:\S+ ){0,2}<dev> (?:\S+ )?(?:on|off|running|active|idle|working|in use|charging|heating"
     r"|used|in standby"
     r"|standby|cooling|operating|left on)(?! average)(?: .*)?|(?:did|has|have"
     r"|had) (?:\S+ ){0,2}<dev> (?:\S+ )?(?:run|ran|running|been (?:on|off|running|used"
     r"|active|idle|in use)|start|started|work|worked|turn|turned|switch|operate|stop|stopped|shut).*"
     r"|(?:did|has|had) (?:anyone|someone|somebody|anybody) (?:use|used|turn\w*|run)(?: \S+)*|did (?:i"
     r"|we) (?:use|run) (?:the |my |our )?<dev>"),
    ("devices that stopped reporting", r"(?:stopped|stop|quit) (?:reporting|sending|working|responding)"
     r"|not (?:been )?(?:reporting"
     r"|sending|working|responding|active|running|on)|(?:went|gone|going|go|is|are|been) (?:silent|dead"
     r"|offline|missing|quiet|dark|stale|lost)"
     r"|lost|disconnected|inactive|unavailable|unreachable|offline|silent|missing devices?"
     r"|which (?:\S+ )*(?:are|is) (?:turned |switched )?off"
     r"|(?:what|anything|everything) (?:is )?(?:turned |switched )?off|(?:devices|appliances|things"
     r"|machines) (?:are |that are )?(?:turned |switched )?(?:off|idle)"
     r"|idle (?:devices|appliances)|are all (?:\S+ )*(?:on|off|running|reporting|working)"
     r"|is everything (?:\S+ )?(?:on|off|ok|okay|fine|running|working|reporting)"
     r"|no longer"),
    ("comparisons of periods", r"(?:than|compared (?:to|with)|versus|vs|against|relative to|differ\w* from"
     r"|as much as|same as)"
     r" (?:the |in |on |over |it (?:was|did) |during |for |at |what )*(?:<when>|usual|usually|normal"
     r"|normally|average|before|other (?:days|weeks)|(?:the )?(?:day|week|month"
     r"|hour|weekend) before|(?:the )?(?:previous|prior) \S+|most days|then|ever)|same time|(?:difference"
     r"|compare|comparison|change) (?:\S+ ){0,8}<when> (?:and|to|with|vs|versus|or) "
     r"(?:the )?<when>|<when> (?:vs|versus|or|compared (?:to|with)) (?:the )?<when>"
     r"|between <when> and <when>|from <when> to <when>|week (?:on|over) week|day (?:on|over) day"
     r"|more or less than (?:usual|normal|<when>)"),
    ("before and after", r"(?:before|after) (?!all)(?:the |my |our |i |we |<when>|<dev>|it ).*"
     r"|until <when>|up to <when>"),
    ("trends", r"trends?|trending|increas(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|rising|falling|rose|fell"
     r"|going (?:up|down)|gone (?:up|down)"
     r"|go (?:up|down)|went (?:up|down)|grow(?:s|n|ing|th)?|grew|dropp(?:ed|ing)|over time|chang(?:e|es|ed"
     r"|ing)|develop\w*|evol\w+|improv\w+"
     r"|getting (?:better|worse|higher|lower|more|less)|climb\w*|declin\w+"),
    ("patterns of days and hours", rf"per {_SPAN}|a (?:day|night|week|month|year)|an hour|each {_SPAN}"
     rf"|every {_SPAN}|every (?:\S+ )?(?:day|days)"
     rf"|hourly|daily|weekly|monthly|nightly|yearly|annual(?:ly)?|(?:which|what) (?:hours?|days?|dates?"
     rf"|weekdays?|weeks?|months?|nights?|mornings?|part of the day|time of (?:the )?(?:day|night|week"
     rf"|year))"
     r"|busiest|weekdays?|weekends|at night|at nights|nights|mornings|evenings|by (?:hour|day|weekday|week"
     r"|month)|(?:mon|tues|wednes|thurs|fri|satur|sun)days"
     r"|patterns?|profiles?|time of (?:the )?day|schedule|habits?|routine|(?:when|what time) do(?:es)? .*"
     r"|usual(?:ly)?|hour by hour|day by day"
     r"|on a (?:typical|normal|usual|average) day|most days|days (?:with|when|did|were)|distribution"
     r"|histogram|heat ?map|(?:plot|chart|graph|draw me|diagram).*"),
    ("anomalies", r"anomal\w+|unusual(?:ly)?|abnormal(?:ly)?|strange(?:ly)?|weird(?:ly)?|odd(?:ly)?"
     r"|suspicious\w*|outliers?|wrong|problems?|faulty|faults?|broken"
     r"|defect\w*|leak\w*|alerts?|issues?|unexpected\w*|out of the ordinary|healthy|malfunction\w*"
     r"|normal(?:ly)?|irregular\w*|errors?|warnings?"
     r"|(?:working|behaving|running|performing) (?:fine|ok|okay|properly|correctly|well|normally)|notable"
     r"|noteworthy|anything (?:new|special|interesting)|news"),
    ("data quality", r"gaps?|coverage|completeness|incomplete|missing (?:data|readings?|values?|samples?)"
     r"|data quality|how (?:good|reliable|fresh|old|accurate|complete|recent|precise)"
     r" (?:is|are) (?:the|my|our|this|your|these) (?:data|readings?|measurements?|numbers|values)|sampling"
     r"|how many (?:readings?|samples?|measurements?|data ?points?|rows|records|values)"
     r"|how much data|data ?points?|(?:first|oldest) (?:reading|sample|measurement|record)(?: \S+)*"
     r"|since which date|how far back|when does the data|data (?:start|begin|end)\w*"),
    ("totals without some devices", r"except(?: for)?|excluding|exclude|besides|apart from|aside from"
     r"|other than|without (?:the |my )?<dev>|not counting|minus (?:the )?<dev>|everything but|all but"
     r"|leaving out|ignoring"),
    ("groups such as rooms or phases", r"(?:which|what|by|per|each) (?:rooms?|floors?|phases?|categor(?:y"
     r"|ies)|groups?|types?|brands?|persons?|people|family members?|areas?|zones?)|(?:first|ground|second"
     r"|third|top|\d+) floor|floors|upstairs|downstairs|phase (?:a|b|c|l?\d)|l1"
     r"|l2|l3|imbalance|unbalanced"),
    ("values while on or off", r"(?:when|while|whenever) (?:it is|they are|it was|(?:the "
     r"|my )?<dev> (?:is|was)|it|turned|switched|being|not) (?:\S+ )?(?:on|off|running|idle|active|used"
     r"|use|standby|in use)"
     r"|while (?:on|off|running|idle|active|in use)|per (?:cycle|run|use|load|charge|wash)"
     r"|in (?:its )?(?:on|off|standby|idle) state|during (?:a|one|each|its) (?:cycle|run|wash|charge)"),
    ("efficiency", r"efficien\w+|how economical|economic(?:al)?ly"),
    ("sums of some devices", r"<dev> (?:and|plus|with) (?:the |my |our )?<dev> (?:\S+ ){0,4}(?:together"
     r"|combined|in total|altogether|in sum)"
     r"|(?:total|sum|combined|together).* <dev> (?:and|plus|with) (?:the |my |our )?<dev>|(?:all"
     r"|both) (?:the |my )?<dev>s? (?:together|combined)"),
    ("the state of charge or progress", r"(?:is|are) (?:the |my )?<dev> (?:done|finished|ready|full|empty"
     r"|complete)|time (?:left|remaining)|remaining"),
    ("events", r"what happened.*|any events?|event log|alarms?"),
)  # fmt: skip

_RECORDED = tuple((noun, _compile(pattern)) for noun, pattern in _NOT_RECORDED.items())
_TO_COME = tuple((name, _compile(pattern)) for name, pattern in _NOT_YET)
_WILL = _compile(
    r"(?<!who )will|going to|shall|forecast\w*|predict\w*|expect(?:ed)?|projected|estimate for"
    r"|would .* next"
)
_ASKS = _compile(
    r"(?:will|would|can|could) you (?:please |kindly )?(?:tell|show|give|say|explain|list|compare|check"
    r"|help|let|find)"
)
_HOT_FILLERS = _compile(r"hot (?:water|tub)")
CAN_TELL = "power, energy, averages, peaks, rankings, shares, comparisons, THD, power factor and states"
"""What is said to be available instead of a type of question that is still to come."""


def control(text: str) -> Declined | None:
    """A wish to switch or change something; `text` is the masked line."""
    found = CONTROL.search(text) or _CONTROL_WISH.search(text)
    return None if found is None else Declined(Refusal.CONTROL, (), found.group())


def not_recorded(text: str, subject: str) -> Declined | None:
    """A quantity that no reading holds; detail: its noun, the device's name."""
    plain = _HOT_FILLERS.sub(" ", text)
    for noun, pattern in _RECORDED:
        if found := pattern.search(plain):
            return Declined(Refusal.NOT_RECORDED, (noun, subject), found.group())
    return None


def future(text: str) -> Declined | None:
    """What will be; requests ("will you tell me") are none."""
    found = _WILL.search(_ASKS.sub(" ", text))
    return None if found is None else Declined(Refusal.FUTURE, (), found.group())


def to_come(text: str) -> Declined | None:
    """A type of question that cannot be answered yet; detail: what it is called, what can be told"
    " instead."""
    for name, pattern in _TO_COME:
        if found := pattern.search(text):
            return not_yet(name, found.group())
    return None


def not_yet(name: str, words: str = "") -> Declined:
    """The refusal of a type of question by its name."""
    return Declined(Refusal.NOT_YET, (name, CAN_TELL), words)

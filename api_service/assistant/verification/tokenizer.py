"""An answer's text as tokens: devices, numbers with units, times, states, windows and words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache

from api_service.assistant.rendering.answer_types import window_of
from api_service.assistant.rendering.formatting import coverage_note, display_name, format_names, format_state
from api_service.assistant.rendering.lexicon import NUMBER_WORDS, UNITS, VOCABULARY
from api_service.assistant.types import AnswerFacts, DeviceRef, Quantity
from api_service.metering.units import written_tolerance


class TokenType(Enum):
    """What a stretch of an answer is."""

    DEVICE = auto()
    SITE = auto()
    OF_TOTAL = auto()
    WINDOW = auto()
    NOTE = auto()
    TIME = auto()
    NUMBER = auto()
    STATE = auto()
    WORD = auto()
    BREAK = auto()
    END = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Token:
    """One stretch. `unit`, `value` and `tolerance` (both in the facts' unit) belong to numbers."""

    kind: TokenType
    text: str
    clusters: tuple[int, ...] = ()
    unit: str = ""
    value: float = 0.0
    tolerance: float = 0.0


BREAK_WORDS = frozenset({"and", "but", "while", "against", "versus", "vs"})
_SITE = (
    r"all (?:the )?devices(?: together)?|in total|altogether|together|overall|combined|everything|"
    r"the (?:whole )?(?:site|house|home|building)|total(?! harmonic)"
)
_OF_TOTAL = r"of (?:the |our )?(?:total|all the|whole)(?: (?:energy|power|electricity|consumption))?"
_WEEKDAY = r"on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DAY = rf"(?:(?:today|yesterday|{_WEEKDAY}|on \d{{1,2}} [A-Z][a-z]+(?: \d{{4}})?) )?"
_TIME = rf"{_DAY}(?:at )?\d{{1,2}}:\d{{2}}(?!\d|:\d)"
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_DIGITS = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMBER = rf"(?P<digits>{_DIGITS})(?:[ \u00a0]?(?P<unit>{_UNIT}))?(?![\w%])(?!\.\d)"
_COUNTED = rf"(?P<word>{'|'.join(NUMBER_WORDS)}) (?P<counted>devices?)(?!\w)"
_QUOTED = r"[\u201c\"](?P<quoted>[^\u201d\"]*)[\u201d\"]"
_POSSESSIVE = re.compile(r"['\u2019]s?(?!\w)")
_WORD = r"[^\W\d_]+(?:-[^\W\d_]+)*"


@dataclass
class AnswerTokenizer:
    """Reads texts about one sheet. Names are matched longest first, so that "TV lamp" is never "TV"."""

    sheet: AnswerFacts
    names: Mapping[str, tuple[int, ...]] = field(init=False)
    patterns: list[tuple[TokenType, re.Pattern[str]]] = field(init=False)

    def __post_init__(self) -> None:
        sheet = self.sheet
        devices = {device.cluster: device for device in (*sheet.known_devices, *sheet.question.devices)}
        devices |= {fact.device.cluster: fact.device for fact in sheet.facts if fact.device}
        self.names, name_pattern = _names(tuple(devices.values()))
        states = {fact.value for fact in sheet.facts if fact.quantity is Quantity.STATE}
        self.states = {format_state(str(state)) for state in states} | {str(state) for state in states}
        texts: list[tuple[TokenType, list[str]]] = [
            (TokenType.NOTE, [coverage_note([sheet.facts[index] for index in sheet.required])]),
            (TokenType.WINDOW, [window_of(sheet).label]),
        ]
        self.patterns = [(kind, _literal(found)) for kind, found in texts if any(found)]
        if self.names:
            self.patterns.append((TokenType.DEVICE, name_pattern))
        for kind, pattern in (
            (TokenType.OF_TOTAL, _OF_TOTAL),
            (TokenType.SITE, _SITE),
            (TokenType.TIME, _TIME),
        ):
            self.patterns.append((kind, re.compile(rf"(?:{pattern})(?!\w)", re.IGNORECASE)))

    def read(self, text: str) -> list[Token]:
        """The tokens of `text`, ends of sentences among them."""
        return list(self._tokens(" ".join(text.split())))

    def _tokens(self, text: str) -> Iterator[Token]:
        place, last = 0, ""
        token: Token | None = None
        while place < len(text):
            if text[place] == " ":
                place += 1
                continue
            if token and token.kind is TokenType.DEVICE and (possessive := _POSSESSIVE.match(text, place)):
                place = possessive.end()
                continue
            token, place = self._next(text, place, last)
            last = token.text.casefold() if token.kind is TokenType.WORD else ""
            yield token

    def _next(self, text: str, place: int, last: str) -> tuple[Token, int]:
        if place == 0 or not (text[place - 1].isalnum() and text[place].isalnum()):
            for kind, pattern in self.patterns:
                if match := pattern.match(text, place):
                    clusters = (
                        self.names.get(match.group().casefold(), ()) if kind is TokenType.DEVICE else ()
                    )
                    return Token(kind, match.group(), clusters), match.end()
        for read in (self._quoted, self._state, self._counted, self._number, self._word):
            if found := read(text, place, last):
                return found
        kind = {".": TokenType.END, "!": TokenType.END, "?": TokenType.END}.get(text[place], TokenType.BREAK)
        if text[place] not in ".!?,;:()":
            kind = TokenType.UNKNOWN
        return Token(kind, text[place]), place + 1

    def _quoted(self, text: str, place: int, _last: str) -> tuple[Token, int] | None:
        match = re.compile(_QUOTED).match(text, place)
        return (Token(TokenType.STATE, match["quoted"]), match.end()) if match else None

    def _state(self, text: str, place: int, last: str) -> tuple[Token, int] | None:
        """A state without quotes, only right after a verb of being: "is on" but never "on average"."""
        if last not in {"is", "are", "was", "were", "state"}:
            return None
        for state in sorted(self.states, key=len, reverse=True):
            match = re.compile(re.escape(state) + r"(?!\w)(?! average)", re.IGNORECASE).match(text, place)
            if match and state:
                return Token(TokenType.STATE, match.group()), match.end()
        return None

    def _counted(self, text: str, place: int, _last: str) -> tuple[Token, int] | None:
        match = re.compile(_COUNTED, re.IGNORECASE).match(text, place)
        if not match:
            return None
        value = NUMBER_WORDS[match["word"].lower()]
        return Token(TokenType.NUMBER, match.group(), unit="device", value=value, tolerance=0.1), match.end()

    def _number(self, text: str, place: int, _last: str) -> tuple[Token, int] | None:
        match = re.compile(_NUMBER, re.IGNORECASE).match(text, place)
        if not match:
            return None
        digits = match["digits"].replace(",", "")
        unit, factor = UNITS[(match["unit"] or "").lower()] if match["unit"] else ("", 1.0)
        value, tolerance = float(digits) * factor, written_tolerance(digits) * factor
        return Token(
            TokenType.NUMBER, match.group(), unit=unit, value=value, tolerance=tolerance
        ), match.end()

    def _word(self, text: str, place: int, last: str) -> tuple[Token, int] | None:
        match = re.compile(_WORD).match(text, place)
        if not match:
            return None
        word = match.group().casefold()
        known = word in VOCABULARY
        if word == "on":
            known = text[match.end() :].lower().startswith(" average")
        if last == "on" and word != "average":
            known = False
        kind = (TokenType.BREAK if word in BREAK_WORDS else TokenType.WORD) if known else TokenType.UNKNOWN
        return Token(kind, match.group()), match.end()


def _literal(texts: list[str]) -> re.Pattern[str]:
    longest_first = sorted(filter(None, texts), key=len, reverse=True)
    # A name may end in a character that is no letter ("Fan (old)"): the boundary matters only after one.
    bounded = [re.escape(text) + (r"(?!\w)" if text[-1].isalnum() else "") for text in longest_first]
    return re.compile("|".join(bounded), re.IGNORECASE)


@lru_cache(maxsize=32)
def _names(devices: tuple[DeviceRef, ...]) -> tuple[Mapping[str, tuple[int, ...]], re.Pattern[str]]:
    """Every way to say a device, in folded case, with the clusters that it may mean; and what finds them."""
    spoken = format_names(devices)
    found: dict[str, set[int]] = {}
    for device in devices:
        plain = display_name(device.name)
        names = {spoken[device.cluster], plain}
        if not plain.startswith("\u2018"):  # quoted, because bare it reads like the words around it
            names |= {device.name, plain.removeprefix("the "), f"the {device.name}"}
        for way in names:
            if way:
                found.setdefault(way.casefold(), set()).add(device.cluster)
    return {way: tuple(sorted(clusters)) for way, clusters in found.items()}, _literal(list(found))

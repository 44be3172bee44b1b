"""What an answer consists of: its kind, its roles ("device", "value" …) and the texts in their slots.

One plan serves the prompt of the model, the answer composed from the facts, and the training of the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api_service.assistant.rendering.answer_types import (
    LIST_KINDS,
    NOUNS,
    answer_type,
    phrase_of,
    says_time,
    spans,
    window_of,
)
from api_service.assistant.rendering.formatting import (
    coverage_note,
    format_fact_value,
    format_list,
    format_names,
    format_time,
    is_plural,
)
from api_service.assistant.rendering.templates import tidy
from api_service.assistant.types import AnswerFacts, DeviceRef, Fact, Quantity, Relation
from api_service.metering.measure import Statistic
from shared.generation import SlottedText

LIST_LIMIT = 12
"""Devices named in one answer; of more, the rest is counted ("and 88 more")."""
MAX_FACT_LINES = 12


@dataclass(frozen=True)
class AnswerPlan:
    """`kind` names the wording; `roles[name]` is a slot number, `slots[number]` its text.

    `plurals` are the roles that take "are". `facts` are the lines that the model reads, best first.
    """

    kind: str
    noun: str
    roles: Mapping[str, int]
    plurals: frozenset[str]
    slots: tuple[str, ...]
    facts: tuple[SlottedText, ...]
    device_slots: Mapping[int, int]


def time_of(fact: Fact, sheet: AnswerFacts) -> str:
    """When a fact's value was read, as it is said."""
    return format_time(fact.at or fact.end, sheet.moment, window_of(sheet) if spans(fact, sheet) else None)


def statements_required(sheet: AnswerFacts) -> tuple[int, ...]:
    """The facts that an answer must say: the required ones, up to the length of a list."""
    named = [index for index in sheet.required if sheet.facts[index].device is not None]
    left_out = set(named[LIST_LIMIT:])
    return tuple(index for index in sheet.required if index not in left_out)


def make_plan(sheet: AnswerFacts) -> AnswerPlan:
    """The plan of a sheet that can be answered; raises `ValueError` for one without required facts."""
    if not sheet.required:
        raise ValueError("a sheet without required facts has nothing to say")
    return _Planner(sheet).plan()


@dataclass
class _Planner:
    sheet: AnswerFacts
    slots: list[str] = field(default_factory=list)
    by_key: dict[tuple[object, ...], int] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)
    plurals: set[str] = field(default_factory=set)
    lines: list[SlottedText] = field(default_factory=list)

    def __post_init__(self) -> None:
        sheet = self.sheet
        mentioned = [mention.device for mention in sheet.question.mentions]
        devices = {d.cluster: d for d in (*sheet.known_devices, *sheet.question.devices, *mentioned)}
        devices |= {fact.device.cluster: fact.device for fact in sheet.facts if fact.device}
        self.names = format_names(devices.values())
        self.devices = devices
        self.required = [sheet.facts[index] for index in sheet.required]
        self.context = [f for i, f in enumerate(sheet.facts) if i not in set(sheet.required)]
        self.window = window_of(sheet).label if any(spans(f, sheet) for f in self.required) else ""

    def plan(self) -> AnswerPlan:
        kind = answer_type(self.sheet)
        noun = NOUNS[self.required[0].quantity]
        listed = self._list() if kind.endswith(LIST_KINDS) or ".list." in kind else []
        if kind.startswith("compare"):
            self._compared_lines(is_equal=kind.endswith("equal"))
        else:
            for fact in [*self.required, *self.context]:
                if not any(fact is other for other in listed) and len(self.lines) < MAX_FACT_LINES:
                    self._line(fact)
        self._assign(kind)
        note = coverage_note(self.required) if kind != "inventory" else ""
        if note:
            self.roles["note"] = self._slot(("note",), note)
            self.lines.insert(0, ("note: ", self.roles["note"]))
        for mention in self.sheet.question.mentions:
            self._device(mention.device)
        devices = {int(str(key[1])): slot for key, slot in self.by_key.items() if key[0] == "device"}
        facts = tuple(self.lines)
        return AnswerPlan(kind, noun, self.roles, frozenset(self.plurals), tuple(self.slots), facts, devices)

    # slots

    def _slot(self, key: tuple[object, ...], text: str) -> int:
        if key not in self.by_key:
            self.by_key[key] = len(self.slots)
            self.slots.append(text)
        return self.by_key[key]

    def _device(self, device: DeviceRef) -> int:
        return self._slot(("device", device.cluster), self.names[device.cluster])

    def _value(self, fact: Fact) -> int:
        return self._slot(("value", id(fact)), format_fact_value(fact))

    def _at(self, fact: Fact) -> int:
        return self._slot(("at", id(fact)), time_of(fact, self.sheet))

    def _window(self) -> int:
        return self._slot(("window",), self.window)

    # lines of the prompt

    def _compared_lines(self, *, is_equal: bool) -> None:
        """The larger one first, so that who is ahead can be read off; nothing more where both are equal."""
        larger, smaller = self._larger_first()
        self._line(larger, "" if is_equal else "larger: ", is_compared=True)
        self._line(smaller, "" if is_equal else "smaller: ", is_compared=True)
        for fact in () if is_equal else (self.required[2], *self.context):
            name = "ratio" if fact.statistic is Relation.RATIO else "difference"
            self.lines.append((f"{name}: ", self._value(fact)))

    def _line(self, fact: Fact, heading: str = "", *, is_compared: bool = False) -> None:
        line: list[str | int] = [heading]
        if fact.quantity is Relation.COUNT:
            line += ["count: ", self._value(fact)]
            self.lines.append(tidy(line))
            return
        verb = "have"
        if fact.device is None:
            line.append("all devices ")
        else:
            line += [self._device(fact.device), " "]
            verb = "have" if is_plural(self.devices[fact.device.cluster].name) else "has"
        line += [f"{verb} {phrase_of(fact)} ", self._value(fact)]
        if says_time(fact, self.sheet) and not is_compared:
            line += [" ", self._at(fact)]
        if self.window and spans(fact, self.sheet):
            line += [" ", self._window()]
        self.lines.append(tidy(line))

    def _list(self) -> list[Fact]:
        facts = [fact for fact in self.required if fact.device is not None]
        items = [self._item(f.device, f) for f in facts[:LIST_LIMIT] if f.device is not None]
        if len(facts) > LIST_LIMIT:
            items.append(f"{len(facts) - LIST_LIMIT} more")
        slot = self._slot(("list",), format_list(items))
        self.roles["list"] = slot
        line: list[str | int] = [f"list of {phrase_of(facts[0])}: ", slot]
        if self.window and facts[0].quantity is not Relation.COUNT:
            line += [" ", self._window()]
        self.lines.append(tidy(line))
        return facts

    def _item(self, device: DeviceRef, fact: Fact) -> str:
        name = self.names[device.cluster]
        if fact.quantity is Relation.COUNT:
            return name
        value = format_fact_value(fact)
        if fact.quantity is Quantity.STATE:
            return f"{name} (\u201c{value}\u201d)"
        if fact.at is not None and fact.statistic in (Statistic.MAX, Statistic.MIN):
            value += " " + time_of(fact, self.sheet)
        return f"{name} ({value})"

    # roles

    def _assign(self, kind: str) -> None:
        if self.window and kind != "inventory":
            self.roles["window"] = self._window()
        first = self.required[0]
        if first.quantity is Relation.COUNT:
            self._role("count", first)
            if first.value != 1:
                self.plurals.add("count")
        elif kind.startswith("compare"):
            self._compared()
        elif "list" not in self.roles:
            self._role("share" if first.quantity is Relation.SHARE else "value", first, "device")
            if says_time(first, self.sheet):
                self.roles["at"] = self._at(first)
        self._contextual(first)

    def _role(self, role: str, fact: Fact, device_role: str = "") -> None:
        key = ("value", id(fact))
        if key not in self.by_key:
            return
        self.roles[role] = self.by_key[key]
        if device_role and fact.device is not None:
            self.roles[device_role] = self._device(fact.device)
            if is_plural(fact.device.name):
                self.plurals.add(device_role)

    def _compared(self) -> None:
        a, b, difference = self.required[:3]
        larger, smaller = self._larger_first()
        self._role("a_value", a, "a")
        self._role("b_value", b, "b")
        self._role("larger_value", larger, "larger")
        self._role("smaller_value", smaller, "smaller")
        self._role("difference", difference)

    def _larger_first(self) -> tuple[Fact, Fact]:
        a, b, difference = self.required[:3]
        return (a, b) if difference.device == a.device else (b, a)

    def _contextual(self, first: Fact) -> None:
        for fact in self.context:
            role, device_role = _context_role(fact, first, is_list="list" in self.roles)
            if role:
                self._role(role, fact, device_role)


def _context_role(  # noqa: PLR0911 - a table of cases reads best flat
    fact: Fact, first: Fact, *, is_list: bool
) -> tuple[str, str]:
    """The role of a fact that may be said, and the role of its device."""
    if fact.statistic is Relation.RATIO:
        return "ratio", ""
    if fact.quantity is Relation.COUNT:
        return "count", ""
    if fact.device is None:
        return "total", ""
    if first.device is None:
        return ("top_value", "top") if fact.rank == 1 else ("", "")
    if is_list or fact.device != first.device:
        return "", ""
    if fact.quantity is Relation.SHARE:
        return "share", ""
    if first.quantity is Relation.SHARE:
        return "value", ""
    return ("max_value" if fact.statistic is Statistic.MAX else "power_value"), ""

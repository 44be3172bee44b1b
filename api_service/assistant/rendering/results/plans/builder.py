"""Puts a plan together: wordings with their words and roles, and the remarks that every answer may need."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.refusals import Reason, Refused
from api_service.assistant.query.query import Per
from api_service.assistant.rendering.formatting import display_name
from api_service.assistant.rendering.results.plan import Plan, Role, expand, resolved
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.texts.nouns import PERIOD_NOUNS
from api_service.assistant.rendering.results.view import View
from api_service.metering.display import format_percent
from api_service.metering.measures import MEASURES

WELL_COVERED = 0.8
_UNCOVERED = frozenset(("coverage", "gaps", "last_seen", "state", "samples"))
_ROLE = re.compile(r"\{(\w+)(?::\w+)?\}")
_WORD = re.compile(r"\{=(\w+)\}")


@dataclass
class Draft:
    """A plan in the making: `words` are put into the templates, `roles` fill their slots.

    `suffix` follows every template; `key` names the wordings.
    """

    shape: Shape
    key: str
    words: dict[str, str] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)

    def add(self, words: Mapping[str, str], roles: Mapping[str, Role]) -> None:
        """More words and roles."""
        self.words |= words
        self.roles |= roles

    def plan(self, templates: Sequence[str], suffix: str = "", prefix: str = "") -> Plan:
        """The finished plan; roles that no wording uses are dropped, as are wordings that lack a role."""
        open_texts = [f"{_before(prefix, template)}{template}{suffix}." for template in templates]
        open_texts = [text + "[ {note}]" for text in open_texts]
        texts = tuple(_expanded(text, self.words) for text in open_texts)
        first = resolved(texts[0], self.roles)
        used = [name for name in dict.fromkeys(_ROLE.findall(first)) if name in self.roles]
        roles = {name: self.roles[name] for name in used}
        kept = tuple(text for text in texts if _is_complete(text, roles))
        named = [self.words[word] for word in self._words_in(open_texts[0])]
        words = (self.shape.value, self.key.replace("_", " "), *(_bare(word) for word in named))
        return Plan(self.shape, tuple(word for word in words if word), roles, kept)

    def _words_in(self, template: str) -> list[str]:
        names: list[str] = []
        for name in _WORD.findall(template):
            names += [name, *self._words_in(self.words[name])]
        return list(dict.fromkeys(names))


def _before(prefix: str, template: str) -> str:
    """ "yes, " before a clause, "yes. " before one that begins with its time."""
    return prefix.replace(", ", ". ") if template.startswith("[{window}, ]") else prefix


def _expanded(text: str, words: Mapping[str, str]) -> str:
    return expand(text, words)


def _is_complete(text: str, roles: Mapping[str, Role]) -> bool:
    """Whether a wording says every role and needs no other."""
    try:
        said = resolved(text, roles)
    except KeyError:
        return False
    found = set(_ROLE.findall(said))
    return found == set(roles)


def _bare(words: str) -> str:
    """Words of a template without its slots, for the prompt."""
    return re.sub(r"\s+", " ", re.sub(r"\[|\]|\{[^}]*\}", " ", words)).strip(" ,")


def note_roles(view: View, cells: Sequence[Cell]) -> dict[str, Role]:
    """The role "note": thin data, and why devices that the question names have no value."""
    notes = [missing_text(refused) for refused in view.result.missing]
    covered = [
        cell
        for cell in cells
        if cell.measure not in _UNCOVERED and cell.statistic != "latest" and cell.samples
    ]
    notes += [few_devices_text(cell) for cell in cells if view.is_at_moments and cell.coverage < 1]
    if view.result.incomplete:
        notes.append(incomplete_text(view))
    well = 1 - (1 - WELL_COVERED) / 2 if view.query.order else WELL_COVERED
    if covered and (lowest := min(covered, key=lambda cell: cell.coverage)).coverage < well:
        is_one_of_several = len({cell.subject for cell in covered}) > 1
        notes.append(covered_text(lowest, view.name(lowest.subject) if is_one_of_several else ""))
    return {"note": Role(" ".join(notes), "note")} if notes else {}


def few_devices_text(cell: Cell) -> str:
    """That some devices of a sum had no reading near its moment."""
    of = round(cell.samples / cell.coverage)
    return f"Only {cell.samples} of {of} devices had a reading near that moment."


def incomplete_text(view: View) -> str:
    """That the winner is the least of the complete periods alone."""
    unit = PERIOD_NOUNS[view.query.per or Per.DAY]
    return f"Only complete {unit}s count: less was measured where readings are missing or it is not over yet."


def covered_text(cell: Cell, name: str = "") -> str:
    """How far the readings cover the time of a value; with the name of one of several devices."""
    of = f" of {name}" if name else ""
    return f"The readings{of} cover {format_percent(100 * cell.coverage)} of that time."


def missing_text(refused: Refused) -> str:
    """A sentence on a device without a value."""
    of = f" of {display_name(refused.subject)}" if refused.subject else ""
    if refused.reason is Reason.NOT_RECORDED:
        noun = MEASURES[refused.measure].noun if refused.measure in MEASURES else "such value"
        return f"The readings{of} hold no {noun}."
    if refused.reason is Reason.STALE:
        return f"There is no current reading{of}."
    label = refused.window.label if refused.window else ""
    return f"There are no readings{of} {label}".rstrip() + "."

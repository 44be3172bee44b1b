"""What an answer consists of: its shape, its wordings as templates, and the texts in their slots; pure.

A template is text with `{role}` for a slot and `{role:is}` for a verb that agrees with it; a part in square
brackets stands only where all of its roles do. Templates begin in lower case; filling capitalises sentences.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api_service.assistant.rendering.results.shape import Shape
from shared.generation import SlottedText

STYLES = ("plain", "fronted", "short")
"""The wordings of a plan: the usual one, the time or another part first, and as few words as can be."""

PLURALS = {
    "is": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "draws": "draw",
    "reports": "report",
    "accounts": "account",
}
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PIECE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_OPEN = re.compile(r"\{=(\w+)\}")
_SENTENCE = re.compile(r"(^|[.!?] )(\w)")


@dataclass(frozen=True)
class Role:
    """What stands in a slot; `label` says in plain words what it is, `is_plural` which verbs it takes."""

    text: str
    label: str
    is_plural: bool = False


@dataclass(frozen=True)
class Plan:
    """`templates` are its wordings, the plainest first; `words` say in short what the model is to say.

    Every role that has a text stands in at least the first template.
    """

    shape: Shape
    words: tuple[str, ...]
    roles: Mapping[str, Role]
    templates: tuple[str, ...]

    @property
    def slots(self) -> tuple[str, ...]:
        """The texts by slot number."""
        return tuple(role.text for role in self.roles.values())

    def template(self, style: str) -> str:
        """The wording of a style; the plain one where it has none of its own."""
        place = STYLES.index(style)
        return self.templates[place if place < len(self.templates) else 0]

    def pieces(self, style: str = STYLES[0]) -> SlottedText:
        """The wording of a style with numbered slots."""
        numbers = {name: number for number, name in enumerate(self.roles)}
        text = resolved(self.template(style), self.roles)
        pieces: list[str | int] = []
        place = 0
        for match in _PIECE.finditer(text):
            pieces += [text[place : match.start()], numbers[match[1]]]
            place = match.end()
        pieces.append(text[place:])
        return tuple(piece for piece in pieces if piece != "")


def expand(template: str, words: Mapping[str, str]) -> str:
    """The template with its open words `{=word}` put in; raises `KeyError` for one that is not given."""
    while _OPEN.search(template):
        template = _OPEN.sub(lambda match: words[match[1]], template)
    return template


def resolved(template: str, roles: Mapping[str, Role]) -> str:
    """The template without the optional parts that have no text, verbs in agreement, roles left open.

    Raises `KeyError` where a required role is missing.
    """

    def kept(match: re.Match[str]) -> str:
        named = [part[1] for part in _PIECE.finditer(match[1])]
        return match[1] if all(name in roles for name in named) else ""

    while _OPTIONAL.search(template):
        template = _OPTIONAL.sub(kept, template)

    def agreeing(match: re.Match[str]) -> str:
        role = roles[match[1]]
        if match[2] is None:
            return match[0]
        return PLURALS[match[2]] if role.is_plural else match[2]

    return _PIECE.sub(agreeing, template)


def filled(pieces: SlottedText, slots: tuple[str, ...]) -> str:
    """The text with its slots filled and sentences capitalised."""
    text = "".join(slots[piece] if isinstance(piece, int) else piece for piece in pieces)
    return re.sub(r"\s+", " ", _SENTENCE.sub(lambda match: match[1] + match[2].upper(), text)).strip()

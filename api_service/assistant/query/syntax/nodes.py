"""Nodes of a grammar that reads in both directions; pure.

Each node turns tokens into a value (`parse`), the value back into tokens (`tokens`), adds itself to an
automaton (`connect`; an edge is a word, or the kinds of slot that may stand there) and makes a random value
(`sample`). The grammar is LL(1): the next token decides, and no part looks at another. A token is a word, or
a slot written `<extra_id_N>`.
"""

import random
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api_service.assistant.query.query import Slot, SlotKind
from api_service.assistant.query.syntax.determinise import Graph

SLOT_LIMIT = 16
"""Slots of one prompt, those of the previous query included."""

_SLOT = re.compile(r"<extra_id_(\d{1,2})>")


class ParseError(ValueError):
    """The tokens are no sentence of the grammar; names the place."""


@dataclass(frozen=True, slots=True)
class SlotUse:
    """A slot in a query and the kinds that may stand there."""

    slot: Slot
    kinds: frozenset[SlotKind]


Terminal = str | SlotUse


def slot_token(slot: Slot) -> str:
    """`<extra_id_3>`."""
    return f"<extra_id_{slot}>"


def slot_of(token: str) -> Slot | None:
    """The slot that `token` writes; None for a word and for numbers past the limit."""
    match = _SLOT.fullmatch(token)
    if match is None or int(match[1]) >= SLOT_LIMIT or token != slot_token(Slot(int(match[1]))):
        return None
    return Slot(int(match[1]))


class Cursor:
    """A place in a sequence of tokens."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def token(self) -> str:
        """The next token, "" at the end."""
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def take(self) -> str:
        """The next token, which is then behind."""
        token = self.token
        self._place += 1
        return token

    def fail(self, expected: str) -> ParseError:
        """The error that something else was expected here."""
        return ParseError(f"token {self._place + 1}: expected {expected}, not {self.token or 'the end'!r}")


@dataclass
class Draw:
    """Randomness for a sampled value; slots are numbered as they come."""

    rng: random.Random
    slots: int = 0

    def slot(self) -> Slot:
        """The next slot."""
        self.slots += 1
        return Slot(self.slots - 1)


class Node(ABC):
    """A part of the grammar."""

    nullable = False

    @abstractmethod
    def begins(self, token: str) -> bool:
        """Whether it may begin with `token`."""

    @abstractmethod
    def parse(self, cursor: Cursor) -> Any:
        """Its value, read from the cursor on; raises `ParseError`."""

    @abstractmethod
    def tokens(self, value: Any) -> Iterator[Terminal]:
        """What is read as `value`."""

    @abstractmethod
    def connect(self, graph: Graph, start: int) -> int:
        """Add it to the automaton behind `start`; returns its last state."""

    @abstractmethod
    def sample(self, draw: Draw) -> Any:
        """A random value."""


@dataclass(frozen=True)
class Pick(Node):
    """One word of several, each with its value; `weights` (default 1) are for sampling."""

    values: Mapping[str, Any]
    weights: Mapping[str, float] = field(default_factory=dict)

    def begins(self, token: str) -> bool:
        return token in self.values

    def parse(self, cursor: Cursor) -> Any:
        if cursor.token not in self.values:
            raise cursor.fail("one of " + ", ".join(self.values))
        return self.values[cursor.take()]

    def tokens(self, value: Any) -> Iterator[Terminal]:
        yield next(word for word, meaning in self.values.items() if meaning == value)

    def connect(self, graph: Graph, start: int) -> int:
        end = graph.state()
        for word in self.values:
            graph.edge(start, word, end)
        return end

    def sample(self, draw: Draw) -> Any:
        words = list(self.values)
        return self.values[draw.rng.choices(words, [self.weights.get(word, 1.0) for word in words])[0]]


@dataclass(frozen=True)
class SlotOf(Node):
    """A slot of one of these kinds."""

    kinds: frozenset[SlotKind]

    def begins(self, token: str) -> bool:
        return slot_of(token) is not None

    def parse(self, cursor: Cursor) -> Slot:
        if (slot := slot_of(cursor.token)) is None:
            raise cursor.fail("a slot of " + " or ".join(sorted(self.kinds)))
        cursor.take()
        return slot

    def tokens(self, value: Any) -> Iterator[Terminal]:
        yield SlotUse(value, self.kinds)

    def connect(self, graph: Graph, start: int) -> int:
        end = graph.state()
        graph.edge(start, self.kinds, end)
        return end

    def sample(self, draw: Draw) -> Slot:
        return draw.slot()


@dataclass(frozen=True)
class Many(Node):
    """A tuple of `least` to `most` of one node (None: any number)."""

    node: Node
    least: int = 1
    most: int | None = None

    def begins(self, token: str) -> bool:
        return self.node.begins(token)

    def parse(self, cursor: Cursor) -> tuple[Any, ...]:
        found: list[Any] = []
        while len(found) < self.least or (len(found) != self.most and self.node.begins(cursor.token)):
            found.append(self.node.parse(cursor))
        return tuple(found)

    def tokens(self, value: Any) -> Iterator[Terminal]:
        for item in value:
            yield from self.node.tokens(item)

    def connect(self, graph: Graph, start: int) -> int:
        end = graph.state()
        for _ in range(self.least):
            start = self.node.connect(graph, start)
        graph.edge(start, None, end)
        for _ in range(self.least, self.most or self.least):
            start = self.node.connect(graph, start)
            graph.edge(start, None, end)
        if self.most is None:
            graph.edge(self.node.connect(graph, start), None, start)
        return end

    def sample(self, draw: Draw) -> tuple[Any, ...]:
        most = self.least + 2 if self.most is None else self.most
        count = self.least
        while count < most and draw.rng.random() < 0.3:
            count += 1
        return tuple(self.node.sample(draw) for _ in range(count))


@dataclass(frozen=True)
class Maybe(Node):
    """A node that is left out where its value is `default`; `chance` is for sampling."""

    node: Node
    default: Any = None
    chance: float = 0.15

    nullable = True

    def begins(self, token: str) -> bool:
        return self.node.begins(token)

    def parse(self, cursor: Cursor) -> Any:
        return self.node.parse(cursor) if self.node.begins(cursor.token) else self.default

    def tokens(self, value: Any) -> Iterator[Terminal]:
        if value != self.default:
            yield from self.node.tokens(value)

    def connect(self, graph: Graph, start: int) -> int:
        end = self.node.connect(graph, start)
        graph.edge(start, None, end)
        return end

    def sample(self, draw: Draw) -> Any:
        return self.node.sample(draw) if draw.rng.random() < self.chance else self.default


@dataclass(frozen=True)
class Tagged(Node):
    """A word, then a node."""

    word: str
    node: Node

    def begins(self, token: str) -> bool:
        return token == self.word

    def parse(self, cursor: Cursor) -> Any:
        if cursor.token != self.word:
            raise cursor.fail(self.word)
        cursor.take()
        return self.node.parse(cursor)

    def tokens(self, value: Any) -> Iterator[Terminal]:
        yield self.word
        yield from self.node.tokens(value)

    def connect(self, graph: Graph, start: int) -> int:
        after = graph.state()
        graph.edge(start, self.word, after)
        return self.node.connect(graph, after)

    def sample(self, draw: Draw) -> Any:
        return self.node.sample(draw)

"""Nodes of a grammar that build dataclasses: records, variants told apart by a word, and alternatives."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from api_service.assistant.query.syntax.determinise import Graph
from api_service.assistant.query.syntax.nodes import Cursor, Draw, Node, Terminal

Fields = Mapping[str, Node]
"""Nodes by the name of the field that each fills, in the order of the tokens."""


def _begins(fields: Fields, token: str) -> bool:
    for node in fields.values():
        if node.begins(token):
            return True
        if not node.nullable:
            return False
    return False


@dataclass(frozen=True)
class Record(Node):
    """Fields one after another, made into one value by `make`; with `some`, at least one is not left out."""

    make: Callable[..., Any]
    fields: Fields
    some: bool = False

    def begins(self, token: str) -> bool:
        return _begins(self.fields, token)

    def parse(self, cursor: Cursor) -> Any:
        if self.some and not self.begins(cursor.token):
            raise cursor.fail("one of " + ", ".join(self.fields))
        return self.make(**{name: node.parse(cursor) for name, node in self.fields.items()})

    def tokens(self, value: Any) -> Iterator[Terminal]:
        for name, node in self.fields.items():
            yield from node.tokens(getattr(value, name))

    def connect(self, graph: Graph, start: int) -> int:
        if not self.some:
            return self._chain(graph, start, list(self.fields.values()))
        end, nodes = graph.state(), list(self.fields.values())
        for place, node in enumerate(nodes):
            # One chain for each field that comes first; it is not left out, what follows may be.
            required: Node = getattr(node, "node", node)
            graph.edge(self._chain(graph, start, [required, *nodes[place + 1 :]]), None, end)
        return end

    def _chain(self, graph: Graph, start: int, nodes: list[Node]) -> int:
        for node in nodes:
            start = node.connect(graph, start)
        return start

    def sample(self, draw: Draw) -> Any:
        while True:
            slots = draw.slots
            value = self.make(**{name: node.sample(draw) for name, node in self.fields.items()})
            if value or not self.some:
                return value
            draw.slots = slots


@dataclass(frozen=True)
class Variants(Node):
    """A dataclass whose field `tag` is an enum: the member's word, then that member's own fields."""

    make: Callable[..., Any]
    tag: str
    members: Mapping[StrEnum, Fields]
    weights: Mapping[StrEnum, float] = field(default_factory=dict)

    def _member(self, word: str) -> StrEnum | None:
        return next((member for member in self.members if member.value == word), None)

    def begins(self, token: str) -> bool:
        return self._member(token) is not None

    def parse(self, cursor: Cursor) -> Any:
        member = self._member(cursor.token)
        if member is None:
            raise cursor.fail("one of " + ", ".join(member.value for member in self.members))
        cursor.take()
        values = {name: node.parse(cursor) for name, node in self.members[member].items()}
        return self.make(**{self.tag: member}, **values)

    def tokens(self, value: Any) -> Iterator[Terminal]:
        member = getattr(value, self.tag)
        yield str(member.value)
        for name, node in self.members[member].items():
            yield from node.tokens(getattr(value, name))

    def connect(self, graph: Graph, start: int) -> int:
        end = graph.state()
        for member, fields in self.members.items():
            state = graph.state()
            graph.edge(start, member.value, state)
            for node in fields.values():
                state = node.connect(graph, state)
            graph.edge(state, None, end)
        return end

    def sample(self, draw: Draw) -> Any:
        members = list(self.members)
        member = draw.rng.choices(members, [self.weights.get(member, 1.0) for member in members])[0]
        values = {name: node.sample(draw) for name, node in self.members[member].items()}
        return self.make(**{self.tag: member}, **values)


@dataclass(frozen=True)
class Keyed(Node):
    """A word of a table, then that word's own node: the pair of both."""

    nodes: Mapping[str, Node]
    weights: Mapping[str, float] = field(default_factory=dict)

    def begins(self, token: str) -> bool:
        return token in self.nodes

    def parse(self, cursor: Cursor) -> tuple[str, Any]:
        if cursor.token not in self.nodes:
            raise cursor.fail("one of " + ", ".join(self.nodes))
        word = cursor.take()
        return word, self.nodes[word].parse(cursor)

    def tokens(self, value: Any) -> Iterator[Terminal]:
        word, rest = value
        yield word
        yield from self.nodes[word].tokens(rest)

    def connect(self, graph: Graph, start: int) -> int:
        end = graph.state()
        for word, node in self.nodes.items():
            after = graph.state()
            graph.edge(start, word, after)
            graph.edge(node.connect(graph, after), None, end)
        return end

    def sample(self, draw: Draw) -> tuple[str, Any]:
        words = list(self.nodes)
        word = draw.rng.choices(words, [self.weights.get(word, 1.0) for word in words])[0]
        return word, self.nodes[word].sample(draw)


@dataclass(frozen=True)
class OneOf(Node):
    """Alternatives told apart by their first token, and by the class of their value."""

    nodes: Mapping[type, Node]
    weights: Mapping[type, float] = field(default_factory=dict)

    def begins(self, token: str) -> bool:
        return any(node.begins(token) for node in self.nodes.values())

    def parse(self, cursor: Cursor) -> Any:
        for node in self.nodes.values():
            if node.begins(cursor.token):
                return node.parse(cursor)
        raise cursor.fail("the form of a question")

    def tokens(self, value: Any) -> Iterator[Terminal]:
        return self.nodes[type(value)].tokens(value)

    def connect(self, graph: Graph, start: int) -> int:
        end = graph.state()
        for node in self.nodes.values():
            graph.edge(node.connect(graph, start), None, end)
        return end

    def sample(self, draw: Draw) -> Any:
        classes = list(self.nodes)
        chosen = draw.rng.choices(classes, [self.weights.get(cls, 1.0) for cls in classes])[0]
        return self.nodes[chosen].sample(draw)

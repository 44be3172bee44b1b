"""A finite automaton over the words of a query's linear form: what a model that reads may answer.

The gateway builds it from its query language, training stores it beside the weights as `grammar.json`, the
worker compiles it for its tokenizer. The digest tells whether two programs mean the same language.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

SLOT_MARK = "@"

Edge = tuple[int, int]


class GrammarError(ValueError):
    """The automaton is not well formed; the message says where."""


@dataclass(frozen=True)
class Grammar:
    """A deterministic automaton; state 0 is the start.

    `symbols` are words without spaces; one that begins with "@" stands for any slot of the kind that follows
    (`@device`). `edges[s]` lists (index of a symbol, next state), each symbol at most once. A text is in the
    language when its symbols lead from state 0 to one of `accepting`. Raises `GrammarError`.
    """

    name: str
    version: int
    symbols: tuple[str, ...]
    edges: tuple[tuple[Edge, ...], ...]
    accepting: frozenset[int]

    def __post_init__(self) -> None:
        _check_symbols(self.symbols)
        _check_edges(self)
        _check_ways_out(self)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
        canonical = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))
        return sha256(canonical.encode()).hexdigest()

    @property
    def title(self) -> str:
        """Name, version and the first digits of the digest, for messages."""
        return f"{self.name}/{self.version} ({self.digest[:12]})"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as in `grammar.json`."""
        return {
            "name": self.name,
            "version": self.version,
            "symbols": list(self.symbols),
            "edges": [[list(edge) for edge in edges] for edges in self.edges],
            "accepting": sorted(self.accepting),
        }

    def to_json(self) -> str:
        """The content of `grammar.json`."""
        return json.dumps(self.as_dict(), separators=(",", ":")) + "\n"

    def follow(self, words: Sequence[str], slot_kinds: Mapping[str, str]) -> int | None:
        """The state that `words` lead to, None where they leave the grammar.

        `slot_kinds` maps a slot as it is written (`<extra_id_0>`) to its kind.
        """
        state = 0
        for word in words:
            if word.startswith(SLOT_MARK):
                return None
            symbol = f"{SLOT_MARK}{slot_kinds[word]}" if word in slot_kinds else word
            after = {self.symbols[index]: target for index, target in self.edges[state]}.get(symbol)
            if after is None:
                return None
            state = after
        return state


def grammar_from_json(text: str) -> Grammar:
    """The grammar in `text`; raises `GrammarError`."""
    try:
        stored = json.loads(text)
        return Grammar(
            name=str(stored["name"]),
            version=int(stored["version"]),
            symbols=tuple(str(symbol) for symbol in stored["symbols"]),
            edges=tuple(tuple((int(s), int(t)) for s, t in edges) for edges in stored["edges"]),
            accepting=frozenset(int(state) for state in stored["accepting"]),
        )
    except GrammarError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise GrammarError(f"no grammar: {error!r}") from error


def _check_symbols(symbols: Sequence[str]) -> None:
    for symbol in symbols:
        if not symbol or symbol.split() != [symbol] or symbol == SLOT_MARK:
            raise GrammarError(f"{symbol!r} is no symbol: a symbol is a word without spaces")
    if len(set(symbols)) != len(symbols):
        raise GrammarError("a symbol is listed twice")


def _check_edges(grammar: Grammar) -> None:
    states = range(len(grammar.edges))
    if not states:
        raise GrammarError("a grammar has at least one state")
    for state, edges in enumerate(grammar.edges):
        if len({symbol for symbol, _ in edges}) != len(edges):
            raise GrammarError(f"state {state} has two edges for one symbol")
        if any(symbol not in range(len(grammar.symbols)) or target not in states for symbol, target in edges):
            raise GrammarError(f"state {state} names a symbol or a state that does not exist")
    if not grammar.accepting <= set(states):
        raise GrammarError("an accepting state does not exist")


def _check_ways_out(grammar: Grammar) -> None:
    """Every state that can be reached leads to an accepting one: a model never gets stuck."""
    reached = _closure({0}, lambda state: {target for _, target in grammar.edges[state]})
    sources: dict[int, set[int]] = {}
    for state, edges in enumerate(grammar.edges):
        for _, target in edges:
            sources.setdefault(target, set()).add(state)
    ends = _closure(set(grammar.accepting), lambda state: sources.get(state, set()))
    if stuck := reached - ends:
        raise GrammarError(f"no way leads from state {min(stuck)} to an accepting one")


def _closure(start: set[int], neighbours: Callable[[int], set[int]]) -> set[int]:
    found, frontier = set(start), list(start)
    while frontier:
        fresh = neighbours(frontier.pop()) - found
        found |= fresh
        frontier.extend(fresh)
    return found

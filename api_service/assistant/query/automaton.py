"""The grammar as a finite automaton over words and kinds of slots, for decoding that cannot leave it."""

from functools import lru_cache

from api_service.assistant.query.grammar import GRAMMAR, QueryGrammar
from api_service.assistant.query.syntax.determinise import Graph, determinise
from shared.grammar import SLOT_MARK, Grammar

NAME = "query"
VERSION = 1


def build_automaton(grammar: QueryGrammar) -> Grammar:
    """The automaton that accepts exactly what `linear.parse` accepts, whatever the kinds of its slots."""
    graph = Graph()
    start = graph.state()
    end = grammar.root.connect(graph, start)
    rows, accepting = determinise(graph, start, frozenset({end}))
    labels = {label for row in rows for label in row}
    symbols = sorted({symbol for label in labels for symbol in _symbols(label)})
    numbers = {symbol: number for number, symbol in enumerate(symbols)}
    edges = [
        sorted((numbers[symbol], state) for label, state in row.items() for symbol in _symbols(label))
        for row in rows
    ]
    return Grammar(
        name=NAME,
        version=VERSION,
        symbols=tuple(symbols),
        edges=tuple(tuple(row) for row in edges),
        accepting=frozenset(state for state, accepts in enumerate(accepting) if accepts),
    )


def _symbols(label: object) -> list[str]:
    """A word itself, or one symbol for each kind of slot."""
    return sorted(f"{SLOT_MARK}{kind}" for kind in label) if isinstance(label, frozenset) else [str(label)]


@lru_cache(maxsize=1)
def query_automaton() -> Grammar:
    """The automaton of the product's own grammar."""
    return build_automaton(GRAMMAR)

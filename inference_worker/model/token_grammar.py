"""A grammar over symbols compiled for a tokenizer: the automaton over its token ids; no torch.

A symbol is the same pieces wherever it stands. Those pieces are an automaton that may be in several places
at once (one symbol may begin like another), so it is made deterministic by the subset construction.
"""

from collections import abc
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inference_worker.engine.automaton import ALWAYS, END, Automaton
from shared.grammar import SLOT_MARK, Grammar, GrammarError

MAX_SLOTS = 32
SENTINEL = "<extra_id_{}>"

Label = tuple[int, int]  # token id and guard
Node = tuple[int, int, int]  # state of the grammar, index of the symbol begun there, pieces of it so far


@dataclass(frozen=True)
class TokenGrammar:
    """A grammar with its automaton over token ids."""

    grammar: Grammar
    automaton: Automaton
    pieces: dict[str, tuple[int, ...]]
    sentinels: tuple[int, ...]
    eos_token_id: int

    def open_guards(self, slot_kinds: abc.Sequence[str]) -> frozenset[int]:
        """The guards of a question whose slot n has kind `slot_kinds[n]`.

        Raises ValueError for more slots than there are sentinels.
        """
        if len(slot_kinds) > len(self.sentinels):
            raise ValueError(f"a question has at most {len(self.sentinels)} slots, not {len(slot_kinds)}")
        symbols = self.grammar.symbols
        return frozenset(
            _guard(symbols.index(f"{SLOT_MARK}{kind}"), number)
            for number, kind in enumerate(slot_kinds)
            if f"{SLOT_MARK}{kind}" in symbols
        )

    def encode(self, symbols: abc.Sequence[str]) -> list[int]:
        """Token ids of a linear form, slots as they are written, EOS at the end: what training must teach."""
        slots = {SENTINEL.format(number): (token,) for number, token in enumerate(self.sentinels)}
        ids = [token for symbol in symbols for token in (slots.get(symbol) or self.pieces[symbol])]
        return [*ids, self.eos_token_id]

    def decode(self, token_ids: abc.Sequence[int]) -> list[str]:
        """The symbols of an output without EOS; of one that was cut, those that are complete."""
        slots = {token: SENTINEL.format(number) for number, token in enumerate(self.sentinels)}
        reached: dict[Node, tuple[str, ...]] = {(0, -1, 0): ()}
        for token in token_ids:  # reversed: of two ways to the same node, the first one found stays
            reached = {
                target: (*path, *([slots.get(token, name)] if name else []))
                for node, path in reversed(reached.items())
                for (found, _), target, name in self._edges(node)
                if found == token
            }
        whole = [path for (state, symbol, _), path in reached.items() if symbol < 0 and state in self._ends]
        return list(next(iter([*whole, *reached.values()]), ()))

    @property
    def _ends(self) -> frozenset[int]:
        return self.grammar.accepting

    def _edges(self, node: Node) -> abc.Iterator[tuple[Label, Node, str]]:
        """Labels that leave a node, where they lead, and the symbol that they complete."""
        state, begun, length = node
        for symbol, target in self.grammar.edges[state]:
            name = self.grammar.symbols[symbol]
            if name.startswith(SLOT_MARK):
                if begun < 0:
                    for number, token in enumerate(self.sentinels):
                        yield (token, _guard(symbol, number)), (target, -1, 0), name
            elif begun in {-1, symbol}:
                pieces = self.pieces[name]
                is_last = length + 1 == len(pieces)
                following = (target, -1, 0) if is_last else (state, symbol, length + 1)
                yield (pieces[length], ALWAYS), following, name if is_last else ""


def compile_grammar(grammar: Grammar, tokenizer: Any) -> TokenGrammar:
    """Compile for a transformers tokenizer. Raises `GrammarError` for a symbol that it cannot write."""
    pieces = {symbol: _pieces(symbol, tokenizer) for symbol in grammar.symbols if symbol[0] != SLOT_MARK}
    ids = tokenizer.convert_tokens_to_ids([SENTINEL.format(number) for number in range(MAX_SLOTS)])
    unknown = {None, tokenizer.unk_token_id}
    count = next((number for number, token in enumerate(ids) if token in unknown), MAX_SLOTS)
    if count == 0 and any(symbol.startswith(SLOT_MARK) for symbol in grammar.symbols):
        raise GrammarError("the tokenizer has no sentinels <extra_id_N>, but the grammar has slots")
    no_edges = np.zeros(0, np.int64)
    empty = Automaton(np.zeros(2, np.int64), no_edges, no_edges, no_edges)
    compiled = TokenGrammar(grammar, empty, pieces, tuple(ids[:count]), int(tokenizer.eos_token_id))
    return replace(compiled, automaton=_determinised(compiled))


def _pieces(symbol: str, tokenizer: Any) -> tuple[int, ...]:
    pieces = tuple(int(token) for token in tokenizer.encode(symbol, add_special_tokens=False))
    if not pieces or tokenizer.unk_token_id in pieces:
        raise GrammarError(f"the tokenizer cannot write the symbol {symbol!r}")
    return pieces


def _guard(symbol: int, number: int) -> int:
    """The guard of slot `number` where the grammar has the slot symbol with this index."""
    return 1 + symbol * MAX_SLOTS + number


def _determinised(compiled: TokenGrammar) -> Automaton:
    """Subset construction; edges of a state in the order of their labels."""
    start = frozenset({(0, -1, 0)})
    numbers: dict[frozenset[Node], int] = {start: 0}
    todo, rows = [start], []
    while todo:
        nodes = todo.pop(0)
        targets: dict[Label, set[Node]] = {}
        for label, target, _ in (edge for node in nodes for edge in compiled._edges(node)):
            targets.setdefault(label, set()).add(target)
        row = []
        for label, found in sorted(targets.items()):
            key = frozenset(found)
            if key not in numbers:
                numbers[key] = len(numbers)
                todo.append(key)
            row.append((*label, numbers[key]))
        if any(symbol < 0 and state in compiled.grammar.accepting for state, symbol, _ in nodes):
            row.append((compiled.eos_token_id, ALWAYS, END))
        rows.append(row)
    offsets = np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64)
    table = np.array([edge for row in rows for edge in row], np.int64).reshape(-1, 3)
    return Automaton(offsets, table[:, 0].copy(), table[:, 2].copy(), table[:, 1].copy())

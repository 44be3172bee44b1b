"""What the grammar leaves open at each step of a query: the loss of the task `read` is over that alone.

Decoding never leaves the grammar, so a model need not learn it: its whole capacity goes into the choices.
"""

from collections.abc import Sequence

import torch

from inference_worker.engine.automaton import END, START
from inference_worker.model.token_grammar import TokenGrammar

Step = tuple[int, int, int]
"""A token of a query: its id, its column, and the row of what is allowed in its place."""


class Choices:
    """The tokens of a grammar as columns, and which of them may follow, a row for each distinct set."""

    def __init__(self, grammar: TokenGrammar) -> None:
        self._grammar = grammar
        tokens = sorted({int(token) for token in grammar.automaton.token_ids})
        self.tokens = torch.tensor(tokens)
        self._columns = {token: column for column, token in enumerate(tokens)}
        self._rows: dict[frozenset[int], int] = {}
        self._known: dict[tuple[frozenset[int], int], tuple[int, dict[int, int]]] = {}

    def encode(self, symbols: Sequence[str], kinds: Sequence[str]) -> tuple[Step, ...]:
        """The steps of a query.

        Raises ValueError where the grammar does not allow the query with slots of these `kinds`.
        """
        guards = self._grammar.open_guards(kinds)
        state, steps = START, []
        for token in self._grammar.encode(symbols):
            row, allowed = self._allowed(guards, state)
            if token not in allowed:
                raise ValueError(f"the grammar does not allow {' '.join(symbols)}")
            steps.append((token, self._columns[token], row))
            state = allowed[token]
        if state != END:
            raise ValueError(f"the grammar does not end after {' '.join(symbols)}")
        return tuple(steps)

    def table(self) -> torch.Tensor:
        """0 where a token is allowed and minus infinity where not, (rows so far, tokens)."""
        table = torch.full((len(self._rows), len(self.tokens)), float("-inf"))
        for columns, row in self._rows.items():
            table[row, list(columns)] = 0.0
        return table

    def _allowed(self, guards: frozenset[int], state: int) -> tuple[int, dict[int, int]]:
        key = (guards, state)
        if key not in self._known:
            allowed = self._grammar.automaton.constrain(guards).allowed(state, 0)
            columns = frozenset(self._columns[token] for token in allowed)
            self._known[key] = self._rows.setdefault(columns, len(self._rows)), allowed
        return self._known[key]

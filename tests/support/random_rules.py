"""Random automata written as dictionaries, walked without any help of the engine's own arithmetic."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference_worker.engine.automaton import ALWAYS, END, Automaton, Constraint

EOS = 1


@dataclass(frozen=True)
class Rules:
    """`edges[state]` holds (token, next state or END, guard); `opened` and `forbidden` are the request's."""

    edges: tuple[tuple[tuple[int, int, int], ...], ...]
    opened: frozenset[int] = frozenset()
    forbidden: tuple[tuple[int, int], ...] = ()

    def automaton(self) -> Automaton:
        flat = [edge for edges in self.edges for edge in edges]
        counts = [len(edges) for edges in self.edges]
        token_ids, next_states, guards = (
            np.array([edge[part] for edge in flat], np.int64) for part in range(3)
        )
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Automaton(offsets, token_ids, next_states, guards)

    def constraint(self) -> Constraint:
        return self.automaton().constrain(self.opened, self.forbidden)

    def _open(self, state: int) -> list[tuple[int, int]]:
        return [
            (token, target)
            for token, target, guard in self.edges[state]
            if guard == ALWAYS or guard in self.opened
        ]

    def completes(self, state: int) -> bool:
        """Whether END can be reached: by trying every path."""
        seen, todo = {state}, [state]
        while todo:
            for _, target in self._open(todo.pop()):
                if target == END:
                    return True
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return False

    def after(self, ids: Sequence[int]) -> list[int]:
        """What may follow these tokens; raises where they left the rules."""
        state = 0
        for position, token in enumerate(ids):
            assert (position, token) not in self.forbidden
            (state,) = [target for edge, target in self._open(state) if edge == token]
        return [
            token
            for token, target in self._open(state)
            if (len(ids), token) not in self.forbidden and (target == END or self.completes(target))
        ]


def random_rules(chance: random.Random, vocabulary: int = 120) -> Rules:
    """Some states, some edges, some of them guarded; what is open can be completed."""
    states = chance.randint(1, 7)
    while True:
        edges = []
        for _ in range(states):
            tokens = chance.sample(range(2, vocabulary), chance.randint(0, 6))
            found = [
                (token, chance.randrange(states), chance.choice([ALWAYS, ALWAYS, 1, 2, 3]))
                for token in tokens
            ]
            if chance.random() < 0.4:
                found.append((EOS, END, ALWAYS))
            edges.append(tuple(found))
        opened = frozenset(guard for guard in (1, 2, 3) if chance.random() < 0.5)
        rules = Rules(tuple(edges), opened)
        if any(edges) and rules.completes(0):
            return rules

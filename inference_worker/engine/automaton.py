"""Constrained decoding: which tokens may follow in which state, and one request's use of that; no torch.

The table is built once per grammar and shared by all requests. What differs between requests is which
guards are open (an edge with a closed guard does not exist for it) and which tokens are forbidden where.
"""

from collections import abc
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

START = 0
END = -1
"""Next state of an edge whose token completes the output (EOS)."""
ALWAYS = 0
"""Guard of an edge that exists for every request."""
MAX_FORBIDDEN = 8
_CACHED_GUARD_SETS = 256


@dataclass(frozen=True, eq=False)
class Automaton:
    """States and their edges in compressed sparse rows; identity is equality.

    Edges of state s are `offsets[s]` … `offsets[s + 1]` of `token_ids`, `next_states` (or `END`) and `guards`
    (`ALWAYS`, or a number that a request opens). Among the edges of a state that are open at the same time, a
    token occurs once. Raises ValueError.
    """

    offsets: Ints
    token_ids: Ints
    next_states: Ints
    guards: Ints
    _live: dict[frozenset[int], Flags] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        edges = len(self.token_ids)
        ordered = len(self.offsets) > 1 and self.offsets[0] == 0 and self.offsets[-1] == edges
        if not ordered or (np.diff(self.offsets) < 0).any():
            raise ValueError("offsets rise from 0 to the number of edges, one more than there are states")
        if not len(self.next_states) == len(self.guards) == edges:
            raise ValueError("token_ids, next_states and guards have one entry per edge")
        if edges and (self.token_ids.min() < 0 or self.guards.min() < 0):
            raise ValueError("token ids and guards are not negative")
        if edges and not (self.next_states.min() >= END and self.next_states.max() < self.states):
            raise ValueError("an edge leads to a state that does not exist")

    @property
    def states(self) -> int:
        """Number of states; `START` is the first."""
        return len(self.offsets) - 1

    @property
    def width(self) -> int:
        """Most edges of a state."""
        return int(np.diff(self.offsets).max())

    @property
    def guard_count(self) -> int:
        """One more than the largest guard."""
        return int(self.guards.max(initial=ALWAYS)) + 1

    def live_states(self, open_guards: frozenset[int]) -> Flags:
        """From which states the output can be completed with these guards open, (states,)."""
        if open_guards not in self._live:
            if len(self._live) >= _CACHED_GUARD_SETS:
                self._live.clear()
            self._live[open_guards] = self._find_live(open_guards)
        return self._live[open_guards]

    def _find_live(self, open_guards: frozenset[int]) -> Flags:
        is_open = np.isin(self.guards, [ALWAYS, *open_guards])
        source = np.repeat(np.arange(self.states), np.diff(self.offsets))
        live = np.zeros(self.states + 1, bool)
        live[END] = True
        while True:
            found = np.zeros_like(live)
            found[source[is_open & live[self.next_states]]] = True
            found[END] = True
            if (found == live).all():
                return live[:END]
            live = found

    def constrain(
        self, open_guards: abc.Set[int] = frozenset(), forbidden: abc.Sequence[tuple[int, int]] = ()
    ) -> "Constraint":
        """A request's constraint. Raises ValueError where no output can be completed."""
        if len(forbidden) > MAX_FORBIDDEN:
            raise ValueError(f"at most {MAX_FORBIDDEN} tokens can be forbidden, not {len(forbidden)}")
        opened = frozenset(guard for guard in open_guards if 0 < guard < self.guard_count)
        live = self.live_states(opened)
        if not live[START]:
            raise ValueError(
                "no output is possible: every path of the automaton needs a guard that is closed"
            )
        return Constraint(self, opened, live, tuple(forbidden))


@dataclass(frozen=True, eq=False)
class Constraint:
    """What one request may generate; made by `Automaton.constrain`.

    `forbidden` holds pairs (position, token id): that token may not be the one at that position (0 is the
    first). Where this leaves no token, the request ends with `finish_reason` "dead_end".
    """

    automaton: Automaton
    open_guards: frozenset[int]
    live: Flags
    forbidden: tuple[tuple[int, int], ...]

    def allowed(self, state: int, position: int) -> dict[int, int]:
        """Tokens allowed in a state at a position, with the state that each leads to: the plain reference."""
        table = self.automaton
        edges = range(int(table.offsets[state]), int(table.offsets[state + 1]))
        return {
            int(table.token_ids[edge]): int(table.next_states[edge])
            for edge in edges
            if (table.guards[edge] == ALWAYS or int(table.guards[edge]) in self.open_guards)
            and (table.next_states[edge] == END or self.live[table.next_states[edge]])
            and (position, int(table.token_ids[edge])) not in self.forbidden
        }

"""Constrained greedy choice on a CPU: one compiled kernel reads exactly the edges of each row's state."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from inference_worker.engine.automaton import END, MAX_FORBIDDEN, START, Automaton, Constraint
from inference_worker.engine.sequence import NO_TOKEN
from inference_worker.t5.constraints import MAX_AUTOMATA, Choices

Array = NDArray[Any]

FREE = -1  # state of a row without a constraint


class RaggedConstraints:
    """`RowConstraints` over the automata's own sparse rows, concatenated.

    Edges: `token_ids`, `next_states`, `guards`; states: `offsets`. Rows: `states` (slots,), `open_guards`
    (slots, guards), `live` (slots, states), `forbidden` and `countdown` (slots, MAX_FORBIDDEN): a token and
    in how many steps it is forbidden.
    """

    version = 0

    def __init__(self, slots: int) -> None:
        self._constraints: list[Constraint | None] = [None] * slots
        self._states: Array = np.full(slots, FREE, np.int64)
        self._next: Array | None = None
        self._forbidden: Array = np.full((slots, MAX_FORBIDDEN), NO_TOKEN, np.int64)
        self._countdown: Array = np.full((slots, MAX_FORBIDDEN), -1, np.int64)
        self._clear()

    def _clear(self) -> None:
        slots = len(self._constraints)
        self._first: dict[Automaton, int] = {}
        self._offsets: Array = np.zeros(1, np.int64)
        self._token_ids: Array = np.zeros(0, np.int64)
        self._next_states: Array = np.zeros(0, np.int64)
        self._guards: Array = np.zeros(0, np.int64)
        self._open_guards: Array = np.ones((slots, 1), np.bool_)
        self._live: Array = np.ones((slots, 0), np.bool_)

    def occupy(self, slot: int, constraint: Constraint | None) -> None:
        """See `RowConstraints`."""
        self.free(slot)
        if constraint is None:
            return
        first = self._add(constraint.automaton)
        self._constraints[slot] = constraint
        self._states[slot] = first + START
        self._open_guards[slot, 1:] = False
        self._open_guards[slot, list(constraint.open_guards)] = True
        self._live[slot, first : first + len(constraint.live)] = constraint.live
        for index, (position, token_id) in enumerate(constraint.forbidden):
            self._forbidden[slot, index] = token_id
            self._countdown[slot, index] = position

    def move(self, source: int, target: int) -> None:
        """See `RowConstraints`."""
        self._constraints[target] = self._constraints[source]
        for state in (self._states, self._forbidden, self._countdown, self._open_guards, self._live):
            state[target] = state[source]

    def free(self, slot: int) -> None:
        """See `RowConstraints`."""
        self._constraints[slot] = None
        self._states[slot] = FREE
        self._countdown[slot] = -1

    def is_active(self, rows: int) -> bool:
        """See `RowConstraints`."""
        return bool((self._states[:rows] != FREE).any())

    def choose(self, logits: Tensor, unconstrained: Callable[[Tensor], Choices]) -> Choices:
        """See `RowConstraints`."""
        rows = len(logits)
        states = self._states[:rows]
        choices = Choices(torch.empty(rows, dtype=torch.int64), torch.empty(rows), torch.empty(rows))
        self._next = states.copy()
        constrained_choice(
            logits.numpy(),
            states,
            (self._offsets, self._token_ids, self._next_states, self._guards),
            (self._open_guards, self._live, self._forbidden, self._countdown),
            (choices.token_ids.numpy(), choices.logprobs.numpy(), choices.margins.numpy(), self._next),
        )
        free_rows = np.flatnonzero(states == FREE)
        if len(free_rows):
            index = torch.from_numpy(free_rows)
            for whole, part in zip(choices, unconstrained(logits[index]), strict=True):
                whole[index] = part
        return choices

    def advance(self) -> None:
        """See `RowConstraints`."""
        if self._next is not None:
            self._states[: len(self._next)] = self._next
            self._countdown[: len(self._next)] -= 1
            self._next = None

    def _add(self, automaton: Automaton) -> int:
        """The index of an automaton's first state; it joins the table if need be."""
        if automaton in self._first:
            return self._first[automaton]
        if len(self._first) >= MAX_AUTOMATA and not self.is_active(len(self._states)):
            self._clear()
        first = len(self._offsets) - 1
        following = np.where(automaton.next_states == END, END, automaton.next_states + first)
        self._offsets = np.concatenate([self._offsets, automaton.offsets[1:] + self._offsets[-1]])
        self._token_ids = np.concatenate([self._token_ids, automaton.token_ids])
        self._next_states = np.concatenate([self._next_states, following])
        self._guards = np.concatenate([self._guards, automaton.guards])
        more_guards = max(0, automaton.guard_count - self._open_guards.shape[1])
        self._open_guards = np.pad(self._open_guards, ((0, 0), (0, more_guards)))
        self._live = np.pad(self._live, ((0, 0), (0, automaton.states)), constant_values=True)
        self._first[automaton] = first
        return first


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def constrained_choice(logits: Any, states: Any, table: Any, rows: Any, out: Any) -> None:
    """Write the choice of every row whose state is not `FREE` to `out`, and the state that it leads to.

    `logits` (rows, vocabulary); `table`, `rows` and `out` are the arrays of `RaggedConstraints` and of
    `Choices` in their order. The log-sum-exp is accumulated in one pass (Milakov and Gimelshein 2018,
    arXiv:1805.02867).
    """
    offsets, token_ids, next_states, guards = table
    open_guards, live, forbidden, countdown = rows
    out_ids, out_logprobs, out_margins, out_next = out
    for r in range(len(states)):
        state = states[r]
        if state < 0:
            continue
        best, second, total, chosen = -np.inf, -np.inf, 0.0, -1
        for edge in range(offsets[state], offsets[state + 1]):
            following, token = next_states[edge], token_ids[edge]
            if not open_guards[r, guards[edge]] or (following >= 0 and not live[r, following]):
                continue
            if is_forbidden(token, forbidden[r], countdown[r]):
                continue
            score = np.float64(logits[r, token])
            if score > best:
                total = total * np.exp(best - score) + 1.0 if chosen >= 0 else 1.0
                best, second, chosen = score, best, edge
            else:
                total += np.exp(score - best)
                second = max(second, score)
        if chosen < 0:
            out_ids[r], out_logprobs[r], out_margins[r] = NO_TOKEN, np.nan, np.nan
            continue
        out_ids[r], out_next[r] = token_ids[chosen], next_states[chosen]
        out_logprobs[r], out_margins[r] = -np.log(total), best - second


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def is_forbidden(token: Any, forbidden: Any, countdown: Any) -> Any:
    """Whether one of a row's forbidden tokens is this one, in this step."""
    for index in range(len(forbidden)):  # noqa: SIM110 - numba compiles no generator expressions here
        if countdown[index] == 0 and forbidden[index] == token:
            return True
    return False

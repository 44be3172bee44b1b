"""Constrained greedy choice in tensors of fixed shapes, for CUDA graphs; it runs on a CPU as well.

All automata in use lie in one padded table on the device; row state is an index into it, 0 for a row without
a constraint. Rows with and without one mix in a batch.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from inference_worker.engine.automaton import END, MAX_FORBIDDEN, START, Automaton, Constraint
from inference_worker.engine.sequence import NO_TOKEN

FREE = 0  # the table's state of rows without a constraint
CLOSED, OPEN, FIRST_GUARD = 0, 1, 2  # columns of a row's guards: of padding, of `ALWAYS`, of guard 1
MAX_AUTOMATA = 8
MAX_TABLE_ENTRIES = 32_000_000
MIN_WIDTH = 2  # so that there is a second best


class Choices(NamedTuple):
    """`Choice` of every row, each tensor (rows,)."""

    token_ids: Tensor
    logprobs: Tensor
    margins: Tensor


class RowConstraints(Protocol):
    """The constraint of every slot and its state; the occupied slots are the first ones."""

    version: int
    """Changes when tensors that a captured graph reads were allocated again."""

    def occupy(self, slot: int, constraint: Constraint | None) -> None:
        """Start a row at the automaton's first state. Raises ValueError for a table that is too large."""
        ...

    def move(self, source: int, target: int) -> None:
        """Copy a row's constraint and state into another slot."""
        ...

    def free(self, slot: int) -> None:
        """Mark a slot as unoccupied."""
        ...

    def is_active(self, rows: int) -> bool:
        """Whether one of the first `rows` slots has a constraint."""
        ...

    def choose(self, logits: Tensor, unconstrained: Callable[[Tensor], Choices]) -> Choices:
        """The choice of each row of logits (rows, vocabulary); `advance` must follow."""
        ...

    def advance(self) -> None:
        """Take over the states that the last `choose` led to."""
        ...


class StaticConstraints:
    """`RowConstraints` in tensors.

    Table: `token_ids`, `next_states` and `guards` (states, width). Rows: `states` (slots,), `open_guards`
    (slots, guards), `live` (slots, states), `forbidden` and `countdown` (slots, MAX_FORBIDDEN): a token and
    in how many steps it is forbidden.
    """

    def __init__(self, slots: int, device: torch.device) -> None:
        self.version = 0
        self._device = device
        self._constraints: list[Constraint | None] = [None] * slots
        self._next: Tensor | None = None
        self._states = torch.zeros(slots, dtype=torch.int64, device=device)
        self._forbidden = torch.full((slots, MAX_FORBIDDEN), NO_TOKEN, dtype=torch.int64, device=device)
        self._countdown = torch.full_like(self._forbidden, -1)
        self._clear()

    def _clear(self) -> None:
        slots = len(self._constraints)
        self._first: dict[Automaton, int] = {}
        self._token_ids = torch.zeros(1, MIN_WIDTH, dtype=torch.int64, device=self._device)
        self._next_states = torch.zeros_like(self._token_ids)
        self._guards = torch.zeros_like(self._token_ids)
        self._open_guards = torch.zeros(slots, FIRST_GUARD, dtype=torch.bool, device=self._device)
        self._open_guards[:, OPEN] = True
        self._live = torch.ones(slots, 1, dtype=torch.bool, device=self._device)

    def occupy(self, slot: int, constraint: Constraint | None) -> None:
        """See `RowConstraints`."""
        self.free(slot)
        if constraint is None:
            return
        first = self._add(constraint.automaton)
        self._constraints[slot] = constraint
        self._states[slot] = first + START
        self._open_guards[slot, FIRST_GUARD:] = False
        for guard in constraint.open_guards:
            self._open_guards[slot, FIRST_GUARD + guard - 1] = True
        self._live[slot, first : first + len(constraint.live)] = torch.from_numpy(constraint.live)
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
        if self._constraints[slot] is not None:
            self._constraints[slot] = None
            self._states[slot] = FREE
            self._countdown[slot] = -1

    def is_active(self, rows: int) -> bool:
        """See `RowConstraints`."""
        return any(constraint is not None for constraint in self._constraints[:rows])

    def choose(self, logits: Tensor, unconstrained: Callable[[Tensor], Choices]) -> Choices:
        """See `RowConstraints`."""
        rows = len(logits)
        states, guards = self._states[:rows], self._open_guards[:rows]
        token_ids, next_states = self._token_ids[states], self._next_states[states]
        allowed = guards.gather(1, self._guards[states]) & self._live[:rows].gather(1, next_states)
        due = (self._countdown[:rows] == 0).unsqueeze(1)
        allowed &= ~((token_ids.unsqueeze(2) == self._forbidden[:rows].unsqueeze(1)) & due).any(2)
        scores = logits.gather(1, token_ids).masked_fill(~allowed, -torch.inf)
        best, where = scores.topk(2, -1)
        chosen = where[:, :1]
        is_constrained = states != FREE
        has_choice = best[:, 0] != -torch.inf
        self._next = torch.where(is_constrained, next_states.gather(1, chosen).squeeze(1), states)
        found = token_ids.gather(1, chosen).squeeze(1)
        free = unconstrained(logits)
        return Choices(
            torch.where(is_constrained, torch.where(has_choice, found, NO_TOKEN), free.token_ids),
            torch.where(is_constrained, best[:, 0] - scores.logsumexp(-1), free.logprobs),
            torch.where(is_constrained, best[:, 0] - best[:, 1], free.margins),
        )

    def advance(self) -> None:
        """See `RowConstraints`."""
        if self._next is not None:
            rows = len(self._next)
            self._states[:rows] = self._next
            self._countdown[:rows] -= 1
            self._next = None

    def snapshot(self) -> Callable[[], None]:
        """Remember the states; what is returned restores them."""
        states, countdown = self._states.clone(), self._countdown.clone()

        def restore() -> None:
            self._states.copy_(states)
            self._countdown.copy_(countdown)

        return restore

    def _add(self, automaton: Automaton) -> int:
        """The table's index of an automaton's first state; it joins the table if need be."""
        if automaton in self._first:
            return self._first[automaton]
        if len(self._first) >= MAX_AUTOMATA and not self.is_active(len(self._constraints)):
            self._clear()
        first = len(self._token_ids)
        width = max(self._token_ids.shape[1], automaton.width)
        if (first + automaton.states) * width > MAX_TABLE_ENTRIES:
            raise ValueError(
                f"an automaton of {automaton.states} states and {width} edges a state is too large"
            )
        padded = padded_table(automaton, first)
        self._token_ids = _stacked(self._token_ids, padded[0])
        self._next_states = _stacked(self._next_states, padded[1])
        self._guards = _stacked(self._guards, padded[2])
        guards = max(self._open_guards.shape[1], automaton.guard_count + FIRST_GUARD - 1)
        self._open_guards = _widened(self._open_guards, guards, value=False)
        self._live = _widened(self._live, len(self._token_ids), value=True)
        self._first[automaton] = first
        self.version += 1
        return first


def padded_table(automaton: Automaton, first: int) -> tuple[Tensor, Tensor, Tensor]:
    """Token ids, next states (from `first` on) and guards, each (states, width); padding is closed."""
    counts = np.diff(automaton.offsets)
    rows = np.repeat(np.arange(automaton.states), counts)
    columns = np.arange(len(rows)) - np.repeat(automaton.offsets[:-1], counts)
    following = np.where(automaton.next_states == END, FREE, automaton.next_states + first)
    table = np.zeros((3, automaton.states, max(automaton.width, MIN_WIDTH)), np.int64)
    for part, values in zip(table, (automaton.token_ids, following, automaton.guards + OPEN), strict=True):
        part[rows, columns] = values
    token_ids, next_states, guards = torch.from_numpy(table)
    return token_ids, next_states, guards


def _stacked(table: Tensor, below: Tensor) -> Tensor:
    width = max(table.shape[1], below.shape[1])
    parts = [
        torch.nn.functional.pad(part, (0, width - part.shape[1])) for part in (table, below.to(table.device))
    ]
    return torch.cat(parts)


def _widened(rows: Tensor, width: int, *, value: bool) -> Tensor:
    return torch.nn.functional.pad(rows, (0, width - rows.shape[1]), value=value)

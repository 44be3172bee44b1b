"""Admission to the batch, slots, preemption; no torch, so the policy is tested without a model."""

from collections import deque

from inference_worker.engine.sequence import Sequence


class Scheduler:
    """First come, first served, within the free slots and a budget of prefill tokens per step.

    The index of a sequence in `running` is its slot in the runner. The budget bounds how long a
    prefill delays the running rows; a prompt longer than the whole budget is admitted alone, never starved.
    """

    def __init__(self, max_slots: int, encoder_tokens_per_step: int) -> None:
        if max_slots < 1 or encoder_tokens_per_step < 1:
            raise ValueError("max_slots and encoder_tokens_per_step must be at least 1")
        self.max_slots = max_slots
        self.encoder_tokens_per_step = encoder_tokens_per_step
        self.slot_limit = max_slots
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []

    @property
    def is_idle(self) -> bool:
        """Whether no request is waiting or running."""
        return not self.waiting and not self.running

    def add(self, sequence: Sequence) -> None:
        """Append a request to the queue."""
        self.waiting.append(sequence)

    def admit(self) -> list[Sequence]:
        """Take from the head of the queue what may start now; the caller prefills it and calls `start`."""
        free = self.slot_limit - len(self.running)
        budget = self.encoder_tokens_per_step
        admitted: list[Sequence] = []
        while self.waiting and len(admitted) < free:
            cost = self.waiting[0].prompt_tokens
            if admitted and cost > budget:
                break
            budget -= cost
            admitted.append(self.waiting.popleft())
        return admitted

    def start(self, sequences: list[Sequence]) -> None:
        """Assign the next slots to prefilled sequences, in order."""
        self.running.extend(sequences)

    def retire(self, slot: int) -> Sequence:
        """Remove a sequence; the last one moves into its slot, as the runner's rows do."""
        sequence = self.running[slot]
        self.running[slot] = self.running[-1]
        self.running.pop()
        return sequence

    def drop_finished_waiting(self, now: float) -> list[Sequence]:
        """Remove the waiting sequences that were cancelled or whose deadline passed."""
        for sequence in self.waiting:
            sequence.check(now)
        dropped = [sequence for sequence in self.waiting if sequence.is_finished]
        if dropped:
            self.waiting = deque(sequence for sequence in self.waiting if not sequence.is_finished)
        return dropped

    def finished_slots(self) -> list[int]:
        """Slots to retire, highest first: the row that moves is then never one still to be retired."""
        return [slot for slot in reversed(range(len(self.running))) if self.running[slot].is_finished]

    def preempt_youngest_half(self) -> list[int]:
        """Preempt the youngest half of the rows, back to the head of the queue: the device is out of memory.

        Returns the slots to retire in the runner, highest first. Fewer slots are assigned until
        `restore_limit`.
        """
        keep = len(self.running) // 2
        by_age = sorted(range(len(self.running)), key=lambda slot: self.running[slot].arrived_at)
        slots = sorted(by_age[keep:], reverse=True)
        preempted = sorted((self.retire(slot) for slot in slots), key=lambda sequence: sequence.arrived_at)
        for sequence in preempted:
            sequence.restart()
        self.waiting.extendleft(reversed(preempted))
        self.slot_limit = max(1, keep)
        return slots

    def restore_limit(self) -> None:
        """Assign all slots again."""
        self.slot_limit = self.max_slots

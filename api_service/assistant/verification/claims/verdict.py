"""What the check found in a text."""

from dataclasses import dataclass, field

from api_service.assistant.execution.cells import Cell


@dataclass(frozen=True)
class Verdict:
    """`supported`: every claim is borne out, and what was asked is said. `problems` say what is not.

    `cells` are those that the text states, `devices` the names of the devices it speaks of, in its order.
    """

    supported: bool
    problems: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    devices: tuple[str, ...] = ()


@dataclass
class Report:
    """What was found so far: problems, the places of cells that were stated, and with
    their moment; the words of the whole text; whether the count was said, and how many "more" there are."""

    problems: list[str] = field(default_factory=list)
    stated: set[int] = field(default_factory=set)
    timed: set[int] = field(default_factory=set)
    words: frozenset[str] = frozenset()
    is_counted: bool = False
    more: int = 0

    def claim(self, holds: bool, problem: str) -> None:
        """Report `problem` where a claim does not hold."""
        if not holds:
            self.problems.append(problem)

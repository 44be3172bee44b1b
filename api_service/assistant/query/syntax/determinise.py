"""Nondeterministic automata and the subset construction; pure."""

from collections.abc import Hashable


class Graph:
    """Edges of a nondeterministic automaton; the label None is the empty step."""

    def __init__(self) -> None:
        self.edges: list[list[tuple[Hashable | None, int]]] = []

    def state(self) -> int:
        """A new state."""
        self.edges.append([])
        return len(self.edges) - 1

    def edge(self, start: int, label: Hashable | None, end: int) -> None:
        """An edge from `start` to `end`."""
        self.edges[start].append((label, end))


def determinise(
    graph: Graph, start: int, accepting: frozenset[int]
) -> tuple[list[dict[Hashable, int]], list[bool]]:
    """The subset construction: edges and acceptance of the reachable states, `start`'s being the first."""
    first = _closure(graph, {start})
    numbers, order = {first: 0}, [first]
    rows: list[dict[Hashable, int]] = []
    for members in order:  # grows while it is walked
        row = {}
        for label, ends in _reached(graph, members).items():
            closed = _closure(graph, ends)
            if closed not in numbers:
                numbers[closed] = len(order)
                order.append(closed)
            row[label] = numbers[closed]
        rows.append(row)
    return rows, [bool(members & accepting) for members in order]


def _reached(graph: Graph, members: frozenset[int]) -> dict[Hashable, set[int]]:
    reached: dict[Hashable, set[int]] = {}
    for state in sorted(members):
        for label, end in graph.edges[state]:
            if label is not None:
                reached.setdefault(label, set()).add(end)
    return reached


def _closure(graph: Graph, states: set[int]) -> frozenset[int]:
    """`states` and what empty steps lead to."""
    found, waiting = set(states), list(states)
    while waiting:
        for label, end in graph.edges[waiting.pop()]:
            if label is None and end not in found:
                found.add(end)
                waiting.append(end)
    return frozenset(found)

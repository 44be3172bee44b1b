"""Asks every case of a household and scores the answers."""

from collections.abc import Iterable, Iterator

from benchmarks.assistant.cases import Case, Turn
from benchmarks.assistant.client import ChatClient, Reply
from benchmarks.assistant.gold.ground_truth import Truth
from benchmarks.assistant.judging.scoring import Score, score
from benchmarks.assistant.report import Result


def run_cases(household: str, truth: Truth, cases: Iterable[Case], client: ChatClient) -> Iterator[Result]:
    """One result for every question, in order; a conversation shares one session."""
    for case in cases:
        session_id = None
        asked: list[str] = []
        for number, turn in enumerate(case.turns):
            reply = client.ask(turn.text, session_id)
            session_id = reply.body.get("session_id") or session_id
            asked.append(turn.text)
            yield Result(
                household,
                f"{case.identity}.{number}",
                case.kind if number or len(case.turns) == 1 else turn.kind,
                turn.text,
                reply.error or str(reply.body.get("response", "")),
                _judged(turn, reply, truth, asked),
                reply.latency_s,
            )


def _judged(turn: Turn, reply: Reply, truth: Truth, asked: list[str]) -> Score:
    if reply.error:
        return Score("wrong", (reply.error,))
    return score(turn, reply.body, truth, "\n".join(asked))

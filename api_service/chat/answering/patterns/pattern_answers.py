"""The answer to a question that is understood by patterns and not by the model."""

from api_service.assistant.execution.facts import collect_facts
from api_service.assistant.rendering.answer import build_prompt
from api_service.assistant.types import AnswerFacts, DeviceRef
from api_service.assistant.understanding.understand import understand
from api_service.chat.answering.generation import GenerationClient, QuestionJobs
from api_service.chat.answering.patterns.sheet_check import checked_answer
from api_service.database.sessions import SessionFactory, snapshot
from api_service.repositories.aggregates import device_statuses
from api_service.schemas.chat import ChatAnswer
from shared.generation import GenerationOutcome


class PatternAnswers:
    """Understands, computes, has it said, and checks."""

    def __init__(self, sessions: SessionFactory, generation: GenerationClient) -> None:
        self._sessions = sessions
        self._generation = generation

    async def answer(self, jobs: QuestionJobs) -> ChatAnswer:
        """The checked answer. Raises `LeaseLost`, `Unavailable` while the database is away."""
        facts = await self._load_facts(jobs)
        return checked_answer(jobs, facts, await self._words(jobs, facts))

    async def _load_facts(self, jobs: QuestionJobs) -> AnswerFacts:
        question = jobs.question
        async with snapshot(self._sessions) as session:
            statuses = await device_statuses(session)
            catalog = [DeviceRef(status.cluster, status.name) for status in statuses]
            understood = understand(question.text, question.history, catalog, question.moment)
            return await collect_facts(session, understood, question.moment, statuses)

    async def _words(self, jobs: QuestionJobs, facts: AnswerFacts) -> GenerationOutcome | None:
        if facts.refusal is not None or not facts.required:
            return None
        prompt = build_prompt(facts, jobs.question.history)
        return (await self._generation.say(jobs, prompt)).outcome

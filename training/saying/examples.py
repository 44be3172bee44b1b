"""Pairs of prompt and target for the task "say", over random queries of the whole language.

A plan is said in every style that it has; numbers, names and times are slots in both texts.
"""

import random
from collections import Counter

from api_service.assistant.query.query import Query
from api_service.assistant.query.sampler import sample_any
from api_service.assistant.query.type_rules import type_fault
from api_service.assistant.rendering.results.plan import STYLES, Plan
from api_service.assistant.rendering.results.say import plan_of, prompt_of
from inference_worker.prompt import render
from shared.generation import SlottedText
from training.saying.findings import random_finding
from training.saying.home import random_home

MAX_PROMPT_TOKENS = 512
DRAWS_PER_EXAMPLE = 1.0
MIN_DRAWS = 3000
FINDINGS_PER_HOME = 4
FALLBACK_CHANCE = 0.3


def examples(count: int, seed: int) -> list[tuple[str, str]]:
    """`count` pairs; the same ones for the same seed."""
    rng = random.Random(seed)
    queries = Queries(rng, max(MIN_DRAWS, round(count * DRAWS_PER_EXAMPLE)))
    found: list[tuple[str, str]] = []
    while len(found) < count:
        home = random_home(rng)
        for _ in range(FINDINGS_PER_HOME):
            finding = random_finding(rng, home, queries.choose(rng))
            found += _pairs(rng, plan_of(finding, home.moment, home.refs))
    rng.shuffle(found)
    return found[:count]


class Queries:
    """Well-typed queries of every form, each form as often as its weight in the grammar says.

    The sampler of single queries draws until the form fits; drawing many at once is twenty times as fast.
    """

    def __init__(self, rng: random.Random, draws: int) -> None:
        self._by_form: dict[str, list[Query]] = {}
        weights: Counter[str] = Counter()
        for _ in range(draws):
            request = sample_any(rng)
            if isinstance(request, Query):
                weights[request.ask.value] += 1
                if type_fault(request) is None:
                    self._by_form.setdefault(request.ask.value, []).append(request)
        self._forms = list(self._by_form)
        self._weights = [weights[form] for form in self._forms]

    def choose(self, rng: random.Random) -> Query:
        """One of them."""
        return rng.choice(self._by_form[rng.choices(self._forms, self._weights)[0]])


def _pairs(rng: random.Random, plan: Plan) -> list[tuple[str, str]]:
    """One pair for each wording that the plan has, and some of styles that fall back to the plain one."""
    return [
        (prompt_text(plan, style), target_text(plan.pieces(style)))
        for style in STYLES
        if style == STYLES[0] or plan.template(style) != plan.templates[0] or rng.random() < FALLBACK_CHANCE
    ]


def prompt_text(plan: Plan, style: str) -> str:
    """The prompt as the worker renders it."""
    return render(prompt_of(plan, style), "slots", lambda text: len(text.split()), MAX_PROMPT_TOKENS)


def target_text(pieces: SlottedText) -> str:
    """The answer with slots as sentinels."""
    return "".join(f"<extra_id_{piece}>" if isinstance(piece, int) else piece for piece in pieces)

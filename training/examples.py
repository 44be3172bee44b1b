"""Prompt and answer pairs: a random household, a random question, production's own sheet and prompt."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api_service.assistant.execution.facts import build_sheet
from api_service.assistant.rendering.answer import build_prompt
from api_service.assistant.rendering.answer_plan import make_plan
from api_service.assistant.rendering.answer_types import NOUNS
from api_service.assistant.rendering.formatting import display_name
from api_service.assistant.types import (
    AnswerFacts,
    DeviceRef,
    Intent,
    Mention,
    Order,
    Quantity,
    Question,
    Relation,
    Turn,
)
from api_service.metering.measure import Statistic
from inference_worker.prompt import render
from shared.generation import PromptParts, SlottedText
from training.households import Household, all_alike, random_household
from training.question_templates import ASKED, POLITE, at_end, expand
from training.targets import target

MAX_PROMPT_TOKENS = 512
HELD_OUT_POLITE = 3
TYPO_CHANCE = 0.15
EQUAL_CHANCE = 0.08
OTHER_QUESTION_CHANCE = 0.15


@dataclass(frozen=True)
class QuestionSpec:
    """One type of question: how it is asked (a key of `ASKED`) and what is understood."""

    asked: str
    intent: Intent
    quantity: Quantity | Relation = Quantity.POWER
    statistic: Statistic | Relation = Statistic.LATEST
    devices: int = 0
    windowed: bool = False
    ranked: bool = False
    weight: float = 1.0


POWER, ENERGY, THD, PF = Quantity.POWER, Quantity.ENERGY, Quantity.THD, Quantity.POWER_FACTOR
LATEST, MEAN, MAX, MIN, SUM = Statistic.LATEST, Statistic.MEAN, Statistic.MAX, Statistic.MIN, Statistic.SUM
LEVELS = (
    Quantity.VOLTAGE,
    Quantity.CURRENT,
    Quantity.FREQUENCY,
    Quantity.REACTIVE_POWER,
    Quantity.APPARENT_POWER,
)

ASKINGS: tuple[QuestionSpec, ...] = (
    QuestionSpec("power_now", Intent.POWER_NOW, devices=1, weight=1.5),
    QuestionSpec("power_now", Intent.POWER_NOW, devices=2, weight=0.4),
    QuestionSpec("power_now.site", Intent.POWER_NOW),
    QuestionSpec("average", Intent.AVERAGE, POWER, MEAN, 1, True, weight=1.5),
    QuestionSpec("average", Intent.AVERAGE, POWER, MEAN, 2, True, weight=0.4),
    QuestionSpec("average.site", Intent.AVERAGE, POWER, MEAN, 0, True),
    *(QuestionSpec("mean", Intent.AVERAGE, level, MEAN, 1, True, weight=0.15) for level in LEVELS),
    *(QuestionSpec("mean", Intent.AVERAGE, level, MEAN, 0, True, weight=0.1) for level in LEVELS),
    QuestionSpec("mean", Intent.THD, THD, MEAN, 1, True, weight=1.2),
    QuestionSpec("mean", Intent.THD, THD, MEAN, 2, True, weight=0.4),
    QuestionSpec("mean", Intent.AVERAGE, THD, MEAN, 0, True, weight=0.3),
    QuestionSpec("now", Intent.THD, THD, LATEST, 1, weight=0.8),
    QuestionSpec("now", Intent.THD, THD, LATEST, 2, weight=0.2),
    QuestionSpec("peak", Intent.THD, THD, MAX, 1, True, weight=0.4),
    QuestionSpec("rank.level", Intent.THD, THD, MEAN, 0, True, True, weight=0.6),
    QuestionSpec("rank.now", Intent.THD, THD, LATEST, 0, False, True, weight=0.4),
    QuestionSpec("power_factor", Intent.POWER_FACTOR, PF, MEAN, 1, True, weight=1.4),
    QuestionSpec("power_factor", Intent.POWER_FACTOR, PF, MEAN, 2, True, weight=0.5),
    QuestionSpec("power_factor.site", Intent.POWER_FACTOR, PF, MEAN, 0, True, weight=0.7),
    QuestionSpec("peak", Intent.PEAK, POWER, MAX, 1, True, weight=1.2),
    QuestionSpec("peak", Intent.PEAK, POWER, MAX, 2, True, weight=0.4),
    QuestionSpec("peak.any", Intent.PEAK, POWER, MAX, 0, True),
    *(QuestionSpec("peak", Intent.PEAK, level, MAX, 1, True, weight=0.15) for level in LEVELS[:2]),
    *(QuestionSpec("peak.any", Intent.PEAK, level, MAX, 0, True, weight=0.1) for level in LEVELS[:2]),
    QuestionSpec("minimum", Intent.MINIMUM, LEVELS[0], MIN, 1, True, weight=0.15),
    QuestionSpec("minimum.any", Intent.MINIMUM, LEVELS[0], MIN, 0, True, weight=0.1),
    *(QuestionSpec("rank.level", Intent.RANKING, level, MEAN, 0, True, True, weight=0.1) for level in LEVELS),
    *(QuestionSpec("compare", Intent.COMPARE, level, MEAN, 2, True, weight=0.1) for level in LEVELS),
    QuestionSpec("minimum", Intent.MINIMUM, POWER, MIN, 1, True),
    QuestionSpec("minimum", Intent.MINIMUM, POWER, MIN, 2, True, weight=0.3),
    QuestionSpec("minimum.any", Intent.MINIMUM, POWER, MIN, 0, True, weight=0.6),
    QuestionSpec("energy", Intent.ENERGY, ENERGY, SUM, 1, True, weight=1.5),
    QuestionSpec("energy", Intent.ENERGY, ENERGY, SUM, 2, True, weight=0.4),
    QuestionSpec("energy.site", Intent.ENERGY, ENERGY, SUM, 0, True),
    QuestionSpec("rank.energy", Intent.RANKING, ENERGY, SUM, 0, True, True, weight=1.5),
    QuestionSpec("rank.energy.many", Intent.RANKING, ENERGY, SUM, 0, True, True),
    QuestionSpec("rank.energy.many", Intent.RANKING, ENERGY, SUM, 3, True, True, weight=0.3),
    QuestionSpec("rank.power_now", Intent.RANKING, POWER, LATEST, 0, False, True, weight=1.2),
    QuestionSpec("rank.power_now.many", Intent.RANKING, POWER, LATEST, 0, False, True, weight=0.7),
    QuestionSpec("rank.level.many", Intent.RANKING, THD, LATEST, 0, False, True, weight=0.4),
    QuestionSpec("rank.level", Intent.RANKING, POWER, MEAN, 0, True, True, weight=0.7),
    QuestionSpec("rank.level", Intent.RANKING, THD, MEAN, 0, True, True, weight=0.7),
    QuestionSpec("rank.level", Intent.RANKING, PF, MEAN, 0, True, True, weight=0.2),
    QuestionSpec("rank.level.many", Intent.RANKING, THD, MEAN, 0, True, True, weight=0.5),
    QuestionSpec("rank.level.many", Intent.RANKING, POWER, MEAN, 0, True, True, weight=0.5),
    QuestionSpec("share", Intent.SHARE, ENERGY, SUM, 1, True),
    QuestionSpec("share", Intent.SHARE, ENERGY, SUM, 2, True, weight=0.3),
    QuestionSpec("compare", Intent.COMPARE, ENERGY, SUM, 2, True, weight=1.5),
    QuestionSpec("compare", Intent.COMPARE, POWER, LATEST, 2, False, weight=1.6),
    QuestionSpec("compare", Intent.COMPARE, POWER, MEAN, 2, True),
    QuestionSpec("compare", Intent.COMPARE, THD, MEAN, 2, True, weight=0.6),
    QuestionSpec("compare", Intent.COMPARE, THD, LATEST, 2, False, weight=0.6),
    QuestionSpec("compare", Intent.COMPARE, PF, MEAN, 2, True, weight=0.2),
    QuestionSpec("state", Intent.STATE, Quantity.STATE, LATEST, 1, weight=1.2),
    QuestionSpec("state", Intent.STATE, Quantity.STATE, LATEST, 2, weight=0.3),
    QuestionSpec("active", Intent.ACTIVE, POWER, LATEST, weight=1.0),
    QuestionSpec("active", Intent.ACTIVE, POWER, MEAN, 0, True, weight=0.6),
    QuestionSpec("inventory", Intent.INVENTORY, Relation.COUNT, Relation.COUNT),
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    """One pair for training, with the sheet it came from for scoring."""

    kind: str
    style: str
    sheet: AnswerFacts
    parts: PromptParts
    prompt: str
    target: SlottedText

    @property
    def target_text(self) -> str:
        """The answer as the model writes it, slots as sentinels."""
        return sentinels(self.target)


def sentinels(text: SlottedText) -> str:
    """The template with its slots as T5's sentinels."""
    return "".join(f"<extra_id_{piece}>" if isinstance(piece, int) else piece for piece in text)


def examples(n: int, seed: int, *, held_out: bool = False) -> list[Example]:
    """`n` examples; `held_out` takes names and phrasings that training never sees."""
    rng = random.Random(seed)
    found: list[Example] = []
    while len(found) < n:
        example = _example(rng, held_out)
        if example is not None:
            found.append(example)
    return found


def _example(rng: random.Random, held_out: bool) -> Example | None:
    home = random_household(rng, unseen=held_out)
    spec = rng.choices(ASKINGS, [spec.weight for spec in ASKINGS])[0]
    if len(home.statuses) < spec.devices:
        return None
    if spec.intent is Intent.COMPARE and rng.random() < EQUAL_CHANCE:
        home = all_alike(home)
    question, style = _question(rng, spec, home, held_out)
    sheet = build_sheet(question, home.moment, home.statuses, home.stats)
    if sheet.refusal is not None:
        return None
    plan = make_plan(sheet)
    parts = build_prompt(sheet, _history(rng, home))
    prompt = render(parts, "slots", _count_words, MAX_PROMPT_TOKENS)
    return Example(plan.kind, style, sheet, parts, prompt, target(plan, style))


def _count_words(text: str) -> int:
    return len(text.split())


def _question(
    rng: random.Random, spec: QuestionSpec, home: Household, held_out: bool
) -> tuple[Question, str]:
    devices = tuple(rng.sample(home.devices, spec.devices))
    window = home.window if spec.windowed else None
    top = rng.randint(2, 6) if spec.asked.endswith(".many") else 1
    order = Order.LEAST if spec.ranked and rng.random() < 0.35 else Order.MOST
    template, style = _question_template(rng, spec.asked, order, held_out)
    if spec.windowed and spec.intent is Intent.ACTIVE and window is None:
        spec = replace(spec, statistic=LATEST)
    text, mentions = _spelled(rng, template, devices, home.said if window else "", (spec.quantity, top))
    question = Question(
        text=text,
        intent=spec.intent,
        quantity=spec.quantity,
        statistic=spec.statistic,
        devices=devices,
        window=window,
        order=order,
        top=top,
        mentions=mentions,
    )
    return question, style


def _question_template(rng: random.Random, asked: str, order: Order, held_out: bool) -> tuple[str, str]:
    """A template and its style. The last one of every list is kept for scoring."""
    by_style = ASKED[asked]
    style = rng.choice([*by_style, "polite"])
    if not held_out and style != "less" and rng.random() < OTHER_QUESTION_CHANCE:
        # What is said must follow from the kind of answer; the question only decides how.
        by_style = ASKED[rng.choice(list(ASKED))]
    choices: Sequence[str] = by_style["plain" if style == "polite" else style]
    template = choices[-1] if held_out else rng.choice(choices[:-1])
    template = at_end(expand(template, rng), order.value, rng)
    if style == "polite":
        wraps = POLITE[-HELD_OUT_POLITE:] if held_out else POLITE[:-HELD_OUT_POLITE]
        template = rng.choice(wraps).replace("{}", template)
    return template, style


def _spelled(
    rng: random.Random,
    template: str,
    devices: Sequence[DeviceRef],
    said: str,
    what: tuple[Quantity | Relation, int],
) -> tuple[str, tuple[Mention, ...]]:
    """The question as typed (typos, capitals, marks), and where it names devices."""
    quantity, top = what
    template = template.replace("{w}", said).replace("{q}", NOUNS[quantity])
    template = " ".join(template.replace("{n}", str(top)).split())
    if rng.random() < TYPO_CHANCE:
        template = _with_typo(rng, template)
    mark = rng.choice(("?", "?", "", "", ".", "??", "!")) if not template.endswith("?") else ""
    pieces = template.replace("{a}", "{d}").replace("{b}", "{d}").split("{d}")
    text, mentions = pieces[0], []
    for place, piece in enumerate(pieces[1:]):
        named = devices if len(pieces) == 2 else devices[place : place + 1]
        for number, device in enumerate(named):
            text += " and " if number else ""
            name = rng.choice(
                (device.name, device.name.lower(), "the " + device.name.lower(), display_name(device.name))
            )
            mentions.append(Mention(len(text), len(text) + len(name), device))
            text += name
        text += piece
    return text[:1].upper() + text[1:] + mark if rng.random() < 0.5 else text + mark, tuple(mentions)


def _with_typo(rng: random.Random, template: str) -> str:
    """Two letters swapped, one dropped or one doubled, never inside a placeholder."""
    places = [
        i
        for i in range(1, len(template) - 1)
        if template[i - 1 : i + 2].isalpha() and template.count("{", 0, i) == template.count("}", 0, i)
    ]
    if not places:
        return template
    i = rng.choice(places)
    if "{" in template[i : i + 2]:
        return template
    changes = (
        template[:i] + template[i + 1] + template[i] + template[i + 2 :],
        template[:i] + template[i + 1 :],
        template[:i] + template[i] + template[i:],
    )
    return rng.choice(changes)


def _history(rng: random.Random, home: Household) -> tuple[Turn, ...]:
    """Earlier turns that are of no consequence for the words of the answer."""
    if rng.random() < 0.6:
        return ()
    turns = []
    for _ in range(rng.randint(1, 2)):
        device = rng.choice(home.devices)
        asked = rng.choice(list(ASKED.values()))
        template = expand(rng.choice(asked["plain"]), rng)
        text, _ = _spelled(rng, template, (device, device), home.said, (Quantity.POWER, 3))
        turns.append(Turn("user", text))
        value = f"{rng.uniform(1, 900):.1f} {rng.choice(('W', 'kW', 'kWh', '%'))}"
        said = rng.choice(("used", "drew", "is drawing", "peaked at"))
        turns.append(
            Turn("assistant", f"{display_name(device.name).capitalize()} {said} {value} {home.said}.")
        )
    return tuple(turns)

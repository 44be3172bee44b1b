"""From a fact sheet to words: the model's prompt, and the answer composed from the facts alone."""

import re
from collections.abc import Mapping, Sequence

from api_service.assistant.rendering.answer_plan import AnswerPlan, make_plan
from api_service.assistant.rendering.formatting import sentence
from api_service.assistant.rendering.refusal_texts import refusal_text
from api_service.assistant.rendering.templates import NOTE, TEMPLATES, fill_template
from api_service.assistant.types import AnswerFacts, Question, Turn
from shared.generation import PromptParts, PromptTurn, SlottedText

MAX_TURNS = 4


def build_prompt(sheet: AnswerFacts, history: Sequence[Turn]) -> PromptParts:
    """What the worker makes its prompt of: names, values, times and windows in slots.

    Raises `ValueError` for a sheet that refuses; such an answer is composed.
    """
    plan = make_plan(sheet)
    turns = tuple(
        PromptTurn(turn.role, mask_names(turn.content, sheet, plan)) for turn in history[-MAX_TURNS:]
    )
    question = delexicalise_question(sheet.question, plan.device_slots)
    return PromptParts(
        task=task_of(plan), question=question, facts=plan.facts, slots=plan.slots, history=turns
    )


def task_of(plan: AnswerPlan) -> str:
    """The kind of answer in plain words: "energy device", "ranking level list most"."""
    return re.sub(r"[._]", " ", plan.kind)


def compose_answer(sheet: AnswerFacts) -> str:
    """The answer from the facts alone; for a sheet that refuses, the sentence that says why."""
    if sheet.refusal is not None or not sheet.required:
        return refusal_text(sheet)
    plan = make_plan(sheet)
    return say(default_template(plan), plan.slots)


def default_template(plan: AnswerPlan) -> SlottedText:
    """The project's own wording of a plan."""
    for template in TEMPLATES.get(plan.kind, ()):
        pieces = fill_template(with_note(template, plan), plan.roles, plan.plurals, plan.noun)
        if pieces is not None:
            return pieces
    return generic_template(plan)


def with_note(template: str, plan: AnswerPlan) -> str:
    """The template with the remark on thin data before its full stop, where the plan has one."""
    return template.removesuffix(".") + NOTE + "." if "note" in plan.roles else template


def generic_template(plan: AnswerPlan) -> SlottedText:
    """Every line of the facts as it stands; for mixes of facts that have no wording."""
    pieces: list[str | int] = []
    for line in plan.facts:
        pieces += [*([". "] if pieces else []), *line]
    return (*pieces, ".")


def say(template: SlottedText, slots: Sequence[str]) -> str:
    """The template with its slots said, capitals at the starts of sentences."""
    text = ""
    for piece in template:
        words = slots[piece] if isinstance(piece, int) else piece
        starts = not text or text.endswith((". ", "! ", "? "))
        text += words[:1].upper() + words[1:] if starts else words
    return sentence(text)


def delexicalise_question(question: Question, device_slots: Mapping[int, int]) -> SlottedText:
    """The question's text with the stretches that name devices as slots."""
    pieces: list[str | int] = []
    place = 0
    for mention in sorted(question.mentions, key=lambda mention: mention.start):
        if mention.start < place or mention.device.cluster not in device_slots:
            continue
        pieces += [question.text[place : mention.start], device_slots[mention.device.cluster]]
        place = mention.end
    pieces.append(question.text[place:])
    return tuple(piece for piece in pieces if piece != "")


def mask_names(text: str, sheet: AnswerFacts, plan: AnswerPlan) -> SlottedText:
    """Earlier words with the names of the plan's devices as slots."""
    by_name: dict[str, int] = {}
    for device in (*sheet.known_devices, *sheet.question.devices):
        slot = plan.device_slots.get(device.cluster)
        if slot is not None:
            by_name[device.name.casefold()] = slot
            by_name[plan.slots[slot].casefold()] = slot
    if not by_name:
        return (text,) if text else ()
    longest_first = sorted(by_name, key=len, reverse=True)
    pattern = r"(?<!\w)(" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"
    pieces: list[str | int] = [
        by_name.get(part.casefold(), part) if place % 2 else part
        for place, part in enumerate(re.split(pattern, text, flags=re.IGNORECASE))
    ]
    return tuple(piece for piece in pieces if piece != "")

"""Reads an answer back against the facts it must rest on; what cannot be checked does not pass."""

from dataclasses import dataclass

from api_service.assistant.rendering.answer import compose_answer
from api_service.assistant.rendering.answer_plan import statements_required
from api_service.assistant.rendering.answer_types import spans
from api_service.assistant.types import AnswerFacts, DeviceRef, Intent, Relation
from api_service.assistant.verification.claim_checker import ClaimChecker, ClaimReport
from api_service.assistant.verification.sentence import sentences
from api_service.assistant.verification.tokenizer import AnswerTokenizer
from api_service.metering.measure import Statistic


@dataclass(frozen=True)
class Verdict:
    """What reading an answer back found.

    `supported`: every claim matches a fact and every required fact is said of the right device. `devices` are
    exactly those that the text speaks of, in its order; `facts` the indexes of the facts it used.
    """

    supported: bool
    problems: tuple[str, ...]
    devices: tuple[DeviceRef, ...]
    facts: tuple[int, ...]


def verify(text: str, sheet: AnswerFacts) -> Verdict:
    """Check every claim of `text` against `sheet`.

    Numbers must be a fact's value within the rounding that was written, with its unit, of the device they are
    said of; words such as "average", "most" or "more than" must be borne out; no word outside the closed
    vocabulary passes. An answer to a sheet that refuses passes only if it is the composed sentence.
    """
    if sheet.refusal is not None or not sheet.required:
        holds = text == compose_answer(sheet)
        return Verdict(holds, () if holds else ("not the composed refusal",), (), ())
    findings = ClaimReport()
    for sentence in sentences(AnswerTokenizer(sheet).read(text)):
        ClaimChecker(sentence, sheet, findings).check()
    _require(sheet, findings)
    known = {device.cluster: device for device in sheet.known_devices}
    known |= {fact.device.cluster: fact.device for fact in sheet.facts if fact.device}
    devices = tuple(known[cluster] for cluster in dict.fromkeys(findings.clusters) if cluster in known)
    return Verdict(
        supported=not findings.problems,
        problems=tuple(findings.problems),
        devices=devices,
        facts=tuple(sorted(findings.facts)),
    )


def _require(sheet: AnswerFacts, findings: ClaimReport) -> None:
    """Every required fact must have been said, an extreme with its time, a span by its name, and once."""
    required = [sheet.facts[index] for index in sheet.required]
    is_span = any(spans(fact, sheet) for fact in required) and sheet.question.intent is not Intent.INVENTORY
    if is_span and not findings.once["WINDOW"]:
        findings.claim(False, "the span is not said")
    if max(findings.once.values(), default=0) > 1:
        findings.claim(False, "the span is said twice")
    for index in statements_required(sheet):
        fact = sheet.facts[index]
        if index not in findings.facts:
            findings.claim(False, f"fact {index} is not said")
        is_extreme = fact.statistic in (Statistic.MAX, Statistic.MIN) and fact.quantity is not Relation.COUNT
        if is_extreme and fact.at is not None and index in findings.facts and index not in findings.timed:
            findings.claim(False, f"the time of fact {index} is not said")

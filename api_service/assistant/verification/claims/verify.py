"""The check: does a text state only what the findings hold, and what was asked?"""

import re
from collections.abc import Iterable, Sequence

from api_service.assistant.execution.cells import Finding, Findings
from api_service.assistant.rendering.results.plan import STYLES, filled
from api_service.assistant.rendering.results.say import plan_of
from api_service.assistant.rendering.results.view import View
from api_service.assistant.types import DeviceRef
from api_service.assistant.verification.claims.completeness import what_is_left_out
from api_service.assistant.verification.claims.numbers import Numbers
from api_service.assistant.verification.claims.order import Order
from api_service.assistant.verification.claims.polarity import Polarity
from api_service.assistant.verification.claims.text.clauses import Sentence, sentences
from api_service.assistant.verification.claims.text.lexer import Lexer, Token
from api_service.assistant.verification.claims.text.material import Material
from api_service.assistant.verification.claims.text.phrases import Kind, Phrases
from api_service.assistant.verification.claims.verdict import Report, Verdict
from api_service.assistant.verification.claims.words import Words

_TWICE = re.compile(r"\bneither (\w+) nor \1\b", re.IGNORECASE)


def verify(text: str, findings: Findings) -> Verdict:
    """Check every claim of `text` against the findings; what cannot be checked does not pass.

    Numbers must be a cell's value within the rounding that was written, with its unit, of the subject and the
    time they are said of; yes and no, more and less, most and least, limits, states and counts must be borne
    out; no word outside the closed vocabulary passes, except in the plan's own template. Of a summary, whose
    text is always composed, every sentence must pass by one of the parts.
    """
    materials = [material_of(part, findings) for part in findings.parts]
    if not materials:
        return Verdict(False, ("there is nothing to say",))
    if len(materials) == 1:
        return _checked(text, materials[0], findings.devices)
    return _summary(text, materials, findings.devices)


def material_of(part: Finding, findings: Findings) -> Material:
    """One finding as the check looks at it."""
    return Material(View(part, findings.moment, findings.devices), findings.devices)


def _checked(text: str, material: Material, known: Sequence[DeviceRef]) -> Verdict:
    tokens = Lexer(Phrases(material)).read(text)
    report = Report(words=frozenset(token.word for token in tokens))
    for number, sentence in enumerate(sentences(tokens)):
        _check_sentence(sentence, material, report, is_first=number == 0)
    report.problems += what_is_left_out(tokens, material, report)
    report.problems += [f"\u201c{match[0]}\u201d names one thing twice" for match in _TWICE.finditer(text)]
    cells = tuple(item.cell for item in material.items if item.place in report.stated)
    problems = () if is_own_wording(text, material) else tuple(dict.fromkeys(report.problems))
    return Verdict(not problems, problems, cells, devices_of(tokens, known))


def is_plans_wording(text: str, findings: Findings) -> bool:
    """Whether a text of one part is the plan's own template with its own slots in their places."""
    return any(is_own_wording(text, material_of(part, findings)) for part in findings.parts)


def is_own_wording(text: str, material: Material) -> bool:
    """Whether a text is, word for word, the plan's own template with its own slots in their places."""
    view = material.view
    plan = plan_of(view.finding, view.moment, view.devices)
    return any(text == filled(plan.pieces(style), plan.slots) for style in STYLES)


def _check_sentence(sentence: Sentence, material: Material, report: Report, *, is_first: bool) -> None:
    polarity = Polarity(sentence, material, report, is_first)
    numbers = Numbers(sentence, material, report)
    Words(sentence, material, report).check()
    numbers.check()
    polarity.check()
    Order(sentence, material, report, numbers).check(is_negated=polarity.is_negated)


def _summary(text: str, materials: Sequence[Material], known: Sequence[DeviceRef]) -> Verdict:
    """Sentence by sentence: each must pass by a part, and every part must pass a sentence."""
    left = list(materials)
    problems: list[str] = []
    verdicts: list[Verdict] = []
    for part in _cut(text):
        found = next(((m, v) for m in left if (v := _checked(part, m, known)).supported), None)
        if found is None:
            problems.append(f"no part of the summary says \u201c{part}\u201d")
        else:
            left.remove(found[0])
            verdicts.append(found[1])
    cells = tuple(cell for verdict in verdicts for cell in verdict.cells)
    devices = tuple(dict.fromkeys(name for verdict in verdicts for name in verdict.devices))
    return Verdict(not problems, tuple(problems), cells, devices)


def _cut(text: str) -> Iterable[str]:
    """The sentences of a text; remarks stay with the sentence that they follow."""
    parts: list[str] = []
    for sentence in text.replace("! ", ". ").split(". "):
        whole = sentence if sentence.endswith(".") else f"{sentence}."
        if parts and sentence.startswith(
            ("The readings cover", "There are no readings", "The readings of", "It was")
        ):
            parts[-1] = f"{parts[-1]} {whole}"
        else:
            parts.append(whole)
    return parts


def devices_of(tokens: Sequence[Token], known: Sequence[DeviceRef]) -> tuple[str, ...]:
    """The names of the devices that a text speaks of, in its order; a group is its devices."""
    names = {device.cluster: device.name for device in known}
    clusters = [
        cluster
        for token in tokens
        if token.kind is Kind.SUBJECT and len(token.subjects) == 1
        for key in token.subjects
        for cluster in (key[0] if len(key[0]) == 1 else ())
    ]
    return tuple(dict.fromkeys(names[cluster] for cluster in clusters if cluster in names))

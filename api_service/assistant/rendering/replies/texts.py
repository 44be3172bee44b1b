"""The sentences that decline, ask back or greet; each says the true reason and what there is instead."""

from collections.abc import Mapping, Sequence

from api_service.assistant.query.query import Outcome
from api_service.assistant.rendering.formatting import display_name, format_list

MOST_NAMES = 8
ABILITIES = (
    "power, energy, cost, voltage, current, frequency, power factor and THD, times on, states and gaps: "
    "as values, peaks, averages, rankings, comparisons, shares and trends, for any time that has readings"
)

_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.CONTROL: "I can't switch, set or change anything; I only read what has been measured.",
    Outcome.FORECAST: "I can only speak about what has been measured, not about the future.",
    Outcome.WHY: "I can't tell causes. I can show when and how much something was used.",
    Outcome.ADVICE: "I don't give advice on what to do. I can show what uses how much, and when.",
    Outcome.OTHER_QUANTITY: "That is not among the electrical readings that I have.",
    Outcome.UNSUPPORTED: "I know no way to compute that from the readings.",
    Outcome.OFF_TOPIC: "I can only answer questions about the electrical data of this site.",
    Outcome.LANGUAGE: "I only understand English so far.",
    Outcome.UNCLEAR: "I need to know more: which device or quantity do you mean, and which time?",
    Outcome.GIBBERISH: "I did not understand that.",
    Outcome.GREETING: "Hello! Ask me about your electrical data.",
    Outcome.THANKS: "You are welcome.",
    Outcome.HELP: f"I answer questions about the electrical readings: {ABILITIES}.",
}
_WITH_EXAMPLES = frozenset(Outcome) - {Outcome.CONTROL, Outcome.THANKS}


def outcome_text(outcome: Outcome, examples: Sequence[str]) -> str:
    """What is said to a request that needs no data; with questions that work where they help."""
    text = _OUTCOMES[outcome]
    if outcome not in _WITH_EXAMPLES or not examples:
        return text
    quoted = [f"\u201c{example}\u201d" for example in examples]
    return f"{text} {_lead(outcome)} {_or_list(quoted)}"


def unsure_text(examples: Sequence[str]) -> str:
    """The reading is doubtful, so that any reason to decline might be false."""
    text = "I am not sure that I understood this; could you ask it in another way?"
    quoted = [f"\u201c{example}\u201d" for example in examples]
    return f"{text} I could answer, for example: {_or_list(quoted)}" if quoted else text


def unknown_device_text(name: str, similar: Sequence[str], known: Sequence[str]) -> str:
    """Nobody has that name: what comes near, else what there is."""
    text = f"I don't know a device called \u201c{name}\u201d."
    if similar:
        return f"{text} Do you mean {_or_list([display_name(other) for other in similar])}?"
    return f"{text}{known_text(known)}"


def ambiguous_device_text(name: str, candidates: Sequence[str]) -> str:
    """Several devices have that name."""
    return f"Which \u201c{name}\u201d do you mean: {_or_list([display_name(one) for one in candidates])}?"


def ambiguous_time_text(text: str, labels: Sequence[str]) -> str:
    """A time can be read in two ways."""
    return f"What do you mean by \u201c{text}\u201d: {_or_list(labels)}?"


def no_such_time_text(text: str) -> str:
    """A time that no clock or calendar shows."""
    return f"There is no such time as \u201c{text}\u201d."


def future_text(text: str) -> str:
    """A time that has not begun."""
    return f"\u201c{text}\u201d lies in the future; I can only speak about what has been measured."


def wrong_unit_text(text: str, noun: str, unit: str) -> str:
    """A number whose unit belongs to another quantity."""
    right = f" is in {unit}" if unit else " has no unit"
    return f"\u201c{text}\u201d does not fit here: {noun}{right}."


def unread_time_text(text: str) -> str:
    """Words of a time that nobody understands."""
    return f"I don't understand the time \u201c{text}\u201d. Could you say it in another way?"


def leftover_text(words: Sequence[str], question: str) -> str:
    """Words that would be ignored; `question` is one that can be answered without them, "" without any."""
    quoted = format_list([f"\u201c{word}\u201d" for word in words])
    text = f"I don't know how to take {quoted} into account."
    return f"{text} I could answer: {question}" if question else f"{text} Could you ask that in another way?"


def unreadable_text(examples: Sequence[str]) -> str:
    """No reading makes sense."""
    return outcome_text(Outcome.GIBBERISH, examples)


def markup_text() -> str:
    """Markup, a link or a machine's syntax."""
    return "I only read plain sentences. Please ask that without markup, links or code."


def too_much_text() -> str:
    """More names, times and numbers than one question may have."""
    return "That names more devices, times and numbers than I can keep apart in one question."


def several_questions_text(questions: Sequence[str]) -> str:
    """Several questions in one; each may need the one before it."""
    quoted = [f"\u201c{question.rstrip('?.! ')}?\u201d" for question in questions]
    number = {2: "two", 3: "three"}.get(len(quoted), "several")
    then = ", then ".join(quoted)
    return f"These are {number} questions, and I answer one at a time. Ask first {then}"


def not_measured_text(name: str, examples: Sequence[str]) -> str:
    """What no reading tells of a device."""
    text = f"No reading tells that: I only know what was measured of {display_name(name)}."
    quoted = [f"\u201c{example}\u201d" for example in examples]
    return f"{text} You could ask: {_or_list(quoted)}" if quoted else text


def meanwhile_text() -> str:
    """A condition on another device than the one that is measured."""
    return (
        "I can't tie the readings of one device to what another one was doing at the same time. "
        "I can take a condition on the device itself, or a span of time."
    )


def given_price_text(question: str) -> str:
    """A price of the question's own; `question` asks for the energy, "" without one."""
    text = "I take the price from the tariff under Costs and not from a question."
    return f"{text} Multiply your price by the energy; I could answer: {question}" if question else text


def known_text(names: Sequence[str]) -> str:
    """ " I know the fridge, the oven and 3 more.", "" without any."""
    if not names:
        return ""
    shown = [display_name(name) for name in names[:MOST_NAMES]]
    more = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    return f" I know {format_list(shown + more)}."


def _lead(outcome: Outcome) -> str:
    return "For example:" if outcome in (Outcome.GREETING, Outcome.HELP) else "You could ask:"


def _or_list(texts: Sequence[str]) -> str:
    if len(texts) <= 1:
        return "".join(texts)
    return ", ".join(texts[:-1]) + " or " + texts[-1]

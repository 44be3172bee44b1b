"""One plain sentence for every reason to give no number, saying what is available instead."""

from collections.abc import Callable, Mapping
from datetime import datetime

from api_service.assistant.rendering.answer_plan import LIST_LIMIT
from api_service.assistant.rendering.answer_types import NOUNS, window_of
from api_service.assistant.rendering.formatting import (
    display_name,
    format_fact_value,
    format_list,
    format_names,
    format_time,
)
from api_service.assistant.types import AnswerFacts, Quantity, Refusal

ABILITIES = (
    "power, energy, averages, peaks, rankings, shares, comparisons, THD, power factor, states "
    "and which devices are active"
)


def refusal_text(sheet: AnswerFacts) -> str:
    """The sentence for a sheet that cannot be answered; never a number that is not in the data."""
    if sheet.refusal is None:
        return "I found nothing in the data that answers this."
    return _TEXTS[sheet.refusal](sheet)


def _detail(sheet: AnswerFacts) -> tuple[str, ...]:
    return sheet.detail or sheet.question.detail


def _known(sheet: AnswerFacts) -> str:
    names = [display_name(device.name) for device in sheet.known_devices]
    if not names:
        return ""
    more = [f"{len(names) - LIST_LIMIT} more"] if len(names) > LIST_LIMIT else []
    return f" I know {format_list(names[:LIST_LIMIT] + more)}."


def _unknown_device(sheet: AnswerFacts) -> str:
    detail = _detail(sheet)
    subject = f"a device called \u201c{detail[0]}\u201d" if detail and detail[0] else "that device"
    return f"I don't know {subject}.{_known(sheet)}"


def _ambiguous_device(sheet: AnswerFacts) -> str:
    detail = [part for part in _detail(sheet) if part]
    if not detail:
        return "Several devices fit that name. Which one do you mean?"
    named = format_names([device for device in sheet.known_devices if device.name in detail])
    candidates = list(named.values()) or [display_name(name) for name in detail]
    return f"Which one do you mean: {' or '.join(candidates)}?"


def _not_recorded(sheet: AnswerFacts) -> str:
    quantity, subject = (*_detail(sheet), "", "")[:2]
    known = {item.value: noun for item, noun in NOUNS.items()}
    noun = "no " + known.get(quantity, quantity.replace("_", " ") or "such values")
    of = f" of {display_name(subject)}" if subject else ""
    return f"The readings hold {noun}{of}, so I can't answer that."


def _empty_window(sheet: AnswerFacts) -> str:
    subject, label, first, last = (*_detail(sheet), "", "", "", "")[:4]
    of = f" of {display_name(subject)}" if subject else ""
    text = f"There are no readings{of} {label or window_of(sheet).label}."
    seen_first, seen_last = _when(first, sheet), _when(last, sheet)
    if seen_first and seen_last:
        text += f" The first one came {seen_first}, the latest {seen_last}."
    return text


def _stale(sheet: AnswerFacts) -> str:
    subject, seen = (*_detail(sheet), "", "")[:2]
    name = display_name(subject) if subject else "this device"
    when = _when(seen, sheet)
    text = f"I have no current reading of {name}."
    if not when:
        return text
    last = next((f for f in sheet.facts if f.device and f.device.name == subject), None)
    value = f": {format_fact_value(last)}" if last is not None and last.quantity is Quantity.POWER else ""
    return f"{text} The last one came {when}{value}."


def _when(moment_text: str, sheet: AnswerFacts) -> str:
    """ "on Tuesday at 18:32" for an ISO 8601 text; "" where there is none."""
    try:
        at = datetime.fromisoformat(moment_text)
    except ValueError:
        return ""
    return format_time(at, sheet.moment) if at.tzinfo else ""


def _future(_sheet: AnswerFacts) -> str:
    return "I can only speak about what has been measured, not about the future."


def _control(_sheet: AnswerFacts) -> str:
    return "I can't switch or change devices; I only read their data."


def _off_topic(sheet: AnswerFacts) -> str:
    return f"I can only answer questions about the electrical data: {ABILITIES}.{_known(sheet)}"


def _gibberish(_sheet: AnswerFacts) -> str:
    return (
        "I did not understand that. "
        "Ask me for example which device used the most energy yesterday, or how much power is drawn now."
    )


def _not_yet(sheet: AnswerFacts) -> str:
    subject = next(iter(_detail(sheet)), "")
    about = f"questions about {subject}" if subject else "that"
    return f"I can't answer {about} yet. I can tell you about {ABILITIES}."


def _no_data(_sheet: AnswerFacts) -> str:
    return "There are no readings yet. Import a file or send readings, then ask again."


_TEXTS: Mapping[Refusal, Callable[[AnswerFacts], str]] = {
    Refusal.UNKNOWN_DEVICE: _unknown_device,
    Refusal.AMBIGUOUS_DEVICE: _ambiguous_device,
    Refusal.NOT_RECORDED: _not_recorded,
    Refusal.EMPTY_WINDOW: _empty_window,
    Refusal.STALE: _stale,
    Refusal.FUTURE: _future,
    Refusal.CONTROL: _control,
    Refusal.OFF_TOPIC: _off_topic,
    Refusal.GIBBERISH: _gibberish,
    Refusal.NOT_YET: _not_yet,
    Refusal.NO_DATA: _no_data,
}

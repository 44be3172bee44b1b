"""From a `Question` to the facts that answer it; `build_sheet` is pure, so that training uses it too."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.execution.fact_builders import BUILDERS
from api_service.assistant.execution.fact_parts import CannotAnswer, FactInputs, FactSelection
from api_service.assistant.time.phrases.extract import default_window
from api_service.assistant.types import AnswerFacts, DeviceRef, Fact, Intent, Moment, Question, Refusal
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.measure import Statistic
from api_service.metering.window_stats import WindowStats
from api_service.repositories.aggregates import device_statuses, window_stats


def build_sheet(
    question: Question,
    moment: Moment,
    statuses: Sequence[DeviceStatus],
    stats: Mapping[int, WindowStats],
) -> AnswerFacts:
    """The facts that answer `question`, or the refusal that the data asks for.

    `statuses` are all known devices; `stats` the statistics over the question's window (the last 24 hours
    where it has none) of all devices with readings in it.
    """
    known = tuple(DeviceRef(s.cluster, s.name) for s in sorted(statuses, key=lambda s: s.cluster))
    if question.refusal is not None or question.intent is Intent.DECLINED:
        refusal = question.refusal or Refusal.OFF_TOPIC
        return AnswerFacts(question, moment, (), (), refusal, question.detail, known)
    if not statuses:
        return AnswerFacts(question, moment, (), (), Refusal.NO_DATA)
    records = FactInputs(question, moment, question.window or default_window(moment), statuses, stats)
    try:
        draft = BUILDERS[question.intent](records)
    except CannotAnswer as refused:
        return AnswerFacts(question, moment, refused.facts, (), refused.refusal, refused.detail, known)
    return _bind(question, moment, draft, known)


async def collect_facts(
    session: AsyncSession,
    question: Question,
    moment: Moment,
    statuses: Sequence[DeviceStatus] | None = None,
) -> AnswerFacts:
    """Read what `question` needs and build its sheet; nothing is written.

    `statuses` are all known devices, where the caller has read them in this session already.
    """
    if statuses is None:
        statuses = await device_statuses(session)
    stats: Mapping[int, WindowStats] = {}
    if statuses and question.refusal is None and _needs_stats(question):
        window = question.window or default_window(moment)
        stats = await window_stats(session, window.start, window.end, _devices_needed(question, statuses))
    return build_sheet(question, moment, statuses, stats)


def _needs_stats(question: Question) -> bool:
    if question.intent in (Intent.POWER_NOW, Intent.INVENTORY):
        return False
    return question.window is not None or question.statistic is not Statistic.LATEST


def _devices_needed(question: Question, statuses: Sequence[DeviceStatus]) -> Sequence[DeviceStatus]:
    """The devices to read: only a share needs the others too."""
    if not question.devices or question.intent is Intent.SHARE:
        return statuses
    clusters = {device.cluster for device in question.devices}
    return [status for status in statuses if status.cluster in clusters]


def _bind(
    question: Question, moment: Moment, draft: FactSelection, known: tuple[DeviceRef, ...]
) -> AnswerFacts:
    facts: tuple[Fact, ...] = (*draft.required, *draft.context)
    return AnswerFacts(question, moment, facts, tuple(range(len(draft.required))), known_devices=known)

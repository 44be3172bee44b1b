"""The sentence for each reason why the data cannot answer; it says what there is instead."""

from collections.abc import Callable, Mapping, Sequence

from api_service.assistant.execution.refusals import Reason, Refused
from api_service.assistant.rendering.formatting import display_name, format_names, is_plural, sentence
from api_service.assistant.rendering.results.texts.times import day_text, moment_text
from api_service.assistant.types import DeviceRef, Moment
from api_service.metering.measures import MEASURES


def refused_text(refused: Refused, moment: Moment, devices: Sequence[DeviceRef] = ()) -> str:
    """Why there is no answer; `devices` are all of the site, to tell alike names apart."""
    return _TEXTS[refused.reason](_Reasons(refused, moment, devices))


class _Reasons:
    """The parts of the sentences."""

    def __init__(self, refused: Refused, moment: Moment, devices: Sequence[DeviceRef]) -> None:
        self.refused, self.moment = refused, moment
        names = [name for name in format_names(devices).values() if name == display_name(refused.subject)]
        self.name = (names or [display_name(refused.subject)])[0] if refused.subject else ""

    @property
    def of(self) -> str:
        """ " of the oven"."""
        return f" of {self.name}" if self.name else ""

    @property
    def noun(self) -> str:
        """The measure's name."""
        row = MEASURES.get(self.refused.measure)
        return row.noun if row else "such value"

    @property
    def label(self) -> str:
        """The window's words after a space."""
        return f" {self.refused.window.label}" if self.refused.window else ""

    @property
    def record(self) -> str:
        """When the first and the latest reading came."""
        refused = self.refused
        if refused.first is None or refused.last is None:
            return ""
        first, last = (moment_text(at, self.moment) for at in (refused.first, refused.last))
        return f" The first one came {first}, the latest {last}."


def _no_data(_: _Reasons) -> str:
    return "There are no readings yet. Import a file or send readings, then ask again."


def _not_recorded(parts: _Reasons) -> str:
    if parts.refused.measure == "on_time" and parts.name:
        verb = "were" if is_plural(parts.name) else "was"
        return sentence(f"{parts.name} {verb} not on{parts.label}, so there is no run to tell of.")
    return f"The readings{parts.of} hold no {parts.noun}, so I can't answer that."


def _empty_window(parts: _Reasons) -> str:
    return f"There are no readings{parts.of}{parts.label}.{parts.record}"


def _future(parts: _Reasons) -> str:
    window = parts.refused.window
    begins = f" The time that you ask for begins {moment_text(window.start, parts.moment)}." if window else ""
    return f"I can only speak about what has been measured, not about the future.{begins}"


def _stale(parts: _Reasons) -> str:
    last = parts.refused.last
    when = f" The last one came {moment_text(last, parts.moment)}." if last else ""
    noun = "reading" if parts.refused.measure in ("", "state", "last_seen") else f"{parts.noun} reading"
    return f"I have no current {noun}{parts.of}.{when}"


def _no_tariff(parts: _Reasons) -> str:
    begins = parts.refused.valid_from
    if begins is None:
        known = "No electricity price is set, so I can't tell what it cost."
    else:
        since = day_text(begins, parts.moment).removeprefix("on ")
        known = (
            f"I can't tell the cost{parts.label}, because the first electricity price is valid from {since}."
        )
    return f"{known} Set a tariff under Costs, or with PUT /api/tariffs/, and ask again."


def _no_groups(_: _Reasons) -> str:
    return "No groups are set up. Put devices into groups, such as rooms or phases, and ask again."


def _no_mains(_: _Reasons) -> str:
    return (
        "No device is set as the mains meter, so I can't tell what is used beyond the metered devices. "
        "Give the meter of the whole site the role “mains” and ask again."
    )


def _too_short(parts: _Reasons) -> str:
    return f"There is too little data{parts.label} for a trend: it takes at least three whole hours or days."


def _no_earlier(parts: _Reasons) -> str:
    first = parts.refused.first
    since = f" The first reading came {moment_text(first, parts.moment)}." if first else ""
    return (
        "I can't tell yet what is usual: that takes readings of the same time in at least two of the four "
        f"weeks before.{since}"
    )


def _too_large(_: _Reasons) -> str:
    return (
        "That takes more readings than I can look at in one answer. Ask for a shorter time or fewer devices."
    )


def _not_kept(parts: _Reasons) -> str:
    since = parts.refused.first
    kept = f" Single readings are kept since {moment_text(since, parts.moment)}." if since else ""
    return (
        f"That takes single readings{parts.label}, and of that time only hourly totals are kept.{kept} "
        "Ask for energy, means or extremes of whole hours or days, or for a newer time."
    )


def _divided_by_zero(parts: _Reasons) -> str:
    return f"I can't work that out, because the {parts.noun} to compare with is 0."


_TEXTS: Mapping[Reason, Callable[[_Reasons], str]] = {
    Reason.NO_DATA: _no_data,
    Reason.NOT_RECORDED: _not_recorded,
    Reason.EMPTY_WINDOW: _empty_window,
    Reason.FUTURE: _future,
    Reason.STALE: _stale,
    Reason.NO_TARIFF: _no_tariff,
    Reason.NO_GROUPS: _no_groups,
    Reason.NO_MAINS: _no_mains,
    Reason.TOO_SHORT: _too_short,
    Reason.NO_EARLIER: _no_earlier,
    Reason.TOO_LARGE: _too_large,
    Reason.NOT_KEPT: _not_kept,
    Reason.DIVIDED_BY_ZERO: _divided_by_zero,
}

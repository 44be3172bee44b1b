"""What a follow-up may not drop of the query before it: its devices and its time; pure.

"By day instead" after a question about the fridge is about the fridge still. Of 1,960 follow-ups of the
voices that train, 6 drop one of them without a word that says so.
"""

from collections.abc import Sequence

from api_service.assistant.query.query import PERIODS, Ask, Query, Request, SlotKind
from api_service.assistant.understanding.reading.previous_query import PreviousQuery
from api_service.metering.measure import Statistic

_ONE_OR_ALL = frozenset((Ask.VALUE, Ask.WHEN, Ask.WHETHER, Ask.COMPARE))
_WHOLE = frozenset(
    """everything house total whole overall all we us our site together altogether home hotel place entire
    building farm school grand rest""".split()  # noqa: SIM905
)
_SUMMED = frozenset("together altogether total all".split())  # noqa: SIM905
_SEVERAL = frozenset("they them their both those these".split())  # noqa: SIM905
"""Of devices of before: "how much did they use together" is not about the whole."""
_ANY_TIME = frozenset("now currently right present moment live ever record last first".split())  # noqa: SIM905


def dropped(
    words: Sequence[str], kinds: Sequence[str], request: Request, previous: PreviousQuery
) -> tuple[str, ...]:
    """ "devices" and "time", where the query before has them and `request` has none, and no word says so.

    `words` are those of the masked question, `kinds` those of its own slots.
    """
    words = [word.removesuffix("'s") for word in words]
    before = previous.request
    if not isinstance(request, Query) or not isinstance(before, Query):
        return ()
    losses = []
    if before.devices.slots and not request.devices.slots and _is_of_devices(request):
        whole = _WHOLE - _SUMMED if _SEVERAL & {*words} else _WHOLE
        is_named = {SlotKind.DEVICE.value, SlotKind.GROUP.value} & {*kinds} or whole & {*words}
        losses += [] if is_named else ["devices"]
    if before.windows and not request.windows and request.statistic is not Statistic.LATEST:
        is_named = {SlotKind.TIME.value, SlotKind.HOURS.value} & {*kinds} or _ANY_TIME & {*words}
        losses += [] if is_named else ["time"]
    return tuple(losses)


def _is_of_devices(query: Query) -> bool:
    """Whether the answer is about the devices that were named; "which" and lists may go over all."""
    return query.per in PERIODS if query.per else query.ask in _ONE_OR_ALL

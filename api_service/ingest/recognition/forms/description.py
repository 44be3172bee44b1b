"""What each column was understood to be, for the report."""

from api_service.ingest.layout import ColumnFound, Layout
from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.header import Header


def described(layout: Layout, meanings: list[Meaning], header: Header) -> tuple[ColumnFound, ...]:
    """The used columns of a file, in their order."""
    found = []
    by_place = {meaning.place: meaning for meaning in meanings}
    for place, name in enumerate(header.names):
        meaning = by_place.get(place)
        why = meaning.why if meaning else ""
        if place in layout.stamp.places:
            found.append(ColumnFound(name, "moment", why or "its contents", place))
        elif place in layout.numbers:
            found.append(ColumnFound(name, _of_numbers(place, layout, meaning), why, place))
        elif place in layout.texts:
            found.append(ColumnFound(name, _role(place, layout), why, place))
    return tuple(found)


def _of_numbers(place: int, layout: Layout, meaning: Meaning | None) -> str:
    unit = f" [{meaning.unit.symbol}]" if meaning and meaning.unit else ""
    quantity = meaning.quantity if meaning else layout.field_of(place)
    quantity = "value" if layout.kinds and place in layout.kinds.values else quantity
    device = f" of {meaning.device}" if meaning and meaning.device and len(layout.plans) > 1 else ""
    return f"{quantity}{unit}{device}"


def _role(place: int, layout: Layout) -> str:
    if layout.kinds and place in layout.kinds.places:
        return "what each line is"
    return "device" if place == layout.device else "name" if place == layout.name else "state"

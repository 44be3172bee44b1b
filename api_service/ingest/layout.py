"""How a file is read: a list of reading plans, one per device, and how its moments are written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from api_service.ingest.blocks import Position

COUNTER = "energy_counter"
"""The field of a plan whose power follows from a meter index in Wh; it is no column of the table."""


class Combine(StrEnum):
    """How several columns make one value; phases add up, their voltages do not."""

    SUM = "sum"
    MEAN = "mean"


@dataclass(frozen=True)
class NumberStyle:
    """How a column's numbers are written.

    `units` are those that stand behind the numbers, each with its factor to the column's unit.
    """

    point: str = "."
    thousands: str = ""
    units: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """One column of a file: value = written number × `scale`, in the unit of the field that it fills."""

    place: int
    scale: float = 1.0


@dataclass(frozen=True)
class FieldPlan:
    """Where one field of the table comes from."""

    columns: tuple[Column, ...]
    combine: Combine = Combine.SUM


@dataclass(frozen=True)
class ReadingPlan:
    """One reading per line: `values` maps fields of the table (or `COUNTER`) to where they come from.

    `device` names the device where the file's columns do not. `is_mean`: the power is the mean of an
    interval.
    """

    values: Mapping[str, FieldPlan]
    device: str | None = None
    is_mean: bool = False


@dataclass(frozen=True)
class Kinds:
    """Of a long table, in which texts say what each line's number is.

    `find` gives the plan of a line by its texts in `places`, None for what is not kept. `values` are the
    columns of numbers. `names_devices`: plans hold the whole name of a device.
    """

    places: tuple[int, ...]
    values: tuple[int, ...]
    find: Callable[[tuple[str | None, ...]], ReadingPlan | None]
    names_devices: bool = False


class DateOrder(StrEnum):
    """In which order a date names year, month and day. `ISO` is also every epoch number."""

    ISO = "iso"
    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


class Label(StrEnum):
    """What a timestamp stands for: a moment, or the begin or end of the interval that a value covers."""

    INSTANT = "instant"
    START = "start"
    END = "end"


@dataclass(frozen=True)
class StampPlan:
    """The columns of a moment (one, or date and time), and how it is written.

    `interval_us` is the length of the interval that a value is the mean of, 0 for instants.
    `period_us`: the second column numbers the parts of the day from 1 on, each of this length, if not 0.
    `midnight_ends_day`: 00:00 carries the date of the day that ends then. `zone` is that of local times,
    where the column's name gives it.
    """

    places: tuple[int, ...]
    order: DateOrder = DateOrder.ISO
    label: Label = Label.INSTANT
    interval_us: int = 0
    midnight_ends_day: bool = False
    zone: str | None = None
    period_us: int = 0


@dataclass(frozen=True)
class ColumnFound:
    """What one column of a file was understood to be, for the report."""

    name: str
    meaning: str
    why: str
    place: int


@dataclass(frozen=True)
class Layout:
    """How a file is written and what it holds; places count its `width` columns from 0.

    A line's device is the number in `cluster`, or the text in `device`, or that of its plan; `name` is a
    column with a further name for the numbered device. `data` is where the first reading begins. Lines of at
    least `shortest` fields (0: of `width`) leave out empty fields at their end. `cell_units`: see
    `NumberStyle`.
    """

    delimiter: str
    decimal: str
    width: int
    stamp: StampPlan
    plans: tuple[ReadingPlan, ...]
    data: Position
    thousands: str = ""
    shortest: int = 0
    cell_units: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    kinds: Kinds | None = None
    cluster: int | None = None
    device: int | None = None
    name: int | None = None
    state: int | None = None
    ignored: tuple[str, ...] = ()
    columns: tuple[ColumnFound, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def is_numbered(self) -> bool:
        """Whether the file gives its devices numbers, which are their clusters."""
        return self.cluster is not None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The places of all columns of numbers that are used."""
        used = {
            column.place for plan in self.plans for item in plan.values.values() for column in item.columns
        }
        used |= set(self.kinds.values) if self.kinds else set()
        return tuple(sorted(used | ({self.cluster} if self.cluster is not None else set())))

    @property
    def texts(self) -> tuple[int, ...]:
        """The places of all columns of text that are used, those of the moment aside."""
        kinds = self.kinds.places if self.kinds else ()
        given = (self.device, self.name, self.state, *kinds)
        return tuple(sorted({place for place in given if place is not None}))

    def number_style(self, place: int) -> NumberStyle:
        """How the numbers of a column are written."""
        return NumberStyle(self.decimal, self.thousands, self.cell_units.get(place, {}))

    def field_of(self, place: int) -> str:
        """The field that a column of numbers fills."""
        if place == self.cluster:
            return "cluster"
        for plan in self.plans:
            for name, item in plan.values.items():
                if any(column.place == place for column in item.columns):
                    return name
        raise KeyError(place)

"""One reading plan for each device of a table with a column a quantity, under the device's name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from api_service.ingest.layout import ReadingPlan
from api_service.ingest.recognition.forms.identity import device_of_file
from api_service.ingest.recognition.groups import Group
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.scales import Scaling, field_plans
from shared.errors import MalformedFile

_MEANS = ("energy", "reactive_energy", "energy_counter")


@dataclass(frozen=True)
class Naming:
    """What devices are called by: the user, the file's name `stem`, a column (`is_given`)."""

    options: ReadOptions
    stem: str
    is_given: bool

    @property
    def alone(self) -> str:
        """The name of a device that no column names; may be empty."""
        return self.options.device or device_of_file(self.stem)


def plans_of(
    groups: list[Group], scaling: Scaling, naming: Naming
) -> tuple[tuple[ReadingPlan, ...], list[str]]:
    """The plans, and what the values say about units. Raises `MalformedFile` for a device without a name."""
    plans, notes = [], []
    for group in groups:
        values, found = field_plans(group, scaling)
        notes += found
        is_mean = any(name in group.columns for name in _MEANS) or naming.options.interval_us is not None
        plans.append(ReadingPlan(values, _name(group, groups, naming), is_mean))
    check_named(plans, naming)
    return tuple(plans), notes


def check_named(plans: Iterable[ReadingPlan], naming: Naming) -> None:
    """Raises `MalformedFile` where neither a column nor a plan names a device."""
    if not naming.is_given and not all(plan.device for plan in plans):
        raise MalformedFile("Nothing in the file says which device it measures: name it with --device NAME.")


def _name(group: Group, groups: list[Group], naming: Naming) -> str | None:
    """The device's name; beside a column of names, what is put behind it."""
    if naming.is_given:
        if len(groups) > 1:
            return group.device or None
        return device_of_file(naming.stem) or naming.stem if naming.options.has_own_numbers else None
    given = naming.options.device
    if len(groups) == 1:
        return given or group.device or naming.alone
    if group.device:
        return f"{given} {group.device}" if given else group.device
    return naming.alone or _own_name(group)


def _own_name(group: Group) -> str:
    """What a lone column is called, where neither it nor the file names a device."""
    names = [meaning.name for columns in group.columns.values() for meaning in columns]
    return re.sub(r"\s*[\[(].*", "", names[0]).strip() if len(names) == 1 else ""

"""The site's devices as questions may call them."""

from dataclasses import dataclass
from functools import cached_property

from api_service.assistant.types import DeviceRef


@dataclass(frozen=True, slots=True)
class CatalogDevice:
    """A device with its other names (that of the imported file stays one when it is renamed) and groups."""

    ref: DeviceRef
    aliases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, its own one first, each once."""
        return tuple(dict.fromkeys(name for name in (self.ref.name, *self.aliases) if name.strip()))


@dataclass(frozen=True)
class Catalog:
    """Devices, and the states that they report. Hashable: its index is kept while it stays the same."""

    devices: tuple[CatalogDevice, ...]
    states: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.devices, self.states))

    def group(self, name: str) -> tuple[DeviceRef, ...]:
        """The devices of a group."""
        return tuple(device.ref for device in self.devices if name in device.groups)

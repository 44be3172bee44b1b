"""Topics with places: `tele/{device}/SENSOR` as a subscription, and what a topic holds in its places."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

_PLACE = re.compile(r"\{([a-z_]+)(\.\.\.)?\}")


@dataclass(frozen=True)
class TopicPattern:
    """A topic in which `{name}` stands for a part of a level and a last `{name...}` for all further levels.

    Raises `ValueError` for a pattern that is none.
    """

    text: str

    def __post_init__(self) -> None:
        names = [name for name, _ in _PLACE.findall(self.text)]
        plain = _PLACE.sub("x", self.text)
        if not self.text or set(plain) & set("+#{}\0") or len(set(names)) < len(names):
            raise ValueError(f"{self.text!r} is no topic; places are written {{device}}, each once")
        if "...}" in self.text.rpartition("/")[0]:
            raise ValueError(f"{self.text!r}: a place of several levels stands at the end")

    @property
    def places(self) -> frozenset[str]:
        """The names of the places."""
        return frozenset(name for name, _ in _PLACE.findall(self.text))

    @cached_property
    def subscription(self) -> str:
        """The topic filter that covers the pattern, with MQTT's own wildcards for whole levels."""
        levels = self.text.split("/")
        return "/".join("#" if "...}" in level else "+" if "{" in level else level for level in levels)

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        literal = _PLACE.split(self.text)
        parts = [re.escape(literal[0])]
        for name, dots, after in zip(literal[1::3], literal[2::3], literal[3::3], strict=True):
            parts.append(f"(?P<{name}>{'.+' if dots else '[^/]+'}){re.escape(after)}")
        return re.compile("".join(parts), re.DOTALL)

    def places_in(self, topic: str) -> Mapping[str, str] | None:
        """What stands in the places of `topic`; None for a topic of another form."""
        found = self._regex.fullmatch(topic)
        return found.groupdict() if found else None

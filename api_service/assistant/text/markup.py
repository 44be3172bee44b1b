"""Markup, links and machines' syntax in a question: nobody asks in it, and its words mean something else.

What stands between its signs would be read as words of the question: a factor of "<extra_id_99>", "off" of
"read: off_topic". So a question that holds any is not read at all. The name of a device may hold some.
"""

import re
from collections.abc import Iterable

_MARKUP = re.compile(
    "|".join(
        (
            r"<[/!|%a-zA-Z<][^<>]*>?",  # tags, tokens of models, templates; not "below < 5 kW"
            r"\[/?[A-Z_]{3,}\]",  # [INST]
            r"\[[^\]]*\]\([^)]*\)",  # links and images of Markdown
            r"(?i:\b[a-z][a-z+.-]*://|\bjavascript:)",
            r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x9b]",
            r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})",  # control characters, written out
            r"\{\s*[\"'][^\"']*[\"']\s*:|\{\{|[$#]\{|\$\(|`[^`]*`",  # JSON, templates, shells
            r"(?i:(?:^|[\n.!?]\s*)(?:system|assistant|human|user|developer|say|read)\s*:)",  # turns
        )
    )
)


def has_markup(text: str, names: Iterable[tuple[int, int]] = ()) -> bool:
    """Whether markup stands in `text` outside of `names`, the places `[start, end)` of what it names."""
    for start, end in names:
        text = text[:start] + " " * (end - start) + text[end:]
    return _MARKUP.search(text) is not None

"""Chores that chat clients send through the same door: titles, tags and follow-ups of a conversation.

Open WebUI's own prompts for them begin with `### Task:` and ask for JSON. They are no questions to the data,
so they are answered from the conversation in the prompt, or with an empty list, and never reach the model.
"""

import json
import re

MARK = "### Task:"
MAX_TITLE = 60
_FIRST_QUESTION = re.compile(r"^\s*(?:USER|user|User):\s*(.+?)\s*$", re.MULTILINE)
# The key of the JSON that a prompt asks for; `title` is the one that can be filled.
_LISTS = ("tags", "follow_ups", "queries")


def task_reply(text: str) -> str | None:
    """The reply to a client's chore; None where `text` is a question."""
    if not text.lstrip().startswith(MARK) or "<user_query>" in text:
        return None
    if '"title"' in text:
        return json.dumps({"title": _title(text)}, ensure_ascii=False)
    asked_for = next((key for key in _LISTS if f'"{key}"' in text), None)
    return json.dumps({asked_for: []} if asked_for else {})


def _title(text: str) -> str:
    asked = _FIRST_QUESTION.search(text)
    title = asked[1] if asked else "Electrical data"
    return title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1].rstrip()}…"

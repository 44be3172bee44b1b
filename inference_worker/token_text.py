"""Token ids to words as they come, never a broken character or half a slot."""

from collections.abc import Iterable
from typing import Any

from inference_worker.prompt import SlotFiller

BROKEN_CHARACTER = "\ufffd"


class TokenText:
    """Decodes one reply incrementally; `never_said` ids (padding, EOS) leave no trace."""

    def __init__(self, tokenizer: Any, filler: SlotFiller, never_said: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self._filler = filler
        self._never_said = never_said
        self._ids: list[int] = []
        self._given = ""

    def feed(self, token_ids: Iterable[int]) -> str:
        """Take the next ids; returns the words that are final."""
        self._ids.extend(token_id for token_id in token_ids if token_id not in self._never_said)
        text = self._decoded()
        if text.endswith(BROKEN_CHARACTER) or not text.startswith(self._given):
            return ""  # a character whose bytes are spread over tokens: wait for the rest
        fresh, self._given = text[len(self._given) :], text
        return self._filler.feed(fresh)

    def finish(self) -> str:
        """What was held back; call once at the end."""
        text = self._decoded()
        rest = text[len(self._given) :] if text.startswith(self._given) else ""
        return self._filler.feed(rest) + self._filler.finish()

    def _decoded(self) -> str:
        # Decoded from the start each time: spacing depends on the neighbours, and replies are short.
        text: str = self._tokenizer.decode(
            self._ids, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text

"""Streaming detokenizer: token ids to text, never half a character or half a slot."""

from collections.abc import Iterable
from typing import Any

from inference_worker.prompt import SlotFiller

BROKEN_CHARACTER = "\ufffd"


class TokenText:
    """Decodes one reply incrementally; `hidden_ids` (padding, EOS) are left out."""

    def __init__(self, tokenizer: Any, filler: SlotFiller, hidden_ids: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self._filler = filler
        self._hidden_ids = hidden_ids
        self._ids: list[int] = []
        self._given = ""

    def feed(self, token_ids: Iterable[int]) -> str:
        """Take the next ids; returns the text that is final."""
        self._ids.extend(token_id for token_id in token_ids if token_id not in self._hidden_ids)
        text = self._decoded()
        if text.endswith(BROKEN_CHARACTER) or not text.startswith(self._given):
            return ""  # the bytes of a character are spread over several tokens: wait for the rest
        fresh, self._given = text[len(self._given) :], text
        return self._filler.feed(fresh)

    def finish(self) -> str:
        """The text held back; call once at the end."""
        text = self._decoded()
        rest = text[len(self._given) :] if text.startswith(self._given) else ""
        return self._filler.feed(rest) + self._filler.finish()

    def _decoded(self) -> str:
        # Decoded from the start each time: spacing depends on the neighbours, and replies are short.
        text: str = self._tokenizer.decode(
            self._ids, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text

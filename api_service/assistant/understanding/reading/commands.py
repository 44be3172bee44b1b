"""Orders to a device or to the program, told by their first word: they are no questions; pure."""

from collections.abc import Sequence

from api_service.assistant.understanding.reading.vocabulary import words_of


def names_an_order(words: Sequence[str]) -> bool:
    """Whether a verb of an order stands anywhere in the words."""
    return not words_of("orders", "verbs").isdisjoint(words)


def is_command(words: Sequence[str]) -> bool:
    """Whether the words of a prompt begin with an order, after words of politeness."""
    rest = list(words)
    while rest and rest[0] in words_of("orders", "polite"):
        rest.pop(0)
    if not rest or rest[0] not in words_of("orders", "verbs"):
        return False
    if rest[0] not in words_of("orders", "verbs_and_nouns"):
        return True
    return len(rest) > 1 and rest[1] not in words_of("orders", "after_a_noun")

"""The form of answer that the first words of an English question ask for; pure."""

from collections.abc import Sequence

from api_service.assistant.query.query import Ask

_AUXILIARIES = frozenset(
    ("is", "are", "was", "were", "did", "does", "do", "has", "have", "had", "isn't", "wasn't", "didn't")
)
_YES_OR_NO = frozenset((Ask.WHETHER, Ask.COMPARE, Ask.WHICH))
_AMOUNT = frozenset((Ask.VALUE, Ask.LIST, Ask.COMPARE, Ask.WHICH, Ask.HOW_MANY))
_BY_OPENING = {
    ("when",): frozenset((Ask.WHEN, Ask.LIST)),
    ("who",): frozenset((Ask.WHICH, Ask.LIST)),
    ("how", "much"): _AMOUNT,
    ("how", "many"): _AMOUNT,
    ("how", "long"): _AMOUNT | {Ask.WHEN},
    ("how", "often"): _AMOUNT,
}
_QUESTION_WORDS = frozenset(("how", "what", "when", "which", "who", "much", "many", "names", "whether"))


def fits_form(words: Sequence[str], ask: Ask) -> bool:
    """Whether an answer of this form is one to a question that begins like that.

    "is … on" wants yes or no; "do you know when …" wants what its later question word asks for.
    """
    if _QUESTION_WORDS & set(words[1:]) - {"many", "much"}:
        return True
    if words and words[0] in _AUXILIARIES:
        return ask in _YES_OR_NO or "much" in words
    return all(
        ask in asks for opening, asks in _BY_OPENING.items() if tuple(words[: len(opening)]) == opening
    )

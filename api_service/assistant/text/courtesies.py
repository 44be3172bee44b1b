"""Turns of courtesy in a question: they ask for nothing, and their "not" and "morning" mean nothing."""

from collections.abc import Sequence

_LINES = """
good morning
good afternoon
good evening
good day
if it is not too much trouble
if it isn't too much trouble
if it's not too much trouble
if it is not too much to ask
if it's no trouble
if it is no trouble
if you don't mind
if you dont mind
if you wouldn't mind
if you would not mind
if that's not too much to ask
if possible
if you please
if you would be so kind
if you'd be so kind
would you be so kind as to
be so kind as to
would you mind telling me
do you mind telling me
when you have a moment
when you have a minute
when you get a moment
when you get a minute
when you get a chance
when you have time
there is no hurry
there's no hurry
no hurry
no rush
thank you in advance
thanks in advance
thank you very much
many thanks
kind regards
best regards
sorry to bother you
sorry to bother you again
sorry for bothering you
excuse me
pardon me
i hope you are well
i hope you're well
"""
_THANKS = tuple(
    tuple(line.split())
    for line in (
        "thank you very much",
        "thank you",
        "thanks a lot",
        "thanks",
        "cheers",
        "ta",
        "great",
        "perfect",
    )
)
"""Before "and" they end what was before; alone, or before anything else, they may be meant."""
_SAYS_THANKS = frozenset(("thanks", "thank", "thankyou", "thx", "cheers", "ta"))
_WITH_THANKS = _SAYS_THANKS | frozenset(
    (
        *("you", "so", "very", "much", "a", "lot", "bunch", "many", "again", "ok", "okay", "great"),
        *(
            "perfect",
            "lovely",
            "nice",
            "that's",
            "all",
            "oh",
            "cool",
            "brilliant",
            "mate",
            "then",
            "for",
            "now",
        ),
    )
)
_OPENERS = frozenset(("ok", "okay", "ah", "oh"))
_PHRASES = tuple(sorted((tuple(line.split()) for line in _LINES.split("\n") if line), key=len, reverse=True))
_FEWEST_LEFT = 3
"""So many other words are a question; a greeting alone stays one."""


def courtesies(words: Sequence[str]) -> frozenset[int]:
    """The places of words of courtesy, where something else is asked besides.

    `words` are lower case, punctuation may be among them.
    """
    places = [place for place, word in enumerate(words) if word[:1].isalnum()]
    plain = [words[place].replace("’", "'") for place in places]
    found, at = set(places[: _thanks_before_more(plain)]), 0
    while at < len(plain):
        length = next((len(one) for one in _PHRASES if tuple(plain[at : at + len(one)]) == one), 0)
        found.update(places[at : at + length])
        at += max(1, length)
    return frozenset(found) if len(plain) - len(found) >= _FEWEST_LEFT else frozenset()


def _thanks_before_more(words: Sequence[str]) -> int:
    """How many words thank before an "and" with which the question goes on."""
    first = 1 if words and words[0] in _OPENERS else 0
    for one in _THANKS:
        end = first + len(one)
        if tuple(words[first:end]) == one and words[end : end + 1] == ["and"]:
            return end
    return 0


def is_thanks(words: Sequence[str]) -> bool:
    """Whether a text thanks and says no more, whatever was asked before it."""
    return bool(_SAYS_THANKS & set(words)) and set(words) <= _WITH_THANKS

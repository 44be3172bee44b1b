"""Does a text state only what the findings hold? In: text and findings. Out: a verdict with its reasons.

A text is read as tokens (`lexer`) in the words of a closed vocabulary (`lexicon`) and of the findings
themselves (`phrases`); every claim of every sentence must be borne out by a cell (`numbers`, `order`,
`polarity`), and what was asked must be said (`completeness`). What cannot be checked does not pass.
"""

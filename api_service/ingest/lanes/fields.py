"""One line of CSV as its fields."""

import csv


def split(text: str, delimiter: str) -> list[str] | None:
    """The fields of one line; None when it is not one line, or a quote stays open."""
    if '"' not in text:
        return text.split(delimiter)
    # The mark is swallowed by an open quote, and stands alone otherwise.
    mark = "\x01"
    try:
        fields = next(csv.reader([text, mark], delimiter=delimiter))
    except csv.Error:  # a carriage return inside, or a field beyond all measure
        return None
    return None if fields and fields[-1].endswith(mark) else fields

"""Claims of order and direction: most and least, more and less, rising and falling, ranks, ratios."""

from dataclasses import dataclass, replace

from api_service.assistant.execution.cells import Role
from api_service.assistant.query.query import End
from api_service.assistant.rendering.results.texts.quantities import value_text
from api_service.assistant.verification.claims.numbers import Numbers
from api_service.assistant.verification.claims.text import lexicon
from api_service.assistant.verification.claims.text.clauses import Sentence, Test, is_subject, is_time
from api_service.assistant.verification.claims.text.lexer import Token
from api_service.assistant.verification.claims.text.material import USUAL, WINDOW, Item, Material
from api_service.assistant.verification.claims.text.phrases import Kind
from api_service.assistant.verification.claims.verdict import Report
from api_service.metering.measure import Statistic

_STATISTIC_ONLY = frozenset(
    ["peak", "peaked", "peaks", "peaking", "maximum", "max", "minimum", "min", "single"]
)
_ENDS = {
    **dict.fromkeys(lexicon.HIGHEST - _STATISTIC_ONLY, End.MOST),
    **dict.fromkeys(lexicon.LOWEST - _STATISTIC_ONLY, End.LEAST),
}
_EXTREMES = {End.MOST: Statistic.MAX, End.LEAST: Statistic.MIN}


@dataclass(frozen=True)
class Order:
    """Checks the words of order in one sentence, whose numbers have been found."""

    sentence: Sentence
    material: Material
    report: Report
    numbers: Numbers

    def check(self, *, is_negated: bool) -> None:
        """Check every such word; `is_negated`: the main clause denies what it says."""
        for place, token in enumerate(self.sentence.tokens):
            if token.kind is Kind.ORDINAL or (token.word == "first" and self._is_rank(place)):
                self._rank(token.rank or 1)
            if token.kind is Kind.WORD:
                self._word(place, token.word, is_negated=is_negated)
        self._flat()
        self._ratios()
        self._listed()

    def _word(self, place: int, word: str, *, is_negated: bool) -> None:
        if word in _ENDS and self.sentence.word(place - 1) == "at":
            self.report.claim(False, f"at {word} what?")  # limits are phrases
        elif word in _ENDS:
            self._superlative(place, _ENDS[word])
        elif word in lexicon.MORE | lexicon.LESS:
            self._comparative(place, is_more=word in lexicon.MORE, is_negated=is_negated)
        elif word in lexicon.RISING | lexicon.FALLING and "neither" not in self.sentence.words:
            self._trend(is_rising=word in lexicon.RISING)
        elif word in lexicon.SAME:
            self._same()

    # --- superlatives and ranks -----------------------------------------------------------------------------

    def _superlative(self, place: int, end: End) -> None:
        query = self.material.query
        if (
            self.sentence.word(place) == "latest"
            and Statistic.LATEST in self.material.statistics
            and not query.order
        ):
            return
        item = self._next_value(place)
        rows = [row for row in self.material.rows if row.is_number]
        if query.order is not None and not self._speaks_of_extreme(place, item):
            self.report.claim(end is query.order.end, "the other end of the order")
            self._ordered()
        elif (
            item is not None
            and len(rows) > 1
            and item in rows
            and self.sentence.word(place + 1) not in lexicon.NOUNS
        ):
            values = [row.cell.number for row in rows]
            extreme = max(values) if end is End.MOST else min(values)
            self.report.claim(item.cell.number == extreme, "not the extreme of the values")
        else:
            self.report.claim(_EXTREMES[end] in self.material.statistics, "nothing is the extreme here")

    def _speaks_of_extreme(self, place: int, item: Item | None) -> bool:
        """Whether a sentence beside the list says which of its values is the extreme: "It was highest …"."""
        return (
            item is not None
            and place >= 2
            and self.sentence.word(place - 1) == "was"
            and len(self.material.rows) > 1
        )

    def _next_value(self, place: int) -> Item | None:
        """The first value after a word, up to the next such word; else the last one before it."""
        for after in range(place + 1, len(self.sentence.tokens)):
            if self.sentence.word(after) in _ENDS:
                break
            if after in self.numbers.values:
                return self.numbers.values[after]
        before = [at for at in self.numbers.values if at < place]
        return self.numbers.values[before[-1]] if before and len(self.numbers.values) == 1 else None

    def _ordered(self) -> None:
        """The rows that are named follow the order, and nothing else is named with its value."""
        said = [item for item in self.numbers.values.values() if item.cell.role is not Role.TOTAL]
        for subject in {item.subject for item in said}:
            places = [i.place for i in said if i in self.material.rows and i.subject == subject]
            self.report.claim(places == sorted(places), "not in the order of the values")
        if len({item.cell.key for item in said}) <= 1:
            places = [item.place for item in said if item in self.material.rows]
            self.report.claim(places == sorted(places), "not in the order of the values")
        clause = self.sentence.main_clause
        subjects = {row.subject for row in self.material.rows}
        for place in self.sentence.places(is_subject, clause):
            named = self.sentence.tokens[place].subjects
            self.report.claim(bool(named & subjects), "not the one at this place of the order")

    def _is_rank(self, place: int) -> bool:
        """ "first" as a place in an order: "the first highest", not "highest first"."""
        return self.sentence.word(place + 1) in _ENDS

    def _rank(self, rank: int) -> None:
        ranks = {row.cell.rank for row in self.material.rows}
        order = self.material.query.order
        holds = order is not None and order.rank is not None and rank in ranks
        self.report.claim(holds, "another place in the order")

    # --- comparisons ----------------------------------------------------------------------------------------

    def _comparative(self, place: int, *, is_more: bool, is_negated: bool) -> None:
        operands = self._operands(place, "than")
        if operands is None:
            holds = self._by_usual_or_alone(place, is_more)
        else:
            left, right = operands
            holds = (
                left.cell.number != right.cell.number and (left.cell.number > right.cell.number) is is_more
            )
            if is_negated and place in self.sentence.main_clause:
                holds = (
                    left.cell.number > right.cell.number
                ) is not is_more or left.cell.number == right.cell.number
        self.report.claim(holds, "the comparison does not hold")

    def _by_usual_or_alone(self, place: int, is_more: bool) -> bool:
        """ "1.3 kWh more": of a single pair, the first against the second."""
        pairs = self.material.pairs
        if len(pairs) != 1 or self.sentence.word(place + 1) == "than":
            return False
        first, second = pairs[0]
        return first.cell.number != second.cell.number and (first.cell.number > second.cell.number) is is_more

    def _operands(self, place: int, joint: str) -> tuple[Item, Item] | None:
        """The two values on both sides of "than" (or "as"); None where they are not a pair of the result."""
        end = next(
            (i for i in range(place, len(self.sentence.tokens)) if self.sentence.word(i) == joint), None
        )
        if end is None:
            return None
        for test in (is_subject, is_time):
            found = self._sides(end, test)
            if found is not None:
                return found
        return None

    def _sides(self, joint: int, test: Test) -> tuple[Item, Item] | None:
        tokens = self.sentence.tokens
        before, after = self.sentence.places(test, range(joint)), self._first_after(joint)
        if after is None or not test(tokens[after]):
            return None
        right = tokens[after]
        left = tokens[before[-1]] if before else None
        for first, second in self.material.pairs:
            for one, other in ((first, second), (second, first)):
                if _is_side(one, left, other) and _is_side(other, right, one) and self._is_near(one, other):
                    return one, other
        return None

    def _first_after(self, joint: int) -> int | None:
        """The first name or time after "than"."""
        tokens = self.sentence.tokens
        places = self.sentence.places(lambda t: is_subject(t) or is_time(t), range(joint + 1, len(tokens)))
        return places[0] if places else None

    def _is_near(self, one: Item, other: Item) -> bool:
        """Where there are several pairs, the one whose value is said."""
        said = set(self.numbers.values.values())
        return len(self.material.pairs) == 1 or bool(said & {one, other})

    def _ratios(self) -> None:
        """ "X used 1.4 times as much as Y" must hold for X over Y."""
        for place, item in self.numbers.values.items():
            if item.cell.role is not Role.RATIO or len(self.material.pairs) != 1:
                continue
            number = self.sentence.tokens[place].number
            later = [i for i in range(place, len(self.sentence.tokens)) if self.sentence.word(i) == "as"]
            operands = (
                self._sides(later[-1], is_subject) or self._sides(later[-1], is_time) if later else None
            )
            that = [i for i in range(place, len(self.sentence.tokens)) if self.sentence.word(i) == "that"]
            if operands is None and that:
                operands = self._sides(that[0], is_subject) or self._sides(that[0], is_time)
            if operands is not None and number is not None:
                first, second = operands
                holds = second.cell.number != 0 and number.agrees(first.cell.number / second.cell.number)
                self.report.claim(holds, "the ratio is of the other two")
            elif later or that:
                self.report.claim(False, "a ratio of something else")

    def _same(self) -> None:
        pairs = [pair for pair in self.material.pairs if all(side.is_number for side in pair)]
        holds = any(_written(one) == _written(two) for one, two in pairs)
        self.report.claim(holds, "the two are not the same")

    # --- trends and lists -----------------------------------------------------------------------------------

    def _trend(self, *, is_rising: bool) -> None:
        slopes = [row.cell.number for row in self.material.rows if row.cell.statistic == Statistic.TREND]
        holds = bool(slopes) and all(slope > 0 if is_rising else slope < 0 for slope in slopes)
        self.report.claim(holds, "the trend is another")

    def _flat(self) -> None:
        if "neither" in self.sentence.words:
            slopes = [row.cell.number for row in self.material.rows if row.cell.statistic == Statistic.TREND]
            self.report.claim(bool(slopes) and not any(slopes), "there is a trend")

    def _listed(self) -> None:
        """No name stands twice in a plain list of names."""
        runs: list[list[str]] = [[]]
        for token in self.sentence.tokens:
            if token.kind is Kind.SUBJECT:
                runs[-1].append(token.word)
            elif token.kind is not Kind.BREAK:
                runs.append([])
        self.report.claim(all(len(set(run)) == len(run) for run in runs), "a name stands twice in a list")


def _is_side(item: Item, token: Token | None, other: Item) -> bool:
    """Whether a token names this side of a pair, as told from the other one."""
    if token is not None and is_subject(token):
        return item.subject in token.subjects and other.subject not in token.subjects
    if item.is_usual is not other.is_usual:
        return item.is_usual is (token is not None and USUAL in token.times)
    if token is None:
        return item.subject == other.subject and item.time == WINDOW
    return item.time in token.times and other.time not in token.times


def _written(item: Item) -> str:
    return value_text(replace(item.cell, role=Role.ROW))

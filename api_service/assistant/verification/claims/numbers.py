"""Claims of numbers, moments and states: each must be that of a cell of the right subject and time."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from api_service.assistant.execution.cells import Role
from api_service.assistant.query.query import RelationKind
from api_service.assistant.verification.claims.counts import Counts
from api_service.assistant.verification.claims.text.clauses import Sentence, is_subject, is_time
from api_service.assistant.verification.claims.text.lexer import Token
from api_service.assistant.verification.claims.text.lexicon import FALLING, RISING, ROUGHLY, SHARES
from api_service.assistant.verification.claims.text.material import RELATED, USUAL, WINDOW, Item, Material
from api_service.assistant.verification.claims.text.phrases import Kind
from api_service.assistant.verification.claims.text.written import Written
from api_service.assistant.verification.claims.verdict import Report


@dataclass
class Numbers:
    """Checks the values of one sentence; `values` tells which cell each number is."""

    sentence: Sentence
    material: Material
    report: Report
    values: dict[int, Item] = field(default_factory=dict)

    def check(self) -> None:
        """Check every number, moment and recorded state of the sentence."""
        tokens = self.sentence.tokens
        for place, token in enumerate(tokens):
            if token.kind is Kind.NUMBER:
                self._number(place, token)
            elif token.word == "both" and token.kind is Kind.WORD:
                self.report.claim(2.0 in self._counts.allowed(place), "not both")
                self.report.is_counted = True
        for place, token in enumerate(tokens):
            if token.kind is Kind.MOMENT:
                self._moment(place, token)
            elif token.kind is Kind.STATE and token.items:
                self._state(place, token)

    @property
    def _counts(self) -> Counts:
        return Counts(self.sentence, self.material, self.report, tuple(self.values.values()))

    # --- numbers --------------------------------------------------------------------------------------------

    def _number(self, place: int, token: Token) -> None:
        if token.number is not None and self._counts.is_count(place, token, token.number):
            return
        number = self._with_unit(place, token)
        if self.sentence.word(place - 1) in ROUGHLY:  # rounded twice
            number = replace(number, tolerance=1.1 * number.tolerance)
        item = self._item_for(place, number)
        if item is None:
            if number.value == 0 and token.word.startswith("no ") and self._may_be_denied(number.unit):
                return  # a denial, see `polarity`
            if not self._is_made_of_pair(place, number):
                self.report.claim(False, f"no cell says \u201c{token.text}\u201d here")
            return
        if any(other is item for other in self.values.values()):
            self.report.claim(False, f"\u201c{token.text}\u201d is said twice")
        self.values[place] = item
        self.report.stated.add(item.place)

    def _may_be_denied(self, unit: str) -> bool:
        query = self.material.query
        if unit == "gap":
            return query.measure == "gaps"
        return unit == "reading" and (query.where.state is not None or self.material.result.verdict is False)

    def _with_unit(self, place: int, token: Token) -> Written:
        """A bare number of a list takes the unit at the list's end: "Mon 3.1, Tue 4.0 kWh"."""
        assert token.number is not None  # noqa: S101 - only numbers come here
        number = token.number
        if number.unit or any(item.unit == "" for item in self.material.items):
            return number
        later = self.sentence.tokens[place + 1 :]
        unit = next(
            (t.number.unit for t in later if t.kind is Kind.NUMBER and t.number and t.number.unit), ""
        )
        scale = next((t for t in later if t.kind is Kind.NUMBER and t.number and t.number.unit), None)
        if scale is None or scale.number is None:
            return number
        factor = _factor(scale)
        return Written(number.value * factor, unit, number.tolerance * factor)

    def _item_for(self, place: int, number: Written) -> Item | None:
        taken = {item.place for item in self.values.values()}
        fitting = [item for item in self.material.items if self._fits(place, number, item)]
        fresh = [item for item in fitting if item.place not in taken]
        return next(iter(fresh or fitting), None)

    def _fits(self, place: int, number: Written, item: Item) -> bool:
        if not item.is_number or number.unit != item.unit or number.per_day != item.is_slope:
            return False
        return (
            self._value_fits(place, number, item)
            and self._role_fits(place, item)
            and self._owned(place, item)
        )

    def _value_fits(self, place: int, number: Written, item: Item) -> bool:
        value = item.cell.number
        is_unsigned = (
            self.sentence.is_difference(place)
            if item.cell.role is Role.DIFFERENCE
            else item.is_slope and self._has_direction
        )
        return number.agrees(value) or (is_unsigned and number.agrees(abs(value)))

    @property
    def _has_direction(self) -> bool:
        return bool(self.sentence.words & (RISING | FALLING))

    def _role_fits(self, place: int, item: Item) -> bool:
        role, sentence = item.cell.role, self.sentence
        if role is Role.SHARE:
            return bool((sentence.words | self.report.words) & SHARES)
        if role is Role.TOTAL:
            named = sentence.places(is_subject, sentence.segment(place))
            return sentence.is_total(place) and (not named or sentence.is_part_of(place - 1))
        if role is Role.DIFFERENCE:
            return sentence.is_difference(place) or item in self.material.rows
        if sentence.is_part_of(place - 1):
            return False
        if self._is_multiple and ("full" in sentence.segment_words(place)) is not (role is Role.SIDE):
            return False
        return not sentence.is_difference(place) or item.is_slope or role is Role.RATIO

    @property
    def _is_multiple(self) -> bool:
        relation = self.material.query.relation
        return relation is not None and relation.kind is RelationKind.TIMES

    def _owned(self, place: int, item: Item) -> bool:
        role = item.cell.role
        if role is Role.TOTAL:
            return True
        if role is Role.RATIO and len(self.material.pairs) == 1:
            return True  # its operands are checked by `order`
        return (
            self._subject_fits(place, item) and self._time_fits(place, item) and self._state_fits(place, item)
        )

    def _subject_fits(self, place: int, item: Item) -> bool:
        owner = self.sentence.owner(place, is_subject, paired=self._by_subject) or self.sentence.subject
        if item.cell.role in RELATED:
            sides = self.material.pairs if self._by_subject else ()
            keys = {side.subject for pair in sides for side in pair} | {item.subject}
            return owner is None or bool(owner.subjects & keys)
        if owner is None:
            alike = {i.subject for i in self.material.items if i.cell.role is item.cell.role}
            return len(alike) == 1
        if owner.subjects & {item.subject}:
            return True
        return item.cell.subject.is_site and not self.sentence.places(
            is_subject, self.sentence.segment(place)
        )

    def _time_fits(self, place: int, item: Item) -> bool:
        if item.cell.role in RELATED and (item.time == WINDOW or self.material.has_sides):
            return True
        if self._has_usual and item.cell.role not in RELATED and self._says_usual(place) is not item.is_usual:
            return False
        rivals = {i.time for i in self.material.items if i.cell.role not in RELATED | {Role.TOTAL}}
        if len(rivals) <= 1:
            return True
        owner = self.sentence.owner(place, self._tells_time, paired=self._by_time)
        return owner is not None and bool(owner.times & {item.time})

    def _says_usual(self, place: int) -> bool:
        """Whether the number at `place` is said to be the usual one."""
        sentence = self.sentence
        if sentence.is_first_of_two(place) or sentence.is_second_of_two(place):
            return sentence.is_second_of_two(place)
        near = (
            sentence.places(is_time, sentence.segment(place)) or sentence.places(is_time, range(place))[-1:]
        )
        return any(USUAL in sentence.tokens[at].times for at in near)

    def _tells_time(self, token: Token) -> bool:
        """Whether a token tells the cells' times apart: not what is usual, nor the window around periods."""
        rivals = {item.time for item in self.material.items if item.cell.role is not Role.TOTAL}
        return is_time(token) and bool(token.times & rivals)

    @cached_property
    def _has_usual(self) -> bool:
        return any(item.is_usual for item in self.material.items)

    def _state_fits(self, place: int, item: Item) -> bool:
        if item.cell.state is None or len({i.cell.state for i in self.material.items}) <= 1:
            return True
        owner = self.sentence.owner(place, self._names_state)
        return owner is not None and (item.place in owner.items or owner.word == item.cell.state.casefold())

    @staticmethod
    def _names_state(token: Token) -> bool:
        return token.kind is Kind.STATE or token.word in ("on", "off", "standby", "idle", "running")

    @cached_property
    def _by_subject(self) -> bool:
        return any(first.subject != second.subject for first, second in self.material.pairs)

    @cached_property
    def _by_time(self) -> bool:
        return any(first.time != second.time for first, second in self.material.pairs)

    def _is_made_of_pair(self, place: int, number: Written) -> bool:
        """The difference of two sides, where the result does not hold it by itself."""
        if not self.sentence.is_difference(place):
            return False
        pairs = [pair for pair in self.material.pairs if all(side.is_number for side in pair)]
        return any(
            number.unit == first.unit and number.agrees(abs(first.cell.number - second.cell.number))
            for first, second in pairs
        )

    # --- moments and states ---------------------------------------------------------------------------------

    def _moment(self, place: int, token: Token) -> None:
        before = [item for at, item in self.values.items() if at < place]
        after = [item for at, item in self.values.items() if at > place]
        owner = before[-1] if before else after[0] if after else None
        if owner is not None and owner.place in token.items:
            self.report.timed.add(owner.place)
            return
        subject = self.sentence.owner(place, is_subject) or self.sentence.subject
        items = [self.material.items[number] for number in token.items]
        fitting = [
            i for i in items if subject is None or i.subject in subject.subjects or i.cell.subject.is_site
        ]
        timed = [i for i in fitting if owner is None or not owner.cell.at or owner.cell.role is not Role.ROW]
        self.report.claim(bool(timed), f"no cell has the time \u201c{token.text}\u201d here")
        self.report.timed.update(item.place for item in timed)
        self.report.stated.update(item.place for item in timed if not item.is_number)

    def _state(self, place: int, token: Token) -> None:
        owner = self.sentence.owner(place, is_subject) or self.sentence.subject
        items = [self.material.items[number] for number in token.items]
        fitting = [
            item for item in items if owner is None or item.subject in owner.subjects or item.cell.state
        ]
        self.report.claim(bool(fitting), f"no cell has the state \u201c{token.text}\u201d here")
        self.report.stated.update(item.place for item in fitting if not item.is_number)


def _factor(token: Token) -> float:
    """How many base units the written unit of a token has."""
    assert token.number is not None  # noqa: S101 - only numbers come here
    digits = float("".join(c for c in token.text if c.isdigit() or c == ".") or 0)
    return abs(token.number.value) / digits if digits else 1.0

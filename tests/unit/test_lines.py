"""Points written as lines are read back as they were."""

import hypothesis.strategies as st
from hypothesis import given

from api_service.ingest.line_protocol.lines import body_of
from api_service.ingest.line_protocol.points import Point, read_points

AT_US = 1_773_050_400_000_000
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=12)
WORDS = st.lists(NAMES, min_size=1, max_size=3).map(" ".join)
VALUES = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.booleans(), WORDS)


@given(
    st.lists(
        st.builds(
            Point,
            st.just(0),
            NAMES.filter(lambda name: not name.startswith("#")),
            st.dictionaries(WORDS, WORDS, max_size=2),
            st.dictionaries(WORDS, VALUES, min_size=1, max_size=3),
            st.integers(AT_US, AT_US + 10**9),
        ),
        max_size=4,
    )
)
def test_points_are_read_back(points: list[Point]) -> None:
    read = list(read_points(body_of(points), "us"))

    assert [(p.measurement, p.tags, p.fields, p.stamp_us) for p in read if isinstance(p, Point)] == [
        (p.measurement, p.tags, p.fields, p.stamp_us) for p in points
    ]


def test_line_feeds_and_lone_surrogates_stay_inside_their_line() -> None:
    (read,) = read_points(body_of([Point(0, "m", {"device": "a\nb\ud800"}, {"power": 1.0}, None)]), "us")

    assert isinstance(read, Point)
    assert read.tags == {"device": "a b?"}

"""Voice files: the format, the lint, and the examples that writers learn from."""

from pathlib import Path

import pytest

from api_service.assistant.query.linear import parse, print_request
from api_service.assistant.query.query import SlotKind
from training.voices.lint import FOLDER, faults, main, parts_of, report
from training.voices.voice_file import Bracket, Example, VoiceError, read_line, read_lines, read_voice

HEADER = "# voice: test\n# use: train\n"


def write(path: Path, text: str, name: str = "voice.tsv") -> Path:
    file = path / name
    file.write_text(HEADER + text, encoding="utf-8")
    return file


def only(line: str, last: Example | None = None) -> Example:
    return read_line(line, 1, last)


def test_every_voice_is_clean() -> None:
    errors, _ = report([read_voice(path) for path in sorted(FOLDER.glob("*.tsv"))])
    assert errors == []


def test_examples_of_the_guide_are_clean_and_show_the_whole_algebra(tmp_path: Path) -> None:
    guide = (FOLDER / "README.md").read_text(encoding="utf-8")
    examples = guide.partition("```tsv\n")[2].partition("```")[0]
    voice = read_voice(write(tmp_path, examples))
    errors, _ = report([voice])
    assert errors == []
    shown = {part for example in voice.examples for part in parts_of(example)}
    for part in (
        *("ask value", "ask when", "ask which", "ask whether", "ask how_many", "ask list", "ask compare"),
        *("relation share", "relation difference", "relation ratio", "relation times", "relation more"),
        *("usual", "every", "rank", "limit", "having", "where", "windows in 2", "windows around 1"),
        *("devices but", "windows ever 0", "follow-up", "explain", "summary"),
    ):
        assert part in shown, part


def test_sentence_becomes_pieces_and_query_a_request() -> None:
    example = only("how much did the [d Oven] use [t yesterday]?\tvalue energy these <0> in <1>")
    assert example.pieces == (
        "how much did the ",
        Bracket(SlotKind.DEVICE, "Oven"),
        " use ",
        Bracket(SlotKind.TIME, "yesterday"),
        "?",
    )
    assert example.masked == "how much did the device <extra_id_0> use time <extra_id_1>"
    assert example.request == parse("value energy these <extra_id_0> in <extra_id_1>")


def test_follow_up_counts_the_slots_of_the_query_before_from_its_own_on() -> None:
    first = only("[t yesterday], what did the [d oven] use\tvalue energy these <1> in <0>")
    second = only("> and the [d tv]\tvalue energy these <0> in <p1>", first)
    assert print_request(second.request) == "value energy these <extra_id_0> in <extra_id_2>"
    assert second.previous == "value energy these <extra_id_1> in <extra_id_2>"
    assert [bracket.words for bracket in second.slots] == ["tv", "oven", "yesterday"]
    third = only("> [t today]\tvalue energy these <p0> in <0>", second)
    assert [bracket.words for bracket in third.slots] == ["today", "tv", "yesterday"]
    assert print_request(third.request) == "value energy these <extra_id_1> in <extra_id_0>"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("no tab", "one tab"),
        ("a\tvalue energy\textra", "one tab"),
        ("> and [t today]\tvalue energy in <0>", "a good line before"),
        ("[x oven]\tvalue energy", r"\[x …\] is no bracket"),
        ("[oven]\tvalue energy", "a bracket is"),
        ("\tvalue energy", "empty"),
        ("what [d oven]\tvalue energy these <1>", "the sentence has 1 brackets"),
        ("what\tvalue energi", "token 2"),
    ],
)
def test_a_line_in_the_wrong_format_is_named(line: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_line(line, 1, None)


def test_a_slot_that_the_query_before_does_not_have_is_an_error() -> None:
    with pytest.raises(VoiceError, match="the query before has 1 slots"):
        only("> more\tvalue energy in <p1>", only("kwh [t today]\tvalue energy in <0>"))


def test_a_bad_line_does_not_hide_the_lines_after_it() -> None:
    read = list(read_lines(["kwh\tvalue enrgy", "> and now\tvalue power latest", "kwh\tvalue energy"]))
    assert [isinstance(item, Example) for item in read] == [False, False, True]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("kwh of [d oven] [t today]\tvalue energy these <0>", "[today] is used 0 times"),
        ("kwh [t today]\tvalue energy these <0>", "slot 0 is a time where a device or group belongs"),
        ("sum of thd\tvalue thd sum", "senseless"),
        ("kwh\t! value energy", "makes sense"),
        ("over [n 2 kWh]\twhether voltage where above <0>", "no unit of voltage"),
        ("ever over [n 5 A]\twhether power where above <0>", "no unit of power"),
    ],
)
def test_lint_finds_what_is_wrong_with_a_line(line: str, complaint: str) -> None:
    found = list(faults(only(line)))
    assert len(found) == 1
    assert complaint in found[0]


@pytest.mark.parametrize(
    "line",
    [
        "turn off the [d oven] [t at 6 pm]\tcontrol",
        "over [n 2 kW]\twhether power where above <0>",
        "over [n 210]\twhether voltage where above <0>",
        "on for more than [n 2 hours]\twhether on_time having above <0>",
        "[n 2nd] most\twhich energy most rank <0>",
        "above [n 30 %] of it\twhich energy having above <0> share",
    ],
)
def test_lint_accepts_good_lines(line: str) -> None:
    assert list(faults(only(line))) == []


def test_lint_finds_repeats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = write(tmp_path, "kwh [t today]\tvalue energy in <0>\nKWH [t yesterday]!\tvalue energy in <0>\n")
    other = write(tmp_path, "kwh [t on monday]\tlist energy in <0>\n", "other.tsv")
    assert main([str(one), str(other)]) == 1
    printed = capsys.readouterr().out
    assert "voice: line 4: the same sentence as line 3" in printed
    assert main([str(other)]) == 0


def test_voices_that_disagree_are_named_and_not_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = write(tmp_path, "kwh [t today]\tvalue energy in <0>\n")
    other = write(tmp_path, "kwh [t on monday]\tlist energy in <0>\n", "other.tsv")
    assert main([str(one), str(other)]) == 0
    assert "disagreement: 'kwh time <extra_id_0>' has 2 meanings" in capsys.readouterr().out


def test_dialogues_may_begin_alike(tmp_path: Path) -> None:
    text = "kwh\tvalue energy\n> [t today]\tvalue energy in <0>\nkwh\tvalue energy\n"
    assert report([read_voice(write(tmp_path, text))])[0] == []


def test_a_file_without_its_two_first_lines_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "bare.tsv"
    file.write_text("kwh\tvalue energy\n", encoding="utf-8")
    assert read_voice(file).errors[0].startswith("line 1")

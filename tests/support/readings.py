"""What the double of the reader knows: prompts of the questions that tests ask, and their queries."""

from inference_worker.prompt import render_reading
from shared.generation import PromptParts, ReadingRequest

# The words of the prompt (a slot as `<N>`), behind "; last: " the query before; and the query that they mean.
READINGS = {
    "how much energy did the device <0> use time <1>": "value energy these <0> in <1>",
    "and the device <0>; last: value energy these <1> in <2>": "value energy these <0> in <2>",
    "how much power is everything using now": "value power latest",
    "which device used the most energy time <0>": "which energy most in <0>",
    "when did the device <0> peak time <1>": "when power max these <0> in <1>",
    "compare the device <0> and the device <1> time <2>": "compare energy these <0> <1> in <2>",
    "how much power does the device <0> draw right now": "value power latest these <0>",
    "who won the football world cup": "off_topic",
    "hello": "greeting",
    "hi": "greeting",
}
UNKNOWN = "gibberish"
"""The reading of every other question."""


def reading_of(parts: PromptParts, reading: ReadingRequest) -> str:
    """The linear form for a prompt, by the table."""
    prompt = render_reading(parts.question, reading).removeprefix("read: ")
    plain = prompt.replace("<extra_id_", "<")
    return READINGS.get(plain, UNKNOWN).replace("<", "<extra_id_")

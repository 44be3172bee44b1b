"""Orders are told from questions by their first word."""

import pytest

from api_service.assistant.understanding.reading.commands import is_command


@pytest.mark.parametrize(
    "prompt",
    [
        "turn off the device <extra_id_0>",
        "please switch device <extra_id_0> off",
        "can you shut device <extra_id_0> down",
        "remind me time <extra_id_0>",
        "could you please rename device <extra_id_0>",
        "stop the device <extra_id_0>",
    ],
)
def test_order_is_a_command(prompt: str) -> None:
    assert is_command(prompt.split())


@pytest.mark.parametrize(
    "prompt",
    [
        "did the device <extra_id_0> turn off time <extra_id_1>",
        "switch ons of device <extra_id_0>",
        "switch cycles per device",
        "when did it stop",
        "can you show me the power",
        "stop times of device <extra_id_0> time <extra_id_1>",
        "",
    ],
)
def test_question_is_no_command(prompt: str) -> None:
    assert not is_command(prompt.split())

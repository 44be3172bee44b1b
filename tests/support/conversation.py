"""A household to ask about, at a fixed moment, for the tests of the assistant's understanding."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from api_service.assistant.types import DeviceRef, Moment, Question, Turn
from api_service.assistant.understanding.understand import understand

MADRID = ZoneInfo("Europe/Madrid")
# Thursday 12 March 2026, 15:37 in Madrid.
MOMENT = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), MADRID)
NAMES = (
    "Fridge", "Heat pump", "Washing machine", "Tumble dryer", "Living room TV", "EV charger", "Oven",
    "Kettle", "Desk 4", "Home office", "Bedroom AC", "Game console", "Lights",
)  # fmt: skip
CATALOG = tuple(DeviceRef(cluster, name) for cluster, name in enumerate(NAMES, 1))
PHRASINGS = Path(__file__).parents[1] / "data" / "questions_dev.tsv"


def ask(*turns: str, catalog: tuple[DeviceRef, ...] = CATALOG, moment: Moment = MOMENT) -> Question:
    """What the last turn means after the others; turns that begin with "A:" are the assistant's."""
    history = [
        Turn("assistant", turn.removeprefix("A:")) if turn.startswith("A:") else Turn("user", turn)
        for turn in turns[:-1]
    ]
    return understand(turns[-1], history, catalog, moment)


def meaning(question: Question) -> tuple[str, str, str, str]:
    """Intent (or refusal), quantity, devices and window label as `questions_dev.tsv` writes them."""
    devices = ",".join(device.name for device in question.devices) or "-"
    label = question.window.label if question.window else "now"
    kind = question.refusal.value if question.refusal else question.intent.value
    return kind, question.quantity.value, devices, label

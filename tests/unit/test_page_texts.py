"""Every word of the page comes from its catalogue, and the catalogue names all that the server may send.

A page that falls back to the server's own name for something shows an English word in every language.
"""

import re
from pathlib import Path

import pytest

import api_service
from api_service.assistant.verification.certainty.features import FEATURES
from api_service.ingest.recognition.columns import MEASURED
from api_service.ingest.recognition.options import OTHER_QUANTITIES
from api_service.metering.analysis.limit_events import EventKind
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES

WEB = Path(api_service.__file__).parent / "web"
SOURCES = sorted(
    path for folder in ("app", "lib", "plots", "ui", "views") for path in (WEB / folder).rglob("*.js")
)
CATALOGUE = set(re.findall(r'"([\w.]+)": (?:"|\{)', (WEB / "locales/en.js").read_text(encoding="utf-8")))
# The product's name, and what is typed as it stands: a command, a zone's name, signs of the trade.
UNTRANSLATED = {"AskWatt", "python -m api_service.scripts.keys create me", "Europe/Madrid", "THD", "PF"}
# Words between two tags; before a value counts too; a comparison in code has blanks around its sign.
TEXT_OF_A_TEMPLATE = re.compile(r"(?<=[\w\"}/]>)([^<>$`{}=;()]*[^\W\d_]{2,}[^<>$`{}=;()]*)(?:<[/\w$]|\$\{)")
TEXT_OF_AN_ATTRIBUTE = re.compile(
    r'\b(?:aria-label|title|placeholder|alt|label)="([^"$]*[^\W\d_]{2,}[^"$]*)"'
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_source_holds_no_text_of_its_own(source: Path) -> None:
    lines = source.read_text(encoding="utf-8").splitlines()
    code = [line for line in lines if not line.lstrip().startswith(("//", "*", "/*"))]
    texts = [
        text.strip()
        for line in code
        for text in (*TEXT_OF_A_TEMPLATE.findall(line), *TEXT_OF_AN_ATTRIBUTE.findall(line))
    ]
    assert [text for text in texts if text not in UNTRANSLATED] == []


def test_catalogue_holds_every_key_that_is_used() -> None:
    used = {
        key for path in SOURCES for key in re.findall(r'\bt\("([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(used) > 100
    assert used - CATALOGUE == set()


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("factor", [feature.name for feature in FEATURES]),
        ("event", list(EventKind)),
        ("stat", list(Statistic)),
        ("quantity", list(MEASURES)),
        ("health", ["database", "redis", "worker"]),
    ],
)
def test_catalogue_names_what_the_server_sends(prefix: str, names: list[str]) -> None:
    assert [name for name in names if f"{prefix}.{name}" not in CATALOGUE] == []


def test_catalogue_names_what_a_column_may_hold() -> None:
    names = {*MEASURED, *OTHER_QUANTITIES}
    assert {one for one in names if not {f"meaning.{one}", f"quantity.{one}"} & CATALOGUE} == set()

"""Resolve `MODEL_NAME` to a folder with a T5 checkpoint; no torch."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from shared.errors import ModelUnavailable
from shared.grammar import Grammar, grammar_from_json

BUNDLED = "bundled"
BUNDLED_FOLDER = Path(__file__).parent.parent / "bundled_model"
SELF_TEST_FILE = "selftest.json"
GRAMMAR_FILE = "grammar.json"
STYLE_KEY = "askwatt_prompt_style"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
HUB_FILES = ["*.json", "*.safetensors", "spiece.model"]
WAY_OUT = (
    "set MODEL_NAME to `bundled`, to a folder with a T5 checkpoint, "
    "or to a hub id such as google/flan-t5-base"
)


@dataclass(frozen=True)
class SelfTest:
    """A prompt and the first ids that greedy decoding must give for it in fp32, without EOS."""

    prompt: str
    ids: tuple[int, ...]


@dataclass(frozen=True)
class ModelSource:
    """A checkpoint on this machine: display name, folder, prompt style; its grammar where it can read."""

    name: str
    folder: Path
    style: Literal["slots", "plain"]
    self_test: SelfTest | None
    grammar: Grammar | None = None


def find_model(name: str, revision: str | None) -> ModelSource:
    """The checkpoint that `MODEL_NAME` names, downloaded from the hub if it is an id without a local copy.

    Raises `ModelUnavailable` naming the path, the setting and the remedy.
    """
    folder = _folder(name, revision)
    config = _config(folder)
    if config.get("model_type") != "t5":
        raise ModelUnavailable(
            f"{folder} holds a {config.get('model_type')!r} model, this worker serves T5 "
            f"(MODEL_NAME={name}); {WAY_OUT}."
        )
    if not any(folder.glob("*.safetensors")):
        raise ModelUnavailable(
            f"{folder} holds no *.safetensors weights, the only format that is loaded "
            f"(MODEL_NAME={name}); {WAY_OUT}."
        )
    style = config.get(STYLE_KEY, "plain")
    if style not in {"slots", "plain"}:
        raise ModelUnavailable(f"{folder}/config.json: {STYLE_KEY} is {style!r}; it is `slots` or `plain`.")
    return ModelSource(
        name, folder, cast(Literal["slots", "plain"], style), _self_test(folder), _grammar(folder)
    )


def _folder(name: str, revision: str | None) -> Path:
    if name == BUNDLED:
        folder = BUNDLED_FOLDER
    elif (given := Path(name).expanduser()).is_dir() or not HUB_ID.fullmatch(name):
        folder = given
    else:
        return _from_hub(name, revision)
    if not (folder / "config.json").is_file():
        raise ModelUnavailable(f"no model in {folder.absolute()} (MODEL_NAME={name}); {WAY_OUT}.")
    return folder


def _from_hub(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=HUB_FILES))
    except Exception as error:
        # The hub's client raises its own errors, httpx's and the OS's; each means that the files are missing.
        raise ModelUnavailable(
            f"the model {name} (MODEL_NAME) is not on this machine and the hub did not give it: "
            f"{_first_line(error)}; download it to a folder and name that, or {WAY_OUT}."
        ) from error


def _config(folder: Path) -> dict[str, Any]:
    return _json(folder / "config.json")


def _self_test(folder: Path) -> SelfTest | None:
    path = folder / SELF_TEST_FILE
    if not path.is_file():
        return None
    stored = _json(path)
    try:
        return SelfTest(str(stored["prompt"]), tuple(int(token_id) for token_id in stored["ids"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelUnavailable(f"{path} is damaged: it needs a prompt and its ids ({error!r}).") from error


def _grammar(folder: Path) -> Grammar | None:
    path = folder / GRAMMAR_FILE
    try:
        return grammar_from_json(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} is damaged: {_first_line(error)}.") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} cannot be read: {_first_line(error)}.") from error
    if not isinstance(stored, dict):
        raise ModelUnavailable(f"{path} is no JSON object.")
    return stored


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

"""From `MODEL_NAME` to a checkpoint, and clear words where there is none."""

import json
from pathlib import Path

import pytest

from inference_worker.model.source import BUNDLED_FOLDER, SelfTest, find_model
from shared.errors import ModelUnavailable


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5"}))
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_find_model_of_a_folder_without_a_style_is_plain(checkpoint: Path) -> None:
    source = find_model(str(checkpoint), None)
    assert source.folder == checkpoint
    assert source.style == "plain"
    assert source.self_test is None


def test_find_model_reads_style_and_self_test(checkpoint: Path) -> None:
    config = {"model_type": "t5", "askwatt_prompt_style": "slots"}
    (checkpoint / "config.json").write_text(json.dumps(config))
    (checkpoint / "selftest.json").write_text(json.dumps({"prompt": "hello", "ids": [5, 6]}))
    source = find_model(str(checkpoint), None)
    assert source.style == "slots"
    assert source.self_test == SelfTest("hello", (5, 6))


def test_find_model_bundled_is_the_packages_own_folder() -> None:
    assert find_model("bundled", None).folder == BUNDLED_FOLDER


@pytest.mark.parametrize("name", ["/no/such/folder", "./nothing", "~/nothing/at/all", "a/b/c"])
def test_find_model_of_a_missing_folder_names_path_setting_and_way_out(name: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        find_model(name, None)
    text = str(caught.value)
    assert str(Path(name).expanduser().absolute()) in text
    assert f"MODEL_NAME={name}" in text
    assert "`bundled`" in text


def test_find_model_of_a_hub_id_that_cannot_be_had_names_it_and_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelUnavailable) as caught:
        find_model("askwatt-tests/no-such-model", None)
    assert "askwatt-tests/no-such-model (MODEL_NAME)" in str(caught.value)
    assert "set MODEL_NAME to" in str(caught.value)


def test_find_model_of_another_architecture_says_which(checkpoint: Path) -> None:
    (checkpoint / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ModelUnavailable, match="'bert' model"):
        find_model(str(checkpoint), None)


def test_find_model_with_pickled_weights_only_refuses_them(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").rename(checkpoint / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match=r"no \*\.safetensors"):
        find_model(str(checkpoint), None)


@pytest.mark.parametrize("content", ["{", "[]", '{"model_type": "t5", "askwatt_prompt_style": "rhymes"}'])
def test_find_model_with_a_damaged_config_names_the_file(checkpoint: Path, content: str) -> None:
    (checkpoint / "config.json").write_text(content)
    with pytest.raises(ModelUnavailable, match=r"config\.json"):
        find_model(str(checkpoint), None)


@pytest.mark.parametrize("content", ["{", '{"prompt": "x"}', '{"prompt": "x", "ids": ["a"]}'])
def test_find_model_with_a_damaged_self_test_names_the_file(checkpoint: Path, content: str) -> None:
    (checkpoint / "selftest.json").write_text(content)
    with pytest.raises(ModelUnavailable, match=r"selftest\.json"):
        find_model(str(checkpoint), None)

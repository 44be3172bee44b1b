"""Translation of torch's errors to the runner's."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch

from inference_worker.engine.runner import RunnerBroken, RunnerOutOfMemory

P = ParamSpec("P")
R = TypeVar("R")


def translating_errors(method: Callable[P, R]) -> Callable[P, R]:
    """Map torch's out-of-memory and device-lost errors to `RunnerOutOfMemory` and `RunnerBroken`."""

    @functools.wraps(method)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with torch.inference_mode():
                return method(*args, **kwargs)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise RunnerOutOfMemory(str(error)) from error
        except RuntimeError as error:
            text = str(error)
            if "can't allocate memory" in text or "ALLOC_FAILED" in text:
                raise RunnerOutOfMemory(text) from error
            if "CUDA error" in text or "CUDA driver error" in text:
                raise RunnerBroken(text) from error
            raise

    return wrapped

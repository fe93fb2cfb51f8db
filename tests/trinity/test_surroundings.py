"""Whatever is set around a run: the same results, and the settings are as they were afterwards."""

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Barrier

import numpy as np
import pytest
import torch

from forge.trinity.defaults import default_trinity
from forge.trinity.engines.surroundings import Surroundings
from tests.trinity.tiny import Alternating, Counting, Remembering, Trinity, digests


@contextmanager
def setting(put, value, before):
    put(value)
    try:
        yield
    finally:
        put(before)


def errors_of_numpy():
    return np.errstate(all="raise")


@contextmanager
def warnings_as_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


AROUND = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "device block": lambda: torch.device("meta"),
    "device": lambda: setting(torch.set_default_device, "meta", None),
    "dtype": lambda: setting(torch.set_default_dtype, torch.float64, torch.float32),
    "autocast": lambda: torch.autocast("cpu"),
    "deterministic": lambda: setting(torch.use_deterministic_algorithms, True, False),
    "precision": lambda: setting(torch.set_float32_matmul_precision, "medium", "highest"),
    "denormals": lambda: setting(torch.set_flush_denormal, True, False),
    "threads": lambda: setting(torch.set_num_threads, 2, torch.get_num_threads()),
    "numpy": errors_of_numpy,
    "warnings": warnings_as_errors,
}


def settings():
    """Read everything that Surroundings change."""
    return {
        "gradients": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "device": torch.empty(0).device,
        "dtype": torch.get_default_dtype(),
        "autocast": (torch.ones(1, 1) @ torch.ones(1, 1)).dtype,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "precision": torch.get_float32_matmul_precision(),
        "denormals": float("5e-324") * 1.0 > 0,
        "threads": torch.get_num_threads(),
        "numpy": np.geterr(),
        "errors": any(action == "error" for action, *_ in warnings.filters),
    }


class Asking(Remembering):
    """Needs the settings of a new process, and wants one of its own to stay."""

    def __init__(self, config, args, shard):
        super().__init__(config, args, shard)
        np.seterr(divide="ignore")
        torch.set_default_dtype(torch.float64)

    def decide(self, obs):
        assert np.geterr()["divide"] == "ignore"
        assert torch.zeros(1).dtype == torch.float64
        assert (torch.ones(1, requires_grad=True) * 2).requires_grad
        assert np.exp(np.float64([800.0])) == np.inf  # with a warning
        return super().decide(obs)


@pytest.fixture(scope="module")
def expected():
    return digests(default_trinity(), epochs=1, nRealm=1)


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_default_classes_learn_the_same_within_any_setting(around, expected):
    with around():
        before = settings()
        assert digests(default_trinity(), epochs=1, nRealm=1) == expected
        assert settings() == before


def test_both_engines_learn_the_same_within_all_settings_at_once(expected):
    with ExitStack() as stack:
        for around in AROUND.values():
            stack.enter_context(around())
        before = settings()
        for engine in ("serial", "processes"):
            assert digests(default_trinity(), 1, nRealm=1, engine=engine) == expected
        assert settings() == before


@pytest.mark.filterwarnings("ignore:overflow encountered in exp")
def test_what_a_sword_sets_stays_set_for_it_alone():
    before, trinity = settings(), Trinity(Counting, Alternating, Asking)
    with torch.no_grad(), np.errstate(all="raise"):
        assert digests(trinity, 2, nRealm=2) == digests(epochs=2, nRealm=2)
    assert settings() == before


def test_last_of_several_threads_puts_back_what_they_share():
    met = Barrier(2)

    def use(first):
        with Surroundings():
            met.wait(20)
            if not first:
                met.wait(20)
            assert torch.get_default_dtype() == torch.float32
        if first:
            met.wait(20)

    with setting(torch.set_default_dtype, torch.float64, torch.float32):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(use, [True, False]))
        assert torch.get_default_dtype() == torch.float64


def test_torch_may_be_missing(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch")
    with np.errstate(all="raise"):
        with Surroundings():
            assert np.geterr()["under"] == "ignore"
        assert np.geterr()["under"] == "raise"

"""Interrupts: the first signal asks, a later one breaks off."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from forge.trinity import interrupt
from forge.trinity.interrupt import AT_ONCE, Interrupt

ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

SAVING = [signal.SIGUSR1] if hasattr(signal, "SIGUSR1") else []


@pytest.fixture
def clock(monkeypatch):
    """Set the time with clock[0] = seconds."""
    times = [100.0]
    monkeypatch.setattr(interrupt.time, "monotonic", lambda: times[0])
    return times


@pytest.fixture
def unhandled():
    """Let the endings do what they do where nobody has changed it."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ENDINGS + SAVING}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_second_signal_counts_only_after_a_moment(clock):
    with Interrupt() as asked:
        assert not asked.requested
        signal.raise_signal(signal.SIGINT)
        clock[0] += AT_ONCE / 2
        signal.raise_signal(signal.SIGINT)
        assert asked.requested
        clock[0] += AT_ONCE
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_first_signal_is_told_once(clock):
    told = []
    with Interrupt(lambda: told.append("stop")):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert told == ["stop"]


@pytest.mark.parametrize("number", ENDINGS)
def test_endings_ask_too_and_have_their_handlers_back_afterwards(number, unhandled):
    with Interrupt(lambda: None) as asked:
        signal.raise_signal(number)
    assert asked.requested
    assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.parametrize("number", ENDINGS)
def test_ignored_endings_stay_ignored(number, unhandled):
    signal.signal(number, signal.SIG_IGN)
    with Interrupt(lambda: None) as asked:
        signal.raise_signal(number)
    assert not asked.requested


def test_endings_are_left_alone_where_nobody_is_told(unhandled):
    with Interrupt():
        assert {signal.getsignal(number) for number in ENDINGS} == {signal.SIG_DFL}


@pytest.mark.skipif(not SAVING, reason="the system has no SIGUSR1")
class TestSaving:
    def test_usr1_asks_for_a_checkpoint_and_for_no_stop(self, unhandled):
        with Interrupt(saves=True) as asked:
            signal.raise_signal(signal.SIGUSR1)
        assert (asked.requested, asked.save_requested) == (False, True)

    def test_usr1_is_left_alone_where_nobody_saves_or_others_handle_it(self, unhandled):
        with Interrupt(lambda: None):
            assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
        signal.signal(signal.SIGUSR1, handler := lambda *_: None)
        with Interrupt(saves=True):
            assert signal.getsignal(signal.SIGUSR1) is handler


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_forked_processes_have_the_handlers_from_before(unhandled):
    with Interrupt(lambda: None, saves=True), Interrupt(lambda: None):
        if not (pid := os.fork()):
            signal.raise_signal(signal.SIGTERM)
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGTERM


def test_block_that_another_thread_leaves_hands_the_next_signal_on(unhandled):
    asked = Interrupt().__enter__()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asked.__exit__, None, None, None).result()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert (asked.requested, signal.getsignal(signal.SIGINT)) == (False, signal.default_int_handler)

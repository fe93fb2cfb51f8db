"""Interrupts: the first signal asks, a later one breaks off."""

import signal

import pytest

from forge.trinity import interrupt
from forge.trinity.interrupt import AT_ONCE, Interrupt

ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@pytest.fixture
def clock(monkeypatch):
    """Set the time with clock[0] = seconds."""
    times = [100.0]
    monkeypatch.setattr(interrupt.time, "monotonic", lambda: times[0])
    return times


@pytest.fixture
def unhandled():
    """Let the endings do what they do where nobody has changed it."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ENDINGS}
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

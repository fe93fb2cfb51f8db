"""Train through faults at random moments, and check that nothing comes of them.

    python -m tests.faults --minutes 10 --seed 1 [--engine processes]

Tiny runs are killed, stopped, refused disk space and watched. Every epoch that any of them commits
must have the digest of an undisturbed run; no descriptor, memory, shared memory or process may be
left behind. The faults and the pauses between them follow from the seed; what a worker is doing at
that moment does not. The exit code is 1 after any miss. Linux only.
"""

import argparse
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from statistics import median
from threading import Thread

ROOT = Path(__file__).resolve().parents[1]
EPOCHS = 60  # of each run
ENOUGH = 10  # epochs at both ends of a process's life whose resources are compared
MEMORY = 16 << 20  # a process may grow by so much, as allocators do [bytes]
WORKING = 2  # worker processes of each run
CONNECTIONS = {"ray": WORKING}  # more descriptors than at first: Ray connects to a worker at need
ORPHANS = 2.0  # processes of a killed run have ended after this [s]
PATIENCE = 120.0  # no epoch takes longer, unless the run is stuck [s]
WORKERS = re.compile(r"spawn_main|^\S+ \S+/default_worker\.py |^ray::(IDLE|Host)")
RAYS = re.compile(r"^\S+/(raylet|gcs_server) |^ray::\w+Agent")  # without which Ray ends
SHARED = re.compile(r"/dev/shm/\S+")
FOLDERS = re.compile(r"/tmp/forge-ray-\w+")


# -- The run, in a process of its own -------------------------------------------------------------


def train(engine: str, way: str, folder: str, watched: int) -> None:
    """Train to the last epoch; print a line per epoch: its number and what this process holds.

    Args:
        engine: the engine.
        way: "run" or "resume".
        folder: directory of the run.
        watched: one epoch in so many is watched by a spectator; 0: none.
    """
    from forge.args import Args
    from forge.trinity.handover import play_from
    from forge.trinity.smith import Native
    from tests.trinity.tiny import CONFIG, STATEFUL

    config = CONFIG.replace(horizon=32, checkpoint_seconds=0.0)
    args = Args(nRealm=4, nWorker=WORKING, engine=engine, quiet=True, **{way: folder})

    def report(summary: dict[str, object]) -> None:
        if watched and envs.epoch % watched == 0:
            spectator = play_from(envs.hand_over(envs.epoch % 4))
            for _ in range(3):
                next(spectator)
        fds = len(os.listdir("/proc/self/fd"))
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        held = {"fds": fds, "memory": pages * resource.getpagesize(), "pids": envs.pids}
        print(json.dumps({"epoch": summary["epoch"], **held}), flush=True)

    with Native(config, args, STATEFUL) as envs:
        envs.run(EPOCHS, report=report)


class Life:
    """One process of a run, from its start or a resumption to its end, and what it leaves."""

    def __init__(self, engine: str, folder: Path, watched: int) -> None:
        way = "resume" if (folder / "checkpoints").exists() else "run"
        self.lines: list[dict[str, object]] = []
        self._came: list[float] = []  # the time of each line
        self.kills: list[float] = []  # the times of kills of workers at work
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults", "--child", way, str(folder),
             "--engine", engine, "--watched", str(watched)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.pid, self.errors = self.process.pid, b""
        self._connections = CONNECTIONS.get(engine, 0)
        self._shared: set[str] = set()
        self._folders: set[str] = set()  # of Ray's files
        self._readers = [Thread(target=self._read), Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._came.append(time.monotonic())
            self.lines.append(json.loads(line))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()

    @property
    def runs(self) -> bool:
        """Whether the process has not ended."""
        return self.process.poll() is None

    def await_epochs(self, number: int) -> bool:
        """Wait for so many more epochs, or the end; say whether one of the two came in time."""
        before, until = len(self.lines), time.monotonic() + PATIENCE
        while self.runs and len(self.lines) < before + number:
            if time.monotonic() > until:
                return False
            time.sleep(0.002)
        return True

    def end(self) -> list[str]:
        """Wait for the end of the process; list what it leaves and what it lost on the way."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return ["stuck"]
        left = [f"orphan {command(pid)}" for pid in self._await_end(ORPHANS) if not cleans(pid)]
        left += [f"{command(pid)} goes on for ever" for pid in self._await_end(PATIENCE)]
        for pid in session(self.pid):
            os.kill(pid, signal.SIGKILL)
        for reader in self._readers:
            reader.join()
        left += [f"shared memory {name}" for name in self._shared if Path(name).exists()]
        until = time.monotonic() + ORPHANS
        while any(map(os.path.exists, self._folders)) and time.monotonic() < until:
            time.sleep(0.02)
        left += [f"folder {name}" for name in self._folders if Path(name).exists()]
        return left + self._grown()

    def _await_end(self, seconds: float) -> list[int]:
        """Wait until all processes have ended, at most for so long; list those that have not."""
        until = time.monotonic() + seconds
        while (left := session(self.pid)) and time.monotonic() < until:
            time.sleep(0.02)
        return left

    def pauses(self) -> list[float]:
        """Compute the times from kills of workers at work to the next epoch [s].

        Kills that another one followed before that epoch are left out.
        """
        found: dict[float, list[float]] = {}
        for kill in self.kills:
            after = [came for came in self._came if came > kill]
            if after:
                found.setdefault(after[0], []).append(after[0] - kill)
        return [each[0] for each in found.values() if len(each) == 1]

    def note_shared(self) -> None:
        """Note the names of the shared memory and the folders that the processes have."""
        for pid in session(self.pid):
            self._folders.update(FOLDERS.findall(command(pid)))
            with suppress(OSError):
                self._shared.update(SHARED.findall(Path(f"/proc/{pid}/maps").read_text()))

    def _grown(self) -> list[str]:
        """Compare what the process held at first and last; the least counts, of some epochs."""
        found, first, last = [], self.lines[2 : 2 + ENOUGH], self.lines[-ENOUGH:]
        if len(self.lines) >= 2 + 2 * ENOUGH:
            for name, spare in (("fds", self._connections), ("memory", MEMORY)):
                grown = least(last, name) - least(first, name)
                found += [f"{name} +{grown}"] if grown > spare else []
        return found


def least(lines: list[dict[str, object]], name: str) -> int:
    """Find the least value of a number over some epochs."""
    return min(int(str(line[name])) for line in lines)


def session(leader: int) -> list[int]:
    """List the living processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of = path.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of) == leader and state != "Z":
            found.append(int(path.parent.name))
    return found


def command(pid: int) -> str:
    """Read the command of a process; "": it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def cleans(pid: int) -> bool:
    """Say whether a process is Python's own, which cleans up after a run that was killed."""
    return "resource_tracker" in command(pid)


def workers(leader: int) -> list[int]:
    """List the worker processes of a run."""
    found = [pid for pid in session(leader) if WORKERS.search(command(pid))]
    return sorted(set(found) - {leader})


def signalled(pid: int, number: int) -> None:
    """Send a signal to a process, which may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


# -- Faults -------------------------------------------------------------------------------------


# Each causes a fault and names what it has done.


def kill_worker(life: Life, rng: random.Random) -> list[str]:
    """Kill a worker, whatever it is doing."""
    found = workers(life.pid)
    if not found:
        return []
    pid = rng.choice(found)
    serves = bool(life.lines) and pid in life.lines[-1]["pids"]  # type: ignore[operator]
    life.kills += [time.monotonic()] * serves
    os.kill(pid, signal.SIGKILL)
    return [f"kill -9 of a worker {'at work' if serves else 'as it starts'}"]


def kill_twice(life: Life, rng: random.Random) -> list[str]:
    """Kill a worker, and soon after that its replacement or another one."""
    first = kill_worker(life, rng)
    time.sleep(rng.uniform(0.0, 1.0))
    return [*first, *kill_worker(life, rng)]


def kill_main(life: Life, rng: random.Random) -> list[str]:
    """Kill the main process; the run is resumed."""
    os.kill(life.pid, signal.SIGKILL)
    return ["kill -9 of the main process, --resume"]


def stop_all(life: Life, rng: random.Random) -> list[str]:
    """Stop all processes for a moment, as a machine that sleeps does."""
    found = session(life.pid)
    for pid in found:
        signalled(pid, signal.SIGSTOP)
    time.sleep(rng.uniform(0.0, 1.0))
    for pid in found:
        signalled(pid, signal.SIGCONT)
    return ["SIGSTOP and SIGCONT of all"]


def stop_one(life: Life, rng: random.Random) -> list[str]:
    """Stop one worker for a moment."""
    found = workers(life.pid)
    if not found:
        return []
    pid = rng.choice(found)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(rng.uniform(0.0, 1.0))
    os.kill(pid, signal.SIGCONT)
    return ["SIGSTOP and SIGCONT of a worker"]


def terminate(life: Life, rng: random.Random) -> list[str]:
    """Ask all processes to end, as a batch system does; the run is resumed."""
    os.killpg(life.pid, signal.SIGTERM)
    return ["SIGTERM to the group, --resume"]


def fill_disk(life: Life, rng: random.Random) -> list[str]:
    """Let the main process write no file beyond some size; the run ends and is resumed."""
    size = rng.choice((0, 100, 5_000, 20_000))
    resource.prlimit(life.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    return ["full disk, --resume"]


def kill_ray(life: Life, rng: random.Random) -> list[str]:
    """Kill one of Ray's own processes; Ray may end the run's process, and the run is resumed."""
    found = [pid for pid in session(life.pid) if RAYS.search(command(pid))]
    if not found:
        return []
    os.kill(rng.choice(found), signal.SIGKILL)
    life.await_epochs(2)
    return ["kill -9 of a process of Ray's own"]


FAULTS = [*[kill_worker] * 10, *[kill_twice] * 4, kill_main, stop_all, stop_one, terminate,
          fill_disk]  # fmt: skip
MORE = {"ray": [kill_ray]}  # faults of an engine alone


# -- The test -----------------------------------------------------------------------------------


class Test:
    """Runs with faults, and the counts of all that is checked."""

    def __init__(self, seed: int, engine: str, folder: Path) -> None:
        self._rng, self._engine, self._folder = random.Random(seed), engine, folder
        self.faults: Counter[str] = Counter()
        self.misses: list[str] = []
        self.pauses: list[float] = []
        self.runs = self.commits = self.equal = 0
        self._expected = self._undisturbed()
        self._faults = FAULTS + MORE.get(engine, [])

    def _undisturbed(self) -> list[str]:
        life = Life("serial", self._folder / "undisturbed", 0)
        self.misses += life.end()
        return digests(self._folder / "undisturbed")

    def run(self, until: float) -> None:
        """Carry out one run, to its end or to the end of the time."""
        folder = self._folder / f"run-{self.runs}"
        self.runs += 1
        while time.monotonic() < until and len(digests(folder)) < EPOCHS:
            watched = self._rng.choice((0, 0, 3))
            self.faults["spectators"] += watched > 0
            life = Life(self._engine, folder, watched)
            fault = self._disturb(life, until)
            self.misses += [f"{miss} after: {fault}" for miss in life.end()]
            self._check_end(life, fault)
            self.pauses += life.pauses()
        found = digests(folder)
        same = sum(a == b for a, b in zip(found, self._expected, strict=False))
        self.commits, self.equal = self.commits + len(found), self.equal + same

    def _disturb(self, life: Life, until: float) -> str:
        """Disturb a process until it ends; return the last fault."""
        fault = "no fault"
        while life.runs:
            if not life.await_epochs(self._rng.randrange(3)):
                self.misses.append(f"stuck after: {fault}")
                os.killpg(life.pid, signal.SIGKILL)
                return fault
            time.sleep(self._rng.expovariate(5.0))
            life.note_shared()
            if time.monotonic() > until:
                return terminate(life, self._rng)[0]
            try:
                done = self._rng.choice(self._faults)(life, self._rng)
            except ProcessLookupError:  # it has just ended
                continue
            self.faults.update(done)
            fault = done[-1] if done else fault
            if "--resume" in fault:
                return fault
        return fault

    def _check_end(self, life: Life, fault: str) -> None:
        """Note an end that is not the one that the last fault should bring."""
        code, allowed = life.process.returncode, {0}
        if "main process" in fault:
            allowed |= {-signal.SIGKILL}
        if "SIGTERM" in fault:
            allowed |= {-signal.SIGTERM}  # before the run handles it
        if "full disk" in fault or "Ray's own" in fault:
            allowed |= {1}
        if code not in allowed:
            said = last_words(life.errors.decode(errors="replace"))
            self.misses.append(f"exit code {code} after: {fault}: {said}")

    def table(self) -> str:
        """Write what was done and found."""
        rows = [
            *sorted(self.faults.items()),
            ("runs", self.runs),
            ("commits", self.commits),
            ("digests equal", self.equal),
            ("leaks and other misses", len(self.misses)),
        ]
        width = max(len(name) for name, _ in rows)
        lines = [f"{name:{width}} {count:6}" for name, count in rows]
        if self.pauses:
            name = "seconds from a kill at work to an epoch"
            longest = f"longest of {len(self.pauses)}: {max(self.pauses):.1f}"
            lines.append(f"{name:{width}} {median(self.pauses):6.1f} (median; {longest})")
        return "\n".join(lines)


def last_words(errors: str) -> str:
    """Find the last line on standard error that belongs to no warning; "": there is none."""
    lines = [line for line in errors.splitlines() if line[:1].strip() and "Warning: " not in line]
    return lines[-1] if lines else ""


def digests(folder: Path) -> list[str]:
    """Read the digest of each epoch that a run has recorded."""
    path = folder / "metrics.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line)["digest"] for line in lines]


def main() -> int:
    """Run the test; return 1 after any miss, else 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", default="processes")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--watched", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        train(asked.engine, *asked.child, asked.watched)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        test = Test(asked.seed, asked.engine, Path(folder))
        until = time.monotonic() + 60 * asked.minutes
        while time.monotonic() < until:
            test.run(until)
    print(test.table())
    for miss in test.misses:
        print(f"MISS {miss}")
    missed = bool(test.misses) or test.equal < test.commits
    if missed:
        print(f"repeat it: python -m tests.faults --minutes {asked.minutes:g} --seed {asked.seed}"
              f" --engine {asked.engine}")  # fmt: skip
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

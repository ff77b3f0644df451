"""kill -9, of a seeded part at a seeded moment."""

import random
import signal
import time
from dataclasses import dataclass, field

from . import processes
from .hall_process import Hall

# Each seed kills all of these twice, in an order and at moments of its own; pauses are short enough that one fault meets the other.
TARGETS = ("web", "web child", "worker", "worker child", "beat", "sealer", "postgres", "backend", "valkey")
ROUNDS, PAUSE = 2, (0.2, 1.6)
PATIENCE = 30  # seconds until a part that is being started again can be killed


@dataclass
class Killer:
    """`killed` says what was done, for whoever reads a failure."""

    hall: Hall
    seed: int
    killed: list[str] = field(default_factory=list)

    def work(self) -> None:
        chance = random.Random(self.seed)
        for target in [target for _ in range(ROUNDS) for target in chance.sample(TARGETS, len(TARGETS))]:
            time.sleep(chance.uniform(*PAUSE))
            self._kill(target, chance)

    def _kill(self, target: str, chance: random.Random) -> None:
        """The part as it lives at this moment. A version without a sealer has none to kill."""
        last = time.monotonic() + PATIENCE
        while target.split()[0] in (*self.hall.run["pids"], "backend", "web", "worker", "postgres", "valkey", "beat"):
            found = self._living(target)
            if found:
                pid = chance.choice(found)
                processes.send(pid, signal.SIGKILL)
                self.killed.append(f"{target} {pid}")
                return
            assert time.monotonic() < last, f"no {target} to kill\n{self.hall.said()}"
            time.sleep(0.05)

    def _living(self, target: str) -> list[int]:
        parts = self.hall.parts()
        if target == "backend":
            served = processes.children(parts.get("postgres", 0))
            return [pid for pid in served if "hall_app" in processes.title(pid)]
        part, _, child = target.partition(" ")
        if part not in parts:
            return []
        return processes.children(parts[part]) if child else [parts[part]]

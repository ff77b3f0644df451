"""What `script/test` does, in order: set up, check the style and the types, run pytest."""

import argparse
import signal
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

from setup import application, chromium, cited_ids, font_config, fonts, pango, secret_files, servers, toolchain
from setup.application import Application
from setup.places import ROOT, VENV, VENV_PYTHON, Var, only_one
from setup.speech import Missing, StopAsked, refuse, say
from setup.stopping import heed_signals, ignore_signals
from setup.supervisor import Supervisor, end_leftovers


def main(words: list[str]) -> int:
    """pytest's own status; 1 also when a check before it failed or something is missing."""
    options, for_pytest = _options(words)
    if options.ids:
        return cited_ids.main()
    heed_signals()
    try:
        var = Var.make(options.var)
        with only_one(var, "Tests are already running"):
            return _try_and_stop(options, for_pytest, var)
    except StopAsked:
        say("stopped")
        return 1
    except Missing as sentence:
        refuse(sentence)
        return 1


def _try_and_stop(options: argparse.Namespace, for_pytest: list[str], var: Var) -> int:
    supervisor = Supervisor(var)
    try:
        return _try(options, for_pytest, var, supervisor)
    finally:
        ignore_signals()
        supervisor.stop()


def _options(words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="script/test",
        description="Runs every test. Other arguments go to pytest; then style and types are left out.",
    )
    parser.add_argument(
        "--var", type=Path, default=ROOT / "var" / "test", help="where the test servers keep their data"
    )
    parser.add_argument("--faults", action="store_true", help="the fault tests with all seeds")
    parser.add_argument("--ids", action="store_true", help="the ids of demands, laws, goals and rules that tests cite")
    return parser.parse_known_args(words)


def _try(options: argparse.Namespace, for_pytest: list[str], var: Var, supervisor: Supervisor) -> int:
    end_leftovers(var)
    toolchain.ensure("test")
    secret_files.application_secrets(var)
    fonts.place(var)
    fetching = _Fetching()
    used = servers.embedded(var, supervisor, throw_away=True)
    # The days of tests are not the machine's, and the sealer tells the database so.
    env = application.environment(var, used, port=8000, rehearsal=True) | font_config.write(var)
    env |= {"HALL_ADMIN_URL": used.dsn["admin"], "HALL_FAULTS": "all" if options.faults else "short"}
    hall = Application(var, used, env)
    hall.begin_collecting()()
    checked = bool(for_pytest or options.faults) or _checks(env)
    fetching.join()
    hall = replace(hall, env=env | fetching.variables)
    return _pytest(hall, options, for_pytest, supervisor) or (0 if checked else 1)


class _Fetching(threading.Thread):
    """Libraries, browser and fonts come from outside, while style and types are checked here."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.variables: dict[str, str] = {}
        self.start()

    def run(self) -> None:
        self.variables |= pango.ensure()
        browser = chromium.ensure()
        if browser:
            self.variables["HALL_CHROMIUM"] = browser
        try:
            fonts.fetch()
        except (Missing, OSError) as reason:
            say(f"{reason} Tests of printed papers will fail without fonts.")


def _checks(env: dict[str, str]) -> bool:
    """All of them, so that one run shows everything."""
    commands: list[list[str | Path]] = [
        [VENV / "bin" / "ruff", "check", "--quiet", "--output-format=concise", "."],
        [VENV / "bin" / "ruff", "format", "--check", "--quiet", "--output-format=concise", "."],
        [VENV / "bin" / "mypy"],
    ]
    good = True
    for command in commands:
        say(f"checking: {Path(command[0]).name} {' '.join(str(word) for word in command[1:])}")
        good &= subprocess.run(command, cwd=ROOT, env=env, check=False).returncode == 0
    return good


def _pytest(hall: Application, options: argparse.Namespace, for_pytest: list[str], supervisor: Supervisor) -> int:
    words: list[str | Path] = [VENV_PYTHON, "-m", "pytest", "-n", "2", *(["tests/faults"] if options.faults else [])]
    if "HALL_CHROMIUM" not in hall.env and "-m" not in for_pytest:
        words += ["-m", "not browser"]
    child = subprocess.Popen([*words, *for_pytest], cwd=ROOT, env=hall.env)
    try:
        while child.poll() is None:
            supervisor.watch(0.2)
    except StopAsked:
        child.send_signal(signal.SIGINT)
        raise
    finally:
        _let_end(child)
    return child.returncode


def _let_end(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(15)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()

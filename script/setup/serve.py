"""What `script/server` does, in order."""

import argparse
import http.client
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from setup import application, font_config, fonts, pango, secret_files, servers, toolchain
from setup.application import Application
from setup.places import ROOT, VENV_PYTHON, Var, listen, only_one
from setup.processes import start
from setup.run_file import write_run_file
from setup.speech import Missing, StopAsked, refuse, say
from setup.stopping import heed_signals, ignore_signals
from setup.supervisor import Part, Supervisor, end_leftovers


def main(words: list[str]) -> int:
    """0 after SIGTERM or Ctrl-C, 1 with one sentence when something is missing."""
    options = _options(words)
    heed_signals()
    try:
        application.refuse_rehearsal_in_production(options.rehearsal)
        own = servers.own()
        var = Var.make(options.var)
        with only_one(var, "A hall is already running"):
            _serve_and_stop(options, var, own)
    except StopAsked:
        say("stopping")
        return 0
    except Missing as sentence:
        refuse(sentence)
        return 1
    return 0


def _serve_and_stop(options: argparse.Namespace, var: Var, own: servers.Servers | None) -> None:
    supervisor = Supervisor(var)
    try:
        _serve(options, var, supervisor, own)
    finally:
        ignore_signals()
        supervisor.stop()
        var.run_file.unlink(missing_ok=True)


def _serve(options: argparse.Namespace, var: Var, supervisor: Supervisor, own: servers.Servers | None) -> None:
    end_leftovers(var)
    var.run_file.unlink(missing_ok=True)
    toolchain.ensure("run")
    secret_files.application_secrets(var)
    fonts.place(var)
    libraries = pango.Ensuring()
    used = own or servers.embedded(var, supervisor)
    with _web_door(options.port) as door:
        port = door.getsockname()[1]
        env = application.environment(var, used, port=port, rehearsal=options.rehearsal)
        hall = Application(var, used, env | font_config.write(var))
        finish_collecting = hall.begin_collecting()
        hall.migrate()
        hall.open_log()
        hall.fill(empty=options.empty)
        hall.record_states()
        finish_collecting()
        hall = replace(hall, env=hall.env | libraries.result())
        for part in hall.parts(door):
            supervisor.start(part)
        _wait_until_ready(hall, supervisor, port)
        _keep_running(var, supervisor, used, port, rehearsal=options.rehearsal)


def _keep_running(var: Var, supervisor: Supervisor, used: servers.Servers, port: int, *, rehearsal: bool) -> None:
    supervisor.changed = lambda pids: write_run_file(var, used, port, pids, rehearsal=rehearsal)
    supervisor.changed(supervisor.pids)
    say(f"ready http://127.0.0.1:{port}")
    if not fonts.ready():
        supervisor.start(_fetching_fonts(var))
    supervisor.watch_forever()


def _fetching_fonts(var: Var) -> Part:
    """Papers can wait for their fonts; people at the windows can't wait for papers."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "script")}
    return Part("fonts", [sys.executable, "-m", "setup.fonts"], env, var.log / "fonts.log", ROOT, forever=False)


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/server", description="Sets up what is missing and runs the hall.")
    parser.add_argument(
        "--var", type=Path, default=ROOT / "var", help="where this copy keeps everything (default: var)"
    )
    parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1; the next free one if it is taken")
    parser.add_argument("--empty", action="store_true", help="no demo county; a token for the first account instead")
    parser.add_argument("--rehearsal", action="store_true", help="business time is read from the file DIR/clock")
    return parser.parse_args(words)


def _web_door(wanted: int) -> socket.socket:
    door = listen(wanted)
    port = door.getsockname()[1]
    if port != wanted:
        say(f"port {wanted} is taken; using {port}")
    return door


def _wait_until_ready(hall: Application, supervisor: Supervisor, port: int) -> None:
    """Until the web answers and the worker has taken a message from the broker and replied."""
    say("starting web, worker and beat")
    ping = _ping_worker(hall)
    supervisor.wait_for("web", lambda: _web_answers(port), seconds=90)
    supervisor.wait_for("worker", lambda: ping.poll() == 0, seconds=90)


def _web_answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


# Asks until one worker has taken the question from the broker and replied; importing Celery is the dear part.
_PING = """
from hall.config.celery import app
while not app.control.broadcast("ping", reply=True, timeout=1, limit=1): pass
"""


def _ping_worker(hall: Application) -> "subprocess.Popen[bytes]":
    return start([VENV_PYTHON, "-c", _PING], env=hall.env, log=hall.var.log / "ping.log", cwd=ROOT)

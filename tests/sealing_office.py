"""A sealer of a test: its own login on the test's database, its own keys and heads file; and what an outsider would do with them."""

import base64
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection, connections

from supervision import log, moment
from supervision.sealing import export
from supervision.sealing.heads import HeadsFile
from supervision.sealing.sealer import Sealer
from supervision.sealing.signers import FileSigner, key_id, publish

from . import database


@dataclass
class Office:
    """`seal()` until nothing is left, `verify()` as an outsider would: export, public keys, published heads."""

    folder: Path
    signer: FileSigner
    file: HeadsFile
    sealer: Sealer = field(init=False)

    def __post_init__(self) -> None:
        self.sealer = self.new_sealer()

    @classmethod
    def in_folder(cls, folder: Path) -> "Office":
        return cls(folder, FileSigner(_key_file(folder / "head_key.json")), HeadsFile(folder / "heads.ndjson"))

    @property
    def public_keys(self) -> Path:
        path = self.folder / "public_keys.json"
        publish(path, "head", self.signer)
        publish(path, "receipt", FileSigner(settings.RECEIPT_KEY_FILE))
        return path

    def new_sealer(self) -> Sealer:
        return Sealer(connections["sealer"], self.signer, self.file, lambda: {key_id(self.signer): self.signer.public})

    def seal_now(self) -> int:
        """What can be sealed at this moment. The number of records that were."""
        sealed = 0
        while count := self.sealer.step():
            sealed += count
        return sealed

    def seal(self) -> int:
        """Everything that is committed; an open act in another worker's database holds sealing back here, too."""
        sealed, last = self.seal_now(), time.monotonic() + 120
        while _unsealed():
            assert time.monotonic() < last, "somebody's transaction stays open"
            time.sleep(0.02)
            sealed += self.seal_now()
        return sealed

    @contextmanager
    def sealing_beside(self, pause: float = 0.01) -> Iterator[None]:
        """A sealer that runs while the test goes on."""
        done = threading.Event()

        def work() -> None:
            self.new_sealer().run(lambda seconds: done.wait(pause))
            connections.close_all()

        beside = threading.Thread(target=work)
        beside.start()
        try:
            yield
        finally:
            done.set()
            beside.join()
        self.sealer.forget()

    def export(self, start: int = 0, end: int | None = None) -> Path:
        path = self.folder / "log.ndjson"
        path.write_text("".join(f"{line}\n" for line in export.lines(connection, start, end)), encoding="utf-8")
        return path

    def verify(self, *more: str | Path, log_file: Path | None = None) -> "Verdict":
        """What `script/verify-log` says of the export, beside the published heads."""
        words = [str(log_file or self.export()), "--keys", str(self.public_keys), *map(str, more)]
        if self.file.path.exists():
            words += ["--head", str(self.file.path)]
        done = subprocess.run(
            [sys.executable, str(database.ROOT / "script" / "verify-log"), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        return Verdict(done.returncode, done.stdout + done.stderr)


@dataclass(frozen=True)
class Verdict:
    code: int
    words: str

    def says(self, reason: str) -> bool:
        return self.code == 1 and reason in self.words


def _key_file(path: Path) -> Path:
    path.write_text(json.dumps({"algorithm": "Ed25519", "seed": base64.b64encode(os.urandom(32)).decode()}))
    return path


def notes(count: int, kind: str = "sign_in") -> None:
    """So many records, each in a transaction of its own."""
    for _ in range(count):
        log.note(kind, log.Subject("authorization_person", uuid.uuid4()), actor=log.SYSTEM, now=moment.now(), facts={})


@contextmanager
def administrator() -> Iterator[Any]:
    """A cursor of whoever owns the machine: no fence holds against a superuser who takes it down."""
    name = connection.settings_dict["NAME"]
    with closing(psycopg2.connect(database.url("HALL_ADMIN_URL", name))) as made, made, made.cursor() as cursor:
        yield cursor


def _unsealed() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM supervision_record AS record"
            " WHERE NOT EXISTS (SELECT FROM supervision_leaf WHERE record_id = record.id))"
        )
        return bool(cursor.fetchone()[0])


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])

"""`manage.py export_log` as an outsider uses it: at once, without waiting for anything himself (T49)."""

import pytest
from django.core.management import call_command

from supervision.management.commands import export_log
from supervision.models import Record
from tests.sealing_office import Office, administrator, notes

pytestmark = pytest.mark.ids("T49")


def test_an_export_fits_the_heads_that_are_published_when_it_is_there(office: Office) -> None:
    """The record of the export is sealed while it is made; heads that were read afterwards must not accuse it."""
    notes(3)
    out = office.folder / "out.ndjson"
    with office.sealing_beside():
        call_command("export_log", "--out", str(out))
    verdict = office.verify(log_file=out)
    assert verdict.code == 0, verdict.words
    assert "log_exported" in out.read_text()


def test_without_a_sealer_what_is_sealed_is_exported_and_said_to_be_less(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(export_log, "PATIENCE", 2)
    notes(3)
    office.seal()
    out = office.folder / "out.ndjson"
    call_command("export_log", "--out", str(out))
    assert "not sealed yet" in capsys.readouterr().err
    assert "log_exported" not in out.read_text()
    assert office.verify(log_file=out).code == 0


def test_a_closed_log_is_exported_and_said_not_to_be_on_record(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    notes(3)
    office.seal()
    with administrator() as cursor:
        cursor.execute("UPDATE supervision_clearance SET server_started = NULL")
    out = office.folder / "out.ndjson"
    call_command("export_log", "--out", str(out))
    assert "not on record: the log is closed" in capsys.readouterr().err
    assert not Record.objects.filter(kind="log_exported").exists()
    assert office.verify(log_file=out).code == 0


@pytest.mark.parametrize("words", [("--from", "9999"), ("--from", "3", "--to", "2")])
def test_a_part_outside_of_the_log_leaves_no_file(office: Office, words: tuple[str, ...], monkeypatch) -> None:
    monkeypatch.setattr(export_log, "PATIENCE", 1)
    notes(1)
    office.seal()
    with pytest.raises(SystemExit) as ended:
        call_command("export_log", "--out", str(office.folder / "out.ndjson"), *words)
    assert ended.value.code == 2
    assert not list(office.folder.glob("out.ndjson*"))


def test_a_folder_that_is_not_there_is_a_sentence(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("export_log", "--out", str(office.folder / "nowhere" / "out.ndjson"))
    assert ended.value.code == 2
    assert "out.ndjson.part can't be written: No such file" in capsys.readouterr().err

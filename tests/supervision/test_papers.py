"""Papers in two steps: registered with the verb, printed by another process, the same bytes for ever."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from typing import Any

import pypdf
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from hall.models import Case
from hall.states import CaseState
from supervision import log, moment, papers, protection
from supervision.ledger.canonical import canonical_bytes
from supervision.models import Paper, PaperFile, PaperKind, Record
from supervision.protection import Unreadable

from ..builders import make_accepted_case, make_delivered_case, make_received_case, make_transferred_case
from ..together import in_threads


def printed(case: Case, kind: PaperKind) -> str:
    """The text of a printed paper without white space, for lines end anywhere."""
    pdf = papers.pdf_of(Paper.objects.get(subject_id=case.id, kind=kind))
    assert pdf is not None
    return re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(pdf)).pages))


def facts_of(paper: Paper) -> bytes:
    return protection.decrypt_file(papers._file_key(paper), bytes(paper.facts), row=paper.id)


def in_chinese(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


# The first step ------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T57")
def test_a_paper_is_registered_in_the_transaction_of_its_verb(transactional_db: None, bell: list[str]) -> None:
    case = make_received_case()
    paper = Paper.objects.get()
    assert (paper.kind, paper.subject_id, paper.record_seq, paper.label) == ("receipt_slip", case.id, 1, case.number)
    assert bell == ["supervision.render_papers"]
    assert papers.pdf_of(paper) is None
    with transaction.atomic():
        make_received_case()
        transaction.set_rollback(True)
    assert Paper.objects.get() == paper
    assert bell == ["supervision.render_papers"]


@pytest.mark.ids("T38")
def test_the_facts_are_sealed_and_the_register_holds_their_hash(db: None) -> None:
    case = make_received_case()
    paper = Paper.objects.get()
    told = facts_of(paper)
    assert json.loads(told)["applicant"] == case.applicant.name
    assert canonical_bytes(json.loads(told)) == told
    assert paper.facts_hash == hashlib.sha256(told).hexdigest()
    assert case.applicant.name.encode() not in bytes(paper.facts)
    assert json.loads(bytes(Record.objects.get(kind="receive").body))["facts"]["paper"]["facts"] == paper.facts_hash


def test_a_paper_that_could_not_be_printed_is_not_registered(db: None) -> None:
    case = make_received_case()
    with pytest.raises(ValueError, match="holder"):
        papers.register(
            PaperKind.CERTIFICATE,
            title="",
            number="",
            unit="",
            subject=case,
            label="",
            facts={},
            now=moment.now(),
            seq=2,
        )


# The second step -----------------------------------------------------------------------------------------------------------
PRINTING = """
import django
django.setup()
from supervision import moment, papers
print(papers.print_pending(now=moment.now()))
"""


@pytest.mark.ids("T57", "T60")
def test_another_process_prints_what_was_registered_here(transactional_db: None) -> None:
    """The page that received the case may be dead; nothing but the database is needed."""
    make_transferred_case()
    done = subprocess.run(
        [sys.executable, "-c", PRINTING],
        cwd=settings.ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "2", done.stderr[-2000:]
    first = [papers.pdf_of(paper) for paper in Paper.objects.order_by("kind")]
    assert all(pdf is not None and pdf.startswith(b"%PDF-") for pdf in first)
    assert first == [papers.pdf_of(paper) for paper in Paper.objects.order_by("kind")]


@pytest.mark.ids("T61")
def test_printing_again_changes_nothing(db: None) -> None:
    make_received_case()
    assert papers.print_pending(now=moment.now()) == 1
    before = PaperFile.objects.values().get()
    assert papers.print_pending(now=moment.now()) == 0
    assert papers.render(Paper.objects.get().id, now=moment.now()) is False
    assert PaperFile.objects.values().get() == before
    assert Record.objects.filter(kind="paper_rendered").count() == 1


@pytest.mark.ids("T61", "T65")
def test_four_workers_that_print_at_once_make_one_file_and_one_record(transactional_db: None) -> None:
    make_received_case()
    key = Paper.objects.get().id
    assert sorted(in_threads(4, lambda _: papers.render(key, now=moment.now()))) == [False, False, False, True]
    assert PaperFile.objects.count() == Record.objects.filter(kind="paper_rendered").count() == 1


@pytest.mark.ids("T60")
def test_the_sweep_prints_what_a_lost_ring_left_behind(transactional_db: None, bell: list[str]) -> None:
    first, second = make_received_case(), make_received_case()
    bell.clear()
    assert papers.print_pending(now=moment.now()) == 2
    assert [printed(case, PaperKind.RECEIPT_SLIP).count(case.number[3:11]) > 0 for case in (first, second)] == [
        True,
        True,
    ]


@pytest.mark.ids("T61")
def test_a_paper_that_fails_holds_up_no_other(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, clock: Any
) -> None:
    poisoned = make_received_case(now=clock.now())
    clock.forward(minutes=1)
    make_received_case(now=clock.now())
    whole = papers.typeset

    def jam(kind: str, facts: dict[str, Any]) -> bytes:
        if facts["case_number"] == poisoned.number:
            raise RuntimeError("jammed")
        return whole(kind, facts)

    monkeypatch.setattr(papers, "typeset", jam)
    assert papers.print_pending(now=moment.now()) == 1
    assert str(Paper.objects.get(file__isnull=True).id) in caplog.text
    monkeypatch.setattr(papers, "typeset", whole)
    assert papers.print_pending(now=moment.now()) == 1


# What was printed ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def finished(db: None, clock: Any) -> Case:
    """A delivered case with all its papers printed, some minutes after."""
    case = make_delivered_case()
    clock.forward(minutes=5)
    assert papers.print_pending(now=moment.now()) == Paper.objects.count() == 6
    return case


@pytest.mark.ids("T49", "T53")
def test_the_hash_of_the_file_stands_in_the_register_and_on_record(finished: Case) -> None:
    for paper in Paper.objects.select_related("file"):
        pdf = papers.pdf_of(paper)
        assert pdf is not None
        hashed = hashlib.sha256(pdf).hexdigest()
        (record,) = log.records_of("supervision_paper", paper.id)
        body = json.loads(bytes(record.body))
        assert paper.file.pdf_hash == body["facts"]["pdf"] == hashed
        assert body["facts"]["number"] == paper.number
        assert (record.kind, body["actor"], record.unit) == ("paper_rendered", {"name": "system"}, paper.unit)


@pytest.mark.ids("T38")
def test_the_stored_bytes_are_not_the_file(finished: Case) -> None:
    for file in PaperFile.objects.all():
        assert b"%PDF" not in bytes(file.data)


@pytest.mark.ids("D41", "D44")
def test_the_papers_say_what_the_case_knows(finished: Case) -> None:
    finished.refresh_from_db()
    case = Case.objects.select_related("promised", "statutory", "applicant", "version").get(pk=finished.pk)
    for paper in Paper.objects.all():
        text = printed(case, PaperKind(paper.kind))
        assert paper.number in text
        assert paper.check_code in text
        assert case.applicant.name in text, paper.kind
    notice = printed(case, PaperKind.ACCEPTANCE_NOTICE)
    assert case.promised is not None
    assert in_chinese(case.promised.due_on) in notice
    assert case.statutory is None or in_chinese(case.statutory.due_on) in notice
    assert re.sub(r"\s", "", case.version.name) in notice


@pytest.mark.ids("L10")
def test_the_receipt_slip_says_by_when_the_unit_answers(db: None) -> None:
    """行政许可法 32: five working days from Tuesday 10 March are over on Tuesday 17 March."""
    case = make_received_case()
    papers.print_pending(now=moment.now())
    assert "2026年3月17日" in printed(case, PaperKind.RECEIPT_SLIP)


def test_the_same_facts_give_the_same_bytes_on_another_day(db: None, clock: Any) -> None:
    make_received_case()
    papers.print_pending(now=moment.now())
    paper = Paper.objects.get()
    clock.forward(days=40)
    assert papers.typeset(paper.kind, papers.to_print(paper)) == papers.pdf_of(paper)


# Without its key -----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T43")
def test_without_its_key_neither_facts_nor_file_of_a_paper_can_be_read(finished: Case) -> None:
    """Every paper has a key of its own; with any other one the bytes stay closed, while the register goes on telling the hash."""
    first, second = Paper.objects.select_related("file")[:2]
    foreign = papers._file_key(second)
    for data in (first.facts, first.file.data):
        with pytest.raises(Unreadable):
            protection.decrypt_file(foreign, bytes(data), row=first.id)
    first.file_key = second.file_key
    with pytest.raises(Unreadable):
        papers.pdf_of(first)
    first.file_key = {}
    with pytest.raises(Unreadable):
        papers.pdf_of(first)
    assert (first.facts_hash, first.file.pdf_hash) != ("", "")


@pytest.mark.ids("T47")
@pytest.mark.parametrize("statement", ["UPDATE supervision_paper SET number = 'x'", "DELETE FROM supervision_paper"])
def test_the_register_never_changes(db: None, statement: str) -> None:
    make_received_case()
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# Checked by anybody --------------------------------------------------------------------------------------------------------
def test_anybody_can_check_a_paper_by_the_address_in_its_code(finished: Case) -> None:
    paper = Paper.objects.get(kind=PaperKind.DECISION)
    address = papers.check_url(paper.check_code).removeprefix(settings.BASE_URL)
    page = Client().get(address)
    told = page.content.decode()
    assert page.status_code == 200
    assert paper.number in told
    assert paper.title in told
    assert PaperFile.objects.get(paper=paper).pdf_hash in re.sub(r"<[^>]*>|\s", "", told)
    assert finished.applicant.name not in told
    assert finished.number not in told


def test_a_paper_that_is_not_printed_yet_can_be_checked_too(db: None) -> None:
    make_accepted_case()
    paper = Paper.objects.get(kind=PaperKind.ACCEPTANCE_NOTICE)
    assert paper.number in Client().get(f"/public/papers/{paper.check_code}/").content.decode()


def test_a_code_that_belongs_to_no_paper_is_told_so(db: None) -> None:
    make_received_case()
    told = Client().get("/public/papers/2222-3333-4444/").content.decode()
    assert "没有" in told
    assert Paper.objects.get().number not in told


def test_every_paper_of_a_case_is_printed_by_the_end(finished: Case) -> None:
    assert finished.state == CaseState.DELIVERED
    kinds = Paper.objects.filter(subject_id=finished.id, file__isnull=False).values_list("kind", flat=True)
    slips = [PaperKind.RECEIPT_SLIP, PaperKind.TRANSFER_SLIP, PaperKind.DELIVERY_RECEIPT]
    assert sorted(kinds) == sorted([*slips, PaperKind.ACCEPTANCE_NOTICE, PaperKind.DECISION, PaperKind.CERTIFICATE])

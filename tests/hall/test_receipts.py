"""Receipts: the signed word of the hall that a record exists, in the hands of whoever handed something in (T56)."""

import hashlib
import io
import json
import re

import pypdf
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.urls import reverse

from supervision import imprints, moment, papers, receipts, typesetting
from supervision.models import Counter, Paper, PaperKind, Receipt, Record
from supervision.sealing.signers import FileSigner, key_id
from tests import builders

from . import cast
from .api.caller import application, make_caller
from .contents import contents
from .pages import text_of

pytestmark = [pytest.mark.ids("T56"), pytest.mark.django_db]


def receipt_of(case, seq=1):
    return Receipt.objects.get(subject_table="hall_case", subject_id=case.id, record_seq=seq)


def signed_by_the_hall(told):
    """The text of a receipt whose signature is right."""
    key = FileSigner(settings.RECEIPT_KEY_FILE)
    Ed25519PublicKey.from_public_bytes(key.public).verify(bytes.fromhex(told["signature"]), told["receipt"].encode())
    text = json.loads(told["receipt"])
    assert text["key"] == key_id(key)
    return text


@pytest.fixture
def without_a_key(monkeypatch, tmp_path):
    """The key file is gone, as after a move of the installation that forgot it."""
    monkeypatch.setattr(settings, "RECEIPT_KEY_FILE", tmp_path / "gone.json")


# What a receipt says --------------------------------------------------------------------------------------------------------
def test_what_is_received_has_a_receipt_of_its_record():
    case = builders.make_received_case()
    record = Record.objects.get(subject_id=case.id, seq=1)
    text = signed_by_the_hall(receipts.told(receipt_of(case)))
    signed_at = moment.instant(text.pop("signed_at"))
    assert abs((moment.wall() - signed_at).total_seconds()) < 60
    assert text == {
        "schema": 1,
        "case": case.number,
        "record": f"hall_case/{case.id}/1",
        "leaf": hashlib.sha256(b"\x00" + bytes(record.body)).hexdigest(),
        "at": "2026-03-10T02:42:00.000000Z",
        "key": text["key"],
    }


def test_the_text_is_canonical_and_a_changed_one_is_not_signed():
    told = receipts.told(receipt_of(builders.make_received_case()))
    parsed = json.loads(told["receipt"])
    assert json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == told["receipt"]
    with pytest.raises(InvalidSignature):
        signed_by_the_hall(told | {"receipt": told["receipt"].replace("/1", "/2")})


def test_what_was_filed_online_has_two_receipts_one_for_the_filing_and_one_for_the_receiving():
    case = builders.act("receive", builders.make_submitted_case())
    filed, received = receipt_of(case, 1), receipt_of(case, 2)
    kinds = {record.seq: record for record in Record.objects.filter(subject_id=case.id)}
    for receipt, kind in ((filed, "submit"), (received, "receive")):
        record = kinds[receipt.record_seq]
        leaf = hashlib.sha256(b"\x00" + bytes(record.body)).hexdigest()
        assert (record.kind, signed_by_the_hall(receipts.told(receipt))["leaf"]) == (kind, leaf)


def test_no_other_verb_gives_a_receipt():
    case = builders.make_delivered_case()
    assert [row.record_seq for row in Receipt.objects.filter(subject_id=case.id)] == [1]


@pytest.mark.ids("T38")
def test_a_receipt_names_nobody():
    case = builders.make_received_case()
    text = receipt_of(case).text
    person = builders.make_applicant()
    assert not [value for value in (person.name, person.id_number, person.phone) if value in text]


# Without a key --------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T51")
def test_without_the_key_nothing_is_received_and_no_number_used(without_a_key):
    before = contents()
    with pytest.raises(receipts.NoReceipt):
        builders.make_received_case()
    assert contents() == before


@pytest.mark.ids("T51")
@pytest.mark.parametrize(
    "text", ["", "{}", '{"algorithm": "SM2", "seed": ""}', '{"algorithm": "Ed25519", "seed": "AA=="}']
)
def test_a_key_that_can_not_be_read_is_none(monkeypatch, tmp_path, text):
    (tmp_path / "key.json").write_text(text)
    monkeypatch.setattr(settings, "RECEIPT_KEY_FILE", tmp_path / "key.json")
    with pytest.raises(receipts.NoReceipt):
        builders.make_received_case()


# On the slip ----------------------------------------------------------------------------------------------------------------
def test_the_slip_bears_the_receipt_as_a_code_beside_that_of_the_progress():
    case = builders.make_received_case()
    slip = Paper.objects.get(kind=PaperKind.RECEIPT_SLIP)
    facts = papers.to_print(slip)
    assert facts["ledger_receipt"] == receipts.as_json(receipt_of(case))
    page = typesetting.page(slip.kind, facts)
    codes = [
        imprints.qr(facts["progress_url"]),
        imprints.qr(facts["check_url"]),
        imprints.qr(facts["ledger_receipt"], "l"),
    ]
    places = [page.index(code) for code in codes]
    assert places == sorted(places), "the citizen's own code comes first"
    assert slip.template_version == typesetting.TEMPLATE_VERSION > 1


def test_the_slip_with_its_receipt_stays_one_sheet():
    builders.make_received_case()
    papers.print_pending(now=moment.now())
    pdf = papers.pdf_of(Paper.objects.get())
    sheets = [re.sub(r"\s", "", sheet.extract_text()) for sheet in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert len(sheets) == 1
    assert "记录回执（存证用）" in sheets[0]


def test_the_facts_of_the_slip_and_their_hash_do_not_hold_the_receipt():
    """The record holds the hash of the facts and the receipt that of the record."""
    builders.make_received_case()
    slip = Paper.objects.get()
    registered = {name: value for name, value in papers.to_print(slip).items() if name != "ledger_receipt"}
    assert hashlib.sha256(papers.canonical_bytes(registered)).hexdigest() == slip.facts_hash


def test_the_slip_of_what_was_filed_online_bears_the_receipt_of_the_receiving():
    case = builders.act("receive", builders.make_submitted_case())
    facts = papers.to_print(Paper.objects.get(kind=PaperKind.RECEIPT_SLIP))
    assert json.loads(json.loads(facts["ledger_receipt"])["receipt"])["record"] == f"hall_case/{case.id}/2"


def test_other_papers_bear_none():
    builders.make_transferred_case()
    assert "ledger_receipt" not in papers.to_print(Paper.objects.get(kind=PaperKind.TRANSFER_SLIP))


# From the case page ---------------------------------------------------------------------------------------------------------
def test_the_receipt_is_downloaded_from_the_case_page_as_the_verifier_takes_it():
    case = builders.make_received_case()
    client = builders.staff_client(cast.staff_of(cast.GENERAL))
    address = reverse("case_receipt", args=[case.number, 1])
    page = text_of(client.get(reverse("case", args=[case.number])))
    assert page.count(f'href="{address}"') == 1
    assert "下载回执" in page
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert signed_by_the_hall(answer.json())["case"] == case.number
    assert text_of(answer) == receipts.as_json(receipt_of(case))


@pytest.mark.ids("T10")
@pytest.mark.parametrize("role", sorted(cast.BLIND - {cast.OFF_DUTY}))
def test_who_does_not_see_the_case_gets_no_receipt_of_it(role):
    case = builders.make_received_case()
    assert (
        builders.staff_client(cast.staff_of(role)).get(reverse("case_receipt", args=[case.number, 1])).status_code
        == 404
    )


@pytest.mark.parametrize("seq", [0, 2, 2**40])
def test_a_record_without_a_receipt_is_not_found(seq):
    case = builders.make_received_case()
    client = builders.staff_client(cast.staff_of(cast.GENERAL))
    assert client.get(reverse("case_receipt", args=[case.number, seq])).status_code == 404


# From the API ---------------------------------------------------------------------------------------------------------------
def test_a_program_gets_the_receipt_of_what_it_filed_and_again_when_it_asks_again():
    portal, body = make_caller(), application()
    first, second = portal.submit(body, key="k-1"), portal.submit(body, key="k-1")
    assert first.content == second.content
    text = signed_by_the_hall(first.json()["receipt"])
    assert text["case"] == first.json()["number"]
    assert text["record"].endswith("/1")
    assert Receipt.objects.count() == 1


# Numbers on record ----------------------------------------------------------------------------------------------------------
def numbers_of(case):
    told = [json.loads(bytes(row.body)) for row in Record.objects.filter(subject_id=case.id).order_by("seq")]
    return {body["kind"]: body["facts"].get("numbers", {}) for body in told}


@pytest.mark.ids("T68", "T59")
def test_each_record_says_which_numbers_its_verb_took():
    unit = builders.version_of().item.department.number
    before = dict(Counter.objects.values_list("series", "value"))
    case = builders.make_delivered_case()
    after = dict(Counter.objects.values_list("series", "value"))
    risen = {name: value for name, value in after.items() if value != before.get(name)}
    told = numbers_of(case)
    assert {name: value for taken in told.values() for name, value in taken.items()} == risen
    assert set(told["receive"]) == {f"case:{unit}:20260310:1"}
    assert set(told["transfer"]) == {f"slip:{unit}:20260310"}
    words = {"accept": "受", "grant": "准", "make_certificate": "证", "hand_out": "送"}
    assert {verb: list(told[verb]) for verb in words} == {
        verb: [f"paper:{unit}:{word}:2026"] for verb, word in words.items()
    }
    assert not any(told[verb] for verb in ("review", "conclude", "make_ready"))


@pytest.mark.ids("T68")
def test_the_record_of_a_filing_says_its_number_and_that_of_its_receiving_takes_none():
    told = numbers_of(builders.act("receive", builders.make_submitted_case()))
    assert list(told["submit"].values()) == [1]
    assert told["receive"] == {}


@pytest.mark.ids("T68")
def test_all_numbers_of_all_time_follow_from_the_records():
    """What the county began with, among it the numbers of letters, and what was done since."""
    builders.make_delivered_case()
    builders.make_submitted_case()
    highest = {}
    for body in Record.objects.filter(seq__isnull=False).values_list("body", flat=True):
        for series, value in json.loads(bytes(body))["facts"].get("numbers", {}).items():
            highest[series] = max(value, highest.get(series, 0))
    assert highest == dict(Counter.objects.values_list("series", "value"))

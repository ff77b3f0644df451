"""Personal data at rest: bound to its row and column, under a named key, found by a keyed index, proved by commitments."""

import base64
import copy
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from supervision import protection
from supervision.protection import Unreadable, blind_index, commitment, decrypt_file, encrypt_file, seal, unseal

ROW = uuid4()
PLACE: dict[str, Any] = {"table": "hall_applicant", "column": "phone", "row": ROW}
Keys = dict[str, str]


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`ring(current="k2", keys={…}, index=…)`: from here on these keys are in the file, read as by a fresh process."""
    monkeypatch.setattr(settings, "KEYS_FILE", tmp_path / "keys.json")

    def put(current: str, keys: Keys, index: str = "") -> None:
        settings.KEYS_FILE.write_text(json.dumps({"current": current, "keys": keys, "index": index or new_key()}))
        forget()

    yield put
    monkeypatch.undo()
    forget()


def forget() -> None:
    protection._ring.cache_clear()
    protection._key.cache_clear()


# Sealing -------------------------------------------------------------------------------------------------------------------
@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_a_sealed_value_comes_back_as_it_was(value: str) -> None:
    assert unseal(json.loads(json.dumps(seal(value, **PLACE))), **PLACE) == value


@pytest.mark.ids("T38")
def test_an_envelope_names_its_algorithm_and_key_and_tells_nothing_of_the_value() -> None:
    envelope = seal("13712340915", **PLACE)
    assert set(envelope) == {"v", "alg", "kid", "nonce", "ct", "tag", "salt"}
    assert (envelope["v"], envelope["alg"], envelope["kid"]) == (1, "SM4-GCM", protection._ring()["current"])
    assert "13712340915" not in json.dumps(envelope)
    assert b"13712340915" not in base64.b64decode(envelope["ct"])


def test_two_equal_values_have_nothing_in_common() -> None:
    first, second = seal("13712340915", **PLACE), seal("13712340915", **PLACE)
    assert all(first[part] != second[part] for part in ("nonce", "ct", "tag", "salt"))


@pytest.mark.ids("T39")
@pytest.mark.parametrize("elsewhere", [{"table": "hall_case"}, {"column": "address"}, {"row": uuid4()}])
def test_an_envelope_that_was_moved_can_not_be_opened(elsewhere: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        unseal(seal("13712340915", **PLACE), **PLACE | elsewhere)


@pytest.mark.ids("T39")
@pytest.mark.parametrize("part", ["nonce", "ct", "tag"])
def test_an_envelope_with_one_changed_bit_can_not_be_opened(part: str) -> None:
    envelope = seal("13712340915", **PLACE)
    raw = bytearray(base64.b64decode(envelope[part]))
    raw[0] ^= 1
    with pytest.raises(Unreadable):
        unseal(envelope | {part: base64.b64encode(bytes(raw)).decode()}, **PLACE)


@pytest.mark.ids("T39")
@pytest.mark.parametrize(
    "damage",
    [{"tag": "AAAA"}, {"tag": ""}, {"nonce": ""}, {"ct": "not base64"}, {"kid": "k9"}, {"tag": None}, {"ct": 7}],
)
def test_a_damaged_envelope_is_unreadable_like_a_moved_one(damage: dict[str, Any]) -> None:
    """Whoever shows a value handles one exception, whatever somebody did to the row by SQL."""
    with pytest.raises(Unreadable):
        unseal(seal("13712340915", **PLACE) | damage, **PLACE)


@pytest.mark.ids("T39")
@pytest.mark.parametrize("lost", ["kid", "nonce", "ct", "tag"])
def test_an_envelope_without_one_of_its_parts_is_unreadable(lost: str) -> None:
    envelope = seal("13712340915", **PLACE)
    del envelope[lost]
    with pytest.raises(Unreadable):
        unseal(envelope, **PLACE)


# Keys ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T40")
def test_a_new_key_seals_what_comes_and_the_old_one_opens_what_was(ring: Callable[..., None]) -> None:
    old = new_key()
    ring("k1", {"k1": old})
    before = seal("13712340915", **PLACE)
    ring("k2", {"k1": old, "k2": new_key()})
    after = seal("13712340915", **PLACE)
    assert (before["kid"], after["kid"]) == ("k1", "k2")
    assert unseal(before, **PLACE) == unseal(after, **PLACE)


@pytest.mark.ids("T40")
def test_a_retired_key_opens_nothing_any_more(ring: Callable[..., None]) -> None:
    ring("k1", {"k1": new_key()})
    before = seal("13712340915", **PLACE)
    ring("k2", {"k2": new_key()})
    with pytest.raises(Unreadable, match="k1"):
        unseal(before, **PLACE)


@pytest.mark.ids("T39")
def test_an_envelope_that_claims_another_key_can_not_be_opened(ring: Callable[..., None]) -> None:
    ring("k1", {"k1": new_key(), "k2": new_key()})
    with pytest.raises(Unreadable):
        unseal(seal("13712340915", **PLACE) | {"kid": "k2"}, **PLACE)


@pytest.mark.ids("T41")
def test_without_the_ring_nothing_is_sealed_and_nothing_opened(ring: Callable[..., None]) -> None:
    ring("k1", {"k1": new_key()})
    sealed = seal("13712340915", **PLACE)
    settings.KEYS_FILE.unlink()
    forget()
    for attempt in (
        lambda: seal("1", **PLACE),
        lambda: unseal(sealed, **PLACE),
        lambda: blind_index("1", purpose="phone"),
    ):
        with pytest.raises(OSError, match=r"keys\.json"):
            attempt()


# Index and commitment ------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T38")
def test_equal_values_meet_in_the_index_and_purposes_stay_apart() -> None:
    index = blind_index("440823199003072216", purpose="id_number")
    assert index == blind_index("440823199003072216", purpose="id_number")
    assert index != blind_index("440823199003072217", purpose="id_number")
    assert index != blind_index("440823199003072216", purpose="query_code")
    assert len(index) == 64


def test_purpose_and_value_can_not_be_shifted_into_each_other() -> None:
    assert blind_index("b|c", purpose="a") != blind_index("c", purpose="a|b")
    assert blind_index("bc", purpose="a") != blind_index("c", purpose="ab")


@pytest.mark.ids("T38")
def test_the_index_can_not_be_made_without_its_key(ring: Callable[..., None]) -> None:
    keys = {"k1": new_key()}
    ring("k1", keys, index=new_key())
    first = blind_index("440823199003072216", purpose="id_number")
    ring("k1", keys, index=new_key())
    assert blind_index("440823199003072216", purpose="id_number") != first


@pytest.mark.ids("T38", "T43")
def test_a_commitment_proves_its_value_by_the_salt_of_the_envelope_alone() -> None:
    envelope = seal("13712340915", **PLACE)
    made = commitment(envelope, "13712340915")
    assert made == commitment(copy.deepcopy(envelope), "13712340915")
    assert made != commitment(envelope, "13712340916")
    assert made != commitment(seal("13712340915", **PLACE), "13712340915")


# Files ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T38", "T39")
def test_a_file_opens_with_its_own_key_on_its_own_row_only() -> None:
    key, data = os.urandom(16), "受理通知书".encode() * 100
    stored = encrypt_file(key, data, row=ROW)
    assert "受理通知书".encode() not in stored
    assert decrypt_file(key, stored, row=ROW) == data
    changed = stored[:-1] + bytes([stored[-1] ^ 1])
    for attempt in ((os.urandom(16), stored, ROW), (key, stored, uuid4()), (key, changed, ROW), (key, b"", ROW)):
        with pytest.raises(Unreadable):
            decrypt_file(*attempt[:2], row=attempt[2])

"""The verifier's hashes and signatures beside the definitions: RFC 9162, RFC 8032, certificate transparency (T49, T53)."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.ledger import verification
from supervision.ledger.verification import ALGORITHMS

from . import made_log as made
from .made_log import Signer

# Trees ---------------------------------------------------------------------------------------------------------------------
# The leaves and roots that certificate transparency tests its implementations with.
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.ids("T53")
@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    tree = verification.Frontier("sha256")
    for text in LEAVES[:size]:
        tree.add(verification.leaf_hash("sha256", bytes.fromhex(text)))
    assert tree.root().hex() == ROOTS[size]


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=80)


@pytest.mark.ids("T53")
@pytest.mark.parametrize("name", ALGORITHMS)
@given(leaves=hashes, seed=st.integers())
def test_a_tree_that_grows_in_any_way_has_the_root_of_the_definition(name: str, leaves: list[bytes], seed: int) -> None:
    one, many, step = verification.Frontier(name), verification.Frontier(name), random.Random(seed)
    completed = {(0, index): node for index, node in enumerate(leaves)}
    for node in leaves:
        completed |= {(level, index): made_node for level, index, made_node in one.add(node)}
    while many.size < len(leaves):
        many.extend(leaves[many.size : many.size + step.randint(1, 9)])
    whole = verification.Frontier(name, len(leaves), [node for _, node in one.stack])
    assert one.root() == many.root() == whole.root() == made.root(name, leaves)
    for (level, index), node in completed.items():
        assert node == made.root(name, leaves[index << level : (index + 1) << level])
    assert set(completed) == {(level, index) for level in range(8) for index in range(len(leaves) >> level) if leaves}


@given(hashes, st.integers(0, 80))
def test_a_tree_that_begins_in_the_middle_joins_what_stands_left_of_it(leaves: list[bytes], start: int) -> None:
    start = min(start, len(leaves))
    left, right, joined = verification.Frontier("sha256"), verification.Frontier("sha256", start), 0
    left.extend(leaves[:start])
    for end, node in enumerate(leaves[start:], start + 1):
        right.add(node)
        edge, fold = right.split()
        for level, piece in edge[joined:]:
            left.append(level, piece)
        joined = len(edge)
        assert left.root(fold) == made.root("sha256", leaves[:end])


@pytest.mark.ids("T53")
@given(st.integers(0, 300), st.integers(0, 300))
def test_the_pieces_of_a_range_are_the_largest_that_fit(start: int, end: int) -> None:
    found = [(index << level, 1 << level) for level, index in verification.pieces(start, end)]
    assert found == made.subtrees(start, end)


def test_a_frontier_needs_all_its_subtrees() -> None:
    with pytest.raises(ValueError, match="made up of 2 subtrees"):
        verification.Frontier("sha256", 3, [b"\x00" * 32])


# Signatures ----------------------------------------------------------------------------------------------------------------
VECTORS = (  # RFC 8032, 7.1: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)
L = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.ids("T49")
@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_signatures_of_the_standard_hold(public: str, message: str, signature: str) -> None:
    told = [bytes.fromhex(text) for text in (public, message, signature)]
    assert verification.verify_signature(*told)
    assert not verification.verify_signature(told[0], told[1] + b"x", told[2])
    for place in range(64):
        changed = bytearray(told[2])
        changed[place] ^= 1
        assert not verification.verify_signature(told[0], told[1], bytes(changed))


@pytest.mark.ids("T49")
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_what_cryptography_signs_holds_in_one_spelling_only(seed: bytes, message: bytes) -> None:
    private = made.Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert verification.verify_signature(public, message, signature)
    s = int.from_bytes(signature[32:], "little")
    assert not verification.verify_signature(public, message, signature[:32] + (s + L).to_bytes(32, "little"))
    assert not verification.verify_signature(public, message + b"x", signature)


@pytest.mark.parametrize(
    "public",
    [
        *(b"", bytes(31), (2**255 - 19 + 1).to_bytes(32, "little"), b"\xff" * 32),
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with a sign
        (2).to_bytes(32, "little"),  # no point of the curve
    ],
    ids=bytes.hex,
)
def test_what_is_no_key_verifies_nothing(public: bytes) -> None:
    """Not even the signature that holds under the neutral element, which two of these would be in another spelling."""
    assert not verification.verify_signature(public, b"", bytes([1, *bytes(63)]))


def test_a_signature_of_another_length_is_none() -> None:
    signer = Signer()
    assert not verification.verify_signature(signer.public, b"", bytes.fromhex(signer.sign(""))[:63])
    assert not verification.verify_signature(signer.public, b"", b"")

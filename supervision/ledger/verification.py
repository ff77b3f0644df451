"""Placeholder core until the verifier is there."""
import hashlib
ALGORITHMS = ("sha256", "sm3")


def leaf_hash(name, body):
    return hashlib.new(name, b"\x00" + body).digest()


def node_hash(name, left, right):
    return hashlib.new(name, b"\x01" + left + right).digest()


def pieces(start, end):
    found = []
    while start < end:
        level = 0
        while not start & (1 << level) and start + (2 << level) <= end:
            level += 1
        found.append((level, start >> level))
        start += 1 << level
    return found


class Frontier:
    def __init__(self, name, size=0, stack=()):
        self.name, self.size = name, size
        self.stack = [(level, h) for (level, _), h in zip(pieces(0, size), stack, strict=True)]

    def copy(self):
        new = Frontier(self.name)
        new.size, new.stack = self.size, list(self.stack)
        return new

    def add(self, leaf):
        level, index, done = 0, self.size, []
        self.size += 1
        while self.stack and self.stack[-1][0] == level:
            leaf = node_hash(self.name, self.stack.pop()[1], leaf)
            level, index = level + 1, index >> 1
            done.append((level, index, leaf))
        self.stack.append((level, leaf))
        return done

    def root(self):
        if not self.stack:
            return hashlib.new(self.name, b"").digest()
        value = self.stack[-1][1]
        for _, left in reversed(self.stack[:-1]):
            value = node_hash(self.name, left, value)
        return value


def verify_signature(public, message, signature):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except Exception:
        return False

"""Canonical JSON (SPEC.md section 2): RFC 8785 with integers only, read strictly. Failures are canon-*."""

import re
from functools import lru_cache

from failure import Failure, need
from sm3 import sm3

LIMIT = (1 << 53) - 1
DEPTH = 32
_NUMBER = re.compile(r"-?[0-9]+([.eE]?)")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_LITERALS = {"null": None, "true": True, "false": False}


@lru_cache(maxsize=4096)
def loads(data):
    """The value of canonical bytes, which nobody may change; refuses what is not byte for byte canonical."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Failure("canon-text") from None
    reader = _Reader(text)
    value = reader.value(0)
    need(reader.at == len(text), "canon-not-canonical")
    return value


class _Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def peek(self):
        return self.text[self.at : self.at + 1]

    def take(self, char):
        need(self.peek() == char, "canon-not-canonical")
        self.at += 1

    def value(self, depth):
        char = self.peek()
        if char in ("{", "["):
            need(depth < DEPTH, "canon-depth")
            return self.object(depth + 1) if char == "{" else self.list(depth + 1)
        if char == '"':
            return self.string()
        for word, value in _LITERALS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        return self.number()

    def list(self, depth):
        self.take("[")
        items = []
        if self.peek() != "]":
            items.append(self.value(depth))
            while self.peek() == ",":
                self.take(",")
                items.append(self.value(depth))
        self.take("]")
        return items

    def object(self, depth):
        self.take("{")
        members, last = {}, None
        while self.peek() != "}":
            if members:
                self.take(",")
            key = self.string()
            need(key not in members, "canon-duplicate-key")
            order = key.encode("utf-16-be")
            need(last is None or last < order, "canon-not-canonical")
            self.take(":")
            members[key], last = self.value(depth), order
        self.take("}")
        return members

    def string(self):
        self.take('"')
        parts = []
        while True:
            plain = _PLAIN.match(self.text, self.at)
            parts.append(plain[0])
            self.at = plain.end()
            if self.peek() == '"':
                self.at += 1
                return "".join(parts)
            self.take("\\")
            parts.append(self.escape())

    def escape(self):
        char = self.peek()
        self.at += 1
        if char in _ESCAPES and char:
            return _ESCAPES[char]
        found = re.compile(r"00[01][0-9a-f]").match(self.text, self.at)
        need(char == "u" and found, "canon-not-canonical")
        self.at += 4
        plain = chr(int(found[0], 16))
        need(plain not in _ESCAPES.values(), "canon-not-canonical")
        return plain

    def number(self):
        found = _NUMBER.match(self.text, self.at)
        need(found, "canon-not-canonical")
        digits = found[0].lstrip("-")
        need(not found[1], "canon-number")
        need(digits == "0" and found[0] != "-0" or digits[0] != "0", "canon-not-canonical")
        need(len(digits) <= 16 and int(digits) <= LIMIT, "canon-number")
        self.at = found.end()
        return int(found[0])


def dumps(value):
    """The canonical bytes of a value."""
    return _write(value).encode("utf-8")


def _write(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        need(abs(value) <= LIMIT, "canon-number")
        return str(value)
    if isinstance(value, str):
        return '"' + re.sub(r'["\\\x00-\x1f]', lambda found: _character(found[0]), value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(_write, value)) + "]"
    keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
    return "{" + ",".join(_write(key) + ":" + _write(value[key]) for key in keys) + "}"


def _character(char):
    for name, plain in _ESCAPES.items():
        if char == plain:
            return "\\" + name
    return f"\\u{ord(char):04x}"


def digest(value):
    """SM3 of the canonical bytes: the hash of a record."""
    return sm3(dumps(value)).hex()

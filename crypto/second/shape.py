"""The shapes of records: which keys stand where, and of what kind each value is (SPEC.md sections 1 and 2).

A shape is a function that fails or returns nothing. A value of the wrong kind is canon-value."""

import base64
import binascii
import re
from datetime import datetime, timezone

import curve
from failure import need

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CLASSES = ("production", "rehearsal")
KINDS = ("readout", "body", "technical", "price", "identity", "evidence")


def anything(value):
    """Whatever canonical JSON may hold."""


def _kind(*kinds):
    def shape(value):
        need(value is not None, "canon-not-canonical")
        need(isinstance(value, kinds) and not isinstance(value, bool), "canon-value")

    return shape


text, integer, mapping = _kind(str), _kind(int), _kind(dict)


def hexadecimal(size=None):
    """Lower-case hexadecimal of so many bytes."""

    def shape(value):
        text(value)
        need(re.fullmatch(r"([0-9a-f]{2})*", value) and (size is None or len(value) == 2 * size), "canon-value")

    return shape


digest = hexadecimal(32)


def point(value):
    """A point of the curve; one that is none is a wrong value."""
    hexadecimal(65)(value)
    curve.decode(bytes.fromhex(value), "canon-value")


def time(value):
    """A time as text."""
    text(value)
    need(milliseconds(value) is not None, "canon-value")


def base64_text(value):
    """Base64 with padding."""
    text(value)
    try:
        need(base64.b64encode(base64.b64decode(value, validate=True)).decode() == value, "canon-value")
    except (binascii.Error, ValueError):
        need(False, "canon-value")


def every(shape, count=None):
    """A list whose items are all of a shape; a list of a fixed count that has another is not canonical."""

    def check(value):
        need(value is not None, "canon-not-canonical")
        need(isinstance(value, list), "canon-value")
        need(count is None or len(value) == count, "canon-not-canonical")
        for item in value:
            shape(item)

    return check


def each(shape):
    """An object whose values are all of a shape."""

    def check(value):
        mapping(value)
        for item in value.values():
            shape(item)

    return check


def record(required, **optional):
    """An object with these keys. An optional key is left out when it says nothing: never null, never empty text."""

    def check(value):
        mapping(value)
        for key in value:
            need(key in required or key in optional, "canon-unknown-key")
        for key in required:
            need(key in value, "canon-missing-key")
            required[key](value[key])
        for key in optional:
            if key in value:
                optional[key](value[key])
                need(value[key] != "" and value[key] != [], "canon-not-canonical")

    return check


def milliseconds(value):
    """Milliseconds since 1970 of a time's text, or None if it is none."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value, re.ASCII):
        return None
    try:
        at = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    since = at - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def identifier(value, prefix):
    """Whether a text is an identifier with that prefix: 128 bits, so the last character has two low bits of zero."""
    if not re.fullmatch(prefix + "_[" + _ALPHABET + "]{26}", value):
        return False
    return _ALPHABET.index(value[-1]) % 4 == 0


def moment(value):
    """Whether a text may name a moment of release."""
    return bool(re.fullmatch(r"[a-z][a-z0-9-]{0,31}", value))


def name(value, limit=1024):
    """Whether a text may be a name, role or reason."""
    return 1 <= len(value.encode()) <= limit

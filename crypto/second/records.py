"""The records of keys, of the opening and of the bundle itself (SPEC.md sections 7, 8 and 10): their shapes and bounds."""

from functools import lru_cache

import shape
from failure import need
from shape import digest, every, hexadecimal, integer, point, record, text, time

MODES = ("keyholders", "bidder-key")
MOST_HOLDERS = 64

_HEAD = {"type": text, "class": text}
_LOT = {**_HEAD, "tender": text, "lot": text}
_SHARING = {"threshold": integer, "commitments": every(point), "public_key": point, "verification": every(point)}
_HOLDER = record({"index": integer, "name": text, "certificate": digest})
_OFFICER = record({"index": integer, "name": text, "role": text, "certificate": digest, "encryption": digest, "share": hexadecimal()})
_ARCHIVED = record({"bid": text, "kind": text, "digest": digest, "commit": digest, "stanza": hexadecimal(274)})
_PARTY = record({"name": text, "code": text})
_ROW = record(
    {"bid": text, "bidder": _PARTY, "statement": digest, "arrival": time, "status": text},
    reason=text,
    readout=shape.mapping,
)

_FREEZE = {**_LOT, "binding": digest, "opening_at": time, "frozen_at": time, "count": integer, "root": digest}
_FREEZE_1 = record(_FREEZE)
VERSIONS = {"freeze": 2}

SHAPES = {
    "key-record": record({**_HEAD, **_SHARING, "key": text, "keyholders": every(_HOLDER), "ceremony": text, "made_at": time}),
    "officer-key": record({**_LOT, **_SHARING, "officers": every(_OFFICER), "dealt_at": time}),
    "archive-key": record({**_LOT, **_SHARING, "archivists": every(_OFFICER), "dealt_at": time}),
    "archive": record({**_LOT, "binding": digest, "freeze": digest, "archive_key": digest, "archived_at": time, "parts": every(_ARCHIVED)}),
    "archive-partials": record(
        {
            **_HEAD,
            "lot": text,
            "archive": digest,
            "index": integer,
            "items": every(record({"digest": digest, "partial": hexadecimal()})),
            "proof": hexadecimal(64),
        }
    ),
    "binding": record(
        {
            **_LOT,
            "key": text,
            "key_record": digest,
            "officer_key": digest,
            "mode": text,
            "opening_at": time,
            "authorities": every(record({"role": text, "certificate": digest})),
        }
    ),
    "postponement": record(
        {**_LOT, "binding": digest, "number": integer, "opening_from": time, "opening_to": time, "reason": text, "notice": digest}
    ),
    "freeze": record({**_FREEZE, "blind": digest}),
    "erasure-order": record({**_LOT, "binding": digest, "reason": text, "ground": digest}),
    "erased": record({**_HEAD, "key": text, "lot": text, "index": integer, "erased_at": time}),
    "release": record({**_LOT, "binding": digest, "moment": text, "after": digest}),
    "opening-record": record(
        {**_LOT, "mode": text, "binding": digest, "freeze": digest, "opening_at": time, "published_at": time, "rows": every(_ROW)}
    ),
    "partials": record(
        {
            **_HEAD,
            "lot": text,
            "lock": text,
            "index": integer,
            "kind": text,
            "moment": text,
            "items": every(record({"bid": text, "digest": digest, "partial": hexadecimal()})),
            "proof": hexadecimal(64),
        }
    ),
    "key-release": record({**_HEAD, "lot": text, "bid": text, "digest": digest, "kb": digest}),
    "cause": record({"type": text, "lot": text, "bid": text, "cause": text, "treated_as": text, "evidence": text}),
    "bundle": record({**_LOT, "made_at": time, "files": every(record({"path": text, "size": integer, "sm3": digest}))}, end=text),
    "tender": record(
        {
            **_LOT,
            "number": text,
            "title": text,
            "region": text,
            "regime": text,
            "rule_set": text,
            "tenderer": _PARTY,
            "lot_number": integer,
            "lot_name": text,
            "mode": text,
            "ceiling_fen": integer,
            "opening_times": every(time),
        },
        agency=_PARTY,
    ),
    "trust": record(
        {**_HEAD, "issuers": every(shape.base64_text), "platform": every(digest), "log": every(digest), "keyholders": every(digest)}
    ),
}


def check(kind, body):
    """Shape, type, class and identifiers of a record: canon-* or record-malformed."""
    if kind == "freeze" and body.get("type") == "sunbid/freeze/v1":
        _FREEZE_1(body)
    else:
        SHAPES[kind](body)
        need(body["type"] == f"sunbid/{kind}/v{VERSIONS.get(kind, 1)}", "record-malformed")
        need(kind != "freeze" or body["blind"].strip("0"), "record-malformed")
    check_place(body)


def check_place(body):
    """Class and identifiers, as far as a record has them: record-malformed."""
    need(body.get("class", "rehearsal") in shape.CLASSES, "record-malformed")
    for key, prefix in (("tender", "td"), ("lot", "lt"), ("bid", "bd")):
        need(key not in body or shape.identifier(body[key], prefix), "record-malformed")


@lru_cache(maxsize=None)
def checker(kind):
    """The same as a function of the body."""
    return lambda body: check(kind, body)


def ordered(items):
    """Whether texts ascend without repetition."""
    return all(a < b for a, b in zip(items, items[1:]))

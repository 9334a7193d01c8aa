"""The notices of a bundle (SPEC.md section 10)."""

import re

import events
import folder
import record
import shape
from failure import Failure, need


def _check(body):
    for key, kind in (("type", shape.text), ("class", shape.text), ("tender", shape.text), ("number", shape.integer)):
        need(key in body, "canon-missing-key")
        kind(body[key])
    need(body["type"] == "sunbid/notice/v1", "record-malformed")


def notices(b):
    """Signed, of this tender, under their own numbers; each logged, none that an event names missing."""
    b.notices = {}
    for path, (number,) in folder.matching(b.files, r"notices/([1-9][0-9]*)\.json"):
        try:
            signed = record.read(b.files[path], _check)
            b.place(path, signed.body, "class", "tender")
            need(signed.body["number"] == int(number), "notice-number")
            need(signed.signatures, "record-not-signed")
            signed.verify(b.certificates)
            need(events.said(b, "notice.published.v1", "hash").count(signed.hash) == 1, "notice-not-logged")
        except Failure as failure:
            raise failure.at(path) from None
        b.notices[signed.hash] = signed
    for envelope in b.events:
        named = [envelope["body"].get("notice"), envelope["event"] == "notice.published.v1" and envelope["body"].get("hash")]
        for hash_ in named:
            if isinstance(hash_, str) and re.fullmatch("[0-9a-f]{64}", hash_):
                need(hash_ in b.notices, "notice-missing", "notices")
    return len(b.notices)

"""The submit statement (SPEC.md section 5)."""

import record
import shape
from failure import need

_PART = shape.record({"kind": shape.text, "moment": shape.text, "digest": shape.digest, "size": shape.integer})
SHAPE = shape.record(
    {
        "type": shape.text,
        "class": shape.text,
        "tender": shape.text,
        "lot": shape.text,
        "bid": shape.text,
        "binding": shape.digest,
        "version": shape.integer,
        "action": shape.text,
        "signed_at": shape.time,
        "parts": shape.every(_PART),
    },
    previous=shape.digest,
)


def check(body):
    """Shape and values of a statement: canon-* or statement-malformed."""
    SHAPE(body)
    kinds = [part["kind"] for part in body["parts"]]
    fits = (
        body["type"] == "sunbid/submit/v1"
        and body["class"] in shape.CLASSES
        and shape.identifier(body["tender"], "td")
        and shape.identifier(body["lot"], "lt")
        and shape.identifier(body["bid"], "bd")
        and body["version"] >= 1
        and (body["version"] == 1) == ("previous" not in body)
        and body["action"] in ("submit", "replace", "withdraw")
        and (body["version"] > 1 or body["action"] == "submit")
        and (body["action"] == "withdraw") == (not kinds)
        and kinds == sorted(set(kinds))
        and all(part["kind"] in shape.KINDS and shape.moment(part["moment"]) and part["size"] > 0 for part in body["parts"])
    )
    need(fits, "statement-malformed")


def read(data):
    """The signed statement of canonical bytes."""
    return record.read(data, check)


def part(body, kind):
    """The part of a kind, or None."""
    return next((p for p in body["parts"] if p["kind"] == kind), None)

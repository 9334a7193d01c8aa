"""The checkpoint and the disclosed events of a bundle (SPEC.md sections 6 and 10)."""

import canon
import folder
import shape
import tlog
from failure import Failure, need

ONCE = ("tender.created.v1", "lot.drafted.v1", "opening.frozen.v1", "opening.published.v1")
ENDS = {"failed": ("lot.sealed.v1", "lot.failed.v1"), "terminated": ("lot.terminated.v1", "lot.keys-erased.v1")}
AT_LEAST_ONCE = ("lot.key-bound.v1", "lot.opened.v1")


def checkpoint(b):
    """Signed by the log certificate that the origin names."""
    path = "checkpoint.json"
    try:
        b.checkpoint = tlog.read_checkpoint(canon.loads(b.files[path]))
        class_, _, log = b.checkpoint.body["origin"].partition("/")
        need(class_ == b.class_, "checkpoint-origin")
        need(log in b.certificates, "certificate-missing")
        tlog.check_checkpoint(b.checkpoint, f"{class_}/{log}", b.certificates[log])
    except Failure as failure:
        raise failure.at(path) from None
    b.log = log
    return 1


def events(b):
    """Each proof under the checkpoint; order; contiguous streams; the events that must be present."""
    whole = canon.loads(b.files["checkpoint.json"])
    found, last = [], (-1, -1)
    for item, line in folder.lines(b, "events.jsonl"):
        try:
            place, envelope = _event(b, line, whole)
            need(place > last, "events-order")
        except Failure as failure:
            raise failure.at(item) from None
        last = place
        found.append((item, envelope))
    need(_contiguous(found), "events-gap", "events.jsonl")
    b.events = [envelope for _, envelope in found]
    if b.closed:
        _of_an_end(b, found)
        return len(found)
    for kind in ONCE:
        need(len(list(named(b, kind))) == 1, "event-missing", "events.jsonl")
    for kind in AT_LEAST_ONCE:
        need(list(named(b, kind)), "event-missing", "events.jsonl")
    return len(found)


def _of_an_end(b, found):
    """The events of a lot that was never opened: those of its end once each, none of an opening."""
    for item, envelope in found:
        family = {b.tender: "tender", b.lot: "lot"}.get(envelope["stream"], "notice" if shape.identifier(envelope["stream"], "nt") else None)
        need(envelope["event"].partition(".")[0] == family, "event-not-public", item)
    for kind in (*ONCE[:2], *ENDS[b.manifest["end"]]):
        need(len(list(named(b, kind))) == 1, "event-missing", "events.jsonl")
    need(list(named(b, "lot.key-bound.v1")), "event-missing", "events.jsonl")
    need(not list(named(b, "lot.opened.v1")), "event-missing", "events.jsonl")


def _event(b, line, checkpoint_):
    envelope, proof = tlog.proven(line)
    need(proof["checkpoint"] == checkpoint_, "event-checkpoint")
    need(envelope["tender"] == b.tender, "event-place")
    of_notice = envelope["stream"].startswith("nt_") and shape.identifier(envelope["lot"], "lt")
    need(envelope["lot"] in (b.lot, "") or of_notice, "event-place")
    return (proof["round"], proof["slot"]), envelope


def _contiguous(found):
    """Whether within each stream seq counts from 1; the order of the lines inside one round says nothing about it."""
    streams = {}
    for _, envelope in found:
        streams.setdefault(envelope["stream"], []).append(envelope["seq"])
    return all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in streams.values())


def named(b, kind):
    """The events of a kind."""
    return (envelope for envelope in b.events if envelope["event"] == kind)


def said(b, kind, key):
    """What the events of a kind say under a key, in order of seq."""
    ordered = sorted(named(b, kind), key=lambda envelope: envelope["seq"])
    return [envelope["body"].get(key) for envelope in ordered]


def only(b, kind):
    """The one event of a kind: its line's item and what it says."""
    ((number, envelope),) = ((n, e) for n, e in enumerate(b.events, 1) if e["event"] == kind)
    return f"events.jsonl:{number}", envelope["body"]


def last_of_stream(b, stream):
    """The last event of a stream, or None."""
    return max((e for e in b.events if e["stream"] == stream), key=lambda e: e["seq"], default=None)

"""The bundle of a lot that failed or was terminated: how it ended, and that nobody can open its bids (SPEC.md section 10.1)."""

import events
import folder
import keys
import records
import shape
from failure import need

REASONS = {"failed": "fewer-than-three", "terminated": "terminated"}


def ending(b):
    """The check of that name: the order to erase is of this binding, for the end's reason and on the logged ground."""
    path, end = "erasure-order.json", b.manifest["end"]
    b.order = b.read(path, "erasure-order")
    b.verify(path, b.order)
    body = b.order.body
    b.place(path, body, "class", "tender", "lot")
    need(body["reason"] in (*REASONS.values(), "archived"), "record-malformed", path)
    need(body["binding"] == b.binding.hash, "record-place", path)
    need(body["reason"] == REASONS[end], "erasure-ground", path)
    need(events.said(b, f"lot.{end}.v1", "ground") == [body["ground"]], "erasure-ground", path)
    if end == "failed":
        _failed(b, path, body)
    else:
        _terminated(b, path, body)
    return 1


def _failed(b, path, body):
    need(len(b.order.signatures) == 1 and not b.order.signers() & set(keys.authorities(b)), "record-signature", path)
    need(events.said(b, "lot.sealed.v1", "freeze") == [body["ground"]], "erasure-ground", path)
    (at,) = events.said(b, "lot.failed.v1", "at")
    need(isinstance(at, str) and shape.milliseconds(at) is not None and at >= b.openings[-1], "ending-too-early", path)


def _terminated(b, path, body):
    need(b.order.signatures and b.order.signers() <= set(keys.authorities(b)), "record-signature", path)
    notice = b.notices.get(body["ground"])
    need(notice and notice.body.get("kind") == "termination", "erasure-ground", path)
    for kind in ("lot.terminated.v1", "lot.keys-erased.v1"):
        need(events.said(b, kind, "order") == [b.order.hash], "ending-not-logged", path)


def erasure(b):
    """The check of that name: every keyholder, each under its own index, says that its share is gone."""
    holders = keys.keyholders(b)
    wanted = {f"erased-{index}.json": index for index in range(1, len(holders) + 1)}
    for path in wanted:
        need(path in b.files, "file-missing", path)
    for path, _ in folder.matching(b.files, r"erased-([1-9][0-9]*)\.json"):
        need(path in wanted, "erased-unknown", path)
    for path, index in wanted.items():
        signed = b.read(path, "erased")
        b.verify(path, signed)
        body = signed.body
        need(shape.identifier(body["key"], "ky") and 1 <= body["index"] <= records.MOST_HOLDERS, "record-malformed", path)
        b.place(path, body, "class", "lot")
        need((body["key"], body["index"]) == (b.binding.body["key"], index), "erased-key", path)
        need(signed.signers() == {holders[index - 1]}, "record-signature", path)
        need(b.manifest["end"] != "failed" or body["erased_at"] >= b.openings[-1], "erased-early", path)
    if b.manifest["end"] == "terminated":
        need(events.said(b, "lot.keys-erased.v1", "holders") == [len(holders)], "erased-not-logged", "events.jsonl")
    return len(holders)

"""The bundle of a lot that failed or was terminated: how it ended, and that nobody can open its bids (SPEC.md section 10.1)."""

import events
import folder
import keys
import records
import shape
from failure import need

REASONS = {"failed": "fewer-than-three", "terminated": "terminated"}


def ending(b):
    """The check of that name: what the log tells of the end, then the order to erase, of this binding and on the logged ground."""
    path, end = "erasure-order.json", b.manifest["end"]
    ground = _failed(b) if end == "failed" else _terminated(b)
    b.order = b.read(path, "erasure-order")
    b.verify(path, b.order)
    body, signers = b.order.body, b.order.signers()
    b.place(path, body, "class", "tender", "lot")
    need(body["reason"] in (*REASONS.values(), "archived"), "record-malformed", path)
    need(body["binding"] == b.binding.hash, "record-place", path)
    need((body["reason"], body["ground"]) == (REASONS[end], ground), "erasure-ground", path)
    authorities = set(keys.authorities(b))
    if end == "failed":
        need(len(signers) == 1 and not signers & authorities, "record-signature", path)
        return 1
    need(signers and signers <= authorities, "record-signature", path)
    need(events.only(b, "lot.terminated.v1")[1].get("order") == b.order.hash, "erasure-not-logged", path)
    return 1


def _failed(b):
    """The ground of a failure: the freeze record that the lot was sealed with, and not before the opening time."""
    (_, sealed), (item, said) = events.only(b, "lot.sealed.v1"), events.only(b, "lot.failed.v1")
    need(said.get("ground") == sealed.get("freeze"), "failure-ground", item)
    at = said.get("at")
    need(isinstance(at, str) and shape.milliseconds(at) is not None and at >= b.openings[-1], "failure-early", item)
    return said.get("ground")


def _terminated(b):
    """The ground of a termination: its notice."""
    item, said = events.only(b, "lot.terminated.v1")
    notice = b.notices.get(str(said.get("ground")))
    need(notice and notice.body.get("kind") == "termination", "termination-notice", item)
    return said.get("ground")


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
        item, said = events.only(b, "lot.keys-erased.v1")
        need((said.get("order"), said.get("holders")) == (b.order.hash, len(holders)), "erasure-not-logged", item)
    return len(holders)

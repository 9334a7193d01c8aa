"""The frozen bids of a bundle: statements, freeze, sealed read-outs and their stanzas (SPEC.md sections 4, 5 and 7)."""

import curve
import events
import folder
import part
import shape
import statement
import tdh2
import tlog
from failure import Failure, need

SUBMITTED = ("bid.submitted.v1", "bid.replaced.v1")


class Bid:
    """One frozen bid: its statement, signer and what the log says of it."""

    def __init__(self, bid, signed, event):
        self.bid, self.signed, self.event = bid, signed, event
        (self.signer,) = signed.signers()
        self.part = statement.part(signed.body, "readout")
        self.sealed = None
        self.stanzas = {}


def freeze_root(hashes):
    """The root over statement hashes in ascending order of bytes."""
    return tlog.root([tlog.leaf(bytes.fromhex(h)) for h in sorted(hashes)]).hex()


def statements(b):
    """The check of that name: afterwards the frozen bids are known."""
    b.bids, bidders = {}, set()
    for bid in folder.identifiers(b):
        path = f"bids/{bid}/statement.json"
        need(path in b.files, "file-missing", path)
        try:
            found = _statement(b, bid, b.files[path])
        except Failure as failure:
            raise failure.at(path) from None
        for who in (found.signer, found.event["code"]):
            need(who not in bidders, "statement-bidder-twice", path)
            bidders.add(who)
        b.bids[bid] = found
    for envelope in b.events:
        stream = envelope["stream"]
        if stream.startswith("bd_") and events.last_of_stream(b, stream)["event"] in SUBMITTED:
            need(stream in b.bids, "statement-missing", f"bids/{stream}/statement.json")
    return len(b.bids)


def _statement(b, bid, data):
    signed = statement.read(data)
    body = signed.body
    need(len(signed.signatures) == 1, "record-signatures")
    signed.verify(b.certificates)
    need((body["class"], body["tender"], body["lot"], body["bid"]) == (b.class_, b.tender, b.lot, bid), "record-place")
    need(body["binding"] == b.binding.hash, "record-place")
    last = events.last_of_stream(b, bid)
    need(last and last["event"] in SUBMITTED, "statement-not-logged")
    found = Bid(bid, signed, last["body"])
    said = found.event
    need(said.get("bid") == bid and said.get("statement") == signed.hash, "statement-not-logged")
    need(said.get("certificate") == found.signer, "statement-certificate")
    shape.record({"arrival": shape.time, "bidder_name": shape.text, "code": shape.text})({k: said.get(k) for k in ("arrival", "bidder_name", "code")})
    need(said["arrival"] < b.openings[-1], "statement-late")
    need(found.part and found.part["moment"] == "opening", "statement-readout")
    return found


def freeze(b):
    """The check of that name."""
    path = "freeze.json"
    b.freeze = b.read(path, "freeze")
    b.verify(path, b.freeze)
    need(b.freeze.signers() == {b.platform}, "record-signatures", path)
    body = b.freeze.body
    b.place(path, body, "class", "tender", "lot")
    need(body["binding"] == b.binding.hash, "record-place", path)
    need(body["opening_at"] == b.openings[-1], "freeze-opening", path)
    need(body["count"] == len(b.bids), "freeze-count", path)
    need(body["root"] == freeze_root([bid.signed.hash for bid in b.bids.values()]), "freeze-root", path)
    need(events.said(b, "opening.frozen.v1", "freeze") == [b.freeze.hash], "freeze-not-logged", path)
    return body["count"]


def envelopes(b):
    """The check of that name."""
    openings = {shape.milliseconds(at) for at in b.openings}
    for bid in b.bids.values():
        path = f"bids/{bid.bid}/readout.gmtb"
        need(path in b.files, "file-missing", path)
        try:
            bid.sealed = _envelope(b, bid, b.files[path], openings)
        except Failure as failure:
            raise failure.at(path) from None
    return len(b.bids)


def _envelope(b, bid, data, openings):
    sealed = part.parse(data)
    header = sealed.header
    sealed.check_root()
    need(len(data) == bid.part["size"], "part-size")
    need(sealed.digest == bid.part["digest"], "part-digest")
    sealed.check_signature(b.certificates[bid.signer])
    place = header.class_, header.binding, header.lot, header.bidder, header.kind, header.moment
    need(place == (b.class_, b.binding.hash, b.lot, bid.signer, "readout", bid.part["moment"]), "part-label")
    need(header.not_before in openings, "part-not-before")
    need(bool(header.stanza_b) == (b.binding.body["mode"] == "bidder-key"), "part-mode")
    return sealed


def locks(b):
    """The key body and the holders of each lock."""
    yield "T", b.key_record.body, b.key_record.body["keyholders"]
    yield "C", b.officer_key.body, b.officer_key.body["officers"]


def stanzas(b):
    """Both stanzas of each read-out pass Check."""
    for bid in b.bids.values():
        header = bid.sealed.header
        for lock, key, _ in locks(b):
            try:
                public = curve.decode(bytes.fromhex(key["public_key"]))
                bid.stanzas[lock] = tdh2.check(header.stanza_t if lock == "T" else header.stanza_c, public, header.label)
            except Failure as failure:
                raise failure.at(f"bids/{bid.bid}/readout.gmtb") from None
    return 2 * len(b.bids)

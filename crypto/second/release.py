"""A request for release, answered as a holder does (SPEC.md section 7, rule 2): the rules only, without state."""

import bids
import canon
import certificate
import curve
import part
import record
import records
import shape
import statement
import tdh2
import tlog
from failure import Failure, need

MAGIC = b"SRLQ\1"
_FREEZE = shape.record(
    {
        "freeze": record.ENVELOPE,
        "event": tlog.DISCLOSED,
        "consistency": shape.record({"from": shape.integer, "path": shape.every(shape.digest)}),
        "statements": shape.every(shape.digest),
    }
)
_HEAD = shape.record({"class": shape.text, "lot": shape.text, "kind": shape.text, "moment": shape.text}, freeze=_FREEZE)


class _Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        found = self.data[self.at : self.at + size]
        need(len(found) == size, "request-malformed")
        self.at += size
        return found

    def number(self):
        return int.from_bytes(self.take(4), "big")

    def string(self):
        return self.take(self.number())


def parse(data):
    """The head and the items (statement, certificate, front of the sealed file) of a request."""
    reader = _Bytes(data)
    need(reader.take(len(MAGIC)) == MAGIC, "request-malformed")
    head = canon.loads(reader.string())
    _HEAD(head)
    items = [(reader.string(), reader.string(), reader.string()) for _ in range(reader.number())]
    need(reader.at == len(data), "request-malformed")
    return head, items


class Holder:
    """What a keyholder (lock T) or officer (lock C) knows of one lot; `at` is its clock in milliseconds."""

    def __init__(self, lock, public_key, binding, platform, log, at):
        self.lock, self.public = lock, curve.decode(bytes.fromhex(public_key))
        self.binding, self.platform, self.log, self.at = binding, platform, log, at
        self.openings = [binding.body["opening_at"]]

    def answer(self, data):
        """For each item its failure's code or, for those it would answer, nothing; and the stanzas it would answer."""
        head, items = parse(data)
        body = self.binding.body
        need((head["class"], head["lot"]) == (body["class"], body["lot"]), "release-place")
        need(self.at >= shape.milliseconds(self.openings[-1]), "release-too-early")
        statements = self._frozen(head["freeze"])
        codes, stanzas = [], []
        for item in items:
            try:
                stanzas.append(self._item(head, statements, *item))
                codes.append("")
            except Failure as failure:
                codes.append(failure.code)
        return codes, stanzas

    def _frozen(self, value):
        signed = record.take(value["freeze"], records.checker("freeze"))
        signed.signed_by([self.platform.fingerprint], {self.platform.fingerprint: self.platform})
        need(signed.body["binding"] == self.binding.hash and signed.body["opening_at"] == self.openings[-1], "release-freeze")
        envelope = tlog.check_event(value["event"], f"{self.binding.body['class']}/{self.log.fingerprint}", self.log)
        need(envelope["event"] == "opening.frozen.v1" and envelope["body"].get("freeze") == signed.hash, "release-freeze")
        need(len(value["statements"]) == signed.body["count"], "release-freeze")
        need(bids.freeze_root(value["statements"]) == signed.body["root"], "release-freeze")
        return value["statements"]

    def _item(self, head, statements, statement_, der, front):
        signed = statement.read(statement_)
        signer = certificate.parse(der)
        sealed = part.parse(front)
        header, body = sealed.header, signed.body
        need(signed.hash in statements, "release-not-in-freeze")
        signed.signed_by([signer.fingerprint], {signer.fingerprint: signer})
        need(header.bidder == signer.fingerprint, "release-bidder")
        named = statement.part(body, head["kind"])
        found = (named["digest"], named["kind"], named["moment"]) if named else None
        need(found == (sealed.digest, header.kind, header.moment) and head["moment"] == header.moment, "release-part-not-in-statement")
        place = self.binding.body["class"], self.binding.hash, self.binding.body["lot"]
        need((header.class_, header.binding, header.lot) == place, "release-label-mismatch")
        need(header.not_before in map(shape.milliseconds, self.openings), "release-label-mismatch")
        return tdh2.check(header.stanza_t if self.lock == "T" else header.stanza_c, self.public, header.label)

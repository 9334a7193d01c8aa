"""Receipts (SPEC.md sections 5 and 10)."""

import base64

import canon
import certificate
import record
import shape
import statement
import tlog
from failure import Failure, need

LIMIT = 4 << 20
_PART = shape.record(
    {"kind": shape.text, "digest": shape.digest, "size": shape.integer, "objects": shape.every(shape.text)}
)
SHAPE = shape.record(
    {
        "type": shape.text,
        "receipt": shape.text,
        "class": shape.text,
        "tender": shape.text,
        "lot": shape.text,
        "bid": shape.text,
        "version": shape.integer,
        "action": shape.text,
        "statement": shape.digest,
        "arrival": shape.time,
        "outcome": shape.text,
        "parts": shape.every(_PART),
        "envelope": shape.mapping,
        "salt": shape.digest,
        "merge_by": shape.time,
    },
    refusal=shape.text,
    timestamp=shape.base64_text,
)
FILE = shape.record(
    {"type": shape.text, "receipt": record.ENVELOPE, "certificates": shape.every(shape.base64_text)},
    statement=record.ENVELOPE,
    proof=tlog.PROOF,
)
CHECKS = ("receipt", "statement", "envelope", "proof", "trust")
EVENTS = {"submit": "bid.submitted.v1", "replace": "bid.replaced.v1", "withdraw": "bid.withdrawn.v1"}


class Receipt:
    """A receipt file, and what the checks have found so far."""

    def __init__(self, data, trust):
        self.data, self.trust = data, trust
        self.statement_signer = None
        self.log = None

    def receipt(self):
        """Form, and the platform's signature."""
        need(len(self.data) <= LIMIT, "file-size")
        self.file = canon.loads(self.data)
        FILE(self.file)
        need(self.file["type"] == "sunbid/receipt-file/v1", "record-malformed")
        self.certificates = {}
        for text in self.file["certificates"]:
            found = certificate.parse(base64.b64decode(text))
            self.certificates[found.fingerprint] = found
        self.signed = record.take(self.file["receipt"], SHAPE)
        self.body = self.signed.body
        need(_fits(self.body), "receipt-malformed")
        need(len(self.signed.signatures) == 1, "record-not-signed")
        self.signed.verify(self.certificates)
        (self.platform,) = self.signed.signers()

    def statement(self):
        """The bidder's signature, and the hash that the receipt names."""
        if "statement" not in self.file:
            return "not-present"
        signed = record.take(self.file["statement"], statement.check)
        need(len(signed.signatures) == 1, "record-not-signed")
        signed.verify(self.certificates)
        need(signed.hash == self.body["statement"], "receipt-statement")
        (self.statement_signer,) = signed.signers()
        need(not _contradicts(self.body, signed.body), "receipt-contradicts")
        return "ok"

    def envelope(self):
        """The event is of this tender, lot, bid, statement and arrival."""
        envelope, body = tlog.check_envelope(self.body["envelope"]), self.body
        said = envelope["body"]
        need((envelope["tender"], envelope["lot"]) == (body["tender"], body["lot"]), "receipt-envelope")
        need(said.get("bid") == body["bid"] and said.get("statement") == body["statement"], "receipt-envelope")
        need(said.get("arrival") == body["arrival"], "receipt-envelope")

    def proof(self):
        """The event stands in the log."""
        if "proof" not in self.file:
            return "not-present"
        proof = self.file["proof"]
        checkpoint = tlog.read_checkpoint(proof["checkpoint"])
        class_, _, log = checkpoint.body["origin"].partition("/")
        need(class_ == self.body["class"], "checkpoint-origin")
        need(log in self.certificates, "certificate-missing")
        tlog.check_checkpoint(checkpoint, f"{class_}/{log}", self.certificates[log])
        tlog.check_proof(tlog.commitment(self.body["envelope"], self.body["salt"]), proof)
        self.log = log
        return "ok"

    def check_trust(self):
        """The platform and the log are believed, and the bidder's certificate at arrival."""
        if self.trust is None:
            return "not-checked"
        listed = self.trust.body
        need(listed["class"] == self.body["class"], "trust-class")
        need(self.platform in listed["platform"], "trust-unknown")
        need(self.log is None or self.log in listed["log"], "trust-unknown")
        if self.statement_signer:
            at = shape.milliseconds(self.body["arrival"])
            self.trust.judge(self.certificates[self.statement_signer], certificate.SIGNING, at, self.certificates.values())
        return "ok"


def _fits(body):
    return (
        body["type"] == "sunbid/receipt/v1"
        and body["class"] in shape.CLASSES
        and shape.identifier(body["receipt"], "rc")
        and shape.identifier(body["tender"], "td")
        and shape.identifier(body["lot"], "lt")
        and shape.identifier(body["bid"], "bd")
        and body["version"] >= 1
        and body["action"] in EVENTS
        and body["outcome"] in ("accepted", "refused")
        and (body["outcome"] == "refused") == ("refusal" in body)
    )


def _contradicts(body, said):
    """Whether a receipt repeats something of its statement otherwise than it stands there."""
    parts, theirs = ([{key: part[key] for key in ("kind", "digest", "size")} for part in whole["parts"]] for whole in (body, said))
    if any(body[key] != said[key] for key in ("class", "tender", "lot", "bid", "version", "action")):
        return True
    return any(part not in theirs for part in parts) or body["outcome"] == "accepted" and len(parts) != len(theirs)


def verify(data, trust=None):
    """The result of every check, in order; after the first that fails the rest is skipped."""
    found, results, failed = Receipt(data, trust), [], False
    for name in CHECKS:
        result = {"check": name, "status": "skipped"}
        if not failed:
            check = found.check_trust if name == "trust" else getattr(found, name)
            try:
                result["status"] = check() or "ok"
            except Failure as failure:
                failed = True
                result |= {"status": "failed", "code": failure.code}
        results.append(result)
    return results


def holds(results):
    """Whether nothing failed."""
    return all(result["status"] not in ("failed", "skipped") for result in results)

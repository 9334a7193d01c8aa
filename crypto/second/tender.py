"""The public data of tender and lot, superfluous certificates, and trust (SPEC.md sections 9 and 10)."""

import base64

import canon
import certificate
import events
import keys
import record
import records
import shape
from failure import Failure, need


def tender(b):
    """The check of that name."""
    path = "tender.json"
    value = b.value(path, records.checker("tender"))
    created, lot = (next(iter(events.said(b, kind, key))) for kind, key in (("tender.created.v1", "tender"), ("lot.drafted.v1", "lot")))
    need(isinstance(created, dict) and isinstance(lot, dict), "tender-differs", path)
    b.place(path, value, "class", "tender", "lot")
    for key in ("number", "title", "region", "regime", "tenderer", "agency"):
        need(value.get(key) == created.get(key), "tender-differs", path)
    for key, theirs in (("rule_set", "rule_set"), ("lot_number", "number"), ("lot_name", "name"), ("ceiling_fen", "ceiling_fen")):
        need(value[key] == lot.get(theirs), "tender-differs", path)
    need(value["mode"] == b.binding.body["mode"] and value["opening_times"] == b.openings, "tender-differs", path)
    _superfluous(b)
    return 1


def _superfluous(b):
    """No certificate that nothing names, and that is not an issuer of one named."""
    wanted = {b.platform, b.dealer, *b.checkpoint.signers(), *keys.keyholders(b), *keys.authorities(b)}
    wanted |= {officer["certificate"] for officer in b.officer_key.body["officers"]}
    if not b.closed:
        wanted |= b.record.signers() | {bid.signer for bid in b.bids.values()}
    for signed in (*b.notices.values(), *([b.order] if b.closed else [])):
        wanted |= signed.signers()
    grown = True
    while grown:
        grown = False
        for fingerprint, found in b.certificates.items():
            issues = found.authority and any(
                b.certificates[f].issuer == found.subject and b.certificates[f].signed_by(found) for f in wanted if f in b.certificates
            )
            if fingerprint not in wanted and issues:
                wanted.add(fingerprint)
                grown = True
    for fingerprint in sorted(b.certificates):
        need(fingerprint in wanted, "certificate-unnamed", f"certificates/{fingerprint}.der")


def read_trust(data):
    """The trust list of a file, signed or bare."""
    value = canon.loads(data)
    body = record.ENVELOPE(value) or value["body"] if isinstance(value, dict) and "body" in value else value
    records.check("trust", body)
    return body


class TrustList:
    """Who is believed."""

    def __init__(self, body):
        self.body = body
        self.judge = certificate.Trust([certificate.parse(base64.b64decode(der)) for der in body["issuers"]]).judge


UNTRUSTED = {"platform": "trust-platform", "log": "trust-log", "keyholders": "trust-keyholder"}


def _ordered_by_platform(b):
    """Who signed the order to erase of a failed lot: the platform, maybe by an earlier certificate of its own."""
    return b.order.signers() if b.closed and b.manifest["end"] == "failed" else ()


def trust(b):
    """The check of that name."""
    listed = b.trust.body
    need(listed["class"] == b.class_, "trust-class", b.class_)
    count = 0
    platform = [b.platform, *(f for f in _ordered_by_platform(b) if f != b.platform)]
    for role, fingerprints in (("platform", platform), ("log", [b.log]), ("keyholders", keys.keyholders(b))):
        for fingerprint in fingerprints:
            need(fingerprint in listed[role], UNTRUSTED[role], f"certificates/{fingerprint}.der")
            count += 1
    dealt = shape.milliseconds(b.officer_key.body["dealt_at"])
    people = [(officer["certificate"], dealt) for officer in b.officer_key.body["officers"]]
    people += [(fingerprint, dealt) for fingerprint in keys.authorities(b)]
    if not b.closed:
        people += [(bid.signer, shape.milliseconds(bid.event["arrival"])) for bid in b.bids.values()]
    for fingerprint, at in people:
        try:
            b.trust.judge(b.certificates[fingerprint], certificate.SIGNING, at, b.certificates.values())
        except Failure as failure:
            raise failure.at(f"certificates/{fingerprint}.der") from None
        count += 1
    return count

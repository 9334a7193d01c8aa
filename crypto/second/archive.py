"""The archive of an opened lot (SPEC.md section 8.1)."""

import curve
import keys
import records
import shape
import tdh2
from failure import Failure, need
from sm3 import hmac, sm3

MOST_PARTS = 65_536


def check_key(signed, dealers, certificates):
    """An archive key confirmed by a dealer and all archivists; fails with record-* or archive-key-unfit."""
    body = signed.body
    keys.check_sharing(body, body["archivists"])
    archivists = {a["certificate"] for a in body["archivists"]}
    need(any(signed.signers() == archivists | {dealer} for dealer in dealers), "archive-key-unfit")
    signed.verify(certificates)


def label(archive, part):
    """The label that a part's content key is closed under."""
    texts = [b"Sunbid v1 archive", *(archive[key].encode() for key in ("class", "tender", "lot")), bytes.fromhex(archive["archive_key"])]
    texts += [part["bid"].encode(), part["kind"].encode(), bytes.fromhex(part["digest"]), bytes.fromhex(part["commit"])]
    return b"".join(map(tdh2.lp, texts))


def check(signed, key, platform, certificates):
    """A whole archive record under its key: each part's label. Fails with record-*, archive-key-unfit or archive-mismatch."""
    body = signed.body
    places = [(part["bid"], part["kind"]) for part in body["parts"]]
    need(len(places) <= MOST_PARTS and records.ordered(places), "record-malformed")
    need(len({part["digest"] for part in body["parts"]}) == len(places), "record-malformed")
    need(all(kind in shape.KINDS and kind != "readout" for _, kind in places), "record-malformed")
    for name in ("class", "tender", "lot"):
        need(body[name] == key.body[name], "archive-key-unfit")
    need(body["archive_key"] == key.hash, "archive-mismatch")
    need(signed.signers() == {platform}, "record-signatures")
    signed.verify(certificates)
    public = curve.decode(bytes.fromhex(key.body["public_key"]))
    for part in body["parts"]:
        try:
            tdh2.check(bytes.fromhex(part["stanza"]), public, label(body, part))
        except Failure:
            raise Failure("archive-mismatch") from None
    return [label(body, part) for part in body["parts"]]


def open_part(signed, key, digest, batches, certificates):
    """The content key of one part, by archivists' batches; fails with archive-part-unknown, open-too-few, partials-proof, …"""
    parts = {part["digest"]: part for part in signed.body["parts"]}
    need(digest in parts, "archive-part-unknown")
    found = {}
    for batch in batches:
        for item, point in _batch(signed, key, parts, batch, certificates):
            if item == digest:
                found[batch.body["index"]] = point
    need(len(found) >= key.body["threshold"], "open-too-few")
    wrapped = label(signed.body, parts[digest])
    plain = tdh2.unwrap(tdh2.decode(bytes.fromhex(parts[digest]["stanza"])), tdh2.combine(found))
    need(plain[32:] == sm3(wrapped)[:16], "label-mismatch")
    need(hmac(plain[:32], b"GMTB v1 commit").hex() == parts[digest]["commit"], "commit-mismatch")
    return plain[:32].hex()


def _batch(signed, key, parts, batch, certificates):
    body = batch.body
    need((body["class"], body["lot"], body["archive"]) == (signed.body["class"], signed.body["lot"], signed.hash), "record-place")
    need(1 <= body["index"] <= len(key.body["archivists"]), "partials-holder")
    batch.signed_by([key.body["archivists"][body["index"] - 1]["certificate"]], certificates)
    need(all(item["digest"] in parts for item in body["items"]), "archive-part-unknown")
    wanted = [parts[item["digest"]] for item in body["items"]]
    points = [curve.decode(bytes.fromhex(part["stanza"])[:65]) for part in wanted]
    partials = [curve.decode(bytes.fromhex(item["partial"])) for item in body["items"]]
    public = curve.decode(bytes.fromhex(key.body["verification"][body["index"] - 1]))
    tdh2.verify_partials(public, points, [label(signed.body, part) for part in wanted], partials, bytes.fromhex(body["proof"]))
    return [(item["digest"], point) for item, point in zip(body["items"], partials)]

"""The opening of a bundle: its record, partial decryptions, read-outs and causes (SPEC.md sections 8 and 10)."""

import bids
import canon
import container
import curve
import events
import folder
import keys
import part
import record
import records
import shape
import tdh2
from failure import Failure, need


def opening_record(b):
    """The check named `record`."""
    path = "record.json"
    b.record = b.read(path, "opening-record")
    b.verify(path, b.record)
    body = b.record.body
    b.place(path, body, "class", "tender", "lot")
    need(body["binding"] == b.binding.hash and body["mode"] == b.binding.body["mode"], "record-binding", path)
    need(body["freeze"] == b.freeze.hash and body["opening_at"] == b.openings[-1], "record-freeze", path)
    need([row["bid"] for row in body["rows"]] == list(b.bids), "record-rows", path)
    for row in body["rows"]:
        _row(row, b.bids[row["bid"]])
    logged = events.said(b, "opening.record-signed.v1", "signer")
    need(len(set(logged)) == len(logged) and set(logged) <= set(keys.authorities(b)), "record-signatures", path)
    need(b.record.signers() == {b.platform, *logged}, "record-signature", path)
    said = [events.said(b, kind, "record") for kind in ("opening.published.v1", "lot.opened.v1")]
    need(said == [[b.record.hash]] * 2, "record-not-logged", path)
    need(set(events.said(b, "opening.record-signed.v1", "record")) <= {b.record.hash}, "record-not-logged", path)
    return len(body["rows"])


def _row(row, bid):
    said = bid.event
    need(row["statement"] == bid.signed.hash and row["arrival"] == said["arrival"], "record-row", bid.bid)
    need(row["bidder"] == {"name": said["bidder_name"], "code": said["code"]}, "record-row", bid.bid)
    keys_ = {"opened": ("readout", "reason"), "not-decrypted": ("reason", "readout")}.get(row["status"])
    need(keys_ and keys_[0] in row and keys_[1] not in row, "record-row", bid.bid)


def partials(b):
    """The check of that name: afterwards each bid has its partials by lock and index."""
    holders = {lock: (key, people) for lock, key, people in bids.locks(b)}
    b.partials, numbers, total = {}, {}, 0
    for path, (lock, index, number) in folder.matching(b.files, r"partials/([TC])-([1-9][0-9]*)-([1-9][0-9]*)\.json"):
        numbers.setdefault((lock, int(index)), []).append((int(number), path))
        try:
            total += _batch(b, b.read(path, "partials"), lock, int(index), *holders[lock])
        except Failure as failure:
            raise failure.at(path) from None
    for found in numbers.values():
        for want, (number, path) in enumerate(sorted(found), 1):
            need(number == want, "partials-number", path)
    for row in b.record.body["rows"]:
        for lock, (key, _) in holders.items():
            enough = len(b.partials.get((lock, row["bid"]), {})) >= key["threshold"]
            need(enough or row["status"] != "opened", "partials-missing", row["bid"])
    return total


def _batch(b, signed, lock, index, key, people):
    body = signed.body
    place = body["class"], body["lot"], body["lock"], body["index"], body["kind"], body["moment"]
    need(place == (b.class_, b.lot, lock, index, "readout", "opening"), "record-place")
    need(index <= len(people), "partials-holder")
    signed.signed_by([people[index - 1]["certificate"]], b.certificates)
    points, labels, found = [], [], []
    for item in body["items"]:
        bid = b.bids.get(item["bid"])
        need(bid and item["digest"] == bid.part["digest"], "partials-item")
        stanza = bid.sealed.header.stanza_t if lock == "T" else bid.sealed.header.stanza_c
        points.append(curve.decode(stanza[:65]))
        labels.append(bid.sealed.header.label)
        found.append(curve.decode(bytes.fromhex(item["partial"])))
        mine = b.partials.setdefault((lock, bid.bid), {})
        need(index not in mine, "partials-twice")
        mine[index] = found[-1]
    public = curve.decode(bytes.fromhex(key["verification"][index - 1]))
    tdh2.verify_partials(public, points, labels, found, bytes.fromhex(body["proof"]))
    return len(found)


def readouts(b):
    """The check of that name: the opening repeated."""
    releases = _releases(b)
    for row in b.record.body["rows"]:
        bid = b.bids[row["bid"]]
        try:
            content, code = _open(b, bid, releases.get(bid.bid)), None
        except Failure as failure:
            content, code = None, failure.code
        if row["status"] == "opened":
            need(code is None, code, bid.bid)
            need(canon.dumps(row["readout"]) == content, "readout-differs", bid.bid)
        elif code != "partials-missing":
            need(code is not None, "readout-decrypts", bid.bid)
            need(code == row["reason"], "readout-reason", bid.bid)
    return len(b.bids)


def _releases(b):
    """kB by bid, of the key releases that the bundle has."""
    found, digests = {}, []
    for bid in b.bids.values():
        path = f"bids/{bid.bid}/key-release.json"
        if path not in b.files:
            continue
        signed = b.read(path, "key-release")
        need(b.binding.body["mode"] == "bidder-key", "key-release-mode", path)
        b.place(path, signed.body, "class", "lot")
        need(signed.body["bid"] == bid.bid and signed.body["digest"] == bid.part["digest"], "record-place", path)
        b.verify(path, signed)
        need(signed.signers() == {bid.signer}, "record-signatures", path)
        found[bid.bid] = bytes.fromhex(signed.body["kb"])
        digests.append(bid.part["digest"])
    for bid in b.bids.values():
        path, logged = f"bids/{bid.bid}/key-release.json", events.said(b, "opening.key-received.v1", "digest").count(bid.part["digest"])
        need(path in b.files or not logged, "file-missing", path)
        need(logged == digests.count(bid.part["digest"]), "key-release-not-logged", path)
    need(len(digests) == len(list(events.named(b, "opening.key-received.v1"))), "key-release-not-logged", "events.jsonl")
    return found


def _open(b, bid, kb):
    """The content of a read-out, by the first holders of each lock; fails as an opening does."""
    header, found = bid.sealed.header, []
    for lock, key, _ in bids.locks(b):
        mine = sorted(b.partials.get((lock, bid.bid), {}).items())
        need(len(mine) >= key["threshold"], "partials-missing")
        shared = tdh2.combine(dict(mine[: key["threshold"]]))
        found.append(part.key_of(header, tdh2.unwrap(bid.stanzas[lock], shared)))
    if header.stanza_b:
        need(kb, "no-key-release")
        found.append(kb)
    content = part.decrypt(bid.sealed, part.content_key(header, *found))
    container.read_readout(content)
    return content


def releases(b):
    """The check of that name: the officers' releases of later moments."""
    kinds = (events.said(b, "lot.drafted.v1", "lot")[0] or {}).get("kinds", [])
    moments = {kind.get("moment") for kind in kinds} - {"opening"}
    officers, logged, found = b.officer_key.body, [e["body"] for e in events.named(b, "opening.moment-released.v1")], 0
    for body in logged:
        path = f"release-{body.get('moment')}.json"
        need(path in b.files, "file-missing", path)
    for path, (moment,) in folder.matching(b.files, r"release-([a-z][a-z0-9-]{0,31})\.json"):
        signed = b.read(path, "release")
        b.verify(path, signed)
        b.place(path, signed.body, "class", "tender", "lot")
        need(signed.body["binding"] == b.binding.hash and signed.body["moment"] == moment, "record-place", path)
        need(moment in moments, "release-moment", path)
        people = {officer["certificate"] for officer in officers["officers"]}
        need(signed.signers() <= people and len(signed.signatures) >= officers["threshold"], "release-moment-closed", path)
        said = [body.get("release") for body in logged if body.get("moment") == moment]
        need(said == [signed.hash], "release-not-logged", path)
        found += 1
    need(found == len(logged), "release-not-logged", "events.jsonl")
    return found


def causes(b):
    """The check of that name."""
    last, hashes = "", []
    for item, line in folder.lines(b, "causes.jsonl") if "causes.jsonl" in b.files else []:
        try:
            signed = record.read(line, records.checker("cause"))
            body = signed.body
            need(body["lot"] == b.lot, "record-place")
            need(body["bid"] > last, "causes-order")
            last = body["bid"]
            row = next((row for row in b.record.body["rows"] if row["bid"] == last), None)
            need(row and row["status"] == "not-decrypted", "cause-bid")
            need(body["cause"] in ("bidder", "other") and body["treated_as"] in ("revoked", "withdrawn"), "record-malformed")
            need((body["cause"] == "bidder") == (body["treated_as"] == "revoked"), "record-malformed")
            need(shape.name(body["evidence"], 16_384), "record-malformed")
            signed.signed_by([f for f, role in keys.authorities(b).items() if role == "tenderer"], b.certificates)
            logged = [e["body"] for e in events.named(b, "opening.cause-determined.v1") if e["body"].get("bid") == last]
            need([said.get("record") for said in logged] == [signed.hash], "cause-not-logged")
        except Failure as failure:
            raise failure.at(item) from None
        hashes.append(signed.hash)
    need(len(hashes) == len(list(events.named(b, "opening.cause-determined.v1"))), "cause-missing", "causes.jsonl")
    return len(hashes)

"""The keys of a bundle: key record, officers' key, binding and postponements (SPEC.md section 7)."""

import curve
import events
import folder
import records
import shape
import tdh2
from failure import Failure, need


def check_sharing(body, holders):
    """Threshold, indices, commitments, public key and verification shares of either kind of key: record-malformed."""
    n, t = len(holders), body["threshold"]
    need(1 <= t <= n <= records.MOST_HOLDERS, "record-malformed")
    need([holder["index"] for holder in holders] == list(range(1, n + 1)), "record-malformed")
    need(len({holder["certificate"] for holder in holders}) == n, "record-malformed")
    for holder in holders:
        need(shape.name(holder["name"]) and shape.name(holder.get("role", "-")), "record-malformed")
    need(len(body["commitments"]) == t and len(body["verification"]) == n, "record-malformed")
    commitments = [curve.decode(bytes.fromhex(p), "record-malformed") for p in body["commitments"]]
    need(body["public_key"] == body["commitments"][0], "record-malformed")
    for index, share in enumerate(body["verification"], 1):
        point = tdh2.verification(commitments, index)
        need(point is not None and curve.encode(point).hex() == share, "record-malformed")


def check_key_record(signed, certificates):
    """A key record by itself; fails with record-malformed, record-signatures or record-signature."""
    body = signed.body
    need(shape.identifier(body["key"], "ky") and shape.name(body["ceremony"]), "record-malformed")
    check_sharing(body, body["keyholders"])
    need(signed.signers() == {holder["certificate"] for holder in body["keyholders"]}, "record-signatures")
    signed.verify(certificates)


def key_record(b):
    """The check of that name."""
    path = "key-record.json"
    b.key_record = b.read(path, "key-record")
    b.verify(path, b.key_record)
    b.place(path, b.key_record.body, "class")
    try:
        check_key_record(b.key_record, b.certificates)
    except Failure as failure:
        raise failure.at(path) from None
    return len(b.key_record.body["keyholders"])


def officer_key(b):
    """The check of that name: signed by one, who is found to be the tenderer by the binding."""
    path = "officer-key.json"
    b.officer_key = b.read(path, "officer-key")
    b.verify(path, b.officer_key)
    body = b.officer_key.body
    b.place(path, body, "class", "tender", "lot")
    try:
        check_sharing(body, body["officers"])
        need(len(b.officer_key.signatures) == 1, "record-signatures")
        need(all(officer["share"] for officer in body["officers"]), "record-malformed")
    except Failure as failure:
        raise failure.at(path) from None
    for officer in body["officers"]:
        b.present(officer["certificate"])
    (b.dealer,) = b.officer_key.signers()
    return len(body["officers"])


def keyholders(b):
    """The fingerprints of the keyholders, in order."""
    return [holder["certificate"] for holder in b.key_record.body["keyholders"]]


def authorities(b):
    """Role by fingerprint of the binding's authorities."""
    return {a["certificate"]: a["role"] for a in b.binding.body["authorities"]}


def binding(b):
    """The check of that name."""
    path = "binding.json"
    b.binding = b.read(path, "binding")
    b.verify(path, b.binding)
    body = b.binding.body
    b.place(path, body, "class", "tender", "lot")
    need(body["mode"] in records.MODES and shape.identifier(body["key"], "ky"), "record-malformed", path)
    need(len(authorities(b)) == len(body["authorities"]) and all(map(shape.name, authorities(b).values())), "record-malformed", path)
    need(body["key"] == b.key_record.body["key"] and body["key_record"] == b.key_record.hash, "binding-key", path)
    need(body["officer_key"] == b.officer_key.hash, "binding-officer-key", path)
    need(authorities(b).get(b.dealer) == "tenderer", "binding-dealer", path)
    need(b.binding.signers() == set(keyholders(b)), "record-signatures", path)
    for fingerprint in authorities(b):
        b.present(fingerprint)
    need(events.said(b, "lot.key-bound.v1", "binding") == [b.binding.hash], "binding-not-logged", path)
    b.openings = [body["opening_at"]]
    return len(b.binding.signatures)


def check_postponement(signed, binding_, openings, certificates, holders, threshold):
    """One postponement after the opening times so far; fails with record-*, or postpone-not-in-force."""
    body = signed.body
    need(body["binding"] == binding_.hash, "record-place")
    need(body["number"] == len(openings) and shape.name(body["reason"]), "record-malformed")
    need(body["opening_from"] == openings[-1] < body["opening_to"], "record-malformed")
    powers = {a["certificate"] for a in binding_.body["authorities"]}
    signers = signed.signers()
    need(signers <= powers | set(holders), "record-signatures")
    need(signers & powers, "postpone-not-authority")
    need(len(signers & set(holders)) >= len(holders) - threshold + 1, "postpone-not-in-force")
    signed.verify(certificates)


def postponements(b):
    """The check of that name: afterwards all published opening times are known."""
    found = sorted(int(groups[0]) for _, groups in folder.matching(b.files, r"postponement-([1-9][0-9]*)\.json"))
    hashes = []
    for number in found:
        path = f"postponement-{number}.json"
        signed = b.read(path, "postponement")
        b.verify(path, signed)
        b.place(path, signed.body, "class", "tender", "lot")
        need(number == signed.body["number"] == len(hashes) + 1, "postponement-number", path)
        try:
            check_postponement(signed, b.binding, b.openings, b.certificates, keyholders(b), b.key_record.body["threshold"])
        except Failure as failure:
            raise failure.at(path) from None
        b.openings.append(signed.body["opening_to"])
        hashes.append(signed.hash)
    need(events.said(b, "lot.postponed.v1", "record") == hashes, "postpone-not-logged", f"postponement-{len(hashes) + 1}.json")
    b.postponements = hashes
    return len(hashes)

"""Runs testdata/vectors: every case gives its result, or fails with the code that it names."""

import base64
import json
import pathlib

import archive
import bids
import bundle
import canon
import ceremony
import certificate
import container
import curve
import der
import disk
import keys
import part
import record
import records
import release
import shape
import sm2
import sm4gcm
import statement
import tdh2
import tender
import tlog
from failure import Failure, need
from sm3 import hkdf, hmac, sm3

_UNHEX = bytes.fromhex


def _point(text):
    return curve.decode(_UNHEX(text))


def _number(text):
    return int(text, 16)


class Tally:
    """Counts cases, and keeps the names of those that went another way."""

    def __init__(self):
        self.count, self.wrong = 0, []

    def case(self, name, expect, do, want=None):
        """Does, and compares what comes with what was wanted."""
        self.count += 1
        try:
            got, code = do(), None
        except Failure as failure:
            got, code = None, failure.code
        if code != expect:
            self.wrong.append(f"{name}: {code or 'accepted'}, not {expect or 'accepted'}")
        elif expect is None and want is not None and got != want:
            self.wrong.append(f"{name}: another result")


def run(path):
    """The tally over all files of a folder."""
    tally = Tally()
    folder = pathlib.Path(path)
    for name, suite in SUITES.items():
        suite(_json(folder / f"{name}.json"), tally)
    _bundle(_json(folder / "bundle.json"), tally, folder)
    return tally


def _json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def _sm(data, tally):
    for c in data["hash"]:
        tally.case(c["name"], None, lambda: sm3(_UNHEX(c["message"])).hex(), c["digest"])
    for c in data["hmac"]:
        tally.case(c["name"], None, lambda: hmac(_UNHEX(c["key"]), _UNHEX(c["message"])).hex(), c["mac"])
    for c in data["hkdf"]:
        args = _UNHEX(c["salt"]), _UNHEX(c["ikm"]), c["info"].encode(), len(c["out"]) // 2
        tally.case(c["name"], None, lambda: hkdf(*args).hex(), c["out"])
    for c in data["block"]:
        if c["times"] == 1:  # the million rounds of the standard take a minute here and show nothing more
            tally.case(c["name"], None, lambda: sm4gcm.encrypt_block(_UNHEX(c["key"]), _UNHEX(c["plaintext"])).hex(), c["ciphertext"])
    for c in data["gcm"]:
        args = [_UNHEX(c[key]) for key in ("key", "nonce", "sealed", "aad")]
        tally.case(c["name"], c.get("expect"), lambda: sm4gcm.open_sealed(*args).hex(), c.get("plaintext"))
    for c in data["sign"]:
        tally.case(c["name"], c.get("expect"), lambda: _verify(c))
    for c in data["decrypt"]:
        tally.case(c["name"], c.get("expect"), lambda: _decrypt(c), c.get("message"))
    for c in data["point"]:
        tally.case(c["name"], c.get("expect"), lambda: _point(c["point"]))


def _verify(c):
    need(sm2.verifies(_point(c["public"]), _UNHEX(c["message"]), _UNHEX(c["signature"])), "sm2-signature")


def _decrypt(c):
    ciphertext = _UNHEX(c["ciphertext"])
    ciphertext = sm2.from_der(ciphertext) if c["encoding"] == "DER" else ciphertext
    return sm2.decrypt(_number(c["private"]), ciphertext).hex()


_EXAMPLE = shape.record(
    {
        "type": shape.text,
        "at": shape.time,
        "count": shape.integer,
        "name": shape.text,
        "parts": shape.every(shape.record({"hash": shape.digest, "kind": shape.text})),
    },
    note=shape.text,
)


def _canon(data, tally):
    for c in data["values"]:
        raw = c["text"].encode() if "text" in c else _UNHEX(c["bytes"])
        tally.case(c.get("name", c.get("text")), c.get("expect"), lambda: canon.dumps(canon.loads(raw)), raw)
    for c in data["records"]:
        tally.case(c["name"], c.get("expect"), lambda: _EXAMPLE(canon.loads(c["text"].encode())))


def _tdh2(data, tally):
    for c in data:
        tally.case(c["name"], c.get("expect"), lambda: _TDH2[c["do"]](c), c.get("result"))


def _deal(c):
    polynomial = _coefficients(c)
    index = c.get("index", 0)
    need(1 <= index <= 255, "holders-invalid")
    share = tdh2.evaluate(polynomial, index)
    commitments = [curve.multiply(a, curve.G) for a in polynomial]
    need(tdh2.verification(commitments, index) == curve.multiply(share, curve.G), "share-invalid")
    return [curve.scalar_bytes(share).hex(), *(curve.encode(p).hex() for p in (tdh2.verification(commitments, index), *commitments))]


def _coefficients(c):
    return [_number(c["polynomial"][at : at + 64]) for at in range(0, len(c["polynomial"]), 64)]


def _partials(c):
    points = [_point(p) for p in c["points"]]
    labels = [_UNHEX(label) for label in c["labels"]]
    partials, proof = tdh2.prove_partials(_number(c["share"]), points, labels, _number(c["k"]))
    return [*(curve.encode(p).hex() for p in partials), proof.hex()]


def _verify_partials(c):
    points, partials = ([_point(p) for p in c.get(key, [])] for key in ("points", "partials"))
    labels = [_UNHEX(label) for label in c.get("labels", [])]
    tdh2.verify_partials(_point(c["public"]), points, labels, partials, _UNHEX(c["proof"]))


def _open_stanza(c):
    stanza = tdh2.decode(_UNHEX(c["stanza"]))
    need(len(set(c["holders"])) == len(c["holders"]), "holders-invalid")
    shared = tdh2.combine(dict(zip(c["holders"], map(_point, c["partials"]))))
    return [curve.encode(shared).hex(), tdh2.unwrap(stanza, shared).hex()]


def _wrap(c):
    label = _UNHEX(c.get("label", ""))
    return [tdh2.wrap(_point(c["public"]), _UNHEX(c["message"]), label, _number(c["r"]), _number(c["k"])).hex()]


_TDH2 = {
    "second-generator": lambda c: [curve.encode(curve.generator2()).hex()],
    "hash-to-scalar": lambda c: [curve.scalar_bytes(tdh2.hash_to_scalar(c["domain"].encode(), *map(_UNHEX, c.get("parts", [])))).hex()],
    "decode-point": lambda c: _point(c["point"]) and None,
    "deal": _deal,
    "wrap": _wrap,
    "check": lambda c: tdh2.check(_UNHEX(c["stanza"]), _point(c["public"]), _UNHEX(c.get("label", ""))) and None,
    "partials": _partials,
    "verify-partials": _verify_partials,
    "open": _open_stanza,
    "prove-knowledge": lambda c: [tdh2.prove_knowledge(_coefficients(c)[0], c["ceremony"].encode(), c["index"], _number(c["k"])).hex()],
    "verify-knowledge": lambda c: tdh2.verify_knowledge(_point(c["public"]), c["ceremony"].encode(), c["index"], _UNHEX(c["proof"])),
}


def _seal(data, tally):
    for c in data:
        tally.case(c["name"], c.get("expect"), lambda: _SEAL[c["do"]](c), c.get("result"))


def _padded(c):
    return [str(container.padded_length(c["kind"], c.get("length", 0))).encode().hex()]


def _seal_part(c):
    fields = {1: b"\0\1", 2: c["class"].encode(), 3: _UNHEX(c["binding"]), 4: c["lot"].encode(), 5: _UNHEX(c["bidder"])}
    fields |= {6: c["kind"].encode(), 7: c["moment"].encode(), 8: c["not_before"].to_bytes(8, "big")}
    content = _UNHEX(c.get("content", ""))
    header, _, _, cek = part.seal(fields, content, [_UNHEX(r) for r in c["random"]], [_point(c["key_t"]), _point(c["key_c"])])
    leaves = [tlog.leaf(chunk) for chunk in part.encrypt(header, cek, content)]
    root = tlog.root(leaves)
    return [header.raw.hex(), *(leaf.hex() for leaf in leaves), root.hex(), header.digest(root)]


def _parse_header(c):
    header = part.parse_header(_UNHEX(c.get("header", "")))
    return [header.label.hex(), sm3(header.label).hex(), header.id.hex()]


def _derive(c):
    return [part.content_key(part.parse_header(_UNHEX(c["header"])), *(_UNHEX(c.get(key, "")) for key in ("kt", "kc", "kb"))).hex()]


_SEAL = {
    "padded-length": _padded,
    "root": lambda c: [tlog.root([_UNHEX(leaf) for leaf in c["leaves"]]).hex()],
    "seal": _seal_part,
    "derive-key": _derive,
    "parse-header": _parse_header,
    "parse-readout": lambda c: container.read_readout(c["text"].encode()) and None,
    "parse-statement": lambda c: statement.check(canon.loads(c["text"].encode())),
}


def _seal_open(data, tally):
    files = {c["name"]: c["file"] for c in data if "file" in c}
    for c in data:
        raw = bytearray(_UNHEX(c["file"] if "file" in c else files[c["of"]]))
        for at in c.get("flip", []):
            raw[at] ^= 1
        raw = bytes(raw[: len(raw) - c.get("truncate", 0)])
        tally.case(c["name"], c.get("expect"), lambda: _open_part(raw, c), c.get("result"))


def _open_part(raw, c):
    sealed = part.parse(raw)
    header = sealed.header
    sealed.check_signature(certificate.parse(_UNHEX(c["certificate"])))
    keys = []
    for data, secret in ((header.stanza_t, c["secret_t"]), (header.stanza_c, c["secret_c"])):
        public = curve.multiply(_number(secret), curve.G)
        stanza = tdh2.check(data, public, header.label)
        keys.append(part.key_of(header, tdh2.unwrap(stanza, curve.multiply(_number(secret), stanza.c1))))
    keys.append(part.open_bidder_stanza(header, _number(c["secret_b"])))
    content = part.decrypt(sealed, part.content_key(header, *keys))
    sealed.check_root()
    return [content.hex(), sealed.digest]


def _tlog(data, tally):
    for c in data["rounds"]:
        tally.case(c["name"], c.get("expect"), lambda: _round(c), c.get("siblings", []))
    for size, want in enumerate(data["roots"]):
        tally.case(f"root of {size}", None, lambda: tlog.root([_UNHEX(leaf) for leaf in data["leaves"][:size]]).hex(), want)
    for c in data["inclusion"]:
        path = [_UNHEX(step) for step in c["path"]]
        args = c["index"], c["size"], _UNHEX(c["leaf"]), path, _UNHEX(c["root"])
        tally.case(c["name"], c.get("expect"), lambda: need(tlog.included(*args), "proof-path"))
    for c in data["consistency"]:
        path = [_UNHEX(step) for step in c["path"]]
        args = c["from"], c["to"], path, _UNHEX(c["old_root"]), _UNHEX(c["new_root"])
        tally.case(c["name"], c.get("expect"), lambda: need(tlog.consistent(*args), "checkpoint-inconsistent"))
    for c in data["envelopes"]:
        tally.case(c["name"], c.get("expect"), lambda: tlog.commitment(canon.loads(c["envelope"].encode()), c["salt"]).hex(), c.get("commitment"))
    log = certificate.parse(_UNHEX(data["log"]))
    for c in data["events"]:
        tally.case(c["name"], c.get("expect"), lambda: tlog.check_event(canon.loads(c["event"].encode()), data["origin"], log) and None)
    for c in data["pairs"]:
        path = [_UNHEX(step) for step in c["path"] or []]
        tally.case(c["name"], c.get("expect"), lambda: tlog.continues(c["a"], c["b"], path))


def _round(c):
    seed, events = _UNHEX(c["seed"]), {int(slot): _UNHEX(event) for slot, event in c["events"].items()}
    need(tlog.round_tree(seed, events)(tlog.DEPTH, 0).hex() == c["root"], "another root")
    if not events:
        return []
    siblings = tlog.round_siblings(seed, events, c["slot"])
    need(tlog.round_root(events[c["slot"]], c["slot"], siblings).hex() == c["root"], "another way")
    return [sibling.hex() for sibling in siblings]


def _pki(data, tally):
    certificates = {name: certificate.parse(_UNHEX(der)) for name, der in data["certificates"].items()}
    for c in data["parse"]:
        tally.case(c["name"], c.get("expect"), lambda: certificate.parse(_UNHEX(c["der"])).fingerprint, c.get("fingerprint"))
    usages = {"signing": certificate.SIGNING, "encryption": certificate.ENCRYPTION}
    trust = certificate.Trust([certificates[name] for name in data["trust"]["issuers"]], certificates.values())
    for raw in data["trust"]["crls"]:
        trust.add(_UNHEX(raw))
    for c in data["judge"]:
        others = [certificates[name] for name in c.get("intermediates", [])]
        args = certificates[c["certificate"]], usages[c["usage"]], shape.milliseconds(c["at"]), others
        tally.case(c["name"], c.get("expect"), lambda: trust.judge(*args) and None)
    for c in data["crls"]:
        tally.case(c["name"], c.get("expect"), lambda: trust.add(_UNHEX(c["crl"])))
    known = {c.fingerprint: c for c in certificates.values()}
    for c in data["records"]:
        signers = [certificates[name].fingerprint for name in c["signed_by"] or []]
        tally.case(c["name"], c.get("expect"), lambda: _record(c["record"].encode(), signers, known), c.get("hash"))


def _record(raw, signers, known):
    signed = record.read(raw, shape.record({"type": shape.text, "text": shape.text}))
    signed.signed_by(signers, known)
    return signed.hash


def _custody(data, tally):
    known = {c.fingerprint: c for c in (certificate.parse(base64.b64decode(der)) for der in data["certificates"])}
    for c in data["freeze_roots"]:
        tally.case("freeze root", None, lambda: bids.freeze_root(c["statements"]), c["root"])
    for c in data["ceremonies"]:
        tally.case(c["name"], c.get("expect"), lambda: _ceremony(data, c, known), c.get("record"))
    for c in data["key_records"]:
        tally.case(c["name"], c.get("expect"), lambda: keys.check_key_record(record.take(c["record"], records.checker("key-record")), known))
    for c in data["in_force"]:
        tally.case(c["name"], c.get("expect"), lambda: _in_force(c, known), c["at"])
    officer_key = data["release"]["officer_key"]["body"]
    for c in data["officer_shares"]:
        tally.case("officer's share", None, lambda: _sealed_share(officer_key, officer_key["officers"], c), c["share"])
    release_ = data["release"]
    tally.case("release", None, lambda: _release(data, known), (release_["expect"], release_["partials"]))


def _archive(data, tally):
    known = {c.fingerprint: c for c in (certificate.parse(base64.b64decode(der_)) for der_ in data["certificates"])}
    for c in data["archive_keys"]:
        tally.case(c["name"], c.get("expect"), lambda: archive.check_key(_take(c["record"], "archive-key"), [data["dealer"]], known))
    key = _take(data["archive_keys"][0]["record"], "archive-key")
    for c in data["shares"]:
        tally.case("archivist's share", None, lambda: _sealed_share(key.body, key.body["archivists"], c), c["share"])
    good = _take(data["archives"][0]["record"], "archive")
    for c in data["archives"]:
        want = None if "expect" in c else data["labels"]
        tally.case(c["name"], c.get("expect"), lambda: _labels(_take(c["record"], "archive"), key, known), want)
    for c in data["openings"]:
        batches = [_take(batch, "archive-partials") for batch in c["batches"]]
        tally.case(c["name"], c.get("expect"), lambda: archive.open_part(good, key, c["digest"], batches, known), c.get("content_key"))


def _labels(signed, key, known):
    (platform,) = signed.signers()
    return [label.hex() for label in archive.check(signed, key, platform, known)]


def _take(value, kind):
    return record.take(value, records.checker(kind))


def _ceremony(data, c, known):
    judged = ceremony.Ceremony(data["plan"], data["group"], known)
    try:
        return canon.digest(judged.judge(c["commits"], c["reveals"], c["checks"], c["answers"]))
    except Failure as failure:
        need(failure.item == c.get("holder"), f"{failure.code} of {failure.item}")
        raise


def _in_force(c, known):
    binding = record.take(c["binding"], records.checker("binding"))
    key = record.take(c["key_record"], records.checker("key-record"))
    openings = [binding.body["opening_at"]]
    holders = [holder["certificate"] for holder in key.body["keyholders"]]
    for value in c["postponements"]:
        signed = record.take(value, records.checker("postponement"))
        keys.check_postponement(signed, binding, openings, known, holders, key.body["threshold"])
        openings.append(signed.body["opening_to"])
    return openings[-1]


def _private(der_):
    """The secret of a PKCS #8 key."""
    inner = der.sequence(der.sequence(_UNHEX(der_))[2][1])
    return int.from_bytes(inner[1][1], "big")


def _sealed_share(key, people, c):
    person = next(person for person in people if person["certificate"] == c["signing"])
    return ceremony.open_share(key, person, _private(c["key"])).hex()


def _release(data, known):
    c, mine = data["release"], data["officer_shares"][0]
    binding = record.take(c["binding"], records.checker("binding"))
    people = known[c["platform"]], known[c["log"]], shape.milliseconds(c["clock"])
    officer = release.Holder("C", c["officer_key"]["body"]["public_key"], binding, *people)
    codes, stanzas = officer.answer(base64.b64decode(c["request"]))
    return codes, [curve.encode(curve.multiply(_number(mine["share"]), stanza.c1)).hex() for stanza in stanzas]


def _bundle(data, tally, folder_):
    base = disk.read_folder(folder_ / "bundle")
    trust = tender.TrustList(tender.read_trust((folder_ / "bundle-trust.json").read_bytes()))
    for c in data:
        files = {path: content for path, content in base.items() if path != c.get("drop")}
        if "flip" in c:
            changed = bytearray(files[c["flip"]])
            changed[c.get("at", 0)] ^= 1
            files[c["flip"]] = bytes(changed)
        tally.case(c["name"], None, lambda: _first(c, bundle.verify(files, trust)), (c.get("item"), c.get("expect")))


def _first(c, results):
    if "check" not in c:
        return (None, None) if bundle.holds(results) else results
    return next((r.get("item"), r.get("code")) for r in results if r["check"] == c["check"])


SUITES = {"sm": _sm, "canon": _canon, "tdh2": _tdh2, "seal": _seal, "seal-open": _seal_open, "custody": _custody, "archive": _archive, "tlog": _tlog, "pki": _pki}

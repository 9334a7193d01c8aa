"""The files of a bundle: what may stand where, the manifest, digests and certificates (SPEC.md section 10)."""

import re

import canon
import certificate
import record
import records
import shape
from failure import Failure, need
from sm3 import sm3

_HEX, _ID, _NUMBER = "[0-9a-f]{64}", "[0-9a-hjkmnp-tv-z]{26}", "[1-9][0-9]*"
_MIB = 1 << 20
_RECORD, _LONG, _DER, _SEALED = 4 * _MIB, 64 * _MIB, 16 << 10, 9 + 4096 + 96 + (64 << 10) + 16
KINDS_OF_BUNDLE = (("sunbid/bundle/v1", None), ("sunbid/closed-bundle/v1", "failed"), ("sunbid/closed-bundle/v1", "terminated"))
LINE, LINES, FILES = 256 << 10, 1 << 20, 400_000

_COMMON = {
    rf"certificates/{_HEX}\.der": _DER,
    rf"notices/{_NUMBER}\.json": _RECORD,
    rf"postponement-{_NUMBER}\.json": _RECORD,
    r"(tender|key-record|officer-key|binding|checkpoint)\.json": _RECORD,
    r"manifest\.json": _LONG,
    r"events\.jsonl": LINE * LINES,
}
NAMES = {
    **_COMMON,
    rf"bids/bd_{_ID}/(statement|key-release)\.json": _RECORD,
    rf"bids/bd_{_ID}/readout\.gmtb": _SEALED,
    rf"partials/[TC]-{_NUMBER}-{_NUMBER}\.json": _LONG,
    r"release-[a-z][a-z0-9-]{0,31}\.json": _RECORD,
    r"freeze\.json": _RECORD,
    r"record\.json": _LONG,
    r"causes\.jsonl": LINE * LINES,
}
CLOSED_NAMES = {**_COMMON, r"erasure-order\.json": _RECORD, rf"erased-{_NUMBER}\.json": _RECORD}
_REQUIRED = ["tender.json", "key-record.json", "officer-key.json", "binding.json", "events.jsonl", "checkpoint.json"]
REQUIRED = [*_REQUIRED, "freeze.json", "record.json"]
CLOSED_REQUIRED = [*_REQUIRED, "erasure-order.json"]


def bound(path, names):
    """The most bytes that a file of that name may have; fails with file-unknown."""
    for pattern, size in names.items():
        if re.fullmatch(pattern, path):
            return size
    raise Failure("file-unknown", path)


def matching(files, pattern):
    """The paths that match, each with its groups."""
    found = [(path, re.fullmatch(pattern, path)) for path in sorted(files)]
    return [(path, match.groups()) for path, match in found if match]


def manifest(b):
    """The check of that name. From here on class, tender, lot and the platform's fingerprint are known."""
    need("manifest.json" in b.files, "file-missing", "manifest.json")
    need(len(b.files) <= FILES, "too-many-files", "manifest.json")
    for path, data in sorted(b.files.items()):
        need(len(data) <= bound(path, {**NAMES, **CLOSED_NAMES}), "file-size", path)
    signed = b.manifest_record()
    for path in sorted(b.files):
        bound(path, CLOSED_NAMES if b.closed else NAMES)
    body = signed.body
    need(len(signed.signatures) == 1, "record-signatures", "manifest.json")
    b.class_, b.tender, b.lot, (b.platform,) = body["class"], body["tender"], body["lot"], signed.signers()
    own = f"certificates/{b.platform}.der"
    need(own in b.files, "certificate-missing", "manifest.json")
    b.certificates = {b.platform: _certificate(b, own)}
    b.verify("manifest.json", signed)
    listed = [entry["path"] for entry in body["files"]]
    need(records.ordered(listed) and "manifest.json" not in listed, "record-malformed", "manifest.json")
    for path in sorted({*listed, *(CLOSED_REQUIRED if b.closed else REQUIRED)}):
        need(path in b.files, "file-missing", path)
    for path in sorted(b.files):
        need(path in listed or path == "manifest.json", "file-not-listed", path)
    b.manifest = body
    return len(listed)


def files(b):
    """Size and digest of every file."""
    for entry in b.manifest["files"]:
        data = b.files[entry["path"]]
        need(len(data) == entry["size"], "file-size", entry["path"])
        need(sm3(data).hex() == entry["sm3"], "file-digest", entry["path"])
    return len(b.manifest["files"])


def certificates(b):
    """Every certificate parses and bears its fingerprint as its name."""
    found = {}
    for path, _ in matching(b.files, rf"certificates/{_HEX}\.der"):
        parsed = _certificate(b, path)
        found[parsed.fingerprint] = parsed
    b.certificates = found
    return len(found)


def _certificate(b, path):
    need(path == f"certificates/{sm3(b.files[path]).hex()}.der", "certificate-name", path)
    try:
        return certificate.parse(b.files[path])
    except Failure as failure:
        raise failure.at(path) from None


def lines(b, path):
    """The lines of a file as (item, bytes); the last one too ends with a newline."""
    *whole, cut = b.files[path].split(b"\n")
    need(len(whole) <= LINES, "too-many-lines", path)
    for n, line in enumerate(whole, 1):
        item = f"{path}:{n}"
        need(len(line) <= LINE, "line-too-long", item)
        yield item, line
    need(not cut and whole, "line-cut", f"{path}:{len(whole) + 1}")


class Folder:
    """A bundle in memory, and what the checks have found so far."""

    def __init__(self, content):
        self.files = content
        self.closed = _closed(content.get("manifest.json", b""))
        self.certificates = {}

    def read(self, path, kind):
        """The signed record of a file, its signatures not yet checked."""
        try:
            return record.read(self.files[path], records.checker(kind))
        except Failure as failure:
            raise failure.at(path) from None

    def manifest_record(self):
        """The manifest: its type and the end it tells of fit each other."""
        path = "manifest.json"
        try:
            signed = record.read(self.files[path], records.SHAPES["bundle"])
            need((signed.body["type"], signed.body.get("end")) in KINDS_OF_BUNDLE, "record-type")
            records.check_place(signed.body)
            return signed
        except Failure as failure:
            raise failure.at(path) from None

    def verify(self, path, signed):
        """Every signature under a record holds."""
        try:
            signed.verify(self.certificates)
        except Failure as failure:
            raise failure.at(path) from None

    def present(self, fingerprint):
        """A certificate that a record names is at hand."""
        need(fingerprint in self.certificates, "file-missing", f"certificates/{fingerprint}.der")

    def place(self, path, body, *keys):
        """The record is of this bundle's class, tender and lot, as far as it says."""
        for key, want in (("class", self.class_), ("tender", self.tender), ("lot", self.lot)):
            need(key not in keys or body[key] == want, "record-place", path)

    def value(self, path, check):
        """The unsigned record of a file."""
        try:
            value = canon.loads(self.files[path])
            check(value)
            return value
        except Failure as failure:
            raise failure.at(path) from None


def _closed(data):
    """Whether a manifest says of itself that its lot was never opened; one that cannot be read says nothing."""
    try:
        return canon.loads(data)["body"]["type"] == "sunbid/closed-bundle/v1"
    except (Failure, KeyError, TypeError):
        return False


def identifiers(b):
    """The bids that have a folder, in ascending order."""
    return sorted({groups[0] for _, groups in matching(b.files, rf"bids/(bd_{_ID})/.*") if shape.identifier(groups[0], "bd")})

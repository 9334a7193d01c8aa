"""X.509 certificates and revocation lists with SM2-with-SM3, and how a certificate is judged (SPEC.md section 9)."""

from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache

import curve
import der
import sm2
from failure import Failure, need
from sm3 import sm3

_SM2_WITH_SM3 = bytes.fromhex("2a811ccf55018375")
_EC_KEY, _SM2_CURVE = bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a811ccf5501822d")
_KEY_USAGE, _BASIC = bytes.fromhex("551d0f"), bytes.fromhex("551d13")
SIGNING, ENCRYPTION, ISSUING = 0x80, 0x20, 0x04  # bits of the key usage: digitalSignature, keyEncipherment, keyCertSign
LONGEST_CHAIN = 4


@dataclass(frozen=True)
class Certificate:
    """What of a certificate is used here. Times are milliseconds since 1970."""

    raw: bytes
    fingerprint: str
    serial: bytes
    issuer: bytes
    subject: bytes
    not_before: int
    not_after: int
    public: tuple
    usage: int
    authority: bool
    body: bytes
    signature: bytes

    def signed_by(self, issuer):
        """Whether the issuer's key signed it."""
        return sm2.verifies(issuer.public, self.body, self.signature)


def _time(tag, content):
    text = content.decode("ascii")
    if tag == 0x17:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    else:
        need(tag == 0x18, "der-malformed")
    at = datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)
    return int(at.timestamp()) * 1000


def _signed(raw):
    """The signed bytes, their elements and the signature of a certificate or list."""
    content = der.only(raw, 0x30)
    tag, inner, rest = der.element(content)
    need(tag == 0x30, "der-malformed")
    body = content[: len(content) - len(rest)]
    algorithm, signature = der.elements(rest)
    need(algorithm[0] == 0x30 and der.elements(algorithm[1])[0] == (6, _SM2_WITH_SM3), "der-malformed")
    need(signature[0] == 3 and signature[1][:1] == b"\0", "der-malformed")
    return body, der.elements(inner), der.signature(signature[1][1:])


def _key(content):
    algorithm, bits = der.elements(content)
    need(der.elements(algorithm[1]) == [(6, _EC_KEY), (6, _SM2_CURVE)], "der-malformed")
    need(bits[0] == 3 and bits[1][:1] == b"\0", "der-malformed")
    return curve.decode(bits[1][1:])


def _extensions(fields):
    """The key usage and whether it is an authority."""
    usage, authority = 0, False
    for tag, content in fields:
        if tag != 0xA3:
            continue
        for _, extension in der.sequence(content):
            parts = der.elements(extension)
            value = parts[-1][1]
            if parts[0] == (6, _KEY_USAGE):
                usage = der.only(value, 3)[1]
            if parts[0] == (6, _BASIC):
                authority = (1, b"\xff") in der.sequence(value)
    return usage, authority


@lru_cache(maxsize=4096)
def _parse(raw):
    try:
        body, fields, signature = _signed(raw)
        need(fields[0] == (0xA0, b"\2\1\2"), "der-malformed")
        serial, _, issuer, validity, subject, key = fields[1:7]
        from_, to = der.elements(validity[1])
        usage, authority = _extensions(fields[7:])
        return Certificate(raw, sm3(raw).hex(), serial[1], issuer[1], subject[1], _time(*from_), _time(*to), _key(key[1]), usage, authority, body, signature)
    except (Failure, ValueError, IndexError):
        return None


def parse(raw):
    """The certificate; fails with certificate-malformed."""
    found = _parse(raw)
    if found is None:
        raise Failure("certificate-malformed")
    return found


@dataclass(frozen=True)
class RevocationList:
    """A list of an issuer: serial numbers with the instants of revocation."""

    issuer: bytes
    made: int
    revoked: dict
    body: bytes
    signature: bytes


def parse_list(raw):
    """The revocation list; fails with crl-invalid."""
    try:
        body, fields, signature = _signed(raw)
        if fields[0][0] == 2:
            fields = fields[1:]
        issuer, made = fields[1], fields[2]
        need(issuer[0] == 0x30, "der-malformed")
        revoked = {}
        for tag, content in fields[3:]:
            if tag == 0x30:
                for _, entry in der.elements(content):
                    serial, at = der.elements(entry)[:2]
                    revoked[serial[1]] = _time(*at)
        return RevocationList(issuer[1], _time(*made), revoked, body, signature)
    except (Failure, ValueError, IndexError):
        raise Failure("crl-invalid") from None


class Trust:
    """Issuers that are believed, with the newest list of each."""

    def __init__(self, issuers, intermediates=()):
        self.issuers = issuers
        self.intermediates = intermediates
        self.lists = {}

    def add(self, raw):
        """Takes a list of an issuer or of an intermediate; fails with crl-invalid or crl-old."""
        found = parse_list(raw)
        known = [c for c in (*self.issuers, *self.intermediates) if c.subject == found.issuer and any(self._chains([c], self.intermediates))]
        issuer = next((c for c in known if sm2.verifies(c.public, found.body, found.signature)), None)
        need(issuer, "crl-invalid")
        held = self.lists.get(issuer.fingerprint)
        need(held is None or held.made <= found.made, "crl-old")
        self.lists[issuer.fingerprint] = found

    def judge(self, certificate, usage, at, others=()):
        """Fails with certificate-usage, -foreign, -not-yet-valid, -expired or -revoked; `at` in milliseconds."""
        need(certificate.usage & usage and not certificate.authority, "certificate-usage")
        failures = []
        for chain in self._chains([certificate], others):
            try:
                return self._in_force(chain, at)
            except Failure as failure:
                failures.append(failure)
        raise failures[0] if failures else Failure("certificate-foreign")

    def _chains(self, chain, others):
        last = chain[-1]
        if last in self.issuers:
            yield chain
        if len(chain) == LONGEST_CHAIN:
            return
        for issuer in dict.fromkeys((*self.issuers, *others)):
            if issuer in chain or issuer.subject != last.issuer or not issuer.authority or not issuer.usage & ISSUING:
                continue
            if last.signed_by(issuer):
                yield from self._chains([*chain, issuer], others)

    def _in_force(self, chain, at):
        for certificate, issuer in zip(chain, [*chain[1:], None]):
            need(certificate.not_before <= at, "certificate-not-yet-valid")
            need(at <= certificate.not_after, "certificate-expired")
            held = issuer and self.lists.get(issuer.fingerprint)
            if held and certificate.serial in held.revoked:
                need(at < held.revoked[certificate.serial], "certificate-revoked")
        return chain

"""The sealed part "GMTB v1" (SPEC.md section 4): its header, its label, its keys, sealing and opening."""

from dataclasses import dataclass

import container
import shape
import sm2
import sm4gcm
import tdh2
import tlog
from failure import Failure, need
from sm3 import hkdf, hmac, sm3

MAGIC = b"GMTB\1"
HEADER_LIMIT = 4096
LATEST = 253_402_300_799_999
_SIZES = {1: 2, 3: 32, 5: 32, 8: 8, 9: 4, 10: 4, 11: 32, 12: 274, 13: 274}
_PREFIX_TAGS = range(1, 11)


@dataclass(frozen=True)
class Header:
    """The decoded fields, with the bytes that keys and labels are made of."""

    raw: bytes
    prefix: bytes
    label: bytes
    class_: str
    binding: str
    lot: str
    bidder: str
    kind: str
    moment: str
    not_before: int
    chunks: int
    commit: bytes
    stanza_t: bytes
    stanza_c: bytes
    stanza_b: bytes

    @property
    def id(self):
        """The header id."""
        return sm3(self.raw)

    @property
    def label_digest(self):
        """What each stanza carries beside its key."""
        return sm3(self.label)[:16]

    def digest(self, root):
        """The name of the part."""
        return sm3(b"GMTB v1 part" + self.id + root).hex()


def _fields(raw):
    fields, at = {}, 0
    while at < len(raw):
        need(at + 3 <= len(raw), "header-malformed")
        tag, size = raw[at], int.from_bytes(raw[at + 1 : at + 3], "big")
        need(tag > max(fields, default=0) and at + 3 + size <= len(raw), "header-malformed")
        fields[tag] = raw[at + 3 : at + 3 + size]
        at += 3 + size
    return fields


def _field(tag, value):
    return bytes([tag]) + len(value).to_bytes(2, "big") + value


def _text(value):
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        raise Failure("header-malformed") from None


def parse_header(raw):
    """The header of its bytes; fails with header-malformed."""
    need(len(raw) <= HEADER_LIMIT, "header-malformed")
    fields = _fields(raw)
    need(set(fields) in (set(range(1, 14)), set(range(1, 15))), "header-malformed")
    need(all(len(fields[tag]) == size for tag, size in _SIZES.items()), "header-malformed")
    need(14 not in fields or 90 <= len(fields[14]) <= 157, "header-malformed")
    number = {tag: int.from_bytes(fields[tag], "big") for tag in (8, 9, 10)}
    class_, lot, kind, moment = (_text(fields[tag]) for tag in (2, 4, 6, 7))
    fits = (
        fields[1] == b"\0\1"
        and class_ in shape.CLASSES
        and any(fields[3])
        and shape.identifier(lot, "lt")
        and any(fields[5])
        and kind in shape.KINDS
        and shape.moment(moment)
        and 1 <= number[8] <= LATEST
        and number[9] == container.CHUNK
        and 1 <= number[10] <= (1 if kind == "readout" else container.MAX_CHUNKS)
    )
    need(fits, "header-malformed")
    prefix = b"".join(_field(tag, fields[tag]) for tag in _PREFIX_TAGS)
    label = tdh2.lp(b"GMTB v1") + tdh2.lp(prefix) + tdh2.lp(fields[11])
    return Header(
        raw, prefix, label, class_, fields[3].hex(), lot, fields[5].hex(), kind, moment, number[8], number[10],
        fields[11], fields[12], fields[13], fields.get(14, b""),
    )  # fmt: skip


@dataclass(frozen=True)
class Sealed:
    """A sealed file taken apart."""

    header: Header
    root: bytes
    signature: bytes
    payload: bytes

    @property
    def digest(self):
        """The name of the part."""
        return self.header.digest(self.root)

    def chunks(self):
        """The chunks as they stand, however many bytes there are; fails with file-truncated when one is missing."""
        step = container.CHUNK + 16
        parts = [self.payload[at : at + step] for at in range(0, len(self.payload), step)]
        need(len(parts) >= self.header.chunks, "file-truncated")
        need(len(parts) == self.header.chunks, "file-trailing")
        return parts

    def check_signature(self, certificate):
        """Signed by the bidder that the header names; fails with signature-invalid."""
        message = b"GMTB v1 sealed" + self.header.id + self.root
        need(certificate.fingerprint == self.header.bidder, "signature-invalid")
        need(sm2.verifies(certificate.public, message, self.signature), "signature-invalid")

    def check_root(self):
        """The root is that of the chunks; fails with root-mismatch."""
        need(tlog.root([tlog.leaf(chunk) for chunk in self.chunks()]) == self.root, "root-mismatch")


def parse(data):
    """The parts of a sealed file; fails with file-magic, file-truncated or header-malformed."""
    need(len(data) >= len(MAGIC) + 4 or not MAGIC.startswith(data[: len(MAGIC)]), "file-truncated")
    need(data[: len(MAGIC)] == MAGIC, "file-magic")
    size = int.from_bytes(data[5:9], "big")
    need(size <= HEADER_LIMIT, "header-malformed")
    need(len(data) >= 9 + size, "file-truncated")
    header = parse_header(data[9 : 9 + size])
    rest = data[9 + size :]
    need(len(rest) >= 96, "file-truncated")
    return Sealed(header, rest[:32], rest[32:96], rest[96:])


def content_key(header, kt, kc, kb=b""):
    """The CEK; fails with bidder-key or commit-mismatch."""
    need(bool(header.stanza_b) == bool(kb), "bidder-key")
    cek = hkdf(sm3(header.prefix), kt + kc + kb, b"GMTB v1 cek", 32)
    need(hmac(cek, b"GMTB v1 commit") == header.commit, "commit-mismatch")
    return cek


def key_of(header, plaintext):
    """The key in a stanza's plaintext; fails with label-mismatch."""
    need(len(plaintext) == 48 and plaintext[32:] == header.label_digest, "label-mismatch")
    return plaintext[:32]


def open_bidder_stanza(header, private):
    """kB by the bidder's encryption key; fails with bidder-key or label-mismatch."""
    if not header.stanza_b:
        return b""
    try:
        return key_of(header, sm2.decrypt(private, sm2.from_der(header.stanza_b)))
    except Failure as failure:
        raise Failure("bidder-key" if failure.code == "sm2-decrypt" else failure.code) from None


def decrypt(sealed, cek):
    """The content under the CEK; fails with chunk-tampered, length or padding."""
    key = hkdf(sealed.header.id, cek, b"GMTB v1 payload", 16)
    plain, chunks = [], sealed.chunks()
    for i, chunk in enumerate(chunks):
        last = i == len(chunks) - 1
        try:
            plain.append(sm4gcm.open_sealed(key, i.to_bytes(11, "big") + bytes([last]), chunk))
        except Failure:
            raise Failure("chunk-tampered") from None
        need(last or len(plain[-1]) == container.CHUNK, "length")
    return container.unpad(sealed.header.kind, b"".join(plain))


def seal(fields, content, randomness, keys):
    """The header of a part sealed in mode A with the randomness given, and each of kT, kC and the CEK: for vectors."""
    chunks = -(-container.padded_length(fields[6].decode(), len(content)) // container.CHUNK)
    fields = {**fields, 9: container.CHUNK.to_bytes(4, "big"), 10: chunks.to_bytes(4, "big")}
    prefix = b"".join(_field(tag, fields[tag]) for tag in _PREFIX_TAGS)
    kt, kc = randomness[:2]
    cek = hkdf(sm3(prefix), kt + kc, b"GMTB v1 cek", 32)
    commit = hmac(cek, b"GMTB v1 commit")
    label = tdh2.lp(b"GMTB v1") + tdh2.lp(prefix) + tdh2.lp(commit)
    raw = prefix + _field(11, commit)
    for tag, key, public, (r, k) in zip((12, 13), (kt, kc), keys, (randomness[2:4], randomness[4:6])):
        stanza = tdh2.wrap(public, key + sm3(label)[:16], label, int.from_bytes(r, "big"), int.from_bytes(k, "big"))
        raw += _field(tag, stanza)
    return parse_header(raw), kt, kc, cek


def encrypt(header, cek, content):
    """The chunks of a content under the CEK."""
    key = hkdf(header.id, cek, b"GMTB v1 payload", 16)
    plain = container.pad(header.kind, content)
    pieces = [plain[at : at + container.CHUNK] for at in range(0, len(plain), container.CHUNK)]
    nonces = [i.to_bytes(11, "big") + bytes([i == len(pieces) - 1]) for i in range(len(pieces))]
    return [sm4gcm.seal(key, nonce, piece) for nonce, piece in zip(nonces, pieces)]

"""What a sealed part holds: read-outs, manifests of files, and the padding around either (SPEC.md sections 4 and 4.2)."""

import re
import unicodedata

import canon
import shape
from failure import need
from sm3 import sm3

CHUNK = 1 << 20
MAX_CHUNKS = 16_384
READOUT_LIMIT, READOUT_PADDED = 16 << 10, 64 << 10
TEXT_LIMIT, EXTRA_LIMIT = 4096, 64
MAX_FEN, MAX_PPM, MAX_DAYS = 10**15, 10**9, 36_500

_READOUT = shape.record(
    {
        "type": shape.text,
        "bidder": shape.record({"name": shape.text, "code": shape.text}),
        "duration_days": shape.integer,
        "quality": shape.text,
        "security": shape.text,
        "extra": shape.each(shape.text),
    },
    price_fen=shape.integer,
    rate_ppm=shape.integer,
    manager=shape.text,
)
_MANIFEST = shape.record(
    {
        "type": shape.text,
        "files": shape.every(shape.record({"name": shape.text, "media": shape.text, "size": shape.integer, "sm3": shape.digest})),
    }
)


def padme(length):
    """Padmé: the length rounded up so that little of it shows."""
    e = length.bit_length() - 1
    low = e - e.bit_length()
    return -(-length >> low) << low if low > 0 else length


def padded_length(kind, length):
    """The plaintext's length for a content's; fails with length."""
    if kind == "readout":
        need(length <= READOUT_LIMIT, "length")
        return READOUT_PADDED
    padded = max(CHUNK, padme(8 + length))
    need(padded <= CHUNK * MAX_CHUNKS, "length")
    return padded


def pad(kind, content):
    """The plaintext of a content."""
    return (len(content).to_bytes(8, "big") + content).ljust(padded_length(kind, len(content)), b"\0")


def unpad(kind, plaintext):
    """The content of a plaintext; fails with length or padding."""
    need(len(plaintext) >= 8, "length")
    length = int.from_bytes(plaintext[:8], "big")
    need(len(plaintext) == padded_length(kind, length), "length")
    need(not plaintext[8 + length :].strip(b"\0"), "padding")
    return plaintext[8 : 8 + length]


def plain_text(value):
    """Whether a text is short enough and without control characters."""
    return len(value.encode()) <= TEXT_LIMIT and not any(unicodedata.category(char) == "Cc" for char in value)


def credit_code(value):
    """Whether a text has the form of a unified social credit code."""
    return bool(re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{18}", value))


def read_readout(data):
    """The read-out of its content; fails with canon-* or readout-malformed."""
    need(len(data) <= READOUT_LIMIT, "readout-malformed")
    value = canon.loads(data)
    check_readout(value)
    return value


def check_readout(value):
    """Shape and values of a read-out."""
    _READOUT(value)
    fits = (
        value["type"] == "sunbid/readout/v1"
        and ("price_fen" in value) != ("rate_ppm" in value)
        and 0 < value.get("price_fen", 1) <= MAX_FEN
        and 0 <= value.get("rate_ppm", 0) <= MAX_PPM
        and 0 <= value["duration_days"] <= MAX_DAYS
        and credit_code(value["bidder"]["code"])
        and len(value["extra"]) <= EXTRA_LIMIT
    )
    texts = [value["bidder"]["name"], value["quality"], value["security"], value.get("manager", ""), *value["extra"], *value["extra"].values()]
    need(fits and all(map(plain_text, texts)), "readout-malformed")


def read_files(data):
    """The (name, media, bytes) of a container's files; fails with canon-* or container-malformed."""
    need(len(data) >= 4, "container-malformed")
    size = int.from_bytes(data[:4], "big")
    need(size <= 2 << 20 and 4 + size <= len(data), "container-malformed")
    manifest, rest = canon.loads(data[4 : 4 + size]), data[4 + size :]
    _MANIFEST(manifest)
    names = [entry["name"] for entry in manifest["files"]]
    need(manifest["type"] == "sunbid/manifest/v1" and 1 <= len(names) <= 4096, "container-malformed")
    need(len(set(names)) == len(names) and all(map(_plain_name, names)), "container-malformed")
    files = []
    for entry in manifest["files"]:
        need(0 <= entry["size"] <= len(rest), "container-malformed")
        content, rest = rest[: entry["size"]], rest[entry["size"] :]
        need(sm3(content).hex() == entry["sm3"], "container-malformed")
        files.append((entry["name"], entry["media"], content))
    need(not rest, "container-malformed")
    return files


def _plain_name(name):
    short = 1 <= len(name.encode()) <= 255 and name not in (".", "..")
    return short and "/" not in name and "\\" not in name and not any(unicodedata.category(char) == "Cc" for char in name)

"""SM2 signatures (GB/T 32918.2) and decryption (GB/T 32918.4)."""

from functools import lru_cache

import curve
import der
from failure import Failure, need
from sm3 import sm3

_IDENTITY = b"1234567812345678"


@lru_cache(maxsize=1024)
def _identity_digest(public):
    parameters = b"".join(v.to_bytes(32, "big") for v in (curve.A, curve.B, *curve.G, *public))
    return sm3((8 * len(_IDENTITY)).to_bytes(2, "big") + _IDENTITY + parameters)


@lru_cache(maxsize=1 << 15)
def verifies(public, message, signature):
    """Whether 64 bytes r || s are a signature of the message by the public point."""
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < curve.N and 0 < s < curve.N):
        return False
    t = (r + s) % curve.N
    if t == 0:
        return False
    e = int.from_bytes(sm3(_identity_digest(public) + message), "big")
    point = curve.combination((s, curve.G), (t, public))
    return point is not None and (e + point[0]) % curve.N == r


def kdf(secret, length):
    """The key derivation of GB/T 32918.4 section 5.4.3."""
    out, n = b"", 1
    while len(out) < length:
        out, n = out + sm3(secret + n.to_bytes(4, "big")), n + 1
    return out[:length]


def unmask(point, c2, c3, code):
    """The message under a shared point: C2 ⊕ KDF, refused unless it hashes to C3."""
    x2, y2 = curve.encode(point)[1:33], curve.encode(point)[33:]
    message = bytes(a ^ b for a, b in zip(c2, kdf(x2 + y2, len(c2))))
    need(sm3(x2 + message + y2) == c3, code)
    return message


def decrypt(private, ciphertext):
    """Opens C1 || C3 || C2; fails with sm2-decrypt."""
    need(len(ciphertext) > 97, "sm2-decrypt")
    c1 = curve.decode(ciphertext[:65], "sm2-decrypt")
    point = curve.multiply(private, c1)
    need(point is not None, "sm2-decrypt")
    return unmask(point, ciphertext[97:], ciphertext[65:97], "sm2-decrypt")


def from_der(data):
    """C1 || C3 || C2 of the GM/T 0009 sequence {x, y, C3, C2}; fails with sm2-decrypt."""
    try:
        fields = der.sequence(data)
        if [tag for tag, _ in fields] != [2, 2, 4, 4]:
            raise Failure("")
        x, y = der.unsigned(fields[0][1]), der.unsigned(fields[1][1])
        c3, c2 = fields[2][1], fields[3][1]
    except Failure:
        raise Failure("sm2-decrypt") from None
    need(x < 1 << 256 and y < 1 << 256 and len(c3) == 32 and c2, "sm2-decrypt")
    return b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big") + c3 + c2

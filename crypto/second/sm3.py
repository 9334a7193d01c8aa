"""SM3 (GB/T 32905), HMAC (RFC 2104) and HKDF (RFC 5869) over it."""

from functools import lru_cache
from struct import pack, unpack

_MASK = 0xFFFFFFFF
_IV = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def _rotl(x, n):
    n %= 32
    return ((x << n) | (x >> (32 - n))) & _MASK


_T = [_rotl(0x79CC4519 if j < 16 else 0x7A879D8A, j) for j in range(64)]


def _compress(v, block):
    w = list(unpack(">16I", block))
    for j in range(16, 68):
        x = w[j - 3]
        x = w[j - 16] ^ w[j - 9] ^ ((x << 15 | x >> 17) & _MASK)
        y = w[j - 13]
        w.append(x ^ ((x << 15 | x >> 17) & _MASK) ^ ((x << 23 | x >> 9) & _MASK) ^ ((y << 7 | y >> 25) & _MASK) ^ w[j - 6])
    a, b, c, d, e, f, g, h = v
    for t, x, y in zip(_T[:16], w, w[4:]):
        a12 = a << 12 & _MASK | a >> 20
        s = a12 + e + t & _MASK
        ss1 = s << 7 & _MASK | s >> 25
        tt2 = (e ^ f ^ g) + h + ss1 + x & _MASK
        d, c, b, a = c, b << 9 & _MASK | b >> 23, a, (a ^ b ^ c) + d + (ss1 ^ a12) + (x ^ y) & _MASK
        h, g, f, e = g, f << 19 & _MASK | f >> 13, e, tt2 ^ (tt2 << 9 & _MASK | tt2 >> 23) ^ (tt2 << 17 & _MASK | tt2 >> 15)
    for t, x, y in zip(_T[16:], w[16:], w[20:]):
        a12 = a << 12 & _MASK | a >> 20
        s = a12 + e + t & _MASK
        ss1 = s << 7 & _MASK | s >> 25
        tt2 = (g ^ e & (f ^ g)) + h + ss1 + x & _MASK
        d, c, b, a = c, b << 9 & _MASK | b >> 23, a, (a & (b | c) | b & c) + d + (ss1 ^ a12) + (x ^ y) & _MASK
        h, g, f, e = g, f << 19 & _MASK | f >> 13, e, tt2 ^ (tt2 << 9 & _MASK | tt2 >> 23) ^ (tt2 << 17 & _MASK | tt2 >> 15)
    return tuple(x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h)))


@lru_cache(maxsize=1 << 16)
def sm3(message):
    """The 32-byte digest. Remembered: one folder is checked in many altered copies."""
    v = _IV
    padded = message + b"\x80" + bytes(-(len(message) + 9) % 64) + pack(">Q", 8 * len(message))
    for at in range(0, len(padded), 64):
        v = _compress(v, padded[at : at + 64])
    return pack(">8I", *v)


def hmac(key, message):
    """HMAC-SM3."""
    key = (sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
    inner = sm3(bytes(x ^ 0x36 for x in key) + message)
    return sm3(bytes(x ^ 0x5C for x in key) + inner)


def hkdf(salt, ikm, info, length):
    """HKDF-SM3, extract and expand."""
    key = hmac(salt or bytes(32), ikm)
    out, block, n = b"", b"", 1
    while len(out) < length:
        block = hmac(key, block + info + bytes([n]))
        out, n = out + block, n + 1
    return out[:length]

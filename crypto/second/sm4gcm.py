"""SM4 (GB/T 32907) and its Galois/counter mode (NIST SP 800-38D, RFC 8998)."""

from functools import lru_cache
from struct import pack, unpack

from failure import Failure, need

_SBOX = bytes.fromhex(
    "d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa441326498606999c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6"
    "4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d351e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e"
    "eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e31df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51"
    "8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b08969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948"
)
_FK = (0xA3B1BAC6, 0x56AA3350, 0x677D9197, 0xB27022DC)


def _rotl(x, n):
    return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF


def _linear(x):
    return x ^ _rotl(x, 2) ^ _rotl(x, 10) ^ _rotl(x, 18) ^ _rotl(x, 24)


# The S-box and the linear map in one look-up per byte.
_T0, _T1, _T2, _T3 = ([_linear(s << shift) for s in _SBOX] for shift in (24, 16, 8, 0))


@lru_cache(maxsize=256)
def round_keys(key):
    """The 32 round keys of a 16-byte key."""
    k = [x ^ f for x, f in zip(unpack(">4I", key), _FK)]
    for i in range(32):
        ck = int.from_bytes(bytes((4 * i + j) * 7 % 256 for j in range(4)), "big")
        x = k[i + 1] ^ k[i + 2] ^ k[i + 3] ^ ck
        x = int.from_bytes(bytes(_SBOX[b] for b in x.to_bytes(4, "big")), "big")
        k.append(k[i] ^ x ^ _rotl(x, 13) ^ _rotl(x, 23))
    return tuple(k[4:])


def encrypt_words(keys, a, b, c, d, t0=_T0, t1=_T1, t2=_T2, t3=_T3):
    """One block as four words to four words."""
    for k in keys:
        x = b ^ c ^ d ^ k
        a, b, c, d = b, c, d, a ^ t0[x >> 24] ^ t1[x >> 16 & 255] ^ t2[x >> 8 & 255] ^ t3[x & 255]
    return d, c, b, a


def encrypt_block(key, block):
    """One block of 16 bytes."""
    return pack(">4I", *encrypt_words(round_keys(key), *unpack(">4I", block)))


def _shift(v):
    return v >> 1 ^ (0xE1 << 120 if v & 1 else 0)


def _ghash_tables(h):
    """For each of the 16 bytes of a block: the product of every value of that byte with h."""
    powers = [h]
    for _ in range(127):
        powers.append(_shift(powers[-1]))
    tables = []
    for byte in range(16):
        row = [0] * 256
        for bit in range(8):
            row[0x80 >> bit] = powers[8 * byte + bit]
        for value in range(1, 256):
            low = value & -value
            row[value] = row[low] ^ row[value ^ low]
        tables.append(row)
    return tables


def _ghash(h, aad, text):
    tables = _ghash_tables(h)
    data = aad + bytes(-len(aad) % 16) + text + bytes(-len(text) % 16) + pack(">QQ", 8 * len(aad), 8 * len(text))
    y = 0
    for at in range(0, len(data), 16):
        x = (y ^ int.from_bytes(data[at : at + 16], "big")).to_bytes(16, "big")
        y = 0
        for row, value in zip(tables, x):
            y ^= row[value]
    return y


def _counter(key, nonce, text):
    keys = round_keys(key)
    a, b, c = unpack(">3I", nonce)
    stream = b"".join(pack(">4I", *encrypt_words(keys, a, b, c, n)) for n in range(2, 2 + (len(text) + 15) // 16))[: len(text)]
    return (int.from_bytes(stream, "big") ^ int.from_bytes(text, "big")).to_bytes(len(text), "big")


def _tag(key, nonce, aad, text):
    h = int.from_bytes(encrypt_block(key, bytes(16)), "big")
    mask = int.from_bytes(encrypt_block(key, nonce + b"\0\0\0\1"), "big")
    return (_ghash(h, aad, text) ^ mask).to_bytes(16, "big")


def seal(key, nonce, plaintext, aad=b""):
    """Ciphertext || tag."""
    text = _counter(key, nonce, plaintext)
    return text + _tag(key, nonce, aad, text)


@lru_cache(maxsize=256)
def _open(key, nonce, sealed, aad):
    text, tag = sealed[:-16], sealed[-16:]
    return _counter(key, nonce, text) if _tag(key, nonce, aad, text) == tag else None


def open_sealed(key, nonce, sealed, aad=b""):
    """The plaintext; fails with gcm-open."""
    need(len(sealed) >= 16, "gcm-open")
    plaintext = _open(key, nonce, sealed, aad)
    if plaintext is None:
        raise Failure("gcm-open")
    return plaintext

"""Threshold SM2 with TDH2 (SPEC.md section 3)."""

from dataclasses import dataclass

import curve
import sm2
from curve import G, N, combination, encode, negate
from failure import Failure, need
from sm3 import sm3


def lp(data):
    """A string with its length before it."""
    return len(data).to_bytes(4, "big") + data


def hash_to_scalar(domain, *parts):
    """Hs of section 1."""
    d = b"".join(lp(part) for part in (domain, *parts))
    return int.from_bytes(sm3(b"\0" + d) + sm3(b"\1" + d), "big") % N


@dataclass(frozen=True)
class Stanza:
    """A key wrapped to a lock, decoded: 274 bytes C1 || C3 || C2 || Ū || e || f."""

    c1: tuple
    c3: bytes
    c2: bytes
    trace: tuple
    e: int
    f: int
    raw: bytes


def decode(data):
    """The stanza of 274 bytes; fails with stanza-malformed or point-invalid."""
    need(len(data) == 274, "stanza-malformed")
    c1, trace = curve.decode(data[:65]), curve.decode(data[145:210])
    e, f = curve.scalar(data[210:242], "stanza-malformed"), curve.scalar(data[242:], "stanza-malformed")
    return Stanza(c1, data[65:97], data[97:145], trace, e, f, data)


def _challenge(public, head, label, w, trace, w2):
    return hash_to_scalar(b"Sunbid v1 TDH2", encode(public), head, label, encode(w), encode(trace), encode(w2))


def wrap(public, message, label, r, k):
    """The stanza of a message of 48 bytes, with the randomness given."""
    shared = encode(curve.multiply(r, public))[1:]
    c2 = bytes(a ^ b for a, b in zip(message, sm2.kdf(shared, 48)))
    head = encode(curve.multiply(r, G)) + sm3(shared[:32] + message + shared[32:]) + c2
    second = curve.generator2()
    trace = curve.multiply(r, second)
    e = _challenge(public, head, label, curve.multiply(k, G), trace, curve.multiply(k, second))
    return head + encode(trace) + curve.scalar_bytes(e) + curve.scalar_bytes(k + r * e)


def check(data, public, label):
    """Check of section 3: the decoded stanza; fails with stanza-malformed, point-invalid or stanza-proof."""
    s = decode(data)
    w = combination((s.f, G), (s.e, negate(s.c1)))
    w2 = combination((s.f, curve.generator2()), (s.e, negate(s.trace)))
    need(w is not None and w2 is not None, "stanza-proof")
    need(_challenge(public, s.raw[:145], label, w, s.trace, w2) == s.e, "stanza-proof")
    return s


def evaluate(polynomial, index):
    """The share a(i) of secret coefficients."""
    value = 0
    for coefficient in reversed(polynomial):
        value = (value * index + coefficient) % N
    return value


def verification(commitments, index):
    """V_i = Σ i^j · A_j."""
    return combination(*((pow(index, j, N), point) for j, point in enumerate(commitments)))


def _batch(public, points, labels, partials):
    """The seed, C* and D* of a batch."""
    head = lp(b"Sunbid v1 batch") + encode(public) + len(points).to_bytes(4, "big")
    seed = sm3(head + b"".join(encode(c) + encode(d) + sm3(label) for c, d, label in zip(points, partials, labels)))
    rho = [int.from_bytes(sm3(seed + j.to_bytes(4, "big"))[:16], "big") for j in range(len(points))]
    return seed, combination(*zip(rho, points)), combination(*zip(rho, partials))


def prove_partials(share, points, labels, k):
    """The partials of a holder and their proof, with the randomness given."""
    partials = [curve.multiply(share, point) for point in points]
    public = curve.multiply(share, G)
    seed, c_star, d_star = _batch(public, points, labels, partials)
    r1, r2 = curve.multiply(k, G), curve.multiply(k, c_star)
    c = hash_to_scalar(b"Sunbid v1 DLEQ", encode(public), encode(c_star), encode(d_star), seed, encode(r1), encode(r2))
    return partials, curve.scalar_bytes(c) + curve.scalar_bytes(k + c * share)


def verify_partials(public, points, labels, partials, proof):
    """One proof over a batch; fails with batch-size or partials-proof."""
    need(1 <= len(points) <= 4096 and len(points) == len(partials) == len(labels), "batch-size")
    need(len(proof) == 64, "partials-proof")
    c, z = curve.scalar(proof[:32], "partials-proof"), curve.scalar(proof[32:], "partials-proof")
    seed, c_star, d_star = _batch(public, points, labels, partials)
    need(c_star is not None and d_star is not None, "partials-proof")
    r1 = combination((z, G), (c, negate(public)))
    r2 = combination((z, c_star), (c, negate(d_star)))
    need(r1 is not None and r2 is not None, "partials-proof")
    want = hash_to_scalar(b"Sunbid v1 DLEQ", encode(public), encode(c_star), encode(d_star), seed, encode(r1), encode(r2))
    need(c == want, "partials-proof")


def combine(partials):
    """D of {index: D_i}; fails with holders-invalid."""
    need(partials and all(1 <= i <= 255 for i in partials), "holders-invalid")
    terms = []
    for i, point in partials.items():
        over, under = 1, 1
        for j in partials:
            if j != i:
                over, under = over * j % N, under * (j - i) % N
        terms.append((over * pow(under, -1, N) % N, point))
    return combination(*terms)


def unwrap(stanza, shared):
    """The 48 bytes under D; fails with stanza-c3."""
    if shared is None:
        raise Failure("stanza-c3")
    return sm2.unmask(shared, stanza.c2, stanza.c3, "stanza-c3")


def _knowledge(ceremony, index, public, r):
    return hash_to_scalar(b"Sunbid v1 PoK", ceremony, index.to_bytes(4, "big"), encode(public), encode(r))


def prove_knowledge(secret, ceremony, index, k):
    """Schnorr's proof c || z of a secret coefficient."""
    c = _knowledge(ceremony, index, curve.multiply(secret, G), curve.multiply(k, G))
    return curve.scalar_bytes(c) + curve.scalar_bytes(k + c * secret)


def verify_knowledge(public, ceremony, index, proof):
    """Fails with knowledge-proof."""
    need(len(proof) == 64, "knowledge-proof")
    c, z = curve.scalar(proof[:32], "knowledge-proof"), curve.scalar(proof[32:], "knowledge-proof")
    r = combination((z, G), (c, negate(public)))
    need(r is not None and _knowledge(ceremony, index, public, r) == c, "knowledge-proof")

"""The SM2 curve (GB/T 32918.5): arithmetic on points, their encoding, and scalars. A point is (x, y); None is infinity."""

from functools import lru_cache

from failure import Failure, need
from sm3 import sm3

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7, 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)

_INFINITY = (1, 1, 0)


def _double(p):
    x, y, z = p
    if not z:
        return _INFINITY
    zz = z * z % P
    m = 3 * (x - zz) * (x + zz) % P
    yy = y * y % P
    s = 4 * x * yy % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(p, q):
    if not p[2]:
        return q
    if not q[2]:
        return p
    x1, y1, z1 = p
    x2, y2, z2 = q
    zz1, zz2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * zz2 % P, x2 * zz1 % P
    s1, s2 = y1 * z2 * zz2 % P, y2 * z1 * zz1 % P
    h, r = u2 - u1, s2 - s1
    if h % P == 0:
        return _double(p) if r % P == 0 else _INFINITY
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, z1 * z2 * h % P


def _affine(p):
    if not p[2]:
        return None
    inverse = pow(p[2], -1, P)
    square = inverse * inverse % P
    return p[0] * square % P, p[1] * square * inverse % P


def _jacobian(point):
    return _INFINITY if point is None else (point[0], point[1], 1)


@lru_cache(maxsize=512)
def _window(point):
    """0 … 15 times the point."""
    row = [_INFINITY, _jacobian(point)]
    for _ in range(14):
        row.append(_add(row[-1], row[1]))
    return row


@lru_cache(maxsize=4)
def _comb(point):
    """For each of the 64 hexadecimal digits of a scalar: that digit's multiples of the point."""
    rows, p = [], point
    for _ in range(64):
        rows.append(_window(p))
        p = _affine(_double(_double(_double(_double(_jacobian(p))))))
    return rows


def _fixed(scalar, point):
    total = _INFINITY
    for row in _comb(point):
        if scalar & 15:
            total = _add(total, row[scalar & 15])
        scalar >>= 4
    return total


@lru_cache(maxsize=1 << 15)
def combination(*terms):
    """The sum of scalar × point over terms (scalar, point)."""
    fixed, windows = _INFINITY, []
    for scalar, point in terms:
        scalar %= N
        if point in (G, generator2()):
            fixed = _add(fixed, _fixed(scalar, point))
        elif scalar and point is not None:
            windows.append((f"{scalar:064x}", _window(point)))
    total = _INFINITY
    if windows:
        for digit in range(64):
            total = _double(_double(_double(_double(total))))
            for digits, window in windows:
                total = _add(total, window[int(digits[digit], 16)])
    return _affine(_add(total, fixed))


def multiply(scalar, point):
    """scalar × point."""
    return combination((scalar, point))


def negate(point):
    """The point with the other y."""
    return point and (point[0], -point[1] % P)


def on_curve(x, y):
    """Whether the coordinates are below p and fulfil the equation."""
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x * x + A * x + B)) % P == 0


@lru_cache(maxsize=1)
def generator2():
    """The second generator of SPEC.md section 1."""
    c = 0
    while True:
        x = int.from_bytes(sm3(b"Sunbid v1 second generator" + c.to_bytes(4, "big")), "big")
        y = pow((x * x * x + A * x + B) % P, (P + 1) // 4, P)
        if x < P and on_curve(x, y):
            return x, y if y % 2 == 0 else P - y
        c += 1


def encode(point):
    """65 bytes; infinity has none."""
    if point is None:
        raise ValueError("infinity has no encoding")
    return b"\4" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def decode(data, code="point-invalid"):
    """The point of 65 bytes; anything else fails with the code."""
    need(len(data) == 65 and data[0] == 4, code)
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    if not on_curve(x, y):
        raise Failure(code)
    return x, y


def scalar(data, code):
    """The number of 32 bytes, below n."""
    need(len(data) == 32 and int.from_bytes(data, "big") < N, code)
    return int.from_bytes(data, "big")


def scalar_bytes(number):
    """32 bytes of a number below n."""
    return (number % N).to_bytes(32, "big")

"""Distinguished encoding (ITU-T X.690) as far as certificates and SM2 ciphertexts need it. All fails with der-malformed."""

from failure import Failure, need


def element(data):
    """The first element: its tag, its content, and what follows it."""
    need(len(data) >= 2, "der-malformed")
    tag, length, at = data[0], data[1], 2
    need(tag & 31 != 31, "der-malformed")
    if length >= 0x80:
        n = length & 0x7F
        need(1 <= n <= 4 and len(data) >= 2 + n and data[2] != 0, "der-malformed")
        length, at = int.from_bytes(data[2 : 2 + n], "big"), 2 + n
        need(length >= 0x80, "der-malformed")
    need(len(data) >= at + length, "der-malformed")
    return tag, data[at : at + length], data[at + length :]


def elements(data):
    """All elements of a content, as (tag, content)."""
    found = []
    while data:
        tag, content, data = element(data)
        found.append((tag, content))
    return found


def only(data, tag):
    """The content of the one element that the data are."""
    found, content, rest = element(data)
    need(found == tag and not rest, "der-malformed")
    return content


def sequence(data):
    """The elements of the one sequence that the data are."""
    return elements(only(data, 0x30))


def unsigned(content):
    """An integer's content, which must be minimal and not negative."""
    need(content and content[0] < 0x80, "der-malformed")
    need(len(content) == 1 or content[0] or content[1] >= 0x80, "der-malformed")
    return int.from_bytes(content, "big")


def encode(tag, content):
    """One element."""
    n = len(content)
    if n < 0x80:
        return bytes([tag, n]) + content
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def signature(data):
    """r || s of a sequence of two integers."""
    fields = sequence(data)
    need([tag for tag, _ in fields] == [2, 2], "der-malformed")
    numbers = [unsigned(content) for _, content in fields]
    if max(numbers) >> 256:
        raise Failure("der-malformed")
    return b"".join(v.to_bytes(32, "big") for v in numbers)

"""The log: Merkle trees of RFC 6962 over SM3, rounds, checkpoints and proofs of events (SPEC.md section 6)."""

from functools import lru_cache

import canon
import record
import shape
from failure import Failure, need
from sm3 import hmac, sm3

DEPTH = 16
SLOTS = 1 << DEPTH

CHECKPOINT = shape.record(
    {"type": shape.text, "origin": shape.text, "size": shape.integer, "root": shape.digest, "at": shape.time}
)
ENVELOPE = shape.record(
    {
        "type": shape.text,
        "tender": shape.text,
        "lot": shape.text,
        "stream": shape.text,
        "seq": shape.integer,
        "event": shape.text,
        "at": shape.time,
        "by": shape.record({"actor": shape.text, "role": shape.text}),
        "body": shape.anything,
    }
)
PROOF = shape.record(
    {
        "round": shape.integer,
        "slot": shape.integer,
        "siblings": shape.every(shape.digest, DEPTH),
        "size": shape.integer,
        "path": shape.every(shape.digest),
        "checkpoint": record.ENVELOPE,
    }
)
DISCLOSED = shape.record({"envelope": ENVELOPE, "salt": shape.text, "proof": PROOF})


def leaf(data):
    """The hash of a leaf."""
    return sm3(b"\0" + data)


def node(left, right):
    """The hash of an inner node."""
    return sm3(b"\1" + left + right)


def root(leaves):
    """The root over leaf hashes; of no leaves SM3 of nothing."""
    if not leaves:
        return sm3(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root(leaves[:split]), root(leaves[split:]))


def included(index, size, leaf_hash, path, want):
    """Whether a path leads from a leaf hash to the root of a tree of that size."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf_hash
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == want


def consistent(old, new, path, old_root, new_root):
    """Whether the tree of size `new` continues that of size `old` (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not path and old_root == sm3(b"")
    if old == new:
        return not path and old_root == new_root
    if old & old - 1 == 0:
        path = [old_root, *path]
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node(step, first), node(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node(second, step)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _round_node(left, right):
    return sm3(b"\3" + left + right)


def _blind(seed, level, index):
    return hmac(seed, bytes([level]) + index.to_bytes(4, "big"))


def round_tree(seed, events):
    """A function (level, index) → node of the round with these commitments by slot."""

    def at(level, index):
        low, high = index << level, (index + 1) << level
        if not any(low <= slot < high for slot in events):
            return _blind(seed, level, index)
        if level == 0:
            return events[index]
        return _round_node(at(level - 1, 2 * index), at(level - 1, 2 * index + 1))

    return at


def round_siblings(seed, events, slot):
    """The siblings of an event's slot, from level 0 up; fails with proof-slot where no event stands."""
    need(slot in events, "proof-slot")
    tree = round_tree(seed, events)
    return [tree(level, slot >> level ^ 1) for level in range(DEPTH)]


def round_root(commitment, slot, siblings):
    """The root that a commitment and its siblings lead to."""
    found = commitment
    for sibling in siblings:
        found = _round_node(sibling, found) if slot & 1 else _round_node(found, sibling)
        slot >>= 1
    return found


def check_envelope(envelope):
    """Shape and values of an envelope: canon-* or envelope-malformed."""
    ENVELOPE(envelope)
    need(envelope["type"] == "sunbid/event/v1" and isinstance(envelope["body"], dict), "envelope-malformed")
    need(envelope["seq"] >= 1 and envelope["event"] and envelope["stream"], "envelope-malformed")
    return envelope


def commitment(envelope, salt):
    """SM3(salt || envelope); the salt is 32 bytes, else envelope-salt."""
    check_envelope(envelope)
    need(len(salt) == 64, "envelope-salt")
    shape.digest(salt)
    return sm3(bytes.fromhex(salt) + canon.dumps(envelope))


def read_checkpoint(value):
    """A signed checkpoint of a value already read: canon-* or record-malformed."""
    signed = record.take(value, CHECKPOINT)
    need(signed.body["type"] == "sunbid/checkpoint/v1" and signed.body["size"] >= 0, "record-malformed")
    return signed


def check_checkpoint(signed, origin, log):
    """Of that origin, and signed by the log's certificate; other signatures are witnesses' and are not looked at."""
    need(signed.body["origin"] == origin, "checkpoint-origin")
    signature = signed.signatures.get(log.fingerprint)
    need(signature is not None, "checkpoint-signature")
    try:
        record.Signed(signed.body, {log.fingerprint: signature}).verify({log.fingerprint: log})
    except Failure:
        raise Failure("checkpoint-signature") from None


def check_proof(commitment_, proof):
    """The event stands in the tree of the proof's checkpoint: proof-slot, proof-size or proof-path."""
    checkpoint = proof["checkpoint"]["body"]
    need(0 <= proof["slot"] < SLOTS, "proof-slot")
    need(proof["size"] == checkpoint["size"], "proof-size")
    siblings = [bytes.fromhex(s) for s in proof["siblings"]]
    path = [bytes.fromhex(s) for s in proof["path"]]
    found = leaf(round_root(commitment_, proof["slot"], siblings))
    need(included(proof["round"], proof["size"], found, path, bytes.fromhex(checkpoint["root"])), "proof-path")


def check_event(value, origin, log):
    """A disclosed event with its own checkpoint."""
    DISCLOSED(value)
    check_checkpoint(read_checkpoint(value["proof"]["checkpoint"]), origin, log)
    check_proof(commitment(value["envelope"], value["salt"]), value["proof"])
    return value["envelope"]


@lru_cache(maxsize=4096)
def proven(line):
    """The envelope and the proof of a disclosed event, which holds under the checkpoint that it carries."""
    value = canon.loads(line)
    DISCLOSED(value)
    check_proof(commitment(value["envelope"], value["salt"]), value["proof"])
    return value["envelope"], value["proof"]


def continues(old, new, path):
    """Two checkpoints of one log: checkpoint-origin, checkpoint-fork or checkpoint-inconsistent."""
    need(old["origin"] == new["origin"], "checkpoint-origin")
    if old["size"] == new["size"]:
        need(old["root"] == new["root"], "checkpoint-fork")
    roots = bytes.fromhex(old["root"]), bytes.fromhex(new["root"])
    need(consistent(old["size"], new["size"], path, *roots), "checkpoint-inconsistent")

"""Signed records (SPEC.md section 2)."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import canon
import shape
import sm2
from failure import need
from sm3 import sm3

ENVELOPE = shape.record(
    {"body": shape.mapping, "signatures": shape.every(shape.record({"signer": shape.digest, "sig": shape.hexadecimal(64)}))}
)


@dataclass
class Signed:
    """A record with its signatures, the signers in order."""

    body: dict
    signatures: dict

    @cached_property
    def raw(self):
        """The canonical bytes of the body."""
        return canon.dumps(self.body)

    @property
    def hash(self):
        """The hash of the body."""
        return sm3(self.raw).hex()

    def signers(self):
        """Who signed."""
        return set(self.signatures)

    def verify(self, certificates):
        """Every signature holds, by a certificate at hand; fails with certificate-missing or record-signature."""
        for signer, signature in self.signatures.items():
            need(signer in certificates, "certificate-missing")
            need(sm2.verifies(certificates[signer].public, self.raw, signature), "record-signature")

    def signed_by(self, signers, certificates):
        """Signed by just these; fails with record-not-signed, or as verify does."""
        need(self.signatures and self.signers() == set(signers), "record-not-signed")
        self.verify(certificates)


def take(value, body):
    """The signed record of a value already read, whose body has a shape; fails with canon-* or record-malformed."""
    ENVELOPE(value)
    body(value["body"])
    signers = [s["signer"] for s in value["signatures"]]
    need(signers == sorted(set(signers)), "record-malformed")
    return Signed(value["body"], {s["signer"]: bytes.fromhex(s["sig"]) for s in value["signatures"]})


@lru_cache(maxsize=4096)
def read(data, body):
    """The signed record of canonical bytes."""
    return take(canon.loads(data), body)

"""The keyholders' ceremony, judged from its messages (SPEC.md section 7)."""

import curve
import records
import sm2
import tdh2
from failure import Failure, need
from record import take
from shape import anything, digest, every, hexadecimal, integer, point, record, text
from sm3 import sm3

_HEAD = {"type": text, "class": text, "ceremony": text, "index": integer}
_SHAPES = {
    "dkg-commit": record({**_HEAD, "hash": digest}),
    "dkg-reveal": record(
        {
            **_HEAD,
            "commitments": every(point),
            "proof": record({"c": hexadecimal(32), "z": hexadecimal(32)}),
            "shares": every(record({"to": integer, "box": hexadecimal()})),
        }
    ),
    "dkg-check": record({**_HEAD, "transcript": digest, "complaints": every(integer)}),
    "dkg-answer": record({**_HEAD, "to": integer, "share": hexadecimal(32)}),
}


class Ceremony:
    """The messages of one ceremony; plan and group are what all agreed on before."""

    def __init__(self, plan, group, certificates):
        self.plan, self.group, self.certificates = plan, group, certificates

    def judge(self, commits, reveals, checks, answers):
        """The key record's body, or the failure with the index of who is at fault."""
        commits = self._stage("dkg-commit", commits)
        reveals = self._stage("dkg-reveal", reveals)
        for index, reveal in reveals.items():
            need(commits[index].body["hash"] == reveal.hash, "ceremony-commit", index)
        points = {index: self._reveal(index, reveal.body) for index, reveal in reveals.items()}
        transcript = sm3(b"".join(bytes.fromhex(reveals[index].hash) for index in sorted(reveals))).hex()
        checks = self._stage("dkg-check", checks)
        for index, check in checks.items():
            need(check.body["transcript"] == transcript, "ceremony-transcript", index)
        given = [self._message("dkg-answer", answer) for answer in answers]
        for accuser, check in checks.items():
            for accused in check.body["complaints"]:
                raise self._fault(points, accuser, accused, given)
        return self._key_record(points)

    def _message(self, kind, value, index=None):
        try:
            signed = take(value, anything)
            _SHAPES[kind](signed.body)
            body = signed.body
            index = index or body["index"]
            need(1 <= body["index"] <= len(self.group) and body["index"] == index, "")
            need((body["type"], body["class"], body["ceremony"]) == (f"sunbid/{kind}/v1", self.plan["class"], self.plan["ceremony"]), "")
            signed.signed_by([self.group[index - 1]["signing"]], self.certificates)
        except Failure:
            raise Failure("ceremony-message", index) from None
        return signed

    def _stage(self, kind, messages):
        found = {}
        for value in messages:
            index = value["body"]["index"]
            need(index not in found, "ceremony-message", index)
            found[index] = self._message(kind, value)
        for index in range(1, len(self.group) + 1):
            need(index in found, "ceremony-silent", index)
        return found

    def _reveal(self, index, body):
        others = [i for i in range(1, len(self.group) + 1) if i != index]
        need([share["to"] for share in body["shares"]] == others, "ceremony-message", index)
        need(len(body["commitments"]) == self.plan["threshold"], "ceremony-message", index)
        try:
            points = [curve.decode(bytes.fromhex(p)) for p in body["commitments"]]
            proof = bytes.fromhex(body["proof"]["c"] + body["proof"]["z"])
            tdh2.verify_knowledge(points[0], self.plan["ceremony"].encode(), index, proof)
        except Failure:
            raise Failure("ceremony-proof", index) from None
        return points

    def _fault(self, points, accuser, accused, answers):
        for answer in answers:
            if (answer.body["index"], answer.body["to"]) == (accused, accuser):
                if share_fits(int(answer.body["share"], 16), points[accused], accuser):
                    return Failure("ceremony-complaint", accuser)
        return Failure("ceremony-share", accused)

    def _key_record(self, points):
        total = [curve.combination(*((1, points[i][j]) for i in points)) for j in range(self.plan["threshold"])]
        indices = range(1, len(self.group) + 1)
        body = {
            "type": "sunbid/key-record/v1",
            "class": self.plan["class"],
            "key": self.plan["key"],
            "threshold": self.plan["threshold"],
            "keyholders": [{"index": i, "name": m["name"], "certificate": m["signing"]} for i, m in zip(indices, self.group)],
            "commitments": [curve.encode(p).hex() for p in total],
            "public_key": curve.encode(total[0]).hex(),
            "verification": [curve.encode(tdh2.verification(total, i)).hex() for i in indices],
            "ceremony": self.plan["ceremony"],
            "made_at": self.plan["made_at"],
        }
        records.check("key-record", body)
        return body


def share_fits(share, commitments, index):
    """Whether a share is the one that the commitments promise to that index."""
    return 0 < share < curve.N and curve.multiply(share, curve.G) == tdh2.verification(commitments, index)


def open_share(key, person, private):
    """An officer's or archivist's share of a dealt key, checked against the commitments; fails with sm2-decrypt or share-unfit."""
    share = sm2.decrypt(private, sm2.from_der(bytes.fromhex(person["share"])))
    commitments = [curve.decode(bytes.fromhex(p)) for p in key["commitments"]]
    need(len(share) == 32 and share_fits(int.from_bytes(share, "big"), commitments, person["index"]), "share-unfit")
    return share

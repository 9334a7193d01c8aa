"""The checks of `verify bundle` in their order, with their premises (SPEC.md sections 10 and 10.1)."""

import bids
import closed
import events
import folder
import keys
import notices
import opening
import tender
from failure import Failure

COMMON = (
    ("manifest", folder.manifest, ()),
    ("files", folder.files, ("manifest",)),
    ("certificates", folder.certificates, ("manifest",)),
    ("checkpoint", events.checkpoint, ("certificates",)),
    ("events", events.events, ("checkpoint",)),
    ("key-record", keys.key_record, ("certificates",)),
    ("officer-key", keys.officer_key, ("certificates",)),
    ("binding", keys.binding, ("key-record", "officer-key", "events")),
    ("postponements", keys.postponements, ("binding",)),
    ("notices", notices.notices, ("events", "binding")),
)
CHECKS = (
    *COMMON,
    ("statements", bids.statements, ("events", "postponements")),
    ("freeze", bids.freeze, ("statements",)),
    ("envelopes", bids.envelopes, ("statements",)),
    ("stanzas", bids.stanzas, ("envelopes",)),
    ("record", opening.opening_record, ("freeze",)),
    ("partials", opening.partials, ("envelopes", "record")),
    ("readouts", opening.readouts, ("stanzas", "partials")),
    ("causes", opening.causes, ("record",)),
    ("releases", opening.releases, ("record",)),
    ("tender", tender.tender, ("notices", "freeze", "record")),
    ("trust", tender.trust, ("binding", "checkpoint", "statements", "record")),
)
CLOSED_CHECKS = (
    *COMMON,
    ("ending", closed.ending, ("notices", "postponements")),
    ("erasure", closed.erasure, ("ending",)),
    ("tender", tender.tender, ("erasure",)),
    ("trust", tender.trust, ("erasure",)),
)


def verify(files, trust=None):
    """The result of every check: {check, status, count} with item and code of a failure, or the premise of what was skipped."""
    b = folder.Folder(files)
    b.trust = trust
    results, passed = [], set()
    for name, check, premises in CLOSED_CHECKS if b.closed else CHECKS:
        lacking = next((premise for premise in premises if premise not in passed), None)
        result = {"check": name, "status": "ok", "count": 0}
        if lacking:
            result |= {"status": "skipped", "item": lacking}
        elif name == "trust" and trust is None:
            result["status"] = "not-checked"
        else:
            try:
                result["count"] = check(b)
                passed.add(name)
            except Failure as failure:
                result |= {"status": "failed", "item": failure.item, "code": failure.code}
        results.append(result)
    return results


def holds(results):
    """Whether nothing failed."""
    return all(result["status"] in ("ok", "not-checked") for result in results)

"""A second reader of Sunbid's formats, written from crypto/SPEC.md alone. For tests: it is slow and keeps no secrets.

    main.py vectors FOLDER                          every case of testdata/vectors
    main.py bundle FOLDER [--trust FILE]            a public bundle
    main.py altered FOLDER [--trust FILE]           the same under changes: one JSON a line on stdin, one result a line
    main.py receipt FILE… [--trust FILE]            receipts

Leaves with 0 when all holds, 1 when something does not.
"""

import argparse
import base64
import json
import pathlib
import sys

import bundle
import disk
import receipt
import tender
import vectors


def show(results):
    """One line a check."""
    for r in results:
        print(f"{r['check']:14}{r['status']:12}{r.get('count', '')} {r.get('code', '')} {r.get('item', '')}".rstrip())


def do_vectors(args):
    """Prints what went another way."""
    tally = vectors.run(args.paths[0])
    for line in tally.wrong:
        print(line)
    print(f"{tally.count} cases, {len(tally.wrong)} wrong")
    return not tally.wrong


def do_bundle(args):
    """Prints the checks."""
    results = bundle.verify(disk.read_folder(args.paths[0]), args.trust)
    show(results)
    return bundle.holds(results)


def do_altered(args):
    """Each line is {"set": {path: base64}, "drop": [path]}; each answer the list of results."""
    base = disk.read_folder(args.paths[0])
    for line in sys.stdin:
        change = json.loads(line)
        files = {path: data for path, data in base.items() if path not in change["drop"]}
        files |= {path: base64.b64decode(data) for path, data in change["set"].items()}
        print(json.dumps(bundle.verify(files, args.trust)), flush=True)
    return True


def do_receipt(args):
    """One JSON a file: its checks."""
    good = True
    for path in args.paths:
        results = receipt.verify(pathlib.Path(path).read_bytes(), args.trust)
        print(json.dumps(results))
        good = good and receipt.holds(results)
    return good


def main():
    """Reads the command line."""
    commands = {"vectors": do_vectors, "bundle": do_bundle, "altered": do_altered, "receipt": do_receipt}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=commands)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--trust", type=lambda path: tender.TrustList(tender.read_trust(pathlib.Path(path).read_bytes())))
    args = parser.parse_args()
    sys.exit(0 if commands[args.command](args) else 1)


if __name__ == "__main__":
    main()

"""The one way this program says no."""


class Failure(Exception):
    """A check that does not hold: a stable code of SPEC.md, and the item that it was found in (path, line or bid)."""

    def __init__(self, code, item=""):
        super().__init__(code, item)
        self.code = code
        self.item = item

    def at(self, item):
        """The same failure, named by an item unless it has one."""
        return self if self.item else Failure(self.code, item)


def need(holds, code, item=""):
    """Fails with the code unless the condition holds."""
    if not holds:
        raise Failure(code, item)

"""A folder read into memory."""

import os
import pathlib
import stat


def read_folder(path):
    """The regular files of a folder by their names in it; anything else in it is a name that no bundle has."""
    files = {}
    for at, folders, names in os.walk(path):
        for name in sorted(names + [f for f in folders if os.path.islink(os.path.join(at, f))]):
            full = os.path.join(at, name)
            inside = os.path.relpath(full, path).replace(os.sep, "/")
            files[inside if stat.S_ISREG(os.lstat(full).st_mode) else inside + "\0"] = pathlib.Path(full).read_bytes()
    return files

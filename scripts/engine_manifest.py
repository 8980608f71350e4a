"""Does the engine in pkg/wasm match its sources, and is it complete?

What engine-manifest.mjs answers, for machines without Node: the same digests, the same lines. Python 3.8 or later, no
packages. `engine_manifest.py check [BUILD...]`, `engine_manifest.py state [BUILD...]`, `engine_manifest.py digest`.
"""

import errno
import hashlib
import json
import os
import re
import sys
import unicodedata

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
SOURCES = "scripts/engine-sources.json"
MANIFEST = "pkg/wasm/engine.json"
BUILDS = ["flex-relaxed", "flex", "onnx", "checkpoint"]
FILES = ["relume_wasm.js", "relume_wasm.d.ts", "relume_wasm_bg.wasm", "relume_wasm_bg.wasm.d.ts"]
# Names that editors and systems give their own files.
OF_TOOLS = re.compile(r"^[.#]|~$|\.(orig|rej)$")


class Trouble(Exception):
    """Its message is the whole of what there is to say."""


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def read(root, path):
    with open(os.path.join(root, path), "rb") as file:
        return file.read()


def folder_of(build):
    return "pkg/wasm/" + build


def listed(names):
    """a; a and b; a, b and c"""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def from_the_repository(path):
    """A copy that was downloaded has no git in it."""
    if os.path.exists(os.path.join(ROOT, ".git")):
        return "git checkout -- " + path
    return "a fresh download of the repository"


def repair(count):
    """How to get these back."""
    it = "it" if count == 1 else "them"
    return "{1} brings {0} back, make engine builds {0} again".format(it, from_the_repository("pkg/wasm"))


def without(source):
    line = "without it nothing tells whether pkg/wasm is up to date; {} brings it back"
    return line.format(from_the_repository(source))


def is_missing(error):
    return error.errno in (errno.ENOENT, errno.ENOTDIR)


def file_trouble(root, error, missing=None):
    """A failure of the file system, in one line; `missing` is what to say of a file that is not there and no source."""
    name = os.path.relpath(error.filename, root).replace(os.sep, "/")
    if is_missing(error):
        return Trouble("engine: {} is missing; {}".format(name, missing or without(name)))
    return Trouble("engine: {} cannot be read ({})".format(name, errno.errorcode.get(error.errno, error.errno)))


def files_below(root, path, ignored=()):
    """The files below a path, hidden ones left out: those are of editors and systems."""
    if not os.path.isdir(os.path.join(root, path)):
        return [path]
    names = [name for name in os.listdir(os.path.join(root, path)) if not OF_TOOLS.search(name) and name not in ignored]
    return [file for name in names for file in files_below(root, path + "/" + name)]


def sources_digest(root):
    """One digest of every file that decides the engine. It is the same on every system: whichever line ends git writes
    and however the file system spells an accent."""
    try:
        sources = json.loads(read(root, SOURCES).decode("utf-8"))
        paths = list(sources["files"])
        for folder in sources["folders"]:
            paths += files_below(root, folder, sources["ignored"])
        entries = []
        for path in paths:
            # The bytes of the name are UTF-8 whatever the locale says.
            name = unicodedata.normalize("NFC", os.fsencode(path).decode("utf-8", "replace"))
            digest = sha256(read(root, path).replace(b"\r\n", b"\n"))
            entries.append("{}\0{}\n".format(name, digest).encode("utf-8"))
        return sha256(b"".join(sorted(entries)))
    except (ValueError, TypeError, KeyError):
        raise Trouble("engine: {} is broken".format(SOURCES))
    except OSError as error:
        raise file_trouble(root, error)


def is_entry(entry):
    def is_digest(value):
        return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None

    try:
        files = entry["files"]
        return is_digest(entry["sources"]) and all(
            is_digest(files[name]["sha256"]) and isinstance(files[name]["bytes"], int) for name in FILES
        )
    except (KeyError, TypeError):
        return False


def read_entries(root, builds):
    """What the manifest says of these builds."""

    def broken(why):
        return Trouble("engine: {} is broken ({}); {}".format(MANIFEST, why, repair(1)))

    try:
        manifest = json.loads(read(root, MANIFEST).decode("utf-8"))
    except ValueError:
        raise broken("it is not JSON")
    except OSError as error:
        raise file_trouble(root, error, repair(1))
    entries = manifest.get("builds") if isinstance(manifest, dict) else None
    for build in builds:
        if not isinstance(entries, dict) or not is_entry(entries.get(build)):
            raise broken("its entry for {} is not complete".format(build))
    return entries


def files_troubles(root, builds):
    """A line for each kind of trouble with the files in pkg/wasm."""
    entries = read_entries(root, builds)
    missing = []
    changed = []
    for build in builds:
        missed = []
        for name in FILES:
            path = folder_of(build) + "/" + name
            try:
                content = read(root, path)
            except OSError as error:
                if not is_missing(error):
                    raise file_trouble(root, error, "")
                missed.append(path)
                continue
            expected = entries[build]["files"][name]
            if len(content) != expected["bytes"] or sha256(content) != expected["sha256"]:
                changed.append(path)
        missing += [folder_of(build)] if len(missed) == len(FILES) else missed
    lines = []
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        lines.append("engine: {} {} missing; {}".format(listed(missing), verb, repair(len(missing))))
    if changed:
        verb = "has changed since it was" if len(changed) == 1 else "have changed since they were"
        lines.append("engine: {} {} built; {}".format(listed(changed), verb, repair(len(changed))))
    return lines


def inspect(root, builds):
    """A line for each kind of trouble with what is there, and the builds that are out of date."""
    troubles = []
    outdated = []
    try:
        troubles += files_troubles(root, builds)
    except Trouble as trouble:
        troubles.append(str(trouble))
    try:
        digest = sources_digest(root)
        if not troubles:
            entries = read_entries(root, builds)
            outdated = [build for build in builds if entries[build]["sources"] != digest]
    except Trouble as trouble:
        troubles.append(str(trouble))
    return troubles, outdated


def outdated_line(builds):
    """The one line about builds that are out of date."""
    line = (
        "engine: {} is out of date: it does not match its sources; make engine builds it again"
        if len(builds) == 1
        else "engine: {} are out of date: they do not match their sources; make engine builds them again"
    )
    return line.format(listed([folder_of(build) for build in builds]))


def check(builds):
    asked = builds or BUILDS
    troubles, outdated = inspect(ROOT, asked)
    if outdated:
        troubles.append(outdated_line(outdated))
    if troubles:
        raise Trouble("\n".join(troubles))
    names = listed([folder_of(build) for build in builds]) if builds else "pkg/wasm"
    return "engine: {} {} sources".format(names, "match their" if len(builds) > 1 else "matches its")


def state(builds):
    asked = builds or BUILDS
    troubles, outdated = inspect(ROOT, asked)
    if troubles:
        raise Trouble("\n".join(troubles))
    return "\n".join("{} {}".format(build, "out of date" if build in outdated else "up to date") for build in asked)


def main(arguments):
    commands = {"check": check, "state": state, "digest": lambda _: sources_digest(ROOT)}
    if not arguments or arguments[0] not in commands or any(build not in BUILDS for build in arguments[1:]):
        print("usage: engine_manifest.py check|state|digest [{}]".format("|".join(BUILDS)), file=sys.stderr)
        return 2
    try:
        print(commands[arguments[0]](arguments[1:]))
        return 0
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

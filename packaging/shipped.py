"""The crates whose code is in the program, as cargo resolves them: with the features of the packages, for this machine or
another target, without what only tests or builds need."""

import json
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = "el2g"


def _run(*words):
    return subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _host():
    return next(line.removeprefix("host: ") for line in _run("rustc", "-vV").splitlines() if line.startswith("host: "))


def _metadata(target):
    features = ["--features", "el2g/keyring"]
    words = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target, *features]
    return json.loads(_run(*words))


def _is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


def crates(target=None):
    """Every package shipped in the program for a target (this machine), ours first, each with the ids of the shipped
    packages that it uses as `uses`."""
    metadata = _metadata(target or _host())
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    first = next(id for id, package in packages.items() if package["name"] == OURS)
    found, waiting = {}, [first]
    while waiting:
        id = waiting.pop()
        if id in found:
            continue
        uses = [
            dependency["pkg"]
            for dependency in nodes[id]["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
            and not _is_macro(packages[dependency["pkg"]])
        ]
        found[id] = {**packages[id], "uses": sorted(uses)}
        waiting += uses
    rest = sorted((id for id in found if id != first), key=lambda id: (found[id]["name"], found[id]["version"]))
    return [found[id] for id in [first, *rest]]


def is_ours(package):
    """Whether a package is of this project."""
    return package["source"] is None


def checksums():
    """The SHA-256 of each crate of a registry, by name and version, as Cargo.lock has it."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(it["name"], it["version"]): it["checksum"] for it in lock["package"] if "checksum" in it}


def commit_seconds():
    """When the commit was made, in seconds since 1970."""
    return int(_run("git", "log", "-1", "--format=%ct"))

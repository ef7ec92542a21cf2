"""The software bill of materials of the binary, in CycloneDX: sbom.py VERSION TARGET > FILE.

What is linked in or runs while it is built, with version, licence, digest and what it needs, by cargo's own word. Crates
of tests are left out. The same commit gives the same bytes: the time is SOURCE_DATE_EPOCH, the serial number a digest."""

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import uuid


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments, "--locked"], check=True, stdout=subprocess.PIPE, text=True).stdout


def compiled(target):
    """Names and versions of what is compiled. `cargo metadata` also knows crates that a feature could ask for and none
    does; `cargo tree` does not, but it knows no licences."""
    lines = cargo("tree", "--edges", "normal,build", "--target", target, "--prefix", "none", "--no-dedupe",
                  "--format", "{p}").splitlines()
    return {(name, version.removeprefix("v")) for name, version, *_ in (line.split() for line in lines)}


def reached(metadata, names):
    """The packages that the binary needs: id → whether one is linked in (or only runs while others are built)."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    known = {package["id"] for package in metadata["packages"] if (package["name"], package["version"]) in names}
    # A macro's crate, and what that needs, runs in the compiler.
    macros = {package["id"] for package in metadata["packages"] if any("proc-macro" in one["kind"] for one in package["targets"])}
    root = metadata["resolve"]["root"]
    linked, waiting = {}, [(root, True)]
    while waiting:
        name, is_linked = waiting.pop()
        is_linked = is_linked and name not in macros
        if linked.get(name) or (name in linked and not is_linked):
            continue
        linked[name] = is_linked
        for needed in nodes[name]["deps"]:
            kinds = {kind["kind"] for kind in needed["dep_kinds"]}
            if needed["pkg"] in known and kinds & {None, "build"}:
                waiting.append((needed["pkg"], is_linked and None in kinds))
    return linked, nodes, root


def digests(lock):
    with open(lock, "rb") as file:
        return {(one["name"], one["version"]): one.get("checksum") for one in tomllib.load(file)["package"]}


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def licences(package):
    """An SPDX expression; the slash that old crates write for `or` is none."""
    said = package.get("license")
    return [{"expression": re.sub(r"\s*/\s*", " OR ", said)}] if said else []


def component(package, is_linked, digest):
    made = {"type": "library", "bom-ref": reference(package), "name": package["name"], "version": package["version"],
            "purl": reference(package), "scope": "required" if is_linked else "excluded", "licenses": licences(package)}
    if digest:
        made["hashes"] = [{"alg": "SHA-256", "content": digest}]
    if package.get("repository"):
        made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return made


def bill(version, target, lock):
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--filter-platform", target))
    linked, nodes, root = reached(metadata, compiled(target))
    packages = {package["id"]: package for package in metadata["packages"]}
    order = sorted((name for name in linked if name != root), key=lambda name: reference(packages[name]))
    known = digests(lock)
    components = [component(packages[name], linked[name], known.get((packages[name]["name"], packages[name]["version"])))
                  for name in order]
    needs = [{"ref": reference(packages[name]), "dependsOn": sorted({
        reference(packages[needed["pkg"]]) for needed in nodes[name]["deps"] if needed["pkg"] in linked
        and {kind["kind"] for kind in needed["dep_kinds"]} & {None, "build"}})} for name in [root, *order]]
    serial = uuid.UUID(hashlib.sha256(json.dumps([version, components]).encode()).hexdigest()[:32])
    at = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    shop = {"type": "application", "bom-ref": reference(packages[root]), "name": "mercer", "version": version,
            "licenses": licences(packages[root])}
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{serial}", "version": 1,
            "metadata": {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": shop},
            "components": components, "dependencies": needs}


json.dump(bill(sys.argv[1], sys.argv[2], "Cargo.lock"), sys.stdout, indent=1)
print()

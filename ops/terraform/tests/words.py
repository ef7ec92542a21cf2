"""Whether the infrastructure and the program speak of the same things: the environment's variables, and the words of
the log that alarms count.

    words.py REPOSITORY"""

import re
import sys
from pathlib import Path


def source(root, folder, pattern):
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((root / folder).rglob(pattern)))


def variables(root):
    """Every variable that a module sets must be in the README's table: an unknown one ends the program at its start."""
    known = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", (root / "README.md").read_text(encoding="utf-8")))
    set_ = set(re.findall(r"\b(?:MERCER_[A-Z0-9_]+|DATABASE_URL|REDIS_URL)\b", source(root, "ops/terraform", "*.tf")))
    for name in sorted(set_ - known):
        yield f"{name} is not in the README's table of variables"
    if len(set_) < 10:
        yield f"only {len(set_)} variables were found in ops/terraform"


def log_words(root):
    counted = re.search(r"counted = \{(.*?)\n  \}", (root / "ops/terraform/modules/observe/logs.tf").read_text(encoding="utf-8"), re.S).group(1)
    # A string of the source may be broken by a backslash at the end of its line.
    program = re.sub(r"\\\n\s*", "", source(root, "src", "*.rs"))
    for phrase in re.findall(r'"([^"]+)"', counted):
        if phrase.rstrip("*") not in program:
            yield f"the log never says {phrase!r}"


def addresses(root):
    """Personal paths of the program must be personal at the edge too."""
    edge = (root / "ops/terraform/modules/edge/distribution.tf").read_text(encoding="utf-8")
    patterns = re.findall(r'"(/[^"]+)"', re.search(r"personal = \[(.*?)\]", edge, re.S).group(1))
    routes = (root / "src/routes.rs").read_text(encoding="utf-8")
    posted = re.findall(r'\.at\(\s*"([^"]+)",\s*get\([^)]*\)\s*\.post\(', routes)
    for path in posted:
        if not any(path.startswith(pattern.rstrip("*")) for pattern in patterns):
            yield f"forms are posted to {path}, where the edge takes none"
    if len(posted) < 5:
        yield f"only {len(posted)} paths of forms were found in src/routes.rs"


def main(root):
    failed = False
    for what, findings in (("variables", list(variables(root))), ("words of the log", list(log_words(root))), ("paths of forms", list(addresses(root)))):
        failed |= bool(findings)
        for finding in findings:
            print(f"FAILED {what}: {finding}")
        if not findings:
            print(f"ok {what}: the program knows them all")
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

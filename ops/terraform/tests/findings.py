"""What checkov found, and whether each skip in the code still has a finding that it answers, and a reason.

    findings.py FOLDER CHECKOV.json"""

import json
import re
import sys
from pathlib import Path

SKIP = re.compile(r"checkov:skip=(\w+):?(.*)")


def skips(folder):
    for file in sorted(folder.rglob("*.tf")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            found = SKIP.search(line)
            if found:
                yield f"/{file.relative_to(folder)}", number, found.group(1), found.group(2).strip()


def main(folder, report):
    document = json.loads(Path(report).read_text(encoding="utf-8"))
    failed = document.get("results", {}).get("failed_checks", [])
    used = {(one["check_id"], one["file_path"]) for one in document.get("results", {}).get("skipped_checks", [])}
    complaints = [f"{one['check_id']} {one['check_name']}: {one['resource']} ({one['file_path']}:{one['file_line_range'][0]})" for one in failed]
    for file, number, check, reason in skips(folder):
        if len(reason.split()) < 4:
            complaints.append(f"{file}:{number} skips {check} and does not say why")
        if (check, file) not in used:
            complaints.append(f"{file}:{number} skips {check}, which finds nothing there: take it away")
    summary = document.get("summary", {})
    if summary.get("parsing_errors") or not summary.get("passed"):
        complaints.append(f"checkov did not read everything: {summary}")
    for complaint in complaints:
        print(f"FAILED checkov: {complaint}")
    if not complaints:
        print(f"ok checkov {summary['checkov_version']}: {summary['passed']} passed, {summary['skipped']} skipped with a reason")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))

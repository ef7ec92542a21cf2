"""Whether the shapes that were planned meet every pair of values of any two variables.

    shapes.py PLAN.json"""

import json
import sys
from itertools import combinations, product


def main(path):
    with open(path, encoding="utf-8") as file:
        shapes = json.load(file)["planned_values"]["outputs"]["shapes"]["value"]
    values, chosen = shapes["values"], list(shapes["chosen"].values())
    missing = [
        f"{a}={x} with {b}={y}"
        for a, b in combinations(sorted(values), 2)
        for x, y in product(values[a], values[b])
        if not any(one[a] == x and one[b] == y for one in chosen)
    ]
    for pair in missing:
        print(f"FAILED shapes: nothing was planned for {pair}")
    if not missing:
        print(f"ok shapes: {len(chosen)} plans meet every pair of values of {', '.join(values)}")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

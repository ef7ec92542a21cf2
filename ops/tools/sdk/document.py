"""Prepares the shop's OpenAPI document for generators of clients: document.py FILE [VERSION] < openapi.json.

What it says stays the same; it is only said in the way that all three generators understand."""

import json
import sys

JSON = "application/json"
LIMITS = ("maxLength", "minLength", "maximum", "minimum", "maxItems")


def told_once(schema):
    """`allOf: [X, {description}]` is X with a description, which stands beside it anyway. Generators take the second
    part for a type of its own."""
    parts = schema.get("allOf")
    if parts:
        schema["allOf"] = [part for part in parts if set(part) - {"description"}]


def plain_media(content):
    """A client sends and takes JSON: neither `; charset=utf-8`, which is the only one, nor the name for problems,
    which some generators don't know for JSON, makes it another format. The server's own headers stay as they are."""
    for media in list(content):
        if media.startswith(JSON + ";") or media == "application/problem+json":
            content[JSON] = content.pop(media)


def without_limits(schema):
    """How long a text may be is the shop's to judge, and its answer is typed. One generator would make a type of its own
    for each text with a limit, the others pass over limits."""
    for limit in LIMITS:
        if isinstance(schema.get(limit), (int, float)):
            del schema[limit]


def walk(value):
    if isinstance(value, dict):
        told_once(value)
        without_limits(value)
        if isinstance(value.get("content"), dict):
            plain_media(value["content"])
        for inner in value.values():
            walk(inner)
    elif isinstance(value, list):
        for inner in value:
            walk(inner)


def main():
    document = json.load(sys.stdin)
    walk(document)
    if len(sys.argv) > 2:
        document["info"]["version"] = sys.argv[2]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)


main()

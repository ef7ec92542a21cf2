"""A Terraform plan as JSON, for the policies: what will be there, and who may do what."""

import json
import re
from dataclasses import dataclass, field

INDEX = re.compile(r'\[(?:"[^"]*"|\d+)\]$')


@dataclass
class Resource:
    address: str
    type: str
    name: str
    values: dict
    # Where a value is known only later, this has True in its place.
    unknown: dict

    @property
    def module(self):
        """The address of the module instance that it is part of."""
        return self.address.rsplit(f"{self.type}.", 1)[0].rstrip(".")

    @property
    def index(self):
        found = INDEX.search(self.address)
        return found.group(0) if found else ""


@dataclass
class Statement:
    where: str
    sid: str
    allows: bool
    actions: list
    resources: list
    principals: list
    conditions: list
    negated: list = field(default_factory=list)


class Plan:
    def __init__(self, text):
        document = json.loads(text)
        self.document = document
        self.resources = [
            Resource(change["address"], change["type"], change["name"], change["change"]["after"],
                     change["change"].get("after_unknown") or {})
            for change in document["resource_changes"]
            if change["mode"] == "managed" and change["change"]["after"] is not None
        ]

    def of(self, *types):
        return [resource for resource in self.resources if resource.type in types]

    def shop_of(self, resource):
        """The address of the shop that a resource belongs to: a plan may hold several."""
        return resource.address.split(".module.")[0]

    def companion(self, resource, type_):
        """The resource of another type with the same index in the same module, such as a bucket's policy."""
        for other in self.of(type_):
            if other.module == resource.module and other.index == resource.index:
                return other
        return None

    def statements(self):
        """All statements of all policies that the configuration writes, whether their resources are known yet or not."""
        for change in self.document["resource_changes"]:
            if change["type"] == "aws_iam_policy_document":
                yield from unread(change["address"], change["change"]["after"])
        yield from self.known(self.document.get("prior_state", {}).get("values", {}).get("root_module", {}))
        for resource in self.resources:
            for name in ("policy", "assume_role_policy"):
                text = resource.values.get(name)
                if isinstance(text, str) and '"Statement"' in text:
                    yield from parsed(resource.address, json.loads(text))

    def known(self, module):
        for resource in module.get("resources", []):
            if resource["type"] == "aws_iam_policy_document":
                yield from parsed(resource["address"], json.loads(resource["values"]["json"]))
        for child in module.get("child_modules", []):
            yield from self.known(child)


def listed(value):
    return [value] if isinstance(value, str) else list(value or [])


def unread(address, document):
    """Statements of a document that is read only when the plan is applied."""
    for one in document.get("statement") or []:
        yield Statement(
            where=address, sid=one.get("sid") or "", allows=one.get("effect") in (None, "Allow"),
            actions=listed(one.get("actions")), resources=listed(one.get("resources")),
            principals=[identifier for principal in one.get("principals") or [] for identifier in listed(principal.get("identifiers"))],
            conditions=[(c["test"], c["variable"], listed(c.get("values"))) for c in one.get("condition") or []],
            negated=listed(one.get("not_actions")) + listed(one.get("not_resources")))


def parsed(address, document):
    """Statements of a finished document."""
    for one in listed_dicts(document.get("Statement")):
        principals = one.get("Principal", {})
        principals = {"*": principals} if isinstance(principals, str) else principals
        yield Statement(
            where=address, sid=one.get("Sid", ""), allows=one["Effect"] == "Allow",
            actions=listed(one.get("Action")), resources=listed(one.get("Resource")),
            principals=[identifier for identifiers in principals.values() for identifier in listed(identifiers)],
            conditions=[(test, variable, listed(values)) for test, pairs in one.get("Condition", {}).items() for variable, values in pairs.items()],
            negated=listed(one.get("NotAction")) + listed(one.get("NotResource")))


def listed_dicts(value):
    return [value] if isinstance(value, dict) else list(value or [])

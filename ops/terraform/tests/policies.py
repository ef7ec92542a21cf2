#!/usr/bin/env python3
"""What must hold of every plan, whatever its shape.

    policies.py PLAN.json …                   the policies, over each plan
    policies.py --faults PLAN.json            plants each fault of faults.py into the plan, and wants it found

Exit 0 if all hold, 1 if one does not, with a line for each."""

import json
import sys

from plan import Plan
from policies_access import ACCESS
from policies_edge import EDGE

ANYWHERE = ("0.0.0.0/0", "::/0")
FLAGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def no_public_database(plan):
    for database in plan.of("aws_db_instance"):
        if database.values.get("publicly_accessible") is not False:
            yield f"{database.address} may be public"
    for rule in plan.of("aws_vpc_security_group_ingress_rule"):
        if rule.values["from_port"] in (5432, 6379) and not from_a_group(rule):
            yield f"{rule.address} lets addresses in, not a security group"


def from_a_group(rule):
    return not (rule.values.get("cidr_ipv4") or rule.values.get("cidr_ipv6") or rule.values.get("prefix_list_id"))


def data_in_private_subnets(plan):
    """Which subnets these are is known only later, so the wiring is read: it must come from the private ones alone."""
    for calls in module_calls(plan.document["configuration"]["root_module"]):
        if "data" in calls:
            named = calls["data"]["expressions"]["subnet_ids"]["references"]
            if named[0] != "module.network.private_subnet_ids":
                yield f"the data module is put into {named[0]}"
    for association in plan.of("aws_route_table_association"):
        if association.name not in ("public", "private"):
            yield f"{association.address}: whether its subnet is private is not known"
    for route in plan.of("aws_route"):
        if route.name != "internet" and (route.values.get("gateway_id") or route.unknown.get("gateway_id") is True and route.name != "nat"):
            yield f"{route.address} leads a private subnet to the internet gateway"


def module_calls(module):
    calls = module.get("module_calls", {})
    yield calls
    for call in calls.values():
        yield from module_calls(call["module"])


def nobody_comes_in_from_anywhere(plan):
    for rule in plan.of("aws_vpc_security_group_ingress_rule"):
        if rule.values.get("cidr_ipv4") in ANYWHERE or rule.values.get("cidr_ipv6") in ANYWHERE:
            yield f"{rule.address} is open to anywhere"
        if rule.values.get("prefix_list_id") and rule.name != "cloudfront":
            yield f"{rule.address} lets CloudFront in, which the load balancer alone does"
    for group in plan.of("aws_security_group", "aws_default_security_group"):
        if group.values.get("ingress") or group.values.get("egress"):
            yield f"{group.address} has rules of its own beside those of this check"
    for other in plan.of("aws_security_group_rule"):
        yield f"{other.address}: rules are written as aws_vpc_security_group_ingress_rule, which are checked"


def little_goes_out(plan):
    for rule in plan.of("aws_vpc_security_group_egress_rule"):
        if rule.values.get("cidr_ipv4") in ANYWHERE and rule.values.get("from_port") not in (443, 465, 587):
            yield f"{rule.address} goes anywhere by port {rule.values.get('from_port')}"


def disks_and_stores_are_encrypted(plan):
    for template in plan.of("aws_launch_template"):
        disks = template.values.get("block_device_mappings") or []
        if not disks or any(str(disk["ebs"][0].get("encrypted")).lower() != "true" for disk in disks):
            yield f"{template.address} has a disk that is not encrypted"
    for database in plan.of("aws_db_instance"):
        if database.values.get("storage_encrypted") is not True:
            yield f"{database.address} is not encrypted"
    for cache in plan.of("aws_elasticache_replication_group"):
        if str(cache.values.get("at_rest_encryption_enabled")).lower() != "true" or cache.values.get("transit_encryption_enabled") is not True:
            yield f"{cache.address} is not encrypted at rest and on its way"
        if cache.values.get("transit_encryption_mode") != "required":
            yield f"{cache.address} takes connections without TLS"


def databases_demand_tls(plan):
    for group in plan.of("aws_db_parameter_group"):
        if ("rds.force_ssl", "1") not in [(p["name"], p["value"]) for p in group.values["parameter"]]:
            yield f"{group.address} takes connections without TLS"


def balancers_speak_tls(plan):
    for listener in plan.of("aws_lb_listener"):
        if listener.values.get("protocol") != "HTTPS" or "TLS13" not in (listener.values.get("ssl_policy") or ""):
            yield f"{listener.address} does not speak TLS 1.2 or newer only"


def machines_demand_imdsv2(plan):
    for template in plan.of("aws_launch_template"):
        options = (template.values.get("metadata_options") or [{}])[0]
        if options.get("http_tokens") != "required" or options.get("http_put_response_hop_limit") != 1:
            yield f"{template.address} does not demand IMDSv2 at one hop"
    for instance in plan.of("aws_instance"):
        if not instance.values.get("launch_template"):
            yield f"{instance.address} is not made from a launch template, where IMDSv2 is demanded"


def buckets_are_closed(plan):
    for bucket in plan.of("aws_s3_bucket"):
        block = plan.companion(bucket, "aws_s3_bucket_public_access_block")
        if block is None or not all(block.values.get(flag) is True for flag in FLAGS):
            yield f"{bucket.address} has no complete public access block"
        for type_, what in (("aws_s3_bucket_server_side_encryption_configuration", "encryption"),
                            ("aws_s3_bucket_ownership_controls", "ownership"), ("aws_s3_bucket_policy", "policy")):
            if plan.companion(bucket, type_) is None:
                yield f"{bucket.address} has no {what}"
    if plan.of("aws_s3_bucket_acl"):
        yield "there are ACLs on buckets"


def secrets_are_not_in_the_plan(plan):
    """The tests' own passwords are recognised by their text. The origin's secret may stand at the distribution alone."""
    seen = {key: plan.document.get(key) for key in ("variables", "planned_values", "prior_state", "output_changes")}
    if "testonly" in json.dumps(seen):
        yield "a password is in the plan, so it would be in the state"
    for resource in plan.resources:
        if "testonly" in json.dumps(resource.values):
            yield f"{resource.address} holds a password"
        if "test-only" in json.dumps(resource.values) and resource.type != "aws_cloudfront_distribution":
            yield f"{resource.address} holds the origin's secret"
    for parameter in plan.of("aws_ssm_parameter"):
        if parameter.name in ("database_url", "redis_url") and parameter.values.get("type") != "SecureString":
            yield f"{parameter.address} is not encrypted"


def data_is_kept(plan):
    for database in plan.of("aws_db_instance"):
        if (database.values.get("backup_retention_period") or 0) < 7:
            yield f"{database.address} has backups of less than a week"
        if database.values["skip_final_snapshot"] and database.values.get("deletion_protection"):
            yield f"{database.address} is protected and leaves no last snapshot"


POLICIES = [
    no_public_database, data_in_private_subnets, nobody_comes_in_from_anywhere, little_goes_out, disks_and_stores_are_encrypted,
    databases_demand_tls, balancers_speak_tls, machines_demand_imdsv2, buckets_are_closed, secrets_are_not_in_the_plan,
    data_is_kept, *ACCESS, *EDGE,
]


def judge(plan):
    """Findings by policy."""
    return {policy.__name__: list(policy(plan)) for policy in POLICIES}


def words(name):
    return name.replace("_", " ")


def check(paths):
    failed = False
    for path in paths:
        with open(path, encoding="utf-8") as file:
            plan = Plan(file.read())
        for name, findings in judge(plan).items():
            failed |= bool(findings)
            print(f"FAILED policy: {words(name)}" if findings else f"ok policy: {words(name)}")
            for finding in findings[:5]:
                print(f"       {finding}")
        print(f"       over {len(plan.resources)} resources of {path}")
    return failed


def check_faults(path):
    from faults import FAULTS
    with open(path, encoding="utf-8") as file:
        text = file.read()
    failed, named = False, {name for _, name, _ in FAULTS}
    for what, name, plant in FAULTS:
        document = json.loads(text)
        plant(document)
        found = judge(Plan(json.dumps(document)))[name]
        failed |= not found
        print(f"ok planted: {what}" if found else f"FAILED planted and not found: {what} ({name})")
    for name in sorted({policy.__name__ for policy in POLICIES} - named):
        failed = True
        print(f"FAILED no fault is planted for the policy {name}")
    return failed


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if not arguments:
        sys.exit("policies.py [--faults] PLAN.json …")
    sys.exit(check_faults(arguments[1]) if arguments[0] == "--faults" else check(arguments))

"""Faults to plant into a good plan: what each is, the policy that must find it, and how it is planted."""

import copy
import json


def changes(document, type_, name=None):
    return [one for one in document["resource_changes"]
            if one["type"] == type_ and (name is None or one["name"] == name) and one["change"]["after"] is not None]


def setting(type_, path, value, name=None):
    """Sets one value of the first resource of a type; the path leads through the first items of lists."""
    def plant(document):
        place = changes(document, type_, name)[0]["change"]["after"]
        *way, last = path.split(".")
        for step in way:
            place = place[step]
            place = place[0] if isinstance(place, list) else place
        place[last] = value
    return plant


def dropping(type_):
    def plant(document):
        victim = changes(document, type_)[0]
        document["resource_changes"].remove(victim)
    return plant


def adding(type_, **values):
    def plant(document):
        address = f"module.shop.module.planted.{type_}.planted"
        document["resource_changes"].append(
            {"address": address, "mode": "managed", "type": type_, "name": "planted", "change": {"actions": ["create"], "after": values, "after_unknown": {}}})
    return plant


def granting(where="module.shop.module.compute.data.aws_iam_policy_document.planted", **words):
    """Adds a policy document with one statement, as the plan shows one that is read later."""
    def plant(document):
        statement = {"sid": "Planted", "effect": "Allow", "actions": [], "resources": [], "principals": [], "condition": [], **words}
        document["resource_changes"].append(
            {"address": where, "mode": "data", "type": "aws_iam_policy_document", "name": "planted", "change": {"actions": ["read"], "after": {"statement": [statement]}}})
    return plant


def ingress(**values):
    return adding("aws_vpc_security_group_ingress_rule", **{"from_port": 8080, "cidr_ipv4": None, "cidr_ipv6": None, "prefix_list_id": None, **values})


def rewiring(document):
    def walk(module):
        for call in module.get("module_calls", {}).values():
            if "subnet_ids" in call["expressions"] and "database_class" in call["expressions"]:
                call["expressions"]["subnet_ids"]["references"] = ["module.network.public_subnet_ids", "module.network"]
            walk(call["module"])
    walk(document["configuration"]["root_module"])


def leaking(document):
    changes(document, "aws_db_instance")[0]["change"]["after"]["password"] = "testonlytestonlytestonly"


def behaviour(change):
    """Changes the behaviour of /cart*."""
    def plant(document):
        values = changes(document, "aws_cloudfront_distribution")[0]["change"]["after"]
        change(next(one for one in values["ordered_cache_behavior"] if one["path_pattern"] == "/cart*"))
    return plant


def origin(change):
    """Changes the origin of the public pages."""
    def plant(document):
        values = changes(document, "aws_cloudfront_distribution")[0]["change"]["after"]
        change(next(one for one in values["origin"] if one["origin_id"] == "shop"))
    return plant


def statement_of(ending, change):
    """Changes the statements of a document that the plan knows already."""
    def plant(document):
        def walk(module):
            for resource in module.get("resources", []):
                if resource["address"].endswith(ending):
                    text = json.loads(resource["values"]["json"])
                    text["Statement"] = change(text["Statement"])
                    resource["values"]["json"] = json.dumps(text)
            for child in module.get("child_modules", []):
                walk(child)
        walk(document["prior_state"]["values"]["root_module"])
        for one in document["resource_changes"]:
            if one["type"] == "aws_iam_policy_document" and one["address"].endswith(ending):
                one["change"]["after"]["statement"] = change(one["change"]["after"]["statement"])
    return plant


def without_deny(statements):
    return [one for one in statements if (one.get("Effect") or one.get("effect")) != "Deny"]


def any_subject(statements):
    made = copy.deepcopy(statements)
    for one in made:
        for pairs in one["Condition"].values():
            for variable in pairs:
                if variable.endswith(":sub"):
                    pairs[variable] = "repo:example/*:ref:refs/heads/main"
    return made


def unlimited(statements):
    made = copy.deepcopy(statements)
    for one in made:
        one.pop("Condition", None)
    return made


def swelling(document):
    """The whole policy must be known to be counted."""
    change = changes(document, "aws_iam_policy")[0]["change"]
    change["after"]["policy"] = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"] * 500, "Resource": "arn:aws:s3:::b/*"}]})


FAULTS = [
    ("a public database", "no_public_database", setting("aws_db_instance", "publicly_accessible", True)),
    ("a database open to a network", "no_public_database", ingress(from_port=5432, cidr_ipv4="10.20.0.0/16")),
    ("a database in public subnets", "data_in_private_subnets", rewiring),
    ("a private subnet with a way in", "data_in_private_subnets", adding("aws_route", gateway_id="igw-1")),
    ("SSH from anywhere", "nobody_comes_in_from_anywhere", ingress(from_port=22, cidr_ipv4="0.0.0.0/0")),
    ("the shop from anywhere, by IPv6", "nobody_comes_in_from_anywhere", ingress(cidr_ipv6="::/0")),
    ("CloudFront let in to the processes", "nobody_comes_in_from_anywhere", ingress(prefix_list_id="pl-1")),
    ("a rule inside a group", "nobody_comes_in_from_anywhere", setting("aws_security_group", "ingress", [{"from_port": 22}])),
    ("a rule of the old kind", "nobody_comes_in_from_anywhere", adding("aws_security_group_rule", from_port=22)),
    ("everything goes out", "little_goes_out", adding("aws_vpc_security_group_egress_rule", cidr_ipv4="0.0.0.0/0", from_port=None)),
    ("a database in the clear", "disks_and_stores_are_encrypted", setting("aws_db_instance", "storage_encrypted", False)),
    ("a cache without TLS", "disks_and_stores_are_encrypted", setting("aws_elasticache_replication_group", "transit_encryption_mode", "preferred")),
    ("a disk in the clear", "disks_and_stores_are_encrypted", setting("aws_launch_template", "block_device_mappings.ebs.encrypted", "false")),
    ("a database without TLS", "databases_demand_tls", setting("aws_db_parameter_group", "parameter", [])),
    ("a balancer without TLS", "balancers_speak_tls", setting("aws_lb_listener", "protocol", "HTTP")),
    ("IMDSv1", "machines_demand_imdsv2", setting("aws_launch_template", "metadata_options.http_tokens", "optional")),
    ("a machine without a template", "machines_demand_imdsv2", adding("aws_instance", ami="ami-1")),
    ("a bucket without a block", "buckets_are_closed", dropping("aws_s3_bucket_public_access_block")),
    ("a bucket with half a block", "buckets_are_closed", setting("aws_s3_bucket_public_access_block", "restrict_public_buckets", False)),
    ("a bucket without a policy", "buckets_are_closed", dropping("aws_s3_bucket_policy")),
    ("a password in the state", "secrets_are_not_in_the_plan", leaking),
    ("an address with a password as plain text", "secrets_are_not_in_the_plan", setting("aws_ssm_parameter", "type", "String", "database_url")),
    ("a day of backups", "data_is_kept", setting("aws_db_instance", "backup_retention_period", 1)),
    ("all of S3", "no_action_is_everything", granting(actions=["s3:*"], resources=["arn:aws:s3:::b"])),
    ("everything", "no_action_is_everything", granting(actions=["*"], resources=["*"])),
    ("everything but", "no_action_is_everything", granting(not_actions=["iam:*"], resources=["*"])),
    ("starting machines anywhere", "every_action_names_its_resource", granting(actions=["ec2:RunInstances"], resources=["*"])),
    ("reading all parameters", "every_action_names_its_resource", granting(actions=["ssm:GetParameter"], resources=["*"])),
    ("a shop that lists users", "the_shop_does_little",
     granting("module.shop.module.compute.data.aws_iam_policy_document.shop", actions=["iam:ListUsers"], resources=["arn:aws:iam::123456789012:user/*"])),
    ("a bucket for everybody", "strangers_are_refused", granting(actions=["s3:GetObject"], principals=[{"type": "*", "identifiers": ["*"]}])),
    ("any repository", "pipelines_are_told_apart", statement_of('trust["apply"]', any_subject)),
    ("any token", "pipelines_are_told_apart", statement_of('trust["deploy"]', unlimited)),
    ("a role without a boundary", "roles_are_bounded", adding("aws_iam_role", name="mercer-x")),
    ("a machine that asks for more than its boundary", "boundaries_hold_what_is_granted",
     granting("module.shop.module.compute.data.aws_iam_policy_document.machine", actions=["autoscaling:SetDesiredCapacity"], resources=["arn:aws:autoscaling:r:1:g"])),
    ("a pipeline that changes its own role", "pipelines_change_no_pipeline", statement_of(".make_roles", without_deny)),
    ("a pipeline that reads secrets", "pipelines_see_no_secret", statement_of(".ci.data.aws_iam_policy_document.rollout", without_deny)),
    ("a key of a user", "nobody_has_an_access_key", adding("aws_iam_access_key", user="x")),
    ("a policy that AWS refuses for its length", "policies_fit", swelling),
    ("a public balancer behind a VPC origin", "only_cloudfront_comes_in", setting("aws_lb", "internal", False)),
    ("an origin without the secret", "only_cloudfront_comes_in", origin(lambda one: one.update(custom_header=[]))),
    ("plain HTTP for shoppers", "shoppers_speak_tls", behaviour(lambda one: one.update(viewer_protocol_policy="allow-all"))),
    ("plain HTTP to the origin", "shoppers_speak_tls", setting("aws_cloudfront_vpc_origin", "vpc_origin_endpoint_config.origin_protocol_policy", "http-only")),
    ("carts that are kept", "nothing_personal_is_kept", behaviour(lambda one: one.update(cache_policy_id="658327ea-f89d-4fab-a63d-7e88639e58f6"))),
    ("cookies on public pages", "nothing_personal_is_kept",
     setting("aws_cloudfront_cache_policy", "parameters_in_cache_key_and_forwarded_to_origin.cookies_config.cookie_behavior", "all")),
    ("a least time to keep", "the_shop_alone_says_how_long", setting("aws_cloudfront_cache_policy", "min_ttl", 60)),
    ("errors that are kept", "the_shop_alone_says_how_long", setting("aws_cloudfront_distribution", "custom_error_response", [])),
    ("tags under another name", "the_shop_alone_says_how_long", setting("aws_cloudfront_distribution", "cache_tag_config.header_name", "Surrogate-Key")),
    ("answers without an end", "purges_know_how_late_an_answer_is", origin(lambda one: one.update(response_completion_timeout=None))),
    ("no copy that stands in", "the_copy_stands_in", setting("aws_cloudfront_distribution", "origin_group", [])),
]

"""Policies: the edge and what it stands before."""

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
PERSONAL = ("/cart*", "/checkout*", "/orders/*", "/account*", "/me/*", "/admin*", "/api/v1/*", "/webhooks/*")


def distribution_of(plan):
    return [(one, one.values) for one in plan.of("aws_cloudfront_distribution")]


def behaviours(values):
    return values["default_cache_behavior"] + (values.get("ordered_cache_behavior") or [])


def only_cloudfront_comes_in(plan):
    """A load balancer has no public address, or CloudFront alone is let in; and the shop wants the header in any case."""
    for rule in plan.of("aws_vpc_security_group_ingress_rule"):
        if rule.name == "cloudfront" and not rule.values.get("prefix_list_id"):
            yield f"{rule.address} does not name CloudFront's networks"
    for one, values in distribution_of(plan):
        for origin in values["origin"]:
            headers = [header["name"] for header in origin.get("custom_header") or []]
            if not origin.get("origin_access_control_id") and origin["origin_id"] in ("shop", "personal") and "X-Origin-Secret" not in headers:
                yield f"{one.address}: {origin['origin_id']} is asked without the secret"
        if any(origin.get("vpc_origin_config") for origin in values["origin"]):
            for balancer in plan.of("aws_lb"):
                if plan.shop_of(balancer) == plan.shop_of(one) and balancer.values.get("internal") is not True:
                    yield f"{balancer.address} has a public address beside its VPC origin"


def shoppers_speak_tls(plan):
    for one, values in distribution_of(plan):
        if any(b["viewer_protocol_policy"] not in ("redirect-to-https", "https-only") for b in behaviours(values)):
            yield f"{one.address} answers without TLS"
        if values["viewer_certificate"][0].get("minimum_protocol_version") != "TLSv1.2_2021":
            yield f"{one.address} speaks old TLS"
        for origin in values["origin"]:
            for config in origin.get("custom_origin_config") or []:
                if config["origin_protocol_policy"] != "https-only":
                    yield f"{one.address}: {origin['origin_id']} is asked without TLS"
    for origin in plan.of("aws_cloudfront_vpc_origin"):
        if origin.values["vpc_origin_endpoint_config"][0]["origin_protocol_policy"] != "https-only":
            yield f"{origin.address} is asked without TLS"


def nothing_personal_is_kept(plan):
    for one, values in distribution_of(plan):
        found = {b["path_pattern"]: b for b in values.get("ordered_cache_behavior") or []}
        for path in PERSONAL:
            if path not in found or found[path].get("cache_policy_id") != CACHING_DISABLED:
                yield f"{one.address} may keep {path}"
        for behaviour in behaviours(values):
            if behaviour.get("cache_policy_id") != CACHING_DISABLED and "POST" in behaviour["allowed_methods"]:
                yield f"{one.address} keeps {behaviour.get('path_pattern')}, where forms are posted"
    for policy in plan.of("aws_cloudfront_cache_policy"):
        key = policy.values["parameters_in_cache_key_and_forwarded_to_origin"][0]
        if key["cookies_config"][0]["cookie_behavior"] != "none":
            yield f"{policy.address} hands cookies on to pages that are kept for all"


def the_shop_alone_says_how_long(plan):
    for policy in plan.of("aws_cloudfront_cache_policy"):
        if policy.values.get("min_ttl") != 0:
            yield f"{policy.address} keeps what the shop says must not be kept"
    for one, values in distribution_of(plan):
        errors = {e["error_code"]: e.get("error_caching_min_ttl") for e in values.get("custom_error_response") or []}
        for code in (403, 404, 500, 502, 503, 504):
            if errors.get(code) != 0:
                yield f"{one.address} keeps the error {code}"
        if (values.get("cache_tag_config") or [{}])[0].get("header_name") != "Cache-Tag":
            yield f"{one.address} does not read Cache-Tag, so purges by tag find nothing"


def purges_know_how_late_an_answer_is(plan):
    """The distribution drops what is not complete by then, and the shop is told the same number."""
    for one, values in distribution_of(plan):
        said = [p.values.get("value") for p in plan.of("aws_ssm_parameter")
                if plan.shop_of(p) == plan.shop_of(one) and p.values["name"].endswith("/MERCER_EDGE_COMPLETION_MS")]
        for origin in values["origin"]:
            kept = origin["origin_id"] == "shop"
            if kept and said != [str(1000 * (origin.get("response_completion_timeout") or 0))]:
                yield f"{one.address} cuts answers off at {origin.get('response_completion_timeout')} s, and the shop is told {said} ms"


def the_copy_stands_in(plan):
    for one, values in distribution_of(plan):
        groups = {g["origin_id"]: [m["origin_id"] for m in g["member"]] for g in values.get("origin_group") or []}
        target = values["default_cache_behavior"][0]["target_origin_id"]
        if groups.get(target) != ["shop", "copy"]:
            yield f"{one.address}: pages have no copy that stands in"


EDGE = [
    only_cloudfront_comes_in, shoppers_speak_tls, nothing_personal_is_kept, the_shop_alone_says_how_long,
    purges_know_how_late_an_answer_is, the_copy_stands_in,
]

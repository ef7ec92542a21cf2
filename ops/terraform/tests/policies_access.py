"""Policies: who may do what."""

import re

# What AWS knows no narrower resource for, or what has no name before it is made. Everything else names its resource.
NO_NARROWER = {
    "ecr:GetAuthorizationToken", "ecs:DiscoverPollEndpoint", "ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition",
    "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel", "sts:GetCallerIdentity",
}
LOOKING = re.compile(r"^[a-z0-9-]+:(Describe|Get|List|View)[A-Za-z*]*$")
# Looking that would show secrets or other people's data.
SHOWING = re.compile(r"^(s3|ssm|secretsmanager|logs|dynamodb|kms):Get|^(s3|ssm|secretsmanager):\*")
# A managed policy may have this many characters, white space not counted.
POLICY_CHARACTERS = 6144


def no_action_is_everything(plan):
    for one in plan.statements():
        if one.allows and any(action == "*" or action.endswith(":*") for action in one.actions):
            yield f"{one.where} {one.sid}: {one.actions}"
        if one.negated:
            yield f"{one.where} {one.sid} says what is not meant"


def every_action_names_its_resource(plan):
    for one in plan.statements():
        # A boundary gives nothing, and an owner's policy (with principals) is about the thing that it stands on.
        if not one.allows or "*" not in one.resources or one.where.endswith("boundary"):
            continue
        for action in one.actions:
            if SHOWING.match(action) or not (action in NO_NARROWER or LOOKING.match(action)):
                yield f"{one.where} {one.sid}: {action} on everything"


def the_shop_does_little(plan):
    """What a process itself may do: purges of its distribution, pictures; on a machine also its copy and binaries."""
    wanted = {"cloudfront:CreateInvalidation", "cloudfront:GetInvalidation", "s3:GetObject", "s3:PutObject", "s3:ListBucket"}
    for one in plan.statements():
        if one.where.endswith("module.compute.data.aws_iam_policy_document.shop") and set(one.actions) - wanted:
            yield f"{one.where} {one.sid}: {sorted(set(one.actions) - wanted)}"


def strangers_are_refused(plan):
    for one in plan.statements():
        if one.allows and "*" in one.principals:
            yield f"{one.where} {one.sid} trusts everybody"


def pipelines_are_told_apart(plan):
    """A token of GitHub or GitLab says which project it is for; without both words any project of the host would do."""
    for one in plan.statements():
        if "sts:AssumeRoleWithWebIdentity" not in one.actions:
            continue
        job = one.where.rsplit('"', 2)[-2] if '"' in one.where else one.where
        subjects = [value for test, variable, values in one.conditions if variable.endswith(":sub") for value in values]
        audiences = [value for _, variable, values in one.conditions if variable.endswith(":aud") for value in values]
        if not audiences or not subjects:
            yield f"{one.where} takes any token"
        for subject in subjects:
            project = subject.split(":")[1] if ":" in subject else ""
            if "*" in project or "/" not in project:
                yield f"{one.where} takes {subject}"
            if "*" in subject and job != "plan":
                yield f"{one.where} takes any branch: {subject}"


def roles_are_bounded(plan):
    for role in plan.of("aws_iam_role"):
        if ".module.ci." in role.address:
            continue
        if not (role.values.get("permissions_boundary") or role.unknown.get("permissions_boundary")):
            yield f"{role.address} has no boundary"


def boundaries_hold_what_is_granted(plan):
    """A role may do only what its policy and its boundary both allow: what the second lacks is refused without a word."""
    most = {action for one in plan.statements() if one.where.endswith(".boundary") and one.allows for action in one.actions}
    for one in plan.statements():
        beyond = set(one.actions) - most
        if ".module.compute." in one.where and one.allows and not one.principals and beyond:
            yield f"{one.where} {one.sid}: {sorted(beyond)} is not within the boundary"


def pipelines_change_no_pipeline(plan):
    roles = {"iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PassRole", "iam:PutRolePermissionsBoundary"}
    for document in sorted({one.where for one in plan.statements() if ".make_roles" in one.where}):
        denied = {a for one in plan.statements() if one.where == document and not one.allows and "ci-" in "".join(one.resources) for a in one.actions}
        if not roles <= denied:
            yield f"{document} may change the pipelines' own roles: {sorted(roles - denied)}"
        for one in plan.statements():
            makes = {"iam:CreateRole", "iam:PutRolePolicy"} & set(one.actions)
            if one.where == document and one.allows and makes and not any(variable == "iam:PermissionsBoundary" for _, variable, _ in one.conditions):
                yield f"{document} makes roles without a boundary"


def pipelines_see_no_secret(plan):
    for document in sorted({one.where for one in plan.statements() if one.where.endswith((".ci.data.aws_iam_policy_document.rollout"))}):
        if not any(one.where == document and not one.allows and "kms:Decrypt" in one.actions for one in plan.statements()):
            yield f"{document} may decrypt parameters"


def nobody_has_an_access_key(plan):
    for resource in plan.of("aws_iam_access_key", "aws_iam_user", "aws_key_pair"):
        yield f"{resource.address}: people and programs come by roles"


def policies_fit(plan):
    for resource in plan.of("aws_iam_policy"):
        text = resource.values.get("policy") or ""
        size = len(re.sub(r"\s", "", text))
        if size > POLICY_CHARACTERS:
            yield f"{resource.address} has {size} characters of {POLICY_CHARACTERS}"


ACCESS = [
    no_action_is_everything, every_action_names_its_resource, the_shop_does_little, strangers_are_refused,
    pipelines_are_told_apart, roles_are_bounded, boundaries_hold_what_is_granted, pipelines_change_no_pipeline, pipelines_see_no_secret, nobody_has_an_access_key,
    policies_fit,
]

"""What ops/checks/deploy checks; it is started by that."""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import botocore.session
from botocore.validate import ParamValidator

from stage import ACCOUNT, IMAGE, NAME, REGISTRY, SHOP, Stage, Unexpected, equal, expect

PURGE_SITE = ["#s"]
failed = 0


def check(name, look):
    global failed
    try:
        look()
        print(f"ok     {name}", flush=True)
    except Unexpected as unexpected:
        failed += 1
        print(f"FAILED {name}: {unexpected}", flush=True)


def fails(stage, script, *arguments, code=1, says="", calls=None, **environment):
    """Runs a script that must fail, says why in a line, and asks for exactly these changes."""
    found, text = stage.run(script, *arguments, **environment)
    equal(found, code, f"exit code (it said: {text.strip()[-300:]})")
    expect(says in text, f"it does not say {says!r}: {text.strip()[-300:]}")
    if calls is not None:
        equal(stage.world.named(), calls, "calls")
    return text


# --- The task definition

def task_definition(stage):
    code, text = stage.run("ecs", SHOP, IMAGE)
    equal(code, 0, f"exit code ({text.strip()[-200:]})")
    made = stage.world.asked("ecs:RegisterTaskDefinition")[0]
    equal(shape_findings(made), [], "findings of AWS's own model")
    container = made["containerDefinitions"][0]
    equal(container["image"], f"{REGISTRY}/mercer@{stage.digest}", "the image")
    equal([made[key] for key in ("cpu", "memory", "executionRoleArn")],
          ["512", "1024", f"arn:aws:iam::{ACCOUNT}:role/{NAME}-execution"], "Terraform's place")
    names = [pair["name"] for pair in container["secrets"]]
    equal(names, ["DATABASE_URL", "MERCER_CLOUDFRONT_DISTRIBUTION_ID", "MERCER_DRAIN_DELAY_S", "MERCER_PUBLIC_URL",
                  "MERCER_SECRET_KEY"], "the shop's variables")
    clash = set(names) & {pair["name"] for pair in container["environment"]}
    equal(clash, set(), "names that ECS would refuse as given twice")
    expect("test-password" not in json.dumps(made) + text, "a secret stands in the task definition or the log")
    expect(container["readonlyRootFilesystem"], "the root of the container can be written")
    expect("${" not in json.dumps(made), "a placeholder was not filled")


def shape_findings(request):
    """What AWS's own model says against a request: unknown keys, wrong types, missing members, values of no enum."""
    model = botocore.session.get_session().get_service_model("ecs")
    shape = model.operation_model("RegisterTaskDefinition").input_shape
    report = ParamValidator().validate(request, shape).generate_report()
    return ([report] if report else []) + list(enum_findings(shape, request, ""))


def enum_findings(shape, value, path):
    if shape.type_name == "structure":
        for key, inner in value.items():
            if key in shape.members:
                yield from enum_findings(shape.members[key], inner, f"{path}.{key}")
    elif shape.type_name == "list":
        for index, inner in enumerate(value):
            yield from enum_findings(shape.member, inner, f"{path}[{index}]")
    elif shape.type_name == "string" and getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def model_refuses(_):
    """The checker itself: each kind of mistake must be found."""
    with open("ops/ecs/task-definition.json", encoding="utf-8") as file:
        sound = file.read()
    equal(shape_findings(json.loads(sound)), [], "findings in the template")
    for right, wrong in (('"awsvpc"', '"awsvpcc"'), ('"essential": true', '"essential": "yes"'), ('"cpu"', '"cpus"'),
                         ('"name": "mercer"', '"title": "mercer"'), ('["ALL"]', '"ALL"'), ('"awslogs"', '"logs"')):
        expect(shape_findings(json.loads(sound.replace(right, wrong, 1))), f"{wrong} was not found")


# --- ECS

REGISTER, RUN, UPDATE, PURGE, FORGET = ("ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:UpdateService",
                                        "cloudfront:CreateInvalidation", "ecs:DeregisterTaskDefinition")
FORWARD = [REGISTER, RUN, UPDATE, PURGE]


def ecs_forward(stage):
    code, text = stage.run("ecs", SHOP, IMAGE)
    equal(code, 0, f"exit code ({text.strip()[-200:]})")
    equal(stage.world.named(), FORWARD, "calls")
    task = stage.world.asked(RUN)[0]
    equal(task["overrides"]["containerOverrides"], [{"name": "mercer", "command": ["migrate"]}], "the one-off task")
    equal((task["networkConfiguration"], task["launchType"]), (stage.network, "FARGATE"), "the one-off task's place")
    equal(task["taskDefinition"], stage.world.asked(UPDATE)[0]["taskDefinition"], "the migrations' revision")
    equal(stage.world.asked(PURGE), [PURGE_SITE], "purges")
    order = [call for call, _ in stage.world.calls]
    expect(order.index(RUN) < order.index("ecs:DescribeTasks") < order.index(UPDATE) < order.index(PURGE)
           < order.index("cloudfront:GetInvalidation"), "a step did not wait for the one before")
    equal(stage.running(), stage.world.asked(UPDATE)[0]["taskDefinition"].rpartition("/")[2], "what runs")


def ecs_first(stage):
    """The first deployment comes before the first product."""
    stage.edge.begin("empty")
    code, text = stage.run("ecs", SHOP, IMAGE)
    equal(code, 0, f"exit code ({text.strip()[-200:]})")
    expect("nothing to buy yet" in text, "it does not say so")


def ecs_unchanged(stage, says, calls, **world):
    """A failure before the rollout: no task of the old build was touched, and no page purged."""
    for name, value in world.items():
        setattr(stage.world, name, value)
    fails(stage, "ecs", SHOP, IMAGE, says=says, calls=calls)
    equal(stage.running(), stage.first.rpartition("/")[2], "what runs")


def ecs_back(stage, says, calls, code=1, edge=None, **world):
    """A failure from the rollout on: the old revision serves again."""
    stage.edge.begin(edge)
    for name, value in world.items():
        setattr(stage.world, name, value)
    fails(stage, "ecs", SHOP, IMAGE, code=code, says=says, calls=calls, DEPLOY_TIMEOUT_S="1.5")
    if code == 1:
        equal(stage.world.asked(UPDATE)[-1]["taskDefinition"], stage.first, "what the last update brings back")


def ecs_cancelled(stage):
    """The pipeline is cancelled in the middle of the rollout."""
    stage.world.rollouts = ["hangs"]
    script = subprocess.Popen(["ops/deploy/ecs", SHOP, IMAGE], env=stage.environment, text=True, stdout=subprocess.PIPE)

    def cancel(call):
        if call == "ecs:DescribeServices" and stage.world.asked(UPDATE):
            stage.world.on_call = lambda _: None
            script.send_signal(signal.SIGTERM)

    stage.world.on_call = cancel
    text, _ = script.communicate(timeout=60)
    equal(script.returncode, 1, "exit code")
    expect("stopped by a signal" in text, f"it does not say why: {text[-200:]}")
    equal(stage.world.named(), [*FORWARD[:3], UPDATE, PURGE, FORGET], "calls")


def ecs_changed_place(stage):
    """What Terraform changes waits for the next deployment: until then the newest revision is one that works."""
    code, _ = stage.run("ecs", SHOP, IMAGE)
    equal(code, 0, "exit code of the first deployment")
    stage.make_place("1024")
    newest = stage.ecs.describe_task_definition(taskDefinition=NAME)["taskDefinition"]["taskDefinitionArn"]
    equal(newest.rpartition("/")[2], stage.running(), "the newest revision, of which the hourly copy is made")
    code, _ = stage.run("ecs", SHOP, IMAGE)
    equal(code, 0, "exit code of the second deployment")
    equal([made["cpu"] for made in stage.world.asked(REGISTER)], ["512", "1024"], "processors")


def ecs_previous(stage):
    ran = []
    for _ in range(2):
        code, _ = stage.run("ecs", SHOP, IMAGE)
        equal(code, 0, "exit code of the deployment")
        ran.append(stage.running())
    stage.world.calls = []
    stage.world.deployments = []
    code, text = stage.run("ecs", SHOP, "--back")
    equal(code, 0, f"exit code ({text.strip()[-200:]})")
    equal(stage.world.named(), [UPDATE, PURGE], "calls")
    expect(stage.running() == ran[0] != ran[1], f"{stage.running()} runs")


def ecs_no_previous(stage):
    """Terraform's own definition is nothing to go back to: no image is behind it."""
    code, _ = stage.run("ecs", SHOP, IMAGE)
    equal(code, 0, "exit code of the deployment")
    stage.world.calls = []
    fails(stage, "ecs", SHOP, "--back", says="is the first that was deployed", calls=[])


def ecs_checks(stage):
    none = [(name, {**case}) for name, case in (
        ("the image is not in ECR", {"says": "ecr:DescribeImages", "calls": [], "refuse": {"ecr:DescribeImages": None}}),
        ("another rollout is under way", {"says": "another rollout", "calls": [], "busy": True}),
        ("parameters can't be read", {"says": "ssm:GetParametersByPath", "calls": [],
                                      "refuse": {"ssm:GetParametersByPath": None}}),
        ("the definition is refused", {"says": REGISTER, "calls": [REGISTER], "refuse": {REGISTER: None}}),
        ("the migration is refused", {"says": RUN, "calls": [REGISTER, RUN, FORGET], "refuse": {RUN: None}}),
        ("the migration finds no place", {"says": "RESOURCE:MEMORY", "calls": [REGISTER, RUN, FORGET], "places": False}),
        ("the migration fails", {"says": "exit code 1", "calls": [REGISTER, RUN, FORGET], "exit_code": 1}),
        ("the image can't be pulled", {"says": "CannotPull", "calls": [REGISTER, RUN, FORGET], "exit_code": None}),
        ("the update is refused", {"says": UPDATE, "calls": [REGISTER, RUN, UPDATE, FORGET], "refuse": {UPDATE: None}}))]
    undone = [*FORWARD[:3], UPDATE, PURGE, FORGET]
    back = [(name, {**case}) for name, case in (
        ("tasks don't become healthy", {"says": "circuit breaker", "calls": undone, "rollouts": ["breaker"]}),
        ("the rollout hangs", {"says": "longer than", "calls": undone, "rollouts": ["hangs"]}),
        ("another rollout takes over", {"says": "took over", "calls": undone, "rollouts": ["taken over"]}),
        ("the purge is refused", {"says": PURGE, "calls": [*FORWARD, UPDATE, PURGE, FORGET], "refuse": {PURGE: 1}}),
        ("the shop does not sell", {"says": "does not sell", "calls": [*FORWARD, UPDATE, PURGE, FORGET], "edge": "broken"}),
        ("nor does the way back succeed", {"says": "STUCK", "calls": [*FORWARD[:3], UPDATE], "code": 3,
                                           "rollouts": ["hangs", "hangs"]}),
        ("nor is a second purge allowed", {"says": "STUCK", "calls": [*FORWARD, UPDATE, PURGE], "code": 3,
                                           "refuse": {PURGE: None}}))]
    scenario = scenarios(stage, stage.begin)
    scenario("ecs: the task definition is what AWS takes", task_definition)
    scenario("ecs: mistakes in a task definition are found", model_refuses)
    scenario("ecs: image, migrations, rollout, purge, smoke test, in this order", ecs_forward)
    scenario("ecs: the first deployment, of an empty shop", ecs_first)
    for name, case in none:
        scenario(f"ecs: {name}: nothing changed", lambda stage, case=case: ecs_unchanged(stage, **case))
    for name, case in back:
        scenario(f"ecs: {name}: back", lambda stage, case=case: ecs_back(stage, **case))
    scenario("ecs: the pipeline is cancelled: back", ecs_cancelled)
    scenario("ecs: a change of the place comes with the next deployment", ecs_changed_place)
    scenario("ecs: --back brings the revision before", ecs_previous)
    scenario("ecs: --back of the first deployment", ecs_no_previous)
    scenario("ecs: --back of the first revision", lambda stage: fails(
        stage, "ecs", SHOP, "--back", says="names none before it", calls=[]))
    scenario("ecs: an image that was not pushed", lambda stage: fails(
        stage, "ecs", SHOP, IMAGE.replace("v1.2.3", "v9"), says="push it first", calls=[]))
    scenario("ecs: what is no image", lambda stage: fails(stage, "ecs", SHOP, "mercer:v1", says="is no image", calls=[]))
    scenario("ecs: a shop that is not there", lambda stage: fails(stage, "ecs", "no-shop", IMAGE, says="is the name right"))
    scenario("ecs: wrong usage", lambda stage: fails(stage, "ecs", SHOP, code=2, says="ops/deploy/ecs SHOP IMAGE"))


# --- The image

def engine(stage, outcome=0):
    """A stand-in for docker that notes what it is told, and with what outcome it ends."""
    path = f"{stage.scratch}/docker"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\necho "$@" >>{stage.scratch}/engine\n[ "$1" != login ] || {{ cat; echo; }} >>{stage.scratch}/engine\nexit {outcome}\n')
    os.chmod(path, 0o755)
    with contextlib.suppress(FileNotFoundError):
        os.remove(f"{stage.scratch}/engine")
    return path


def told(stage):
    with open(f"{stage.scratch}/engine", encoding="utf-8") as file:
        return file.read().splitlines()


def image_made(stage):
    code, text = stage.run("image", "build", "1.2.3", binary(stage), "/nowhere/image.tar", ENGINE=engine(stage))
    equal(code, 0, f"exit code ({text.strip()[-200:]})")
    built, saved = told(stage)
    for word in ("--target prebuilt", "--tag mercer:1.2.3", "VERSION=1.2.3", "REVISION=", "SOURCE_DATE_EPOCH=", "BINARY="):
        expect(word in built, f"{word} is missing: {built}")
    equal(saved, "save --output /nowhere/image.tar mercer:1.2.3", "what is saved")


def image_pushed(stage):
    code, text = stage.run("image", "push", "1.2.3", ENGINE=engine(stage))
    remote = f"{REGISTRY}/mercer:1.2.3"
    equal((code, text.splitlines()), (0, [remote]), "exit code, and what is printed")
    words = told(stage)
    expect(words[0].startswith("login --username AWS --password-stdin") and words[1], f"the login: {words[:2]}")
    equal(words[-2:], [f"tag mercer:1.2.3 {remote}", f"push {remote}"], "what is pushed")


def image_pushed_before(stage):
    code, text = stage.run("image", "push", "v1.2.3", ENGINE=engine(stage))
    equal((code, text.splitlines()[-1:]), (0, [f"{REGISTRY}/mercer:v1.2.3"]), "exit code, and what is printed")
    expect("is there already" in text, "it does not say so")


def image_checks(stage):
    scenario = scenarios(stage, stage.begin)
    scenario("image: made of a binary, with version, commit and its time", image_made)
    scenario("image: pushed to the account's ECR", image_pushed)
    scenario("image: a version is pushed once", image_pushed_before)
    scenario("image: ECR lets nobody in", lambda stage: (
        stage.world.refuse.update({"ecr:GetAuthorizationToken": None}),
        fails(stage, "image", "push", "1.2.3", says="you may not", ENGINE=engine(stage))))
    scenario("image: the build fails", lambda stage: fails(
        stage, "image", "build", "1.2.3", binary(stage), "/nowhere/image.tar", says="failed", ENGINE=engine(stage, 1)))
    scenario("image: no binary", lambda stage: fails(stage, "image", "build", "1", "/nowhere", "x", says="is missing"))
    scenario("image: wrong usage", lambda stage: fails(stage, "image", "push", code=2, says="ops/deploy/image push VERSION"))


def scenarios(stage, begin):
    def scenario(name, look):
        def fresh():
            begin()
            look(stage)
        check(name, fresh)
    return scenario


# --- EC2

PUT, START, CANCEL, UPLOAD = ("ssm:PutParameter", "autoscaling:StartInstanceRefresh",
                              "autoscaling:CancelInstanceRefresh", "s3:PutObject")
NEW = [PUT, PUT, START]     # The new version is named, the one before noted.


def binary(stage, words="#!/bin/sh\n"):
    path = f"{stage.scratch}/mercer-{hashlib.sha256(words.encode()).hexdigest()[:8]}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(words)
    return path


def ec2_forward(stage):
    file = binary(stage)
    code, text = stage.run("ec2", SHOP, "1.1.0", file)
    equal(code, 0, f"exit code ({text.strip()[-200:]})")
    equal(stage.world.named(), [UPLOAD, UPLOAD, *NEW, PURGE], "calls")
    paths = stage.world.asked(UPLOAD)
    expect(paths[0].endswith("/mercer/1.1.0/mercer-linux-x86_64") and paths[1] == paths[0] + ".sha256", f"uploads: {paths}")
    get = lambda key: stage.s3.get_object(Bucket=f"{NAME}-releases", Key=f"mercer/1.1.0/{key}")["Body"].read()
    with open(file, "rb") as opened:
        body = opened.read()
    equal(get("mercer-linux-x86_64"), body, "the binary")
    equal(get("mercer-linux-x86_64.sha256").decode(), f"{hashlib.sha256(body).hexdigest()}  mercer-linux-x86_64\n", "its digest")
    equal((stage.parameter("deploy/version"), stage.parameter("deploy/previous_version")), ("1.1.0", "1.0.0"), "versions")
    stage.begin_fleet()
    code, text = stage.run("ec2", SHOP, "1.1.0", MERCER=None)
    equal((code, stage.world.named()), (0, [*NEW, PURGE]), "the same version once more")
    stage.begin_fleet()
    fails(stage, "ec2", SHOP, "1.1.0", binary(stage, "another"), says="another binary", calls=[])


def ec2_failed(stage, says, calls, code=1, edge=None, target="1.1.0", **world):
    stage.edge.begin(edge)
    for name, value in world.items():
        setattr(stage.world, name, value)
    fails(stage, "ec2", SHOP, target, binary(stage), code=code, says=says, calls=calls, DEPLOY_TIMEOUT_S="1.5")
    equal(stage.parameter("deploy/version"), "1.0.0", "the version that machines get")


def ec2_stranger(stage):
    """A program for another processor would start on no machine."""
    file = f"{stage.scratch}/mercer-linux-aarch64"
    os.rename(binary(stage), file)
    fails(stage, "ec2", SHOP, "3.0.0", file, says="run mercer-linux-x86_64", calls=[])


def ec2_previous(stage):
    file = binary(stage)
    equal(stage.run("ec2", SHOP, "1.1.0", file)[0], 0, "exit code of the deployment")
    equal(stage.run("ec2", SHOP, "1.2.0", file)[0], 0, "exit code of the next")
    equal(stage.run("ec2", SHOP, "--back")[0], 0, "exit code of the way back")
    equal((stage.parameter("deploy/version"), stage.parameter("deploy/previous_version")), ("1.1.0", "1.2.0"), "versions")


def ec2_checks(stage):
    restored = [PUT, PUT]
    scenario = scenarios(stage, stage.begin_fleet)
    scenario("ec2: binary, version, machines, purge, smoke test, in this order", ec2_forward)
    # 1.1.0 is published from here on.
    for name, case in (
            ("the upload is refused", {"says": UPLOAD, "calls": [UPLOAD], "refuse": {UPLOAD: None}, "target": "2.0.0"}),
            ("another exchange is under way", {"says": "another rollout", "calls": [], "busy": True}),
            ("the parameter is refused", {"says": PUT, "calls": [PUT], "refuse": {PUT: None}}),
            ("the exchange is refused", {"says": START, "calls": [*NEW, *restored], "refuse": {START: None}}),
            ("machines don't become healthy", {"says": "ended as Failed", "exchanges": ["Failed"],
                                               "calls": [*NEW, *restored, START, PURGE]}),
            ("the exchange hangs", {"says": "longer than", "exchanges": ["hangs"],
                                    "calls": [*NEW, *restored, CANCEL, START, PURGE]}),
            ("the purge is refused", {"says": PURGE, "refuse": {PURGE: 1},
                                      "calls": [*NEW, PURGE, *restored, START, PURGE]}),
            ("the shop does not sell", {"says": "does not sell", "edge": "broken",
                                        "calls": [*NEW, PURGE, *restored, START, PURGE]}),
            ("nor does the way back succeed", {"says": "STUCK", "exchanges": ["Failed", "Failed"], "code": 3,
                                               "calls": [*NEW, *restored, START]})):
        scenario(f"ec2: {name}: back", lambda stage, case=case: ec2_failed(stage, **case))
    scenario("ec2: --back brings the version before", ec2_previous)
    scenario("ec2: a version that was not published", lambda stage: fails(
        stage, "ec2", SHOP, "7.0.0", says="was not published yet", calls=[], MERCER="/nowhere"))
    scenario("ec2: a program for another processor", ec2_stranger)
    scenario("ec2: wrong usage", lambda stage: fails(stage, "ec2", SHOP, "../1", code=2, says="ops/deploy/ec2 SHOP VERSION"))


# --- Static files, and the look from outside

def keys(stage, kind):
    pages = stage.s3.get_paginator("list_objects_v2").paginate(Bucket=f"{NAME}-{kind}")
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def static_here(stage):
    """The binary itself, with a shop that has nothing to sell yet: pictures of the demo would take minutes."""
    empty = {"MERCER_DATA_DIR": f"{stage.scratch}/empty", "DATABASE_URL": f"sqlite://{stage.scratch}/empty/store.db"}
    code, text = stage.run("static", SHOP, **empty)
    equal(code, 0, f"exit code ({text.strip()[-300:]})")
    expect(any(key.endswith(".css") for key in keys(stage, "assets")), "no stylesheet in the bucket of assets")
    found = keys(stage, "copy")
    expect({"index.html", "404.html", "mercer-export.json"} <= set(found), f"the static copy is {found}")
    equal(stage.world.asked(RUN), [], "tasks")


def static_task(stage):
    code, text = stage.run("static", SHOP, "copy", DATABASE_URL=None)
    equal(code, 0, f"exit code ({text.strip()[-200:]})")
    task = stage.world.asked(RUN)[0]
    equal(task["overrides"]["containerOverrides"][0]["command"], ["export", f"s3://{NAME}-copy"], "the one-off task")
    equal(task["overrides"]["taskRoleArn"], f"arn:aws:iam::{ACCOUNT}:role/{NAME}-copy", "its role")
    equal(task["taskDefinition"].rpartition("/")[2], stage.running(), "its revision")
    stage.begin()
    stage.world.exit_code = 1
    fails(stage, "static", SHOP, "copy", says="exit code 1", DATABASE_URL=None)


def static_machines(stage):
    stage.ssm.put_parameter(Name="/mercer/no-cluster/deploy/copy_url", Value="s3://somewhere/site", Type="String", Overwrite=True)
    code, text = stage.run("static", "no-cluster", "copy", DATABASE_URL=None)
    equal((code, stage.world.named()), (0, []), f"exit code and calls ({text.strip()[-200:]})")
    expect("left to the machines" in text, "it does not say so")


def smoke_faults(stage):
    equal(stage.run("smoke", stage.edge.url, "--edge")[0], 0, "exit code of a sound shop")
    for fault, says in (("keeps all", "CloudFront keeps public pages"), ("no cookies", "a cart can be filled"),
                        ("keeps nothing", "CloudFront keeps public pages"), ("silent", "no Via"), ("broken", "answers 502")):
        stage.edge.begin(fault)
        text = fails(stage, "smoke", stage.edge.url, "--edge", says=says)
        expect("FAILED" in text, "no FAILED line")
    stage.edge.begin("empty")
    fails(stage, "smoke", stage.edge.url, "--edge", says="leads to no category")
    equal(stage.run("smoke", stage.edge.url, "--edge", "--new")[0], 0, "exit code of a new shop")
    fails(stage, "smoke", "http://127.0.0.1:9", says="no answer", SMOKE_PATIENCE_S="0")
    fails(stage, "smoke", "shop.example", code=2, says="ops/deploy/smoke URL")


def static_checks(stage):
    scenario = scenarios(stage, stage.begin)
    scenario("static: assets and the copy of a running shop, in buckets", static_here)
    scenario("static: the copy by a one-off task, where only that reaches the database", static_task)
    scenario("static: the copy of machines is left to them", static_machines)
    scenario("static: no binary", lambda stage: fails(stage, "static", SHOP, "assets", says="set MERCER", MERCER="/nowhere"))
    scenario("static: a bucket that refuses", lambda stage: (
        stage.world.refuse.update({"s3:HeadObject": None, "s3:PutObject": None, "s3:GetObject": None}),
        fails(stage, "static", SHOP, "assets", says="assets publish")))
    scenario("static: wrong usage", lambda stage: fails(stage, "static", SHOP, "all", code=2, says="ops/deploy/static SHOP"))
    scenario("smoke: each way to set up the edge wrong is noticed", smoke_faults)


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    scratch = tempfile.mkdtemp(dir=os.environ.get("scratch"))
    stage = Stage(scratch)
    try:
        stage.make_shop()
        stage.settle_shop()
        for name, checks in (("image", image_checks), ("ecs", ecs_checks), ("ec2", ec2_checks), ("static", static_checks)):
            if name in sys.argv[1:] or not sys.argv[1:]:
                checks(stage)
    finally:
        stage.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

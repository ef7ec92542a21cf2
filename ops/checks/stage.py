"""A shop in a stand-in for AWS, for ops/checks/deploy: what Terraform would have made, and how scripts are run there."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time

import boto3

import warm
from fake_aws import FakeAws
from fake_edge import FakeEdge

REGION, ACCOUNT, SHOP = "eu-central-1", "123456789012", "watch-shop"
NAME = f"mercer-{SHOP}"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IMAGE = f"{REGISTRY}/mercer:v1.2.3"


class Unexpected(Exception):
    """The scripts did something else than they should."""


def expect(is_so, otherwise):
    if not is_so:
        raise Unexpected(otherwise)


def equal(found, wanted, what):
    expect(found == wanted, f"{what}: {found!r} instead of {wanted!r}")


class Stage:
    """A demo shop behind a stand-in for CloudFront, in a stand-in for AWS."""

    def __init__(self, scratch):
        self.scratch = scratch
        shop_port = free_port()
        self.edge = FakeEdge(shop_port)
        self.aws = FakeAws()
        self.world = self.aws.world
        self.environment = {
            **os.environ, "AWS_ENDPOINT_URL": self.aws.url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a-secret-of-no-account",
            "AWS_EC2_METADATA_DISABLED": "true", "DEPLOY_POLL_S": "0.02", "DEPLOY_TIMEOUT_S": "30",
            "SMOKE_PATIENCE_S": "2", "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
        self.environment["AWS_ENDPOINT_URL_S3"] = self.aws.url
        self.shop_environment = {"MERCER_DATA_DIR": f"{scratch}/demo", "MERCER_LISTEN": f"127.0.0.1:{shop_port}",
                                 "MERCER_PUBLIC_URL": self.edge.url, "MERCER_API_RATE": "0", "MERCER_LOG": "warn"}
        os.environ.update({name: value for name, value in self.environment.items() if name.startswith("AWS_")})
        self.shop = self.start_shop("demo", "watches")

    def start_shop(self, *command):
        with open(f"{self.scratch}/shop.log", "a", encoding="utf-8") as log:
            return subprocess.Popen([os.environ["MERCER"], *command], stdout=log, stderr=log,
                                    env={**os.environ, **self.shop_environment})

    def settle_shop(self):
        """Once its database is made, the demo shop is served without what a demo does beside: drawing pictures."""
        self.await_shop()
        self.shop.terminate()
        self.shop.wait()
        self.shop = self.start_shop("serve")
        self.await_shop()

    def await_shop(self):
        for _ in range(300):
            asked = subprocess.run([os.environ["MERCER"], "healthcheck"], capture_output=True, check=False,
                                   env={**os.environ, **self.shop_environment})
            if asked.returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("FAILED the demo shop did not become ready within 30 s")

    def stop(self):
        self.shop.terminate()
        self.shop.wait()
        self.aws.stop()

    def client(self, service):
        return boto3.client(service, endpoint_url=f"http://127.0.0.1:{self.aws.moto_port}")

    def make_shop(self):
        """What Terraform would have made."""
        self.ecr, self.ecs, self.ssm, self.s3 = (self.client(name) for name in ("ecr", "ecs", "ssm", "s3"))
        self.ecr.create_repository(repositoryName="mercer")
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": {"digest": "sha256:" + "a" * 64, "size": 1,
                               "mediaType": "application/vnd.oci.image.config.v1+json"}, "layers": []}
        put = self.ecr.put_image(repositoryName="mercer", imageManifest=json.dumps(manifest), imageTag="v1.2.3")
        self.digest = put["image"]["imageId"]["imageDigest"]
        distribution = self.make_distribution()
        parameters = {
            "DATABASE_URL": ("SecureString", "postgres://mercer:test-password@db.internal/mercer"),
            "MERCER_SECRET_KEY": ("SecureString", "a-test-key-that-opens-nothing-at-all"),
            "MERCER_PUBLIC_URL": ("String", self.edge.url),
            "MERCER_CLOUDFRONT_DISTRIBUTION_ID": ("String", distribution),
            "MERCER_DRAIN_DELAY_S": ("String", "11"),
            "deploy/binary": ("String", "mercer-linux-x86_64"),
            **{f"deploy/{kind}_bucket": ("String", f"{NAME}-{kind}") for kind in ("assets", "media", "copy", "releases")}}
        for name, (kind, value) in parameters.items():
            self.ssm.put_parameter(Name=f"/mercer/{SHOP}/{name}", Value=value, Type=kind)
        for kind in ("assets", "copy", "releases"):
            self.s3.create_bucket(Bucket=f"{NAME}-{kind}", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.make_service()
        self.make_group()

    def make_distribution(self):
        origin = {"Id": "shop", "DomainName": "shop.example", "CustomOriginConfig": {
            "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}
        behaviour = {"TargetOriginId": "shop", "ViewerProtocolPolicy": "redirect-to-https", "MinTTL": 0,
                     "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "none"}}}
        made = self.client("cloudfront").create_distribution(DistributionConfig={
            "CallerReference": "mercer", "Comment": "", "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]}, "DefaultCacheBehavior": behaviour})
        return made["Distribution"]["Id"]

    def make_service(self):
        ec2 = self.client("ec2")
        subnets = [found["SubnetId"] for found in ec2.describe_subnets()["Subnets"]][:2]
        group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        self.network = {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group],
                                                "assignPublicIp": "DISABLED"}}
        self.ecs.create_cluster(clusterName=NAME)
        self.first = self.make_place("512")
        self.ecs.create_service(cluster=NAME, serviceName=NAME, taskDefinition=self.first, desiredCount=2,
                                launchType="FARGATE", networkConfiguration=self.network)

    def make_place(self, cpu):
        """As Terraform does at first, and whenever something of it changes."""
        made = self.ecs.register_task_definition(
            family=f"{NAME}-place", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu=cpu, memory="1024",
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{NAME}-execution",
            taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{NAME}-task",
            containerDefinitions=[{"name": "mercer", "image": f"{REGISTRY}/mercer:first", "essential": True}])
        place = made["taskDefinition"]["taskDefinitionArn"]
        self.put("deploy/place", place)
        return place

    def make_group(self):
        self.client("ec2").create_launch_template(LaunchTemplateName=NAME, LaunchTemplateData={
            "ImageId": "ami-12c6146b", "InstanceType": "t4g.small"})
        self.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=NAME, MinSize=0, MaxSize=2, DesiredCapacity=0, AvailabilityZones=[f"{REGION}a"],
            LaunchTemplate={"LaunchTemplateName": NAME})

    def begin(self):
        """As it was before the first deployment."""
        self.world.begin()
        self.edge.begin()
        self.ecs.update_service(cluster=NAME, service=NAME, taskDefinition=self.first)
        for name in ("version", "previous_version"):
            with contextlib.suppress(self.ssm.exceptions.ParameterNotFound):
                self.ssm.delete_parameter(Name=f"/mercer/{SHOP}/deploy/{name}")

    def begin_fleet(self, version="1.0.0", previous="0.9.0"):
        self.begin()
        self.put("deploy/version", version)
        self.put("deploy/previous_version", previous)

    def put(self, name, value):
        self.ssm.put_parameter(Name=f"/mercer/{SHOP}/{name}", Value=value, Type="String", Overwrite=True)

    def parameter(self, name):
        return self.ssm.get_parameter(Name=f"/mercer/{SHOP}/{name}")["Parameter"]["Value"]

    def running(self):
        found = self.ecs.describe_services(cluster=NAME, services=[NAME])["services"][0]["taskDefinition"]
        return found.rpartition("/")[2]

    def run(self, script, *arguments, **environment):
        """(exit code, what it printed); the environment is what is added to it, or None for what is taken away.

        The script runs in a process of its own, a copy of one that has read boto3's models already: reading them
        anew each time would take most of the time of these checks."""
        added = {**self.environment, **environment}
        words = f"{self.scratch}/words"
        process = warm.CONTEXT.Process(target=warm.run_script, args=(
            f"ops/deploy/{script}", arguments, {name: value for name, value in added.items() if value is not None}, words))
        process.start()
        process.join(60)
        if process.exitcode is None:
            process.kill()
            raise Unexpected("it did not end within 60 s")
        with open(words, encoding="utf-8") as file:
            text = file.read()
        expect("Traceback" not in text, f"it broke: {text.strip().splitlines()[-1:]}")
        return process.exitcode, text


def free_port():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]

"""The shop as an ECS service: its task definitions, one-off tasks, and its rolling update."""

import json
import os
import re
from string import Template

from rollout import Failed, say, wait_for
from shop import HERE, Shop, client

TEMPLATE = os.path.join(HERE, "..", "ecs", "task-definition.json")
ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)"
                 r"(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?")
# Where tasks run, as whom and with how much is Terraform's to say, by a definition that nobody runs.
PLACE = ("networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn",
         "runtimePlatform", "ephemeralStorage")


class Cluster(Shop):
    def __init__(self, name):
        super().__init__(name)
        self.ecs = client("ecs")
        self.region = self.ecs.meta.region_name
        self.service = {}
        self.running = {}

    def look(self):
        """Reads the service as it is; a service that is changing already is left alone."""
        self.read_parameters()
        self.service = self.describe_service()
        if len(active(self.service)) != 1:
            raise Failed(f"another rollout of {self.name} is under way")
        self.running = self.describe_definition(self.service["taskDefinition"])
        # Terraform names an image that there never was; the first deployment takes its place.
        self.is_first = self.running["containerDefinitions"][0]["image"].endswith(":first")
        say(f"{self.name} runs {self.revision(self.service['taskDefinition'])}, {self.service['runningCount']} tasks")

    def describe_service(self):
        found = self.ecs.describe_services(cluster=self.name, services=[self.name])["services"]
        if not found or found[0]["status"] != "ACTIVE":
            raise Failed(f"there is no active service {self.name} in the cluster {self.name}")
        return found[0]

    def describe_definition(self, arn):
        return self.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]

    @staticmethod
    def revision(arn):
        return arn.rpartition("/")[2]

    def family(self, arn):
        return self.revision(arn).rpartition(":")[0]

    def label(self, name):
        """What the revision that runs was labelled with; None if it wasn't made by this script."""
        return self.running["containerDefinitions"][0].get("dockerLabels", {}).get(name)

    def resolve(self, image):
        """The image by its digest: whatever happens to the tag, all tasks of a revision run the same."""
        parts = ECR.fullmatch(image)
        if not parts:
            raise Failed(f"{image!r} is no image in ECR: ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG")
        named = {"imageDigest": parts["digest"]} if parts["digest"] else {"imageTag": parts["tag"] or "latest"}
        asked = {"registryId": parts["account"], "repositoryName": parts["repository"], "imageIds": [named]}
        ecr = client("ecr")
        try:
            digest = ecr.describe_images(**asked)["imageDetails"][0]["imageDigest"]
        except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException):
            raise Failed(f"{image} is not in ECR: push it first") from None
        return f"{parts['account']}.dkr.ecr.{parts['region']}.amazonaws.com/{parts['repository']}@{digest}"

    def definition(self, image, tag):
        """The task definition to register: ours, in Terraform's place, with all the shop's parameters."""
        with open(TEMPLATE, encoding="utf-8") as file:
            text = file.read()
        values = {"name": self.name, "shop": self.shop, "image": image, "tag": tag, "region": self.region,
                  "log_group": self.log_group, "previous": self.service["taskDefinition"]}
        made = json.loads(Template(text).substitute({name: json.dumps(value)[1:-1] for name, value in values.items()}))
        place = self.describe_definition(self.required("deploy/place"))
        made.update({key: place[key] for key in PLACE if place.get(key)})
        container = made["containerDefinitions"][0]
        secrets = self.variables()
        container["secrets"] = [{"name": name, "valueFrom": arn} for name, arn in secrets.items()]
        # ECS refuses a name that stands in both; what the shop says of itself counts.
        container["environment"] = [pair for pair in container["environment"] if pair["name"] not in secrets]
        return made

    def run_once(self, definition, command, role=None):
        """One task that runs one command, where the service runs, and ends; it fails unless the command succeeded."""
        overrides = {"containerOverrides": [{"name": "mercer", "command": command}]}
        if role:
            overrides["taskRoleArn"] = role
        asked = {"cluster": self.name, "taskDefinition": definition, "count": 1, "startedBy": f"deploy-{command[0]}",
                 "overrides": overrides}
        for key in ("networkConfiguration", "capacityProviderStrategy", "launchType"):
            if self.service.get(key):
                asked[key] = self.service[key]
        if "capacityProviderStrategy" in asked:
            asked.pop("launchType", None)
        answer = self.ecs.run_task(**asked)
        if not answer["tasks"]:
            why = answer["failures"][0]["reason"] if answer["failures"] else "no reason was given"
            raise Failed(f"the task for `mercer {' '.join(command)}` was not placed: {why}")
        arn = answer["tasks"][0]["taskArn"]
        self.judge(wait_for(f"`mercer {' '.join(command)}`", lambda: self.stopped(arn)), command)

    def stopped(self, arn):
        found = self.ecs.describe_tasks(cluster=self.name, tasks=[arn])["tasks"]
        return found[0] if found and found[0]["lastStatus"] == "STOPPED" else None

    def judge(self, task, command):
        code = task["containers"][0].get("exitCode") if task["containers"] else None
        number = task["taskArn"].rpartition("/")[2]
        if code == 0:
            say(f"`mercer {' '.join(command)}` succeeded (task {number})")
            return
        why = f"exit code {code}" if code is not None else task.get("stoppedReason", "it never started")
        raise Failed(f"`mercer {' '.join(command)}`: {why}; its words: log group {self.log_group}, "
                     f"stream mercer/mercer/{number}")

    def exchange(self, definition):
        """Asks for the tasks to be exchanged; the id of the deployment that does it."""
        answer = self.ecs.update_service(cluster=self.name, service=self.name, taskDefinition=definition)
        return next(found["id"] for found in answer["service"]["deployments"] if found["status"] == "PRIMARY")

    def follow(self, ours, definition):
        """Waits until only the definition's tasks run.

        ECS's own waiter is content with any stable service, also one whose circuit breaker went back to the old
        tasks; so the deployment itself is followed, by its id."""
        wait_for("the rollout", lambda: self.arrived(ours, definition))
        say(f"{self.name} runs {self.revision(definition)}")

    def arrived(self, ours, definition):
        service = self.describe_service()
        mine = next((found for found in service["deployments"] if found["id"] == ours), None)
        if mine is None or mine.get("rolloutState") == "FAILED":
            raise Failed((mine or {}).get("rolloutStateReason") or "ECS gave the rollout up and went back")
        primary = next(found for found in service["deployments"] if found["status"] == "PRIMARY")
        if primary["id"] != ours or primary["taskDefinition"] != definition:
            raise Failed(f"another rollout took over: {self.revision(primary['taskDefinition'])}")
        return mine.get("rolloutState") == "COMPLETED" and len(active(service)) == 1


def active(service):
    """The deployments that have tasks, or are about to."""
    return [found for found in service["deployments"] if found["status"] != "INACTIVE"]

"""A shop as it is found in AWS: its names, its parameters, and what follows from them."""

import os
import re
import subprocess
import time

import boto3
from botocore.config import Config

from rollout import ClientError, Failed, say, wait_for

SHOP_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
HERE = os.path.dirname(os.path.abspath(__file__))
RETRIES = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=30)


def client(service):
    return boto3.client(service, config=RETRIES)


class Shop:
    def __init__(self, name):
        if not SHOP_NAME.fullmatch(name):
            raise Failed(f"{name!r} is no name of a shop: small letters, digits and hyphens")
        self.shop = name
        self.name = f"mercer-{name}"
        self.log_group = f"/mercer/{name}"
        self.ssm = client("ssm")
        self.parameters = {}
        # Whether nothing of it was ever deployed: there need be nothing to buy yet.
        self.is_first = False

    def read_parameters(self):
        """Names and ARNs of everything under /mercer/SHOP/. Values are never decrypted here: a pipeline may not know
        the shop's secrets, only where they are."""
        prefix = f"/mercer/{self.shop}/"
        pages = self.ssm.get_paginator("get_parameters_by_path").paginate(Path=prefix, Recursive=True)
        self.parameters = {found["Name"][len(prefix):]: found for page in pages for found in page["Parameters"]}
        if not self.parameters:
            raise Failed(f"no parameter lies under {prefix}: is the name right, and has Terraform been applied?")

    def parameter(self, name):
        """A parameter's value, or None; of those that hold no secret."""
        found = self.parameters.get(name)
        if found and found["Type"] == "SecureString":
            raise Failed(f"/mercer/{self.shop}/{name} is a SecureString, and should be a String")
        return found["Value"] if found else None

    def required(self, name):
        value = self.parameter(name)
        if not value:
            raise Failed(f"the parameter /mercer/{self.shop}/{name} is missing")
        return value

    def variables(self):
        """The shop's environment, as names and the ARNs of their values."""
        return {name: found["ARN"] for name, found in sorted(self.parameters.items()) if "/" not in name}

    def ask(self, change, request):
        """Asks for a change and notes it under its name, for the way back. A request that brought no answer may have
        been heard, so it is noted before; one that was refused was not."""
        setattr(self, change, True)
        try:
            return request()
        except ClientError as refusal:
            setattr(self, change, refusal.response["ResponseMetadata"].get("HTTPStatusCode", 500) >= 500)
            raise

    def purge(self, why):
        """Drops everything that the edge holds of the shop, by one invalidation: all pages carry the tag `s`. Pictures
        and styles don't: their addresses change with their content."""
        distribution = self.parameter("MERCER_CLOUDFRONT_DISTRIBUTION_ID")
        if not distribution:
            say("no distribution, nothing to purge")
            return
        item = "/*" if self.parameter("MERCER_CLOUDFRONT_INVALIDATE") == "paths" else "#s"
        cloudfront = client("cloudfront")
        # A reference that was used before would get that purge's answer, long after it was complete.
        reference = f"{self.name} {why} {time.time_ns()}"
        batch = {"Paths": {"Quantity": 1, "Items": [item]}, "CallerReference": reference}
        made = cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
        asked = {"DistributionId": distribution, "Id": made["Invalidation"]["Id"]}
        wait_for(f"the purge {asked['Id']}", lambda: is_complete(cloudfront.get_invalidation(**asked)))
        say(f"purged {item} ({asked['Id']})")

    def smoke(self, url=None):
        """Looks at the shop from outside, as shoppers reach it."""
        url = url or self.required("MERCER_PUBLIC_URL")
        asked = [os.path.join(HERE, "smoke"), url]
        if self.parameter("MERCER_CLOUDFRONT_DISTRIBUTION_ID"):
            asked.append("--edge")
        if self.is_first:
            asked.append("--new")
        if subprocess.run(asked, check=False).returncode:
            raise Failed(f"{url} does not sell")


def is_complete(answer):
    return answer["Invalidation"]["Status"].lower() == "completed"

"""The shop as an autoscaling group of machines, each of which runs the binary that a parameter names."""

import hashlib
import os

from rollout import Failed, say, wait_for
from shop import Shop, client

VERSION, PREVIOUS = "deploy/version", "deploy/previous_version"
# Newcomers first: not one machine less serves while they are exchanged. Also the only way for a group of one.
PREFERENCES = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, "SkipMatching": False}
UNDER_WAY = ("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress")


class Fleet(Shop):
    def __init__(self, name):
        super().__init__(name)
        self.autoscaling = client("autoscaling")
        self.s3 = client("s3")

    def look(self):
        self.read_parameters()
        found = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])["AutoScalingGroups"]
        if not found:
            raise Failed(f"there is no autoscaling group {self.name}")
        if any(refresh["Status"] in UNDER_WAY for refresh in self.describe_refreshes()):
            raise Failed(f"another rollout of {self.name} is under way")
        say(f"{self.name} runs {self.parameter(VERSION) or 'no version yet'}, {len(found[0]['Instances'])} machines")

    def describe_refreshes(self, **which):
        asked = {"AutoScalingGroupName": self.name, **which}
        return self.autoscaling.describe_instance_refreshes(**asked)["InstanceRefreshes"]

    def key(self, version):
        return f"mercer/{version}/{self.required('deploy/binary')}"

    def publish(self, version, file):
        """Puts the binary where the machines get it from. The digest comes last: with it the version is complete.
        What was published stays as it is, since machines come and go at any time and must all run the same."""
        bucket, key = self.required("deploy/releases_bucket"), self.key(version)
        published = self.digest(bucket, key)
        if file is None or not os.path.isfile(file):
            if published is None:
                raise Failed(f"{version} was not published yet, and there is no file to publish: {file or 'set MERCER'}")
            say(f"{version} was published before")
            return
        wanted, given = os.path.basename(key), os.path.basename(file)
        if given.startswith("mercer-linux-") and given != wanted:
            raise Failed(f"the machines of {self.name} run {wanted}, and this is {given}")
        with open(file, "rb") as opened:
            body = opened.read()
        digest = hashlib.sha256(body).hexdigest()
        if published == digest:
            say(f"{version} was published before")
            return
        if published is not None:
            raise Failed(f"another binary was published as {version} (sha256 {published}): take another version")
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, ChecksumAlgorithm="SHA256")
        self.s3.put_object(Bucket=bucket, Key=f"{key}.sha256", Body=f"{digest}  {os.path.basename(key)}\n".encode(),
                           ContentType="text/plain")
        say(f"published s3://{bucket}/{key} (sha256 {digest})")

    def digest(self, bucket, key):
        try:
            return self.s3.get_object(Bucket=bucket, Key=f"{key}.sha256")["Body"].read().split()[0].decode()
        except self.s3.exceptions.NoSuchKey:
            return None

    def put(self, name, value):
        self.ssm.put_parameter(Name=f"/mercer/{self.shop}/{name}", Value=value, Type="String", Overwrite=True)

    def refresh(self):
        """Begins to exchange the machines; the id of that."""
        asked = {"AutoScalingGroupName": self.name, "Strategy": "Rolling", "Preferences": PREFERENCES}
        return self.autoscaling.start_instance_refresh(**asked)["InstanceRefreshId"]

    def follow(self, refresh):
        wait_for("the exchange of machines", lambda: self.arrived(refresh))

    def arrived(self, refresh):
        found = self.describe_refreshes(InstanceRefreshIds=[refresh])[0]
        if found["Status"] in UNDER_WAY:
            say(f"{found['Status']}, {found.get('PercentageComplete', 0)} %")
            return False
        if found["Status"] != "Successful":
            raise Failed(found.get("StatusReason") or f"the exchange of machines ended as {found['Status']}")
        return True

    def stop(self):
        """Ends an exchange that is still under way: a group has one at a time."""
        under_way = [found["InstanceRefreshId"] for found in self.describe_refreshes() if found["Status"] in UNDER_WAY]
        if under_way:
            self.autoscaling.cancel_instance_refresh(AutoScalingGroupName=self.name)
            wait_for("the end of the exchange", lambda: not any(
                found["Status"] in UNDER_WAY for found in self.describe_refreshes(InstanceRefreshIds=under_way)))

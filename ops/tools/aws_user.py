"""Makes a user with an access key and the bucket `signed` at the stand-in for AWS whose address is given; prints the key.

The stand-in is to be started with INITIAL_NO_AUTH_ACTION_COUNT=4: it checks the signature of whatever comes after these."""

import json
import sys

import boto3

at = {"endpoint_url": sys.argv[1], "aws_access_key_id": "none", "aws_secret_access_key": "none"}
iam, s3 = boto3.client("iam", **at), boto3.client("s3", **at)
everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
iam.create_user(UserName="shop")
iam.put_user_policy(UserName="shop", PolicyName="buckets",
                    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}))
key = iam.create_access_key(UserName="shop")["AccessKey"]
s3.create_bucket(Bucket="signed", CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
print(key["AccessKeyId"], key["SecretAccessKey"])

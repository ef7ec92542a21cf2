"""Makes a distribution at the stand-in for CloudFront whose address is given, and prints its id."""

import sys

import boto3

cloudfront = boto3.client("cloudfront", endpoint_url=sys.argv[1])
origin = {"Id": "shop", "DomainName": "shop.example", "CustomOriginConfig": {
    "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}
behaviour = {"TargetOriginId": "shop", "ViewerProtocolPolicy": "redirect-to-https", "MinTTL": 0,
             "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "none"}}}
made = cloudfront.create_distribution(DistributionConfig={
    "CallerReference": "mercer", "Comment": "", "Enabled": True,
    "Origins": {"Quantity": 1, "Items": [origin]}, "DefaultCacheBehavior": behaviour})
print(made["Distribution"]["Id"])

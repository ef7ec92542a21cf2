#!/usr/bin/env python3
"""What the shops cost in a month, from prices.toml and from the very shapes that Terraform makes.

    ops/cost.py            prints ops/cost.md
    ops/cost.py --check    whether every price has a source, is used, and the limits hold; a line each"""

import argparse
import re
import sys
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
TERRAFORM = HERE / "terraform"


@dataclass
class Line:
    what: str
    quantity: float
    price: str
    usd: float


class Prices:
    def __init__(self, file):
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        self.table, self.traffic, self.storage = document["price"], document["traffic"], document["storage"]
        self.hours = document["hours_per_month"]
        self.used = set()

    def line(self, what, quantity, name):
        """So many of something in a month: machines of an hourly price are counted by the piece."""
        if name not in self.table:
            sys.exit(f"cost: prices.toml has no price {name!r}, which {what!r} needs")
        self.used.add(name)
        price = self.table[name]
        hours = self.hours if price["per"] == "hour" else 1
        return Line(what, quantity, name, max(0, quantity - price.get("free", 0)) * price["usd"] * hours)


# Shapes: what Terraform's own files say, as far as it is written as `name = value`.

def settings(text):
    found = {}
    for name, value in re.findall(r"^\s*(\w+)\s*=\s*(\"[^\"]*\"|true|false|\d+)\s*(?:#.*)?$", text, re.M):
        found[name] = value.strip('"') if value[0] == '"' else value == "true" if value in ("true", "false") else int(value)
    return found


def block(text, opening):
    found = re.search(re.escape(opening) + r"\s*=\s*(?:object\()?\{\n(.*?)\n\s*\}", text, re.S)
    return found.group(1) if found else sys.exit(f"cost: no {opening} was found in Terraform's files")


def defaults():
    text = block((TERRAFORM / "modules/shop/variables.tf").read_text(encoding="utf-8").split('variable "shape"')[1], "type")
    return settings(re.sub(r"optional\(\w+, ([^)]*)\)", r"\1", text))


def shape(environment, size=None):
    made = defaults() | settings(block((TERRAFORM / f"environments/{environment}/main.tf").read_text(encoding="utf-8"), "shape"))
    if size:
        made |= settings(block((TERRAFORM / f"shapes/{size}.tfvars").read_text(encoding="utf-8"), "shape"))
    unknown = set(made) - set(defaults())
    return made if not unknown else sys.exit(f"cost: {environment} has unknown settings {sorted(unknown)}")


# What a shape is made of.

def key(prefix, type_):
    return f"{prefix}-{type_.split('.', 1)[-1].replace('.', '-')}"


def compute(prices, s):
    yield from processes(prices, s, s["min"], "")
    # Autoscaling may have all of them up while a sale lasts.
    days = prices.traffic["sale_days"] / prices.traffic["days"]
    yield from processes(prices, s, round((s["max"] - s["min"]) * days, 2), f"; on days of sale {s['max'] - s['min']} more")


def processes(prices, s, count, when):
    if s["compute"] == "ecs" and s["launch_type"] == "FARGATE":
        kind = "arm" if s["architecture"] == "arm64" else "x86"
        # The static copy is a task of a minute or two each hour.
        tasks = count + (0 if when else 0.03)
        yield prices.line(f"Fargate tasks, cores of {s['cpu'] / 1024:g}{when}", tasks * s["cpu"] / 1024, f"fargate-vcpu-{kind}")
        yield prices.line(f"Fargate tasks, memory of {s['memory'] / 1024:g} GB{when}", tasks * s["memory"] / 1024, f"fargate-gb-{kind}")
    else:
        yield prices.line(f"machines {s['instance_type']}{when}", count, "ec2-" + s["instance_type"].replace(".", "-"))
        yield prices.line(f"their disks (GB){when}", count * (30 if s["compute"] == "ecs" else 8), "disk-gp3")
    if s["nat"] == "none":
        yield prices.line(f"addresses to call out from{when}", count, "ipv4")


def network(prices, s, shop_gb):
    yield prices.line("load balancer", 1, "balancer")
    # A unit is a gigabyte an hour; a tenth of one is what connections alone make.
    yield prices.line("load balancer, by use", max(0.1, shop_gb / prices.hours), "balancer-unit")
    if s["origin"] == "public":
        yield prices.line("its public addresses", 2, "ipv4")
    if s["nat"] == "instance":
        yield prices.line("NAT instance t4g.nano", 1, "ec2-t4g-nano")
        yield prices.line("its disk", 8, "disk-gp3")
    if s["nat"] == "gateway":
        yield prices.line("NAT gateway", 1, "nat-gateway")
        yield prices.line("through it: mail, payments, purges", 0.05 * shop_gb, "nat-gateway-gb")
    if s["nat"] != "none":
        yield prices.line("its public address", 1, "ipv4")
    yield prices.line("between zones, half of what the shop answers", shop_gb / 2, "cross-zone-gb")


def data(prices, s):
    times = 2 if s["multi_az"] else 1
    yield prices.line(f"PostgreSQL {s['database_class']}{', with a standby' if s['multi_az'] else ''}", times, "rds-" + s["database_class"][3:].replace(".", "-"))
    yield prices.line("its storage", times * s["database_gb"], "rds-gp3")
    if s["cache"] != "none":
        yield prices.line(f"{s['cache'].capitalize()} {s['cache_class']}", 1, f"{s['cache']}-" + s["cache_class"][6:].replace(".", "-"))


def edge(prices, s, visits):
    t = prices.traffic
    pages = visits * t["pages_per_visit"] / 1e6
    requests = pages * t["edge_requests_per_page"]
    gb = visits * t["mb_per_visit"] / 1000
    yield prices.line("CloudFront, requests (millions)", requests, "edge-request")
    yield prices.line("CloudFront, GB", min(gb, 11000), "edge-gb")
    yield prices.line("CloudFront, GB beyond", max(0, gb - 11000), "edge-gb-beyond-10-tb")
    yield prices.line("CloudFront, its function (millions)", pages, "edge-function")
    yield prices.line("purges, items", t["purge_items"], "purge")
    if s["waf"]:
        yield prices.line("firewall", 1, "waf-acl")
        yield prices.line("its rules", 3, "waf-rule")
        yield prices.line("its requests (millions)", requests, "waf-request")


def rest(prices, s, visits):
    stored = prices.storage
    yield prices.line("S3: pictures, copy, releases (GB)", stored["media_gb"] + stored["copy_gb"] + stored["releases_gb"], "s3-gb")
    yield prices.line("S3, writes (millions)", stored["s3_million_writes"], "s3-write")
    yield prices.line("S3, reads (millions)", stored["s3_million_reads"], "s3-read")
    if s["compute"] == "ecs":
        yield prices.line("images (GB)", stored["images_gb"], "ecr-gb")
    yield prices.line("DNS zone", 1, "dns-zone")
    yield prices.line("logs (GB)", visits * prices.traffic["log_kb_per_visit"] / 1e6, "log-gb")
    # Ten of its own, one of the cache, and two for each of the two things that autoscaling looks at.
    yield prices.line("alarms", 14 + (s["cache"] != "none"), "alarm")
    yield prices.line("metrics counted in the log", 3, "metric")


def visits_of(prices, times=1):
    t = prices.traffic
    return times * (t["visits_per_day"] * (t["days"] - t["sale_days"]) + t["visits_on_a_sale_day"] * t["sale_days"])


def bill(prices, s, times=1):
    visits = visits_of(prices, times)
    shop_gb = visits * prices.traffic["shop_requests_per_visit"] * prices.traffic["kb_per_shop_request"] / 1e6
    return [*compute(prices, s), *network(prices, s, shop_gb), *data(prices, s), *edge(prices, s, visits), *rest(prices, s, visits)]


def total(lines):
    return sum(line.usd for line in lines)


# Which bills there are: title, shape, times the visits, limit in dollars.

def bills():
    return [
        ("The accessories shop", shape("accessories-shop"), 1, 100),
        ("The watch shop", shape("watch-shop"), 1, 100),
        ("The smallest sound shop", shape("watch-shop", "smallest"), 1, 50),
        ("Ten times the visits", shape("accessories-shop", "tenfold"), 10, None),
        ("A hundred times the visits", shape("accessories-shop", "hundredfold"), 100, None),
    ]


VARIANTS = [
    ("without the database's standby", {"multi_az": False}),
    ("with the firewall", {"waf": True}),
    ("with a NAT gateway", {"nat": "gateway"}),
    ("with a public load balancer in place of the VPC origin", {"origin": "public"}),
    ("on Fargate, ARM", {"compute": "ecs", "launch_type": "FARGATE", "architecture": "arm64"}),
    ("as machines t3a.small", {"compute": "ec2", "instance_type": "t3a.small"}),
    ("as containers on machines t4g.micro", {"compute": "ecs", "launch_type": "EC2", "architecture": "arm64", "instance_type": "t4g.micro"}),
    ("with Valkey", {"cache": "valkey"}),
    ("without a cache", {"cache": "none"}),
]


def money(usd):
    return f"{usd:,.2f}"


def described(s):
    """A shape in words, without what it does not use."""
    how = {"ec2": f"Binaries under systemd on {s['instance_type']}", "ecs": f"Containers on machines {s['instance_type']}"}[s["compute"]]
    if s["compute"] == "ecs" and s["launch_type"] == "FARGATE":
        how = "Containers on Fargate"
    nat = {"none": "in public subnets, without a NAT", "instance": "in private subnets, NAT instance", "gateway": "in private subnets, NAT gateway"}[s["nat"]]
    return (f"{how}, {s['min']} to {s['max']} processes {nat}; {s['origin']} origin; PostgreSQL {'in two zones' if s['multi_az'] else 'in one zone'}; "
            f"cache: {s['cache']}; firewall: {'yes' if s['waf'] else 'no'}.")


def table(title, s, times, limit, prices):
    lines = bill(prices, s, times)
    yield f"## {title}: {money(total(lines))} USD{f' (limit {limit})' if limit else ''}\n"
    yield f"{visits_of(prices, times):,} visits a month. {described(s)}\n"
    yield "| item | quantity | price | USD |\n|---|---:|---|---:|"
    for line in lines:
        free = prices.table[line.price].get("free")
        yield f"| {line.what} | {line.quantity:,.4g} | {line.price}{f', {free:,} free' if free else ''} | {money(line.usd)} |"
    yield f"| **together** | | | **{money(total(lines))}** |\n"


def document(prices):
    t = prices.traffic
    all_bills = bills()
    yield "# What it costs\n"
    yield (f"Printed by `ops/cost.py` from `ops/prices.toml` and the shapes in `ops/terraform`; don't edit it here. us-east-1, on demand, {prices.hours} hours a month, "
           "without tax, credits and reservations; a year's commitment takes about a third off machines, tasks, database and cache. Free allowances are an account's: "
           "two shops in one account share them.\n")
    yield (f"Counted: {t['visits_per_day']:,} visits a day and {t['visits_on_a_sale_day']:,} on {t['sale_days']} days of sale; {t['pages_per_visit']} pages each; "
           f"{t['edge_requests_per_page']} requests to the edge for a page; {t['mb_per_visit']} MB for a visit; {t['shop_requests_per_visit']} requests of it reach the shop. "
           "Processes are counted at their least number, and at their most on days of sale.\n")
    yield "| | USD a month | limit |\n|---|---:|---:|"
    for title, s, times, limit in all_bills:
        yield f"| {title} | {money(total(bill(prices, s, times)))} | {limit or '–'} |"
    yield ""
    for one in all_bills:
        yield from table(*one, prices)
    yield from variants(prices)
    yield from scaling(prices)
    yield from sources(prices)


def variants(prices):
    base = shape("accessories-shop")
    yield "## What a choice costs\n"
    yield "The accessories shop with one thing changed:\n"
    yield "| | USD a month | difference |\n|---|---:|---:|"
    for what, change in VARIANTS:
        usd = total(bill(prices, base | change))
        yield f"| {what} | {money(usd)} | {usd - total(bill(prices, base)):+,.2f} |"
    yield ""


def scaling(prices):
    tenfold, hundredfold = (bill(prices, shape("accessories-shop", size), times) for size, times in (("tenfold", 10), ("hundredfold", 100)))
    at_edge = [sum(line.usd for line in lines if line.price.startswith("edge-")) for lines in (tenfold, hundredfold)]
    yield "## What changes with the visits\n"
    yield (f"- Up to ten times, the free allowance of the edge goes first: {money(at_edge[0])} USD are CloudFront's requests and bytes. The shop itself grows by tasks of "
           "half a core and the next class of database (`ops/terraform/shapes/tenfold.tfvars`), since pages come from caches.")
    yield (f"- At a hundred times, {money(at_edge[1])} USD are CloudFront's: then its flat-rate plans or a commitment are cheaper and to be asked for first. The NAT instance "
           "becomes a gateway, the firewall pays for itself, and the database gets room (`hundredfold.tfvars`). A replica for reads (`DATABASE_READ_URL`) comes after that.")
    yield "- Purges depend on changes, not on visits: beyond 1,000 items in a month each is half a cent; `MERCER_EDGE_BUDGET` bounds them.\n"


def sources(prices):
    yield "## Prices and where they were read\n"
    yield "| price | USD | per | free | source | read on |\n|---|---:|---|---:|---|---|"
    for name, price in prices.table.items():
        mark = "" if price.get("checked", True) else " (**not looked up**)"
        yield f"| {name} | {price['usd']} | {price['per']} | {price.get('free', '')} | {price['source']}{mark} | {price['date']} |"
    unchecked = [name for name, price in prices.table.items() if not price.get("checked", True)]
    part = max(sum(line.usd for line in bill(prices, s, times) if line.price in unchecked) for _, s, times, limit in bills() if limit)
    yield f"\nWhat was not looked up makes at most {money(part)} USD of a shop above.\n"


def findings(prices):
    for name, price in prices.table.items():
        good = isinstance(price.get("usd"), (int, float)) and price["usd"] > 0 and price.get("per") and len(price.get("source", "")) > 10
        try:
            aged = (date.today() - date.fromisoformat(price.get("date", ""))).days
        except ValueError:
            aged = None
        yield name, good and aged is not None, "it needs usd, per, source and date"


def check(prices):
    failed = False
    for name, good, why in findings(prices):
        failed |= not good
        if not good:
            print(f"FAILED price {name}: {why}")
    if not failed:
        print(f"ok {len(prices.table)} prices have a source and a date")
    for title, s, times, limit in bills():
        usd = total(bill(prices, s, times))
        if limit:
            holds = usd <= limit
            failed |= not holds
            print(f"{'ok' if holds else 'FAILED'} {title.lower()}: {money(usd)} USD of {limit}")
    list(variants(prices))
    unused = sorted(set(prices.table) - prices.used)
    print(f"FAILED prices that nothing uses: {', '.join(unused)}" if unused else "ok every price is used")
    return failed or bool(unused)


def main():
    parser = argparse.ArgumentParser(description="What the shops cost in a month.")
    parser.add_argument("--check", action="store_true", help="whether prices have sources and limits hold")
    parser.add_argument("--prices", type=Path, default=HERE / "prices.toml")
    arguments = parser.parse_args()
    prices = Prices(arguments.prices)
    if arguments.check:
        sys.exit(check(prices))
    print("\n".join(document(prices)))


if __name__ == "__main__":
    main()

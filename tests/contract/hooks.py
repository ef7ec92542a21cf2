"""Gives schemathesis what a shopper has: a cart, an account, an order, real names. So it gets past the doors that it
would otherwise rattle at for ever. Only requests that are meant to be right are helped; wrong ones stay wrong."""

import itertools
import json
import os
import pathlib
import re
import time
import urllib.error
import urllib.request

import schemathesis
from schemathesis import GenerationMode

ORIGIN = os.environ["MERCER_URL"]
OUTBOX = pathlib.Path(os.environ["MERCER_OUTBOX"])
# The same in every run: registrations are limited, so the account is made once per shop.
EMAIL = "contract@example.com"
PASSWORD = "tulip-kettle-47-contract"
CREDENTIALS = {"email": EMAIL, "password": PASSWORD}
# Whose account is deleted: the first time it is there, then its token is one that has ended.
LEAVER = {"email": "leaver@example.com", "password": PASSWORD}
ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "Linienstraße 40",
    "postcode": "10119",
    "city": "Berlin",
    "country": "DE",
}
# Every shopper may place ten orders a minute: a few are enough to look at and to cancel.
ORDERS = 4


def patient(method, path, body=None, token=None):
    """As `call`, but waits where the shop says that it was asked too often."""
    while True:
        try:
            return call(method, path, body, token)
        except urllib.error.HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(int(error.headers["Retry-After"]))


def call(method, path, body=None, token=None):
    request = urllib.request.Request(ORIGIN + "/api/v1" + path, method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=30) as answer:
        text = answer.read()
        return json.loads(text) if text else None


class Shop:
    """What exists in the shop under test. Made once, and again where it was used up."""

    def __init__(self):
        self.count = itertools.count()
        self.slugs = [product["slug"] for product in call("GET", "/products?limit=40")["items"]]
        products = [call("GET", f"/products/{slug}") for slug in self.slugs]
        variants = [variant for product in products for variant in product["variants"]]
        self.skus = [variant["sku"] for variant in variants]
        self.variants = [v["id"] for v in variants if v["availability"] != "out_of_stock"]
        self.categories = [category["slug"] for category in call("GET", "/categories")["items"]]
        self.cart_token = self.new_cart()["token"]
        self.orders = [self.new_order()["token"] for _ in range(ORDERS)]
        self.customer_token = self.open_account(CREDENTIALS)
        self.leaver_token = self.open_account(LEAVER)

    def pick(self, names):
        return names[next(self.count) % len(names)]

    def line(self):
        return {"variant_id": self.pick(self.variants), "quantity": 1}

    def new_cart(self):
        """Its piece may have been bought by other requests: then another is taken."""
        for _ in self.variants:
            try:
                return call("POST", "/carts", {"lines": [self.line()]})
            except urllib.error.HTTPError as error:
                if error.code != 422:
                    raise
        raise SystemExit("everything in the shop under test is sold out")

    def new_order(self):
        made = self.new_cart()
        return patient("POST", "/checkout", self.wish(made["cart"]), made["token"])

    def wish(self, cart):
        return {
            "email": EMAIL,
            "shipping_address": ADDRESS,
            "delivery": cart["delivery"] or cart["deliveries"][0]["key"],
            "payment": "bank_transfer",
            "expected_total_minor": cart["totals"]["total"]["minor"],
            "expected_digest": cart["digest"],
        }

    def open_account(self, credentials):
        """The token of a login."""
        try:
            return patient("POST", "/account/login", credentials)["token"]
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
        patient("POST", "/account/register", {**credentials, "name": "Ada"})
        token = self.mailed_token(credentials["email"])
        call("POST", "/account/confirm", {"token": token, "password": PASSWORD})
        return patient("POST", "/account/login", credentials)["token"]

    def mailed_token(self, email):
        """From the mail that asks to confirm the address; it is written a moment after the registration."""
        for _ in range(100):
            for mail in OUTBOX.glob("*.eml"):
                text = mail.read_text(errors="replace").replace("=\n", "").replace("=\r\n", "")
                found = re.search(r"/account/confirm\?token=(?:3D)?([A-Za-z0-9_-]{20,})", text)
                if f"To: {email}" in text and found:
                    return found[1]
            time.sleep(0.1)
        raise SystemExit(f"no mail to {email} in {OUTBOX}")

    def log_in(self):
        try:
            self.customer_token = call("POST", "/account/login", CREDENTIALS)["token"]
        except urllib.error.HTTPError as error:
            # Logins are limited: the old token stays, and is answered with 401 like any that has ended.
            if error.code != 429:
                raise

    def address(self):
        """One that is kept; with an old login none can be added, and it names one that is not there."""
        try:
            kept = call("GET", "/account/addresses", token=self.customer())["items"]
            if kept:
                return kept[0]["id"]
            made = {"address": ADDRESS, "main": True}
            return call("POST", "/account/addresses", made, token=self.customer_token)["id"]
        except urllib.error.HTTPError:
            return "00000000-0000-7000-8000-000000000000"

    def customer(self):
        try:
            call("GET", "/account", token=self.customer_token)
        except urllib.error.HTTPError:
            self.log_in()
        return self.customer_token


shop = None


def the_shop():
    global shop
    shop = shop or Shop()
    return shop


@schemathesis.auth(refresh_interval=None)
class Token:
    """A customer's for the account, a guest's for the cart."""

    def get(self, case, context):
        if context.operation.label == "DELETE /account":
            return the_shop().leaver_token
        if context.operation.path.startswith("/account"):
            return the_shop().customer()
        return the_shop().cart_token

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


def is_right(case):
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every other request that is meant to be right names what exists."""
    real = the_shop()
    if not is_right(case):
        return
    put_password(case)
    if next(real.count) % 2:
        return
    put_names(case)
    put_body(case)


def put_password(case):
    """Always the right one: wrong ones slow the account down until nobody gets in."""
    if case.operation.label in ("PUT /account/password", "POST /account/email") and isinstance(case.body, dict):
        case.body["password"] = PASSWORD
        if "new_password" in case.body:
            case.body["new_password"] = PASSWORD


def put_names(case):
    real = the_shop()
    names = {"slug": real.slugs, "variant_id": real.variants, "token": real.orders}
    for name in case.path_parameters or {}:
        case.path_parameters[name] = real.address() if name == "id" else real.pick(names[name])
    for name, known in {"category": real.categories, "sku": real.skus}.items():
        if name in (case.query or {}):
            case.query[name] = real.pick(known)


def put_body(case):
    real = the_shop()
    if not isinstance(case.body, dict):
        return
    match case.operation.label:
        case "POST /carts":
            case.body["lines"] = [real.line()]
        case "POST /cart/lines":
            case.body["variant_id"] = real.pick(real.variants)
        case "PUT /cart/delivery":
            case.body.update(country="DE", shipping="")
        case "POST /account/login":
            case.body.update(CREDENTIALS)
        case "POST /account/addresses" | "PUT /account/addresses/{id}":
            case.body["address"] = ADDRESS
        case "POST /account/register" | "POST /account/reset":
            case.body["email"] = EMAIL
        case "POST /checkout":
            cart = call("GET", "/cart", token=real.cart_token)
            if cart["lines"] and cart["deliveries"]:
                case.body.update(real.wish(cart))
            else:
                # It was ordered, or nobody carries what other requests put into it: the next one gets a new cart.
                real.cart_token = real.new_cart()["token"]

"""Buys the first thing that is in stock: `python order.py https://shop.example/api/v1`."""

import sys
import uuid

from mercer_client import AuthenticatedClient, Client
from mercer_client.api.cart import add_cart_line, create_cart
from mercer_client.api.catalogue import get_product, list_categories, list_products
from mercer_client.api.orders import get_order, place_order
from mercer_client.models import (
    AddressView, Availability, CartDocument, CategoryList, CreatedCart, NewCart, NewLine, NewOrder, OrderView, PaymentMethod,
    ProblemDocument, ProductPage, ProductView)


def expect(answer, kind):
    """The answer, if it is of that kind; a problem document is a value, too."""
    if not isinstance(answer, kind):
        raise SystemExit(f"expected {kind.__name__}, got {answer}")
    return answer


def find_variant(client):
    categories = expect(list_categories.sync(client=client), CategoryList)
    page = expect(list_products.sync(client=client, category=categories.items[0].slug, limit=12), ProductPage)
    for summary in page.items:
        product = expect(get_product.sync(summary.slug, client=client), ProductView)
        for variant in product.variants:
            if variant.availability != Availability.OUT_OF_STOCK:
                print(f"found {product.title} at {variant.price.minor} {variant.price.currency}")
                return variant.id
    raise SystemExit("everything is sold out")


def address(postcode):
    return AddressView(name="Ada Lovelace", line1="Linienstraße 40", postcode=postcode, city="Berlin", country="DE")


def main(url):
    guest = Client(base_url=url)
    variant = find_variant(guest)
    created = expect(create_cart.sync(client=guest, body=NewCart(lines=[])), CreatedCart)
    client = AuthenticatedClient(base_url=url, token=created.token)
    cart = expect(add_cart_line.sync(client=client, body=NewLine(variant_id=variant, quantity=1)), CartDocument)
    print(f"the cart holds {len(cart.lines)} line for {cart.totals.total.minor}")

    wanted = NewOrder(
        email="ada@example.com", delivery=cart.deliveries[0].key, payment=PaymentMethod.BANK_TRANSFER,
        expected_total_minor=cart.totals.total.minor, expected_digest=cart.digest, shipping_address=address("1"))
    # Typed errors: problem documents, with the fields that are wrong if there are such.
    missing = expect(get_product.sync("there-is-no-such-product", client=guest), ProblemDocument)
    print(f"a product that is not there: {missing.status} {missing.title}")
    problem = expect(place_order.sync(client=client, body=wanted), ProblemDocument)
    print(f"refused with {problem.status}: {', '.join(wrong.field for wrong in problem.errors or [])}")

    wanted.shipping_address = address("10119")
    placed = expect(place_order.sync(client=client, body=wanted, idempotency_key=f"example-{uuid.uuid4()}"), OrderView)
    seen = expect(get_order.sync(placed.token, client=guest), OrderView)
    print(f"placed order {seen.number}: {seen.total.minor} {seen.total.currency}, {seen.state}")


main(sys.argv[1])

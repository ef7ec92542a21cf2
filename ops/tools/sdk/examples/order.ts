// Buys the first thing that is in stock: `node order.js https://shop.example/api/v1`.
import { addCartLine, createCart, getOrder, getProduct, listCategories, listProducts, placeOrder } from "mercer-client";
import type { AddressView, ProblemDocument } from "mercer-client";
import { client } from "mercer-client/client";

const address: AddressView = { name: "Ada Lovelace", line1: "Linienstraße 40", postcode: "10119", city: "Berlin", country: "DE" };

async function findVariant(): Promise<string> {
  const { data: categories } = await listCategories({ throwOnError: true });
  const { data: page } = await listProducts({ query: { category: categories.items[0].slug, limit: 12 }, throwOnError: true });
  for (const { slug } of page.items) {
    const { data: product } = await getProduct({ path: { slug }, throwOnError: true });
    const variant = product.variants.find(({ availability }) => availability !== "out_of_stock");
    if (variant) {
      console.log(`found ${product.title} at ${variant.price.minor} ${variant.price.currency}`);
      return variant.id;
    }
  }
  throw new Error("everything is sold out");
}

async function order(): Promise<void> {
  const variant_id = await findVariant();
  const { data: created } = await createCart({ body: { lines: [] }, throwOnError: true });
  const auth = created.token;
  const { data: cart } = await addCartLine({ auth, body: { variant_id, quantity: 1 }, throwOnError: true });
  console.log(`the cart holds ${cart.lines.length} line for ${cart.totals.total.minor}`);

  // Typed errors: problem documents, with the fields that are wrong if there are such.
  const { error: missing } = await getProduct({ path: { slug: "there-is-no-such-product" } });
  console.log(`a product that is not there: ${missing?.status} ${missing?.title}`);
  const wanted = {
    email: "ada@example.com", delivery: cart.deliveries[0].key, payment: "bank_transfer" as const,
    expected_total_minor: cart.totals.total.minor, expected_digest: cart.digest,
  };
  const refused = await placeOrder({ auth, body: { ...wanted, shipping_address: { ...address, postcode: "1" } } });
  const problem: ProblemDocument | undefined = refused.error;
  console.log(`refused with ${problem?.status}: ${problem?.errors?.map(({ field }) => field).join(", ")}`);

  const headers = { "Idempotency-Key": `example-${variant_id}-${Date.now()}` };
  const { data: placed } = await placeOrder({ auth, headers, body: { ...wanted, shipping_address: address }, throwOnError: true });
  const { data: seen } = await getOrder({ path: { token: placed.token }, throwOnError: true });
  console.log(`placed order ${seen.number}: ${seen.total.minor} ${seen.total.currency}, ${seen.state}`);
}

client.setConfig({ baseUrl: process.argv[2] });
await order();

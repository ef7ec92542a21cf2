-- The store's first schema, in the SQL that SQLite and PostgreSQL share: TEXT, BIGINT, BOOLEAN; ids are UUIDv7 text,
-- money is minor units, time is milliseconds UTC, JSON is text. See ARCHITECTURE.md, "Storage".

CREATE TABLE settings (
    key        TEXT   NOT NULL PRIMARY KEY,
    value      TEXT   NOT NULL,            -- JSON
    updated_at BIGINT NOT NULL
);

-- Catalogue ------------------------------------------------------------------------------------------------------

CREATE TABLE brands (
    id   TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
);

CREATE TABLE attributes (
    key      TEXT    NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL,
    kind     TEXT    NOT NULL CHECK (kind IN ('text', 'number', 'choice', 'flag')),
    unit     TEXT    NOT NULL DEFAULT '',
    facet    BOOLEAN NOT NULL DEFAULT FALSE,
    position BIGINT  NOT NULL
);

CREATE TABLE product_types (
    id   TEXT NOT NULL PRIMARY KEY,
    key  TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
);

CREATE TABLE product_type_attributes (
    type_id       TEXT   NOT NULL REFERENCES product_types (id),
    attribute_key TEXT   NOT NULL REFERENCES attributes (key),
    position      BIGINT NOT NULL,
    PRIMARY KEY (type_id, attribute_key)
);

CREATE TABLE categories (
    id             TEXT    NOT NULL PRIMARY KEY,
    parent_id      TEXT    REFERENCES categories (id),
    slug           TEXT    NOT NULL UNIQUE,
    name           TEXT    NOT NULL,
    help           TEXT    NOT NULL DEFAULT '',
    fact_attribute TEXT    REFERENCES attributes (key),  -- the one fact that its cards print
    door           BOOLEAN NOT NULL DEFAULT FALSE,       -- shown as a door on the home page
    position       BIGINT  NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
);
CREATE INDEX categories_parent ON categories (parent_id, position);

CREATE TABLE media (
    id         TEXT   NOT NULL PRIMARY KEY,
    hash       TEXT   NOT NULL UNIQUE,   -- of the source: names the picture in its URL
    kind       TEXT   NOT NULL CHECK (kind IN ('file', 'drawing')),
    source     TEXT   NOT NULL,          -- file: the original's extension; drawing: its parameters as JSON
    width      BIGINT NOT NULL CHECK (width > 0),
    height     BIGINT NOT NULL CHECK (height > 0),
    created_at BIGINT NOT NULL
);

CREATE TABLE products (
    id               TEXT   NOT NULL PRIMARY KEY,
    slug             TEXT   NOT NULL UNIQUE,
    title            TEXT   NOT NULL,
    summary          TEXT   NOT NULL DEFAULT '',
    description      TEXT   NOT NULL DEFAULT '',     -- Markdown
    box              TEXT   NOT NULL DEFAULT '[]',   -- JSON list of strings: what is in the box
    brand_id         TEXT   REFERENCES brands (id),
    type_id          TEXT   REFERENCES product_types (id),
    tax_class        TEXT   NOT NULL DEFAULT 'standard',
    status           TEXT   NOT NULL CHECK (status IN ('draft', 'published')),
    published_at     BIGINT,
    popularity       BIGINT NOT NULL DEFAULT 0,
    -- Derived from variants and stock in the same transaction, so that a listing reads one table.
    price_min_minor  BIGINT NOT NULL DEFAULT 0 CHECK (price_min_minor >= 0),
    price_max_minor  BIGINT NOT NULL DEFAULT 0 CHECK (price_max_minor >= price_min_minor),
    compare_at_minor BIGINT,                         -- of the cheapest variant, when it is on sale
    band             TEXT   NOT NULL DEFAULT 'out' CHECK (band IN ('in', 'low', 'out')),
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE INDEX products_new ON products (status, published_at);
CREATE INDEX products_brand ON products (brand_id);

CREATE TABLE product_categories (
    product_id  TEXT   NOT NULL REFERENCES products (id),
    category_id TEXT   NOT NULL REFERENCES categories (id),
    position    BIGINT NOT NULL,          -- 0: the product's primary category
    PRIMARY KEY (product_id, category_id)
);
CREATE INDEX product_categories_category ON product_categories (category_id, product_id);

CREATE TABLE product_attributes (
    product_id    TEXT   NOT NULL REFERENCES products (id),
    attribute_key TEXT   NOT NULL REFERENCES attributes (key),
    position      BIGINT NOT NULL,        -- several values: 0, 1, 2 …
    value         TEXT   NOT NULL,        -- as printed, without the unit; flags: 'true'
    number_milli  BIGINT,                 -- numbers: thousandths, for ranges and sorting
    PRIMARY KEY (product_id, attribute_key, position)
);
CREATE INDEX product_attributes_value ON product_attributes (attribute_key, value, product_id);

CREATE TABLE product_options (
    product_id TEXT   NOT NULL REFERENCES products (id),
    position   BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    choices    TEXT   NOT NULL,           -- JSON: [{"value": …, "swatch": …|null}] in display order
    PRIMARY KEY (product_id, position)
);

CREATE TABLE variants (
    id               TEXT   NOT NULL PRIMARY KEY,
    product_id       TEXT   NOT NULL REFERENCES products (id),
    sku              TEXT   NOT NULL UNIQUE,
    options          TEXT   NOT NULL DEFAULT '[]',   -- JSON list: one value per option, in the options' order
    position         BIGINT NOT NULL,
    price_minor      BIGINT NOT NULL CHECK (price_minor >= 0),
    compare_at_minor BIGINT CHECK (compare_at_minor > price_minor),
    weight_g         BIGINT NOT NULL DEFAULT 0 CHECK (weight_g >= 0),
    barcode          TEXT   NOT NULL DEFAULT '',
    media_id         TEXT   REFERENCES media (id),   -- its own main picture
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    UNIQUE (product_id, options)
);

CREATE TABLE price_history (
    id          TEXT   NOT NULL PRIMARY KEY,
    variant_id  TEXT   NOT NULL REFERENCES variants (id),
    price_minor BIGINT NOT NULL,
    since       BIGINT NOT NULL           -- in force from here until the next row
);
CREATE INDEX price_history_variant ON price_history (variant_id, since);

CREATE TABLE product_media (
    product_id TEXT   NOT NULL REFERENCES products (id),
    position   BIGINT NOT NULL,
    media_id   TEXT   NOT NULL REFERENCES media (id),
    alt        TEXT   NOT NULL,
    PRIMARY KEY (product_id, position)
);

CREATE TABLE product_related (
    product_id TEXT   NOT NULL REFERENCES products (id),
    position   BIGINT NOT NULL,
    related_id TEXT   NOT NULL REFERENCES products (id),
    PRIMARY KEY (product_id, position)
);

CREATE TABLE pages (
    id         TEXT   NOT NULL PRIMARY KEY,
    slug       TEXT   NOT NULL UNIQUE,
    title      TEXT   NOT NULL,
    body       TEXT   NOT NULL,           -- Markdown
    footer     TEXT   NOT NULL DEFAULT '',-- 'help', 'legal' or nowhere
    position   BIGINT NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL
);

-- A renamed thing leaves its old slug here; it points at the thing itself, so chains cannot form.
CREATE TABLE slug_redirects (
    kind       TEXT   NOT NULL CHECK (kind IN ('product', 'category', 'page')),
    slug       TEXT   NOT NULL,
    target_id  TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (kind, slug)
);

-- Stock ----------------------------------------------------------------------------------------------------------

CREATE TABLE stock (
    variant_id TEXT   NOT NULL PRIMARY KEY REFERENCES variants (id),
    on_hand    BIGINT NOT NULL CHECK (on_hand >= 0),
    reserved   BIGINT NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    CHECK (reserved <= on_hand)
);

-- Every change of on_hand: their sum is the stock.
CREATE TABLE stock_movements (
    id         TEXT   NOT NULL PRIMARY KEY,
    variant_id TEXT   NOT NULL REFERENCES variants (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('receive', 'adjust', 'sale', 'return')),
    quantity   BIGINT NOT NULL CHECK (quantity <> 0),
    order_id   TEXT,
    at         BIGINT NOT NULL
);
CREATE INDEX stock_movements_variant ON stock_movements (variant_id);

CREATE TABLE reservations (
    order_id   TEXT   NOT NULL,
    variant_id TEXT   NOT NULL REFERENCES variants (id),
    quantity   BIGINT NOT NULL CHECK (quantity > 0),
    state      TEXT   NOT NULL CHECK (state IN ('held', 'taken', 'released')),
    PRIMARY KEY (order_id, variant_id)
);
CREATE INDEX reservations_variant ON reservations (variant_id, state);

-- Selling --------------------------------------------------------------------------------------------------------

CREATE TABLE tax_rates (
    country   TEXT   NOT NULL,            -- ISO 3166-1 alpha-2
    tax_class TEXT   NOT NULL,            -- 'standard' or 'reduced'
    rate_bp   BIGINT NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),  -- hundredths of a per cent
    PRIMARY KEY (country, tax_class)
);

CREATE TABLE shipping_methods (
    id       TEXT   NOT NULL PRIMARY KEY,
    key      TEXT   NOT NULL UNIQUE,
    name     TEXT   NOT NULL,
    note     TEXT   NOT NULL DEFAULT '',
    days_min BIGINT NOT NULL,
    days_max BIGINT NOT NULL,
    position BIGINT NOT NULL
);

CREATE TABLE shipping_rates (
    method_id        TEXT   NOT NULL REFERENCES shipping_methods (id),
    position         BIGINT NOT NULL,
    countries        TEXT   NOT NULL,     -- JSON list of country codes, '*' = every country sold to
    weight_max_g     BIGINT NOT NULL,
    price_minor      BIGINT NOT NULL CHECK (price_minor >= 0),
    free_above_minor BIGINT,
    PRIMARY KEY (method_id, position)
);

CREATE TABLE discounts (
    code       TEXT   NOT NULL PRIMARY KEY,  -- upper case
    kind       TEXT   NOT NULL CHECK (kind IN ('percent', 'amount', 'free_shipping')),
    value      BIGINT NOT NULL CHECK (value >= 0),  -- percent: hundredths of a per cent; amount: minor units
    minimum_minor BIGINT NOT NULL DEFAULT 0,
    starts_at  BIGINT,
    ends_at    BIGINT,
    uses_max   BIGINT,
    uses       BIGINT NOT NULL DEFAULT 0,
    CHECK (uses_max IS NULL OR uses <= uses_max)
);

CREATE TABLE customers (
    id                 TEXT   NOT NULL PRIMARY KEY,
    email              TEXT   NOT NULL UNIQUE,   -- as folded by domain::customer
    email_confirmed_at BIGINT,
    password_hash      TEXT   NOT NULL,          -- PHC string
    name               TEXT   NOT NULL DEFAULT '',
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL
);

-- Wrong passwords per account, whether the account exists or not: what throttles must not tell which ones do.
CREATE TABLE login_failures (
    account_hash TEXT   NOT NULL PRIMARY KEY,    -- SHA-256 of the folded e-mail address
    failures     BIGINT NOT NULL,
    failed_at    BIGINT NOT NULL
);
CREATE INDEX login_failures_age ON login_failures (failed_at);

CREATE TABLE customer_tokens (
    hash        TEXT   NOT NULL PRIMARY KEY,     -- SHA-256 of the token in the mail
    customer_id TEXT   NOT NULL REFERENCES customers (id),
    purpose     TEXT   NOT NULL CHECK (purpose IN ('confirm', 'reset', 'email')),
    new_email   TEXT   NOT NULL DEFAULT '',
    expires_at  BIGINT NOT NULL
);
CREATE INDEX customer_tokens_customer ON customer_tokens (customer_id);

CREATE TABLE sessions (
    hash        TEXT   NOT NULL PRIMARY KEY,     -- SHA-256 of the cookie or bearer token
    customer_id TEXT   NOT NULL REFERENCES customers (id),
    kind        TEXT   NOT NULL CHECK (kind IN ('web', 'api')),
    device      TEXT   NOT NULL DEFAULT '',      -- what the shopper sees in "other devices"
    created_at  BIGINT NOT NULL,
    fresh_at    BIGINT NOT NULL,                 -- when the password was last given
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX sessions_customer ON sessions (customer_id);

CREATE TABLE addresses (
    id          TEXT    NOT NULL PRIMARY KEY,
    customer_id TEXT    NOT NULL REFERENCES customers (id),
    main        BOOLEAN NOT NULL DEFAULT FALSE,
    address     TEXT    NOT NULL,                -- JSON, see db/addresses.rs
    created_at  BIGINT  NOT NULL
);
CREATE INDEX addresses_customer ON addresses (customer_id);

CREATE TABLE carts (
    id            TEXT   NOT NULL PRIMARY KEY,
    token_hash    TEXT   NOT NULL UNIQUE,        -- SHA-256 of the cookie or bearer token
    customer_id   TEXT   REFERENCES customers (id),
    country       TEXT   NOT NULL DEFAULT '',
    shipping_key  TEXT   NOT NULL DEFAULT '',
    discount_code TEXT   NOT NULL DEFAULT '',
    version       BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX carts_customer ON carts (customer_id);
CREATE INDEX carts_updated ON carts (updated_at);

CREATE TABLE cart_lines (
    cart_id          TEXT   NOT NULL REFERENCES carts (id),
    variant_id       TEXT   NOT NULL REFERENCES variants (id),
    quantity         BIGINT NOT NULL CHECK (quantity > 0),
    price_seen_minor BIGINT NOT NULL,            -- to tell the shopper what changed since
    added_at         BIGINT NOT NULL,
    PRIMARY KEY (cart_id, variant_id)
);
CREATE INDEX cart_lines_variant ON cart_lines (variant_id);

CREATE TABLE orders (
    id              TEXT   NOT NULL PRIMARY KEY,
    number          BIGINT NOT NULL UNIQUE,
    token           TEXT   NOT NULL UNIQUE,      -- random; the order's public link
    customer_id     TEXT   REFERENCES customers (id),
    email           TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    payment_method  TEXT   NOT NULL,
    shipping_key    TEXT   NOT NULL,
    shipping_name   TEXT   NOT NULL,
    country         TEXT   NOT NULL,
    currency        TEXT   NOT NULL,
    items_minor     BIGINT NOT NULL,             -- gross, before the discount
    discount_minor  BIGINT NOT NULL,             -- gross, positive
    shipping_minor  BIGINT NOT NULL,             -- gross
    tax_minor       BIGINT NOT NULL,             -- contained in the total
    total_minor     BIGINT NOT NULL CHECK (total_minor >= 0),
    taxes           TEXT   NOT NULL,             -- JSON: per rate, see db/orders.rs
    discount_code   TEXT   NOT NULL DEFAULT '',
    shipping_address TEXT  NOT NULL,             -- JSON
    billing_address TEXT   NOT NULL DEFAULT '',  -- JSON; empty: as shipping
    note            TEXT   NOT NULL DEFAULT '',
    tracking        TEXT   NOT NULL DEFAULT '',
    expires_at      BIGINT,                      -- an unpaid order is cancelled then
    version         BIGINT NOT NULL DEFAULT 0,
    placed_at       BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);
CREATE INDEX orders_customer ON orders (customer_id, number);
CREATE INDEX orders_email ON orders (email);
CREATE INDEX orders_state ON orders (state, expires_at);

CREATE TABLE order_lines (
    order_id       TEXT   NOT NULL REFERENCES orders (id),
    position       BIGINT NOT NULL,
    variant_id     TEXT   NOT NULL,
    product_slug   TEXT   NOT NULL,
    title          TEXT   NOT NULL,
    variant_title  TEXT   NOT NULL,
    sku            TEXT   NOT NULL,
    media_hash     TEXT   NOT NULL,
    quantity       BIGINT NOT NULL CHECK (quantity > 0),
    unit_minor     BIGINT NOT NULL,              -- gross
    discount_minor BIGINT NOT NULL,
    total_minor    BIGINT NOT NULL,              -- gross, after the discount
    rate_bp        BIGINT NOT NULL,
    tax_minor      BIGINT NOT NULL,
    PRIMARY KEY (order_id, position)
);

-- Append-only: what happened to an order, and who did it.
CREATE TABLE order_events (
    id       TEXT   NOT NULL PRIMARY KEY,
    order_id TEXT   NOT NULL REFERENCES orders (id),
    kind     TEXT   NOT NULL,                    -- placed, paid, shipped, cancelled, expired …
    state    TEXT   NOT NULL,                    -- the order's state after it
    actor    TEXT   NOT NULL,                    -- shopper, operator, system
    note     TEXT   NOT NULL DEFAULT '',
    at       BIGINT NOT NULL
);
CREATE INDEX order_events_order ON order_events (order_id);

CREATE TABLE payments (
    id            TEXT   NOT NULL PRIMARY KEY,
    order_id      TEXT   NOT NULL REFERENCES orders (id),
    method        TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    amount_minor  BIGINT NOT NULL CHECK (amount_minor >= 0),
    currency      TEXT   NOT NULL,
    reference     TEXT   NOT NULL DEFAULT '',    -- the provider's own
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX payments_order ON payments (order_id);

CREATE TABLE idempotency (
    scope        TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    request_hash TEXT   NOT NULL,
    resource_id  TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Work --------------------------------------------------------------------------------------------------------------

CREATE TABLE jobs (
    id           TEXT   NOT NULL PRIMARY KEY,
    kind         TEXT   NOT NULL,
    payload      TEXT   NOT NULL,                -- JSON
    state        TEXT   NOT NULL CHECK (state IN ('ready', 'dead')),
    attempts     BIGINT NOT NULL DEFAULT 0,
    due_at       BIGINT NOT NULL,                -- a claimed job is due again when its lease ends
    last_error   TEXT   NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (state, due_at);

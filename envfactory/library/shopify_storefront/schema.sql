-- Shopify Storefront: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE products (
    id TEXT NOT NULL,
    handle TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    vendor TEXT NOT NULL,
    productType TEXT NOT NULL,
    tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
    availableForSale INTEGER NOT NULL CHECK (availableForSale IN (0, 1)),
    totalInventory INTEGER NOT NULL,
    minVariantPrice TEXT NOT NULL CHECK (json_valid(minVariantPrice)),
    maxVariantPrice TEXT NOT NULL CHECK (json_valid(maxVariantPrice)),
    createdAt TEXT NOT NULL,
    sold INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE product_variants (
    id TEXT NOT NULL,
    productId TEXT NOT NULL,
    displayName TEXT NOT NULL,
    title TEXT NOT NULL,
    sku TEXT,
    price TEXT NOT NULL CHECK (json_valid(price)),
    compareAtPrice TEXT CHECK (json_valid(compareAtPrice)),
    availableForSale INTEGER NOT NULL CHECK (availableForSale IN (0, 1)),
    quantityAvailable INTEGER NOT NULL,
    currentlyNotInStock INTEGER NOT NULL DEFAULT 0 CHECK (currentlyNotInStock IN (0, 1)),
    selectedOptions TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(selectedOptions)),
    quantityRule TEXT NOT NULL DEFAULT '{"increment":1,"minimum":1}' CHECK (json_valid(quantityRule)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (productId) REFERENCES products (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE collections (
    id TEXT NOT NULL,
    handle TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    products TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(products)),
    updatedAt TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE carts (
    id TEXT NOT NULL,
    name TEXT,
    attributes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(attributes)),
    note TEXT,
    countryCode TEXT NOT NULL DEFAULT 'DK' CHECK (
        countryCode IN (
            'DK', 'SE', 'NO', 'FI', 'DE', 'NL', 'GB', 'US', 'JP'
        )
    ),
    email TEXT,
    phone TEXT,
    discountCodes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(discountCodes)),
    appliedGiftCards TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(appliedGiftCards)),
    deliveryOption TEXT,
    deliveryGroupId TEXT NOT NULL,
    totalQuantity INTEGER NOT NULL DEFAULT 0,
    subtotalAmount TEXT NOT NULL DEFAULT '{"amount":"0.00","currencyCode":"DKK"}' CHECK (json_valid(subtotalAmount)),
    discountedAmount TEXT NOT NULL DEFAULT '{"amount":"0.00","currencyCode":"DKK"}' CHECK (json_valid(discountedAmount)),
    totalAmount TEXT NOT NULL DEFAULT '{"amount":"0.00","currencyCode":"DKK"}' CHECK (json_valid(totalAmount)),
    createdAt TEXT NOT NULL,
    updatedAt TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (deliveryOption) REFERENCES delivery_options (handle) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cart_lines (
    id TEXT NOT NULL,
    cartId TEXT NOT NULL,
    merchandiseId TEXT NOT NULL,
    title TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    attributes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(attributes)),
    totalAmount TEXT NOT NULL CHECK (json_valid(totalAmount)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (cartId) REFERENCES carts (id) ON DELETE CASCADE,
    FOREIGN KEY (merchandiseId) REFERENCES product_variants (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX cart_lines_by_cartId ON cart_lines (cartId);

CREATE TABLE delivery_options (
    handle TEXT NOT NULL,
    title TEXT NOT NULL,
    code TEXT,
    description TEXT,
    deliveryMethodType TEXT NOT NULL CHECK (deliveryMethodType IN ('SHIPPING', 'PICK_UP', 'PICKUP_POINT', 'LOCAL')),
    estimatedCost TEXT NOT NULL CHECK (json_valid(estimatedCost)),
    countries TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(countries)),
    minimumSubtotal TEXT CHECK (json_valid(minimumSubtotal)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (handle)
) STRICT, WITHOUT ROWID;

CREATE TABLE discount_codes (
    code TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('PERCENTAGE', 'FIXED_AMOUNT', 'FREE_DELIVERY')),
    percentage INTEGER,
    amount TEXT CHECK (json_valid(amount)),
    minimumSubtotal TEXT CHECK (json_valid(minimumSubtotal)),
    collection TEXT,
    startsAt TEXT NOT NULL,
    endsAt TEXT,
    combines INTEGER NOT NULL DEFAULT 0 CHECK (combines IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (code),
    FOREIGN KEY (collection) REFERENCES collections (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gift_cards (
    id TEXT NOT NULL,
    code TEXT NOT NULL,
    lastCharacters TEXT NOT NULL,
    balance TEXT NOT NULL CHECK (json_valid(balance)),
    expiresOn TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mailing_addresses (
    id TEXT NOT NULL,
    firstName TEXT,
    lastName TEXT,
    company TEXT,
    address1 TEXT NOT NULL,
    address2 TEXT,
    city TEXT NOT NULL,
    zip TEXT,
    province TEXT,
    country TEXT NOT NULL,
    countryCodeV2 TEXT NOT NULL CHECK (countryCodeV2 IN ('DK', 'SE', 'NO', 'FI', 'DE', 'NL', 'GB', 'US', 'JP')),
    phone TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    orderNumber INTEGER NOT NULL,
    processedAt TEXT NOT NULL,
    financialStatus TEXT NOT NULL CHECK (
        financialStatus IN (
            'PENDING', 'PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'VOIDED'
        )
    ),
    fulfillmentStatus TEXT NOT NULL CHECK (
        fulfillmentStatus IN (
            'UNFULFILLED', 'IN_PROGRESS', 'PARTIALLY_FULFILLED', 'FULFILLED'
        )
    ),
    canceledAt TEXT,
    subtotalPrice TEXT NOT NULL CHECK (json_valid(subtotalPrice)),
    totalShippingPrice TEXT NOT NULL CHECK (json_valid(totalShippingPrice)),
    totalPrice TEXT NOT NULL CHECK (json_valid(totalPrice)),
    lineItems TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(lineItems)),
    shippingAddress TEXT CHECK (json_valid(shippingAddress)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

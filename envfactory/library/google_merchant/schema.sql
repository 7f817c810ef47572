-- Content API for Shopping: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE products (
    id TEXT NOT NULL,
    offerId TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('online', 'local')),
    contentLanguage TEXT NOT NULL CHECK (contentLanguage IN ('da', 'de', 'en', 'es', 'fr', 'nl', 'no', 'sv')),
    targetCountry TEXT NOT NULL CHECK (targetCountry IN ('DK', 'DE', 'SE', 'GB', 'NO', 'NL', 'FR', 'US')),
    title TEXT,
    description TEXT,
    link TEXT,
    imageLink TEXT,
    price TEXT CHECK (json_valid(price)),
    salePrice TEXT CHECK (json_valid(salePrice)),
    salePriceEffectiveDate TEXT,
    availability TEXT CHECK (availability IN ('in stock', 'out of stock', 'preorder', 'backorder')),
    condition TEXT CHECK (condition IN ('new', 'refurbished', 'used')),
    brand TEXT,
    gtin TEXT,
    mpn TEXT,
    identifierExists INTEGER CHECK (identifierExists IN (0, 1)),
    productTypes TEXT CHECK (json_valid(productTypes)),
    promotionIds TEXT CHECK (json_valid(promotionIds)),
    returnPolicyLabel TEXT,
    landingPagePrice TEXT CHECK (json_valid(landingPagePrice)),
    reviewed INTEGER NOT NULL DEFAULT 0 CHECK (reviewed IN (0, 1)),
    creationDate TEXT NOT NULL,
    lastUpdateDate TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE promotions (
    id TEXT NOT NULL,
    promotionId TEXT NOT NULL,
    contentLanguage TEXT NOT NULL,
    targetCountry TEXT NOT NULL,
    redemptionChannel TEXT NOT NULL CHECK (json_valid(redemptionChannel)),
    longTitle TEXT NOT NULL,
    productApplicability TEXT NOT NULL CHECK (productApplicability IN ('ALL_PRODUCTS', 'SPECIFIC_PRODUCTS')),
    itemId TEXT CHECK (json_valid(itemId)),
    brand TEXT CHECK (json_valid(brand)),
    productType TEXT CHECK (json_valid(productType)),
    offerType TEXT NOT NULL CHECK (offerType IN ('NO_CODE', 'GENERIC_CODE')),
    genericRedemptionCode TEXT,
    couponValueType TEXT NOT NULL CHECK (couponValueType IN ('MONEY_OFF', 'PERCENT_OFF', 'FREE_SHIPPING_STANDARD')),
    percentOff INTEGER,
    moneyOffAmount TEXT CHECK (json_valid(moneyOffAmount)),
    minimumPurchaseAmount TEXT CHECK (json_valid(minimumPurchaseAmount)),
    promotionEffectiveTimePeriod TEXT NOT NULL CHECK (json_valid(promotionEffectiveTimePeriod)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE return_policies (
    returnPolicyId TEXT NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    countries TEXT NOT NULL CHECK (json_valid(countries)),
    policy TEXT NOT NULL CHECK (json_valid(policy)),
    returnMethods TEXT CHECK (json_valid(returnMethods)),
    itemConditions TEXT CHECK (json_valid(itemConditions)),
    returnPolicyUri TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (returnPolicyId)
) STRICT, WITHOUT ROWID;

CREATE TABLE regions (
    regionId TEXT NOT NULL,
    displayName TEXT,
    postalCodeArea TEXT CHECK (json_valid(postalCodeArea)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (regionId)
) STRICT, WITHOUT ROWID;

"""What no default can know of Stripe Billing: states of invoices, sums, balances, what a subscription bills."""

from __future__ import annotations

from envfactory.environment.entropy import rfc3339
from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    AfterCustomer,
    AfterInvoice,
    AfterItem,
    AfterPrice,
    AfterSubscription,
    AnotherPrice,
    AtPeriodEnd,
    Balance,
    Charge,
    CompanyName,
    ContactEmail,
    CustomerNote,
    DaysFromNow,
    DaysToPay,
    Draft,
    DueDate,
    InState,
    InUse,
    InvoiceCurrency,
    InvoiceMethod,
    InvoicesBy,
    InvoicesFor,
    InvoicesOf,
    ItemCurrency,
    ItemQuantity,
    ItemsOf,
    ItemsOn,
    Limit,
    Memo,
    OfType,
    OneTimePrice,
    PaidElsewhere,
    Pause,
    Pending,
    PendingItems,
    PhoneNumber,
    Quantity,
    SubscriptionMethod,
    SubscriptionName,
    SubscriptionsAt,
    SubscriptionsBy,
    SubscriptionsOf,
    SubscriptionState,
    UnitAmount,
    WholeAmount,
    WithEmail,
)
from .entities import (
    Customer,
    CustomerId,
    InvoiceId,
    InvoiceitemId,
    PriceId,
    SubscriptionId,
)
from .ledger import HOME_CURRENCY, Ledger, checked_email, wanted
from .periods import period_end
from .shown import Customers, InvoiceItems, Invoices, Prices, ShownInvoice, ShownItem, ShownSubscription, Subscriptions


class Overrides(Ledger):
    """Tools written by hand."""

    # Customers -------------------------------------------------------------------------------------------------------

    @tool()
    def list_customers(
        self,
        email: WithEmail | None = None,
        limit: Limit = 10,
        starting_after: AfterCustomer | None = None,
    ) -> Customers:
        """List the customers, the newest first."""
        rows = self.newest("customers", email=email)
        return Customers.model_validate(self.page_after(rows, limit, starting_after))

    @tool(writes=True)
    def create_customer(
        self,
        name: CompanyName | None = None,
        email: ContactEmail | None = None,
        phone: PhoneNumber | None = None,
        description: CustomerNote | None = None,
        balance: Balance = 0,
    ) -> Customer:
        """Add a customer."""
        checked_email(email)
        row: Row = {
            "id": self.new_id("cus", length=14),
            "name": name,
            "email": email,
            "phone": phone,
            "description": description,
            "balance": balance,
            "invoice_prefix": self.new_id(length=8).upper(),
            "created": self.timestamp,
        }
        return Customer.model_validate(self.stored("customers", row))

    @tool(writes=True)
    def update_customer(
        self,
        customer: CustomerId,
        name: CompanyName | None = None,
        email: ContactEmail | None = None,
        phone: PhoneNumber | None = None,
        description: CustomerNote | None = None,
        balance: Balance | None = None,
    ) -> Customer:
        """Change what is given of a customer; everything else stays. Drafts of invoices follow."""
        row = self.customer(customer)
        checked_email(email)
        changes = self.given(
            {"name": name, "email": email, "phone": phone, "description": description, "balance": balance}
        )
        return Customer.model_validate(self.changed_customer(row["id"], changes))

    # Prices ----------------------------------------------------------------------------------------------------------

    @tool()
    def list_prices(
        self,
        active: InUse | None = None,
        type: OfType | None = None,
        limit: Limit = 10,
        starting_after: AfterPrice | None = None,
    ) -> Prices:
        """List the prices, the newest first."""
        rows = self.newest("prices", active=active, type=type)
        return Prices.model_validate(self.page_after(rows, limit, starting_after))

    # Invoices --------------------------------------------------------------------------------------------------------

    @tool()
    def list_invoices(
        self,
        customer: InvoicesOf | None = None,
        subscription: InvoicesFor | None = None,
        status: InState | None = None,
        collection_method: InvoicesBy | None = None,
        limit: Limit = 10,
        starting_after: AfterInvoice | None = None,
    ) -> Invoices:
        """List the invoices, the newest first."""
        if customer is not None:
            self.customer(customer)
        if subscription is not None:
            self.need("subscriptions", "subscription", id=subscription)
        rows = self.newest(
            "invoices", customer=customer, subscription=subscription, status=status, collection_method=collection_method
        )
        return Invoices.model_validate(self.page_after(rows, limit, starting_after))

    @tool(writes=True)
    def create_invoice(
        self,
        customer: CustomerId,
        description: Memo | None = None,
        collection_method: InvoiceMethod = "charge_automatically",
        days_until_due: DaysFromNow | None = None,
        due_date: DueDate | None = None,
        pending_invoice_items_behavior: PendingItems = "exclude",
        currency: InvoiceCurrency | None = None,
    ) -> ShownInvoice:
        """Draft an invoice for a customer: empty, or with the items that are pending."""
        payer = self.customer(customer)
        unit = currency or payer["currency"] or HOME_CURRENCY
        self.bill_in(payer, unit)
        values: Row = {
            "description": description,
            "collection_method": collection_method,
            "due_date": self.due(collection_method, days_until_due, due_date),
            "currency": unit,
        }
        row = self.drafted(payer, values)
        if pending_invoice_items_behavior != "exclude":
            taken = self.db.update("invoiceitems", {"invoice": row["id"]}, customer=customer, invoice=None)
            if not taken and pending_invoice_items_behavior == "include_and_require":
                raise ToolError(f"no items are pending for {payer['name']!r}")
        return ShownInvoice.model_validate(self.recounted(row["id"]))

    @tool(writes=True)
    def finalize_invoice(self, invoice: InvoiceId) -> ShownInvoice:
        """Finalize a draft: it gets its number, takes up the customer's balance and is open."""
        row = self.invoice(invoice)
        self.require_status(row, ("draft",), "finalized")
        return ShownInvoice.model_validate(self.finalized(row))

    @tool(writes=True)
    def send_invoice(self, invoice: InvoiceId) -> ShownInvoice:
        """E-mail an invoice to the customer; a draft is finalized first."""
        row = self.invoice(invoice)
        if row["collection_method"] != "send_invoice":
            raise ToolError("only invoices whose collection method is send_invoice can be sent; this one is charged")
        self.require_status(row, ("draft", "open", "paid", "uncollectible"), "sent")
        if row["customer_email"] is None:
            raise ToolError(f"{row['customer_name']!r} has no e-mail address to send it to")
        if row["status"] == "draft":
            row = self.finalized(row)
        self.db.update("invoices", {"sent_at": self.timestamp}, id=invoice)
        return ShownInvoice.model_validate(row)

    @tool(writes=True)
    def pay_invoice(
        self,
        invoice: InvoiceId,
        paid_out_of_band: PaidElsewhere = False,
    ) -> ShownInvoice:
        """Take the payment for an open or uncollectible invoice, from the card on file or as paid elsewhere."""
        row = self.invoice(invoice)
        self.require_status(row, ("open", "uncollectible"), "paid")
        if not paid_out_of_band:
            self.require_card(self.customer(row["customer"]))
        return ShownInvoice.model_validate(self.paid(row, out_of_band=paid_out_of_band))

    @tool(writes=True)
    def mark_invoice_uncollectible(self, invoice: InvoiceId) -> ShownInvoice:
        """Give an open invoice up: it is counted as a bad debt."""
        row = self.invoice(invoice)
        self.require_status(row, ("open",), "marked uncollectible")
        return ShownInvoice.model_validate(self.moved(row, "uncollectible", "marked_uncollectible_at"))

    @tool(writes=True)
    def void_invoice(self, invoice: InvoiceId) -> ShownInvoice:
        """Void an open or uncollectible invoice, for good; what it took from the customer's balance goes back."""
        row = self.invoice(invoice)
        self.require_status(row, ("open", "uncollectible"), "voided", cure="a draft is deleted instead")
        row = self.moved(row, "void", "voided_at")
        # It left something to pay, so it had taken up the whole balance.
        balance = self.customer(row["customer"])["balance"] + row["starting_balance"]
        self.changed_customer(row["customer"], {"balance": balance})
        return ShownInvoice.model_validate(row)

    @tool(writes=True)
    def delete_invoice(self, invoice: InvoiceId) -> None:
        """Delete a single draft for good; its items are pending again."""
        row = self.invoice(invoice)
        self.require_status(row, ("draft",), "deleted", cure="void it instead")
        if row["subscription"] is not None:
            raise ToolError("an invoice of a subscription cannot be deleted; finalize it and void it instead")
        self.db.delete("invoices", id=invoice)  # the database takes its items off it

    # Invoice items ---------------------------------------------------------------------------------------------------

    @tool()
    def list_invoice_items(
        self,
        customer: ItemsOf | None = None,
        invoice: ItemsOn | None = None,
        pending: Pending | None = None,
        limit: Limit = 10,
        starting_after: AfterItem | None = None,
    ) -> InvoiceItems:
        """List the invoice items, the newest first."""
        if customer is not None:
            self.customer(customer)
        if invoice is not None:
            self.invoice(invoice)
        rows = self.newest("invoiceitems", stamp="date", customer=customer, invoice=invoice)
        rows = [row for row in rows if pending is None or (row["invoice"] is None) is pending]
        return InvoiceItems.model_validate(self.page_after(rows, limit, starting_after))

    @tool(writes=True)
    def create_invoice_item(
        self,
        customer: CustomerId,
        invoice: Draft | None = None,
        price: OneTimePrice | None = None,
        description: Charge | None = None,
        amount: WholeAmount | None = None,
        unit_amount: UnitAmount | None = None,
        quantity: ItemQuantity | None = None,
        currency: ItemCurrency | None = None,
    ) -> ShownItem:
        """Add an item to a draft, or leave it pending for the customer's next invoice."""
        payer = self.customer(customer)
        draft = None if invoice is None else self.draft_of(payer, invoice)
        if [price, amount, unit_amount].count(None) != 2:
            raise ToolError("give exactly one of price, amount and unit_amount", code="invalid_arguments")
        if amount is not None and quantity is not None:
            raise ToolError("an amount takes no quantity; give a unit_amount", code="invalid_arguments")
        sold = None if price is None else self.usable_price(price, "one_time")
        unit = currency or (draft or payer)["currency"] or HOME_CURRENCY
        if draft is not None and unit != draft["currency"]:
            raise ToolError(f"the invoice is in {draft['currency']}, and the item in {unit}")
        if sold is not None and unit != sold["currency"]:
            raise ToolError(f"the price {sold['nickname']!r} is in {sold['currency']}, and the item in {unit}")
        self.bill_in(payer, unit)
        values: Row = {"invoice": invoice, "price": price, "description": description, "currency": unit}
        if sold is not None:
            values["description"] = description or sold["nickname"]
            unit_amount = sold["unit_amount"]
        each = amount if unit_amount is None else unit_amount
        assert each is not None
        return ShownItem.model_validate(self.charged(payer, values, each, quantity))

    @tool(writes=True)
    def delete_invoice_item(self, invoiceitem: InvoiceitemId) -> None:
        """Delete an item that is pending or on a draft."""
        row = self.need("invoiceitems", "invoice item", id=invoiceitem)
        if row["invoice"] is not None:
            self.require_status(self.invoice(row["invoice"]), ("draft",), "relieved of an item")
        self.db.delete("invoiceitems", id=invoiceitem)
        if row["invoice"] is not None:
            self.recounted(row["invoice"])

    # Subscriptions ---------------------------------------------------------------------------------------------------

    @tool()
    def list_subscriptions(
        self,
        customer: SubscriptionsOf | None = None,
        price: SubscriptionsAt | None = None,
        status: SubscriptionState | None = None,
        collection_method: SubscriptionsBy | None = None,
        limit: Limit = 10,
        starting_after: AfterSubscription | None = None,
    ) -> Subscriptions:
        """List the subscriptions, the newest first; those that have ended only when they are asked for."""
        if customer is not None:
            self.customer(customer)
        if price is not None:
            self.need("prices", "price", id=price)
        rows = self.newest("subscriptions", customer=customer, price=price, collection_method=collection_method)
        rows = [row for row in rows if wanted(row["status"], status)]
        return Subscriptions.model_validate(self.page_after(rows, limit, starting_after))

    @tool(writes=True)
    def create_subscription(
        self,
        customer: CustomerId,
        price: PriceId,
        description: SubscriptionName | None = None,
        quantity: Quantity = 1,
        collection_method: SubscriptionMethod = "charge_automatically",
        days_until_due: DaysToPay | None = None,
    ) -> ShownSubscription:
        """Start a subscription and make its first invoice: charged at once, or a draft to be sent."""
        payer = self.customer(customer)
        terms = self.usable_price(price, "recurring")
        due = self.due(collection_method, days_until_due, None)
        if collection_method == "charge_automatically":
            self.require_card(payer)
        self.bill_in(payer, terms["currency"])
        row = self.stored(
            "subscriptions",
            {
                "id": self.new_id("sub", length=24),
                "customer": customer,
                "description": description,
                "price": price,
                "quantity": quantity,
                "collection_method": collection_method,
                "days_until_due": days_until_due,
                "currency": terms["currency"],
                "current_period_start": self.timestamp,
                "current_period_end": rfc3339(period_end(self.now, terms)),
                "created": self.timestamp,
            },
        )
        shared: Row = {"subscription": row["id"], "currency": terms["currency"]}
        reason: Row = {"billing_reason": "subscription_create", "collection_method": collection_method, "due_date": due}
        first = self.drafted(payer, shared | reason)
        line: Row = {"invoice": first["id"], "price": price, "description": terms["nickname"]}
        self.charged(payer, shared | line, terms["unit_amount"], quantity)
        if collection_method == "charge_automatically":
            first = self.finalized(first)
            if first["status"] == "open":
                self.paid(first, out_of_band=False)
        self.db.update("subscriptions", {"latest_invoice": first["id"]}, id=row["id"])
        return ShownSubscription.model_validate(row | {"latest_invoice": first["id"]})

    @tool(writes=True)
    def update_subscription(
        self,
        subscription_exposed_id: SubscriptionId,
        price: AnotherPrice | None = None,
        description: SubscriptionName | None = None,
        quantity: Quantity | None = None,
        cancel_at_period_end: AtPeriodEnd | None = None,
        pause_collection: Pause | None = None,
    ) -> ShownSubscription:
        """Change what is given of a subscription that has not ended; a new price or quantity counts from the next
        period."""
        row = self.running(subscription_exposed_id)
        changes = self.given({"price": price, "description": description, "quantity": quantity})
        if price is not None and (terms := self.usable_price(price, "recurring"))["currency"] != row["currency"]:
            raise ToolError(f"the subscription is billed in {row['currency']}, the price is in {terms['currency']}")
        if pause_collection is not None:
            changes["pause_collection"] = pause_collection or None
        if cancel_at_period_end is not None:
            changes |= {
                "cancel_at_period_end": cancel_at_period_end,
                "cancel_at": row["current_period_end"] if cancel_at_period_end else None,
                "canceled_at": (row["canceled_at"] or self.timestamp) if cancel_at_period_end else None,
            }
        self.db.update("subscriptions", changes, id=row["id"])
        return ShownSubscription.model_validate(row | changes)

    @tool(writes=True)
    def cancel_subscription(self, subscription_exposed_id: SubscriptionId) -> ShownSubscription:
        """Cancel a subscription at once; nothing more is billed for it."""
        row = self.running(subscription_exposed_id)
        changes: Row = {"status": "canceled", "canceled_at": self.timestamp, "ended_at": self.timestamp}
        self.db.update("subscriptions", changes, id=row["id"])
        return ShownSubscription.model_validate(row | changes)

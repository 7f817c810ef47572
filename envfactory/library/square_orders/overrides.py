"""What no default can know of a shop's counter: paying, refunding, stock that runs out, and orders that are closed."""

from __future__ import annotations

import json
import re

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from . import arguments as take
from .entities import (
    Customer,
    CustomerId,
    CustomerPage,
    InventoryCount,
    ItemVariationId,
    Order,
    OrderId,
    OrderPage,
    Payment,
    PaymentId,
    PaymentPage,
    Refund,
    RefundPage,
)
from .rows import ItemWithVariationsPage, Rows, amount_of, check_contact, held_amount, money, whole

_ONE_LINE = re.compile(r"line_items\[(.+)\]")
_FROM_OUTSIDE = {"NONE", "UNLINKED_RETURN"}


class Overrides(Rows):
    """Tools written by hand."""

    # Customers -------------------------------------------------------------------------------------------------------

    @tool()
    def search_customers(
        self,
        email_address: take.EmailPart | None = None,
        phone_number: take.PhonePart | None = None,
        reference_id: take.ReferenceEquals | None = None,
        sort_field: take.CustomerSort = "DEFAULT",
        sort_order: take.SortOrder = "ASC",
        limit: take.Limit = 100,
        cursor: take.Cursor | None = None,
    ) -> CustomerPage:
        """Find customers, by first and last name in alphabetical order unless told otherwise; without a filter, all
        of them."""
        way = {"ASC": "ASC", "DESC": "DESC"}[sort_order]
        names = f"lower(coalesce(given_name, '')) {way}, lower(coalesce(family_name, '')) {way}"
        by = {"DEFAULT": names, "CREATED_AT": f"created_at {way}"}[sort_field]
        rows = self.db.rows(
            f"""
            SELECT * FROM customers
            WHERE (:email IS NULL OR instr(lower(email_address), lower(:email)) > 0)
              AND (:digits IS NULL
                OR instr(replace(replace(replace(phone_number, ' ', ''), '-', ''), '+', ''), :digits) > 0)
              AND (:reference IS NULL OR reference_id = :reference)
            ORDER BY {by}, seq, id
            """,
            {
                "email": email_address,
                "digits": None if phone_number is None else re.sub(r"[ +-]", "", phone_number),
                "reference": reference_id,
            },
        )
        rows, following = self.page(rows, limit, cursor)
        return CustomerPage.model_validate({"customers": rows, "cursor": following})

    @tool(writes=True)
    def create_customer(
        self,
        company_name: take.Company | None = None,
        given_name: take.GivenName | None = None,
        family_name: take.FamilyName | None = None,
        email_address: take.Email | None = None,
        phone_number: take.Phone | None = None,
        note: take.CustomerNote | None = None,
        reference_id: take.CustomerReference | None = None,
    ) -> Customer:
        """Add a customer; at least a name, a company, an e-mail address or a phone number must be given."""
        if not (company_name or given_name or family_name or email_address or phone_number):
            raise ToolError("give a name, a company, an e-mail address or a phone number", code="invalid_arguments")
        check_contact(email_address, phone_number)
        row: Row = {
            "id": self.new_id(length=26),
            "given_name": given_name or None,
            "family_name": family_name or None,
            "company_name": company_name or None,
            "email_address": email_address or None,
            "phone_number": phone_number or None,
            "note": note or None,
            "reference_id": reference_id or None,
            "created_at": self.timestamp,
            "updated_at": self.timestamp,
            "seq": self.db.next_number("customers", "seq"),
        }
        self.db.insert("customers", row)
        return Customer.model_validate(row)

    @tool(writes=True)
    def update_customer(
        self,
        customer_id: CustomerId,
        company_name: take.Company | None = None,
        given_name: take.GivenName | None = None,
        family_name: take.FamilyName | None = None,
        email_address: take.Email | None = None,
        phone_number: take.Phone | None = None,
        note: take.CustomerNote | None = None,
        reference_id: take.CustomerReference | None = None,
    ) -> Customer:
        """Change what is given of a customer; an empty text empties a field."""
        row = self.customer(customer_id)
        check_contact(email_address, phone_number)
        given = self.given(
            {
                "company_name": company_name,
                "given_name": given_name,
                "family_name": family_name,
                "email_address": email_address,
                "phone_number": phone_number,
                "note": note,
                "reference_id": reference_id,
            }
        )
        changes: Row = {column: value or None for column, value in given.items()}
        changes["updated_at"] = self.timestamp
        self.db.update("customers", changes, id=customer_id)
        return Customer.model_validate(row | changes)

    # Catalog and stock -----------------------------------------------------------------------------------------------

    @tool()
    def search_catalog_items(
        self,
        text_filter: take.TextFilter | None = None,
        stock_levels: take.StockLevels | None = None,
        sort_order: take.SortOrder = "ASC",
        limit: take.Limit = 100,
        cursor: take.Cursor | None = None,
    ) -> ItemWithVariationsPage:
        """Find items of the catalog by name, each with its variations and their prices."""
        way = {"ASC": "ASC", "DESC": "DESC"}[sort_order]
        rows = self.db.rows(
            f"""
            SELECT * FROM catalog_items AS item
            WHERE (:text IS NULL OR instr(lower(item.name), lower(:text)) > 0
                OR instr(lower(item.description), lower(:text)) > 0
                OR EXISTS (SELECT 1 FROM item_variations AS sold WHERE sold.item_id = item.id
                    AND (instr(lower(sold.name), lower(:text)) > 0 OR instr(lower(sold.sku), lower(:text)) > 0)))
              AND (:levels IS NULL OR EXISTS (
                SELECT 1 FROM item_variations AS sold JOIN inventory_counts AS held ON held.catalog_object_id = sold.id
                WHERE sold.item_id = item.id AND sold.track_inventory AND CASE
                    WHEN held.quantity = '0' THEN 'OUT'
                    WHEN CAST(held.quantity AS INTEGER) <= sold.inventory_alert_threshold THEN 'LOW'
                  END IN (SELECT value FROM json_each(:levels))))
            ORDER BY lower(item.name) {way}, item.id
            """,
            {"text": text_filter, "levels": stock_levels or None},
        )
        rows, following = self.page(rows, limit, cursor)
        sold = "SELECT * FROM item_variations WHERE item_id = ? ORDER BY seq, id"
        items = [{**row, "variations": self.db.rows(sold, (row["id"],))} for row in rows]
        return ItemWithVariationsPage.model_validate({"items": items, "cursor": following})

    @tool()
    def retrieve_inventory_count(self, catalog_object_id: ItemVariationId) -> InventoryCount:
        """Get how many pieces of a variation are in stock."""
        return InventoryCount.model_validate(self.count(self.variation(catalog_object_id)))

    @tool(writes=True)
    def create_inventory_adjustment(
        self,
        catalog_object_id: ItemVariationId,
        from_state: take.FromState,
        to_state: take.ToState,
        quantity: take.Pieces,
    ) -> InventoryCount:
        """Move pieces of a variation between states: into stock, or out of it as sold or lost. The stock cannot go
        below zero."""
        variation = self.variation(catalog_object_id)
        arrives = to_state == "IN_STOCK"
        if arrives is not (from_state in _FROM_OUTSIDE):
            raise ToolError(f"pieces cannot go from {from_state} to {to_state}", code="invalid_arguments")
        pieces = whole(quantity)
        return InventoryCount.model_validate(self.change_stock(variation, pieces if arrives else -pieces))

    # Orders ----------------------------------------------------------------------------------------------------------

    @tool()
    def search_orders(
        self,
        states: take.States | None = None,
        customer_ids: take.Customers | None = None,
        sort_field: take.OrderSort = "CREATED_AT",
        sort_order: take.SortOrder = "DESC",
        limit: take.OrderLimit = 500,
        cursor: take.Cursor | None = None,
    ) -> OrderPage:
        """Find orders, the newest first unless told otherwise."""
        for customer_id in customer_ids or []:
            self.customer(customer_id)
        by = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at", "CLOSED_AT": "closed_at"}[sort_field]
        way = {"ASC": "ASC", "DESC": "DESC"}[sort_order]
        rows = self.db.rows(
            f"""
            SELECT * FROM orders
            WHERE (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
              AND (:customers IS NULL OR customer_id IN (SELECT value FROM json_each(:customers)))
            ORDER BY {by} {way} NULLS LAST, seq {way}
            """,
            {"states": states or None, "customers": customer_ids or None},
        )
        rows, following = self.page(rows, limit, cursor)
        return OrderPage.model_validate({"orders": rows, "cursor": following})

    @tool(writes=True)
    def create_order(
        self,
        line_items: take.NewLines,
        reference_id: take.OrderReference | None = None,
        customer_id: CustomerId | None = None,
    ) -> Order:
        """Open an order. Lines take name and price from the catalog, or bring their own."""
        if customer_id is not None:
            self.customer(customer_id)
        lines = self.with_lines([], line_items)
        row: Row = {
            "id": self.new_id(length=27),
            "reference_id": reference_id,
            "customer_id": customer_id,
            "line_items": lines,
            "total_money": money(sum(line["total_money"]["amount"] for line in lines)),
            "state": "OPEN",
            "version": 1,
            "created_at": self.timestamp,
            "updated_at": self.timestamp,
            "seq": self.db.next_number("orders", "seq"),
        }
        self.db.insert("orders", row)
        return Order.model_validate(row)

    @tool(writes=True)
    def update_order(
        self,
        order_id: OrderId,
        reference_id: take.OrderReference | None = None,
        customer_id: CustomerId | None = None,
        line_items: take.MoreLines | None = None,
        fields_to_clear: take.Cleared | None = None,
        state: take.CalledOff | None = None,
        version: take.Version | None = None,
    ) -> Order:
        """Change what is given of an open order, or call it off. A line with the uid of one of the order's changes
        that line, others are added."""
        row = self.open_order(order_id, version)
        if customer_id is not None:
            self.customer(customer_id)
        if state is not None and (reference_id or customer_id or line_items or fields_to_clear):
            raise ToolError("an order that is called off cannot be changed as well", code="invalid_arguments")
        changes: Row = {}
        lines = json.loads(row["line_items"])
        for field in fields_to_clear or []:
            one = _ONE_LINE.fullmatch(field)
            if field in {"customer_id", "reference_id"}:
                changes[field] = None
            elif field == "line_items":
                lines = []
            elif one and any(line["uid"] == one[1] for line in lines):
                lines = [line for line in lines if line["uid"] != one[1]]
            else:
                raise ToolError(f"fields_to_clear: the order has no {field!r}", code="invalid_arguments")
        lines = self.with_lines(lines, line_items or [])
        changes |= self.given({"reference_id": reference_id, "customer_id": customer_id, "state": state})
        changes |= {"line_items": lines, "total_money": money(sum(line["total_money"]["amount"] for line in lines))}
        if state is not None:
            changes["closed_at"] = self.timestamp
        return Order.model_validate(self.change_order(row, changes))

    @tool(writes=True)
    def pay_order(
        self,
        order_id: OrderId,
        payment_ids: take.PaymentIds | None = None,
        order_version: take.Version | None = None,
    ) -> Order:
        """Pay for an open order with approved payments that name it and come to its total exactly; an order of zero
        needs none. The payments and the order are completed, other approved payments of the order are canceled, and
        what was sold leaves the stock."""
        row = self.open_order(order_id, order_version)
        payments = [self.approved(payment_id) for payment_id in dict.fromkeys(payment_ids or [])]
        for payment in payments:
            if payment["order_id"] != order_id:
                raise ToolError(f"the payment {payment['receipt_number']!r} is not for this order")
        paid, total = sum(held_amount(p, "amount_money") for p in payments), held_amount(row, "total_money")
        if paid != total:
            raise ToolError(f"the payments come to {paid}, the order to {total}")
        self.sell(json.loads(row["line_items"]))
        taken = {payment["id"] for payment in payments}
        for payment in self.db.find("payments", order_id=order_id, status="APPROVED"):
            self.settle_payment(payment, "COMPLETED" if payment["id"] in taken else "CANCELED")
        return Order.model_validate(self.change_order(row, {"state": "COMPLETED", "closed_at": self.timestamp}))

    # Payments and refunds --------------------------------------------------------------------------------------------

    @tool()
    def list_payments(
        self,
        begin_time: take.Begin | None = None,
        end_time: take.End | None = None,
        total: take.Total | None = None,
        sort_order: take.SortOrder = "DESC",
        limit: take.Limit = 100,
        cursor: take.Cursor | None = None,
    ) -> PaymentPage:
        """List the payments of a span of time, the newest first unless told otherwise."""
        begin, end = self.span(begin_time, end_time)
        way = {"ASC": "ASC", "DESC": "DESC"}[sort_order]
        rows = self.db.rows(
            f"""
            SELECT * FROM payments
            WHERE created_at BETWEEN :begin AND :end
              AND (:total IS NULL OR json_extract(amount_money, '$.amount') = :total)
            ORDER BY created_at {way}, seq {way}
            """,
            {"begin": begin, "end": end, "total": total},
        )
        rows, following = self.page(rows, limit, cursor)
        return PaymentPage.model_validate({"payments": rows, "cursor": following})

    @tool(writes=True)
    def complete_payment(self, payment_id: PaymentId) -> Payment:
        """Take the money of an approved payment. One that is for an order is taken when the order is paid."""
        row = self.approved(payment_id)
        if row["order_id"] is not None:
            raise ToolError("the payment is for an order: pay the order with it")
        return Payment.model_validate(self.settle_payment(row, "COMPLETED"))

    @tool(writes=True)
    def cancel_payment(self, payment_id: PaymentId) -> Payment:
        """Void an approved payment: the money is never taken, and the receipt number is gone."""
        return Payment.model_validate(self.settle_payment(self.approved(payment_id), "CANCELED"))

    @tool(writes=True)
    def refund_payment(
        self, payment_id: PaymentId, amount_money: take.Money, reason: take.Reason | None = None
    ) -> Refund:
        """Give back a completed payment, or a part of it: never more than is left of it."""
        payment = self.need("payments", "payment", id=payment_id)
        if payment["status"] != "COMPLETED":
            raise ToolError(f"the payment is {payment['status']}; only a completed one can be refunded")
        amount = amount_of(amount_money, least=1)
        back = held_amount(payment, "refunded_money") + amount
        paid = held_amount(payment, "amount_money")
        if back > paid:
            raise ToolError(f"of the payment {paid - back + amount} is left, which is less than {amount}")
        row: Row = {
            "id": self.new_id(f"{payment_id}_", length=22),
            "payment_id": payment_id,
            "order_id": payment["order_id"],
            "amount_money": money(amount),
            "reason": reason or None,
            "status": "PENDING" if payment["source_type"] == "CARD" else "COMPLETED",
            "created_at": self.timestamp,
            "updated_at": self.timestamp,
            "seq": self.db.next_number("refunds", "seq"),
        }
        self.db.insert("refunds", row)
        refunds = [*json.loads(payment["refund_ids"] or "[]"), row["id"]]
        changes: Row = {"refunded_money": money(back), "refund_ids": refunds, "updated_at": self.timestamp}
        self.db.update("payments", changes, id=payment_id)
        return Refund.model_validate(row)

    @tool()
    def list_payment_refunds(
        self,
        begin_time: take.Begin | None = None,
        end_time: take.End | None = None,
        status: take.WithStatus | None = None,
        sort_order: take.SortOrder = "DESC",
        limit: take.Limit = 100,
        cursor: take.Cursor | None = None,
    ) -> RefundPage:
        """List the refunds of a span of time, the newest first unless told otherwise."""
        begin, end = self.span(begin_time, end_time)
        way = {"ASC": "ASC", "DESC": "DESC"}[sort_order]
        rows = self.db.rows(
            f"""
            SELECT * FROM refunds
            WHERE created_at BETWEEN :begin AND :end AND (:status IS NULL OR status = :status)
            ORDER BY created_at {way}, seq {way}
            """,
            {"begin": begin, "end": end, "status": status},
        )
        rows, following = self.page(rows, limit, cursor)
        return RefundPage.model_validate({"refunds": rows, "cursor": following})

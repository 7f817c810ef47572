"""Square Orders: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from envfactory.environment.tool import tool

from .entities import Customer, CustomerId, Order, OrderId
from .overrides import Overrides


class SquareOrders(Overrides):
    """The counter of a small print and stationery shop: customers, catalog and stock, orders, payments and refunds."""

    @tool()
    def retrieve_customer(self, customer_id: CustomerId) -> Customer:
        """Get one customer."""
        row = self.need("customers", "customer", id=customer_id)
        return Customer.model_validate(row)

    @tool(writes=True)
    def delete_customer(self, customer_id: CustomerId) -> None:
        """Delete a customer; orders and payments stay, without the customer."""
        self.need("customers", "customer", id=customer_id)
        self.db.delete("customers", id=customer_id)

    @tool()
    def retrieve_order(self, order_id: OrderId) -> Order:
        """Get one order."""
        row = self.need("orders", "order", id=order_id)
        return Order.model_validate(row)

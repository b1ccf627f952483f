"""订单处理: orders, parcels, claims, reports and shop settings of a cross-border seller."""

from .workbench import OrdersWorkbench

__all__ = ["OrdersWorkbench"]

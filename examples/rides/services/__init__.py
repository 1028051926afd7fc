"""The company's services, one file each: different teams, different years, different habits."""

from examples.rides.services import bikes, care, drivers, orders, payments, users
from examples.rides.services.endpoint import Endpoint

__all__ = ["ENDPOINTS", "Endpoint"]

ENDPOINTS: tuple[Endpoint, ...] = (
    *bikes.ENDPOINTS,
    *orders.ENDPOINTS,
    *users.ENDPOINTS,
    *drivers.ENDPOINTS,
    *payments.ENDPOINTS,
    *care.ENDPOINTS,
)

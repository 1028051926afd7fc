"""Drivers: one at a time, no batch form, no key needed inside the company's network."""

from aiohttp.web import Request, Response

from examples.rides.services.endpoint import Endpoint, int_ids, reply
from examples.rides.unit import Unit


async def get_driver(unit: Unit, request: Request) -> Response:
    ids = int_ids(request.match_info["id"])
    driver = unit.drivers.get(ids[0]) if ids else None
    if driver is None:
        return reply({"errMsg": "driver not found"}, status=404)
    return reply(
        {
            "driverId": driver.id,
            "name": {"cn": driver.name, "en": driver.name_en},
            "mobile": driver.phone,
            "vehicle": {"plateNo": driver.plate, "model": driver.car},
            "city": driver.city,
            "score": driver.rating,
        }
    )


ENDPOINTS = (Endpoint(method="GET", path="/drivers/{id}", answer=get_driver, keyed=False),)

"""Bikes: the newest service. Versioned resource paths, camelCase, verbs (`:unlock`), errors as statuses."""

from aiohttp.web import Request, Response

from examples.rides.rows import Bike
from examples.rides.services.endpoint import Endpoint, Json, is_list, read_object, reply, text_field
from examples.rides.unit import Unit

MAX_BATCH = 100


async def get_bike(unit: Unit, request: Request) -> Response:
    bike = unit.bikes.get(request.match_info["id"])
    return reply(_bike(bike)) if bike else _no_bike(request)


async def list_bikes(unit: Unit, request: Request) -> Response:
    """Of a city and a status, where they are given."""
    query = request.query
    city, status = query.get("city"), query.get("status", "").lower()
    found = [
        bike
        for bike in unit.bikes.values()
        if (not city or bike.place.city == city) and (not status or bike.status == status)
    ]
    limit = int(query.get("limit", "20"))
    return reply({"bikes": [_bike(bike) for bike in found[:limit]], "totalSize": len(found)})


async def batch_get(unit: Unit, request: Request) -> Response:
    """Many bikes by id. Sorted by number plate, unknown ids left out: a caller has to match by id."""
    ids = (await read_object(request)).get("ids")
    if not is_list(ids) or len(ids) > MAX_BATCH:
        return _refuse(400, "INVALID_ARGUMENT", f"ids must be a list of at most {MAX_BATCH}")
    found = [bike for bike in map(unit.bikes.get, map(str, ids)) if bike]
    return reply({"bikes": [_bike(bike) for bike in sorted(found, key=lambda bike: bike.number)]})


async def unlock(unit: Unit, request: Request) -> Response:
    bike = unit.bikes.get(request.match_info["id"])
    if bike is None:
        return _no_bike(request)
    if bike.status != "available":
        return _refuse(409, "FAILED_PRECONDITION", f"bike {bike.id} is {bike.status}, not available")
    return reply(_bike(unit.set_bike(bike, status="riding", fault=None)))


async def patch_bike(unit: Unit, request: Request) -> Response:
    """Set what the body names (`status`, `fault`) and keep the rest."""
    bike = unit.bikes.get(request.match_info["id"])
    if bike is None:
        return _no_bike(request)
    body = await read_object(request)
    status = text_field(body, "status") or bike.status
    if status not in ("available", "riding", "repair", "lost"):
        return _refuse(400, "INVALID_ARGUMENT", f"no such status: {status}")
    return reply(_bike(unit.set_bike(bike, status=status, fault=text_field(body, "fault") or bike.fault)))


def _bike(bike: Bike) -> Json:
    return {
        "id": bike.id,
        "number": bike.number,
        "model": bike.model,
        "status": bike.status,
        "batteryPercent": bike.battery,
        "location": {"city": bike.place.city, "lat": bike.place.lat, "lng": bike.place.lon},
        "address": {"zh": bike.place.zh, "en": bike.place.en},
        "lastCheck": {"at": bike.checked_at, "fault": bike.fault, "firmware": f"{bike.model.lower()}-4.2"},
    }


def _no_bike(request: Request) -> Response:
    return _refuse(404, "NOT_FOUND", f"no bike {request.match_info['id']}")


def _refuse(status: int, name: str, message: str) -> Response:
    return reply({"error": {"code": status, "status": name, "message": message}}, status=status)


ENDPOINTS = (
    Endpoint(method="POST", path="/bikes-svc/v2/bikes:batchGet", answer=batch_get),
    Endpoint(method="POST", path="/bikes-svc/v2/bikes/{id}:unlock", answer=unlock),
    Endpoint(method="GET", path="/bikes-svc/v2/bikes", answer=list_bikes),
    Endpoint(method="GET", path="/bikes-svc/v2/bikes/{id}", answer=get_bike),
    Endpoint(method="PATCH", path="/bikes-svc/v2/bikes/{id}", answer=patch_bike),
)

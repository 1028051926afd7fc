"""A MongoDB that is not there is given up soon, and told without its password."""

import asyncio
import time

import pytest

from gateway.stores.mongo import REACHED_S, open_mongo
from gateway.stores.mongo_driver import Driver
from resolvers.ports import Collection
from resolvers.store_errors import StoreUnavailable
from tests.servers.document_stores import sockets_forgotten_by

CALLS_S = 60.0  # what calls may take once the store is open
LOADED_S = 10.0  # on top, for a machine with other work


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_opening_waits_for_an_absent_server_a_moment_and_not_as_long_as_for_a_call(driver: Driver) -> None:
    began = time.monotonic()
    with sockets_forgotten_by(driver):
        reason, outcome_unknown = asyncio.run(refusal_of_an_absent_server(driver))
    assert time.monotonic() - began < REACHED_S + LOADED_S
    assert reason == "no primary of MongoDB answers"
    assert not outcome_unknown


async def refusal_of_an_absent_server(driver: Driver) -> tuple[str, bool]:
    """Its words alone: the error's traceback holds the driver's frames, and they the socket."""
    with pytest.raises(StoreUnavailable) as refusal:
        async with open_mongo(
            "mongodb://me:s3cret@127.0.0.1:1/x", [Collection(name="a")], driver=driver, timeout_s=CALLS_S
        ):
            pass
    return refusal.value.reason, refusal.value.outcome_unknown

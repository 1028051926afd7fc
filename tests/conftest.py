"""Fixtures that tests of every package ask for by name; each starts its server when it is first asked for."""

from tests.servers.bounds import calls_within_bounds
from tests.servers.document_stores import store_data
from tests.servers.mongod import mongo_url
from tests.servers.redis_server import redis_server, redis_url

__all__ = ["calls_within_bounds", "mongo_url", "redis_server", "redis_url", "store_data"]

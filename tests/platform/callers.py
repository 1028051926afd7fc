"""Who calls in tests."""

from engine.access import Principal

ANYBODY = Principal(subject="anonymous", authenticated=False)
READER = Principal(subject="rita")
RIDES = Principal(subject="ruth", roles=frozenset({"publisher"}), units=frozenset({"rides"}))
RIDES_AGENT = Principal(subject="ralf", roles=frozenset({"agent"}), units=frozenset({"rides"}))
CARE = Principal(subject="carl", roles=frozenset({"publisher"}), units=frozenset({"care"}))
ADMIN = Principal(subject="ada", roles=frozenset({"admin"}))
LOCAL = Principal(subject="local-dev", roles=frozenset({"*"}), units=frozenset({"*"}))

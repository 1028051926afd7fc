"""Which deployment does a new instance begin with? The same for a case while a rollout only grows."""

from collections.abc import Sequence
from hashlib import blake2b

from engine.flow.ports import Deployment


def choose_deployment(deployments: Sequence[Deployment], *, flow_key: str, case: str) -> Deployment | None:
    """Of deployments newest first, the first whose rollout holds the case's bucket; None if none does.

    `case` is the case id, or the instance's where there is no case.
    """
    bucket = bucket_of(flow_key, case)
    return next((deployment for deployment in deployments if bucket < deployment.rollout), None)


def bucket_of(flow_key: str, case: str) -> int:
    """0 to 99, spread evenly over cases, and differently for each flow."""
    digest = blake2b(f"{flow_key}\0{case}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100

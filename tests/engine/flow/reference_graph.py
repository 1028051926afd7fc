"""What the reference of a run knows of a model: its flows, and where a token can get to by them."""

from collections.abc import Callable, Mapping
from typing import Any  # a model as clients write it


def spread(begin: str, near: Callable[[str], set[str]]) -> set[str]:
    found, waiting = {begin}, [begin]
    while waiting:
        new = near(waiting.pop()) - found
        found |= new
        waiting.extend(new)
    return found


class Graph:
    """`incoming` are the flows that a token can really come by."""

    def __init__(self, model: Mapping[str, Any]) -> None:
        parts = list(model["elements"])
        self.flows = {each["key"]: each for each in parts if each["type"] == "sequenceFlow"}
        self.elements = {each["key"]: each for each in parts if each["type"] != "sequenceFlow"}
        self.begin = next(key for key, each in self.elements.items() if each["type"] == "startEvent")
        self.catching = {key for key, each in self.elements.items() if each["type"].endswith("CatchEvent")}
        events = [key for key, each in self.elements.items() if "attachedTo" in each]
        reached = set[str]().union(*(self.reach(key, avoiding="") for key in (self.begin, *events)))
        coming = {name: flow for name, flow in self.flows.items() if flow["source"] in reached}
        self.incoming = {
            key: [name for name, flow in coming.items() if flow["target"] == key] for key in self.elements
        }

    def outgoing(self, key: str) -> list[str]:
        """In the order of `outgoing`, else of the flows in the model."""
        listed = [name for name, flow in self.flows.items() if flow["source"] == key]
        return list(self.elements[key].get("outgoing") or listed)

    def reach(self, begin: str, *, avoiding: str) -> set[str]:
        flows, outgoing = self.flows, self.outgoing
        return spread(begin, lambda key: {flows[one]["target"] for one in outgoing(key)} - {avoiding})

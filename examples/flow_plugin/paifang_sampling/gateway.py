"""The element type `samplingGateway`: `percent` of instances leave by `sampled`, the rest by the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from engine.flow.elements import ElementType
from engine.flow.elements.contract import NEVER, Compiling, ElementExecutor, Moments, Visit
from engine.flow.elements.outcomes import Advanced, Outcome
from engine.flow.elements.signals import Signal
from engine.flow.fields import Fields
from engine.flow.model import Element, Json
from engine.flow.reading_elements import Common, ElementReader

NAME = "samplingGateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingGateway(Element):
    percent: int
    sampled: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    element: SamplingGateway
    moments: Moments = NEVER  # its decision looks at no resources

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        """An instance is sampled or not however often it comes here: a repeat must decide the same."""
        del signal
        digest = blake2b(f"{visit.instance}\0{self.element.key}".encode(), digest_size=8).digest()
        is_sampled = int.from_bytes(digest, "big") % 100 < self.element.percent
        taken = [
            arrow for arrow in visit.element.outgoing if (arrow.key == self.element.sampled) is is_sampled
        ]
        return Advanced(flows=tuple(taken[:1]))


def _read(fields: Fields, common: Common) -> SamplingGateway:
    percent = fields.whole("percent", range(101), default=10)
    return SamplingGateway(**common, percent=percent, sampled=fields.required("sampled"))


def _write(element: Element) -> Mapping[str, Json]:
    assert isinstance(element, SamplingGateway)
    return {"percent": element.percent, "sampled": element.sampled}


def _compile(element: SamplingGateway, compiling: Compiling) -> ElementExecutor:
    del compiling
    return _Executor(element=element)


READER = ElementReader(name=NAME, type=SamplingGateway, read=_read, write=_write)
TYPE = ElementType(name=NAME, model=SamplingGateway, compile=_compile)

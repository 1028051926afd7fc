"""A deploy check: a sampling gateway has two ways out, and names one of them."""

from engine.flow.checks import Subject

from .gateway import SamplingGateway


def check_control(subject: Subject) -> None:
    for element in subject.model.elements.values():
        if not isinstance(element, SamplingGateway):
            continue
        if element.sampled not in element.outgoing:
            message = f"'{element.sampled}' is no flow out of it"
            hint = subject.problems.nearest(element.sampled, element.outgoing)
            subject.error("UNKNOWN_REFERENCE", message, f"{element.key}/sampled", suggestion=hint)
        elif len(element.outgoing) != 2:
            message = f"there are {len(element.outgoing)} ways out: draw one for the sample, one for the rest"
            subject.error("SAMPLING_WAYS", message, element.key)

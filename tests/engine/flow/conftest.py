"""Random tests of flows are not timed: a machine that others use is no fault of the flow."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

"""Parts shared by the emulators: control, faults, clock, limits, indexes and exact JSON."""

from tilisilta_emulators.kit.clock import Clock
from tilisilta_emulators.kit.emulator import Emulator, Options
from tilisilta_emulators.kit.faults import COMMON_KINDS, Faults, Match, Rule
from tilisilta_emulators.kit.index import OrderedIndex
from tilisilta_emulators.kit.limits import Refusal, SlidingLimits, Window
from tilisilta_emulators.kit.middleware import Handler
from tilisilta_emulators.kit.requests import Entry, RequestLog
from tilisilta_emulators.kit.wire import (
    decode,
    encode,
    encode_exact,
    exact_response,
    json_response,
    numbers_as_strings,
)

__all__ = [
    "COMMON_KINDS",
    "Clock",
    "Emulator",
    "Entry",
    "Faults",
    "Handler",
    "Match",
    "Options",
    "OrderedIndex",
    "Refusal",
    "RequestLog",
    "Rule",
    "SlidingLimits",
    "Window",
    "decode",
    "encode",
    "encode_exact",
    "exact_response",
    "json_response",
    "numbers_as_strings",
]

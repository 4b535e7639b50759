"""Texts of a document's event log: one line for each code that the engine and the services write.

A text may use the event's own parameters as `%(name)s`. A missing one reads as "?", because a line with a hole is
better than a page that fails; a code without a text shows its name for the same reason.
"""

from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop

_TEXTS: dict[str, str] = {
    "seen": gettext_noop("Seen at the source"),
    "changed_at_source": gettext_noop("Changed at the source after it was read"),
    "deleted_at_source": gettext_noop("Deleted at the source"),
    "drafted": gettext_noop("Prepared for the target"),
    "problem": gettext_noop("Stopped: somebody must settle a problem first"),
    "problem_solved": gettext_noop("Problem settled"),
    "ready": gettext_noop("Ready to be sent"),
    "sending": gettext_noop("Sending began, attempt %(attempt)s"),
    "sent": gettext_noop("Sent; the target calls it %(target)s"),
    "found_in_target": gettext_noop("Found in the target as %(target)s; tied to it, not sent again"),
    "absent_in_target": gettext_noop("Looked for in the target and certainly not there; it is sent again"),
    "uncertain": gettext_noop("Sent, but the answer was lost; it is looked for in the target before anything else"),
    "confirmed": gettext_noop("Read back from the target; the totals agree"),
    "confirmed_by_hand": gettext_noop("Marked by a person as being in the target's books"),
    "totals_differ": gettext_noop("The target shows %(theirs)s, the source shows %(ours)s"),
    "changed_at_target": gettext_noop("Changed in the target after it was sent"),
    "gone_from_target": gettext_noop("No longer in the target"),
    "refused": gettext_noop("The target refused it"),
    "parked": gettext_noop("Put on hold"),
    "retry_later": gettext_noop("The target was busy; it is tried again later"),
    "connection_failed": gettext_noop("The connection does not work; it waits until that is mended"),
    "retried": gettext_noop("Asked to try again"),
    "resent": gettext_noop("Asked to send again"),
    "skipped": gettext_noop("Left out: %(reason)s"),
    "left_out": gettext_noop("Not sent"),
    "warned": gettext_noop("Sent with a change"),
    "released": gettext_noop("Taken back from being left out or on hold"),
    "drifted": gettext_noop("Source and target no longer agree"),
    "kept": gettext_noop("The difference was looked at and left as it is"),
    "reconnected": gettext_noop("The connection works again"),
    "matched": gettext_noop("Matched by a person with %(target)s"),
    "bound": gettext_noop("Tied to %(target)s"),
    "attached": gettext_noop("Attachment sent: %(name)s"),
    "files_left": gettext_noop("Not sent, because only the picture of the invoice moves: %(names)s"),
    "step_taken": gettext_noop("Step at the target done: %(step)s"),
    "step_dropped": gettext_noop("Step at the target not needed any more, as the settings are now: %(step)s"),
    "steps_left": gettext_noop("Left as it is at the target, by a person; not taken: %(steps)s"),
    "posting_changed": gettext_noop("The posting was changed here after it was sent; the target keeps the one before"),
    "posting_as_sent": gettext_noop("The posting here is again the one that was sent"),
    "file_uncertain": gettext_noop("Whether attachment %(name)s arrived is not known; look for it in the target"),
    "follow_up_failed": gettext_noop("Not done after the document arrived: %(called)s"),
    "status_written": gettext_noop("Status written back to the source: %(status)s"),
    "recovered": gettext_noop("Taken over after the worker stopped"),
}

# Steps that complete a document at its target; connectors name them by these words.
_STEPS: dict[str, str] = {
    "postings": gettext_noop("our posting on its accounting page"),
    "approve": gettext_noop("approval"),
    "mark_sent": gettext_noop("marking as sent"),
    "reverse": gettext_noop("the reversal of the entry before"),
}

_LEVEL_BY_CODE = {
    "problem": "error",
    "connection_failed": "error",
    "left_out": "warning",
    "warned": "warning",
    "refused": "error",
    "totals_differ": "warning",
    "drifted": "warning",
    "uncertain": "warning",
    "parked": "warning",
    "file_uncertain": "warning",
    "follow_up_failed": "warning",
    "changed_at_source": "warning",
    "posting_changed": "warning",
    "posting_as_sent": "success",
    "deleted_at_source": "warning",
    "changed_at_target": "warning",
    "gone_from_target": "warning",
    "sent": "success",
    "confirmed": "success",
    "confirmed_by_hand": "success",
    "found_in_target": "success",
    "problem_solved": "success",
}

# What an event may call the same thing: the engine writes ids and numbers apart.
_ALIASES = {
    "target": ("target_number", "number", "target_id"),
    "theirs": ("target_gross",),
    "ours": ("gross", "source_gross"),
    "reason": ("code",),
    "called": ("name", "status"),
}


class _Params(dict[str, str]):
    def __missing__(self, key: str) -> str:
        for name in _ALIASES.get(key, ()):
            if value := self.get(name):
                return value
        return "?"


def event_codes() -> frozenset[str]:
    """Return the codes that have a text."""
    return frozenset(_TEXTS)


def event_text(code: str, params: Mapping[str, object]) -> str:
    """Return the line of an event in the language that is active now.

    >>> event_text("no_such_code", {})
    'no such code'
    """
    text = _TEXTS.get(code)
    if text is None:
        return code.replace("_", " ")
    told = {name: str(value) for name, value in params.items() if value not in ("", None)}
    if steps := told.get("steps"):
        told["steps"] = ", ".join(step_name(each) for each in steps.split(", "))
    if step := told.get("step"):
        told |= {name: step_name(step) for name in ("step", "called") if told.get(name) == step}
    return gettext(text) % _Params(told)


def step_name(step: str) -> str:
    """Return what a step at the target is called in the language that is active now; an unknown one as it is.

    >>> step_name("no_such_step")
    'no_such_step'
    """
    return gettext(_STEPS[step]) if step in _STEPS else step


def event_level(code: str, level: str = "info") -> str:
    """Return "info", "success", "warning" or "error": what the event says itself, else what its code means."""
    return level if level not in ("", "info") else _LEVEL_BY_CODE.get(code, "info")

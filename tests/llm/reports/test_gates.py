"""A gate as JUnit for a CI job: well-formed whatever the clauses say, and red unless the answer is GO."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from nophantom.llm.questions.gate import GateAnswer, decide_gate
from nophantom.llm.questions.gate_quantities import MEANINGS, from_counts
from nophantom.llm.reports.gates import gate_junit, gate_page


def decided(go: str) -> GateAnswer:
    measured = from_counts(final=(379, 500), peak=(158, 200), looks=1, rerun=None, claimed=None, delta=0.01)
    return decide_gate(go, measured, alpha=0.05, delta=0.01, meanings=MEANINGS)


@pytest.mark.parametrize(
    ("go", "tests", "failures", "skipped"),
    [
        ("final >= 0.7", 2, 0, 0),
        ("final >= 0.75", 2, 1, 1),
        ("final >= 0.85", 2, 2, 0),
        ("final >= 0.7 and final < 0.85 and peak >= 0.79", 4, 1, 1),
        ("final >= 0.9 and peak >= 0.79 and final > 0.7", 4, 2, 1),
    ],
)
def test_a_false_clause_fails_an_open_one_is_skipped_and_the_whole_fails_unless_go(
    go: str, tests: int, failures: int, skipped: int
) -> None:
    suite = ElementTree.fromstring(gate_junit(decided(go)))

    counted = {name: int(str(suite.get(name))) for name in ("tests", "failures", "skipped", "errors")}
    assert counted == {"tests": tests, "failures": failures, "skipped": skipped, "errors": 0}
    assert len(suite.findall("testcase")) == tests
    assert len(suite.findall("testcase/failure")) == failures
    assert len(suite.findall("testcase/skipped")) == skipped


def test_clauses_with_signs_of_xml_stay_whole() -> None:
    suite = ElementTree.fromstring(gate_junit(decided("final < 0.85 and peak >= 0.7")))

    names = [case.get("name") for case in suite.findall("testcase")]
    assert names == ["final < 0.85", "peak >= 0.7", "final < 0.85 and peak >= 0.7: GO"]


def test_the_page_leaves_the_names_of_clauses_as_they_are_written() -> None:
    page = gate_page(decided("final >= 0.75"))

    assert page.verdict is not None
    assert page.verdict.word == "UNDECIDED"
    assert page.verdict.sentence.startswith("final >= 0.75: ")

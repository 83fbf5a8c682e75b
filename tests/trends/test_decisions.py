"""What people decide holds until it is undone, never contradicts itself, and hides rows without touching a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput, NotFound
from nophantom.trends.decisions import (
    Decision,
    DecisionKind,
    InForce,
    check_decision,
    check_undo,
    in_force,
    show,
)

FOLLOW, MERGE, SPLIT, MUTE, NOT_A_TECHNOLOGY = DecisionKind
AT = datetime(2026, 1, 2, tzinfo=UTC)


def at(number: int) -> datetime:
    return AT + timedelta(hours=number)


def decided(number: int, kind: DecisionKind, topic: str, other: str | None = None) -> Decision:
    return Decision(number, kind, topic, other, topic.title(), "", at(number))


def undone(decision: Decision, hours: int) -> Decision:
    return replace(decision, undone_at=at(hours), undone_because="a mistake")


def now(*decisions: Decision) -> InForce:
    return in_force(decisions, at(1_000))


def test_the_words_are_closed() -> None:
    assert [str(kind) for kind in DecisionKind] == ["follow", "merge", "split", "mute", "not_a_technology"]


def test_a_decision_holds_from_its_moment_until_it_is_undone() -> None:
    muted = undone(decided(1, MUTE, "zorb"), 5)
    held = [bool(in_force([muted], at(hour)).decisions) for hour in range(8)]
    assert held == [False, True, True, True, True, False, False, False]


def test_merges_are_followed_to_the_end_of_their_chain() -> None:
    force = now(decided(1, MERGE, "a", "b"), decided(2, MERGE, "b", "c"), decided(3, MERGE, "d", "b"))
    assert [force.counted_as(slug) for slug in "abcde"] == ["c", "c", "c", "c", "e"]


def test_followed_topics_and_splits_are_listed() -> None:
    force = now(decided(1, FOLLOW, "zorb"), decided(2, SPLIT, "rag", "retrieval"))
    assert force.followed == ("zorb",)
    assert force.splits == frozenset({("rag", "retrieval")})
    assert not force.merged


CONTRADICTIONS = [
    ([], decided(1, MERGE, "a", "a"), "from itself"),
    ([], decided(1, MERGE, "a"), "needs another topic"),
    ([], decided(1, SPLIT, "a"), "needs another topic"),
    ([], decided(1, MUTE, "a", "b"), "is about one topic"),
    ([], decided(1, FOLLOW, ""), "which has words"),
    ([], decided(1, MERGE, "a", ""), "which has words"),
    ([decided(1, MERGE, "a", "b")], decided(2, MERGE, "a", "c"), r"decision 1 \(merge 'a' into 'b'\) holds"),
    ([decided(1, MERGE, "a", "b")], decided(2, MERGE, "a", "b"), "decision 1"),
    ([decided(1, MERGE, "a", "b")], decided(2, MERGE, "b", "a"), "close a circle"),
    (
        [decided(1, MERGE, "a", "b"), decided(2, MERGE, "b", "c")],
        decided(3, MERGE, "c", "a"),
        "'a' is counted as 'c' already",
    ),
    ([decided(1, MERGE, "a", "b")], decided(2, SPLIT, "a", "b"), "decision 1"),
    ([decided(1, MERGE, "a", "b")], decided(2, SPLIT, "a", "c"), "decision 1"),
    ([decided(1, SPLIT, "a", "b")], decided(2, MERGE, "a", "b"), r"decision 1 \(split 'a' from 'b'\) holds"),
    ([decided(1, SPLIT, "a", "b")], decided(2, SPLIT, "a", "b"), "decision 1"),
    ([decided(1, MUTE, "a")], decided(2, MUTE, "a"), r"decision 1 \(mute 'a'\) holds: undo that first"),
    ([decided(1, MUTE, "a")], decided(2, FOLLOW, "a"), "decision 1"),
    ([decided(1, FOLLOW, "a")], decided(2, NOT_A_TECHNOLOGY, "a"), "decision 1"),
    ([decided(1, FOLLOW, "a")], decided(2, FOLLOW, "a"), "decision 1"),
]


@pytest.mark.parametrize(("held", "new", "told"), CONTRADICTIONS)
def test_what_contradicts_a_decision_that_holds_is_refused_in_one_sentence(
    held: list[Decision], new: Decision, told: str
) -> None:
    spellings = {(new.topic, new.other)} if new.kind is SPLIT and new.other else set[tuple[str, str]]()
    with pytest.raises(InvalidInput, match=told):
        check_decision(new, held, spellings=spellings)
    if held:
        # Once the last of them is undone, the new one is fine.
        check_decision(new, [undone(d, 0) for d in held], spellings=spellings)


def test_what_can_hold_together_does() -> None:
    force = now(
        decided(1, MUTE, "a"),
        decided(2, NOT_A_TECHNOLOGY, "a"),
        decided(3, SPLIT, "b", "c"),
        decided(4, MERGE, "b", "d"),
        decided(5, SPLIT, "e", "c"),
        decided(6, FOLLOW, "d"),
    )
    assert len(force.decisions) == 6


def test_only_what_was_found_to_be_a_spelling_can_be_split_and_it_cannot_be_merged_before() -> None:
    split, merge = decided(1, SPLIT, "rag", "retrieval"), decided(2, MERGE, "rag", "cloth")
    with pytest.raises(InvalidInput, match="nothing to split"):
        check_decision(split, [])
    with pytest.raises(InvalidInput, match="counted as 'retrieval' by evidence"):
        check_decision(merge, [], spellings={("rag", "retrieval")})
    check_decision(split, [], spellings={("rag", "retrieval")})
    check_decision(merge, [split], spellings={("rag", "retrieval")})
    check_decision(merge, [], spellings={("rag", "rag"), ("cloth", "textile")})


def test_undoing_needs_a_decision_that_holds_and_that_nothing_rests_on() -> None:
    split, merge = decided(1, SPLIT, "rag", "retrieval"), decided(2, MERGE, "rag", "cloth")
    assert check_undo(2, [split, merge], at(3)) == merge
    assert check_undo(1, [split, undone(merge, 3)], at(4)) == split
    with pytest.raises(InvalidInput, match=r"decision 2 \(merge 'rag' into 'cloth'\) rests on decision 1"):
        check_undo(1, [split, merge], at(3))
    with pytest.raises(InvalidInput, match="was undone on 2026-01-02 already"):
        check_undo(2, [split, undone(merge, 3)], at(4))
    with pytest.raises(NotFound, match="no decision 7"):
        check_undo(7, [split], at(4))


KINDS = st.sampled_from(DecisionKind)
STEPS = st.lists(
    st.tuples(KINDS, st.sampled_from("abcd"), st.sampled_from("abcd")) | st.integers(1, 12), max_size=14
)


@given(STEPS)
def test_whatever_people_decide_and_undo_what_holds_never_contradicts_itself_at_any_moment(
    steps: list[tuple[DecisionKind, str, str] | int],
) -> None:
    known: list[Decision] = []
    for hour, step in enumerate(steps, 1):
        try:
            if isinstance(step, int):
                check_undo(step, known, at(hour))
                known = [undone(d, hour) if d.number == step else d for d in known]
            else:
                kind, topic, other = step
                two = other if kind in (MERGE, SPLIT) else None
                new = replace(decided(len(known) + 1, kind, topic, two), at=at(hour))
                check_decision(new, known, spellings={(topic, other)} if kind is SPLIT else ())
                known.append(new)
        except (InvalidInput, NotFound):
            continue
    for hour in range(len(steps) + 2):
        force = in_force(known, at(hour))
        for slug in "abcd":  # ends, and where it ends nothing is merged further
            assert force.counted_as(force.counted_as(slug)) == force.counted_as(slug)
            assert force.counted_as(slug) == slug or slug in force.merged


# ---------------------------------------------------------------- what is shown, and what is counted


def test_muted_topics_are_hidden_with_their_decision_and_nothing_else_changes() -> None:
    rows = [("a", 5), ("b", 4), ("c", 3), ("d", 2)]
    mute, none = decided(1, MUTE, "b"), decided(2, NOT_A_TECHNOLOGY, "d")
    seen = show(rows, lambda row: row[0], now(mute, none))
    assert seen.rows == (("a", 5), ("c", 3))
    assert [(one.row, one.decision) for one in seen.hidden] == [(("b", 4), mute), (("d", 2), none)]
    assert seen.hidden_by_kind == {MUTE: 1, NOT_A_TECHNOLOGY: 1}
    assert len(seen.rows) + sum(seen.hidden_by_kind.values()) == len(rows)
    assert show(rows, lambda row: row[0], now(undone(mute, 3))).rows == tuple(rows)


def test_all_that_is_hidden_is_named_with_what_hides_it() -> None:
    mute, merge = decided(1, MUTE, "a"), decided(2, MERGE, "b", "a")
    force = now(mute, merge, decided(3, MERGE, "c", "d"), decided(4, FOLLOW, "e"))
    assert force.hiding == {"a": mute, "b": mute}
    assert all(force.hidden_by(slug) == by for slug, by in force.hiding.items())
    assert now(undone(mute, 0)).hiding == {}


def test_what_is_merged_into_a_muted_topic_is_hidden_and_not_the_other_way_round() -> None:
    merge = decided(1, MERGE, "a", "b")
    assert show("ab", str, now(merge, decided(2, MUTE, "b"))).rows == ()
    assert show("ab", str, now(merge, decided(2, MUTE, "a"))).rows == ("b",)


def test_only_merges_and_splits_change_the_hash_of_what_is_counted() -> None:
    plain = [decided(1, MUTE, "a"), decided(2, NOT_A_TECHNOLOGY, "b"), decided(3, FOLLOW, "c")]
    assert now().counting_hash is None
    assert now(*plain).counting_hash is None
    merged = now(*plain, decided(4, MERGE, "d", "e")).counting_hash
    split = now(decided(4, SPLIT, "d", "e")).counting_hash
    assert merged is not None
    assert split is not None
    assert merged != split
    assert len(merged) == 64
    # Equal effects, whatever the order, the chain or the reason.
    one = now(decided(1, MERGE, "a", "b"), decided(2, MERGE, "b", "c"))
    other = now(decided(3, MERGE, "b", "c"), decided(8, MERGE, "a", "c"))
    assert one.counting_hash == other.counting_hash
    assert now(undone(decided(4, MERGE, "d", "e"), 9)).counting_hash is None

import pytest

from mien.evaluation.tracking import TrackedFrame, TrackingScores, score_tracking

LEFT, RIGHT = (0.0, 0.0, 10.0, 10.0), (100.0, 0.0, 10.0, 10.0)
NEAR_LEFT = (2.0, 0.0, 10.0, 10.0)
"""Overlaps with `LEFT` by 80 / 120."""


def test_perfect_tracking_scores_1():
    frames = [TrackedFrame({0: LEFT, 1: RIGHT}, {7: LEFT, 3: RIGHT})] * 5
    scores = score_tracking(frames)
    assert scores == TrackingScores(10, 10, 0, 0, 0, 10)
    assert scores.mota == scores.idf1 == 1


def test_misses_and_false_boxes_are_counted():
    frames = [
        TrackedFrame({0: LEFT}, {5: LEFT}),
        TrackedFrame({0: LEFT}, {}),
        TrackedFrame({0: LEFT}, {5: LEFT, 6: RIGHT}),
        TrackedFrame({}, {5: LEFT}),
    ]
    scores = score_tracking(frames)
    assert scores == TrackingScores(3, 4, 1, 2, 0, 2)
    assert scores.mota == pytest.approx(1 - 3 / 3)
    assert scores.idf1 == pytest.approx(2 * 2 / 7)


def test_exchanged_ids_are_a_switch_each():
    # Of 10 frames, ids are exchanged after 6: each person keeps the id of most frames.
    frames = [TrackedFrame({0: LEFT, 1: RIGHT}, {0: LEFT, 1: RIGHT})] * 6
    frames += [TrackedFrame({0: LEFT, 1: RIGHT}, {1: LEFT, 0: RIGHT})] * 4
    scores = score_tracking(frames)
    assert scores == TrackingScores(20, 20, 0, 0, 2, 12)
    assert scores.mota == pytest.approx(0.9)
    assert scores.idf1 == pytest.approx(0.6)


def test_new_id_after_a_gap_is_a_switch():
    frames = [
        TrackedFrame({0: LEFT}, {0: LEFT}), TrackedFrame({}, {}), TrackedFrame({0: LEFT}, {1: LEFT})
    ]
    assert score_tracking(frames).switches == 1


def test_one_id_for_two_people_is_no_switch_but_costs_identity():
    frames = [TrackedFrame({0: LEFT}, {0: LEFT})] * 3 + [TrackedFrame({1: LEFT}, {0: LEFT})] * 2
    scores = score_tracking(frames)
    assert scores.switches == 0
    assert scores.idf1 == pytest.approx(0.6)


def test_identities_are_assigned_so_that_the_most_boxes_are_right():
    # Id 0 suits both people, person 1 has no other: 3 + 4 is more than 5 + 0.
    frames = [TrackedFrame({0: LEFT}, {0: LEFT})] * 5 + [TrackedFrame({0: LEFT}, {1: LEFT})] * 3
    frames += [TrackedFrame({1: LEFT}, {0: LEFT})] * 4
    assert score_tracking(frames).identified == 7


def test_pair_of_the_frame_before_is_kept_while_it_overlaps():
    frames = [
        TrackedFrame({0: LEFT}, {0: LEFT}), TrackedFrame({0: LEFT}, {0: NEAR_LEFT, 1: LEFT})
    ]
    assert score_tracking(frames) == TrackingScores(2, 3, 0, 1, 0, 2)


def test_boxes_that_overlap_too_little_are_no_pair():
    frames = [TrackedFrame({0: LEFT}, {0: NEAR_LEFT})]
    assert score_tracking(frames, least=0.7).misses == 1
    assert score_tracking(frames, least=0.6).misses == 0


def test_hidden_faces_count_neither_way():
    frames = [TrackedFrame({0: LEFT}, {0: LEFT, 1: RIGHT}, ignored=[RIGHT])]
    assert score_tracking(frames) == TrackingScores(1, 1, 0, 0, 0, 1)
    frames = [TrackedFrame({0: LEFT}, {0: LEFT}, ignored=[RIGHT])]
    assert score_tracking(frames).mota == 1


def test_scores_of_clips_add_up():
    one, other = TrackingScores(3, 4, 1, 2, 0, 2), TrackingScores(20, 20, 0, 0, 2, 12)
    assert one + other == TrackingScores(23, 24, 1, 2, 2, 14)


def test_nothing_scores_nothing():
    scores = score_tracking([])
    assert scores == TrackingScores(0, 0, 0, 0, 0, 0)
    assert (scores.mota, scores.idf1) == (1, 0)

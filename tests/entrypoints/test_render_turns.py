import pytest

from redheart.entrypoints.labels import Labels
from redheart.entrypoints.render_turns import turns
from redheart.types.trajectory import SmoothedTrajectory, Turn


def smoothed(*found: Turn) -> SmoothedTrajectory:
    return SmoothedTrajectory(points=(), level=0.95, coverage={}, turns=found, fused_from=(), calibrated_on="a test")


def lines(trajectory: SmoothedTrajectory | None, language: str = "ko") -> list[str]:
    return [line.plain for line in turns(trajectory, Labels(language))]


def test_each_turn_is_told_with_its_sentence_and_what_shifts_most() -> None:
    up = Turn(sentence=3, valence=0.31, arousal=0.1, dominance=0.0)
    calmer = Turn(sentence=6, valence=0.1, arousal=-0.2, dominance=0.0)
    assert lines(smoothed(up, calmer)) == ["분위기가 바뀌는 곳: [4] 밝아짐 +0.31 · [7] 가라앉음 −0.20"]
    assert lines(smoothed(up, calmer), "en") == ["The mood turns at: [4] brighter +0.31 · [7] calmer −0.20"]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ["valence", "arousal", "dominance"])
def test_every_way_of_turning_has_words(language: str, name: str) -> None:
    for shift in (-0.5, 0.5):
        turn = Turn(sentence=1, **{"valence": 0.0, "arousal": 0.0, "dominance": 0.0, name: shift})
        assert name not in lines(smoothed(turn), language)[0]


def test_a_level_mood_is_told_and_an_unknown_one_is_not() -> None:
    assert lines(smoothed()) == ["분위기가 뚜렷이 바뀌는 곳은 없습니다."]
    assert lines(None) == []
    assert lines(smoothed().model_copy(update={"turns": None})) == []

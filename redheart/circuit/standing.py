"""Who of the stakeholders needs protection, and who has power over others: by the words that name them."""

from collections.abc import Sequence
from typing import Final

from redheart.types.situation import Stakeholder

#: Names as the situation lists them. Stated word lists: a name that is not here says nothing either way.
VULNERABLE: Final = frozenset(
    "child baby kid victim patient patients grandmother grandfather grandma grandpa "
    "아이 애 아기 피해자 환자 할머니 할아버지 할배 노인 소년 소녀".split()
)
INFLUENTIAL: Final = frozenset(
    "boss manager supervisor employer teacher professor police officer landlord government "
    "상사 사장 팀장 부장 선생 선생님 교사 교수 스승 담임 감독 경찰 판사 집주인 정부 국가 "
    "사장님 팀장님 부장님 교수님 감독님 이사님 과장님 차장님 실장님 본부장님 회장님 대표님".split()
)


def named_among(stakeholders: Sequence[Stakeholder], words: frozenset[str]) -> tuple[str, ...]:
    """Names of the stakeholders that are among the words, in their order."""
    return tuple(who.name for who in stakeholders if who.name in words)

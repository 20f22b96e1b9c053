"""Korean words that name people, as Kiwi cuts them: data for finding stakeholders."""

from typing import Final

_PRONOUNS: Final = "너 너희 당신 그 그녀 걔 얘 쟤"
_FAMILY: Final = (
    "엄마 아빠 어머니 아버지 부모 부모님 어머님 아버님 형 누나 오빠 언니 동생 남동생 여동생 형제 자매 남매 가족 식구 "
    "할머니 할아버지 손자 손녀 아들 딸 자식 자녀 아이 애 아기 남편 아내 와이프 배우자 "
    "시어머니 시아버지 장모 장인 며느리 사위 이모 고모 삼촌 외삼촌 사촌 조카 친척"
)
_FRIENDS: Final = "친구 절친 애인 연인 남자친구 여자친구 남친 여친 룸메이트 지인 짝꿍 라이벌 원수 상대 상대방"
_WORK: Final = "동료 상사 부하 사장 팀장 부장 직원 사원 선배 후배 동기 알바생 손님 고객 점원 감독 코치"
_SCHOOL: Final = "선생 선생님 교사 교수 스승 제자 학생 반장 담임"
_CALLINGS: Final = "의사 간호사 환자 변호사 경찰 판사 주인 집주인 세입자 피해자 가해자 범인"
_STRANGERS: Final = "아저씨 아주머니 아줌마 할배 남자 여자 소년 소녀 노인 청년"

#: Pronouns and nouns for single persons or small circles around the writer.
OTHERS: Final = frozenset(
    f"{_PRONOUNS} {_FAMILY} {_FRIENDS} {_WORK} {_SCHOOL} {_CALLINGS} {_STRANGERS}".split(),
)
#: Titles that mean a person only with -님: 이사 is also a move of house, 과장 an exaggeration.
TITLES: Final = frozenset("과장 대리 대표 이사 기사 부인 차장 실장 본부장 회장".split())
COMMUNITY: Final = frozenset(
    "여러분 모두 사회 회사 학교 팀 조직 단체 공동체 국민 시민 주민 이웃 동네 마을 대중 국가 나라 정부 "
    "세상 인류 세계 부서 모임 동호회 교회 학급 관객 청중 소비자".split()
)
#: We: a community of its own, but before one's own people (우리 엄마) it means my.
WE: Final = frozenset("우리 저희".split())
#: Besides people, what is called 우리 and is the writer's own.
OWN: Final = frozenset("집 집안 강아지 고양이".split())
#: 사람 is anybody, and so all; a word before it that points at one makes it a person.
PERSON: Final = "사람"
POINTING: Final = frozenset("그 이 저 그런 이런 저런 한 두 세 어떤 다른 웬 딴".split())

"""Words that name people, in both languages: data for finding stakeholders."""

from typing import Final

#: Korean pronouns and nouns for single persons or small circles around the writer.
KO_OTHERS: Final = frozenset(
    "너 너희 당신 그 그녀 걔 얘 쟤 "
    "친구 절친 엄마 아빠 어머니 아버지 부모 부모님 어머님 아버님 "
    "형 누나 오빠 언니 동생 남동생 여동생 형제 자매 남매 가족 식구 "
    "할머니 할아버지 손자 손녀 아들 딸 자식 자녀 아이 애 아기 "
    "남편 아내 와이프 배우자 애인 연인 남자친구 여자친구 남친 여친 "
    "시어머니 시아버지 장모 장인 며느리 사위 이모 고모 삼촌 외삼촌 사촌 조카 친척 "
    "동료 상사 부하 사장 팀장 부장 직원 사원 선배 후배 동기 알바생 "
    "선생 선생님 교사 교수 스승 제자 학생 반장 짝꿍 담임 의사 간호사 환자 변호사 경찰 판사 "
    "손님 고객 점원 주인 집주인 세입자 룸메이트 아저씨 아주머니 아줌마 할배 남자 여자 소년 소녀 노인 청년 "
    "피해자 가해자 범인 상대 상대방 지인 원수 라이벌 감독 코치".split()
)
#: Titles that mean a person only with -님: 이사 is also a move of house, 과장 an exaggeration.
KO_TITLES: Final = frozenset("과장 대리 대표 이사 기사 부인 차장 실장 본부장 회장".split())
KO_COMMUNITY: Final = frozenset(
    "우리 저희 여러분 사람 사람들 모두 사회 회사 학교 팀 조직 단체 공동체 국민 시민 주민 이웃 동네 마을 "
    "대중 국가 나라 정부 "
    "세상 인류 세계 부서 모임 동호회 교회 학급 관객 청중 소비자".split()
)
#: English: any form in the text -> the name it is listed under.
EN_SELF: Final = frozenset("i me my mine myself".split())
EN_COMMUNITY: Final[dict[str, str]] = {
    **dict.fromkeys("we us our ours ourselves".split(), "we"),
    **dict.fromkeys("neighbours neighbors neighbourhood neighborhood".split(), "neighbours"),
    **{word: word for word in "people everyone everybody team society community company school public class staff crew "
       "nation country government world humanity citizens audience church village office".split()},
}  # fmt: skip
EN_OTHERS: Final[dict[str, str]] = {
    **dict.fromkeys("he him his himself".split(), "he"),
    **dict.fromkeys("she her hers herself".split(), "she"),
    **dict.fromkeys("they them their theirs themselves".split(), "they"),
    **dict.fromkeys("you your yours yourself".split(), "you"),
    **dict.fromkeys("mother mom mum mommy mama".split(), "mother"),
    **dict.fromkeys("father dad daddy papa".split(), "father"),
    **dict.fromkeys("child children".split(), "child"),
    **dict.fromkeys("coworker coworkers colleague colleagues".split(), "colleague"),
    **dict.fromkeys("wife wives".split(), "wife"),
    **dict.fromkeys("baby babies".split(), "baby"),
    **dict.fromkeys("family families".split(), "family"),
    **dict.fromkeys("woman women".split(), "woman"),
    **dict.fromkeys("man men".split(), "man"),
    "neighbour": "neighbour", "neighbor": "neighbour", "husband": "husband", "patients": "patients", "police": "police",
    **{form: noun for noun in "friend boss manager brother sister son daughter parent sibling twin grandmother "
       "grandfather grandma grandpa grandparent uncle aunt cousin nephew niece partner boyfriend girlfriend fiance "
       "spouse kid roommate flatmate landlord tenant teacher professor student classmate doctor nurse lawyer officer "
       "customer client employee employer coach stranger guest driver boy girl victim supervisor intern ex".split()
       for form in (noun, noun + "s")},
}  # fmt: skip

#: Nouns of time: with a topic particle they set the scene and are nobody's subject.
KO_TIME_NOUNS: Final = frozenset(
    "오늘 어제 그제 내일 모레 지금 요즘 아침 점심 저녁 밤 낮 새벽 오전 "
    "오후 주말 이번 다음 그때 때 당시 날 처음 나중 마지막 작년 올해".split()
)

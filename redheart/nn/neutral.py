"""The neutral set: everyday sentences that are neither pleasant nor unpleasant. Utility is centred on its mean."""

from typing import Final

from redheart.types.situation import Language

NEUTRAL_SENTENCES: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        "I put the book on the table.",
        "The bus stops at the corner.",
        "She opened the window in the morning.",
        "He wrote down the phone number.",
        "I walked from the station to the office.",
        "The shop closes at six.",
        "They moved the chair to the other room.",
        "I read the instructions twice.",
        "The meeting is on Tuesday.",
        "He poured water into a glass.",
    ),
    "ko": (
        "나는 책을 책상 위에 놓았다.",
        "버스는 모퉁이에서 선다.",
        "그녀는 아침에 창문을 열었다.",
        "그는 전화번호를 적어 두었다.",
        "나는 역에서 사무실까지 걸어갔다.",
        "그 가게는 여섯 시에 문을 닫는다.",
        "그들은 의자를 다른 방으로 옮겼다.",
        "나는 설명서를 두 번 읽었다.",
        "회의는 화요일에 있다.",
        "그는 컵에 물을 따랐다.",
    ),
}

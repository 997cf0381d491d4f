"""The pages' own few words in Kazakh, Russian and English."""

from __future__ import annotations

from datetime import date, datetime

RIBBON = "Practice · Жаттығу · Учебный режим"
LANGUAGES = ("kk", "ru", "en")

WORDS: dict[str, tuple[str, str, str]] = {
    "title": ("Жаттығу чаттары", "Учебные чаты", "Practice chats"),
    "explain": (
        "Мұндағы ештеңе тұрғындарға жетпейді: бәрі осы компьютерде тұр.",
        "Отсюда ничего не уходит жителям: всё остаётся на этом компьютере.",
        "Nothing here reaches residents: everything stays on this computer.",
    ),
    "no_chats": (
        "Әзірге чат жоқ. Бағдарлама алғашқы арнаны қосқанда, ол осында шығады.",
        "Чатов пока нет. Первый появится, когда программа добавит канал.",
        "No chats yet. The first one appears when the program adds a channel.",
    ),
    "empty": ("Мұнда әзірге хабарлама жоқ", "Здесь пока нет сообщений", "No messages here yet"),
    "back": ("Барлық чат", "Все чаты", "All chats"),
    "edited": ("өзгертілген", "изменено", "edited"),
    "pinned": ("Бекітілген хабарлама", "Закреплённое сообщение", "Pinned message"),
    "was_pinned": ("«{}» бекітілді", "закреплено «{}»", "pinned “{}”"),
    "mute": ("Дыбысын өшіру", "Выключить звук", "Mute"),
    "only_admins": (
        "Хабарламаны тек әкімшілер жібере алады",
        "Отправлять сообщения могут только админы",
        "Only admins can send messages",
    ),
    "message_field": ("Хабарлама", "Сообщение", "Message"),
    "poll": ("Анонимді сауалнама", "Анонимный опрос", "Anonymous poll"),
    "quiz": ("Анонимді викторина", "Анонимная викторина", "Anonymous quiz"),
    "closed": ("Қорытынды нәтиже", "Итоговые результаты", "Final results"),
    "forwarded": ("Қайта жіберілді:", "Переслано из", "Forwarded from"),
    "photo": ("Сурет", "Фото", "Photo"),
    "video": ("Бейнеролик", "Видео", "Video"),
    "document": ("Құжат", "Документ", "Document"),
    "album": ("Альбом", "Альбом", "Album"),
    "linked_media": ("Сыртқы файл", "Внешний файл", "Linked file"),
    "read_by": ("Оқыды: {} / {}", "Прочитали: {} из {}", "Read by {} of {}"),
    "delivered_to": ("Жетті: {} / {}", "Доставлено: {} из {}", "Delivered to {} of {}"),
    "today": ("Бүгін", "Сегодня", "Today"),
    "yesterday": ("Кеше", "Вчера", "Yesterday"),
    "views": ("қаралым", "просмотров", "views"),
    "trainer": ("Нұсқаушыға", "Для инструктора", "For the trainer"),
    "deleted": ("жойылған хабарлама: {}", "удалено сообщений: {}", "messages deleted: {}"),
    "forwards": ("қайта жіберу: {}", "пересылок: {}", "forwards: {}"),
    "kicked": ("бот бұл чаттан шығарылған", "бот удалён из этого чата", "the bot was removed from this chat"),
    "business": ("Бизнес-аккаунт", "Бизнес-аккаунт", "Business account"),
    "bot": ("Жаттығу боты", "Учебный бот", "Practice bot"),
    "you": ("Сіз", "Вы", "You"),
}
COUNTED: dict[str, tuple[str, tuple[str, str, str], tuple[str, str]]] = {
    "subscribers": ("жазылушы", ("подписчик", "подписчика", "подписчиков"), ("subscriber", "subscribers")),
    "members": ("қатысушы", ("участник", "участника", "участников"), ("member", "members")),
    "votes": ("дауыс", ("голос", "голоса", "голосов"), ("vote", "votes")),
    "answers": ("жауап", ("ответ", "ответа", "ответов"), ("answer", "answers")),
}
MONTHS = {
    "kk": [
        "қаңтар",
        "ақпан",
        "наурыз",
        "сәуір",
        "мамыр",
        "маусым",
        "шілде",
        "тамыз",
        "қыркүйек",
        "қазан",
        "қараша",
        "желтоқсан",
    ],
    "ru": [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


class Words:
    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._column = LANGUAGES.index(self.language)

    def __call__(self, key: str, *values: object) -> str:
        return WORDS[key][self._column].format(*values)

    def counted(self, key: str, number: int) -> str:
        """`1 840 жазылушы`: the number with its noun in the right form."""
        kazakh, russian, english = COUNTED[key]
        if self.language == "kk":
            noun = kazakh
        elif self.language == "en":
            noun = english[number != 1]
        else:
            tens, ones = number % 100, number % 10
            noun = russian[2 if 11 <= tens <= 14 or ones == 0 or ones > 4 else int(ones > 1)]
        return f"{spaced(number, self.language)} {noun}"

    def day(self, moment: datetime, today: date) -> str:
        distance = (today - moment.date()).days
        if distance in (0, 1):
            return self("yesterday" if distance else "today")
        return f"{moment.day} {MONTHS[self.language][moment.month - 1]}"


def spaced(number: int, language: str) -> str:
    return f"{number:,}".replace(",", "," if language == "en" else "\u00a0")


def chosen(wanted: str, accepted: str) -> str:
    """The page's language: the asked one, else the first that the browser names and we have, else Kazakh."""
    if wanted in LANGUAGES:
        return wanted
    ranked = []
    for n, part in enumerate(accepted.split(",")):
        name, _, quality = part.strip().partition(";q=")
        ranked.append((-float(quality) if quality.replace(".", "", 1).isdigit() else -1.0, n, name[:2].lower()))
    return next((name for _quality, _n, name in sorted(ranked) if name in LANGUAGES), LANGUAGES[0])


def short(number: int) -> str:
    """Counts as the apps show them: 999, 1K, 2.54K, 15.3K, 1.2M (three figures, never rounded up)."""
    for size, letter in ((1_000_000, "M"), (1_000, "K")):
        if number >= size:
            whole = len(str(number // size))
            places = max(0, 3 - whole)
            cut = number * 10**places // size
            figures = f"{cut / 10**places:.{places}f}"
            return (figures.rstrip("0").rstrip(".") if places else figures) + letter
    return str(number)

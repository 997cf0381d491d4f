"""What people live through with the bot, over the practice platforms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.deliver.models import Account
from publisher.hotline.models import Consultation, Outcome, Source
from publisher.people.audit import user_actor
from publisher.people.models import District, Region, Role, User
from publisher.residents import hearing, proofs, questions, replying, talks
from publisher.residents.models import DayCount, Question, QuestionState, Reply, ReplyState, Talk
from tests.residents.conftest import BODY, WHATSAPP

pytestmark = pytest.mark.django_db
SCAM = "Маған тергеуші хабарласты, ақшаны қауіпсіз шотқа аударыңыз, ешкімге айтпаңыз дейді"


@pytest.fixture
def person(stand):
    someone = stand.person()
    someone.write("/start")
    someone.press("Қазақша")
    return someone


@pytest.fixture
def duty(district) -> User:
    return User.objects.create(username="duty", first_name="Ерлан", role=Role.DUTY, district=district, language="kk")


def test_the_language_comes_first_and_everything_is_said_in_it(stand):
    person = stand.person()
    assert person.write("/start") == "Тілді таңдаңыз · Выберите язык"
    assert person.press("Русский").startswith("Это бот полиции.")
    assert "Это похоже на мошенничество" in person.write("Следователь просит перевести деньги на безопасный счёт")


def test_a_told_call_gets_a_plain_verdict_with_its_signs_advice_and_limits(person):
    said = person.write(SCAM)
    assert said.startswith("⛔")
    assert "• «Қауіпсіз шотқа» ақша аударуды сұрады" in said
    assert "• Несие алмаңыз, ақша аудармаңыз." in said
    assert "2-15-65" in said
    assert DayCount.objects.get(what="likely").count == 1


def test_signs_can_be_ticked_and_unticked_in_one_message(person, stand):
    person.press("Бұл алаяқтық па?")
    person.press("Байқағанымды белгілеймін")
    before = len(stand.practice.world.messages.every(person.chat))
    person.press("Несие алуды айтты")
    person.press("«Қауіпсіз шотқа»")
    person.press("Несие алуды айтты")
    assert len(stand.practice.world.messages.every(person.chat)) == before
    assert Talk.objects.get().ticked == ["safe-account"]
    assert person.press("Бұл нені білдіреді?").startswith("⛔")


def test_money_that_has_just_left_gets_the_emergency_path_at_once_even_before_a_language(stand):
    person = stand.person()
    said = person.write("перевела деньги на безопасный счёт, что делать")
    assert said.index("банк") < said.index("102") < said.index("2-15-65")
    assert "Действуйте сейчас" in said
    assert "Қазір әрекет етіңіз" in said


def test_a_greeting_gets_the_menu_and_not_a_verdict(person):
    assert person.write("Сәлем").startswith("Бұл — полицияның боты")


def test_a_question_goes_to_the_duty_officer_and_the_answer_comes_back(person, duty, stand):
    person.press("Кезекшіге сұрақ қою")
    assert "Берілді" in person.write("Менің атым Айгүл Сейтқали, 8 701 123 45 67 нөмірінен звондады, не істейін?")
    question = Question.objects.get()
    assert "▒▒▒ нөмірінен звондады" in questions.text_of(question)
    assert "Сейтқали" not in questions.text_of(question)
    questions.answer(question, "Бұл — алаяқ, тұтқаны қойыңыз.", duty, user_actor(duty))
    stand.turn()
    assert person.read() == "Кезекші жауап береді: Бұл — алаяқ, тұтқаны қойыңыз."
    question.refresh_from_db()
    assert (question.state, question.replies.get().state) == (QuestionState.ANSWERED, ReplyState.SENT)


def test_who_waits_too_long_is_told_once_whom_to_call(person, stand):
    person.press("Кезекшіге сұрақ қою")
    person.write("Бұл рас па?")
    Question.objects.update(asked_at=timezone.now() - timedelta(hours=5))
    assert (questions.tell_late(timezone.now()), questions.tell_late(timezone.now())) == (1, 0)
    stand.turn()
    assert "2-15-65" in person.read()


def test_a_report_becomes_a_consultation_without_anything_of_the_person(person):
    person.write(SCAM)
    person.press("Алаяқтық туралы хабарлау")
    person.press("Алданған жоқпын")
    row = Consultation.objects.get()
    assert (row.source, row.outcome, row.pattern) == (Source.BOT, Outcome.NEAR_MISS, "officer-safe-account")
    assert "safe-account" in row.signs
    assert (row.note, row.by) == ("", None)


def test_a_button_pressed_twice_makes_one_report(person):
    person.write(SCAM)
    person.press("Алаяқтық туралы хабарлау")
    person.press("Алданған жоқпын")
    person.press("Алданған жоқпын")
    assert Consultation.objects.get().pattern == "officer-safe-account"
    assert DayCount.objects.get(what="report").count == 1


def test_a_loss_that_was_told_is_reported_without_the_emergency_words_a_second_time(person):
    said = person.write("Картамның деректерін енгіздім, картамнан ақша шешіліп кетті, не істеймін")
    assert "Қазір әрекет етіңіз" in said
    assert "Қазір әрекет етіңіз" not in person.press("Алаяқтық туралы хабарлау")
    assert Consultation.objects.get().outcome == Outcome.LOSS


def test_a_single_sign_gets_the_advice_of_the_ruse_that_begins_with_it(person):
    said = person.write("Поликлиникадан хабарласып, СМС-пен келген кодты айтыңыз дейді")
    assert "SMS-код" in said
    assert "Несиені басқа несиемен" not in said


def test_a_forwarded_post_of_ours_is_known_word_for_word(person, published):
    code = proofs.code_of(published())  # sent just now and not signed yet
    said = person.write(" ".join(BODY["ru"].replace("**", "").replace("{hotline}", "2-15-65").split()))
    assert said.startswith("✅")
    assert code in said


def test_a_changed_copy_is_told_with_what_differs(person, published):
    post = published()
    text = proofs.shown(proofs.code_of(post)).texts["kk"]
    said = person.write(text.replace("2-15-65", "8 700 111 22 33"))
    assert said.startswith("⛔ Бұл — біздің жазба емес")
    assert "«2 15 65», мұнда: «8 700 111 22 33»" in said


def test_a_withdrawn_post_is_told_as_such(person, published):
    post = published(state="withdrawn", status="withdrawn")
    text = proofs.shown(proofs.code_of(post)).texts["ru"]
    assert "қайтарып алдық" in person.write(text)


def test_a_text_we_do_not_know_is_no_proof(person, published):
    published()
    person.press("Бұл полицияның жазбасы ма?")
    said = person.write("Полиция көшеде сауалнама жүргізуде, барлығыңыз қатысыңыздар деп сұраймыз")
    assert "мұндай мәтін жоқ" in said


def test_everything_goes_at_a_persons_word(person, stand, duty):
    person.press("Кезекшіге сұрақ қою")
    person.write("Бұл рас па?")
    person.write("/delete")
    assert "өшірілді" in person.press("Иә, өшіру")
    assert not Talk.objects.exists()
    assert not Reply.objects.exists()
    question = Question.objects.get()
    assert (question.text, question.talk, question.state) == ("", None, QuestionState.CLOSED)
    assert questions.reachable(question, timezone.now()) == "talk_gone"


def test_who_sends_too_much_is_told_once_and_then_met_with_silence(person, settings, stand):
    few = settings.CONFIG.residents.model_copy(update={"a_minute": 4})
    settings.CONFIG = settings.CONFIG.model_copy(update={"residents": few})
    said = [person.write(f"Бұл рас па {n}") for n in range(6)]
    assert sum("тым көп" in one for one in said) == 1
    assert said[-1] == ""


def test_a_blocked_person_gets_no_answer(person, duty):
    person.press("Кезекшіге сұрақ қою")
    person.write("Ақымақтар")
    questions.block(Question.objects.get(), user_actor(duty))
    assert person.write("Сәлем") == ""
    assert not Question.objects.filter(state=QuestionState.OPEN).exists()


def test_the_talk_survives_a_restart(person, stand):
    person.press("Кезекшіге сұрақ қою")
    assert Talk.objects.get().step == "question"  # nothing of it is kept in the process
    person.write("Бұл рас па?")
    assert Question.objects.count() == 1


def test_a_message_that_cannot_be_answered_does_not_hold_up_the_reader(person, monkeypatch, stand):
    monkeypatch.setattr(hearing.flow, "answer", lambda turn: 1 / 0)
    assert person.write("Сәлем") == ""
    monkeypatch.undo()


def test_an_answer_that_was_interrupted_is_never_sent_again(person):
    person.write("Сәлем")
    talk = Talk.objects.get()
    replying.put(talk, hearing.Answer("x"), timezone.now() - timedelta(minutes=5))
    Reply.objects.filter(state=ReplyState.WAITING).update(state=ReplyState.SENDING)
    assert replying.due() == []
    assert Reply.objects.filter(state=ReplyState.UNKNOWN, content="").count() == 1


def test_whatsapp_talks_by_lists_and_its_day_ends(stand, duty):
    person = stand.person("whatsapp", "77011234567")
    assert person.write("Сәлем") == "Тілді таңдаңыз · Выберите язык"
    person.press("Русский")
    assert person.write("Служба безопасности банка: продиктуйте код из смс").startswith("⛔")
    person.press("Спросить дежурного")
    person.write("Это правда?")
    question = Question.objects.get()
    assert questions.reachable(question, timezone.now()) == ""
    Talk.objects.update(last_at=timezone.now() - timedelta(hours=25))
    question.refresh_from_db()
    assert questions.reachable(question, timezone.now()) == "talk_window_over"


def test_a_webhook_that_comes_twice_is_answered_once(stand):
    person = stand.person("whatsapp", "77011234568")
    person.write("Сәлем")
    said = hearing.Said("77011234568", "wamid.X", "Сәлем")
    for _ in range(2):
        hearing.record_event("whatsapp-main", said)
    assert Reply.objects.count() == 2


def test_accounts_that_are_not_named_answer_nobody(stand, settings):
    nobody = settings.CONFIG.residents.model_copy(update={"accounts": ()})
    settings.CONFIG = settings.CONFIG.model_copy(update={"residents": nobody})
    assert stand.person().write("/start") == ""
    assert not Talk.objects.exists()


def test_old_talks_and_words_are_forgotten(person):
    person.press("Кезекшіге сұрақ қою")
    person.write("Бұл рас па?")
    long_ago = timezone.now() - timedelta(days=31)
    Talk.objects.update(last_at=long_ago)
    Question.objects.update(asked_at=long_ago)
    assert talks.forget_past(timezone.now()) == 1
    assert Question.objects.get().text == ""


def test_stop_is_a_wish_and_no_question(stand):
    person = stand.person("whatsapp", "77011234569")
    assert person.write("СТОП") == ""
    assert not Talk.objects.exists()


def test_who_begins_with_their_case_gets_the_verdict_in_both_languages_at_once(stand):
    person = stand.person()
    said = person.write("Следователь просит перевести деньги на безопасный счёт")
    assert said.index("Бұл алаяқтыққа ұқсайды") < said.index("Это похоже на мошенничество")
    assert said.endswith("Тілді таңдаңыз · Выберите язык")
    person.press("Русский")
    assert Talk.objects.get().ticked  # a report needs no second telling


def test_a_person_is_told_all_that_is_kept_of_them(person, duty):
    person.press("Кезекшіге сұрақ қою")
    person.write("Бұл рас па?")
    said = person.write("/data")
    assert "Қазақша, Аққайың ауданы" in said
    assert "Бұл рас па?" in said
    person.press("Деректерімді өшіру")
    assert "өшірілді" in person.press("Иә, өшіру")


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_who_begins_with_a_post_of_ours_is_not_told_that_it_is_a_fraud(stand, published, language):
    text = proofs.shown(proofs.code_of(published())).texts[language]
    said = stand.person().write(text)
    assert "⛔" not in said
    assert said.index("✅ Бұл — біздің") < said.index("✅ Это наш")
    assert said.endswith("Тілді таңдаңыз · Выберите язык")


def test_begin_is_a_beginning_in_telegram(stand):
    assert stand.person().write("Старт") == "Тілді таңдаңыз · Выберите язык"


def test_a_paused_account_keeps_no_other_ones_residents_waiting(stand):
    Account.objects.filter(pk=WHATSAPP).update(paused_at=timezone.now())
    for number in range(replying.AT_ONCE + 1):
        talk = talks.talk_with(WHATSAPP, f"7701000{number:04}", timezone.now())
        talk.save()
        replying.put(talk, hearing.Answer("x"), timezone.now())
    assert stand.person().write("/start") == "Тілді таңдаңыз · Выберите язык"


@pytest.fixture
def many_districts(stand):
    for number in range(30):
        region = Region.objects.get_or_create(pk=f"r{number % 2}", defaults={"name_kk": f"{number} облыс"})[0]
        District.objects.create(
            key=f"d{number}", name_kk=f"{number} аудан", hotline=f"3-00-{number:02}", region=region, place=number + 2
        )


def test_every_one_of_many_districts_can_be_chosen(stand, many_districts):
    person = stand.person()
    person.write("/start")
    person.press("Қазақша")
    person.press("Кезекшіге сұрақ қою")
    person.press("1 облыс")
    person.press("→ 2 / 2")
    assert "3-00-29" in person.press("29 аудан")
    person.write("Бұл рас па?")
    assert Question.objects.get().district_id == "d29"


def test_a_verdict_does_not_name_more_hotlines_than_a_message_holds(stand, many_districts):
    said = stand.person().write(SCAM)
    assert "3-00-29" not in said
    assert "⛔" in said
    assert "102" in said


def test_a_talk_whose_last_word_never_arrived_is_forgotten_in_the_night(person):
    person.write("/delete")
    Talk.objects.update(step=talks.GONE, last_at=timezone.now() - timedelta(hours=7))
    talks.forget_past(timezone.now())
    assert not Talk.objects.exists()

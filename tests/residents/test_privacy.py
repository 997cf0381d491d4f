"""Nobody who reads the database alone learns who wrote, or what about."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from publisher.residents import masking, questions, sealing
from publisher.residents.models import Question, Talk

pytestmark = pytest.mark.django_db
SECRETS = (
    "Сейтқали",
    "87011234567",
    "8 701 123 45 67",
    "777001",
    "880101300123",
    "4400430012345678",
    "aigul_s",
    "Абай 12",
)


def _dump() -> str:
    out = io.StringIO()
    call_command("dumpdata", "residents", stdout=out)
    return out.getvalue()


def test_a_dump_holds_no_name_number_or_word_of_a_resident(stand):
    person = stand.person(chat="777001999")
    person.write("/start")
    person.press("Қазақша")
    person.write("Менің атым Айгүл Сейтқали, Абай 12, тергеуші хабарласты, қауіпсіз шотқа ақша аудар дейді")
    person.press("Кезекшіге сұрақ қою")
    person.write("Нөмірім 8 701 123 45 67, ЖСН 880101300123, картам 4400 4300 1234 5678, @aigul_s, не істейін?")
    person.press("Алаяқтық туралы хабарлау")
    person.press("Алданған жоқпын")
    dump = _dump()
    assert Talk.objects.exists()
    assert Question.objects.exists()
    assert [secret for secret in (*SECRETS, "777001999", "не істейін", "қауіпсіз шотқа") if secret in dump] == []


def test_the_same_chat_of_another_account_is_another_person_and_no_digest_is_a_chat():
    assert sealing.digest("a", "777") != sealing.digest("b", "777")
    assert "777" not in sealing.digest("a", "777")


def test_what_is_sealed_with_another_key_is_empty_and_not_an_error(settings):
    sealed = sealing.seal("Сәлем")
    assert sealing.unseal(sealed) == "Сәлем"
    settings.SECRET_KEY = "another"
    assert sealing.unseal(sealed) == ""


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Позвонили с +7 701 123 45 67 и сказали", "Позвонили с ▒▒▒ и сказали"),
        ("ИИН 880101300123", "ИИН ▒▒▒"),
        ("карта 4400-4300-1234-5678 срок", "карта ▒▒▒ срок"),
        ("Меня зовут Иван Петров, мне звонили", "Меня зовут ▒▒▒, мне звонили"),
        ("Айгүл Серікқызы жазды", "▒▒▒ жазды"),
        ("пишите на a.b@mail.kz или @ivan_p", "пишите на ▒▒▒ или ▒▒▒"),
        ("Жедел желі 2-15-65, 102, 1414", "Жедел желі 2-15-65, 102, 1414"),
        ("просят 450 000 тенге", "просят ▒▒▒ тенге"),  # six digits could be anything: rather too much than too little
    ],
)
def test_masking_takes_out_what_tells_who_it_is(written, kept, district):
    assert masking.masked(written) == kept


def test_a_question_shown_to_the_duty_officer_is_masked_already(stand):
    person = stand.person()
    person.write("/start")
    person.press("Русский")
    person.press("Спросить дежурного")
    person.write("Мой номер 87011234567, перезвоните")
    assert questions.text_of(Question.objects.get()) == "Мой номер ▒▒▒, перезвоните"

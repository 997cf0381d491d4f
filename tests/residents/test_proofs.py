"""Codes, signatures and copies of posts."""

from __future__ import annotations

import argparse
import base64
import json
import stat
import subprocess
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from publisher.compose.checks import check_post
from publisher.compose.codes import line_below
from publisher.compose.markup import to_plain
from publisher.compose.message import message_of
from publisher.connectors import CONNECTORS
from publisher.deliver.models import Delivery, State
from publisher.residents import copies, flow, keys, proofs, verifying
from publisher.residents.models import Proof, SigningKey, Wording
from tests.residents.conftest import BODY

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(published, client):
    post = published()
    code = proofs.code_of(post)
    return client.get(reverse("proof", args=[code]))


def _arguments(file, key=None, as_json=True):
    return argparse.Namespace(file=str(file), key=key, json=as_json)


def test_the_key_is_the_owners_alone_and_stays_the_same(tmp_path):
    first = keys.public_pem(keys.private_key(tmp_path))
    assert keys.public_pem(keys.private_key(tmp_path)) == first
    assert stat.S_IMODE((tmp_path / keys.NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [keys.NAME]


def test_a_wording_is_signed_once_it_stands_somewhere(published):
    post = published(state=State.WAITING)
    assert proofs.sign_due(timezone.now()) == 0
    Delivery.objects.update(state=State.SENT)
    assert (proofs.sign_due(timezone.now()), proofs.sign_due(timezone.now())) == (1, 0)
    wording = Wording.objects.get()
    assert keys.is_signed(wording.key.public, wording.payload, wording.signature)
    assert json.loads(wording.payload)["texts"].keys() == {"kk", "ru"}
    assert "2-15-65" in proofs.texts_of(wording)["kk"]
    assert post.author_name not in wording.payload


def test_codes_are_given_once_and_read_as_people_type_them(published):
    post = published()
    code = proofs.code_of(post)
    assert proofs.code_of(post) == code
    assert proofs.plain_code(f" {code[:3].lower()}-{code[3:].lower()} ") == code
    assert proofs.plain_code("0O1I5S") == ""
    assert proofs.plain_code("асенкм") == "ACEHKM"  # Cyrillic
    assert Proof.objects.count() == 1


def test_anybody_sees_the_page_without_cookies_and_it_may_be_kept_for_a_minute(page):
    shown = page.content.decode()
    assert page.status_code == 200
    assert "Шынайы, жарияланған күйінде." in shown
    assert "қауіпсіз шотқа" in shown
    assert "безопасный счёт" in shown
    assert "https://t.me/akkaiyn_police" in shown
    assert page["Cache-Control"] == "public, max-age=60"
    assert not page.cookies


def test_a_code_that_is_none_of_ours_is_said_to_be_none(client, district):
    reply = client.get(reverse("proof", args=["AAAAAA"]))
    assert reply.status_code == 404
    assert "Мұндай кодпен біздің жазба жоқ." in reply.content.decode()


def test_a_post_that_never_went_out_has_no_page(published, client):
    code = proofs.code_of(published(state=State.WAITING))
    assert client.get(reverse("proof", args=[code])).status_code == 404


def test_a_withdrawn_post_and_an_earlier_wording_are_told(published, client):
    post = published()
    code = proofs.code_of(post)
    proofs.sign(post)
    post.versions.filter(language="kk").update(body="**Түзетілді.** {hotline} нөміріне қоңырау шалыңыз.")
    post.revision += 1
    post.save()
    Delivery.objects.update(revision=post.revision)
    shown = client.get(reverse("proof", args=[code])).content.decode()
    assert "Түзетілген: төменде қазіргі мәтін" in shown
    assert shown.index("Түзетілді.") < shown.index("Абайлаңыз!")
    post.status = "withdrawn"
    post.save()
    assert "Қайтарып алынды" in client.get(reverse("proof", args=[code])).content.decode()


def test_a_downloaded_copy_is_genuine_and_one_changed_letter_is_seen(page, client, tmp_path, capsys):
    code = Proof.objects.get().code
    file = tmp_path / f"{code}.json"
    file.write_bytes(client.get(reverse("proof_json", args=[code])).content)
    assert verifying.verify(_arguments(file)) == 0
    assert json.loads(capsys.readouterr().out)["genuine"]
    data = json.loads(file.read_text())
    data["payload"] = data["payload"].replace("2-15-65", "2-15-66")
    file.write_text(json.dumps(data))
    assert verifying.verify(_arguments(file)) == 1


def test_a_saved_page_whose_visible_words_were_changed_is_seen(page, tmp_path):
    file = tmp_path / "page.html"
    file.write_bytes(page.content)
    assert verifying.verify(_arguments(file)) == 0
    text = page.content.decode()
    at = text.index("data-signed")
    file.write_text(text[:at] + text[at:].replace("2-15-65", "8 700 000 00 00", 1))
    assert verifying.verify(_arguments(file)) == 1


def test_another_key_does_not_pass_for_ours_even_under_its_name(page, client, tmp_path):
    data = proofs.envelope(Wording.objects.get())
    stranger = keys.private_key(tmp_path)
    data["signature"] = keys.sign(stranger, data["payload"])
    file = tmp_path / "copy.json"
    file.write_text(json.dumps(data))
    assert verifying.verify(_arguments(file)) == 1
    pem = tmp_path / "stranger.pem"
    pem.write_text(keys.public_pem(stranger))
    assert verifying.verify(_arguments(file, str(pem))) == 0
    data["key"] = "0" * 16
    file.write_text(json.dumps(data))
    assert verifying.verify(_arguments(file)) == 2


@pytest.mark.parametrize("content", ["", "{}", "<html></html>", '{"payload": 5, "signature": "x", "key": "y"}'])
def test_a_file_without_a_wording_cannot_be_told(content, tmp_path, district):
    file = tmp_path / "x.json"
    file.write_text(content)
    assert verifying.verify(_arguments(file)) == 2


def test_openssl_alone_can_check_a_copy(page, client, tmp_path):
    wording = Wording.objects.get()
    (tmp_path / "payload").write_bytes(wording.payload.encode())
    (tmp_path / "signature").write_bytes(base64.b64decode(wording.signature))
    (tmp_path / "key.pem").write_bytes(client.get(reverse("proof_pem", args=[wording.key_id])).content)
    line = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"]
    done = subprocess.run([*line, "-in", "payload", "-sigfile", "signature"], cwd=tmp_path, capture_output=True)
    assert b"Verified Successfully" in done.stdout


def test_who_looks_in_russian_goes_on_in_russian(client, page):
    code = Proof.objects.get().code
    asked = client.get(reverse("proof_ask"), {"in": "ru"}).content.decode()
    assert '<input type="hidden" name="in" value="ru">' in asked
    found = client.get(reverse("proof_ask"), {"in": "ru", "code": code})
    assert found.headers["Location"] == f"/v/{code}?in=ru"
    shown = client.get(found.headers["Location"])
    assert shown.headers["Content-Language"] == "ru"
    assert 'href="/v/key?in=ru"' in shown.content.decode()


def test_the_key_page_shows_every_key_ever_used(client, page):
    SigningKey.objects.create(
        pk="f" * 16, public="-----BEGIN PUBLIC KEY-----", since=timezone.now() - timedelta(days=400)
    )
    shown = client.get(reverse("proof_key")).content.decode()
    assert proofs.current_key().pk in shown
    assert "f" * 16 in shown


def test_no_backup_holds_the_key(tmp_path):
    from publisher.backup import ALWAYS, MEDIA

    proofs.current_key()
    assert (settings.HOME.var / keys.NAME).exists()
    assert not any(f"var/{keys.NAME}".startswith(name) for name in (*ALWAYS, *MEDIA))


def test_copies_are_the_same_a_part_changed_or_unknown(published):
    post = published()
    text = proofs.shown(proofs.code_of(post)).texts["ru"]
    ours = copies.ours(timezone.now())
    assert copies.find(f"  {text.upper()}!!", ours).kind == "same"
    half = " ".join(text.split()[:12])
    assert copies.find(half, ours).kind == "part"
    bait = copies.find(f"{text} Подробности по ссылке kaspi-bonus.top", ours)
    assert bait.kind == "changed"
    assert "kaspi bonus top" in bait.changes[-1].theirs
    assert copies.find("Сегодня в районном центре откроется новая школа на триста мест, приглашаем всех", ours) is None
    assert copies.find("позвоните", ours) is None


def test_an_earlier_wording_is_known_as_earlier(published):
    post = published()
    proofs.sign(post)
    earlier = proofs.shown(proofs.code_of(post)).texts["kk"]
    post.versions.filter(language="kk").update(
        body="Түзетілген мүлде басқа мәтін: сегіз сөзден артық болуы керек, сол үшін."
    )
    post.revision += 1
    post.save()
    Delivery.objects.update(revision=post.revision)
    proofs.sign(post)
    match = copies.find(earlier, copies.ours(timezone.now()))
    assert (match.kind, match.earlier) == ("same", True)


def test_a_link_with_our_code_and_other_words_is_no_proof(published):
    from publisher.residents import flow

    code = proofs.code_of(published())
    now = timezone.now()
    assert flow.match_of(code.lower(), now).kind == "code"
    assert flow.match_of(f"https://example.kz/v/{code}", now).kind == "code"
    assert (
        flow.match_of(f"Полиция просит перевести деньги, код публикации https://x.top/v/{code}", now).kind == "changed"
    )


@pytest.fixture
def with_code(settings):
    wanted = settings.CONFIG.residents.model_copy(update={"append_code": True})
    site = settings.CONFIG.site.model_copy(update={"public_url": "https://police.example.kz"})
    settings.CONFIG = settings.CONFIG.model_copy(update={"residents": wanted, "site": site})


def _message(post, language="ru"):
    return message_of(post, language, CONNECTORS["telegram"].description, timezone.now())


def test_a_post_has_no_code_below_it_unless_that_is_wanted(published):
    assert "Код" not in _message(published()).text
    assert not Proof.objects.exists()


def test_the_code_stands_below_what_is_sent_and_dots_below_a_draft(published, with_code):
    post = published()
    assert line_below(post) == "Код ······: police.example.kz/v/······"
    text = _message(post).text
    code = Proof.objects.get().code
    assert text.endswith(f"\n\nКод {code}: police.example.kz/v/{code}")


def test_the_code_counts_towards_the_platforms_limit(published, with_code):
    post = published(bodies={"ru": "а" * 4090})
    findings = check_post(post, [("residents", ["ru"], CONNECTORS["telegram"].description)])
    assert "text_too_long" in [finding.code for finding in findings]


def test_a_post_passed_on_with_its_code_and_buttons_is_the_same(published, with_code):
    post = published(made_with_ai=True)
    post.versions.update(buttons=[{"label": "eGov", "url": "https://egov.kz"}])
    text = _message(post).text
    code = proofs.code_of(post)
    proofs.sign(post)
    found = copies.find(f"{text}\neGov: https://egov.kz", copies.ours(timezone.now()))
    assert (found.kind, found.code) == ("same", code)


def test_a_post_with_a_link_behind_words_is_known_as_telegram_forwards_it_and_another_link_is_told(published):
    told = BODY["ru"] + " Читайте: [как проверить звонок](https://egov.kz/check)."
    code = proofs.code_of(published({"ru": told}))
    assert proofs.shown(code)
    plain = to_plain(told.replace("{hotline}", "2-15-65"))  # as telegram_updates.py gives it
    same = flow.match_of(plain, timezone.now())
    other = flow.match_of(plain.replace("egov.kz/check", "egov-kz.top/check"), timezone.now())
    assert (same.kind, other.kind) == ("same", "changed")


def test_a_button_that_names_the_hotline_is_no_change_where_it_stands_below_the_text(published):
    post = published({"ru": BODY["ru"]})
    post.versions.update(buttons=[{"label": "Позвонить {hotline}", "url": "https://egov.kz"}])
    text = proofs.shown(proofs.code_of(post)).texts["ru"]
    assert flow.match_of(f"{text}\nПозвонить 2-15-65: https://egov.kz", timezone.now()).kind == "same"


def test_a_part_of_one_districts_post_is_known_among_the_same_of_many():
    said = (
        "Осторожно мошенники просят перевести деньги на безопасный счёт позвоните на горячую линию {} и положите трубку"
    )
    rows = [
        copies.Original(n, f"C{n}", True, *copies.words_of(said.format(f"3-{n:02}-{n:02}")))
        for n in range(3 * copies.COMPARED)
    ]
    part = said.format("3-99-99").removeprefix("Осторожно мошенники ")
    found = copies.find(part, rows)
    assert (found.kind, found.code) == ("part", "C99")

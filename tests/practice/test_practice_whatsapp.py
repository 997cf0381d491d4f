"""The Cloud API through pywa and httpx: sending, media, groups, limits, refusals."""

from __future__ import annotations

import httpx
import pytest
from pywa import errors as pywa_errors
from pywa_async import WhatsApp

from publisher.practice.limits import WHATSAPP_IMAGE, WHATSAPP_VIDEO
from tests.practice.conftest import FILM, NUMBER, picture

BEARER = {"Authorization": "Bearer practice"}


@pytest.fixture
async def pywa(practice):
    async with httpx.AsyncClient(timeout=15) as session:
        client = WhatsApp(phone_id=NUMBER, token="practice", session=session)
        session.base_url = f"{practice.base_url}/v25.0"
        yield client


async def test_pywa_sends_a_text_to_a_group_with_our_key(pywa, residents_group, practice):
    sent = await pywa.send_message(residents_group, "*Абайлаңыз* 🚔", tracker="delivery-7")
    (message,) = practice.world.messages.every(residents_group)
    assert sent.id == message.id
    assert message.id.startswith("wamid.")
    assert (message.text, message.body["key"]) == ("*Абайлаңыз* 🚔", "delivery-7")


async def test_pywa_uploads_a_film_once_and_sends_it_by_its_id(pywa, residents_group, practice, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(FILM)
    media = await pywa.upload_media(path, mime_type="video/mp4")
    for _ in range(2):
        await pywa.send_video(residents_group, media.id, caption="Қараңыз")
    one, two = practice.world.messages.every(residents_group)
    assert one.body["media"]["file"] == two.body["media"]["file"] == media.id
    assert practice.world.files.get(media.id).size == len(FILM)


async def test_pywa_sees_a_group_and_its_people(pywa, residents_group):
    group = await pywa.get_group(residents_group)
    assert (group.subject, group.total_participant_count, len(group.participants)) == ("Смирново тұрғындары", 6, 6)


async def test_pywa_sees_our_number(pywa):
    number = await pywa.get_business_phone_number()
    assert (number.id, number.verified_name) == (NUMBER, "Practice number")


async def test_pywa_pins_and_unpins_in_a_group(pywa, residents_group, practice):
    sent = await pywa.send_message(residents_group, "Сәлем")
    await pywa.pin_message(residents_group, sent.id, expiration_days=7)
    assert practice.world.chats.get(residents_group).pinned == (sent.id,)
    await pywa.unpin_message(residents_group, sent.id)
    assert practice.world.chats.get(residents_group).pinned == ()


@pytest.mark.parametrize(
    ("code", "error"), [(131041, pywa_errors.GroupUnknown), (131026, pywa_errors.MessageUndeliverable)]
)
async def test_pywa_knows_our_refusals(pywa, code, error):
    with pytest.raises(error):
        await pywa.send_message("120363000@g.us" if code == 131041 else "77010000000", "Сәлем")


async def test_a_text_to_a_person_and_a_document(whatsapp, upload, create, texts):
    person = create(platform="whatsapp", kind="private", title="Айгүл")
    reply = await whatsapp(person, type="text", text={"body": "Сәлем"})
    assert reply.json()["contacts"] == [{"input": person, "wa_id": person}]
    media = (await upload(b"%PDF-1.7", "application/pdf", "report.pdf")).json()["id"]
    await whatsapp(person, type="document", document={"id": media, "filename": "report.pdf", "caption": "Есеп"})
    assert texts(person) == ["Сәлем", "Есеп"]


async def test_a_linked_picture_is_taken_without_being_fetched(whatsapp, residents_group, practice):
    await whatsapp(residents_group, type="image", image={"link": "https://example.org/a.jpg"})
    (message,) = practice.world.messages.every(residents_group)
    assert message.body["media"] == {"kind": "image", "link": "https://example.org/a.jpg"}


async def test_an_answer_names_the_message_it_answers(whatsapp, residents_group, practice):
    first = (await whatsapp(residents_group, type="text", text={"body": "Бір"})).json()["messages"][0]["id"]
    await whatsapp(residents_group, type="text", text={"body": "Екі"}, context={"message_id": first})
    assert practice.world.messages.every(residents_group)[1].body["reply_to"] == first
    reply = await whatsapp(residents_group, type="text", text={"body": "Үш"}, context={"message_id": "wamid.nothing"})
    assert reply.json()["error"]["code"] == 131009


async def test_text_counts_characters_not_units(whatsapp, residents_group, texts):
    assert (await whatsapp(residents_group, type="text", text={"body": "🚔" * 4096})).status_code == 200
    reply = await whatsapp(residents_group, type="text", text={"body": "🚔" * 4097})
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["type"]) == (400, 100, "OAuthException")
    assert "4096" in error["error_data"]["details"]
    assert error["fbtrace_id"]
    assert len(texts(residents_group)) == 1


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "text"}, 100),
        ({"type": "text", "text": {"body": " "}}, 100),
        ({"type": "video", "video": {"id": "1", "link": "https://example.org"}}, 100),
        ({"type": "video", "video": {"id": "9999999999999999"}}, 131009),
        ({"type": "image", "image": {"link": "ftp://example.org"}}, 131009),
        ({"type": "image", "image": {"link": "https://example.org", "caption": "ә" * 1025}}, 100),
        ({"type": "sticker", "sticker": {}}, 131051),
        ({"type": "interactive", "interactive": {}}, 100),
        ({"type": "interactive", "interactive": {"type": "button", "body": {"text": "x"}, "action": {}}}, 100),
        (
            {
                "type": "interactive",
                "interactive": {"type": "list", "body": {"text": "x"}, "action": {"button": "x" * 21}},
            },
            100,
        ),
        ({"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513}, 100),
        ({"type": "text", "text": {"body": "x"}, "recipient_type": "crowd"}, 100),
        ({"type": "text", "text": {"body": "x"}, "messaging_product": "telegram"}, 100),
    ],
)
async def test_what_is_wrong_is_refused_with_metas_code(whatsapp, residents_group, message, code, texts):
    reply = await whatsapp(residents_group, **message)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)
    assert texts(residents_group) == []


@pytest.mark.parametrize("token", ["revoked", "100200300:revoked"])
async def test_a_bad_token_is_code_190(whatsapp, residents_group, token):
    reply = await whatsapp(residents_group, token=token, type="text", text={"body": "x"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, 190)


async def test_without_a_token_nothing_is_told(http, residents_group):
    for path in (f"/v25.0/{residents_group}", f"/v25.0/{NUMBER}"):
        assert (await http.get(path)).json()["error"]["code"] == 190


async def test_a_picture_is_no_film(whatsapp, upload, residents_group):
    media = (await upload(picture(), "image/jpeg")).json()["id"]
    reply = await whatsapp(residents_group, type="video", video={"id": media})
    assert reply.json()["error"]["code"] == 131053


async def test_media_of_another_number_is_unknown(http, whatsapp, residents_group):
    files = {"file": ("a.mp4", FILM, "video/mp4"), "messaging_product": (None, "whatsapp")}
    other = (await http.post("/v25.0/555/media", files=files, headers=BEARER)).json()["id"]
    assert (await whatsapp(residents_group, type="video", video={"id": other})).json()["error"]["code"] == 131009


@pytest.mark.parametrize(
    ("content", "mime", "code"),
    [
        (bytes(WHATSAPP_VIDEO + 1), "video/mp4", 131053),
        (picture() + bytes(WHATSAPP_IMAGE), "image/jpeg", 131053),
        (b"", "video/mp4", 131053),
        (b"not a picture", "image/png", 131053),
        (b"GIF89a", "image/gif", 100),
        (FILM, "video/webm", 100),
    ],
)
async def test_media_over_the_limits_or_of_another_type_is_refused(upload, practice, content, mime, code):
    reply = await upload(content, mime)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)
    assert list((practice.home / "files").iterdir()) == []


async def test_the_largest_film_is_taken(upload):
    assert (await upload(bytes(WHATSAPP_VIDEO), "video/mp4")).status_code == 200


async def test_media_can_be_looked_at_fetched_and_deleted(http, upload):
    media = (await upload(FILM, "video/mp4")).json()["id"]
    info = (await http.get(f"/v23.0/{media}", headers=BEARER)).json()
    assert (info["mime_type"], info["file_size"], info["id"]) == ("video/mp4", len(FILM), media)
    assert (await http.get(info["url"], headers=BEARER)).content == FILM
    assert (await http.get(info["url"])).status_code == 401
    assert (await http.delete(f"/v23.0/{media}", headers=BEARER)).json() == {"success": True}
    gone = await http.get(f"/v23.0/{media}", headers=BEARER)
    assert (gone.status_code, gone.json()["error"]["code"]) == (400, 100)


async def test_fields_choose_what_is_told_of_a_group(http, residents_group):
    path = f"/v23.0/{residents_group}"
    assert (await http.get(path, params={"fields": "subject"}, headers=BEARER)).json() == {
        "id": residents_group,
        "subject": "Смирново тұрғындары",
    }
    wrong = await http.get(path, params={"fields": "colour"}, headers=BEARER)
    assert "nonexisting field (colour)" in wrong.json()["error"]["message"]


async def test_groups_of_a_number_come_in_pages(http, create):
    made = [create(platform="whatsapp", kind="group", title=f"Топ {n}") for n in range(3)]
    first = (await http.get(f"/v23.0/{NUMBER}/groups", params={"limit": 2}, headers=BEARER)).json()
    after = first["paging"]["cursors"]["after"]
    second = (await http.get(f"/v23.0/{NUMBER}/groups", params={"after": after}, headers=BEARER)).json()
    assert [g["id"] for g in first["data"]["groups"] + second["data"]["groups"]] == made


async def test_a_group_has_at_most_eight_people(http):
    wanted = {"platform": "whatsapp", "kind": "group", "title": "Топ", "participants": 9}
    reply = await http.post("/practice/api/chats", json=wanted)
    assert (reply.status_code, "at most 8" in reply.json()["error"]) == (400, True)


async def test_80_messages_a_second_and_then_130429(tmp_path):
    from publisher.practice import Practice

    server = Practice(tmp_path / "strict", residents=False)
    await server.start()
    group = server.world.chats.create({"platform": "whatsapp", "kind": "group", "title": "Топ"}).id
    limits = {f"number {NUMBER}": (80, 1.0)}
    for _ in range(80):
        server.world.rates.take(limits)
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "group",
        "to": group,
        "type": "text",
        "text": {"body": "x"},
    }
    async with httpx.AsyncClient(base_url=server.base_url, headers=BEARER) as client:
        reply = await client.post(f"/v25.0/{NUMBER}/messages", json=body)
    await server.stop()
    assert (reply.status_code, reply.json()["error"]["code"], reply.headers["Retry-After"]) == (429, 130429, "1")

"""The trainer's address: chats, what stands where, acting as a resident."""

from __future__ import annotations

import httpx
import pytest

from publisher.practice import Practice


@pytest.fixture
def api(http):
    async def call(method: str, path: str, **body: object) -> httpx.Response:
        return await http.request(method, f"/practice/api/{path}", **({"json": body} if method != "GET" else {}))

    return call


async def test_making_a_chat_twice_gives_the_same_chat(api):
    wanted = {"platform": "telegram", "kind": "channel", "title": "Арна", "username": "@arna_kz"}
    first, second = [(await api("POST", "chats", **wanted)).json() for _ in range(2)]
    assert first["id"] == second["id"]
    assert first["id"].startswith("-100")
    assert len((await api("GET", "chats")).json()["chats"]) == 1


@pytest.mark.parametrize(
    ("wanted", "start"),
    [
        ({"kind": "supergroup"}, "-100"),
        ({"kind": "group"}, "-5"),
        ({"kind": "private"}, "7"),
        ({"platform": "whatsapp", "kind": "group"}, "Y2FwaV9ncm91cDo"),
        ({"platform": "whatsapp", "kind": "private"}, "7701"),
        ({"platform": "whatsapp", "kind": "group", "id": "120363041234567890@g.us"}, "120363041234567890@g.us"),
    ],
)
async def test_each_kind_of_chat_has_its_kind_of_id(api, wanted, start):
    made = (await api("POST", "chats", title="Чат", **wanted)).json()
    assert made["id"].startswith(start)
    assert (await api("GET", f"chats/{made['id']}")).json()["title"] == "Чат"


async def test_an_unknown_kind_is_refused(api):
    assert (await api("POST", "chats", kind="stadium")).status_code == 400
    assert (await api("POST", "chats", platform="whatsapp", kind="channel")).status_code == 400


async def test_membership_rights_and_members_can_be_changed(api, channel, bot):
    await api("PATCH", f"chats/{channel}", missing_rights=["can_pin_messages"], title="Жаңа атау", members=2000)
    changed = (await api("GET", f"chats/{channel}")).json()
    assert (changed["missing_rights"], changed["title"], changed["members"]) == (
        ["can_pin_messages"],
        "Жаңа атау",
        2000,
    )
    assert (await api("PATCH", f"chats/{channel}", bot="emperor")).status_code == 400
    assert (await api("PATCH", f"chats/{channel}", missing_rights=["can_fly"])).status_code == 400
    assert await bot.get_chat_member_count(channel) == 2000


async def test_the_judge_counts_how_often_each_text_stands(api, bot, channel, group):
    for text in ("бір", "екі", "бір"):
        await bot.send_message(channel, text)
    await bot.send_poll(group, "Сұрақ?", ["А", "Б"])
    gone = await bot.send_message(channel, "жойылған")
    await bot.delete_message(channel, gone.message_id)
    await bot.pin_chat_message(channel, 1)
    judged = (await api("GET", "judge")).json()["chats"]
    assert judged[channel]["texts"] == {"бір": 2, "екі": 1}
    assert judged[group]["texts"] == {"Сұрақ?": 1}
    assert list((await api("GET", "judge?chat=@akkaiyn")).json()["chats"]) == [channel]


async def test_messages_come_as_data_with_the_deleted_ones_on_request(api, bot, channel):
    sent = await bot.send_message(channel, "Сәлем")
    await bot.delete_message(channel, sent.message_id)
    assert (await api("GET", f"chats/{channel}/messages")).json()["messages"] == []
    (kept,) = (await api("GET", f"chats/{channel}/messages?deleted=1")).json()["messages"]
    assert (kept["text"], kept["deleted_at"] is not None) == ("Сәлем", True)


async def test_requests_are_counted_by_method_and_can_be_set_to_zero(api, bot, channel, whatsapp, residents_group):
    for _ in range(3):
        await bot.send_message(channel, "Сәлем")
    await whatsapp(residents_group, type="text", text={"body": "Сәлем"})
    counters = (await api("GET", "counters")).json()["counters"]
    assert (counters["telegram sendMessage"], counters["whatsapp messages"]) == (3, 1)
    await api("DELETE", "counters")
    assert (await api("GET", "counters")).json()["counters"] == {}


async def test_acts_of_residents_can_be_set(api, bot, channel, whatsapp, residents_group):
    poll = await bot.send_poll(channel, "Сұрақ?", ["А", "Б"])
    path = f"chats/{channel}/messages/{poll.message_id}/acts"
    told = (await api("POST", path, views=5, forwards=2, votes=[3, 1], reactions={"👍": 4})).json()
    assert (told["views"], told["forwards"], told["votes"], told["reactions"]) == (5, 2, [3, 1], {"👍": 4})
    assert (await api("POST", path, votes=[1, 2, 3])).status_code == 400
    assert (await api("POST", path, likes=1)).status_code == 400
    sent = (await whatsapp(residents_group, type="text", text={"body": "Сәлем"})).json()["messages"][0]["id"]
    told = (await api("POST", f"chats/{residents_group}/messages/{sent}/acts", delivered=5, read=2)).json()
    assert told["receipts"] == {"delivered": 5, "read": 2}


async def test_a_foreign_web_page_cannot_change_anything(http, channel):
    reply = await http.post("/practice/api/faults", content='{"kind": "flood"}', headers={"Content-Type": "text/plain"})
    assert reply.status_code == 415
    assert (await http.get("/practice/api/faults")).json() == {"faults": []}


@pytest.mark.parametrize("path", ["chats/nothing", "chats/nothing/messages"])
async def test_an_unknown_chat_is_not_found(api, path):
    assert (await api("GET", path)).status_code == 404


async def test_everything_stands_after_a_restart(tmp_path):
    first = Practice(tmp_path / "home", residents=False)
    await first.start()
    chat = first.world.chats.create({"kind": "channel", "title": "Арна", "username": "arna_kz"})
    first.world.messages.add(chat.id, first.world.chats.next_id(chat.id), "1", {"text": "Сәлем"})
    await first.stop()
    second = Practice(tmp_path / "home", residents=False)
    await second.start()
    assert [message.text for message in second.world.messages.every(second.world.chats.find("@arna_kz").id)] == [
        "Сәлем"
    ]
    await second.stop()


async def test_it_can_be_stopped_twice_and_has_no_address_then(tmp_path):
    server = Practice(tmp_path / "home")
    port = await server.start()
    assert server.base_url == f"http://127.0.0.1:{port}"
    await server.stop()
    await server.stop()
    with pytest.raises(RuntimeError):
        _ = server.base_url

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from publisher.compose.models import Post, Status
from publisher.deliver.models import Channel, Delivery, Part, State
from publisher.hotline.models import Consultation
from publisher.measure.appointments import make_for
from publisher.measure.models import Appointment, Reading

SENT = datetime(2026, 11, 24, 5, tzinfo=UTC)  # Tuesday, 10:00 in Almaty
LATER = datetime(2026, 12, 20, 6, tzinfo=SENT.tzinfo)


@pytest.fixture
def make_channel(district, accounts):
    def make_channel(key: str, account: str = "telegram-main", **more: object) -> Channel:
        fields = {
            "platform_kind": "channel",
            "target": f"-100{key}",
            "title": f"Channel {key}",
            "languages": ["kk", "ru"],
            "district": district,
            **more,
        }
        return Channel.objects.create(key=key, account_id=account, **fields)

    return make_channel


@pytest.fixture
def telegram(make_channel) -> Channel:
    return make_channel("tg")


@pytest.fixture
def whatsapp(make_channel) -> Channel:
    return make_channel("wa", "whatsapp-main", platform_kind="group", languages=["kk"])


@pytest.fixture
def make_post(district):
    def make_post(title: str = "Safe account", **more: object) -> Post:
        fields = {
            "kind": "scam_warning",
            "status": Status.APPROVED,
            "author_name": "Aigul",
            "district": district,
            **more,
        }
        return Post.objects.create(title=title, **fields)

    return make_post


@pytest.fixture
def send(make_post):
    """A message that went out at a moment, with its appointments."""

    def send(channel: Channel, at: datetime = SENT, **more: object) -> Delivery:
        fields = {"language": "kk", "due_at": at, "state": State.SENT, "part": Part.MAIN, "sent_at": at, **more}
        fields["post"] = fields.get("post") or make_post()
        delivery = Delivery.objects.create(channel=channel, receipt={"ids": ["1"]}, **fields)
        make_for(delivery)
        return delivery

    return send


@pytest.fixture
def read():
    """A reading some hours after SENT; `taken` also keeps the appointment of that hour."""

    def read(of: Delivery | Channel, metric: str, value: int, hours: float, label: str = "", source: str = "bot-api"):
        at = SENT + timedelta(hours=hours)
        thing = {"delivery": of} if isinstance(of, Delivery) else {"channel": of}
        return Reading.objects.create(metric=metric, value=value, at=at, label=label, source=source, **thing)

    return read


@pytest.fixture
def take():
    def take(delivery: Delivery, horizon: str = "72h") -> None:
        for row in Appointment.objects.filter(delivery=delivery, horizon=horizon):
            row.state, row.taken_at = "taken", row.due_at
            row.save()

    return take


@pytest.fixture
def public(make_channel) -> Channel:
    """Telegram shows the views of public channels."""
    return make_channel("tg", url="https://t.me/akkaiyn")


@pytest.fixture
def went(send):
    """A message that went out and was read after 24 h and 72 h; None: that number was not there."""

    def went(channel: Channel, at: datetime = SENT, views: int | None = 100, forwards: int | None = None, **more):
        delivery = send(channel, at, **more)
        for hours, share in ((24, 0.8), (72, 1.0), (168, 1.1)):
            moment = at + timedelta(hours=hours)
            row = Appointment.objects.filter(delivery=delivery, due_at=moment)
            row.update(state="taken", taken_at=moment)
            for metric, value in (("views", views), ("forwards", forwards)):
                if value is not None:
                    read = {"metric": metric, "value": round(value * share), "at": moment, "source": "public-page"}
                    Reading.objects.create(delivery=delivery, **read)
        return delivery

    return went


@pytest.fixture
def called(district):
    def called(at: datetime = SENT, **more: object) -> Consultation:
        return Consultation.objects.create(district=district, at=at, **{"verdict": "fraud", **more})

    return called


@pytest.fixture
def mixed(public, whatsapp, make_channel, went, send, read):
    """Seeded: messages of a year with numbers, without, too late, withdrawn, by hand, with emoji, still young."""
    chance = random.Random(8)
    other = make_channel("tg2", url="https://t.me/second")
    for n in range(60):
        channel = chance.choice([public, other, whatsapp])
        at = SENT - timedelta(hours=chance.randrange(24 * 120))
        delivery = went(
            channel,
            at,
            views=chance.choice([None, chance.randrange(1_000)]) if channel != whatsapp else None,
            forwards=chance.choice([None, chance.randrange(20)]),
            language=chance.choice(["kk", "ru"]),
            state=chance.choice(["sent"] * 9 + ["withdrawn"]),
        )
        if n % 7 == 0:
            Appointment.objects.filter(delivery=delivery).update(state="missed", reason="reader_failed")
        if n % 5 == 0:
            moment = at + timedelta(hours=70)
            for emoji in "👍❤":
                source = chance.choice(["bot-api", "confirmations"])
                Reading.objects.create(
                    delivery=delivery, metric="reactions", label=emoji, value=n, at=moment, source=source
                )
    young = send(public, LATER - timedelta(hours=30))
    Reading.objects.create(
        delivery=young, metric="views", value=70, at=LATER - timedelta(hours=2), source="public-page"
    )
    return young

"""Weeks as a chief meets them: a full one, an empty one, one little is known of, and one with a single channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from publisher.connectors.base import Metric
from publisher.measure.readings import Known, Unknown
from publisher.report.records import Gap, Trouble
from publisher.report.values import Behind, Compared, Count, Interval, People, Rate, Ratio, Sum, Usual
from publisher.report.weekly_records import (
    Ask,
    ChannelLine,
    Correction,
    Headline,
    Heard,
    Measured,
    Parity,
    Period,
    PostLine,
    Ratios,
    Response,
    Scheme,
    Week,
)

FIRST = datetime(2026, 11, 15, 19, tzinfo=UTC)  # Monday 16 November, 00:00 in Almaty
LAST = FIRST + timedelta(days=7)
MADE = datetime(2026, 11, 26, 4, tzinfo=UTC)


def behind(thing="messages", metric="", **more) -> Behind:
    return Behind(thing, FIRST, LAST, metric=metric, district="akkaiyn", **more)


PERIOD = Period(
    start=date(2026, 11, 16),
    end=date(2026, 11, 22),
    first=FIRST,
    last=LAST,
    zone="Asia/Almaty",
    made_at=MADE,
    over=True,
    horizon="72h",
    seen_at=MADE - timedelta(minutes=14),
)
NONE_KNOWN = Ratio(None, 0, 0, 0, 0, "er", reason="nothing_known")


def total(value, known, of, metric="views", **more) -> Sum:
    return Sum(value, known, of, behind=behind(metric=metric, horizon="72h"), **more)


def usual(median, low, high, weeks=8) -> Usual:
    iqr = (high - low) / 4
    return Usual(median, low + 1.5 * iqr, high - 1.5 * iqr, low, high, weeks)


def count(value, thing="calls", **more) -> Count:
    return Count(value, "" if value is not None else "not_kept", behind(thing, **more))


def channel(key, title, platform, followers, net, kk, ru, views, median, forwards, er, source="public-page", **more):
    fields = {
        "key": key,
        "title": title,
        "platform": platform,
        "district": "akkaiyn",
        "languages": ("kk", "ru"),
        "on": True,
        "followers": Known(followers, LAST - timedelta(minutes=20), "bot-api") if followers else Unknown("not_given"),
        "net": net,
        "net_reason": "" if net is not None else "not_given",
        "messages": kk + ru,
        "by_language": {"kk": kk, "ru": ru},
        "views": views,
        "median": median,
        "forwards": forwards,
        "er": er,
        "err": Ratio(0.31, 380, 1240, 7, 7, "err"),
        "sources": ("bot-api", source) if source else (),
        "seen_at": MADE - timedelta(minutes=14),
        "behind": behind(channel=key),
    }
    return ChannelLine(**{**fields, **more})


def er(part, whole, known, of) -> Ratio:
    return Ratio(part / whole, part, whole, known, of, "er", Interval(part / whole * 0.8, part / whole * 1.25))


def channels() -> tuple[ChannelLine, ...]:
    return (
        channel("akkaiyn-tg", "Аққайың полициясы", "Telegram", 4318, 62, 7, 7, total(18420, 14, 14), 1294.0,
                total(231, 14, 14, "forwards"), er(612, 18420, 14, 14)),
        channel("smirnovo-tg", "Смирново · ауыл чаты", "Telegram", 1240, 14, 5, 4, total(4106, 9, 9), 441.0,
                total(58, 9, 9, "forwards"), er(171, 4106, 9, 9)),
        channel("akkaiyn-wa", "Аққайың тұрғындары", "WhatsApp", 1024, -3, 6, 0, total(2380, 5, 6), 402.0,
                total(None, 0, 6, "forwards", reason="not_given"), NONE_KNOWN, "hand"),
        channel("poltavka-wa", "Полтавка ата-аналары", "WhatsApp", None, None, 3, 3, total(610, 4, 6), 131.0,
                total(None, 0, 6, "forwards", reason="not_given"), NONE_KNOWN, "relay"),
        channel("insta", "akkaiyn_police", "Instagram", 2870, 41, 4, 4, total(5214, 8, 8), 588.0,
                total(None, 0, 8, "forwards", reason="not_given"), er(402, 5214, 8, 8), "instagram-page"),
    )  # fmt: skip


def post(pk, title, topic, day, views, times, forwards, reactions, **more) -> PostLine:
    fields = {
        "id": pk,
        "title": title,
        "kind": "scam_warning",
        "topic": topic,
        "template": topic,
        "published_at": FIRST + timedelta(days=day, hours=10),
        "languages": ("kk", "ru"),
        "channels": 4,
        "views": total(views, 6, 6),
        "forwards": total(forwards, 6, 6, "forwards"),
        "reactions": total(reactions, 6, 6, "reactions"),
        "against_usual": times,
    }
    return PostLine(**{**fields, **more})


def scheme(key, kk, ru, calls, verdict, state, posts=()) -> Scheme:
    titles = {"kk": kk, "ru": ru}
    beside = Compared(count(calls, topic=key), usual(2, 0, 5), verdict, weeks=8)
    return Scheme(key, titles, count(calls, topic=key), beside, count(0, topic=key), posts, state)


def full() -> Week:
    views = Compared(total(30730, 40, 43), usual(24900, 18200, 29600), "above", weeks=8)
    return Week(
        district=None,
        period=PERIOD,
        practice=False,
        measured=Measured(5, 6, ("Үй аралау WhatsApp тобы",)),
        posts=12,
        messages=43,
        headline=Headline(
            views,
            Compared(total(114, 5, 6, "followers", net=True), usual(60, -20, 140), "usual", weeks=8),
            Compared(total(289, 23, 23, "forwards"), usual(310, 120, 480), "usual", weeks=8),
        ),
        ratios=Ratios(
            er(1185, 27740, 31, 31),
            Ratio(0.30, 0, 0, 31, 31, "err"),
            Ratio(0.0094, 289, 30730, 31, 31, "forwarded", Interval(0.0084, 0.0105)),
            Ratio(0.021, 120, 5710, 8, 8, "ctr", Interval(0.0176, 0.0250)),
        ),
        people=People(4318, 9452, 17600, 5, 6),
        per_100k=Rate(174602.3, 30730, 17600, Interval(172655.0, 176565.0)),
        channels=channels(),
        best=(
            post(41, "Қауіпсіз шот: полиция ешқашан ақша аударуды сұрамайды", "safe-account", 1, 9240, 2.4, 131, 402),
            post(38, "SMS-код сұраса — бұл алаяқ", "sms-code", 0, 5110, 1.6, 44, 188),
            post(44, "2-15-65: бейнеролик", "", 3, 4870, 1.3, 39, 160, kind="prevention_video"),
        ),
        weakest=post(46, "Базардағы жалған ақша", "fake-notes", 4, 720, 0.4, 2, 9),
        schemes=(
            scheme("safe-account", "Қауіпсіз шот", "Безопасный счёт", 11, "above", "covered", (41, 43)),
            scheme("sms-code", "SMS-код", "Код из SMS", 6, "usual", "covered", (38,)),
            scheme("fake-invest", "Жалған инвестиция", "Ложные инвестиции", 4, "above", "missed"),
            scheme("fake-notes", "Жалған ақша", "Фальшивые купюры", None, "usual", "ahead", (46,)),
        ),
        response=Response(
            calls=Compared(count(1462), usual(1420, 1180, 1650), "usual", weeks=8),
            heard=(
                Heard("channel", count(61, answer="channel")),
                Heard("leaflet", count(34, answer="leaflet")),
                Heard("outbound", count(22, answer="outbound")),
                Heard("people", count(9, answer="people")),
            ),
            heard_known=126,
            near_misses=Compared(count(21, answer="near_miss"), usual(15, 6, 24), "usual", weeks=8),
            losses=count(3, answer="loss"),
            recognised=Ratio(21 / 24, 21, 24, 24, 24, "recognised", Interval(0.69, 0.957)),
            clicks=Compared(count(120, "clicks"), usual(96, 40, 160), "usual", weeks=8),
            outbound=Compared(count(1290, "outbound"), usual(1310, 1100, 1500), "usual", weeks=8),
            lost=1_240_000,
            lost_median=410000.0,
            lost_known=3,
        ),
        parity=Parity(
            posts=12,
            pairs=10,
            only_kk=2,
            only_ru=0,
            lag_minutes=2.0,
            views={"kk": total(17904, 22, 25), "ru": total(12826, 18, 18)},
            er={"kk": er(702, 15900, 17, 17), "ru": er(483, 11840, 14, 14)},
            messages={"kk": 25, "ru": 18},
            one_language=((47, "Мешіттегі жиналыс", "kk", "Тек қазақ тіліндегі топқа"), (48, "Ет базары", "kk", "")),
        ),
        corrections=(
            Correction("correction", FIRST + timedelta(days=2, hours=12), "Аққайың полициясы",
                       "SMS-код сұраса — бұл алаяқ", 38, "А. Серікова"),
        ),
        troubles=(
            Trouble("Базардағы жалған ақша (ru)", "Полтавка ата-аналары", "unknown",
                    FIRST + timedelta(days=4, hours=11), "outcome_unknown", post=46),
        ),
        gaps=(
            Gap("WhatsApp", Metric.FORWARDS, "not_given", road="whatsapp_cloud"),
            Gap("Полтавка ата-аналары", Metric.VIEWS, "not_read_in_time", 2),
            Gap("Аққайың тұрғындары", Metric.VIEWS, "not_given", 1),
        ),
        asks=(
            Ask("warn_about", {"pattern": "fake-invest", "calls": 4,
                               "titles": {"kk": "Жалған инвестиция", "ru": "Ложные инвестиции"}}),
            Ask("troubles", {"count": 1}),
        ),
        formulas=("views", "usual", "er", "recognised", "against_usual"),
    )  # fmt: skip


def partly() -> Week:
    """Under 80 %: at least, and compared with nothing."""
    week = full()
    little = total(9460, 17, 43, growing=19)
    return replace(
        week,
        period=replace(PERIOD, growing_until=LAST + timedelta(days=2, hours=13)),
        measured=Measured(3, 6, ("Полтавка ата-аналары", "akkaiyn_police", "Үй аралау WhatsApp тобы")),
        headline=Headline(
            Compared(little, usual(24900, 18200, 29600), "not_compared", "too_little_known", 8),
            Compared(total(76, 2, 6, "followers", net=True), None, "not_compared", "too_little_known", 8),
            Compared(total(None, 0, 23, "forwards", reason="nothing_known"), None, "not_compared", "nothing_known"),
        ),
        weakest=None,
        best=week.best[:1],
        asks=(Ask("more_known", {"percent": 33, "channels": ["Полтавка ата-аналары", "akkaiyn_police"]}),),
    )


def one_channel() -> Week:
    week = full()
    return replace(
        week,
        measured=Measured(1, 1),
        posts=4,
        messages=7,
        channels=week.channels[:1],
        headline=Headline(
            Compared(total(8120, 7, 7), None, "not_compared", "too_few_weeks", 2),
            Compared(total(12, 1, 1, "followers", net=True), None, "not_compared", "too_few_weeks", 2),
            Compared(total(44, 7, 7, "forwards"), None, "not_compared", "too_few_weeks", 2),
        ),
        best=week.best[:2],
        weakest=None,
        schemes=week.schemes[:1],
        corrections=(),
        troubles=(),
        gaps=(),
        asks=(Ask("keep_on"),),
        parity=replace(week.parity, posts=4, pairs=4, only_kk=0, one_language=()),
    )


def empty() -> Week:
    """Nothing went out, and no call was written down."""
    nothing = Compared(Sum(None, 0, 0, reason="nothing_sent"), None, "not_compared", "nothing_known")
    unkept = Compared(Count(None, "not_kept"), None, "not_compared", "not_kept")
    none = Ratio(None, 0, 0, 0, 0, "er", reason="nothing_known")
    return Week(
        district=None,
        period=PERIOD,
        practice=False,
        measured=Measured(0, 0),
        posts=0,
        messages=0,
        headline=Headline(nothing, nothing, nothing),
        ratios=Ratios(none, none, none, none),
        people=People(None, None, None, 0, 0),
        per_100k=Rate(None, None, None, reason="population_unknown"),
        channels=(),
        best=(),
        weakest=None,
        schemes=(),
        response=Response(
            unkept, (), 0, unkept, Count(None, "not_kept"), replace(none, formula="recognised"), unkept, unkept
        ),
        parity=Parity(0, 0, 0, 0, None, {}, {}, {}),
        corrections=(),
        troubles=(),
        gaps=(),
        asks=(),
        formulas=("views", "usual", "er", "recognised"),
    )


WEEKS = {"full": full, "partly": partly, "one_channel": one_channel, "empty": empty}

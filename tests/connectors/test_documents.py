"""A PDF as a message of its own: reports go to chiefs' chats that way, residents' posts never do."""

from __future__ import annotations

import hashlib

import pytest

from publisher.connectors.base import Media, Message, problems
from publisher.connectors.telegram import Telegram
from publisher.connectors.whatsapp_cloud import WhatsAppCloud

PDF = b"%PDF-1.7\n%%EOF\n"


def document(tmp_path, mime="application/pdf", size=0):
    path = tmp_path / "report-2026-11-16.pdf"
    path.write_bytes(PDF)
    return Media(path, "document", mime, size or len(PDF), hashlib.sha256(PDF).hexdigest())


async def test_a_pdf_arrives_under_its_own_name(practice, accounts, chats, stands, tmp_path):
    media = document(tmp_path)
    receipt = await accounts["telegram"].publish(chats["telegram"], Message("x", "Апталық есеп", media=(media,)))
    (message,) = stands("telegram")
    stored = practice.world.files.get(message.body["media"]["file"])
    assert (message.text, stored.name, stored.mime, stored.sha256) == (
        "Апталық есеп",
        "report-2026-11-16.pdf",
        "application/pdf",
        media.sha256,
    )
    assert receipt.uploads[0].remote_id


@pytest.mark.parametrize(
    ("connector", "more", "found"),
    [
        (Telegram, {}, []),
        (Telegram, {"mime": "application/zip"}, ["document_type"]),
        (Telegram, {"size": 50_000_001}, ["document_too_big"]),
        (WhatsAppCloud, {}, []),
        (WhatsAppCloud, {"mime": "application/zip"}, ["document_type"]),
    ],
)
def test_only_where_the_platform_takes_it(connector, more, found, tmp_path):
    message = Message("x", "Есеп", media=(document(tmp_path, **more),))
    assert [problem.code for problem in problems(message, connector.description.limits)] == found

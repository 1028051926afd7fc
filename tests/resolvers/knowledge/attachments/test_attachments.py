"""Files through their life: taken in, named by articles, found by their words, given out, forgotten."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.access import Principal
from resolvers.errors import AccessDenied, Unauthenticated
from resolvers.knowledge.attachments.attachment import ATTACHMENTS, Attachment, load_texts
from resolvers.knowledge.attachments.collecting import AttachmentCollector
from resolvers.knowledge.attachments.downloading import download_attachment
from resolvers.knowledge.attachments.errors import AttachmentNotFound, AttachmentRefused
from resolvers.knowledge.attachments.uploading import Upload, upload_attachment
from tests.platform.callers import ADMIN, ANYBODY, RIDES_AGENT
from tests.resolvers.knowledge.attachments.files import PNG, pdf, word
from tests.resolvers.knowledge.desk import (
    ARCHIVE,
    CARE_EDITOR,
    EDITOR,
    PUBLISH,
    SAVE,
    USER,
    Desk,
    draft,
    open_desk,
)

FILES = """
query ($id: ID!) {
  article(id: $id) { answers { attachments files { id name type sizeBytes url problem { code severity } } } }
}
"""
APP = Principal(subject="ann", roles=frozenset({"user"}), channel="app")
VIP = Principal(subject="viv", roles=frozenset({"vip"}))


async def upload(
    desk: Desk, content: bytes, name: str = "tariff.pdf", caller: Principal = EDITOR, unit: str = "rides"
) -> Attachment:
    context = desk.platform.context(caller)
    return await upload_attachment(context, Upload(unit=unit, name=name, content=content))


async def read(desk: Desk, file: str, caller: Principal) -> bytes | None:
    try:
        return (await download_attachment(desk.platform.context(caller), file)).content
    except AttachmentNotFound:
        return None


def carrying(file: str, **more: object) -> list[dict[str, object]]:
    return [{"body": "See the tariff.", "attachments": [file], **more}]


async def test_an_article_is_found_by_the_words_of_its_attachment(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for content, name in (
            (pdf("a tandem costs twelve"), "a.pdf"),
            (word("双人车每小时十二元"), "b.docx"),
        ):
            file = await upload(desk, content, name)
            await desk.publish(f"Prices in {name}", answers=carrying(file.id))
        await desk.publish("How much is a bike?", answers=[{"body": "See the prices."}])
        for query, name in (("what does a tandem cost", "a.pdf"), ("双人车", "b.docx")):
            (hit, *_) = (await desk.search(query))["hits"]
            assert hit["article"]["question"] == f"Prices in {name}"
            assert hit["why"]["attachment"]["name"] == name
            assert "<mark>" in hit["highlight"]
        assert all("attachment" not in hit["why"] for hit in (await desk.search("bike"))["hits"][:1])


async def test_a_long_file_does_not_drown_its_article_nor_count_it_twice(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        pages = [f"page {number} of words about nothing in particular " * 20 for number in range(40)]
        file = await upload(desk, pdf(*pages, "the deposit of a tandem is returned at night"))
        await desk.publish("Rules of tandems", answers=carrying(file.id), category=["rules"])
        for number in range(20):
            await desk.publish(f"Which deposit for a bike {number}?", answers=[{"body": "Ask us."}])
        found = await desk.search("deposit of a tandem at night")
        assert found["hits"][0]["article"]["question"] == "Rules of tandems"
        assert found["facets"]["categories"] == {"rules": 1}


async def test_what_is_known_of_files_is_told_with_their_answers(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        broken = await upload(desk, b"%PDF-1.7 and no more", "../broken.PDF")
        picture = await upload(desk, PNG, "lock.png")
        article = await desk.save(answers=[{"body": "x", "attachments": [broken.id, picture.id]}])
        (answer,) = (await desk.ask(FILES, id=article["id"]))["answers"]
        assert answer["attachments"] == [broken.id, picture.id]
        assert answer["files"] == [
            {
                "id": broken.id,
                "name": "broken.pdf",
                "type": "application/pdf",
                "sizeBytes": 20,
                "url": f"/attachments/{broken.id}",
                "problem": {"code": "TEXT_UNREADABLE", "severity": "WARNING"},
            },
            {
                "id": picture.id,
                "name": "lock.png",
                "type": "image/png",
                "sizeBytes": 28,
                "url": f"/attachments/{picture.id}",
                "problem": None,
            },
        ]
        assert await read(desk, broken.id, EDITOR) == b"%PDF-1.7 and no more"


async def test_who_may_not_write_the_unit_uploads_nothing(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        with pytest.raises(Unauthenticated):
            await upload(desk, pdf("x"), caller=ANYBODY)
        for caller in (USER, RIDES_AGENT, CARE_EDITOR):
            with pytest.raises(AccessDenied):
                await upload(desk, pdf("x"), caller=caller)
        for content, name, code in (
            (b"", "a.pdf", "ATTACHMENT_EMPTY"),
            (b"MZ\0", "a.exe", "ATTACHMENT_TYPE"),
        ):
            with pytest.raises(AttachmentRefused) as refused:
                await upload(desk, content, name)
            assert refused.value.code == code
        assert not await stored(desk)


async def test_an_article_names_files_of_its_unit_only(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        other = await upload(desk, pdf("x"), caller=CARE_EDITOR, unit="care")
        for name in (other.id, "tariff.pdf"):
            problems = await refused_save(desk, draft(answers=carrying(name)))
            assert [(one["code"], one["path"]) for one in problems] == [
                ("ATTACHMENT_UNKNOWN", "answers[0].attachments[0]")
            ]
        own = await upload(desk, pdf("x"))
        assert (await desk.save(answers=carrying(own.id)))["status"] == "DRAFT"


async def test_an_article_that_is_given_to_another_unit_keeps_its_files(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        file = await upload(desk, pdf("x"))
        article = await desk.save(answers=carrying(file.id))
        moved = {**draft(answers=carrying(file.id)), "id": article["id"], "unit": "care"}
        assert (await desk.ask(SAVE, ADMIN, input=moved))["unit"] == "care"
        again = {**moved, "question": "another"}
        assert (await desk.ask(SAVE, CARE_EDITOR, input=again))["revision"] == 3
        problems = await refused_save(desk, {**again, "id": None}, CARE_EDITOR)
        assert [one["code"] for one in problems] == ["ATTACHMENT_UNKNOWN"]


async def test_S13_a_file_is_for_those_who_get_an_answer_that_carries_it(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        open_, vip, hotline, unsaved = [await upload(desk, pdf(word_)) for word_ in ("o", "v", "h", "u")]
        await desk.publish("for all", answers=carrying(open_.id))
        await desk.publish("for some", answers=carrying(vip.id), audiences=["vip"])
        spoken = await desk.publish(
            "spoken", answers=[*carrying(hotline.id, channel="hotline"), {"body": "x"}]
        )
        drafted = await upload(desk, pdf("d"))
        await desk.save("a draft", answers=carrying(drafted.id))
        seen = {
            caller.subject: [
                (await read(desk, file.id, caller)) is not None
                for file in (open_, vip, hotline, drafted, unsaved)
            ]
            for caller in (USER, VIP, APP, RIDES_AGENT, EDITOR, CARE_EDITOR)
        }
        assert seen == {
            "uma": [True, False, True, False, False],
            "viv": [True, True, True, False, False],
            "ann": [True, False, False, False, False],
            "ralf": [True, True, True, True, False],
            "edda": [True, True, True, True, True],
            "curt": [False, False, False, False, False],
        }
        with pytest.raises(Unauthenticated):
            await read(desk, open_.id, ANYBODY)
        await desk.ask(ARCHIVE, id=spoken["id"])
        assert await read(desk, hotline.id, USER) is None


async def test_S13_words_of_a_file_find_nothing_for_those_who_do_not_get_it(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        file = await upload(desk, pdf("zanzibar"))
        answers = [*carrying(file.id, channel="hotline"), {"body": "x"}]
        await desk.publish("spoken", answers=answers)
        assert (await desk.search("zanzibar", APP))["hits"] == []
        assert (await desk.search("zanzibar", USER, scope={"channel": "app"}))["hits"] == []
        (hit,) = (await desk.search("zanzibar", USER, scope={"channel": "hotline"}))["hits"]
        assert hit["why"]["attachment"] == {"id": file.id, "name": "tariff.pdf"}
        assert len((await desk.search("zanzibar", RIDES_AGENT))["hits"]) == 1


async def test_readers_keep_the_file_of_what_is_published_while_a_draft_drops_it(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        file = await upload(desk, pdf("x"))
        article = await desk.publish(answers=carrying(file.id))
        await desk.ask(SAVE, input={**draft(), "id": article["id"]})
        assert await read(desk, file.id, USER) is not None
        await desk.ask(PUBLISH, id=article["id"])
        assert await read(desk, file.id, USER) is None
        assert await read(desk, file.id, EDITOR) is not None


async def test_files_that_nothing_named_for_a_day_are_forgotten(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        used, left = [await upload(desk, pdf(word_)) for word_ in ("used", "left")]
        await desk.save(answers=carrying(used.id))
        assert await collect(desk, hours=23) == 0
        assert await read(desk, left.id, EDITOR) is not None
        assert await collect(desk, hours=25) == 1
        assert await read(desk, left.id, EDITOR) is None
        assert await stored(desk) == {used.id}
        assert list(await load_texts(desk.platform.store, [used.id, left.id])) == [used.id]
        assert await desk.platform.knowledge.files.read(left.id) is None
        assert await collect(desk, hours=25) == 0
        problems = await refused_save(desk, draft(answers=carrying(left.id)))
        assert [one["code"] for one in problems] == ["ATTACHMENT_UNKNOWN"]


async def test_a_collection_that_broke_off_is_ended_by_the_next(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await upload(desk, pdf("left"))

        class Failing:
            async def remove(self, file: str) -> None:
                raise OSError(file)

        store, clock = desk.platform.store, desk.platform.knowledge.now
        failing: Any = Failing()  # Any: it can do nothing else
        with pytest.raises(OSError, match="a0"):
            await AttachmentCollector(store, failing, lambda: clock() + timedelta(hours=25)).collect()
        assert await collect(desk, hours=25) == 1
        assert not await stored(desk)


async def collect(desk: Desk, *, hours: int) -> int:
    """As it would be done that much later."""
    knowledge = desk.platform.knowledge
    later = AttachmentCollector(
        knowledge.store, knowledge.files, lambda: knowledge.now() + timedelta(hours=hours)
    )
    return await later.collect()


async def stored(desk: Desk) -> set[str]:
    documents = await desk.platform.store.load_many(ATTACHMENTS, [f"a{number:06}" for number in range(1, 20)])
    return {one["id"] for one in documents if one is not None}


async def refused_save(desk: Desk, given: object, caller: Principal = EDITOR) -> Any:  # Any: JSON
    refusal = await desk.refusal(SAVE, caller, input=given)
    assert refusal.code == "ARTICLE_INVALID"
    return refusal.facts["problems"]

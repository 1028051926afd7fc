"""The contract under concurrency: one winner for each version, all or nothing, never half."""

import asyncio

from resolvers.ports import Collection, Document, Index, Insert, Replace
from resolvers.store_errors import StoreError, UniqueConflict, VersionConflict
from tests.servers.document_stores import Store, StoreData

FED = Collection(name="fed", indexes=(Index(name="by_owner", fields=("owner",), unique=True),))
UNFED = Collection(name="unfed", feed=False)
ROUNDS = 1_000
FED_ROUNDS = 100  # each is a transaction of four commands on MongoDB


async def test_r3_two_writers_replace_one_version_and_exactly_one_wins(store_data: StoreData) -> None:
    await check_one_winner(store_data, UNFED, ROUNDS)


async def test_r3_two_writers_in_transactions_and_exactly_one_wins(store_data: StoreData) -> None:
    await check_one_winner(store_data, FED, FED_ROUNDS)


async def check_one_winner(store_data: StoreData, collection: Collection, rounds: int) -> None:
    async with store_data.open(collection) as left, store_data.open(collection) as right:
        await left.write(Insert(collection=collection, document={"id": "task", "version": 1, "by": "nobody"}))
        for version in range(2, rounds + 2):
            won = await asyncio.gather(
                attempt(left, collection, version, "left"), attempt(right, collection, version, "right")
            )
            assert sorted(won) == [False, True]
            winner = "left" if won[0] else "right"
            assert await right.get(collection, "task") == {"id": "task", "version": version, "by": winner}


async def attempt(store: Store, collection: Collection, version: int, by: str) -> bool:
    document: Document = {"id": "task", "version": version, "by": by}
    try:
        await store.write(Replace(collection=collection, document=document))
    except VersionConflict as conflict:
        return (conflict.expected, conflict.actual) != (version - 1, version)
    return True


async def test_one_of_many_inserts_of_a_unique_key_wins(store_data: StoreData) -> None:
    async with store_data.open(FED) as left, store_data.open(FED) as right:

        async def claim(number: int) -> bool:
            document: Document = {"id": f"c{number}", "version": 1, "owner": "only one"}
            try:
                await (left if number % 2 else right).write(Insert(collection=FED, document=document))
            except UniqueConflict as conflict:
                return conflict.key != "by_owner"
            return True

        won = await asyncio.gather(*map(claim, range(32)))
        assert won.count(True) == 1
        found = await left.load_many(FED, [f"c{number}" for number in range(32)])
        assert [document is not None for document in found] == won


async def test_transfers_between_documents_keep_the_sum_at_every_moment(store_data: StoreData) -> None:
    """Writers move amounts between accounts in one write each; readers of all accounts see a constant sum."""
    names = ["a", "b", "c", "d"]
    async with store_data.open(UNFED) as left, store_data.open(UNFED) as right:
        accounts = [{"id": name, "version": 1, "amount": 100} for name in names]
        await left.write(*(Insert(collection=UNFED, document=account) for account in accounts))
        async with asyncio.TaskGroup() as tasks:
            transfers = [
                tasks.create_task(transfer(left if number % 2 else right, names, number))
                for number in range(8)
            ]
            while not all(each.done() for each in transfers):
                seen = await left.load_many(UNFED, names)
                assert sum(account["amount"] for account in seen if account) == 400
        final = await left.load_many(UNFED, names)
        assert sum(account["amount"] for account in final if account) == 400
        moved = sum(account["version"] - 1 for account in final if account)
        assert moved == 8 * 5 * 2, "each transfer changed two accounts, once"


async def transfer(store: Store, names: list[str], number: int) -> None:
    done = 0
    while done < 5:
        source, target = names[(number + done) % 4], names[(number + done + 1 + number % 3) % 4]
        taken, given = await store.get(UNFED, source), await store.get(UNFED, target)
        taken.update(version=taken["version"] + 1, amount=taken["amount"] - number)
        given.update(version=given["version"] + 1, amount=given["amount"] + number)
        try:
            writes = (Replace(collection=UNFED, document=each) for each in (taken, given))
            await store.write(*writes)
        except VersionConflict:
            continue
        done += 1


async def test_a_refused_write_does_not_hurt_those_beside_it(store_data: StoreData) -> None:
    async with store_data.open(FED) as store:
        await store.write(Insert(collection=FED, document={"id": "taken", "version": 1}))

        async def write(number: int) -> bool:
            second = "taken" if number % 3 == 0 else f"b{number}"
            documents: list[Document] = [{"id": f"a{number}", "version": 1}, {"id": second, "version": 1}]
            try:
                await store.write(*(Insert(collection=FED, document=each) for each in documents))
            except StoreError:
                return False
            return True

        written = await asyncio.gather(*map(write, range(30)))
        assert written == [number % 3 != 0 for number in range(30)]
        first = await store.load_many(FED, [f"a{number}" for number in range(30)])
        assert [document is not None for document in first] == written
        assert await store.position() == 1 + 2 * written.count(True)


async def test_a_cancelled_write_happens_or_does_not_and_the_store_goes_on(store_data: StoreData) -> None:
    async with store_data.open(FED) as store:
        for number in range(20):
            documents: list[Document] = [{"id": f"{side}{number}", "version": 1} for side in "ab"]
            writing = asyncio.create_task(
                store.write(*(Insert(collection=FED, document=each) for each in documents))
            )
            for _ in range(number):
                await asyncio.sleep(0)
            writing.cancel()  # PyMongo finishes what it has almost done, and then does not raise
            await asyncio.gather(writing, return_exceptions=True)
        await store.write(Insert(collection=FED, document={"id": "last", "version": 1}))
        both = [await store.load_many(FED, [f"a{number}", f"b{number}"]) for number in range(20)]
        assert all((a is None) == (b is None) for a, b in both)

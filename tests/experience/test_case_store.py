"""The experience store on the real LanceDB, in a folder of the test."""

import asyncio
import multiprocessing
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from redheart.errors import StoreError
from redheart.experience import store as store_module
from redheart.experience.location import is_first_run
from redheart.experience.store import LanceCaseStore, table_name
from redheart.types.cases import Case


def case(name: str, vector: tuple[float, ...] = (1.0, 0.0, 0.0), **changes: object) -> Case:
    known = {
        "case_id": name, "text": f"{name}를 후회했다.", "language": "ko", "vector": vector, "encoder": "tiny/enc@1",
        "decision": None, "utility": -1.25, "valence": 0.5, "regret": None, "recorded_at": "2026-01-02T03:00:00+00:00",
    }  # fmt: skip
    return Case(**(known | changes))


def record_many(folder: str, names: list[str]) -> None:
    """Runs in a process of its own."""

    async def write() -> None:
        store = LanceCaseStore(Path(folder))
        for name in names:
            await store.record(case(name))

    asyncio.run(write())


async def test_a_case_comes_back_as_it_was_with_its_cosine(tmp_path):
    kept = case("a", (0.5, 0.5, 0.0), decision="tell the truth", regret=0.75)
    await LanceCaseStore(tmp_path / "store").record(kept)
    (found,) = await LanceCaseStore(tmp_path / "store").recall((1.0, 0.0, 0.0), "tiny/enc@1", 3)
    assert found.case == kept and found.similarity == pytest.approx(0.5**0.5, abs=1e-6)


async def test_nearest_cases_come_first_and_no_more_than_asked(tmp_path):
    store = LanceCaseStore(tmp_path)
    for name, vector in {"far": (-1.0, 0.0, 0.0), "near": (2.0, 0.1, 0.0), "side": (0.0, 1.0, 0.0)}.items():
        await store.record(case(name, vector))
    found = await store.recall((1.0, 0.0, 0.0), "tiny/enc@1", 2)
    assert [each.case.case_id for each in found] == ["near", "side"]


async def test_equals_come_in_the_order_of_their_ids(tmp_path):
    store = LanceCaseStore(tmp_path)
    for name in ("b", "c", "a"):
        await store.record(case(name))
    found = await store.recall((1.0, 0.0, 0.0), "tiny/enc@1", 3)
    assert [each.case.case_id for each in found] == ["a", "b", "c"]


async def test_the_same_case_is_kept_once_in_its_last_form(tmp_path):
    store = LanceCaseStore(tmp_path)
    await store.record(case("a", utility=1.0))
    await store.record(case("a", utility=2.0))
    found = await store.recall((1.0, 0.0, 0.0), "tiny/enc@1", 5)
    assert [each.case.utility for each in found] == [2.0]


async def test_cases_of_another_encoder_are_not_recalled(tmp_path):
    store = LanceCaseStore(tmp_path)
    await store.record(case("a", (1.0, 0.0), encoder="other"))
    await store.record(case("b"))
    assert [each.case.case_id for each in await store.recall((1.0, 0.0), "other", 5)] == ["a"]
    assert table_name("a/b") != table_name("a-b")


async def test_recall_from_an_empty_store_finds_nothing_and_makes_nothing(tmp_path):
    assert await LanceCaseStore(tmp_path / "none").recall((1.0,), "tiny", 3) == ()
    assert not (tmp_path / "none").exists()


async def test_the_folder_is_made_for_its_owner_alone_with_the_first_case(tmp_path):
    path = tmp_path / "deep" / "store"
    assert is_first_run(path)
    await LanceCaseStore(path).record(case("a"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o700 and not is_first_run(path)


async def test_a_path_that_is_a_file_is_refused_with_the_mend(tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    with pytest.raises(StoreError, match=r"'.*file'.*experience\.path"):
        await LanceCaseStore(path).record(case("a"))
    with pytest.raises(StoreError, match="is a file"):
        await LanceCaseStore(path).recall((1.0, 0.0, 0.0), "tiny/enc@1", 1)


async def test_a_damaged_store_is_refused_with_its_path_and_the_mend(tmp_path):
    await LanceCaseStore(tmp_path).record(case("a"))
    for file in tmp_path.rglob("*.*"):
        if file.is_file():
            file.write_bytes(b"garbage")
    store = LanceCaseStore(tmp_path)
    with pytest.raises(StoreError, match=r"cannot be read .*--no-experience"):
        await store.recall((1.0, 0.0, 0.0), "tiny/enc@1", 1)
    with pytest.raises(StoreError, match="cannot be written"):
        await store.record(case("b"))


async def test_a_vector_of_another_length_is_refused_with_both_lengths(tmp_path):
    store = LanceCaseStore(tmp_path)
    await store.record(case("a"))
    with pytest.raises(StoreError, match=r"3 numbers .* not '2'"):
        await store.record(case("b", (1.0, 0.0)))
    with pytest.raises(StoreError, match=r"3 numbers .* not '2'"):
        await store.recall((1.0, 0.0), "tiny/enc@1", 1)


async def test_a_vector_without_direction_is_refused(tmp_path):
    with pytest.raises(StoreError, match=r"length '0\.0'"):
        await LanceCaseStore(tmp_path).record(case("a", (0.0, 0.0, 0.0)))


async def test_one_store_written_by_many_tasks_at_once_keeps_all(tmp_path):
    store = LanceCaseStore(tmp_path)
    await asyncio.gather(*(store.record(case(f"{i}")) for i in range(8)))
    assert len(await store.recall((1.0, 0.0, 0.0), "tiny/enc@1", 20)) == 8


async def test_two_processes_that_write_at_once_both_succeed(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    batches = [[f"{writer}-{i}" for i in range(12)] for writer in "ab"]
    writers = [spawn.Process(target=record_many, args=(str(tmp_path), names)) for names in batches]
    for writer in writers:
        writer.start()
    await asyncio.gather(*(asyncio.to_thread(writer.join, 60) for writer in writers))
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(await LanceCaseStore(tmp_path).recall((1.0, 0.0, 0.0), "tiny/enc@1", 50)) == 24


async def test_old_versions_are_cleared_now_and_then(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "TIDY_EVERY", 8)
    monkeypatch.setattr(store_module, "KEEP_VERSIONS", timedelta(milliseconds=1))
    store = LanceCaseStore(tmp_path)
    for i in range(20):
        await store.record(case(f"{i}"))
    assert len(list(tmp_path.rglob("*.manifest"))) < 16
    assert len(await store.recall((1.0, 0.0, 0.0), "tiny/enc@1", 50)) == 20


async def test_a_folder_that_was_open_to_others_is_closed_to_them(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    await LanceCaseStore(folder).record(case("a"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o750)
    assert await LanceCaseStore(folder).recall((1.0, 0.0, 0.0), "tiny/enc@1", 1)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_folder_of_another_user_is_neither_read_nor_written(tmp_path, monkeypatch):
    await LanceCaseStore(tmp_path).record(case("a"))
    me = tmp_path.stat().st_uid
    monkeypatch.setattr(store_module.os, "geteuid", lambda: me + 1)
    for use in (LanceCaseStore(tmp_path).record(case("b")), LanceCaseStore(tmp_path).recall((1.0,), "tiny/enc@1", 1)):
        with pytest.raises(StoreError, match=f"belongs to another user \\('{me}'\\)"):
            await use


async def test_an_open_folder_that_holds_anything_else_is_refused_and_stays_as_it_was(tmp_path):
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    tmp_path.chmod(0o755)
    with pytest.raises(StoreError, match=r"holds other files \('diary\.txt'\)"):
        await LanceCaseStore(tmp_path).record(case("a"))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755

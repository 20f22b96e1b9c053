"""Sentence vectors of data files: embedded once, found by their sentences, safe from whoever stops half-way."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from redheart.errors import CheckpointError, InputError, OutOfMemoryError
from redheart.training.corpus import embedded as embedded_module
from redheart.training.corpus.embedded import EmbeddedVectors
from tests.training.corpus.hash_encoder import DIM, HashEncoder, vector, vectors_of

TEXTS = (("I am glad.", "He left."), ("It rains.",), ("나는 후회했다.", "I am glad.", "그래도 괜찮다."))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "rows.jsonl.gz"
    path.parent.mkdir()
    path.touch()
    return path


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_module, "SHARD_TEXTS", 2)


def shards(source: Path) -> list[Path]:
    return sorted(source.with_name(source.name + ".embedded").glob("*/shard-*.safetensors"))


def many(count: int) -> list[tuple[str, ...]]:
    return [(f"Sentence {i}.", "And so on.") for i in range(count)]


def test_vectors_are_the_encoders_own_sentence_by_sentence(source: Path) -> None:
    found = vectors_of(HashEncoder()).of(source, TEXTS)
    assert [rows.dtype for rows in found] == [np.float32] * 3
    for rows, text in zip(found, TEXTS, strict=True):
        assert (rows == np.stack([vector(sentence) for sentence in text])).all()


def test_a_text_without_sentences_has_no_rows_and_asks_no_encoder(source: Path) -> None:
    encoder = HashEncoder()
    found = vectors_of(encoder).of(source, [(), ()])
    assert [rows.shape for rows in found] == [(0, DIM)] * 2
    assert encoder.asked == [] and shards(source) == []


@pytest.mark.usefixtures("small_shards")
def test_a_second_reader_embeds_nothing_and_never_loads_the_encoder(source: Path) -> None:
    first = vectors_of(HashEncoder()).of(source, TEXTS)
    encoder = HashEncoder()
    again = vectors_of(encoder).of(source, TEXTS[::-1])
    assert encoder.asked == [] and len(shards(source)) == 2
    assert all((one == other).all() for one, other in zip(first, again[::-1], strict=True))


def test_a_sample_first_then_the_whole_file_embeds_the_rest_alone(source: Path) -> None:
    vectors_of(HashEncoder()).of(source, TEXTS[1:2])
    encoder = HashEncoder()
    done = vectors_of(encoder).embed(source, TEXTS)
    assert (done.texts, done.sentences, done.embedded, done.reused) == (3, 6, 2, 1)
    assert "It rains." not in encoder.sentences


def test_a_changed_text_is_embedded_anew_and_its_neighbours_are_not(source: Path) -> None:
    vectors_of(HashEncoder()).of(source, TEXTS)
    encoder = HashEncoder()
    changed = [TEXTS[0], ("It snows.",), TEXTS[2]]
    found = vectors_of(encoder).of(source, changed)
    assert encoder.sentences == ["It snows."]
    assert (found[1][0] == vector("It snows.")).all()


def test_where_sentences_end_is_part_of_a_texts_name(source: Path) -> None:
    vectors = vectors_of(HashEncoder())
    assert [len(rows) for rows in vectors.of(source, [("ab", "c"), ("a", "bc"), ("abc",)])] == [2, 2, 1]


def test_a_sentence_that_recurs_is_encoded_once(source: Path) -> None:
    encoder = HashEncoder()
    done = vectors_of(encoder).embed(source, [*TEXTS, *TEXTS])
    assert encoder.sentences.count("I am glad.") == 1
    assert (done.texts, done.embedded, done.reused) == (6, 3, 3)


@pytest.mark.parametrize("revision", ["2", "main"])
def test_another_revision_keeps_its_own_vectors_beside_the_others(source: Path, revision: str) -> None:
    vectors_of(HashEncoder()).of(source, TEXTS)
    encoder = HashEncoder()
    vectors_of(encoder, revision=revision).of(source, TEXTS)
    assert len(encoder.sentences) == 5
    assert len({shard.parent for shard in shards(source)}) == 2


@pytest.mark.usefixtures("small_shards")
def test_what_was_whole_before_an_interruption_is_kept(source: Path) -> None:
    def stop_at_the_fifth(sentences: Sequence[str]) -> None:
        if any("Sentence 4" in sentence for sentence in sentences):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vectors_of(HashEncoder(stop_at_the_fifth)).of(source, many(7))
    assert len(shards(source)) == 2
    encoder = HashEncoder()
    assert vectors_of(encoder).embed(source, many(7)).reused == 4
    assert "Sentence 3." not in encoder.sentences and "Sentence 4." in encoder.sentences


KILLED = """
import os, signal, sys
from pathlib import Path
from redheart.training.corpus import embedded, embedding_shard
from tests.training.corpus.hash_encoder import HashEncoder, vectors_of
embedded.SHARD_TEXTS = 2
real, written = os.fsync, []
def killed_at_the_third_shard(handle):
    written.append(handle)
    if len(written) == 4:  # the index is the first
        os.kill(os.getpid(), signal.SIGKILL)
    real(handle)
embedding_shard.os.fsync = killed_at_the_third_shard
vectors_of(HashEncoder()).of(Path(sys.argv[1]), [(f"Sentence {i}.", "And so on.") for i in range(7)])
"""


def test_kill_9_in_the_middle_of_a_shard_loses_that_shard_alone(source: Path) -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", KILLED, source], cwd=root, check=False, timeout=60)
    assert done.returncode == -9
    assert len(shards(source)) == 2 and list(shards(source)[0].parent.glob(".*.part"))
    encoder = HashEncoder()
    assert vectors_of(encoder).embed(source, many(7)).reused == 4
    found = vectors_of(HashEncoder()).of(source, many(7))
    assert all((rows[0] == vector(f"Sentence {i}.")).all() for i, rows in enumerate(found))


def test_what_a_killed_writer_left_is_swept_away_once_it_is_old(source: Path) -> None:
    vectors_of(HashEncoder()).of(source, TEXTS[:1])
    folder = shards(source)[0].parent
    old, young = folder / ".shard-0.safetensors.0.part", folder / ".shard-1.safetensors.0.part"
    for part in (old, young):
        part.touch()
    os.utime(old, (0, 0))
    vectors_of(HashEncoder()).of(source, TEXTS)
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.usefixtures("small_shards")
def test_two_writers_at_once_leave_a_whole_cache(source: Path) -> None:
    meet = threading.Barrier(2)

    def write() -> None:
        vectors_of(HashEncoder(lambda _: meet.wait(timeout=20) and None)).of(source, many(6))

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=30)
    assert len(shards(source)) == 6  # both wrote everything, under names of their own
    encoder = HashEncoder()
    found = vectors_of(encoder).of(source, many(6))
    assert encoder.asked == []
    assert all((rows[0] == vector(f"Sentence {i}.")).all() for i, rows in enumerate(found))


def damage(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("place", ["header", "vectors", "end", "cut", "empty"])
def test_a_damaged_shard_is_refused_by_name_with_the_mend(source: Path, place: str) -> None:
    vectors_of(HashEncoder()).of(source, TEXTS)
    (shard,) = shards(source)
    size = shard.stat().st_size
    if place in ("cut", "empty"):
        shard.write_bytes(shard.read_bytes()[: {"cut": size - 7, "empty": 0}[place]])
    else:
        middle = int.from_bytes(shard.read_bytes()[:8], "little") + 8 + 8 * 4 + 5  # after header and starts
        damage(shard, {"header": 12, "vectors": middle, "end": size - 1}[place])
    with pytest.raises(InputError, match=rf"'{shard}'.*Delete it; what it held is embedded again"):
        vectors_of(HashEncoder()).of(source, TEXTS)


def test_no_flipped_bit_of_a_shard_reaches_who_learns_from_it(source: Path) -> None:
    whole = vectors_of(HashEncoder()).of(source, TEXTS)
    (shard,) = shards(source)
    content = shard.read_bytes()
    for at in range(0, len(content), 3):
        shard.write_bytes(content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :])
        try:
            found = vectors_of(HashEncoder()).of(source, TEXTS)
        except InputError as error:
            assert str(shard) in str(error) and "Delete it; what it held is embedded again" in str(error)
        else:
            assert all((one == other).all() for one, other in zip(whole, found, strict=True))


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("place", ["header", "vectors", "cut", "empty"])
def test_embedding_again_says_what_is_damaged_deletes_it_and_embeds_it_anew(source: Path, place: str) -> None:
    vectors_of(HashEncoder()).of(source, many(5))
    shard, *others = shards(source)
    size = shard.stat().st_size
    if place in ("cut", "empty"):
        shard.write_bytes(shard.read_bytes()[: {"cut": size - 7, "empty": 0}[place]])
    else:
        damage(shard, {"header": 12, "vectors": int.from_bytes(shard.read_bytes()[:8], "little") + 40}[place])
    encoder, said = HashEncoder(), list[str]()
    done = vectors_of(encoder, said).embed(source, many(5))
    lost = len({sentence for sentence in encoder.sentences if sentence != "And so on."})
    assert (done.embedded, done.reused, done.damaged) == (lost, 5 - lost, 1) and lost in (1, 2)
    assert not shard.exists() and set(others) < set(shards(source))
    assert said[0].startswith(f"deleted a damaged shard; what it held is embedded anew: '{shard}': ")
    assert "1 damaged shard deleted" in done.in_words()
    found = vectors_of(HashEncoder()).of(source, many(5))
    assert all((rows[0] == vector(f"Sentence {i}.")).all() for i, rows in enumerate(found))


def test_who_has_opened_the_cache_before_it_was_damaged_sees_the_mended_one(source: Path) -> None:
    vectors = vectors_of(HashEncoder())
    vectors.of(source, TEXTS)
    (shard,) = shards(source)
    damage(shard, int.from_bytes(shard.read_bytes()[:8], "little") + 40)
    assert vectors.embed(source, TEXTS).damaged == 1
    assert (vectors.of(source, TEXTS)[1][0] == vector("It rains.")).all()


def test_embedding_again_deletes_no_shard_of_another_encoder(source: Path) -> None:
    vectors_of(HashEncoder(), revision="2").of(source, TEXTS)
    (other,) = shards(source)
    vectors_of(HashEncoder()).of(source, TEXTS)
    (own,) = set(shards(source)) - {other}
    foreign = other.replace(own.parent / "shard-foreign.safetensors")
    with pytest.raises(InputError, match="made by another encoder"):
        vectors_of(HashEncoder()).embed(source, TEXTS)
    assert foreign.exists()


def test_what_a_run_embedded_and_what_it_reused_is_said_of_each_file(source: Path) -> None:
    vectors_of(HashEncoder()).of(source, TEXTS[:1])
    said: list[str] = []
    vectors_of(HashEncoder(), said).of(source, TEXTS)
    assert len(said) == 1 and said[0].startswith("rows.jsonl.gz: 3 texts, 6 sentences: 2 embedded in ")
    assert "texts/s), 1 reused" in said[0]


def test_a_shard_of_another_encoder_is_refused(source: Path) -> None:
    vectors_of(HashEncoder()).of(source, TEXTS)
    (shard,) = shards(source)
    vectors_of(HashEncoder(), revision="2").of(source, TEXTS[:1])
    (other,) = set(shards(source)) - {shard}
    shard.replace(other.parent / "shard-foreign.safetensors")
    with pytest.raises(InputError, match=r"shard-foreign\.safetensors': it was made by another encoder"):
        vectors_of(HashEncoder(), revision="2").of(source, TEXTS)


@pytest.mark.parametrize(("content", "said"), [("{", "is no index"), (None, "speaks of")])
def test_a_foreign_index_is_refused(source: Path, content: str | None, said: str) -> None:
    vectors_of(HashEncoder()).of(source, TEXTS)
    index = shards(source)[0].parent / "index.json"
    index.write_text(index.read_text().replace('"stand-in"', '"other"') if content is None else content)
    with pytest.raises(InputError, match=rf"'{index}' {said}.*Delete"):
        vectors_of(HashEncoder()).of(source, TEXTS)


def test_in_a_read_only_folder_the_users_cache_takes_the_vectors(source: Path, tmp_path: Path) -> None:
    source.parent.chmod(0o555)
    said: list[str] = []
    done = vectors_of(HashEncoder(), said).embed(source, TEXTS)
    source.parent.chmod(0o755)
    assert done.cache.is_relative_to(tmp_path / "xdg_cache_home" / "redheart" / "embedded")
    assert list(source.parent.iterdir()) == [source]
    assert len(said) == 1 and str(done.cache.parent) in said[0]


def test_what_was_kept_beside_a_file_is_read_after_its_folder_became_read_only(source: Path) -> None:
    vectors_of(HashEncoder()).of(source, TEXTS[:2])
    source.parent.chmod(0o555)
    done = vectors_of(HashEncoder()).embed(source, TEXTS)
    source.parent.chmod(0o755)
    assert (done.embedded, done.reused) == (1, 2)
    assert vectors_of(HashEncoder()).embed(source, TEXTS).reused == 3  # and the other way round


def test_memory_that_refuses_a_batch_gets_half_of_it(source: Path) -> None:
    def refuse_three(sentences: Sequence[str]) -> None:
        if len(sentences) > 2:
            raise MemoryError

    encoder = HashEncoder(refuse_three)
    found = vectors_of(encoder, batch=8).of(source, TEXTS)
    assert [len(batch) for batch in encoder.asked] == [2, 2, 1]
    assert (found[2][2] == vector("그래도 괜찮다.")).all()


def test_a_sentence_that_alone_is_too_much_is_a_typed_error(source: Path) -> None:
    def refuse(_: Sequence[str]) -> None:
        raise MemoryError

    with pytest.raises(OutOfMemoryError, match="a sentence of '9' characters"):
        vectors_of(HashEncoder(refuse)).of(source, [("It rains.",)])


def test_other_errors_of_the_encoder_pass_through(source: Path) -> None:
    def fail(_: Sequence[str]) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        vectors_of(HashEncoder(fail)).of(source, TEXTS)


def test_numbers_that_are_not_finite_are_never_kept(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.training.corpus.hash_encoder.vector", lambda _: np.full(DIM, np.nan, np.float32))
    with pytest.raises(CheckpointError, match="not finite"):
        vectors_of(HashEncoder()).of(source, TEXTS)
    assert shards(source) == []


@pytest.mark.usefixtures("small_shards")
def test_progress_counts_texts_up_to_all_of_the_missing_ones(source: Path) -> None:
    told: list[tuple[int, int]] = []
    vectors_of(HashEncoder()).of(source, many(2))
    vectors_of(HashEncoder(), progress=lambda done, total: told.append((done, total))).of(source, many(7))
    assert told == sorted(told) and told[-1] == (5, 5)


def test_sentences_beyond_the_window_are_counted_aloud(source: Path) -> None:
    said: list[str] = []
    vectors_of(HashEncoder(), said).of(source, [("short", "x" * 501), ("y" * 700,)])
    assert "'2' sentences are longer" in said[0]


def test_a_full_disk_is_a_typed_error(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("redheart.training.corpus.embedding_shard.os.fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        vectors_of(HashEncoder()).of(source, TEXTS)
    assert not list(source.parent.rglob("*.part"))


def test_a_long_text_fills_a_shard_alone(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_module, "SHARD_CHARACTERS", 40)
    vectors_of(HashEncoder()).of(source, [("a" * 30,), ("b" * 50,), ("c",), ("d",)])
    assert len(shards(source)) == 3


@pytest.fixture(scope="module")
def real() -> EmbeddedVectors:
    from redheart.config.load import load_settings

    return EmbeddedVectors.for_settings(load_settings(None, ["encoder.batch_sentences=3"]))


SENTENCES = tuple(
    f"{word} " * count + "일이었다." for word, count in (("I lied", 1), ("밤새 후회했다", 9), ("Rain", 30))
)


def test_the_bundled_encoders_vectors_are_those_of_serving(source: Path, real: EmbeddedVectors) -> None:
    from redheart.config.bundled import bundled_folder
    from redheart.encoders.bundled import BundledEncoder

    encoder = BundledEncoder(bundled_folder("models") / "compact")
    encoder.module.load_state_dict(encoder.load_state(), strict=True, assign=True)
    assert (real.name, real.revision, real.dim) == (encoder.name, encoder.revision, encoder.dim)
    (rows,) = real.of(source, [SENTENCES])
    assert np.abs(rows - encoder.encode(SENTENCES).pooled.numpy()).max() < 1e-5


def test_batch_mates_do_not_change_a_result(tmp_path: Path, real: EmbeddedVectors) -> None:
    together = real.of(tmp_path / "together.jsonl", [SENTENCES])[0]
    for place, sentence in enumerate(SENTENCES):
        alone = real.of(tmp_path / f"alone{place}.jsonl", [(sentence,)])[0]
        assert np.abs(alone[0] - together[place]).max() < 1e-5


def test_facts_of_the_bundled_encoder_are_known_without_torch() -> None:
    code = (
        "import sys; from redheart.config.load import load_settings; "
        "from redheart.training.corpus.embedded import EmbeddedVectors; "
        "vectors = EmbeddedVectors.for_settings(load_settings()); "
        "sys.exit(' '.join(n for n in ('torch', 'transformers') if n in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def local_encoder(tmp_path: Path) -> Path:
    """A folder as transformers saves it, with random weights."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words, place = (
        ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "lied", "and", "was", "glad", "."),
        tmp_path / "tiny",
    )
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(words), max_position_embeddings=32, **sizes)).save_pretrained(place)
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(str(tmp_path / "vocab.txt"), model_max_length=32).save_pretrained(place)
    return place


def of_folder(folder: Path, *overrides: str) -> EmbeddedVectors:
    from redheart.config.load import load_settings

    return EmbeddedVectors.for_settings(load_settings(None, [f"encoder.name={folder}", *overrides]))


def test_a_local_encoder_is_loaded_and_keyed_by_all_that_its_vectors_depend_on(
    source: Path, local_encoder: Path
) -> None:
    vectors = of_folder(local_encoder)
    assert [rows.shape for rows in vectors.of(source, [("i lied.", "i was glad.")])] == [(2, 16)]
    others = ("encoder.precision=bfloat16", "encoder.prefix='passage: '")
    keys = {of_folder(local_encoder, *overrides).key.folder for overrides in ([], *([other] for other in others))}
    (local_encoder / "1_Pooling").mkdir()
    (local_encoder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    keys.add(of_folder(local_encoder).key.folder)
    assert len(keys) == 4 and vectors.key.folder in keys

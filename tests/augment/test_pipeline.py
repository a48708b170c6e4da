"""Pipelines as values: JSON and text, refusals, seeds and sides of images. No Keras here."""

import json
import string
from dataclasses import replace
from typing import Any

import pytest
from golden import Golden
from hypothesis import given
from hypothesis import strategies as st
from random_pipelines import pipelines, steps

from cnnlab.augment import KINDS, MOST_SEED, MOST_STEPS, PRESETS, Pipeline, from_json, from_text, step
from cnnlab.augment.pipeline import FORMAT, MOST_INPUT_SIDE


@given(pipelines())
def test_json_and_text_round_trip(pipeline: Pipeline) -> None:
    assert from_json(pipeline.to_json()) == pipeline
    assert from_text(pipeline.to_text(), pipeline.seed) == pipeline
    assert hash(from_json(pipeline.to_json())) == hash(pipeline)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_fit_into_a_url(name: str) -> None:
    text = PRESETS[name].pipeline.to_text()
    assert from_text(text) == PRESETS[name].pipeline
    assert len(text) < 300


def test_values_are_rounded_and_take_their_type() -> None:
    made = step("rotation", degrees=0.1 + 0.2)
    assert made.values == {"degrees": 0.3, "fill": "reflect"}
    assert made.changed == (("degrees", 0.3),)
    assert step("rand_augment", operations=3.0).values["operations"] == 3
    assert Pipeline.of(step("noise", on=False)).to_text() == "!noise"


def document(**parts: Any) -> dict[str, Any]:
    return {"format": "cnnlab.pipeline", "version": 1, "seed": 0, "steps": []} | parts


WRONG_STEPS = [
    {"kind": "mirrors"},
    {"kind": ["mirror"]},
    {},
    {"kind": "mirror", "on": "yes"},
    {"kind": "mirror", "degrees": 3},
    {"kind": "mirror", "direction": "up"},
    {"kind": "rotation", "degrees": 181},
    {"kind": "rotation", "degrees": {"a": 1}},
    {"kind": "rotation", "row": 1},
]
WRONG_DOCUMENTS = [
    [],
    {},
    document(format="cnnlab.recipe"),
    document(version=2),
    document(version=True),
    document(name="mine"),
    document(steps={"kind": "mirror"}),
    document(steps=["mirror"]),
    document(steps=[{"kind": "mirror"}] * 13),
    document(seed=-1),
    document(seed="1"),
    document(steps=[{"kind": "mixup"}, {"kind": "mirror"}]),
    document(steps=[{"kind": "cutmix", "on": False}, {"kind": "blur"}]),
]
WRONG_TEXTS = [
    "mirrors",
    "!!mirror",
    "mirror:",
    "mirror:direction",
    "rotation:degrees=ten",
    "rotation:kind=mirror",
    "rotation:degrees=1:degrees=2",
    "mirror;" * 13,
    "mirror;" * 1000,
]


def test_wrong_steps_documents_and_texts_are_refused(golden: Golden) -> None:
    def read(found: object) -> Pipeline:
        return from_json(json.dumps(found))

    golden.check_refusals("refused/steps of a pipeline", lambda fields: read(document(steps=[fields])), WRONG_STEPS)
    golden.check_refusals("refused/pipelines", read, WRONG_DOCUMENTS)
    golden.check_refusals("refused/pipelines as text", from_text, WRONG_TEXTS)


def test_a_wrong_seed_and_a_long_file_are_refused() -> None:
    with pytest.raises(ValueError, match="seed must be a whole number"):
        from_text("mirror", seed=MOST_SEED + 1)
    with pytest.raises(ValueError, match="at most 20,000 bytes"):
        from_json(" " * (FORMAT.longest + 1))
    with pytest.raises(ValueError, match="at most 12 steps"):
        Pipeline.of(*[step("mirror")] * (MOST_STEPS + 1))


words = st.one_of(st.sampled_from([*KINDS, "on", "kind", "degrees", "fill", "!", "=", "1e9"]), st.text(max_size=8))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
    max_leaves=12,
)


def sentence_or_pipeline(read: Any) -> None:
    message = "a pipeline"
    try:
        read()
    except ValueError as error:
        message = str(error)
    assert message[0] in string.ascii_letters
    assert "\n" not in message


@given(st.one_of(anything, st.builds(lambda steps: document(steps=steps), anything)), st.binary(max_size=40))
def test_hostile_json_is_refused_with_a_sentence(found: object, noise: bytes) -> None:
    sentence_or_pipeline(lambda: from_json(json.dumps(found)))
    sentence_or_pipeline(lambda: from_json(noise))


@given(st.lists(st.lists(words, max_size=5).map(lambda parts: ":=".join(parts)), max_size=4).map(";".join), st.text())
def test_hostile_text_is_refused_with_a_sentence(text: str, noise: str) -> None:
    sentence_or_pipeline(lambda: from_text(text))
    sentence_or_pipeline(lambda: from_text(noise))


@given(pipelines(most=6), st.data())
def test_a_step_keeps_its_seed_whatever_happens_to_other_kinds(pipeline: Pipeline, data: st.DataObject) -> None:
    def seeds(found: Pipeline, kind: str) -> list[int]:
        return [found.seed_of(place) for place, each in enumerate(found.steps) if each.name == kind]

    other = data.draw(steps(["mirror", "blur"]))
    kinds = {each.name for each in pipeline.steps} - {other.name}
    single = [each for each in pipeline.steps if not each.kind.per_batch]
    rest = pipeline.steps[len(single) :]
    place = data.draw(st.integers(0, len(single)))
    added = Pipeline.of(*single[:place], other, *single[place:], *rest, seed=pipeline.seed)
    removed = Pipeline.of(*(each for each in added.steps if each.name != other.name), seed=pipeline.seed)
    moved = Pipeline.of(other, *single, *rest, seed=pipeline.seed)
    off = [replace(each, on=False) if each.name == other.name else each for each in added.steps]
    for kind in kinds:
        wanted = seeds(pipeline, kind)
        assert wanted == seeds(added, kind) == seeds(removed, kind) == seeds(moved, kind)
        assert wanted == seeds(Pipeline.of(*off, seed=pipeline.seed), kind)
        assert len(set(wanted)) == len(wanted)
    if pipeline.steps:
        assert pipeline.seed_of(0) != Pipeline.of(*pipeline.steps, seed=pipeline.seed ^ 1).seed_of(0)


def test_no_two_layers_of_a_pipeline_have_the_same_seed() -> None:
    pipeline = Pipeline.of(step("blur", sigma=2.0), step("mirror", direction="both"), step("blur"))
    seeds = [seed for _, calls in pipeline.planned(32) for call, seed in calls if call.seeded]
    assert len(seeds) == len(set(seeds)) == 4 + 2 + 2


@given(pipelines(single=["random_crop", "mirror"], most=4), st.integers(1, 300))
def test_input_images_are_the_smallest_that_give_the_output_size(pipeline: Pipeline, size: int) -> None:
    input_side = pipeline.input_side(size)
    assert size <= input_side
    if input_side < MOST_INPUT_SIDE:
        assert pipeline.output_side(input_side) == size
        assert input_side == size or pipeline.output_side(input_side - 1) < size
    else:
        assert pipeline.output_side(input_side) <= size


def test_many_crops_ask_for_images_of_bounded_size() -> None:
    crops = Pipeline.of(*[step("random_crop", share=0.3)] * MOST_STEPS)
    assert crops.input_side(224) == MOST_INPUT_SIDE
    assert crops.output_side(224) == 1


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_description_and_a_note(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    assert kind.knobs
    for text in (kind.description, kind.note):
        assert text[0].isupper()
        assert text.endswith(".")
    assert 0 <= kind.example.digit <= 9
    assert kind.example.caption
    assert step(name, **dict(kind.example.knobs)).calls(32)
    assert all(call.kwargs == tuple(dict(call.kwargs).items()) for call in kind.function(224))


def test_texts_of_every_kind_do_not_change(golden: Golden) -> None:
    words = {
        f"{kind.title}: {kind.description}": [kind.note, *(knob.help for knob in kind.knobs.values())]
        for kind in KINDS.values()
    }
    golden.check_pairs("augmentations", ((title, "\n    ".join(each)) for title, each in words.items()))

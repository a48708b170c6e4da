"""Classes from folders, however they were packed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.data.labelling import MOST_CLASSES, assign

PATHS = [(name, f"{number}.jpg") for name in ("cats", "dogs") for number in range(10)]


def under(*top: str, paths: list[tuple[str, ...]] | None = None) -> list[tuple[str, ...]]:
    return [top + path for path in (PATHS if paths is None else paths)]


@given(st.lists(st.sampled_from(["pets", "cats", "dogs", "data set", "x"]), max_size=4), st.randoms())
def test_folders_around_everything_do_not_matter(top: list[str], random: object) -> None:
    paths = under(*top)
    random.shuffle(paths)  # type: ignore[attr-defined]
    found = assign(paths)
    assert found.classes == ("cats", "dogs")
    assert found.train == tuple(tuple(sorted(path for path in paths if path[-2] == name)) for name in found.classes)
    assert (found.test, found.left_out, found.notes, found.folders) == ((), {}, (), (tuple(top),))


@pytest.mark.parametrize(
    ("train", "test"),
    [("train", "validation"), ("train", "test"), ("Training", "val"), ("TRAIN", "Testing")],
)
@pytest.mark.parametrize("top", [(), ("cats_and_dogs_filtered",)])
def test_train_and_test_folders(top: tuple[str, ...], train: str, test: str) -> None:
    found = assign([*under(*top, train), *under(*top, test)])
    assert found.classes == ("cats", "dogs")
    assert {path[-3] for group in found.train for path in group} == {train}
    assert {path[-3] for group in found.test for path in group} == {test}
    assert found.folders == ((*top, train), (*top, test))
    assert not found.left_out
    held_out = f"the test images come from the folder “{test}”: there is no folder “test”"
    assert found.notes == (() if test.lower().startswith("test") else (held_out,))


def test_files_beside_the_classes_are_left_out() -> None:
    beside = [("train", "1.jpg"), ("cover.jpg",), ("samples", "cats", "1.jpg"), ("validation", "mice", "1.jpg")]
    found = assign([*under("train"), *under("validation", paths=PATHS[:10]), *beside])
    assert found.left_out == {
        ("train", "1.jpg"): "this image is not in the folder of a class; put it into one",
        ("cover.jpg",): "this image is not in “train” and “validation”; put it into the folder of a class there",
        ("samples", "cats", "1.jpg"): (
            "this image is not in “train” and “validation”; put it into the folder of a class there"
        ),
        ("validation", "mice", "1.jpg"): "“train” has no class “mice”; put images of this class there, too",
    }
    assert found.notes == (
        "the test images come from the folder “validation”: there is no folder “test”",
        "the folder “validation” has no image of “dogs”: the test does not measure this class",
        "the folder “validation” has a class that “train” does not have: “mice”; it is left out",
    )


def test_folders_for_training_alone_and_folders_within_a_class() -> None:
    assert assign(under("train")).test == ()
    found = assign([("cats", "siamese", "1.jpg"), ("cats", "2.jpg"), ("dogs", "1.jpg")])
    assert found.train == ((("cats", "2.jpg"), ("cats", "siamese", "1.jpg")), (("dogs", "1.jpg"),))


@pytest.mark.parametrize("third", ["validation", "Valid", "dev", "testing"])
def test_three_splits_become_training_test_and_left_out(third: str) -> None:
    found = assign([*under("train"), *under(third), *under("Test")])
    assert found.folders == (("train",), ("Test",))
    assert set(found.left_out.items()) == {
        (
            path,
            f"“{third}” is not used: the test images come from “Test”, and validation images are drawn from “train”",
        )
        for path in under(third)
    }
    found = assign([*under("train"), *under("training")])
    assert set(found.left_out.values()) == {"“training” is not used: the training images come from “train”"}


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        ({"cats": 9, "dogs": 12}, "“cats” has fewer than 10 images; add some"),
        ({"cats": 9, "dogs": 5}, "“cats” and “dogs” have fewer than 10 images each; add some"),
        (
            {"circles": 50, "squares": 10},
            "“circles” has 50 images and “squares” 10: predicting “circles” for every image is right for 83 % of them; "
            "use the same number of images of each class",
        ),
    ],
)
def test_notes_agree_with_their_numbers(counts: dict[str, int], note: str) -> None:
    assert assign((name, f"{at}.jpg") for name, many in counts.items() for at in range(many)).notes == (note,)


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ([], "no readable image"),
        ([("1.jpg",), ("2.jpg",)], "no image is in the folder of a class"),
        ([("cats", "1.jpg")], "all images are of one class, “cats”"),
        ([("pets", "cats", "1.jpg"), ("pets", "2.jpg")], "all images are of one class, “cats”"),
        ([("train", "cats", "1.jpg"), ("test", "cats", "2.jpg")], "all images are of one class, “cats”"),
        ([("Cat", "1.jpg"), ("cat", "2.jpg")], "differ in capital letters or blanks only, “Cat” and “cat”"),
        ([("cat ", "1.jpg"), ("cat", "2.jpg")], "differ in capital letters"),
        ([("Straße", "1.jpg"), ("STRASSE", "2.jpg")], "differ in capital letters"),
        ([*under("train"), ("test", "CATS", "1.jpg")], "“cats” and “CATS”; rename one of the folders"),
        ([(f"{number:03}", "1.jpg") for number in range(MOST_CLASSES + 1)], "201 classes"),
    ],
)
def test_folders_without_classes_raise(paths: list[tuple[str, ...]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        assign(paths)


def test_imbalance_and_few_images_are_noted() -> None:
    many = [("dogs", f"{number}.jpg") for number in range(90)]
    found = assign([*many, *PATHS[:10]])
    assert found.notes == (
        "“dogs” has 90 images and “cats” 10: predicting “dogs” for every image is right for 90 % of them; use the "
        "same number of images of each class",
    )
    assert assign([*many[:20], *PATHS[:10]]).notes == ()
    assert assign(PATHS[:14]).notes[1:] == ("“dogs” has fewer than 10 images; add some",)

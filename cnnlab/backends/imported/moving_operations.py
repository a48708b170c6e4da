"""Readers of operations that move numbers: join, split, reshape, slice, pad, repeat, resize."""

from math import prod

from cnnlab import graph
from cnnlab.backends.imported.fields import MOST_SIDE, NotUnderstoodError
from cnnlab.backends.imported.operation_calls import Chain, Operation, axes_of, axis_of, unbatched
from cnnlab.backends.imported.shape_layers import concatenated
from cnnlab.graph import Counted

MOST_PARTS = 1000  # outputs of one operation


def concatenate(found: Operation) -> list[Chain]:
    return [[concatenated(found.shapes, axis_of(found, 0, "axis", default=-1))]]


def stack(found: Operation) -> list[Chain]:
    axis = found.setting(0, "axis", default=0)
    rank = len(found.shapes[0]) + 2
    if type(axis) is not int or not axis % rank > 0 or len(set(found.shapes)) > 1:
        raise NotUnderstoodError("inputs that do not fit on each other")
    whole = [1, *found.shapes[0]]
    whole.insert(axis % rank, len(found.shapes))
    return [[Counted("stack", f"axis {axis}", unbatched(whole))]]


def split(found: Operation) -> list[Chain]:
    parts = found.setting(0, "indices_or_sections", "num_or_size_splits")
    axis = axis_of(found, 1, "axis", default=0)
    if axis == 0:
        raise NotUnderstoodError("an operation over the images of a batch")
    side = found.shapes[0][axis - 1]
    if type(parts) is int and 0 < parts <= MOST_PARTS and side % parts == 0:
        sizes = [side // parts] * parts
    elif isinstance(parts, list) and len(parts) < MOST_PARTS and all(type(part) is int for part in parts):
        if "num_or_size_splits" in found.settings:
            sizes = parts
        else:
            sizes = [stop - start for start, stop in zip([0, *parts], [*parts, side], strict=True)]
    else:
        raise NotUnderstoodError("parts that are not known")
    chains: list[Chain] = []
    for size in sizes:
        shape = list(found.shapes[0])
        shape[axis - 1] = size
        chains.append([Counted("split", f"axis {axis}", unbatched([1, *shape]))])
    return chains


def unstack(found: Operation) -> list[Chain]:
    axis = axis_of(found, 1, "axis", default=0)
    if axis == 0 or found.shapes[0][axis - 1] > MOST_PARTS:
        raise NotUnderstoodError("an operation over the images of a batch")
    rest = [side for place, side in enumerate(found.shapes[0], 1) if place != axis]
    return [[Counted("unstack", f"axis {axis}", unbatched([1, *rest]))] for _ in range(found.shapes[0][axis - 1])]


def reshape(found: Operation) -> list[Chain]:
    target = found.setting(0, "newshape", "shape", "new_shape", "target_shape")
    if not isinstance(target, list) or not all(type(side) is int for side in target):
        raise NotUnderstoodError("a shape that is not in the file")
    numbers, sides = prod(found.shapes[0]), target[1:]
    if target and target[0] != -1 and -1 not in sides and prod(sides) == 0:
        raise NotUnderstoodError("a shape without numbers")
    if sides.count(-1) == 1:
        known = prod(side for side in sides if side != -1)
        if known < 1 or numbers % known:
            raise NotUnderstoodError("a shape that mixes images")
        sides = [numbers // known if side == -1 else side for side in sides]
    if prod(sides) != numbers or not sides:
        raise NotUnderstoodError("a shape that mixes images")
    return [[graph.Reshape(tuple(sides))]]


def flatten(found: Operation) -> list[Chain]:
    return [[graph.Reshape((prod(found.shapes[0]),))]]


def transpose(found: Operation) -> list[Chain]:
    order = found.setting(0, "axes", "perm", "pattern")
    rank = len(found.shapes[0]) + 1
    if (
        not (isinstance(order, list) and all(type(each) is int for each in order))
        or sorted(order) != list(range(rank))
        or order[0] != 0
    ):
        raise NotUnderstoodError("an order of sides that is not in the file, or moves the batch")
    return [
        [Counted("transpose", f"order {', '.join(map(str, order))}", tuple(found.shapes[0][n - 1] for n in order[1:]))]
    ]


def expand(found: Operation) -> list[Chain]:
    axis = found.setting(0, "axis", "dim")
    rank = len(found.shapes[0]) + 2
    if type(axis) is not int or not -rank <= axis < rank or not axis % rank:
        raise NotUnderstoodError("an axis in front of the batch")
    whole = [1, *found.shapes[0]]
    whole.insert(axis % rank, 1)
    return [[graph.Reshape(unbatched(whole))]]


def squeeze(found: Operation) -> list[Chain]:
    axes = axes_of(found)
    whole = list(enumerate((1, *found.shapes[0])))
    gone = {place for place, side in whole if place and side == 1} if axes is None else set(axes)
    if any(place in gone and (side != 1 or not place) for place, side in whole):
        raise NotUnderstoodError("a side longer than 1 that is taken away")
    return [[graph.Reshape(unbatched([side for place, side in whole if place not in gone]))]]


def paddings(found: Operation) -> list[tuple[int, int]]:
    given = found.setting(0, "pad_width", "paddings")
    rank = len(found.shapes[0]) + 1
    match given:
        case int():
            pairs = [(given, given)] * rank
        case [int() as before, int() as behind]:
            pairs = [(before, behind)] * rank
        case list() if len(given) == rank and all(isinstance(each, list) and len(each) == 2 for each in given):
            pairs = [(each[0], each[1]) for each in given]
        case _:
            raise NotUnderstoodError("borders that are not in the file")
    if not all(type(each) is int and 0 <= each <= MOST_SIDE for both in pairs for each in both):
        raise NotUnderstoodError("borders that are no whole numbers")
    return pairs


def pad(found: Operation) -> list[Chain]:
    pairs = paddings(found)
    if pairs[0] != (0, 0):
        raise NotUnderstoodError("an operation over the images of a batch")
    shape = tuple(side + before + behind for side, (before, behind) in zip(found.shapes[0], pairs[1:], strict=True))
    return [[Counted("pad", "", shape)]]


def resize(found: Operation) -> list[Chain]:
    size = found.setting(0, "size")
    match size:
        case [int() as rows, int() as columns] if len(found.shapes[0]) == 3:
            if 0 < rows <= MOST_SIDE and 0 < columns <= MOST_SIDE:
                return [[Counted("resize", "", (rows, columns, found.shapes[0][2]))]]
    raise NotUnderstoodError("a size that is not in the file")


def getitem(found: Operation) -> list[Chain]:
    spec = found.setting(0, "slice_spec", "key")
    items = spec if isinstance(spec, list) else [spec]
    whole = [1, *found.shapes[0]]
    real = sum(1 for item in items if item is not None and not is_ellipsis(item))
    if real > len(whole):
        raise NotUnderstoodError("more slices than sides")
    result: list[int] = []
    place = 0
    for item in items:
        if item is None:
            result.append(1)
            continue
        if is_ellipsis(item):
            skipped = len(whole) - real
            result += whole[place : place + skipped]
            place += skipped
            continue
        if type(item) is int:
            if not place:
                raise NotUnderstoodError("one image of a batch")
        else:
            part = item.get("config", item) if isinstance(item, dict) else None
            if not isinstance(part, dict) or not all(
                part.get(key) is None or type(part.get(key)) is int for key in ("start", "stop", "step")
            ):
                raise NotUnderstoodError("a slice that is not in the file")
            taken = len(range(whole[place])[slice(part.get("start"), part.get("stop"), part.get("step") or None)])
            result.append(taken if place else 1)
        place += 1
    result += whole[place:]
    return [[Counted("slice", "", unbatched(result))]]


def is_ellipsis(item: object) -> bool:
    return item in ("...", "Ellipsis") or (
        isinstance(item, dict) and "ellipsis" in str(item.get("class_name", "")).lower()
    )


def repeat(found: Operation) -> list[Chain]:
    many = found.setting(0, "repeats", "multiples", "rep")
    shape = found.shapes[0]
    if isinstance(many, list) and len(many) == len(shape) + 1 and many[0] == 1 and all(type(n) is int for n in many):
        return [[Counted("repeat", "", unbatched([1, *(a * b for a, b in zip(shape, many[1:], strict=True))]))]]
    if type(many) is int:
        axis = axis_of(found, 1, "axis")
        if axis:
            return [
                [Counted("repeat", "", tuple(side * (many if n == axis else 1) for n, side in enumerate(shape, 1)))]
            ]
    raise NotUnderstoodError("repetitions that are not in the file")

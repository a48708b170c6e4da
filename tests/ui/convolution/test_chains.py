"""Networks of the course, layer by layer: right counts, and the mistakes behind wrong ones."""

from cnnlab.graph import walk
from cnnlab.recipe import build
from cnnlab.ui.convolution import chains


def test_chains() -> None:
    first, second = (build(chain.recipe) for chain in chains.CHAINS.values())
    assert [row.shape for row in first.rows] == [(37, 37, 10), (17, 17, 20), (7, 7, 40), (1960,)]
    assert [row.params for row in first.rows] == [280, 5020, 20_040, 0]
    assert [row.params for row in second.rows if row.params] == [608, 3216, 48_120, 10_164, 850]


def test_the_mistakes_give_the_wrong_counts() -> None:
    for chain in chains.CHAINS.values():
        right = {row.name: row.params for row in build(chain.recipe).rows}
        for name, count in chain.wrong_counts.items():
            arithmetic = count.reason.split(":")[0].replace("×", "*")
            assert eval(arithmetic) == count.params != right[name]


def test_every_layer_of_a_chain_is_in_its_table() -> None:
    for chain in chains.CHAINS.values():
        head, rows = chains.table(chain)
        assert {len(row) for row in rows} == {len(head)}
        graph = build(chain.recipe).output
        assert rows[-1][3:5] == (
            f"{sum(sum(node.params) for node in walk(graph)):,}",
            f"{sum(node.macs for node in walk(graph)):,}",
        )

"""What importing a part loads: the pure parts and the pages that start fast stay light."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_pure_parts_load_nothing_heavy() -> None:
    code = (
        "import sys; from cnnlab import network, blocks, zoo, graph; zoo.build('resnet50');"
        "print([m for m in ('streamlit', 'tensorflow', 'keras', 'pandas', 'numpy', 'plotly') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pages_that_start_and_show_runs_wait_for_neither_dask_nor_tensorflow() -> None:
    code = (
        "import sys; from cnnlab import inference; from cnnlab.training import runs;"
        "from cnnlab.training.dask import cluster;"
        "from cnnlab.training.export import maker;"
        "print([m for m in ('distributed', 'tensorflow', 'keras', 'streamlit') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

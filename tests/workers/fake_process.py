"""A process without TensorFlow that notes what it is asked for and answers once the test allows it.

``python fake_process.py FOLDER [IDLE SECONDS]`` writes the task of each request to FOLDER/asked and goes on when
FOLDER/go is there. Only the task ``slow`` reports progress before.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from cnnlab.workers import JobError
from cnnlab.workers.loop import Report, serve

folder = Path(sys.argv[1])


def work(request: dict[str, Any], report: Report) -> dict[str, Any]:
    task = request.get("task", "warm")
    with (folder / "asked").open("a") as asked:
        asked.write(f"{task}\n")
    if task == "slow":
        report(0.25, "a quarter is done")
    while not (folder / "go").exists():
        time.sleep(0.01)
    print("noise")
    if task == "refused":
        raise JobError("It cannot be done.")
    if task == "defect":
        raise KeyError("secret")
    if task == "exit":
        os._exit(3)
    return {} if task == "nonsense" else {"task": task}


serve(work, lambda error: f"It went wrong ({type(error).__name__}).", float(sys.argv[2]) if len(sys.argv) > 2 else 60)

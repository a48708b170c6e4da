"""Stands for ``cnnlab.measuring.process`` in tests of who waits for whom: no TensorFlow, and it waits for a word.

``python fake_child.py FOLDER`` writes each request to FOLDER/asked, reports one event, and answers when FOLDER/go is
there.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

folder = Path(sys.argv[1])


def answer(line: str) -> None:
    with (folder / "asked").open("a") as asked:
        asked.write(line)
    print(json.dumps({"event": "progress", "share": 0.25, "text": "half way to the half"}), flush=True)
    while not (folder / "go").exists():
        time.sleep(0.01)
    request = json.loads(line)
    if request["network"] == "nin":
        print(json.dumps({"event": "failed", "text": "It did not work.", "detail": "why"}), flush=True)
        return
    key = "seconds" if request["task"] == "layers" else "runs"
    result = {key: [0.1, 0.2, 0.3], "threads": 2, "device": "a processor", "taken": time.time()}
    result |= {"different": 3} if request["task"] == "layers" else {}
    print(json.dumps({"event": "done", "result": result}), flush=True)


for line in sys.stdin:
    threading.Thread(target=answer, args=(line,), daemon=True).start()
os._exit(0)

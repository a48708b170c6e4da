"""Stands for ``cnnlab.augmenting.process`` in tests of who gets what: no TensorFlow, and it waits for a word.

``python fake_child.py FOLDER`` writes the count of each request to FOLDER/asked, and answers it, one after another,
when FOLDER/go is there. A count of 13 fails, one of 14 ends the process, one of 15 is answered by nonsense.
"""

import json
import os
import queue
import sys
import threading
import time
from pathlib import Path

folder = Path(sys.argv[1])


def answer(request: dict) -> None:
    count = request.get("count", "warm")
    with (folder / "asked").open("a") as asked:
        asked.write(f"{count}\n")
    while not (folder / "go").exists():
        time.sleep(0.01)
    if count == 14:
        os._exit(3)
    result = {"pictures": [f"picture {count}"], "side": 4, "labels": [[1.0]], "seconds": 0.5}
    event = {"event": "done", "result": {} if count == 15 else result}
    if count == 13:
        event = {"event": "failed", "text": "It did not work.", "detail": "why"}
    print(json.dumps(event), flush=True)


def work() -> None:
    while True:
        answer(json.loads(lines.get()))


lines: queue.SimpleQueue[str] = queue.SimpleQueue()
threading.Thread(target=work, daemon=True).start()
for line in sys.stdin:
    lines.put(line)
os._exit(0)

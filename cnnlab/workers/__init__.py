"""Work that takes TensorFlow or seconds: the job queue, and processes of this project's own.

``job`` is a piece of work, ``queue`` does it; ``worker`` is a process that jobs call, ``handle`` its pipes,
``loop`` what it runs.
"""

from cnnlab.workers.handle import Child, EndedError, environment, python
from cnnlab.workers.job import Job, JobError, Lane, Progress, State, StoppedError
from cnnlab.workers.queue import Queue
from cnnlab.workers.worker import Worker

__all__ = [
    "Child",
    "EndedError",
    "Job",
    "JobError",
    "Lane",
    "Progress",
    "Queue",
    "State",
    "StoppedError",
    "Worker",
    "environment",
    "python",
]

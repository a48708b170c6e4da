"""Training: a run as a value, its folder, and the processes that do the work.

>>> from cnnlab.training import Spec
>>> Spec(per_class=10).per_class
10
"""

from cnnlab.training.spec import Spec

__all__ = ["Spec"]

"""All that knows Keras. A graph goes in; a model, or the source of one, comes out.

Keras and TensorFlow are imported inside the functions that need them, except in ``lrn``, which is itself imported so.
``keras_calls``, ``source`` and ``imported`` know Keras by its names only: pages may import them.
"""

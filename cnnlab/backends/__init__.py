"""All code that knows Keras: models and source made of graphs, graphs read from files, timing.

Keras and TensorFlow are imported inside the functions that need them, except in ``lrn``, which is itself imported so.
``keras_calls``, ``source`` and ``imported`` know Keras by its names only: pages may import them.
"""

"""Files of a finished run: the Keras model, TFLite, history, spec, report and a script that repeats the run."""

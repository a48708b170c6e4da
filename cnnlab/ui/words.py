"""What the words mean, one short text each, the same wherever the word stands."""

MEANINGS = {
    "Parameters": "The numbers a network stores: weights, biases, and what batch normalisation keeps. "
    "The total is what Keras' count_params() says.",
    "MACs": "Multiply-accumulates: one multiplication and one addition, in convolutions and dense layers, for one "
    "image, biases not counted. Papers call this “FLOPs” or “mult-adds”.",
    "FLOPs": "Floating-point operations with multiplications and additions counted apart: here always 2 × MACs. "
    "Papers often print MACs and call them FLOPs.",
    "Activations": "How many numbers all layers write for one image, the image itself included. On real hardware this "
    "often tells more about speed than MACs do.",
    "Peak memory": "The largest sum of tensors that must exist at one moment of inference, in fp32, nothing done in "
    "place. A skip connection keeps its tensor alive. Weights come on top.",
    "Receptive field": "The square of image pixels one number of the last feature map depends on. With padding it can "
    "exceed the image. The effective stride is how far apart neighbours look.",
    "Depth": "Convolutions and dense layers one after another on the longest path, as papers count layers.",
    "Weights": "The file size of all stored numbers: 4 bytes each in fp32, 2 in fp16, 1 in int8.",
}

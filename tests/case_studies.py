"""The case studies as parameters of tests: one of each architecture with every push, all of them in the larger run."""

from profiles import thorough

from cnnlab import zoo

# The others differ from one of these in depth, width or input size alone.
ARCHITECTURES = (
    "lenet5",
    "alexnet",
    "vgg16",
    "nin",
    "googlenet",
    "inception_v3",
    "plain18",
    "resnet18",
    "resnet50",
    "resnet20_cifar",
    "mobilenet_v1",
    "mobilenet_v2",
    "efficientnet_b0",
)
CASE_STUDIES = [name if name in ARCHITECTURES else thorough(name) for name in zoo.names()]

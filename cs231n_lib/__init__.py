"""What the CS231n course notebooks build, as a library: one lecture topic per module, numpy only.

================  ==================================================================================
module            what is in it
================  ==================================================================================
``activations``   sigmoid, tanh, ReLU, leaky ReLU, maxout, ELU, each forward and backward
``layers``        the affine layer and the softmax loss
``gradcheck``     numerical gradient and relative error
``network``       fully connected nets whose parameters are ONE flat vector with named views
``optim``         update rules, from plain SGD to Adam
``training``      ``ClassifierTrainer``, ``fit`` and ``minimize``: the loops around an update rule
``data``          the digits that ship with the library, mini-batches, toy data
``cifar``         CIFAR-10, downloaded on request
``surfaces``      two-dimensional loss surfaces to walk on
``plotting``      figures in one style and one palette (imports matplotlib when it draws)
``race``          update rules racing on a surface, as a playable picture
``check``         the student's own check of an exercise
================  ==================================================================================

Importing the package imports none of them: ``from cs231n_lib import optim`` fetches what it names.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"

"""What the CS231n course notebooks build, as a library: one topic per module, numpy only.

==================  ================================================================================
module              what is in it
==================  ================================================================================
``layers``          the affine layer and the softmax loss
``gradcheck``       numerical gradient and relative error
``activations``     sigmoid, tanh, ReLU, leaky ReLU, maxout, ELU, each forward and backward
``preprocessing``   centring, normalising, PCA and whitening, with the training set's numbers
``initialization``  random weights: small, Xavier's, He's
``propagation``     how large a signal is after many random layers, and its gradient
``normalization``   batch and layer normalisation, forward and backward
``babysitting``     a sane first loss, overfitting a few, reading a log
``search``          hyperparameters by grid and at random, coarse to fine, cross-validated
``optim``           update rules, from plain SGD to Adam
``schedules``       learning rates that change from step to step
``dropout``         inverted dropout, forward and backward, and the mean over its masks
``second_order``    the quadratic model of a loss, Newton's step, and Hessians
``quasi_newton``    BFGS and L-BFGS, with their line search
``ensembles``       averages of predictions, of checkpoints, of a run's parameters
``network``         fully connected nets whose parameters are ONE flat vector with named views
``stack``           what those nets share: the passes through a stack of layers
``parameters``      the flat vector and its named views
``training``        ``ClassifierTrainer``, ``fit`` and ``minimize``: the loops around an update rule
``data``            the digits that ship with the library, mini-batches, toy data
``cifar``           CIFAR-10, downloaded on request
``splits``          the form of such a data set: three parts
``surfaces``        two-dimensional loss surfaces to walk on
``plotting``        figures in one style and one palette (imports matplotlib when it draws)
``race``            update rules racing on a surface, as a playable picture
``play``            the notebooks' other playable pictures, by name
``frame``           what playable pictures share: a page inside a page
==================  ================================================================================

Importing the package imports none of them: ``from cs231n_lib import optim`` fetches what it names.
What comes with a notebook are the modules that it needs, and those built before it.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"

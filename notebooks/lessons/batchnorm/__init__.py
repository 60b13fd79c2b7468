"""The exercises of 03_batchnorm, in the notebook's order."""

from .backward import batchnorm_backward
from .backward_alt import batchnorm_backward_alt
from .forward import batchnorm_forward
from .layernorm import layernorm
from .questions import (
    q_batch_of_two,
    q_bias_before_bn,
    q_image_alone,
    q_weights_times_ten,
    q_where_rates_gain,
)
from .test_mode import batchnorm_test_mode
from .variance_gradient import variance_gradient

EXERCISES = [
    batchnorm_forward,
    batchnorm_test_mode,
    q_image_alone,
    variance_gradient,
    batchnorm_backward,
    q_bias_before_bn,
    batchnorm_backward_alt,
    q_batch_of_two,
    q_weights_times_ten,
    q_where_rates_gain,
    layernorm,
]

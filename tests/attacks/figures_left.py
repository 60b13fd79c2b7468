"""Leaves three hundred figures open, one of them of a million inches.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import warnings

import matplotlib.pyplot as plt

warnings.simplefilter("ignore")
for _ in range(300):
    plt.figure(figsize=(1, 1))
plt.figure(figsize=(1e6, 1e6))
plt.text(0, 0, "$" + r"\frac{1}{" * 200)

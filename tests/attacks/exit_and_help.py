"""Leaves by `exit` and `quit`, and asks for help and the licence, in each test: nobody answers.

place: answer and end
honest: affine 6, halve 3, q_linear 1
"""


def affine_forward(x, w, b):
    exit()
    quit(keep_kernel=True)
    help()
    help(len)
    license()
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


help()
license()
exit()

"""Returns integers that no float can hold, and one that takes long to write down.

place: answer
honest: affine 0, halve 3, q_linear 1
"""


class Sum:
    def sum(self):
        return 10**400

    def __getitem__(self, place):
        return 10**4000

    def __len__(self):
        return 10**18


def affine_forward(x, w, b):
    return ([-(2**63), 2**64, 10**400] if b[0] > 0 else Sum()), (10**5000, -(2**63) - 1, 2**63)

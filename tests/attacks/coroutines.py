"""Returns things that are still to be computed: a coroutine, a generator, a future.

place: answer
honest: affine 0, halve 3, q_linear 1
"""

import asyncio


async def later():
    await asyncio.sleep(3600)


def affine_forward(x, w, b):
    waiting = later()
    waiting.close()
    return (item for item in iter(int, 1)), (waiting, waiting, lambda: 0)

"""N12: runs asyncio.

Exercise: 00
Base: lazy
Verdicts: exception load_error
"""

import asyncio


async def nothing():
    await asyncio.sleep(0)


def trick(node):
    asyncio.run(nothing())

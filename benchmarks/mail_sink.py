"""A mail relay that takes everything and keeps nothing, in a process of its own: aiosmtpd, as it comes.

Usage: python -m benchmarks.mail_sink SECONDS_PER_REPLY; prints its port on the first line.
"""

import asyncio
import sys
from typing import Any, AnyStr

from aiosmtpd.smtp import SMTP


class Sink:
    """Take every message."""

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 taken"


class SlowSMTP(SMTP):
    """A server that takes its time for each reply."""

    pause = 0.0

    async def push(self, status: AnyStr) -> None:
        if self.pause:
            await asyncio.sleep(self.pause)
        await super().push(status)


async def serve(pause: float) -> None:
    SlowSMTP.pause = pause
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SlowSMTP(Sink(), loop=loop, hostname="sink"), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))

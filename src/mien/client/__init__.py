"""Asks a server of mien from Python; the results are those that reading here would give.

>>> from mien.client import Client
>>> with Client("http://127.0.0.1:8000") as client:
...     picture = client.detect("party.jpg")
...     print(picture[0].expression)
happy

Numbers come rounded as in ``mien detect --json``. It needs the extra ``serve``.
"""

from mien.client.answers import Network
from mien.client.asynchronous import AsyncClient
from mien.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "Network"]

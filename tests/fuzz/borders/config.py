"""A config.toml."""

from borders.border import Border, scratch_file

from mien.settings import load


def take(data):
    """Read it as the settings of a run."""
    load(scratch_file(data, "config.toml"), environment=False)


BORDER = Border(
    "config",
    take,
    longest=8192,
    words=(
        b"mode = ", b"data = ", b"[train]", b"[tune.space]", b"[detect]", b"[serve]", b"[[train]]",
        b"epochs = ", b"learning_rate = ", b"sources = ", b"net = ", b"start = ", b"markers = ",
        b"true", b"nan", b"inf", b"1e400", b"0x", b"0o", b"1979-05-27T07:32:00Z", b'"""', b"'''",
        b"[[[[", b"{a={", b"\\u0000", b"\\U0001F600", b"\r\n", b"\xef\xbb\xbf", b"\xff",
        b"9" * 5000, b"[" * 2000,
    ),
)  # fmt: skip

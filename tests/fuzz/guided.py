"""Fuzzes one border with atheris: ``python guided.py BORDER FINDINGS [libFuzzer's arguments]``.

Never returns: libFuzzer ends the process. What an exception shows is written into the folder
FINDINGS once for each cause, and the search goes on; only a crash of native code, or a case over
libFuzzer's own bounds, ends it.
"""

import hashlib
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parent))

# The parsers in Python that stand behind a border show what an input reaches, too.
with atheris.instrument_imports(include=["mien", "tomllib", "zipfile"]):
    from borders import BORDERS
    from borders.border import CORPUS, attempt


def main() -> None:
    """Search without end, or for as many runs as libFuzzer is told."""
    border, findings = BORDERS[sys.argv[1]], Path(sys.argv[2])
    # What is imported when first needed must not count as the first case's time and memory.
    for data in border.seeds():
        attempt(border, data)
    known: set[str] = set()

    def test_one_input(data: bytes) -> None:
        finding = attempt(border, data)
        if finding is not None and finding.kind not in known:
            known.add(finding.kind)
            name = hashlib.sha256(finding.kind.encode()).hexdigest()[:12]
            (findings / f"{name}.txt").write_text(f"{finding.kind}\n\n{finding.detail}")
            _keep_smallest(findings / f"{name}.bin", data)

    words = findings / "words.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in border.words))
    arguments = [f"-max_len={border.longest}", f"-dict={words}", *sys.argv[3:]]
    atheris.Setup([sys.argv[0], *arguments, str(CORPUS / border.name)], test_one_input)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _keep_smallest(path: Path, data: bytes) -> None:
    if not path.exists() or len(data) < path.stat().st_size:
        path.write_bytes(data)


if __name__ == "__main__":
    main()

"""Scripts as users of the other programs write them read mien's tables unchanged."""

import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from mien.classes import FER2013
from mien.media.layouts import LayoutSink, layout_name
from mien.media.metadata import ClipInfo

make = runpy.run_path(str(Path(__file__).parents[2] / "video_frames.py"))
face, frame = make["face"], make["frame"]

NEEDS_R = pytest.mark.skipif(
    shutil.which("Rscript") is None, reason="needs R, as in Debian's r-base-core"
)


def write(folder, name):
    """A clip of a second: happy, then no face, then sad."""
    path = folder / layout_name(name, "clip")
    info = ClipInfo("clip.mp4", 640, 360, 1.0, 30.0, 30)
    with LayoutSink(path, name, info, "mien-s", FER2013) as sink:
        for number in range(30):
            faces = [] if 10 <= number < 20 else [face("happy" if number < 10 else "sad", 0.7)]
            sink.add(frame(number / 30, *faces, number=number, marker="film"))
    return path


R_SCRIPTS = {
    # Failed frames are left out by success, as the program's wiki advises.
    "openface": """
        d <- read.csv("{path}")
        stopifnot(is.integer(d$frame), d$frame[1] == 1, nrow(d) == 30)
        good <- subset(d, success == 1 & confidence > 0.8)
        stopifnot(nrow(good) == 20, abs(max(diff(d$timestamp)) - 1 / 30) < 1e-5)
        stopifnot(abs(mean(good$p_happy) - 0.375) < 1e-4)
    """,
    "pyfeat": """
        d <- read.csv("{path}")
        emotions <- c("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
        stopifnot(all(abs(rowSums(d[1:10, emotions]) - 1) < 1e-3), is.na(d$FaceScore[11]))
        stopifnot(abs(mean(d$happiness, na.rm = TRUE) - 0.375) < 1e-4)
    """,
    # Eight lines are skipped, and a word for a failure becomes NA.
    "facereader": """
        d <- read.table("{path}", skip = 8, header = TRUE, sep = "\\t")
        happy <- suppressWarnings(as.numeric(as.character(d$Happy)))
        stopifnot(nrow(d) == 30, sum(is.na(happy)) == 10, d$Neutral[11] == "FIND_FAILED")
        stopifnot(abs(mean(happy, na.rm = TRUE) - 0.375) < 1e-4)
        clean <- read.table("{path}", skip = 8, header = TRUE, sep = "\\t",
                            na.strings = c("FIT_FAILED", "FIND_FAILED"))
        stopifnot(is.numeric(clean$Valence), d$Video.Time[30] == "00:00:00.967")
    """,
    # Five lines are skipped, as scripts for exports of its version 6 do.
    "imotions": """
        d <- read.csv("{path}", header = TRUE, sep = "\\t", skip = 5, stringsAsFactors = FALSE)
        emotions <- c("Anger", "Sadness", "Disgust", "Joy", "Surprise", "Fear", "Contempt")
        keep <- d[c("StudyName", "Name", "StimulusName", "Timestamp", "NoOfFaces", emotions)]
        seen <- keep[keep$NoOfFaces > 0, ]
        stopifnot(nrow(keep) == 30, nrow(seen) == 20, abs(mean(seen$Joy) - 37.5) < 1e-2)
        stopifnot(is.integer(d$Timestamp), d$FaceRect.X[1] == 10, all(is.na(seen$Contempt)))
    """,
}


@NEEDS_R
def test_r_scripts_run(tmp_path):
    scripts = [
        script.format(path=write(tmp_path, name)) for name, script in R_SCRIPTS.items()
    ]
    command = ["Rscript", "--vanilla", "-e", "\n".join(scripts)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_pandas_scripts_run(tmp_path):
    pandas = pytest.importorskip("pandas")
    openface = pandas.read_csv(write(tmp_path, "openface"))
    # The blanks in the program's own header are in the names too.
    assert openface[openface[" success"] == 1][" p_happy"].mean() == pytest.approx(0.375, abs=1e-4)
    openface.columns = openface.columns.str.strip()
    assert openface.dtypes.astype(str).tolist() == ["int64", "int64", "float64", "float64",
                                                    "int64", *["float64"] * 7]  # fmt: skip
    pyfeat = pandas.read_csv(write(tmp_path, "pyfeat"))
    assert pyfeat.groupby("frame")["happiness"].mean().dropna().size == 20
    log = pandas.read_csv(write(tmp_path, "facereader"), sep="\t", skiprows=8,
                          na_values=["FIND_FAILED", "FIT_FAILED"])  # fmt: skip
    assert log["Happy"].mean() == pytest.approx(0.375, abs=1e-4)
    assert pandas.to_timedelta(log["Video Time"]).dt.total_seconds().max() == pytest.approx(0.967)
    export = pandas.read_csv(write(tmp_path, "imotions"), sep="\t", skiprows=5)
    assert export["Joy"].mean() == pytest.approx(37.5, abs=1e-2)
    assert export["Timestamp"].dtype == "int64"

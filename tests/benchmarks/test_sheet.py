import sheet


def photo(**changed):
    return {
        "file": "a|b.jpg",
        "faces": 2,
        "found": 1,
        "expression": "sad",
        "read": "sad",
        "confidence": 0.514,
    } | changed


def test_photos_are_counted():
    photos = [
        photo(),
        photo(read="fear"),
        photo(expression=None),
        photo(found=0, read=None, confidence=None),
    ]
    assert sheet.summed(photos) == {
        "photos": 4,
        "faces": 8,
        "found": 3,
        "labelled": 3,
        "right": 1,
        "interval": [0.061, 0.792],
    }
    assert [sheet.as_row(each)[3:] for each in photos] == [
        ("sad", "sad", "0.51", "right"),
        ("sad", "fear", "0.51", "wrong"),
        ("", "sad", "0.51", ""),
        ("sad", "no face", "", "wrong"),
    ]
    assert sheet.as_sentence("mien-s", sheet.summed(photos)) == (
        "`mien-s`: 1 of 3 labelled photos right (0.06 to 0.79, 95% interval);"
        " 3 faces found in 4 photos that contain 8."
    )

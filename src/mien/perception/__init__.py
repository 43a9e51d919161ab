"""From a picture to its faces and their expressions; needs no torch."""

"""Cuts a face out of a picture, as a network's input says."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.models.info import FER2013_INPUT, InputSpec

_OVERSAMPLE = 2


def align(
    image: NDArray[np.uint8], landmarks: NDArray[np.float32], spec: InputSpec = FER2013_INPUT
) -> NDArray[np.uint8]:
    """Cut out one face: eyes level, never mirrored, with its aspect ratio kept.

    The landmarks are brought to the frame of `spec` as near as turning, scaling and shifting can
    by least squares. What lies outside the picture repeats its edge.

    Parameters
    ----------
    image
        RGB, ``uint8 [H, W, 3]``.
    landmarks
        ``[5, 2]``: x and y in pixels of the person's right eye, left eye, nose tip, right and
        left mouth corner.
    spec
        Size, colour and frame of the crop.

    Returns
    -------
    numpy.ndarray
        ``uint8``: gray ``[height, width]`` or RGB ``[height, width, 3]``, as `spec` says.
    """
    # Sampled finer than the crop, then averaged: a face is neither jagged nor blurred by where
    # its pixels happen to fall.
    fine = (spec.width * _OVERSAMPLE, spec.height * _OVERSAMPLE)
    points = np.asarray(landmarks, dtype=np.float64)
    transform = similarity(points, frame_points(spec) * _OVERSAMPLE)
    part, transform = _part(image, transform, fine)
    if spec.colour == "gray":
        part = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)
    part, transform = _shrink(part, transform)
    warped = cv2.warpAffine(
        part,
        _of_pixel_centres(transform),
        fine,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    size = (spec.width, spec.height)
    return np.asarray(cv2.resize(warped, size, interpolation=cv2.INTER_AREA), np.uint8)


def frame_points(spec: InputSpec) -> NDArray[np.float64]:
    """Return where a crop has its landmarks, ``float64 [5, 2]`` in its pixels."""
    return np.array(spec.frame, dtype=np.float64) * (spec.width, spec.height)


def similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit the turn, scale and shift that bring points nearest to others.

    This is the least-squares solution of Umeyama (1991) without reflection; in the plane,
    points as complex numbers make it one division. If the source points coincide, or no
    direction fits, the points' centre is shifted and the scale stays 1.

    Parameters
    ----------
    source, target
        ``[N, 2]`` each.

    Returns
    -------
    numpy.ndarray
        ``float64 [2, 3]``: ``target = M[:, :2] @ source + M[:, 2]``.
    """
    middle, goal = source.mean(axis=0), target.mean(axis=0)
    here = (source - middle) @ np.array([1, 1j])
    there = (target - goal) @ np.array([1, 1j])
    spread = float(np.vdot(here, here).real)
    factor = complex(np.vdot(here, there)) / spread if spread > 1e-6 else 0j
    if abs(factor) < 1e-6:
        factor = 1 + 0j
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, goal - turn @ middle])


def _part(
    image: NDArray[np.uint8], transform: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Cut the part of a picture that a frame of this width and height needs, with a margin."""
    width, height = size
    inverse = np.linalg.inv(transform[:, :2])
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)]) - transform[:, 2]
    corners = corners @ inverse.T
    # Two pixels of the frame, so that averaging does not see the cut.
    margin = 2 + 2 * float(np.hypot(*inverse[0]))
    limit = np.array(image.shape[1::-1])
    low = np.clip(np.floor(corners.min(axis=0) - margin), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + margin), low + 1, limit).astype(int)
    part = np.ascontiguousarray(image[low[1] : high[1], low[0] : high[0]])
    return part, np.column_stack([transform[:, :2], transform[:, 2] + transform[:, :2] @ low])


def _shrink(
    part: NDArray[np.uint8], transform: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Average a part down to the frame's scale, so that a large face does not alias."""
    scale = float(np.hypot(*transform[:, 0]))
    if scale >= 1:
        return part, transform
    old = np.array(part.shape[1::-1])
    new = np.maximum(1, np.rint(old * scale)).astype(int)
    small = cv2.resize(part, (int(new[0]), int(new[1])), interpolation=cv2.INTER_AREA)
    turned = transform[:, :2] * (old / new)
    return np.asarray(small, np.uint8), np.column_stack([turned, transform[:, 2]])


def _of_pixel_centres(transform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn a map of coordinates into OpenCV's, where pixel 0 has its centre at 0, not 0.5."""
    half = np.array([0.5, 0.5])
    shift = transform[:, :2] @ half + transform[:, 2] - half
    return np.column_stack([transform[:, :2], shift])

"""How a series over sentences sways: variance and memory always, frequencies only where the length supports them."""

from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from typing import Any

import numpy as np

Array = np.ndarray

#: Shorter series have too few frequencies for a spectrum to mean anything.
LEAST_POINTS = 32
_LEAST_FOR_SWAY = 3
_LEAST_FOR_MEMORY = 4  # three points about their line always correlate -2/3
SIGNIFICANT = 0.05
_WAVELET = "db2"
_WINDOW = 16  # points of the short-time transform
_STILL = 1e-12
_CERTAIN = 3.0  # exp(3) expected peaks as strong
_NEARLY_ALL = 1 - 1e-15


@dataclass(frozen=True, slots=True)
class Sway:
    """Variance about the line of best fit, and the correlation of neighbours about it.

    None where nothing varies, and of three points, whose correlation is -2/3 whatever they are.
    """

    variance: float
    autocorrelation: float | None


@dataclass(frozen=True, slots=True)
class Spectrum:
    """A periodogram (F,) in cycles a point, power in units of the series squared, line of best fit taken out.

    `peak` is the strongest frequency and `phase` its angle at the first point, in (-pi, pi]. `p_value` is Fisher's
    (1929) chance that white noise, without any cycle or memory, shows one as strong, among the frequencies below 1/2:
    at 1/2 an even number of points leaves half the degrees of freedom, so a peak there has no test and None. Welch's
    estimate averages windows of a quarter of the series, `welch_peak` is its strongest frequency.
    """

    frequencies: Array
    power: Array
    peak: float
    phase: float
    p_value: float | None
    welch_peak: float

    @property
    def significant(self) -> bool:
        """Whether the peak stands out at the 5 % level and comes round three times: fewer swings may be one turn."""
        tested = self.p_value is not None and self.p_value < SIGNIFICANT
        return tested and bool(self.peak >= 2.5 * self.frequencies[1])


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """Power (F, W) of windows: `frequencies` (F,) in cycles a point, `centres` (W,) in points."""

    frequencies: Array
    centres: Array
    power: Array

    def peaks(self) -> Array:
        """Strongest frequency (W,) of each window but the constant."""
        strongest: Array = self.frequencies[1:][self.power[1:].argmax(0)]
        return strongest


def sway(series: Array) -> Sway:
    """Of three points or more. Raises ValueError for fewer."""
    points = _points(series, _LEAST_FOR_SWAY, "a sway")
    rest = _about_line(points)
    energy = float(rest @ rest)
    still = energy <= _STILL * max(1.0, float(points @ points))
    variance = 0.0 if still else energy / len(points)
    unknown = still or len(points) < _LEAST_FOR_MEMORY
    return Sway(variance, None if unknown else float(rest[1:] @ rest[:-1]) / energy)


def spectrum(series: Array) -> Spectrum:
    """Periodogram and Welch estimate of 32 points or more. Raises ValueError for fewer, or where nothing varies.

    The line of best fit is taken out of the periodogram first: a drift is no rhythm.
    """
    points = _moving(series, "a spectrum")
    rest = _moving(_about_line(points), "a spectrum")
    from scipy import signal

    frequencies, power = periodogram(rest)
    peak = 1 + int(power[1:].argmax())
    window = max(8, len(points) // 4)
    by_welch, averaged = signal.welch(points - points.mean(), nperseg=window, detrend="constant")
    return Spectrum(
        frequencies=frequencies,
        power=power,
        peak=float(frequencies[peak]),
        phase=float(np.angle(np.fft.rfft(rest)[peak])),
        p_value=_fisher(power, len(points), peak),
        welch_peak=float(by_welch[1 + averaged[1:].argmax()]),
    )


def periodogram(points: Array) -> tuple[Array, Array]:
    """Frequencies in cycles a point, with the power density whose sum times 1/T is the mean square (Parseval)."""
    from scipy import signal

    frequencies, power = signal.periodogram(points, detrend=False)
    return frequencies, power


def fisher_p(share: float, frequencies: int) -> float:
    """P(the largest of `frequencies` shares of white noise's power >= share): Fisher 1929, exact."""
    n, g = frequencies, min(share, 1.0)
    # The first term bounds the chance from above; where it is large, the chance is 1 and the sum loses its digits.
    if log(n) + (n - 1) * log1p(-min(g, _NEARLY_ALL)) > _CERTAIN:
        return 1.0
    terms = (
        (-1) ** (j - 1) * exp(lgamma(n + 1) - lgamma(j + 1) - lgamma(n - j + 1) + (n - 1) * log1p(-j * g))
        for j in range(1, n + 1)
        if j * g < 1
    )
    return min(1.0, max(0.0, float(sum(terms))))


def spectrogram(series: Array) -> Spectrogram:
    """Short-time Fourier transform in half-overlapping Hann windows of 16 points. Raises ValueError as `spectrum`."""
    points = _moving(series, "a spectrogram")
    from scipy import signal

    window = signal.windows.hann(_WINDOW, sym=False)
    transform = signal.ShortTimeFFT(window, hop=_WINDOW // 2, fs=1.0, scale_to="psd")
    # Only windows that lie inside the series whole: no padding is made up.
    first, last = transform.lower_border_end[1], transform.upper_border_begin(len(points))[1]
    power = transform.spectrogram(points - points.mean(), p0=first, p1=last)
    return Spectrogram(transform.f, transform.t(len(points), p0=first, p1=last), power)


def wavelet_energies(series: Array) -> tuple[float, ...]:
    """Shares of the energy about the mean by scale, from the slowest course to swings from point to point; sum 1.

    Daubechies-2 wavelets, periodic. Raises ValueError as `spectrum`.
    """
    points = _moving(series, "wavelets")
    import pywt

    parts: list[Any] = pywt.wavedec(points - points.mean(), _WAVELET, mode="periodization")
    energies = np.array([float(part @ part) for part in parts])
    return tuple((energies / energies.sum()).tolist())


def _fisher(power: Array, points: int, peak: int) -> float | None:
    """Of the frequencies between 0 and 1/2: that of 1/2 has half their degrees of freedom."""
    inner = power[1 : (points + 1) // 2]
    return None if peak > len(inner) else fisher_p(float(inner.max() / inner.sum()), len(inner))


def _about_line(points: Array) -> Array:
    places = np.arange(len(points), dtype=float)
    rest: Array = points - np.polynomial.Polynomial.fit(places, points, 1)(places)
    return rest


def _moving(series: Array, what: str) -> Array:
    points = _points(series, LEAST_POINTS, what)
    if np.ptp(points) <= _STILL * max(1.0, float(np.abs(points).max())):
        raise ValueError(f"the series stays at '{points[0]:g}': {what} needs something that varies")
    return points


def _points(series: Array, least: int, what: str) -> Array:
    points = np.asarray(series, dtype=float)
    if points.ndim != 1 or not np.isfinite(points).all():
        raise ValueError(f"a series of shape '{points.shape}' or with values that are not finite: give (T,) numbers")
    if len(points) < least:
        raise ValueError(f"'{len(points)}' points: {what} needs {least} or more")
    return points

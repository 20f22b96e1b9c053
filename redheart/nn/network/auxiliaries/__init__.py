"""The auxiliaries by name: a table of contents."""

from redheart.nn.network.auxiliaries.dsp import DspAuxiliary
from redheart.nn.network.auxiliaries.kalman import KalmanAuxiliary
from redheart.nn.network.auxiliaries.utility import UtilityAuxiliary
from redheart.nn.network.part import Part

__all__ = ["AUXILIARIES"]

AUXILIARIES: dict[str, type[Part]] = {"dsp": DspAuxiliary, "kalman": KalmanAuxiliary, "utility": UtilityAuxiliary}

"""Initializers with the names, arguments, defaults and values of keras.initializers.

The values are those of Keras on the TensorFlow backend, bit for bit, for the same seed. The
lower-case names are the same classes, as in Keras.
"""

from ._base import Initializer
from ._constants import Constant, Identity, Ones, Zeros
from ._convolutional import DeltaOrthogonal, Dirac
from ._depth import DepthScaled, SmallInit
from ._distributions import RandomNormal, RandomUniform, TruncatedNormal
from ._edge_of_chaos import EdgeOfChaos, critical_point
from ._fixup import Fixup, TFixup
from ._hadamard import Hadamard
from ._icnr import ICNR
from ._identity_padded import IdentityPadded, ZeroPreserving
from ._looks_linear import LooksLinear
from ._orthogonal import Orthogonal
from ._registry import deserialize, get, serialize
from ._siren import SirenFirst, SirenHidden
from ._sparse import Sparse
from ._spectral import Spectral
from ._stft import STFT
from ._variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
    compute_fans,
)
from ._zero import ZerO

constant = Constant
depth_scaled = DepthScaled
edge_of_chaos = EdgeOfChaos
fixup = Fixup
delta_orthogonal = DeltaOrthogonal
dirac = Dirac
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
hadamard = Hadamard
he_normal = HeNormal
he_uniform = HeUniform
icnr = ICNR
identity = IdentityInitializer = Identity
identity_padded = IdentityPadded
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
looks_linear = LooksLinear
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
siren_first = SirenFirst
siren_hidden = SirenHidden
small_init = SmallInit
sparse = Sparse
spectral = Spectral
stft = STFTInitializer = STFT
t_fixup = TFixup
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zer_o = ZerO
zero_preserving = ZeroPreserving
zeros = Zeros

__all__ = [
    "Constant",
    "DepthScaled",
    "EdgeOfChaos",
    "Fixup",
    "DeltaOrthogonal",
    "Dirac",
    "GlorotNormal",
    "GlorotUniform",
    "Hadamard",
    "HeNormal",
    "HeUniform",
    "ICNR",
    "Identity",
    "IdentityInitializer",
    "IdentityPadded",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "LooksLinear",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFT",
    "STFTInitializer",
    "SirenFirst",
    "SirenHidden",
    "SmallInit",
    "Spectral",
    "TFixup",
    "Sparse",
    "TruncatedNormal",
    "VarianceScaling",
    "ZerO",
    "ZeroPreserving",
    "Zeros",
    "compute_fans",
    "constant",
    "critical_point",
    "depth_scaled",
    "deserialize",
    "edge_of_chaos",
    "fixup",
    "delta_orthogonal",
    "deserialize",
    "dirac",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "hadamard",
    "he_normal",
    "he_uniform",
    "icnr",
    "identity",
    "identity_padded",
    "lecun_normal",
    "lecun_uniform",
    "looks_linear",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "siren_first",
    "siren_hidden",
    "small_init",
    "sparse",
    "spectral",
    "stft",
    "t_fixup",
    "truncated_normal",
    "variance_scaling",
    "zer_o",
    "zero_preserving",
    "zeros",
]

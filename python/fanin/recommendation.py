"""Which initializers suit a network, and why."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from . import _moments, _signal, activations, initializers, layers
from ._numbers import count, finite
from ._session import random_state_kept
from .gains import gain as _gain
from .initializers import Initializer
from .initializers._edge_of_chaos import CriticalPoint, critical_point
from .models import Model

__all__ = ["RULES", "Choice", "Network", "Reach", "Recommendation", "Rule", "recommend"]

#: Variances count as kept if they change by less than this factor.
FACTOR = 10.0

#: Places for which there are rules.
HIDDEN, OUTPUT, EMBEDDINGS, RECURRENT, UPSAMPLING, WHOLE = (
    "hidden layers",
    "output layer",
    "embeddings",
    "recurrent kernels",
    "convolution before a pixel shuffle",
    "whole model, after drawing it",
)

_TASKS = (
    *("classification", "binary", "regression"),
    *("transformer", "language", "recurrent", "super_resolution"),
)
_NORMALIZATIONS = ("batch", "layer", "rms")
# The frequency of a SIREN's sines.
_OMEGA = 30.0


@dataclass(frozen=True)
class Network:
    """What is known of a network.

    Attributes
    ----------
    activation : str or callable
        Of the hidden layers; "sine" is sin(30 x).
    negative_slope : float
        Of "leaky_relu" and "prelu".
    depth : int
        Layers; of a transformer its blocks, each with two branches.
    width : int or None
        Units of a hidden layer.
    normalization : {"batch", "layer", "rms"} or None
        After each dense layer, of a transformer before each branch.
    residual : bool
        Whether every second layer's outputs are added to what they came from.
    task : str or None
    positives : float or None
        The share of positive examples, of "binary".
    """

    activation: Any = "relu"
    negative_slope: float = 0.0
    depth: int = 5
    width: int | None = None
    normalization: str | None = None
    residual: bool = False
    task: str | None = None
    positives: float | None = None

    @property
    def name(self) -> str:
        """The activation's name."""
        if isinstance(self.activation, str):
            return self.activation
        return getattr(self.activation, "__name__", type(self.activation).__name__)

    @property
    def branches(self) -> int:
        """The number of branches that are added up."""
        return 2 * self.depth if self.is_transformer else max(1, self.depth // 2)

    @property
    def is_transformer(self) -> bool:
        """Whether it is a transformer."""
        return self.task in ("transformer", "language")

    @property
    def is_narrow(self) -> bool:
        """Whether chance alone changes variances by more than a factor e.

        The logarithm's variance is 5 depth / width for ReLU. B. Hanin, M. Nica, "Products of many
        large random matrices and gradients in deep neural networks", 2020, theorem 1.
        """
        return self.width is not None and 5 * self.depth > self.width

    @property
    def function(self) -> Callable[..., Any]:
        """The activation as a function of arrays."""
        if self.activation == "sine":
            return _sine
        if self.activation in _LEAKY:
            return lambda x: np.where(x > 0, x, self.negative_slope * x)
        return _moments.elementwise(self.activation)

    @property
    def gain(self) -> float:
        """`fanin.gain` of the activation."""
        return float(_gain("glu" if self.activation == "glu" else self.function))

    @property
    def scale(self) -> float:
        """The square of the gain."""
        return self.gain**2

    @property
    def critical(self) -> CriticalPoint | None:
        """The first stable point on the edge of chaos, from variance 1 upwards."""
        if self.activation in _JOINT:
            return None
        if self.activation == "sine":
            point = _critical(np.sin)
            return point and CriticalPoint(
                point.weight_stddev / _OMEGA,
                point.bias_stddev / _OMEGA,
                point.variance / _OMEGA**2,
                point.slope,
            )
        return _critical(self.activation)


def _sine(x: Any) -> Any:
    return np.sin(_OMEGA * np.asarray(x))


@lru_cache(maxsize=64)
def _critical(activation: Any) -> CriticalPoint | None:
    # sigmoid's, at 54, would need weights that saturate nearly all units
    for quarter in range(21):
        try:
            point = critical_point(activation, variance=2 ** (quarter / 4))
        except ValueError:
            continue
        # above 1 a deviation grows; ReLU's 1 is exact to rounding
        if point.slope < 1 + 1e-6:
            return point
    return None


@dataclass(frozen=True)
class Spec:
    """An initializer by its class's name and what its arguments are for a network."""

    name: str
    arguments: Callable[[Network], Mapping[str, Any]] = lambda network: {}

    def make(self, network: Network) -> Any:
        """Return the initializer, with a new seed."""
        import fanin

        found = getattr(initializers, self.name, None) or getattr(fanin, self.name)
        return found(**self.arguments(network))

    def text(self, network: Network) -> str:
        """Return how it is written."""
        values = (f"{key}={_short(value)}" for key, value in self.arguments(network).items())
        return f"{self.name}({', '.join(values)})"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return repr(value) if isinstance(value, (str, int)) else getattr(value, "__name__", repr(value))


@dataclass(frozen=True)
class Rule:
    """What to do where, in which networks, and by what authority.

    Attributes
    ----------
    name : str
    place : str
        What the initializer is for.
    initializer : Spec
        Of the kernels, or of the embeddings.
    reason : str
        Filled in with the network's numbers.
    source : str
        The paper.
    wrong : Spec
        What does not do it in such a network.
    bias, first, last, gamma : Spec or None
        Of the biases, the first layer's kernel, the kernel at the end of each residual branch and
        the scale of the last normalization in it, where they are not as elsewhere.
    activations : tuple of str or None
        Names; None for any.
    normalizations : tuple or None
        None for any.
    residual : bool or None
        None for either.
    tasks : tuple of str or None
        None for all that are no transformers.
    applies : callable
        Whether a network that fits so far is meant.
    reach : int
        Up to which depth variances are kept.
    """

    name: str
    place: str
    initializer: Spec
    reason: str
    source: str
    wrong: Spec
    bias: Spec | None = None
    first: Spec | None = None
    last: Spec | None = None
    gamma: Spec | None = None
    activations: tuple[str, ...] | None = None
    normalizations: tuple[str | None, ...] | None = (None,)
    residual: bool | None = False
    tasks: tuple[str, ...] | None = None
    applies: Callable[[Network], bool] = lambda network: True
    reach: int = 50

    def fits(self, network: Network) -> bool:
        """Return whether the rule is for a network."""
        return (
            (self.activations is None or network.activation in self.activations)
            and (self.normalizations is None or network.normalization in self.normalizations)
            and (self.residual is None or network.residual == self.residual)
            and (
                not network.is_transformer
                if self.tasks is None
                else network.task is not None and network.task in self.tasks
            )
            and self.applies(network)
        )


_GLOROT = (
    "X. Glorot, Y. Bengio, Understanding the difficulty of training deep feedforward neural "
    "networks, AISTATS 2010"
)
_HE = "K. He, X. Zhang, S. Ren, J. Sun, Delving deep into rectifiers, ICCV 2015"
_SAXE = (
    "A. M. Saxe, J. L. McClelland, S. Ganguli, Exact solutions to the nonlinear dynamics of "
    "learning in deep linear neural networks, ICLR 2014"
)
_SCHOENHOLZ = (
    "S. S. Schoenholz, J. Gilmer, S. Ganguli, J. Sohl-Dickstein, Deep information propagation, "
    "ICLR 2017, section 3; J. Pennington, S. S. Schoenholz, S. Ganguli, Resurrecting the sigmoid "
    "in deep learning through dynamical isometry, NIPS 2017, section 2.2"
)
_KLAMBAUER = (
    "G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, Self-normalizing neural networks, "
    "NIPS 2017"
)
_SITZMANN = (
    "V. Sitzmann, J. N. P. Martel, A. W. Bergman, D. B. Lindell, G. Wetzstein, Implicit neural "
    "representations with periodic activation functions, NeurIPS 2020, section 3.2"
)
_FIXUP = (
    "H. Zhang, Y. N. Dauphin, T. Ma, Fixup initialization: residual learning without "
    "normalization, ICLR 2019"
)
_HANIN_ROLNICK = (
    "B. Hanin, D. Rolnick, How to start training: the effect of initialization and architecture, "
    "NeurIPS 2018"
)
_HANIN_NICA = (
    "B. Hanin, M. Nica, Products of many large random matrices and gradients in deep neural "
    "networks, Communications in Mathematical Physics 376, 2020"
)
_YANG = (
    "G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein, S. S. Schoenholz, A mean field theory of "
    "batch normalization, ICLR 2019"
)
_GOYAL = (
    "P. Goyal et al., Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017, "
    "arXiv:1706.02677"
)
_BA = (
    "J. L. Ba, J. R. Kiros, G. E. Hinton, Layer normalization, 2016, arXiv:1607.06450, section 5.1"
)
_GPT2 = (
    "A. Radford, J. Wu, R. Child, D. Luan, D. Amodei, I. Sutskever, Language models are "
    "unsupervised multitask learners, 2019"
)
_SMALL = (
    "T. Q. Nguyen, J. Salazar, Transformers without tears: improving the normalization of "
    "self-attention, IWSLT 2019"
)
_TFIXUP = (
    "X. S. Huang, F. Perez, J. Ba, M. Volkovs, Improving transformer optimization through better "
    "initialization, ICML 2020, section 3"
)
_LE = (
    "Q. V. Le, N. Jaitly, G. E. Hinton, A simple way to initialize recurrent networks of rectified "
    "linear units, 2015, arXiv:1504.00941"
)
_LIN = (
    "T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár, Focal loss for dense object detection, "
    "ICCV 2017"
)
_MUP = (
    "G. Yang et al., Tensor Programs V: tuning large neural networks via zero-shot hyperparameter "
    "transfer, 2022, arXiv:2203.03466, appendix D.2"
)
_ICNR = "A. Aitken et al., Checkerboard artifact free sub-pixel convolution, 2017, arXiv:1707.02937"
_LSUV = "D. Mishkin, J. Matas, All you need is a good init, ICLR 2016"
_AUTOINIT = (
    "G. Bingham, R. Miikkulainen, AutoInit: analytic signal-preserving weight initialization for "
    "neural networks, AAAI 2023"
)

_LEAKY = ("leaky_relu", "prelu")
_RECTIFIERS = ("relu", "relu6", *_LEAKY)
_JOINT = ("softmax", "log_softmax", "sparsemax", "glu")
_SATURATING = ("tanh", "softsign", "hard_tanh", "sigmoid", "hard_sigmoid", "sparse_sigmoid")
_SMALL_UNIFORM = Spec("RandomUniform")
_ONE = Spec("Ones")


def _scaling(network: Network) -> dict[str, Any]:
    return {"scale": network.scale}


def _critical_weights(network: Network) -> dict[str, Any]:
    point = network.critical
    # `fits` has found one
    return {"gain": point.weight_stddev if point else 1.0}


def _critical_bias(network: Network) -> dict[str, Any]:
    point = network.critical
    return {"stddev": point.bias_stddev if point else 0.0}


def _critical_first(network: Network) -> dict[str, Any]:
    point = network.critical
    return {"scale": point.variance - point.bias_stddev**2 if point else 1.0}


#: All that is known, the better before the worse.
RULES: tuple[Rule, ...] = (
    # -- Plain chains of layers
    Rule(
        "siren",
        HIDDEN,
        Spec("SirenHidden", lambda n: {"omega0": _OMEGA}),
        "sin(30 x) of uniform ±√(6 / fan_in) / 30: each layer's 30 z has variance near 1, whatever "
        "the depth; the first layer, ±1 / fan_in, spreads inputs from [-1, 1] over the periods.",
        _SITZMANN,
        wrong=Spec("GlorotUniform"),
        first=Spec("SirenFirst"),
        activations=("sine",),
        reach=10,
    ),
    Rule(
        "linear",
        HIDDEN,
        Spec("Orthogonal"),
        "An orthogonal matrix keeps the length of every vector, forward and backward: at any depth "
        "exactly 1, where independent weights keep it only on average.",
        _SAXE,
        wrong=Spec("HeNormal"),
        activations=("linear",),
    ),
    Rule(
        "linear, drawn",
        HIDDEN,
        Spec("LecunNormal"),
        "fan_in Var(w) = 1 keeps the variance on average.",
        "Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller, Efficient BackProp, 1998, section 4.6",
        wrong=_SMALL_UNIFORM,
        activations=("linear",),
    ),
    Rule(
        "relu, narrow",
        HIDDEN,
        Spec("Orthogonal", lambda n: {"gain": n.gain}),
        "√2 times an orthogonal matrix keeps E[x²] as He's does, and lets chance do less: with "
        "{depth} layers of {width} units its logarithm would wander by √(5 depth / width) = "
        "{wandering:.2g}, orthogonal by √(3 depth / width).",
        f"{_HANIN_NICA}, theorem 1; {_SAXE}",
        wrong=Spec("GlorotUniform"),
        activations=_RECTIFIERS,
        applies=lambda n: n.is_narrow,
    ),
    Rule(
        "relu",
        HIDDEN,
        Spec("HeNormal"),
        "ReLU halves E[x²], and Var(w) = 2 / fan_in makes up for it: fan_in Var(w) / 2 = 1 in each "
        "layer, forward, and in square layers backward.",
        f"{_HE}, eqs. 10 and 14",
        wrong=Spec("GlorotUniform"),
        activations=("relu", "relu6"),
    ),
    Rule(
        "leaky relu",
        HIDDEN,
        Spec("VarianceScaling", lambda n: {"scale": 2 / (1 + n.negative_slope**2)}),
        "Of slope a = {negative_slope:g} below 0, E[f(z)²] = (1 + a²) / 2 E[z²]: "
        "Var(w) = 2 / ((1 + a²) fan_in).",
        f"{_HE}, eq. 15",
        wrong=Spec("GlorotUniform"),
        activations=_LEAKY,
    ),
    Rule(
        "selu",
        HIDDEN,
        Spec("LecunNormal"),
        "SELU's fixed point is mean 0 and variance 1 for Var(w) = 1 / fan_in; dropout then has to "
        "be AlphaDropout. The gradient's square grows by 1.07 a layer.",
        f"{_KLAMBAUER}, section 2",
        wrong=Spec("HeNormal"),
        activations=("selu",),
        reach=30,
    ),
    Rule(
        "tanh",
        HIDDEN,
        Spec("GlorotUniform"),
        "Near 0 tanh is the identity, and fan_avg Var(w) = 1 keeps the variance as well forward as "
        "backward; what saturates makes it fall like 1 / (2 depth).",
        f"{_GLOROT}, eqs. 12 and 16",
        wrong=_SMALL_UNIFORM,
        activations=("tanh", "hard_tanh"),
        reach=6,
    ),
    Rule(
        "sigmoid",
        HIDDEN,
        Spec(
            "VarianceScaling",
            lambda n: {"scale": 16.0, "mode": "fan_avg", "distribution": "uniform"},
        ),
        "The logistic function's slope is at most 1/4: weights four times Glorot's give its middle "
        "the slope that tanh has. Still the gradient's square falls by more than half a layer.",
        "Y. Bengio, Practical recommendations for gradient-based training of deep architectures, "
        "2012, arXiv:1206.5533",
        wrong=Spec("GlorotUniform"),
        activations=("sigmoid", "hard_sigmoid"),
        reach=2,
    ),
    Rule(
        "gain",
        HIDDEN,
        Spec("VarianceScaling", _scaling),
        "E[f(z)²] = 1 / {scale:.4g} for z of variance 1, so fan_in Var(w) = gain² = {scale:.4g} "
        "keeps the mean square.",
        f"{_HE}, section 2.2, with E[f(z)²] by quadrature",
        wrong=_SMALL_UNIFORM,
        applies=lambda n: n.activation not in (*_RECTIFIERS, "linear", "selu", "sine", *_JOINT[:3]),
        reach=2,
    ),
    Rule(
        "edge of chaos",
        HIDDEN,
        Spec("Orthogonal", _critical_weights),
        "With fan_in Var(w) = {weight_square:.4g} and biases of variance {bias_square:.4g}, "
        "pre-activations keep the variance {variance:.4g}, and gradients theirs: "
        "fan_in Var(w) E[f'(z)²] = 1 at any depth. The first layer brings inputs of variance 1 "
        "there.",
        _SCHOENHOLZ,
        wrong=Spec("GlorotUniform"),
        bias=Spec("RandomNormal", _critical_bias),
        first=Spec("VarianceScaling", _critical_first),
        applies=lambda n: n.activation not in (*_RECTIFIERS, "linear") and n.critical is not None,
    ),
    Rule(
        "several units at once",
        HIDDEN,
        Spec("GlorotUniform"),
        "{name} works on several units at once: logits of variance near 1 leave it in its middle "
        "range, where its gradient is largest.",
        f"{_GLOROT}, section 4",
        wrong=Spec("RandomNormal", lambda n: {"stddev": 1.0}),
        activations=_JOINT[:3],
        normalizations=None,
        residual=None,
        reach=1,
    ),
    # -- With normalization
    Rule(
        "batch normalization",
        HIDDEN,
        Spec("HeNormal"),
        "Batch normalization divides any scale away; He's keeps its inputs well above epsilon. "
        "Backward each layer multiplies the gradient's square by at least π / (π - 1) = 1.47 for "
        "ReLU, whatever the kernel: deep networks need residual branches.",
        f"{_YANG}, section 3",
        wrong=Spec("RandomNormal", lambda n: {"stddev": 1e-4}),
        normalizations=("batch",),
        reach=5,
    ),
    Rule(
        "layer normalization",
        HIDDEN,
        Spec("HeNormal"),
        "A normalization over the units divides any scale away: kernels have to differ between "
        "units, and to be large against epsilon.",
        _BA,
        wrong=Spec("Constant", lambda n: {"value": 0.01}),
        normalizations=("layer", "rms"),
    ),
    # -- Residual networks
    Rule(
        "zero gamma",
        HIDDEN,
        Spec("HeNormal"),
        "With gamma 0 in the last normalization of each of the {branches} branches the network "
        "starts as the identity; with 1 each branch adds variance 1.",
        _GOYAL,
        wrong=Spec("HeNormal"),
        gamma=Spec("Zeros"),
        normalizations=_NORMALIZATIONS,
        residual=True,
    ),
    Rule(
        "fixup",
        HIDDEN,
        Spec("Fixup", lambda n: {"num_blocks": n.branches}),
        "He's standard deviation times L^(-1/2) for L = {branches} branches of two layers, the "
        "last kernel of each 0: the network starts as the identity, and one step changes its "
        "outputs by an amount that does not depend on L. Biases and multipliers 0 and 1.",
        _FIXUP,
        wrong=Spec("HeNormal"),
        last=Spec("Zeros"),
        residual=True,
    ),
    Rule(
        "scaled branches",
        HIDDEN,
        Spec("VarianceScaling", _scaling),
        "The last kernel of each of L = {branches} branches has its variance divided by L: their "
        "sum multiplies the variance by (1 + 1 / L)^L < e, not by 2^L.",
        _HANIN_ROLNICK,
        wrong=Spec("HeNormal"),
        last=Spec("VarianceScaling", lambda n: {"scale": n.scale / n.branches}),
        residual=True,
        applies=lambda n: n.activation not in _JOINT[:3],
    ),
    # -- Transformers
    Rule(
        "gpt-2",
        HIDDEN,
        Spec("RandomNormal", lambda n: {"stddev": 0.02}),
        "Small weights behind layer normalization; those that write to the residual stream are "
        "divided by √(2 N) = √{branches}, for {branches} branches add up.",
        _GPT2,
        wrong=Spec("HeNormal"),
        last=Spec("DepthScaled", lambda n: {"num_layers": n.depth}),
        normalizations=("layer", "rms"),
        residual=True,
        tasks=("transformer", "language"),
    ),
    Rule(
        "small init",
        HIDDEN,
        Spec("SmallInit", lambda n: {"width": n.width}),
        "√(2 / (5 d)) for the width d = {width}: Glorot's for the matrix d x 4 d, used for all.",
        _SMALL,
        wrong=Spec("HeNormal"),
        last=Spec(
            "DepthScaled",
            lambda n: {"num_layers": n.depth, "stddev": math.sqrt(2 / (5 * (n.width or 0)))},
        ),
        normalizations=("layer", "rms"),
        residual=True,
        tasks=("transformer", "language"),
        applies=lambda n: n.width is not None,
    ),
    Rule(
        "t-fixup",
        HIDDEN,
        Spec("TFixup", lambda n: {"num_layers": n.depth}),
        "Glorot's bound times 0.67 N^(-1/4), N = {depth}, for values, outputs and both dense "
        "layers of an encoder's blocks (a decoder's: (9 N)^(-1/4)); queries and keys Glorot's: "
        "without normalization or warm-up.",
        _TFIXUP,
        wrong=Spec("HeNormal"),
        normalizations=(None,),
        residual=True,
        tasks=("transformer", "language"),
    ),
    # -- Other places
    Rule(
        "embeddings",
        EMBEDDINGS,
        Spec("RandomNormal", lambda n: {"stddev": 0.02}),
        "Rows of small size, which a step of the optimizer can turn; Keras's default is uniform on "
        "±0.05, of standard deviation 0.029.",
        _GPT2,
        wrong=Spec("RandomNormal", lambda n: {"stddev": 1.0}),
        normalizations=("layer", "rms"),
        residual=None,
        tasks=("transformer", "language"),
    ),
    Rule(
        "embeddings without normalization",
        EMBEDDINGS,
        Spec("TFixup", lambda n: {"num_layers": n.depth, "part": "embedding"}),
        "Variance 1 / d, times (9 N)^(-1/4) for N = {depth} blocks: rows of length near that.",
        _TFIXUP,
        wrong=Spec("RandomNormal", lambda n: {"stddev": 1.0}),
        normalizations=(None, "batch"),
        residual=None,
        tasks=("transformer", "language"),
    ),
    Rule(
        "recurrent, relu",
        RECURRENT,
        Spec("Identity"),
        "h = relu(I h + ...) keeps its state until something is added: the product of any number "
        "of steps is 1.",
        _LE,
        wrong=_SMALL_UNIFORM,
        activations=("relu",),
        normalizations=None,
        residual=None,
        tasks=("recurrent",),
    ),
    Rule(
        "recurrent",
        RECURRENT,
        Spec("Orthogonal"),
        "The same matrix is multiplied with at each step: all its singular values are 1, so that "
        "no direction explodes, and only what saturates vanishes.",
        _SAXE,
        wrong=_SMALL_UNIFORM,
        activations=None,
        normalizations=None,
        residual=None,
        tasks=("recurrent",),
        applies=lambda n: n.activation != "relu",
    ),
    Rule(
        "prior",
        OUTPUT,
        Spec("RandomNormal", lambda n: {"stddev": 0.01}),
        "A sigmoid of the bias -log((1 - π) / π) = {prior:.4g} gives every example the probability "
        "π = {positives:g} of the rare class: the loss does not start with the many negatives.",
        _LIN,
        wrong=Spec("GlorotUniform"),
        bias=Spec("Constant", lambda n: {"value": _prior(n)}),
        normalizations=None,
        residual=None,
        tasks=("binary",),
        applies=lambda n: n.positives is not None,
    ),
    Rule(
        "zero output",
        OUTPUT,
        Spec("Zeros"),
        "All outputs start equal, and the loss at what no knowledge gives: log(classes), or the "
        "targets' mean square. The layers below differ, so that after one step its units do, too.",
        f"{_FIXUP}; {_MUP}",
        wrong=Spec("HeNormal"),
        normalizations=None,
        residual=None,
        tasks=("classification", "binary", "regression"),
        applies=lambda n: n.positives is None,
    ),
    Rule(
        "icnr",
        UPSAMPLING,
        Spec("ICNR"),
        "All sub-pixels start with the same kernel: the result is that of nearest-neighbour "
        "interpolation, without a checkerboard.",
        _ICNR,
        wrong=Spec("HeNormal"),
        normalizations=None,
        residual=None,
        tasks=("super_resolution",),
    ),
    Rule(
        "lsuv",
        WHOLE,
        Spec("LSUV"),
        "With {depth} layers of {width} units chance changes the variance by a factor of about "
        "e^{wandering:.2g}: measure it on a batch, and divide each kernel by it.",
        f"{_LSUV}; {_HANIN_NICA}",
        wrong=Spec("HeNormal"),
        residual=None,
        tasks=None,
        # what saturates forgets how large it was
        applies=lambda n: n.is_narrow and n.activation not in _SATURATING,
    ),
    Rule(
        "autoinit",
        WHOLE,
        Spec("AutoInit"),
        "Follows mean and variance through all layers, noise and dropout among them, and scales "
        "each kernel so that the variance behind it is 1.",
        _AUTOINIT,
        wrong=Spec("GlorotUniform"),
        applies=lambda n: n.depth >= 10 and not n.is_narrow and n.activation not in _JOINT,
    ),
)


def _prior(network: Network) -> float:
    share = network.positives
    return 0.0 if share is None else -math.log((1 - share) / share)


@dataclass(frozen=True)
class Reach:
    """What becomes of a signal of variance 1, by mean-field theory.

    Attributes
    ----------
    variance : float
        Of the last layer's pre-activations.
    gradient : float
        The mean square of the derivatives at the first layer, over that at the last.
    kept : bool
        Whether no hidden layer's variance is farther than a factor of 10 from the first's (without
        a model, from the second's where the first has an initializer of its own), and the gradient
        from 1.
    """

    variance: float
    gradient: float
    kept: bool


@dataclass(frozen=True)
class Choice:
    """An initializer for a network, and what goes with it.

    Attributes
    ----------
    rule : Rule
    network : Network
    reach : Reach or None
        What is predicted; None where only measurements are known: `Rule.reach`.
    """

    rule: Rule
    network: Network
    reach: Reach | None

    @property
    def initializer(self) -> Any:
        """The initializer, new, or for a whole model what adapts it."""
        return self.rule.initializer.make(self.network)

    @property
    def bias(self) -> Any:
        """The biases' initializer, new."""
        return (self.rule.bias or Spec("Zeros")).make(self.network)

    @property
    def first(self) -> Any:
        """The first layer's initializer, new."""
        return (self.rule.first or self.rule.initializer).make(self.network)

    @property
    def last(self) -> Any:
        """The initializer of the last kernel in each residual branch, new."""
        return (self.rule.last or self.rule.initializer).make(self.network)

    @property
    def gamma(self) -> Any:
        """The initializer of the last normalization's scale in each residual branch, new."""
        return (self.rule.gamma or _ONE).make(self.network)

    @property
    def kept(self) -> bool:
        """Whether variances keep their size at the network's depth."""
        return self.network.depth <= self.rule.reach if self.reach is None else self.reach.kept

    @property
    def reason(self) -> str:
        """Why, with the network's numbers."""
        network, point = self.network, None
        values = dict(vars(network), name=network.name, branches=network.branches)
        if "{scale" in self.rule.reason:
            values["scale"] = network.scale
        if "{weight_square" in self.rule.reason and (point := network.critical):
            values["weight_square"] = point.weight_stddev**2
            values["bias_square"] = point.bias_stddev**2
            values["variance"] = point.variance
        if network.width is not None:
            values["wandering"] = math.sqrt(5 * network.depth / network.width)
        if network.positives is not None:
            values["prior"] = _prior(network)
        return self.rule.reason.format(**values)

    def written(self) -> dict[str, str]:
        """Return the initializers as they are written, by what they are for."""
        rule = self.rule
        specs = {
            "kernel": rule.initializer,
            "biases": rule.bias,
            "first layer": rule.first,
            "last kernel of a branch": rule.last,
            "last gamma of a branch": rule.gamma,
        }
        return {key: spec.text(self.network) for key, spec in specs.items() if spec is not None}

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        from ._tables import jsonable

        result: dict[str, Any] = jsonable(
            {
                "rule": self.rule.name,
                "place": self.rule.place,
                "initializers": self.written(),
                "reason": self.reason,
                "source": self.rule.source,
                "kept": self.kept,
                "reach": None if self.reach is None else vars(self.reach),
            }
        )
        return result


_HEADINGS = ("initializer", "for", "variance", "gradient")


class Recommendation:
    """Initializers for a network, the best first.

    Attributes
    ----------
    network : Network
    choices : list of Choice
        For the hidden layers, and then for other places.
    present : Reach or None
        Of a model, what its own initializers lead to.
    """

    def __init__(self, network: Network, choices: list[Choice], present: Reach | None) -> None:
        self.network = network
        self.choices = choices
        self.present = present

    @property
    def initializer(self) -> Initializer:
        """The best initializer for the hidden layers, new."""
        result: Initializer = self.choices[0].initializer
        return result

    @property
    def warnings(self) -> list[str]:
        """What no initializer mends."""
        network = self.network
        hidden = [choice for choice in self.choices if choice.rule.place == HIDDEN]
        # of a choice without a prediction, only a rule about normalization knows how far it goes
        if any(c.kept or (c.reach is None and network.normalization is None) for c in hidden):
            return []
        other = "" if network.normalization else ", a normalization or another activation"
        return [
            f"None of these keeps the variances forward and backward within a factor of {FACTOR:g} "
            f"through {network.depth} layers of {network.name}: use residual branches{other}."
        ]

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        if self.present is not None:
            rows.append(("the model's own", HIDDEN, *_numbers(self.present)))
        for number, choice in enumerate(self.choices, 1):
            (_, kernel), *others = choice.written().items()
            rows.append((f"{number}. {kernel}", choice.rule.place, *_numbers(choice.reach)))
            rows += [(f"   {text}", f"its {place}", "", "") for place, text in others]
        return rows

    def _reasons(self) -> list[str]:
        return [
            f"{number}. {choice.reason} [{choice.rule.source}]"
            for number, choice in enumerate(self.choices, 1)
        ]

    def __repr__(self) -> str:
        """Return the table and the reasons."""
        from ._tables import text_table

        lines = [text_table(_HEADINGS, self._rows()), "", _LEGEND, "", *self._reasons()]
        return "\n".join([*lines, *self.warnings])

    def _repr_html_(self) -> str:
        import html

        from ._tables import html_table

        notes = "".join(
            f"<p>{html.escape(line)}</p>" for line in (_LEGEND, *self._reasons(), *self.warnings)
        )
        return html_table(_HEADINGS, self._rows()) + notes

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        from ._tables import jsonable

        result: dict[str, Any] = jsonable(
            {
                "network": {**vars(self.network), "activation": self.network.name},
                "present": None if self.present is None else vars(self.present),
                "choices": [choice.to_dict() for choice in self.choices],
                "warnings": self.warnings,
            }
        )
        return result


_LEGEND = (
    "Variance: of the last layer's pre-activations, for inputs of variance 1. Gradient: its mean "
    "square at the first layer over that at the last. Both by mean-field theory."
)


def _numbers(reach: Reach | None) -> tuple[str, str]:
    return ("", "") if reach is None else (f"{reach.variance:.3g}", f"{reach.gradient:.3g}")


def recommend(
    model: Any = None,
    *,
    activation: Any = None,
    negative_slope: float | None = None,
    depth: int | None = None,
    width: int | None = None,
    normalization: str | None = None,
    residual: bool | None = None,
    task: str | None = None,
    positives: float | None = None,
) -> Recommendation:
    """Return initializers for a network, ranked, with reasons and sources.

    The rules are a table, `RULES` in this function's module, each with its paper. Of those that
    fit, the ones that keep the variances forward and backward within a factor of 10 through the
    network's depth come first, in the order of the table.

    Parameters
    ----------
    model : Model, optional
        Built: gives the activation, depth, width, normalization and task. What its own initializers
        lead to is compared.
    activation : str or callable, optional
        Of the hidden layers: Keras's name, "sine" (sin 30 x), "prelu", or a function of arrays.
        By default "relu", of transformers "gelu".
    negative_slope : float, optional
        Of "leaky_relu" (by default 0.2) and "prelu" (0), as in Keras.
    depth : int, optional
        Layers, by default 5; blocks of a transformer; steps of a recurrent network.
    width : int, optional
        Units of the hidden layers.
    normalization : {"batch", "layer", "rms"}, optional
        After each layer, or before each branch of a transformer.
    residual : bool, optional
        Whether there are residual branches, of two layers each; a transformer has them.
    task : str, optional
        "classification", "binary", "regression": adds the output layer; "transformer" or
        "language", "recurrent", "super_resolution".
    positives : float, optional
        The share of positive examples in a "binary" task, above 0 and below 1.

    Returns
    -------
    Recommendation
        Shows itself as a table; `initializer` is the best one for hidden layers.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or they contradict each other.

    Examples
    --------
    >>> fanin.recommend(activation="tanh", depth=50).initializer  # doctest: +SKIP
    """
    if model is not None:
        given = {
            "activation": activation,
            "negative_slope": negative_slope,
            "depth": depth,
            "width": width,
            "normalization": normalization,
            "residual": residual,
        }
        wrong = [name for name, value in given.items() if value is not None]
        if wrong:
            raise TypeError(
                "Argument `model` tells how the network is: only `task` and `positives` may stand "
                f"beside it. Received: {', '.join(wrong)}"
            )
        network = _facts(model, task, positives)
        present = _model_reach(model, {})
    else:
        network = _network(
            *(activation, negative_slope, depth, width, normalization, residual, task, positives)
        )
        present = None
    # initializers without a seed draw one, which is nothing that a question should change
    with random_state_kept():
        choices = [_choice(rule, network, model) for rule in RULES if rule.fits(network)]
    # sorting keeps the table's order among equals
    choices.sort(key=lambda choice: (choice.rule.place != HIDDEN, not choice.kept))
    return Recommendation(network, choices, present)


def _choice(rule: Rule, network: Network, model: Any) -> Choice:
    """Return what a rule says of a network, with what is predicted for hidden layers."""
    choice = Choice(rule, network, None)
    if rule.place != HIDDEN:
        return choice
    reach = _plain_reach(choice) if model is None else _replaced_reach(model, choice)
    return replace(choice, reach=reach)


# -- Arguments -------------------------------------------------------------------------------------


def _network(
    activation: Any,
    negative_slope: Any,
    depth: Any,
    width: Any,
    normalization: Any,
    residual: Any,
    task: Any,
    positives: Any,
) -> Network:
    _one_of("task", task, _TASKS)
    _one_of("normalization", normalization, _NORMALIZATIONS)
    transformer = task in ("transformer", "language")
    if activation is None:
        activation = "gelu" if transformer else "relu"
    if isinstance(activation, str):
        activation = "linear" if activation == "identity" else activation
        if activation not in ("sine", "prelu"):
            activation = activations.get(activation).__name__
    elif activations.is_known(activation):
        activation = activation.__name__
    elif not callable(activation):
        raise TypeError(
            f"Argument `activation` must be a name or a function. Received: {activation!r}"
        )
    if negative_slope is not None and activation not in _LEAKY:
        raise ValueError(
            "Argument `negative_slope` is for the activations leaky_relu and prelu. "
            f"Received: activation={activation}, negative_slope={negative_slope}"
        )
    if negative_slope is None:
        negative_slope = 0.2 if activation == "leaky_relu" else 0.0
    if residual is not None and not isinstance(residual, bool):
        raise TypeError(f"Argument `residual` must be True or False. Received: {residual!r}")
    if residual is False and transformer:
        raise ValueError(
            f"Argument `residual` must be True for a {task}: it is made of residual branches. "
            "Received: residual=False"
        )
    if transformer and normalization == "batch":
        raise ValueError(
            f'Argument `normalization` must be "layer", "rms" or None for a {task}. '
            "Received: 'batch'"
        )
    network = Network(
        activation=activation,
        negative_slope=finite("negative_slope", negative_slope),
        depth=5 if depth is None else count("depth", depth),
        width=None if width is None else count("width", width),
        normalization=normalization,
        residual=bool(residual) or transformer,
        task=task,
        positives=_share(positives, task),
    )
    if network.activation not in _JOINT:
        # names the argument if no gain can be had
        network.gain  # noqa: B018
    return network


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ValueError(
            f"Argument `{name}` must be one of {', '.join(allowed)}, or None. Received: {value!r}"
        )


def _share(positives: Any, task: Any) -> float | None:
    if positives is None:
        return None
    share = finite("positives", positives)
    if not 0 < share < 1:
        raise ValueError(f"Argument `positives` must be above 0 and below 1. Received: {positives}")
    if task != "binary":
        raise ValueError(f'Argument `positives` is for the task "binary". Received: task={task!r}')
    return share


def _facts(model: Any, task: Any, positives: Any) -> Network:
    """Return what a model tells of itself."""
    _signal.check_built(model)
    dense = _dense(model)
    hidden = [_activation_after(model, layer) for layer in dense[:-1]]
    name, slope = max(hidden, key=hidden.count) if hidden else ("linear", None)
    widths = [layer.units for layer in dense[:-1]]
    kinds = {
        layers.BatchNormalization: "batch",
        layers.LayerNormalization: "layer",
        layers.RMSNormalization: "rms",
    }
    found = [
        kind for layer in model.leaves for cls, kind in kinds.items() if isinstance(layer, cls)
    ]
    if task is None:
        output, _ = _activation_after(model, dense[-1])
        last = {"softmax": "classification", "linear": "regression", "sigmoid": "binary"}
        task = last.get(output)
    return _network(
        activation=name,
        negative_slope=slope,
        depth=len(dense),
        width=max(widths, key=widths.count) if widths else None,
        normalization=found[0] if found else None,
        residual=None,
        task=task,
        positives=positives,
    )


def _dense(model: Model) -> list[layers.Dense]:
    dense = [layer for layer in model.leaves if isinstance(layer, layers.Dense)]
    if not dense:
        raise ValueError(f"Argument `model` must have a dense layer. Received: {model!r}")
    return dense


def _activation_after(model: Model, dense: layers.Dense) -> tuple[str, float | None]:
    """Return the name of the activation that a dense layer's outputs go through, and its slope."""
    if dense.activation is not activations.linear:
        return dense.activation.__name__, None
    rest = model.leaves[model.leaves.index(dense) + 1 :]
    for layer in rest:
        if isinstance(layer, layers.Dense):
            break
        if isinstance(layer, layers.Activation):
            return layer.activation.__name__, None
        if isinstance(layer, layers.LeakyReLU):
            return "leaky_relu", layer.negative_slope
        if isinstance(layer, layers.PReLU):
            return "prelu", float(np.mean(layer.alpha))
        if isinstance(layer, layers.ReLU):
            slope = layer.negative_slope
            return ("leaky_relu", slope) if slope else ("relu", None)
        if isinstance(layer, layers.ELU):
            return "elu", None
        if isinstance(layer, layers.Softmax):
            return "softmax", None
    return "linear", None


# -- Predictions -----------------------------------------------------------------------------------


def _plain_reach(choice: Choice) -> Reach | None:
    """Return what a chain of dense layers and activations does, the first with inputs as wide."""
    network = choice.network
    if network.normalization or network.residual or network.activation in _JOINT:
        return None
    width = network.width or 256
    weight = choice.initializer.explain((width, width)).stddev ** 2 * width
    bias = choice.bias.explain((width,)).stddev ** 2
    f = network.function
    slope = _moments.derivative(f)
    start = choice.first.explain((width, width)).stddev ** 2 * width + bias
    variances, gradient = [start], 1.0
    for step in range(network.depth - 1):
        q = variances[-1]
        factor = weight * _moments.expectation(lambda x: np.square(slope(x)), 0.0, q)
        after = weight * _moments.expectation(lambda x: np.square(f(x)), 0.0, q) + bias
        gradient *= factor
        variances.append(after)
        if not 1e-200 < after < 1e200:
            break
        if abs(after - q) < 1e-9 * q:
            # all layers to come are like this one
            gradient = _power(factor, network.depth - 2 - step, gradient)
            break
    # an initializer of its own may bring the first layer anywhere
    return _judged(
        variances[1:] if choice.rule.first and network.depth > 1 else variances, gradient
    )


def _power(factor: float, exponent: int, value: float) -> float:
    try:
        return float(value * factor**exponent)
    except OverflowError:
        return math.inf


def _judged(variances: list[float], gradient: float) -> Reach:
    """Return the reach, given the variances layer by layer."""
    low, high = variances[0] / FACTOR, variances[0] * FACTOR
    inside = all(low <= variance <= high for variance in variances) and low > 0
    return Reach(variances[-1], gradient, inside and 1 / FACTOR <= gradient <= FACTOR)


def _replaced_reach(model: Model, choice: Choice) -> Reach | None:
    """Return what a model does whose hidden layers have this choice's initializers."""
    replaced: dict[Any, Any] = {}
    for index, layer in enumerate(_dense(model)[:-1]):
        kernel = choice.initializer if index else choice.first
        replaced[layer.kernel.variable] = kernel
        if layer.bias is not None:
            replaced[layer.bias.variable] = choice.bias
    return _model_reach(model, replaced)


def _model_reach(model: Model, replaced: Mapping[Any, Any]) -> Reach | None:
    """Return what is predicted for a model; None if a layer of it is not known."""
    dense = _dense(model)
    signals = _signal.propagate(model, replaced=replaced)
    found = [
        signal
        for layer, signal in zip(model.leaves, signals, strict=True)
        if isinstance(layer, layers.Dense) and signal is not None
    ]
    if len(found) < len(dense):
        return None
    hidden = found[:-1] or found
    if hidden[-1].gradient_variance == 0:
        # zeros at the end let nothing through: what matters is the way up to them
        output = dense[-1].kernel.variable
        if output not in replaced:
            passing = {**replaced, output: initializers.GlorotUniform(seed=0)}
            reached = _model_reach(model, passing)
            return reached and replace(reached, variance=found[-1].pre_variance)
    with np.errstate(all="ignore"):
        gradient = np.divide(hidden[0].gradient_variance, hidden[-1].gradient_variance)
    # the output layer may be as small as it likes
    reached = _judged([signal.pre_variance for signal in hidden], float(gradient))
    return replace(reached, variance=found[-1].pre_variance)

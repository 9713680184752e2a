/* fanin.h: the C interface of Fanin, weight initialization with a dense-network core.
 *
 * C99, no other header than <stdint.h> and <stddef.h>. Rules that hold for every function:
 *
 *   - It returns a fanin_status. Results leave through out-pointers, which are written on
 *     FANIN_OK only, unless the function says otherwise.
 *   - `error` may be NULL. On failure it receives a sentence that names the argument, what is
 *     allowed and what was received.
 *   - It never aborts on what a caller passes: sizes are checked before they are multiplied,
 *     memory that can't be had is FANIN_OUT_OF_MEMORY. Pointers are trusted to be what the
 *     contract line says; NULL where memory is needed is FANIN_INVALID_VALUE.
 *   - It keeps no state but the thread count, may be called from many threads at once and
 *     after fork().
 *
 * Random values are those of TensorFlow's stateless Philox ops, hence of
 * keras.initializers.*(seed=int) on the TensorFlow backend: each is a function of the seed and of
 * the logical, row-major index alone.
 */
#ifndef FANIN_H
#define FANIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a declaration below changes meaning. */
#define FANIN_ABI_VERSION 2u

/* The version of the library that is loaded, to be compared with FANIN_ABI_VERSION. */
uint32_t fanin_abi_version(void);

/* One value per kind of mistake; values are only ever appended. */
typedef int32_t fanin_status;
enum {
  FANIN_OK = 0,
  FANIN_INVALID_VALUE = 1,   /* an argument's value is not allowed */
  FANIN_INVALID_TYPE = 2,    /* an argument's dtype is not allowed */
  FANIN_OUT_OF_MEMORY = 3,   /* memory could not be had, or the size overflows 64 bits */
  FANIN_NOT_IMPLEMENTED = 4, /* allowed in Keras, not here */
  FANIN_BUSY = 5             /* the network is being trained by another thread */
};

/* A zero-terminated UTF-8 sentence. */
typedef struct fanin_error {
  char message[512];
} fanin_error;

/* ---- Configuration ------------------------------------------------------------------------ */

/* What the kernels are compiled for; the values they give are the same. The baseline is SSE2, or NEON. */
enum { FANIN_BASELINE = 0, FANIN_AVX2 = 1, FANIN_AVX512 = 2 };

/* The one in use: the best that this build has and this processor knows, or, of those, what the
 * environment variable FANIN_ISA (baseline, avx2, avx512) named when it was first needed. */
int32_t fanin_instruction_set(void);

/* 1 if this build has it and this processor knows it, else 0. */
int32_t fanin_has_instruction_set(int32_t instruction_set);

/* What OpenBLAS says of itself: its version, its options, the processor it takes this one for.
 * Writes as much of it as fits into `size` bytes, with a zero at the end. */
fanin_status fanin_describe_blas(char *text, int64_t size, fanin_error *error);

/* ---- Threads ------------------------------------------------------------------------------ */

/* Threads that one call may use; 1 ... 1024. At start: what the environment variable
 * FANIN_NUM_THREADS says, or the processors that this process may use (its affinity, and the CPU
 * quotas of its control groups). The count never changes a result. */
fanin_status fanin_set_num_threads(int32_t count, fanin_error *error);
int32_t fanin_get_num_threads(void);

/* ---- Arrays and seeds --------------------------------------------------------------------- */

/* Element types. float16 is IEEE binary16, bfloat16 the high half of a float32. */
enum { FANIN_FLOAT32 = 0, FANIN_FLOAT64 = 1, FANIN_FLOAT16 = 2, FANIN_BFLOAT16 = 3 };

/* A writable array: element (i, j, ...) lies at data + i * strides[0] + j * strides[1] + ...
 * bytes. Strides may be negative or in any order; elements must be aligned to their size and must
 * not overlap. rank 0 is one element. data may be NULL if there are no elements. */
typedef struct fanin_array {
  void *data;
  const int64_t *shape;   /* rank sizes, each >= 0 */
  const int64_t *strides; /* rank steps in bytes */
  int32_t rank;           /* 0 ... 64 */
  int32_t dtype;
} fanin_array;

/* An op seed. A Keras integer seed s is (floormod(s, 2^31 - 2), 0), see fanin_integer_seed; call
 * number n of a SeedGenerator(s) is (floormod(s, 2^31 - 2), n). */
typedef struct fanin_seed {
  int64_t first;
  int64_t second;
} fanin_seed;

/* The op seed that Keras makes of an integer seed and a call number. */
fanin_seed fanin_integer_seed(int64_t seed, int64_t call);

/* ---- Distributions ------------------------------------------------------------------------ */
/* Each writes every element of *out; the element with logical index i receives value first + i of
 * the stream, so that a part of a tensor can be filled alone. first plus the number of elements is
 * at most 2^58. */

/* Uniform on [minval, maxval): u * (maxval - minval) + minval, rounded after each operation, in
 * out's dtype. The bounds are rounded to float32 first, also for float64: so does Keras. */
fanin_status fanin_fill_uniform(const fanin_array *out, fanin_seed seed, uint64_t first,
                                double minval, double maxval, fanin_error *error);

/* Normal (Box-Muller): z * stddev + mean. */
fanin_status fanin_fill_normal(const fanin_array *out, fanin_seed seed, uint64_t first, double mean,
                               double stddev, fanin_error *error);

/* Normal restricted to |z| < 2 by rejection: z * stddev + mean. */
fanin_status fanin_fill_truncated_normal(const fanin_array *out, fanin_seed seed, uint64_t first,
                                         double mean, double stddev, fanin_error *error);

/* ---- Initializers ------------------------------------------------------------------------- */

enum { FANIN_FAN_IN = 0, FANIN_FAN_OUT = 1, FANIN_FAN_AVG = 2, FANIN_FAN_GEO_AVG = 3 };
enum { FANIN_TRUNCATED_NORMAL = 0, FANIN_UNTRUNCATED_NORMAL = 1, FANIN_UNIFORM = 2 };

/* Which fans of which tensor scale the variance. The fans are those of `shape`, the whole tensor's
 * shape, by Keras's rule, or, where both axis lists are given, the products of the sizes on those
 * axes (negative axes count from the end). */
typedef struct fanin_scaling {
  double scale; /* > 0 and finite */
  int32_t mode;
  int32_t distribution;
  const int64_t *shape;       /* rank sizes */
  const int64_t *input_axes;  /* input_axis_count axes, or NULL */
  const int64_t *output_axes; /* output_axis_count axes, or NULL */
  int32_t rank;               /* 0 ... 64 */
  int32_t input_axis_count;
  int32_t output_axis_count;
} fanin_scaling;

/* fan_in and fan_out of scaling->shape (scale, mode and distribution are not read). */
fanin_status fanin_compute_fans(const fanin_scaling *scaling, double *fan_in, double *fan_out,
                                fanin_error *error);

/* Variance scaling: with s = scale / max(1, n), n the fan that `mode` names, values are uniform on
 * [-L, L), L = sqrt(3 s), normal with stddev sqrt(s), or truncated normal with stddev
 * sqrt(s) / 0.87962566103423978. *out is the tensor, or a part of it that starts at flat index
 * `first`. */
fanin_status fanin_fill_variance_scaling(const fanin_array *out, fanin_seed seed, uint64_t first,
                                         const fanin_scaling *scaling, fanin_error *error);

/* Orthogonal: Q of the QR decomposition of normals, columns multiplied by the signs of R's
 * diagonal, times gain; rank >= 2, the last axis is the columns. float16 and bfloat16 are computed
 * in float32 and rounded once. Needs memory of twice the tensor's size. */
fanin_status fanin_fill_orthogonal(const fanin_array *out, fanin_seed seed, double gain,
                                   fanin_error *error);

enum { FANIN_STFT_REAL = 0, FANIN_STFT_IMAG = 1 };

/* Short-time Fourier transform kernel, shape (T, 1, F): cos or sin of -2 pi t f / (2 (F - 1)),
 * times window[t] / scaling. window: T values, or NULL for ones. scaling: nonzero. */
fanin_status fanin_fill_stft(const fanin_array *out, int32_t side, const double *window,
                             double scaling, fanin_error *error);

/* ---- Shuffles ----------------------------------------------------------------------------- */

/* The permutation of 0 ... count-1 that TensorFlow's seeded tf.random.shuffle draws (Fisher-Yates
 * over Philox words), with the seed pair of tf.random.set_seed(seed) and op seed `op`.
 * batch_size 0 shuffles all; k > 0 shuffles within each contiguous batch of k.
 * order: count values. */
fanin_status fanin_shuffle(int64_t seed, int64_t op, int64_t count, int64_t batch_size,
                           int64_t *order, fanin_error *error);

/* ---- Dense networks ----------------------------------------------------------------------- */

/* Activation functions: Keras's names and formulas. `constants` of a layer that applies one are its
 * arguments in Keras's order (leaky_relu: negative_slope; relu: negative_slope, max_value (infinity
 * for none), threshold; elu, celu: alpha; gelu: 1 for the tanh approximation; threshold: threshold,
 * default value; hard_shrink, soft_shrink: threshold; squareplus: b). All others read none. */
enum {
  FANIN_LINEAR = 0,
  FANIN_RELU = 1,
  FANIN_SOFTMAX = 2,
  FANIN_TANH = 3,
  FANIN_SIGMOID = 4,
  FANIN_CELU = 5,
  FANIN_ELU = 6,
  FANIN_EXPONENTIAL = 7,
  FANIN_GELU = 8,
  FANIN_GLU = 9,
  FANIN_HARD_SHRINK = 10,
  FANIN_HARD_SIGMOID = 11,
  FANIN_HARD_SILU = 12,
  FANIN_HARD_TANH = 13,
  FANIN_LEAKY_RELU = 14,
  FANIN_LOG_SIGMOID = 15,
  FANIN_LOG_SOFTMAX = 16,
  FANIN_MISH = 17,
  FANIN_RELU6 = 18,
  FANIN_SELU = 19,
  FANIN_SILU = 20,
  FANIN_SOFT_SHRINK = 21,
  FANIN_SOFTPLUS = 22,
  FANIN_SOFTSIGN = 23,
  FANIN_SPARSE_PLUS = 24,
  FANIN_SPARSE_SIGMOID = 25,
  FANIN_SPARSEMAX = 26,
  FANIN_SQUAREPLUS = 27,
  FANIN_TANH_SHRINK = 28,
  FANIN_THRESHOLD = 29
};

/* Applies an activation with `constants` (3 values) to x, outer x size x inner values, along the middle
 * axis. y: as many values, half as many for FANIN_GLU. dy, dx: NULL, or the gradient by y and what
 * receives the one by x. */
fanin_status fanin_activate(int32_t dtype, int32_t activation, const double *constants,
                            const void *x, int64_t outer, int64_t size, int64_t inner, void *y,
                            const void *dy, void *dx, fanin_error *error);

/* Layers, what they read, and their parameters in order. A sample has the shape of the layer below;
 * axes count from 0, the batch's axis not counted. */
enum {
  FANIN_DENSE = 0,               /* units, flags (FANIN_FIRST: a bias), activation and its constants.
                                    kernel (last axis of x, units), bias (units) */
  FANIN_ACTIVATION = 1,          /* activation, constants; axes: the one that softmax, log_softmax,
                                    sparsemax and glu work along, by default the last */
  FANIN_RESHAPE = 2,             /* axes: the new shape of a sample */
  FANIN_DROPOUT = 3,             /* constants[0]: the rate; seed; axes: none, or the noise's shape
                                    with the batch's axis: sizes of 1, or -1 for x's own */
  FANIN_GAUSSIAN_NOISE = 4,      /* constants[0]: stddev; seed */
  FANIN_GAUSSIAN_DROPOUT = 5,    /* constants[0]: the rate; seed */
  FANIN_ALPHA_DROPOUT = 6,       /* as FANIN_DROPOUT */
  FANIN_BATCH_NORMALIZATION = 7, /* axes: the one that is kept; constants: momentum, epsilon; flags:
                                    FANIN_FIRST gamma, FANIN_SECOND beta. gamma, beta (those there
                                    are), moving mean, moving variance */
  FANIN_LAYER_NORMALIZATION = 8, /* axes: those that are normalized, next to each other;
                                    constants[0]: epsilon; flags as before. gamma, beta */
  FANIN_RMS_NORMALIZATION = 9,   /* the same without beta; flags FANIN_FIRST. scale */
  FANIN_UNIT_NORMALIZATION = 10, /* axes, next to each other */
  FANIN_RESCALING = 11,          /* x scale + offset; units: 1, or the size of the last axis.
                                    scale, offset (units), which are not trained */
  FANIN_NORMALIZATION = 12,      /* (x - mean) / max(sqrt(variance), 1e-7); flags: FANIN_FIRST for the
                                    inverse; axes: those that have means of their own.
                                    mean, variance (sizes of these axes), which are not trained */
  FANIN_PRELU = 13,              /* axes: those that share a slope. alpha */
  FANIN_EMBEDDING = 14,          /* input_dim, units; x: whole numbers below input_dim; negative ones
                                    count from the end.
                                    embeddings (input_dim, units); only as the first layer */
  FANIN_ACTIVITY_REGULARIZATION = 15 /* constants: l1, l2: (l1 sum|x| + l2 sum x^2) / rows */
};

enum { FANIN_FIRST = 1, FANIN_SECOND = 2 };

typedef struct fanin_layer {
  int32_t kind;
  int32_t activation;
  int32_t flags;
  int32_t axis_count;    /* 0 ... 64 */
  const int64_t *axes;   /* axis_count values */
  int64_t units;
  int64_t input_dim;
  int64_t seed;
  double constants[4];
} fanin_layer;

/* A stack of layers, its parameters, gradients and optimizer state. Predictions and evaluations of
 * one network may run in many threads at once, one training beside them; training it from a second
 * thread is FANIN_BUSY. */
typedef struct fanin_network fanin_network;

/* dtype: FANIN_FLOAT32 or FANIN_FLOAT64. shape: rank sizes of a sample. layers: count > 0 of them.
 * All parameters start at zero. *network is destroyed by fanin_network_destroy. */
fanin_status fanin_network_create(int32_t dtype, const int64_t *shape, int32_t rank,
                                  const fanin_layer *layers, int64_t count, fanin_network **network,
                                  fanin_error *error);

/* NULL is allowed. No pointer into the network's memory may be used afterwards. */
void fanin_network_destroy(fanin_network *network);

/* Where parameter `index` of layer `layer` lies, row-major, and how many values it has. The memory
 * is the network's, and the caller may write to it. */
fanin_status fanin_network_parameter(const fanin_network *network, int64_t layer, int64_t index,
                                     void **values, int64_t *count, fanin_error *error);

/* Where a layer's random state lies, two int64_t: its seed, and how many batches have drawn from it;
 * the caller may write to it. */
fanin_status fanin_network_state(const fanin_network *network, int64_t layer, void **state,
                                 fanin_error *error);

/* Whether gradients change the layer's parameters (1, as at first) or not (0); a frozen batch
 * normalization uses its moving statistics. */
fanin_status fanin_network_set_trainable(fanin_network *network, int64_t layer, int32_t trainable,
                                         fanin_error *error);

/* Optimizers: Keras's update equations. What `constants` mean, in order, and `flag`. */
enum {
  FANIN_SGD = 0,      /* momentum in [0, 1]; flag: nesterov */
  FANIN_ADAGRAD = 1,  /* initial_accumulator_value >= 0, epsilon >= 0 */
  FANIN_ADAM = 2,     /* beta_1 and beta_2 in [0, 1), epsilon >= 0; flag: amsgrad */
  FANIN_RMSPROP = 3,  /* rho and momentum in [0, 1], epsilon >= 0; flag: centered */
  FANIN_NADAM = 4,    /* beta_1, beta_2, epsilon as Adam's */
  FANIN_ADAMAX = 5,   /* the same */
  FANIN_ADADELTA = 6, /* rho in [0, 1], epsilon >= 0 */
  FANIN_FTRL = 7,     /* learning_rate_power <= 0; initial_accumulator_value, l1, l2 and l2_shrinkage, all
                         >= 0; beta */
  FANIN_LION = 8,     /* beta_1 in (0, 1], beta_2 in [0, 1] */
  FANIN_LAMB = 9,     /* beta_1, beta_2, epsilon as Adam's */
  FANIN_ADAFACTOR = 10, /* beta_2_decay, epsilon_1 >= 0, epsilon_2 >= 0, clip_threshold > 0 */
  FANIN_MUON = 11     /* a, b, c, momentum, ns_steps in 0 ... 1000, rms_rate (NaN for none); of Adam
                         beta_1, beta_2, epsilon, weight_decay, lr_ratio; flag: nesterov */
};

typedef struct fanin_optimizer {
  int32_t kind;
  int32_t flag; /* 0 or 1 */
  double learning_rate; /* finite */
  double constants[11];
  double weight_decay;    /* 0 for none */
  double clipnorm;        /* of these three at most one is > 0, 0 is none: of each variable */
  double global_clipnorm; /* of all variables together */
  double clipvalue;
  double ema_momentum;             /* of the average of the parameters, in [0, 1]; NaN for no average */
  int64_t ema_overwrite_frequency; /* > 0; 0 for never */
  int64_t gradient_accumulation_steps; /* > 0 */
} fanin_optimizer;

enum { FANIN_NORMS = 0, FANIN_ORTHOGONAL = 1 };

/* What a variable costs. FANIN_NORMS: l1 sum|w| + l2 sum w^2. FANIN_ORTHOGONAL, for matrices: factor
 * times the mean of the products' magnitudes of all pairs of rows (flag 1: columns), each divided by
 * its norm. Factors are >= 0. */
typedef struct fanin_regularizer {
  int32_t kind;
  int32_t flag;
  double constants[2]; /* l1 and l2, or the factor */
} fanin_regularizer;

enum { FANIN_NON_NEGATIVE = 0, FANIN_NORM = 1, FANIN_UNIT_NORM = 2 };

/* What a variable is brought to after each step, with n the norm over the axes. FANIN_NON_NEGATIVE:
 * max(w, 0). FANIN_NORM: w (rate clip(n, min, max) + (1 - rate) n) / (1e-7 + n). FANIN_UNIT_NORM:
 * w / (1e-7 + n). */
typedef struct fanin_constraint {
  int32_t kind;
  int32_t axis_count;  /* 0 ... 64; -1 for all axes */
  const int64_t *axes; /* negative ones count from the end */
  double constants[3]; /* min, max, rate */
} fanin_constraint;

/* Sets what parameter `index` of a layer costs, which is added to the loss. */
fanin_status fanin_network_regularize(fanin_network *network, int64_t layer, int64_t index,
                                      const fanin_regularizer *regularizer, fanin_error *error);

/* Sets what it is brought to. */
fanin_status fanin_network_constrain(fanin_network *network, int64_t layer, int64_t index,
                                     const fanin_constraint *constraint, fanin_error *error);

enum { FANIN_FROM_DECAY = 1, FANIN_FROM_MUON = 2 };

/* Sets what the optimizer leaves out for it: its decay, or Muon's step for Adam's. exemptions: the
 * sum of such values. */
fanin_status fanin_network_exempt(fanin_network *network, int64_t layer, int64_t index,
                                  int32_t exemptions, fanin_error *error);

/* Sets what the optimizer's learning rate is multiplied by for it: >= 0 and finite, at first 1. */
fanin_status fanin_network_scale_rate(fanin_network *network, int64_t layer, int64_t index,
                                      double factor, fanin_error *error);

/* Keras's losses. The sparse and the generalized cross-entropy read class numbers, all others targets. */
/* Keras's losses. The sparse and the generalized cross-entropy read class numbers, all others targets. */
enum {
  FANIN_SPARSE_CATEGORICAL_CROSSENTROPY = 0,
  FANIN_CATEGORICAL_CROSSENTROPY = 1,
  FANIN_MEAN_SQUARED_ERROR = 2,
  FANIN_MEAN_ABSOLUTE_ERROR = 3,
  FANIN_MEAN_ABSOLUTE_PERCENTAGE_ERROR = 4,
  FANIN_MEAN_SQUARED_LOGARITHMIC_ERROR = 5,
  FANIN_HUBER = 6,
  FANIN_LOG_COSH = 7,
  FANIN_COSINE_SIMILARITY = 8,
  FANIN_KL_DIVERGENCE = 9,
  FANIN_POISSON = 10,
  FANIN_HINGE = 11,
  FANIN_SQUARED_HINGE = 12,
  FANIN_CATEGORICAL_HINGE = 13,
  FANIN_BINARY_CROSSENTROPY = 14,
  FANIN_BINARY_FOCAL_CROSSENTROPY = 15,
  FANIN_CATEGORICAL_FOCAL_CROSSENTROPY = 16,
  FANIN_CATEGORICAL_GENERALIZED_CROSS_ENTROPY = 17,
  FANIN_DICE = 18,
  FANIN_TVERSKY = 19
};

/* What the sum of a batch's losses, each times its weight, is divided by: their number (those of an
 * ignored class left out), nothing, or the sum of the weights. */
enum { FANIN_REDUCE_MEAN = 0, FANIN_REDUCE_SUM = 1, FANIN_REDUCE_WEIGHTED_MEAN = 2 };

/* The sparse, categorical, binary and binary focal cross-entropies after a last layer with softmax or
 * sigmoid are computed from what goes into that function. */
typedef struct fanin_loss {
  int32_t kind;
  int32_t from_logits; /* 0 or 1; cross-entropies only */
  int32_t reduction;
  int32_t flags;          /* FANIN_FIRST: samples of ignore_class cost nothing (sparse cross-entropy);
                             FANIN_SECOND: classes are balanced (binary focal cross-entropy) */
  int64_t ignore_class;
  double label_smoothing; /* cross-entropies with targets: in [0, 1] */
  double weight;          /* what the whole is multiplied by */
  double constants[2];    /* Huber: delta; focal ones: alpha, gamma; Tversky: alpha, beta;
                             generalized: q */
} fanin_loss;

/* The loss of each of rows samples: outputs rows x units, labels or targets as in fanin_samples;
 * values: rows of them. gradient: NULL, or receives their derivatives by the outputs, rows x units.
 * reduction and weight are not used. */
fanin_status fanin_losses(int32_t dtype, const fanin_loss *loss, const void *outputs,
                          const int64_t *labels, const void *targets, int64_t rows, int64_t units,
                          void *values, void *gradient, fanin_error *error);

/* Metrics are sums over samples, their state; the number itself is worked out from the state by the
 * caller. Of the first ten a sample has one number v, and the state is sum(w v), sum(w). */
enum {
  FANIN_SPARSE_CATEGORICAL_ACCURACY = 0,
  FANIN_CATEGORICAL_ACCURACY = 1,
  FANIN_BINARY_ACCURACY = 2,
  FANIN_ACCURACY = 3,
  FANIN_SPARSE_TOP_K_CATEGORICAL_ACCURACY = 4,
  FANIN_TOP_K_CATEGORICAL_ACCURACY = 5,
  FANIN_SPARSE_SORTED_TOP_K_CATEGORICAL_ACCURACY = 6, /* outputs are class numbers, best first */
  FANIN_PEARSON_CORRELATION = 7,
  FANIN_CONCORDANCE_CORRELATION = 8,
  FANIN_MEAN_LOSS = 9,
  FANIN_CONFUSION = 10,   /* for each column counted by itself (one, but for FANIN_MULTI_LABEL) how many
                             positive targets have outputs above exactly 0, 1, ... thresholds, and how
                             many negative ones: 2 (threshold_count + 1) numbers */
  FANIN_F_BETA_SCORE = 11, /* for each column: true positives, false positives, false negatives;
                             threshold 0: the largest output of a row is the positive one */
  FANIN_R2_SCORE = 12,    /* for each column sum(w y), sum(w y^2), sum(w (y - p)^2); sum(w), and the
                             number of targets */
  FANIN_INTERSECTION = 13 /* the confusion matrix: number x number, a row for each target class */
};

/* What an intersection takes for classes. */
enum {
  FANIN_CLASSES_VALUES = 0,  /* outputs and targets as they are */
  FANIN_CLASSES_BINARY = 1,  /* (output >= threshold), and targets as they are */
  FANIN_CLASSES_LABELS = 2,  /* where the largest output is, and the class number */
  FANIN_CLASSES_LARGEST = 3  /* where the largest output and the largest target are */
};

/* Flags of metrics, to be added up. */
enum {
  FANIN_WEIGHTED = 1,          /* samples count with their weights */
  FANIN_EVEN = 2,              /* confusion: thresholds are even in [0, 1], and found by multiplication */
  FANIN_MULTI_LABEL = 4,       /* confusion: each column is counted by itself */
  FANIN_OF_LOGITS = 8,         /* confusion: outputs are logits, of which the sigmoid is taken */
  FANIN_TRUNCATED_WEIGHTS = 16, /* weights are rounded towards 0 first */
  FANIN_IGNORES_CLASS = 32     /* intersection: samples of ignore_class do not count */
};

typedef struct fanin_metric {
  int32_t kind;
  int32_t flags;
  int32_t classes;
  int32_t threshold_count;      /* confusion: 1 ... 2^20 */
  int64_t number;               /* top-k: k >= 1; confusion: the k largest outputs count, or 0 for all;
                                   intersection: classes */
  int64_t column;               /* confusion: the only one that counts, or -1 for all */
  int64_t ignore_class;
  double threshold;             /* binary accuracy: 1 where the prediction is > threshold; F-beta;
                                   intersection */
  const double *thresholds;     /* confusion: threshold_count values, ascending */
  const double *column_weights; /* confusion: what each column counts, column_weight_count values, or
                                   NULL for 1 */
  int64_t column_weight_count;
  const fanin_loss *loss;       /* mean loss */
} fanin_metric;

/* How many numbers the metric's state has for outputs with a last axis of units. */
fanin_status fanin_metric_state_count(const fanin_metric *metric, int64_t units, int64_t *count,
                                      fanin_error *error);

/* Adds samples to a metric's state; arrays as for fanin_losses, weights: NULL or rows values. */
fanin_status fanin_metric_add(int32_t dtype, const fanin_metric *metric, const void *outputs,
                              const int64_t *labels, const void *targets, const void *weights,
                              int64_t rows, int64_t units, double *state, fanin_error *error);

/* Sets optimizer, loss and metrics, and clears the optimizer's state (slots and step count).
 * metrics: metric_count of them, may be NULL if 0. */
fanin_status fanin_network_compile(fanin_network *network, const fanin_optimizer *optimizer,
                                   const fanin_loss *loss, const fanin_metric *metrics,
                                   int64_t metric_count, fanin_error *error);

/* Clears the optimizer's slots and step count; the network must be compiled. */
fanin_status fanin_network_reset_optimizer(fanin_network *network, fanin_error *error);

/* The optimizer's steps so far (0 ... 2^53-1), which its equations use. */
fanin_status fanin_network_set_iterations(fanin_network *network, int64_t iterations,
                                          fanin_error *error);

/* Where the optimizer's array number `slot` for a parameter lies: as many values as the parameter;
 * the caller may write to it. */
fanin_status fanin_network_slot(const fanin_network *network, int64_t layer, int64_t index,
                                int64_t slot, void **values, fanin_error *error);

/* Samples. The last axis of the last layer's outputs are units; a sample has `positions` of them
 * (1 where its outputs have one axis). x: rows samples, row-major, of the network's dtype, aligned.
 * y: for sparse losses and metrics `labels`, rows x positions class numbers in 0 ... units-1; for
 * the others `targets`, rows x positions x units of the network's dtype; what no loss or metric
 * needs may be NULL. weights: NULL, or rows x positions of the network's dtype. order: NULL, or rows
 * indices into 0 ... rows-1, in which the samples are taken. */
typedef struct fanin_samples {
  const void *x;
  const int64_t *labels;
  const void *targets;
  const void *weights;
  const int64_t *order;
  int64_t rows;
} fanin_samples;

/* Work is done in steps of batch_size samples (the last may be smaller), beginning with step
 * *step (0 first), until all samples are done or budget_ns nanoseconds have passed, but at least
 * one step. *step becomes the number of steps done in all; also on failure, when the failing step
 * has changed nothing. sums: 1 and the metrics' state_counts values; to the first is added each
 * step's loss times its samples, to the others what the samples seen add to the metrics' states.
 * The network must be compiled.
 * train: a forward and a backward pass and an optimizer update each step; losses and metrics are
 * those before the update. rates: the learning rate of each step, or NULL for the optimizer's. */
fanin_status fanin_network_train(fanin_network *network, const fanin_samples *samples,
                                 int64_t batch_size, int64_t budget_ns, const double *rates,
                                 int64_t *step, double *sums, fanin_error *error);
fanin_status fanin_network_evaluate(const fanin_network *network, const fanin_samples *samples,
                                    int64_t batch_size, int64_t budget_ns, int64_t *step,
                                    double *sums, fanin_error *error);

/* The last layer's outputs, in steps as above. x: rows samples. out: rows x outputs. training: 1
 * for what layers do in training (they drop, and use and move the batch's statistics), else 0. */
fanin_status fanin_network_predict(fanin_network *network, const void *x, int64_t rows,
                                   int64_t batch_size, int64_t budget_ns, int32_t training,
                                   int64_t *step, void *out, fanin_error *error);

/* What is known of many values v. Values that are not finite count for nothing else. */
typedef struct fanin_statistics {
  int64_t count;         /* 0 for layers that give their inputs another shape */
  int64_t not_finite;
  double mean;
  double variance;       /* E (v - mean)^2 */
  double kurtosis;       /* E (v - mean)^4 / variance^2; NaN where the variance is 0 */
  double minimum;
  double maximum;
  double zeros;          /* the share of zeros */
  double constant;       /* the share of a sample's values that are the same for all samples */
  double saturated;      /* the share of values where the layer's function is less than 1/20 as steep as
                            where it is steepest; NaN for layers that are no function of single values */
  int64_t histogram[64]; /* values in equal bins from minimum to maximum */
} fanin_statistics;

/* One forward and one backward pass with a batch, as in training, and what goes through; nothing is
 * changed but what layers remember of batches. samples: order is NULL. loss: what gives the outputs'
 * gradients, or NULL, where the targets are these gradients. outputs, gradients: count of them, one
 * for each layer of the network: of its outputs, and of the loss's derivatives by them; those of a
 * dense layer with an activation are by what goes into that, and so are those of the last activation
 * where the loss reads what goes into it. */
fanin_status fanin_network_observe(fanin_network *network, const fanin_samples *samples,
                                   const fanin_loss *loss, fanin_statistics *outputs,
                                   fanin_statistics *gradients, int64_t count, fanin_error *error);

#ifdef __cplusplus
}
#endif

#endif

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
#define FANIN_ABI_VERSION 1u

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

enum { FANIN_FAN_IN = 0, FANIN_FAN_OUT = 1, FANIN_FAN_AVG = 2 };
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

enum {
  FANIN_LINEAR = 0,
  FANIN_RELU = 1,
  FANIN_SOFTMAX = 2,
  FANIN_TANH = 3,
  FANIN_SIGMOID = 4
};

/* y = activation(x kernel + bias): kernel (inputs, units), bias (units). */
typedef struct fanin_dense {
  int64_t units; /* > 0 */
  int32_t activation;
  int32_t use_bias; /* 0 or 1 */
} fanin_dense;

/* A stack of dense layers, its parameters, gradients and optimizer state. Predictions and
 * evaluations of one network may run in many threads at once, one training beside them; training
 * it from a second thread is FANIN_BUSY. */
typedef struct fanin_network fanin_network;

/* dtype: FANIN_FLOAT32 or FANIN_FLOAT64. All parameters start at zero. layers: count > 0 layers.
 * *network is destroyed by fanin_network_destroy. */
fanin_status fanin_network_create(int32_t dtype, int64_t input_size, const fanin_dense *layers,
                                  int64_t count, fanin_network **network, fanin_error *error);

/* NULL is allowed. No pointer into the network's memory may be used afterwards. */
void fanin_network_destroy(fanin_network *network);

/* Where the parameters of layer `layer` lie: the kernel (inputs x units, row-major) and the bias
 * (units; NULL without one). The memory is the network's, and the caller may write to it. */
fanin_status fanin_network_parameters(const fanin_network *network, int64_t layer, void **kernel,
                                      void **bias, fanin_error *error);

enum { FANIN_SGD = 0, FANIN_ADAGRAD = 1, FANIN_ADAM = 2, FANIN_RMSPROP = 3 };

/* Keras's update equations; a field that the kind does not use is not read. */
typedef struct fanin_optimizer {
  int32_t kind;
  int32_t flag;         /* 0 or 1: nesterov (SGD), amsgrad (Adam), centered (RMSprop) */
  double learning_rate; /* finite */
  double momentum;      /* SGD and RMSprop: in [0, 1] */
  double beta_1;        /* Adam: in [0, 1) */
  double beta_2;        /* Adam: in [0, 1) */
  double rho;           /* RMSprop: in [0, 1] */
  double epsilon;       /* Adagrad, Adam, RMSprop: >= 0 */
  double initial_accumulator_value; /* Adagrad: >= 0 */
} fanin_optimizer;

enum {
  FANIN_SPARSE_CATEGORICAL_CROSSENTROPY = 0,
  FANIN_CATEGORICAL_CROSSENTROPY = 1,
  FANIN_MEAN_SQUARED_ERROR = 2
};

/* A cross-entropy after a last layer with softmax is computed from that layer's logits. */
typedef struct fanin_loss {
  int32_t kind;
  int32_t from_logits;    /* 0 or 1; cross-entropies only */
  double label_smoothing; /* categorical cross-entropy: in [0, 1] */
} fanin_loss;

enum {
  FANIN_SPARSE_CATEGORICAL_ACCURACY = 0,
  FANIN_CATEGORICAL_ACCURACY = 1,
  FANIN_BINARY_ACCURACY = 2
};

typedef struct fanin_metric {
  int32_t kind;
  int32_t reserved; /* 0 */
  double threshold; /* binary accuracy: 1 where the prediction is > threshold */
} fanin_metric;

/* Sets optimizer, loss and metrics, and clears the optimizer's state (slots and step count).
 * metrics: metric_count of them, may be NULL if 0. */
fanin_status fanin_network_compile(fanin_network *network, const fanin_optimizer *optimizer,
                                   const fanin_loss *loss, const fanin_metric *metrics,
                                   int64_t metric_count, fanin_error *error);

/* Clears the optimizer's slots and step count; the network must be compiled. */
fanin_status fanin_network_reset_optimizer(fanin_network *network, fanin_error *error);

/* Changes the learning rate of a compiled network; the optimizer's state stays. */
fanin_status fanin_network_set_learning_rate(fanin_network *network, double learning_rate,
                                             fanin_error *error);

/* Samples. x: rows x input_size, row-major, of the network's dtype, aligned. y: for sparse losses
 * and metrics `labels`, rows class numbers in 0 ... units-1; for the others `targets`, rows x units
 * of the network's dtype; what no loss or metric needs may be NULL. order: NULL, or rows indices
 * into 0 ... rows-1, in which the samples are taken. */
typedef struct fanin_samples {
  const void *x;
  const int64_t *labels;
  const void *targets;
  const int64_t *order;
  int64_t rows;
} fanin_samples;

/* Work is done in steps of batch_size samples (the last may be smaller), beginning with step
 * *step (0 first), until all samples are done or budget_ns nanoseconds have passed, but at least
 * one step. *step becomes the number of steps done in all; also on failure, when the failing step
 * has changed nothing. sums: 1 + metric_count values, to which are added, over the samples seen,
 * the losses and each metric's hits. The network must be compiled.
 * train: a forward and a backward pass and an optimizer update each step; losses and hits are
 * those before the update. */
fanin_status fanin_network_train(fanin_network *network, const fanin_samples *samples,
                                 int64_t batch_size, int64_t budget_ns, int64_t *step, double *sums,
                                 fanin_error *error);
fanin_status fanin_network_evaluate(const fanin_network *network, const fanin_samples *samples,
                                    int64_t batch_size, int64_t budget_ns, int64_t *step,
                                    double *sums, fanin_error *error);

/* The last layer's outputs, in steps as above. x: rows x input_size. out: rows x units. */
fanin_status fanin_network_predict(const fanin_network *network, const void *x, int64_t rows,
                                   int64_t batch_size, int64_t budget_ns, int64_t *step, void *out,
                                   fanin_error *error);

#ifdef __cplusplus
}
#endif

#endif

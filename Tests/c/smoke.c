/* Calls every function of fanin.h from C99 and checks what it gives. Exit status 0: all is well.
 * The random values are those of keras.initializers with seed=42 and of tf.random.shuffle after
 * tf.random.set_seed(42), TensorFlow 2.21. */
#include <fanin.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;
static fanin_error error;

static void check(int good, const char *what, int line) {
  if (good) return;
  failures += 1;
  fprintf(stderr, "smoke.c:%d: %s; last message: \"%s\"\n", line, what, error.message);
}
#define CHECK(condition) check((condition) != 0, #condition, __LINE__)
#define OK(call) check((call) == FANIN_OK, #call, __LINE__)
/* The call fails with this status, and its message has this word in it. */
#define FAILS(call, status, word) \
  check((call) == (status) && strstr(error.message, word) != NULL, #call, __LINE__)

static int near(double x, double y, double tolerance) {
  return x - y <= tolerance && y - x <= tolerance;
}

static int same(const float *x, const float *y, int count) {
  return memcmp(x, y, (size_t)count * sizeof(float)) == 0;
}

/* A float32 matrix; layout: rows, columns, bytes from row to row, bytes from column to column. */
static fanin_array matrix(void *data, const int64_t *layout) {
  fanin_array array = {NULL, NULL, NULL, 2, FANIN_FLOAT32};
  array.data = data;
  array.shape = layout;
  array.strides = layout + 2;
  return array;
}

static void library(void) {
  int32_t threads = fanin_get_num_threads();
  char text[8] = "unset";
  CHECK(fanin_abi_version() == FANIN_ABI_VERSION);
  CHECK(fanin_has_instruction_set(FANIN_BASELINE) == 1 && fanin_has_instruction_set(99) == 0);
  CHECK(fanin_has_instruction_set(fanin_instruction_set()) == 1);
  FAILS(fanin_describe_blas(text, 0, &error), FANIN_INVALID_VALUE, "size");
  FAILS(fanin_describe_blas(NULL, 8, &error), FANIN_INVALID_VALUE, "text");
  CHECK(strcmp(text, "unset") == 0);
  OK(fanin_describe_blas(text, sizeof text, &error));
  CHECK(strcmp(text, "OpenBLA") == 0);
  CHECK(threads >= 1);
  OK(fanin_set_num_threads(3, &error));
  CHECK(fanin_get_num_threads() == 3);
  FAILS(fanin_set_num_threads(0, &error), FANIN_INVALID_VALUE, "0");
  CHECK(fanin_set_num_threads(1025, NULL) == FANIN_INVALID_VALUE);
  CHECK(fanin_get_num_threads() == 3);
  OK(fanin_set_num_threads(threads, &error));

  CHECK(fanin_integer_seed(42, 0).first == 42 && fanin_integer_seed(42, 7).second == 7);
  CHECK(fanin_integer_seed(-1, 0).first == 2147483645); /* floormod(-1, 2^31 - 2) */
}

static void distributions(void) {
  static const float uniform[6] = {-0x1.bd93bp-2f,  -0x1.9fp-9f,     0x1.b9425p-2f,
                                   -0x1.eb5028p-1f, -0x1.af83f8p-1f, 0x1.03319p-2f};
  static const float normal[6] = {0x1.0325ap-6f,  -0x1.970ffp+0f,  0x1.a852aap-4f,
                                  0x1.9f9d2ap-1f, -0x1.9c403ap+0f, -0x1.944032p+0f};
  static const float truncated[6] = {0x1.0325ap-6f,  -0x1.970ffp+0f,  0x1.a852aap-4f,
                                     0x1.9f9d2ap-1f, -0x1.5ebf08p-6f, 0x1.e3a4aap-4f};
  const fanin_seed seed = fanin_integer_seed(42, 0);
  const int64_t by_rows[4] = {3, 2, 8, 4}, by_columns[4] = {3, 2, 4, 12}, row[4] = {1, 2, 8, 4};
  const int64_t huge[4] = {INT64_C(1) << 40, INT64_C(1) << 40, 8, 4};
  float x[6], tail[2];
  fanin_array out = matrix(x, by_rows), end = matrix(tail, row), wrong;

  OK(fanin_fill_uniform(&out, seed, 0, -1, 1, &error));
  CHECK(same(x, uniform, 6));
  OK(fanin_fill_uniform(&end, seed, 4, -1, 1, &error));
  CHECK(same(tail, uniform + 4, 2));
  OK(fanin_fill_normal(&out, seed, 0, 0, 1, &error));
  CHECK(same(x, normal, 6));
  OK(fanin_fill_truncated_normal(&out, seed, 0, 0, 1, &error));
  CHECK(same(x, truncated, 6));

  out = matrix(x, by_columns); /* the same logical values */
  OK(fanin_fill_uniform(&out, seed, 0, -1, 1, &error));
  CHECK(x[0] == uniform[0] && x[3] == uniform[1] && x[1] == uniform[2] && x[5] == uniform[5]);

  memcpy(x, normal, sizeof x);
  wrong = out;
  wrong.dtype = 9;
  FAILS(fanin_fill_uniform(&wrong, seed, 0, -1, 1, &error), FANIN_INVALID_TYPE, "dtype");
  wrong = out;
  wrong.data = NULL;
  CHECK(fanin_fill_normal(&wrong, seed, 0, 0, 1, &error) == FANIN_INVALID_VALUE);
  wrong = out;
  wrong.shape = huge;
  CHECK(fanin_fill_normal(&wrong, seed, 0, 0, 1, &error) == FANIN_OUT_OF_MEMORY);
  CHECK(same(x, normal, 6));
}

static void initializers(void) {
  static const float he_uniform[6] = {-0x1.3b1208p-1f, -0x1.2574p-8f,   0x1.38046cp-1f,
                                      -0x1.5b692cp+0f, -0x1.3120a6p+0f, 0x1.6e8e18p-2f};
  const fanin_seed seed = fanin_integer_seed(42, 0);
  const int64_t dense[4] = {3, 2, 8, 4}, tall[4] = {4, 3, 12, 4}, convolution[4] = {3, 3, 4, 8};
  const int64_t first[1] = {0}, last[1] = {-1};
  const int64_t frames[3] = {4, 1, 3}, frame_steps[3] = {12, 12, 4};
  const double window[4] = {1, 2, 3, 4};
  fanin_scaling scaling = {2, FANIN_FAN_IN, FANIN_UNIFORM, NULL, NULL, NULL, 2, 0, 0};
  fanin_array stft = {NULL, NULL, NULL, 3, FANIN_FLOAT32}, out;
  double fan_in = 0, fan_out = 0;
  float x[12];
  int i, j;

  scaling.shape = dense;
  out = matrix(x, dense);
  OK(fanin_fill_variance_scaling(&out, seed, 0, &scaling, &error));
  CHECK(same(x, he_uniform, 6));
  scaling.scale = -1;
  FAILS(fanin_fill_variance_scaling(&out, seed, 0, &scaling, &error), FANIN_INVALID_VALUE, "scale");

  scaling.shape = convolution;
  scaling.rank = 4;
  OK(fanin_compute_fans(&scaling, &fan_in, &fan_out, &error));
  CHECK(fan_in == 36 && fan_out == 72);
  scaling.input_axes = first;
  scaling.output_axes = last;
  scaling.input_axis_count = scaling.output_axis_count = 1;
  OK(fanin_compute_fans(&scaling, &fan_in, &fan_out, &error));
  CHECK(fan_in == 3 && fan_out == 8);

  out = matrix(x, tall);
  OK(fanin_fill_orthogonal(&out, seed, 2, &error));
  for (i = 0; i < 3; i++) {
    for (j = 0; j < 3; j++) {
      double dot = x[i] * x[j] + x[3 + i] * x[3 + j] + x[6 + i] * x[6 + j] + x[9 + i] * x[9 + j];
      CHECK(near(dot, i == j ? 4 : 0, 1e-5)); /* 4 gain^2 (rows + columns) 2^-24 = 7e-6 */
    }
  }

  stft.data = x; /* [t][0][f] */
  stft.shape = frames;
  stft.strides = frame_steps;
  OK(fanin_fill_stft(&stft, FANIN_STFT_REAL, NULL, 2, &error));
  CHECK(x[0] == 0.5f && near(x[1 * 3 + 2], -0.5, 1e-7) && near(x[2 * 3 + 1], -0.5, 1e-7));
  OK(fanin_fill_stft(&stft, FANIN_STFT_IMAG, window, 2, &error));
  CHECK(x[0] == 0 && near(x[1 * 3 + 1], -1, 1e-6) && near(x[3 * 3 + 1], 2, 1e-6));
  FAILS(fanin_fill_stft(&stft, FANIN_STFT_IMAG, window, 0, &error), FANIN_INVALID_VALUE, "scaling");
}

static void shuffles(void) {
  static const int64_t expected[10] = {3, 8, 7, 5, 2, 0, 1, 6, 9, 4};
  static const int64_t expected_op_7[10] = {6, 0, 7, 3, 4, 8, 2, 1, 5, 9};
  int64_t order[10], seen = 0;
  int i;

  OK(fanin_shuffle(42, 0, 10, 0, order, &error));
  CHECK(memcmp(order, expected, sizeof order) == 0);
  OK(fanin_shuffle(42, 7, 10, 0, order, &error));
  CHECK(memcmp(order, expected_op_7, sizeof order) == 0);
  OK(fanin_shuffle(42, 0, 10, 4, order, &error));
  for (i = 0; i < 10; i++) {
    CHECK(order[i] / 4 == i / 4); /* each stays in its batch of 4 */
    seen |= INT64_C(1) << order[i];
  }
  CHECK(seen == 1023);
  FAILS(fanin_shuffle(42, 0, -1, 0, order, &error), FANIN_INVALID_VALUE, "-1");
}

/* Exclusive or: 2 inputs, 8 tanh units, 2 classes. */
static void networks(void) {
  static const float x[8] = {0, 0, 0, 1, 1, 0, 1, 1};
  static const int64_t labels[4] = {0, 1, 1, 0}, bad_labels[4] = {0, 1, 2, 0};
  static const int64_t order[4] = {2, 0, 3, 1};
  static const int64_t input[1] = {2};
  fanin_layer layers[2];
  fanin_optimizer adam;
  fanin_loss loss;
  fanin_statistics values[2], gradients[2];
  fanin_metric accuracy;
  const fanin_regularizer l2 = {FANIN_NORMS, 0, {0, 10}};
  const int64_t first_axis[1] = {0};
  const fanin_constraint unit = {FANIN_UNIT_NORM, 1, NULL, {0, 0, 0}};
  fanin_constraint columns = unit;
  const int64_t shape_1[4] = {2, 8, 32, 4}, shape_2[4] = {8, 2, 8, 4};
  const int64_t all = INT64_MAX; /* no time limit */
  fanin_samples samples = {NULL, NULL, NULL, NULL, NULL, 4};
  fanin_network *net = NULL;
  fanin_array first, second;
  void *kernel = NULL, *bias = NULL, *last_kernel = NULL, *moment = NULL, *state = NULL;
  float outputs[8], start[16], once[16];
  double sums[3] = {0, 0, 0}, rates[1] = {0};
  int64_t step = 0, count = 0;
  int epoch;

  memset(&adam, 0, sizeof adam);
  adam.kind = FANIN_ADAM;
  adam.learning_rate = 0.05;
  adam.constants[0] = 0.9; /* beta_1, beta_2, epsilon */
  adam.constants[1] = 0.999;
  adam.constants[2] = 1e-7;
  adam.ema_momentum = NAN;
  adam.gradient_accumulation_steps = 1;
  memset(&loss, 0, sizeof loss);
  loss.kind = FANIN_SPARSE_CATEGORICAL_CROSSENTROPY;
  loss.weight = 1;
  memset(&accuracy, 0, sizeof accuracy);
  accuracy.kind = FANIN_SPARSE_CATEGORICAL_ACCURACY;
  columns.axes = first_axis;
  memset(layers, 0, sizeof layers);
  layers[0].kind = layers[1].kind = FANIN_DENSE;
  layers[0].units = 8;
  layers[0].activation = FANIN_TANH;
  layers[0].flags = FANIN_FIRST;
  layers[1].units = 2;
  layers[1].activation = FANIN_SOFTMAX;
  samples.x = x;
  samples.labels = labels;

  FAILS(fanin_network_create(FANIN_FLOAT16, input, 1, layers, 2, &net, &error), FANIN_INVALID_TYPE,
        "dtype");
  FAILS(fanin_network_create(FANIN_FLOAT32, input, -1, layers, 2, &net, &error),
        FANIN_INVALID_VALUE, "-1");
  CHECK(net == NULL);
  fanin_network_destroy(NULL);
  OK(fanin_network_create(FANIN_FLOAT32, input, 1, layers, 2, &net, &error));
  if (net == NULL) return;
  OK(fanin_network_parameter(net, 0, 0, &kernel, &count, &error));
  CHECK(count == 16);
  OK(fanin_network_parameter(net, 0, 1, &bias, &count, &error));
  CHECK(count == 8);
  OK(fanin_network_parameter(net, 1, 0, &last_kernel, &count, &error));
  CHECK(kernel != NULL && bias != NULL && last_kernel != NULL);
  if (kernel == NULL || bias == NULL || last_kernel == NULL) return;
  CHECK(fanin_network_parameter(net, 1, 1, &bias, &count, &error) == FANIN_INVALID_VALUE);
  CHECK(fanin_network_parameter(net, 2, 0, &bias, &count, &error) == FANIN_INVALID_VALUE);
  OK(fanin_network_state(net, 0, &state, &error));
  CHECK(state != NULL && ((int64_t *)state)[1] == 0);

  /* Before it is compiled, and with all parameters at zero. */
  CHECK(fanin_network_train(net, &samples, 4, all, NULL, &step, sums, &error) == FANIN_INVALID_VALUE);
  OK(fanin_network_compile(net, &adam, &loss, &accuracy, 1, &error));
  OK(fanin_network_evaluate(net, &samples, 3, all, &step, sums, &error));
  CHECK(step == 2 && near(sums[0] / 4, 0.69314718, 1e-6)); /* ln 2 */

  first = matrix(kernel, shape_1);
  second = matrix(last_kernel, shape_2);
  OK(fanin_fill_uniform(&first, fanin_integer_seed(1, 0), 0, -1, 1, &error));
  OK(fanin_fill_uniform(&second, fanin_integer_seed(2, 0), 0, -1, 1, &error));
  memcpy(start, kernel, sizeof start);

  /* A bad label changes nothing; a budget of nothing does one step. */
  samples.labels = bad_labels;
  step = 0;
  FAILS(fanin_network_train(net, &samples, 4, all, NULL, &step, sums, &error), FANIN_INVALID_VALUE,
        "label");
  CHECK(step == 0 && same((const float *)kernel, start, 16));
  samples.labels = labels;
  FAILS(fanin_network_train(net, &samples, 0, all, NULL, &step, sums, &error), FANIN_INVALID_VALUE,
        "batch_size");
  samples.order = order;
  OK(fanin_network_train(net, &samples, 1, 0, NULL, &step, sums, &error));
  CHECK(step == 1 && !same((const float *)kernel, start, 16));

  /* The same step again, from the same weights and a fresh optimizer. */
  memcpy(once, kernel, sizeof once);
  memcpy(kernel, start, sizeof start);
  OK(fanin_network_reset_optimizer(net, &error));
  OK(fanin_fill_uniform(&second, fanin_integer_seed(2, 0), 0, -1, 1, &error));
  memset(bias, 0, 8 * sizeof(float));
  step = 0;
  OK(fanin_network_train(net, &samples, 1, 0, NULL, &step, sums, &error));
  CHECK(same((const float *)kernel, once, 16));

  for (epoch = 0; epoch < 300; epoch++) {
    step = 0;
    OK(fanin_network_train(net, &samples, 4, all, NULL, &step, sums, &error));
  }
  step = 0;
  sums[0] = sums[1] = sums[2] = 0;
  OK(fanin_network_evaluate(net, &samples, 4, all, &step, sums, &error));
  CHECK(step == 1 && sums[0] / 4 < 0.05 && sums[1] == 4 && sums[2] == 4);
  step = 0;
  OK(fanin_network_predict(net, x, 4, 4, all, 0, &step, outputs, &error));
  CHECK(outputs[0] > 0.9f && outputs[3] > 0.9f && outputs[5] > 0.9f && outputs[6] > 0.9f);
  CHECK(near(outputs[0] + outputs[1], 1, 1e-6));

  samples.order = NULL;
  OK(fanin_network_observe(net, &samples, &loss, values, gradients, 2, &error));
  CHECK(values[1].count == 8 && near(values[1].mean, 0.5, 1e-6)); /* probabilities of two classes */
  CHECK(gradients[0].count == 32 && gradients[0].variance > 0);
  FAILS(fanin_network_observe(net, &samples, &loss, values, gradients, 1, &error), FANIN_INVALID_VALUE,
        "count");

  samples.order = order;

  /* A learning rate of zero trains nothing. */
  memcpy(once, kernel, sizeof once);
  step = 0;
  OK(fanin_network_train(net, &samples, 4, all, rates, &step, sums, &error));
  CHECK(same((const float *)kernel, once, 16));
  OK(fanin_network_set_iterations(net, 7, &error));
  FAILS(fanin_network_set_iterations(net, -1, &error), FANIN_INVALID_VALUE, "iterations");
  OK(fanin_network_slot(net, 0, 0, 1, &moment, &error));
  CHECK(moment != NULL && *(float *)moment > 0); /* Adam's mean square */
  FAILS(fanin_network_slot(net, 0, 0, 9, &moment, &error), FANIN_INVALID_VALUE, "slot");

  /* A cost makes the loss larger, a constraint the columns' norms 1. */
  step = 0;
  sums[0] = sums[1] = sums[2] = 0;
  OK(fanin_network_regularize(net, 0, 0, &l2, &error));
  OK(fanin_network_evaluate(net, &samples, 4, all, &step, sums, &error));
  CHECK(sums[0] / 4 > 1);
  FAILS(fanin_network_constrain(net, 0, 0, &unit, &error), FANIN_INVALID_VALUE, "NULL");
  OK(fanin_network_constrain(net, 0, 0, &columns, &error));
  OK(fanin_network_exempt(net, 0, 0, FANIN_FROM_DECAY, &error));
  FAILS(fanin_network_scale_rate(net, 0, 0, -1, &error), FANIN_INVALID_VALUE, "factor");
  OK(fanin_network_scale_rate(net, 0, 0, 0.5, &error));
  step = 0;
  OK(fanin_network_train(net, &samples, 4, all, NULL, &step, sums, &error));
  memcpy(once, kernel, sizeof once);
  CHECK(near(once[0] * once[0] + once[8] * once[8], 1, 1e-5));

  /* A frozen layer stays as it is. */
  OK(fanin_network_set_trainable(net, 0, 0, &error));
  step = 0;
  OK(fanin_network_train(net, &samples, 4, all, NULL, &step, sums, &error));
  CHECK(same((const float *)kernel, once, 16));
  fanin_network_destroy(net);
}

static void judgements(void) {
  static const float x[4] = {-1, 2, 0.5f, 0}, expected[4] = {0, 2, 0.5f, 0};
  static const int64_t labels[2] = {1, 1};
  const double constants[3] = {0, INFINITY, 0};
  fanin_loss loss;
  fanin_metric accuracy;
  float y[4], values[2];
  double state[2] = {0, 0};
  int64_t count = 0;

  memset(&loss, 0, sizeof loss);
  loss.kind = FANIN_SPARSE_CATEGORICAL_CROSSENTROPY;
  loss.from_logits = 1;
  loss.weight = 1;
  memset(&accuracy, 0, sizeof accuracy);
  accuracy.kind = FANIN_SPARSE_CATEGORICAL_ACCURACY;
  OK(fanin_activate(FANIN_FLOAT32, FANIN_RELU, constants, x, 2, 2, 1, y, NULL, NULL, &error));
  CHECK(same(y, expected, 4));
  OK(fanin_losses(FANIN_FLOAT32, &loss, x, labels, NULL, 2, 2, values, NULL, &error));
  CHECK(near(values[0], 0.04858735, 1e-6) && near(values[1], 0.97407699, 1e-6));
  OK(fanin_metric_state_count(&accuracy, 2, &count, &error));
  CHECK(count == 2);
  OK(fanin_metric_add(FANIN_FLOAT32, &accuracy, x, labels, NULL, NULL, 2, 2, state, &error));
  CHECK(state[0] == 1 && state[1] == 2);
}

int main(void) {
  library();
  distributions();
  initializers();
  shuffles();
  networks();
  judgements();
  if (failures == 0) puts("smoke.c: every function of fanin.h works");
  return failures != 0;
}

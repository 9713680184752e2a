// The few BLAS and LAPACK routines that Fanin calls, with 32-bit sizes.
//
// PyPI's scipy-openblas32 has "scipy_" before every symbol: its builds define
// BLAS_SYMBOL_PREFIX=scipy_. A macro that renames a function would rename it for Swift too, hence
// the inline functions.
#ifndef FANIN_OPENBLAS_H
#define FANIN_OPENBLAS_H

#ifndef BLAS_SYMBOL_PREFIX
#define BLAS_SYMBOL_PREFIX
#endif
#define BLAS_JOIN_(prefix, name) prefix##name
#define BLAS_JOIN(prefix, name) BLAS_JOIN_(prefix, name)
#define BLAS(name) BLAS_JOIN(BLAS_SYMBOL_PREFIX, name)

enum { BLAS_ROW_MAJOR = 101, BLAS_NO_TRANS = 111, BLAS_TRANS = 112 };

void BLAS(openblas_set_num_threads)(int count);
int BLAS(openblas_get_num_threads)(void);
char *BLAS(openblas_get_config)(void);

#define DECLARE(letter, type)                                                                     \
  void BLAS(cblas_##letter##gemm)(int order, int trans_a, int trans_b, int m, int n, int k,       \
                                  type alpha, const type *a, int lda, const type *b, int ldb,     \
                                  type beta, type *c, int ldc);                                   \
  void BLAS(letter##geqrf_)(const int *m, const int *n, type *a, const int *lda, type *tau,       \
                            type *work, const int *lwork, int *info);                             \
  void BLAS(letter##orgqr_)(const int *m, const int *n, const int *k, type *a, const int *lda,    \
                            const type *tau, type *work, const int *lwork, int *info);            \
                                                                                                  \
  /* C = alpha op(A) op(B) + beta C, row-major; op(A) is m x k, op(B) k x n. */                   \
  static inline void blas_##letter##gemm(int trans_a, int trans_b, int m, int n, int k,           \
                                         type alpha, const type *a, int lda, const type *b,       \
                                         int ldb, type beta, type *c, int ldc) {                  \
    BLAS(cblas_##letter##gemm)                                                                    \
    (BLAS_ROW_MAJOR, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);             \
  }                                                                                               \
  /* The QR decomposition of the m x n column-major A, as Householder vectors; returns info. */   \
  static inline int lapack_##letter##geqrf(int m, int n, type *a, type *tau, type *work,          \
                                           int lwork) {                                           \
    int info;                                                                                     \
    BLAS(letter##geqrf_)(&m, &n, a, &m, tau, work, &lwork, &info);                                \
    return info;                                                                                  \
  }                                                                                               \
  /* The first n columns of Q, m x n column-major, from n Householder vectors; returns info. */   \
  static inline int lapack_##letter##orgqr(int m, int n, type *a, const type *tau, type *work,    \
                                           int lwork) {                                           \
    int info;                                                                                     \
    BLAS(letter##orgqr_)(&m, &n, &n, a, &m, tau, work, &lwork, &info);                            \
    return info;                                                                                  \
  }

DECLARE(s, float)
DECLARE(d, double)
#undef DECLARE

static inline void blas_set_num_threads(int count) { BLAS(openblas_set_num_threads)(count); }
static inline const char *blas_get_config(void) { return BLAS(openblas_get_config)(); }
static inline int blas_get_num_threads(void) { return BLAS(openblas_get_num_threads)(); }

#endif

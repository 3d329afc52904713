// Below which value a Beta distribution has a given share: what a rule's record leaves open. Pure.
//
//   beta_quantile(0.05, attacks + prior, others + rest)
#pragma once

namespace tocsin::analyze {

/// The share of Beta(a, b) below x: the regularized incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22), to 1e-12. a, b > 0; 0 <= x <= 1.
double beta_share(double x, double a, double b);
/// The x of which beta_share is `share`, between 0 and 1, by halving its log-odds within ±60: what is beyond is 1e-26 from an end.
double beta_quantile(double share, double a, double b);

}  // namespace tocsin::analyze

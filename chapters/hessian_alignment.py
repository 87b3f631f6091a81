# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Training moves inside the outlier eigenspaces of its own curvature
#
# The Hessian of a classifier has a few large eigenvalues, about as many as there are classes.
# In high dimension the weights of a trained classifier lie almost entirely in the span of their eigenvectors.
#
# This chapter reproduces {cite:t}`benarous2024highdimensional`.
# We read both abstracts of the paper, its public reviews, the body of a companion paper {cite}`benarous2022high` and the abstract of a sequel, not the body of the paper itself.
# So the words *the paper states* below refer to what these texts quote; what we work out ourselves is marked *derived* in the ledger.
# The parameters of every figure are ours.

# %% tags=["hide-cell"]
import numpy as np
import torch
from IPython.display import Markdown

from traindyn import style
from traindyn.curvature import SoftmaxRegression, overlap, top_eigenpairs
from traindyn.hessian_alignment import figures
from traindyn.hessian_alignment.claims import run
from traindyn.hessian_alignment.experiments.mixtures import train
from traindyn.hessian_alignment.experiments.runs import Setting, simulate
from traindyn.hessian_alignment.figures.digits import digits as digits_figure
from traindyn.hessian_alignment.studies.slider import frames
from traindyn.hessian_alignment.theory.kink import mean_loss_of_neuron
from traindyn.hessian_alignment.theory.separated_classes import (
    amplitude,
    confidence,
    floor_squared,
    misalignment,
    noise_floor,
)
from traindyn.hessian_alignment.theory.xor_flow import flow
from traindyn.notebook import show_source

style.use()

# %% [markdown]
# ## The claim in one picture
#
# Points of four classes scatter around four means.
# Softmax regression learns to tell the classes apart from one point at a time, each used once.
# Every class has its own vector of weights.
#
# The left panel asks of every class: how much of its weights lies in the span of the four leading eigenvectors of their own second derivatives?
# At the start, as little as for any random vector.
# After a few time units, nearly all of it.
# The same holds for the matrix of squared gradients.
# With labels that say nothing, or with too much noise in the inputs, it stays far below (crosses).
# Shuffled labels still beat chance: the noise of training is larger along the means, too.
#
# An overlap alone can mislead, so the right panel shows that these four eigenvalues really stand apart from the next one.

# %% tags=["hide-input", "run"]
hessian, gradient = run("HA-1"), run("HA-2")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The weights of every class enter the top eigenspace of their own curvature, and the eigenspace is well separated.", "name": "fig-ha-headline"}, "image": {"alt": "Left: overlap of four classes with their top eigenspaces over time, rising from the dotted level of a random vector to nearly one, for Hessian and gradient matrix alike; crosses for shuffled labels and for small lambda stay low. Right: ratio of the fourth to the fifth eigenvalue, about ten for the Hessian and above three for the gradient matrix, dotted line at one."}}
figures.headline(hessian.result, gradient.result)

# %% [markdown]
# These are the claims of the chapter with their verdicts.
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
#
# ```{claims} hessian_alignment
# ```

# %% [markdown]
# ## What the paper says
#
# **Data.** A point of class $a$ is
#
# $$
# X = \mu_a + Z/\sqrt{\lambda}, \qquad Z \sim N(0, I_d),
# $$ (eq-ha-mixture)
#
# with $k$ means $\mu_a$ of norm one and $d$ inputs, where $d$ is large.
# The number $\lambda$ is the precision: the noise in each coordinate has variance $1/\lambda$, and $d/\lambda$ in total.
#
# **Model.** Softmax regression without bias has one vector $x^c \in \mathbb{R}^d$ per class.
# The probability of class $c$ is $\pi_c \propto e^{x^c \cdot X}$, the loss $L = -\log \pi_y$ for the label $y$.
#
# **Training.** One fresh point per step, never used again:
#
# $$
# x \leftarrow (1 - \delta\beta)\, x - \delta\, \nabla L(x; X, y), \qquad \delta = c_\delta / d ,
# $$ (eq-ha-sgd)
#
# from a random start of norm one.
# Time is $t = \delta \cdot \text{steps}$, so that a unit of time takes $d/c_\delta$ points.
# The regularizer has the strength $\beta$.
#
# **Two matrices.** On $M = \alpha d$ fresh test points, the Hessian $H$ is the mean of second derivatives of $L$, and the *gradient matrix* $G$ the mean of $\nabla L\, \nabla L^\top$.
# Neither contains the regularizer.
# The blocks that belong to one class are weighted sums,
#
# $$
# H_{cc} = \overline{\pi_c (1 - \pi_c)\, X X^\top}, \qquad G_{cc} = \overline{(\pi_c - y_c)^2\, X X^\top} .
# $$ (eq-ha-blocks)
#
# **Overlap.** Let $P$ project on the span of the top $k$ eigenvectors of a block, $E_k$.
# The overlap of the weights with it is $\rho = |P x^c| / |x^c|$: a cosine, not its square.
#
# ```{prf:theorem} Alignment, in the words of its reviews
# :label: thm-ha-alignment
# From a time of order one on, with high probability, $\rho \ge 1 - O(1/\lambda + \varepsilon)$ for every class, for $H$ and for $G$.
# ```
#
# **Two layers.** The same is stated, layer by layer, for a network $v \cdot (WX)_+$ that learns XOR: label 1 near $\pm\mu$, label 0 near $\pm\nu$, with orthonormal $\mu$ and $\nu$.
# Neuron $i$ of $K$ has the incoming weights $W_i$, a row of $W$, and the outgoing weight $v_i$; negative entries of $WX$ are set to zero.
# The output is the logit of label 1.

# %% [markdown]
# ## Theory in code
#
# Why should this be?
# Every step adds a multiple of $X$ to the weights.
# The part of $X$ along the means adds up; the noise points in a new direction every time, and the regularizer forgets it.
# So $x^c$ ends in the span of the means, up to a noise floor.
#
# The curvature sees the same points.
# A block is a weighted covariance: its noise gives a bulk of small eigenvalues, and each mean one large eigenvalue.
# So its outliers span the means too, up to a tilt by the randomness of a finite test set.
#
# Both errors can be computed.
# For well separated classes symmetry leaves a single number, the amplitude $A(t)$ of $x^c = A\,(\mu_c - \frac{1}{k-1}\sum_{b\ne c}\mu_b)$, which obeys $\dot A = (1 - P)/k - \beta A$ with the probability $P$ of the right class.

# %% tags=["hide-input", "source"]
show_source(floor_squared)

# %% tags=["hide-input", "source"]
show_source(misalignment)

# %% [markdown]
# The simulation is short as well: all replicas of a run are one tensor, and a step is two products.

# %% tags=["hide-input", "source"]
show_source(train)

# %% [markdown]
# ## Experiment: alignment and its error
#
# At $\lambda = 100$ the overlap of even the worst class, at the worst of three late times, is {claim}`HA-1a` for the Hessian and {claim}`HA-2a` for the gradient matrix.
# The distance of the Hessian's eigenspace from the span of the means is {claim}`HA-3c` of what the limit of SGD and the randomness of a finite sample give; all classes and both matrices share this space ({claim}`HA-3e` is their largest distance).
#
# **The law.** The error goes as $1/\lambda$ ({claim}`HA-4a` is the exponent).
# Noise floor plus tilt predict its size with no parameter: the measured error is {claim}`HA-1b` of it.
# The noise floor alone holds over three decades of $\lambda$ ({claim}`HA-4c`, {claim}`HA-4d`, {claim}`HA-4e`), and it is linear in the learning rate ({claim}`HA-14a`).
# That is why $\delta$ must be of order $1/d$: at a fixed learning rate the error grows in proportion to $d$ ({claim}`HA-14b`).

# %%
hessian.claim.check()

# %%
gradient.claim.check()

# %%
space = run("HA-3")
space.claim.check()

# %%
law = run("HA-4")
law.claim.check()

# %%
steps = run("HA-14")
steps.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The error of alignment over λ with its predicted law (left), the distance of eigenspaces from the means (middle), and a learning rate that does or does not shrink with d (right).", "name": "fig-ha-law"}, "image": {"alt": "Left: one minus overlap over lambda on log axes for Hessian, gradients and means; all fall with slope minus one at large lambda, on predicted lines for Hessian and means. Middle: distance of eigenspaces falling from one to 0.02, later for gradients than for the Hessian. Right: error over d, rising in proportion for a fixed learning rate, flat for a rate of five over d."}}
figures.error_law(law.result, steps.result, space.result)

# %% [markdown]
# ## Experiment: one eigenvalue leads, but the weights do not follow it
#
# At the start the four outliers of a Hessian block are equal, up to the size of the sample ({claim}`HA-5a` is the ratio of the first to the rest).
# During training the eigenvalue along the class's own mean leaves the others, and the ratio follows the limit of SGD ({claim}`HA-5b` of it).
# In the gradient matrix it leads from the beginning, by about $(k-1)^2 = 9$.
#
# This top eigenvector is the class mean, up to the tilt of a finite sample (its squared sine is {claim}`HA-5e` of the predicted one).
# It is *not* the weights: they point away from the other means, and their cosine with it is {claim}`HA-6a`, where $\sqrt{3/4} = 0.866$ is predicted.
# Only the whole space of four holds them.
# And four it is, not three: one per mean, unless the means are linearly dependent (HA-7).

# %%
led = run("HA-5")
led.claim.check()

# %%
run("HA-6").claim.check()

# %%
outliers = run("HA-7")
outliers.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Outliers of one block over time with their laws (lines). In the Hessian one of four equal eigenvalues comes to lead.", "name": "fig-ha-separation"}, "image": {"alt": "Two panels of eigenvalues over time on a logarithmic axis. Left, Hessian: four start together; one stays high and three fall, all on predicted lines; the bulk lies far below. Right, gradient matrix: one is nine times above three others at all times, all falling on predicted lines, the bulk below them."}}
figures.separation(led.result)

# %% [markdown]
# ## Experiment: outliers emerge and sink
#
# When is a mean visible at all?
# At the start all points have the same weight, and a block is a plain covariance.
# A mean leaves its bulk above $\lambda_c = k/\sqrt\alpha$; the cosine of mean and eigenvector follows the theory of Baik, Ben Arous and Péché ({claim}`HA-8a` at $\lambda = 3$).
#
# During training the weights of the points depend on what was learned.
# An exact theory for that needs only the scalar products of weights and means.
# It shows both directions of change: outliers that were buried emerge, and the gradient matrix *loses* all but one of its outliers at $\lambda = 20$ while the Hessian keeps all four ({claim}`HA-12f` of the Hessians keep all, and {claim}`HA-12g` of four outliers sink).
# One trap on the way: in the strict limit the rarest points, those with the largest weights, would set the edge of the gradient matrix, but a sample of $M$ does not hold them. The theory must leave out what is rarer than one in $M$.
#
# The same scalar products obey closed equations as $d$ grows.
# They need a corrector, the noise that one-pass SGD adds at $\delta \sim 1/d$; SGD departs from them as $d$ to the power {claim}`HA-13a`.

# %%
start = run("HA-8")
start.claim.check()

# %%
emerging = run("HA-12")
emerging.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Measured eigenvalues over the predicted edge of the bulk, with the outliers of the exact theory (lines). Right: when the means become visible at the start.", "name": "fig-ha-emergence"}, "image": {"alt": "Left: eigenvalues of a Hessian block over the edge of the bulk; four outliers at all times, on predicted lines. Middle: gradient matrix; three of four outliers sink into the bulk. Right: squared cosine over lambda rises from zero at a dashed threshold to one, points on the predicted curve."}}
figures.emergence(emerging.result[0], start.result)

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Ten classes below the threshold of the start: an outlier emerges as training makes the weights of the points unequal.", "name": "fig-ha-birth"}, "image": {"alt": "Left: first and second eigenvalue over the edge of the bulk over time, for ten classes below the threshold; the second stays at one, the first leaves it along the predicted line. Right: squared cosine of the first eigenvector and the mean of the class, rising from zero to one half along the predicted line."}}
figures.birth(emerging.result[1])

# %%
effective = run("HA-13")
effective.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "SGD follows its equations for two learning rates; without the corrector the rest of the weights is wrong while the overlap with the mean is not.", "name": "fig-ha-effective"}, "image": {"alt": "Left: overlap with the mean over time, the same curve for learning rates 1/d, 4/d and without corrector, points on lines. Right: squared norm of the rest of the weights on a log axis; points of both rates on their own lines, the dashed line without corrector far below."}}
figures.effective(effective.result)

# %% [markdown]
# ## Experiment: the whole matrix
#
# All classes together make a matrix of $kd$ rows.
# Its Hessian has $k(k-1) = 12$ outliers, which training splits into tiers of 4 and 8; the gradient matrix has 4.
# Exactly $d$ eigenvalues are zero, since softmax ignores a change common to all classes.
#
# With a regularizer all weights together lie in the top four eigenvectors ({claim}`HA-10a`).
# The sum over classes is free of noise: it shrinks by the same factor at each step ({claim}`HA-10c` is the largest deviation).
#
# **Gradients.** The mean gradient soon lies in the same tiny subspace ({claim}`HA-21a` of its square), but single gradients do not ({claim}`HA-21c`).
# Training inside the top eigenspaces works as well as plain SGD ({claim}`HA-21e` is the difference of the losses).
# Training outside of them leads nowhere ({claim}`HA-21f`, chance is $\log 4 = 1.386$).

# %%
counted = run("HA-9")
counted.claim.check()

# %%
run("HA-10").claim.check()

# %%
tiny = run("HA-21")
tiny.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The whole Hessian has twelve outliers in two tiers, the gradient matrix four (left). The mean gradient lies in the top four eigenvectors, not in three, and single gradients do not (right).", "name": "fig-ha-whole"}, "image": {"alt": "Left: eigenvalues by rank on a log axis; at the start twelve equal Hessian eigenvalues above a gap, after training four above eight; four for the gradient matrix; dotted lines at 4 and 12. Right: share of the squared gradient over time; 12 eigenvectors always one, 4 rise to one, 3 fall, single samples stay at a third."}}
figures.whole_matrix(counted.result, tiny.result)

# %% [markdown]
# Counts can be read off a spectrum.
# A block has one outlier for each dimension that the means span: three, not four, when the four means sum to zero.
# And the spectra of both whole matrices end in exactly $d$ zeros, up to rounding.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Outliers of one block for three sets of four means (left), and all eigenvalues of the whole matrices (right).", "name": "fig-ha-counts"}, "image": {"alt": "Left: five eigenvalues of a Hessian block by rank on a log axis; for orthonormal means and for means with a common offset the drop comes after the fourth, for means that sum to zero after the third. Right: all eigenvalues of the whole matrices by rank; both fall to rounding errors at a dotted line, after which there are d of them."}}
figures.counts(outliers.result, counted.result)

# %% [markdown]
# ## Experiment: two layers learn XOR
#
# No linear classifier solves XOR.
# A ReLU network with $K = 32$ hidden neurons does, when each of the four corners $\pm\mu, \pm\nu$ is *captured* by some neuron.
# That is, the logit there has the right sign and nears the size $C = \log\frac{1 - 4\beta}{4\beta}$, where the regularizer balances the loss.
#
# **First layer.** The weights of a neuron lie in the top two eigenvectors of their block, which span the plane of the means ({claim}`HA-15a` at $\lambda = 30$).
#
# **Second layer.** The outgoing weights lie in the top four, one for each corner (the error is {claim}`HA-16a`).
# This space is learned: activations are positive, so there is one outlier at the start, and the trained weights have an overlap of only {claim}`HA-16d` with the leading space of the start.
# The two layers of a neuron balance, so that the error of their overlap fades as $e^{-4\beta t}$, not as the $e^{-2\beta t}$ of the regularizer alone.

# %%
first = run("HA-15")
first.claim.check()

# %%
run("HA-16").claim.check()

# %%
run("HA-17").claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Both layers of an XOR network enter their top eigenspaces (left); in the second layer one outlier becomes four (right).", "name": "fig-ha-xor"}, "image": {"alt": "Left: overlaps of first and second layer over time rise from dotted random levels to nearly one. Right: eigenvalues of the second layer on a log axis; at first one stands out, later four, near a dashed line, while the fifth and sixth fall by decades."}}
figures.layers(first.result)

# %% [markdown]
# **Four neurons only.** Then each corner needs luck.
# A neuron picks its corner by the signs of its first weights, one of four at random.
# Why? Take the noise away, $d \to \infty$ and then $\lambda \to \infty$: samples are the corners themselves, and training is a flow.
# A positive $v_i$ pushes $W_i$ toward the nearer of $\pm\mu$, a negative one toward the nearer of $\pm\nu$, and nothing turns it around.

# %% tags=["hide-input", "source"]
show_source(flow)

# %%
corners = run("HA-19")
corners.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Four neurons from one start (diamonds): SGD at λ = 1000 (dots) follows the flow without noise (lines), to corners that the first signs tell. Two neurons share a corner, and one corner is missed.", "name": "fig-ha-paths"}, "image": {"alt": "Left: paths of four neurons in the plane of the two means; from diamonds near the origin they run to three of the four half axes, dots of SGD along lines of the flow. Right: logits at the four corners over time; those of three captured corners approach dotted lines, that of the fourth does not."}}
figures.paths(corners.result)

# %% [markdown]
# So 1, 2, 3 or 4 corners are captured with the probabilities 1/64, 21/64, 9/16 and 3/32, and most networks end in a poor classifier.
# We checked this on thousands of runs ({claim}`HA-19b` of them capture all four; {claim}`HA-19c` of the neurons end where their first signs tell).
# They cost little: the loss sees the weights through few scalar products, whose random walk has the law of SGD and does not mention $d$.
#
# A poor classifier shows in the spectrum: the second layer has as many outliers as captured corners ({claim}`HA-18a` of the runs).
# Each has the size that the law of a captured corner gives ({claim}`HA-18h` of it), and both layers align in poor classifiers as well (HA-18j to HA-18m).
# Alignment is no sign of success.
#
# How poor? At a corner that was not captured only neurons of other corners can speak, and those vote for the wrong label.
# They speak as often as the pushes of training allow: with the chance $a = 8\beta/(1 + 8\beta) = 2/7$ if the opposite corner was captured, else half of the time.
# So the accuracy is $\frac34 + \frac{1 - 2a}8$ with three corners ({claim}`HA-18d`), $\frac12 + \frac{1 - a}4$ with two of different labels ({claim}`HA-18e`), and one half with two of the same label ({claim}`HA-18f`) or with one ({claim}`HA-18g`).

# %%
ranks = run("HA-18")
ranks.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "How many corners four neurons capture (left), and the eigenvalues that tell (right).", "name": "fig-ha-corners"}, "image": {"alt": "Left: bars of the share of runs with 1 to 4 captured corners agree with diamonds at the predicted probabilities; gray bars of runs stopped early do not. Right: eigenvalues over their law by rank; near one for as many ranks as captured corners, then zero."}}
figures.corners(ranks.result)

# %% [markdown]
# ## More claims, briefly
#
# **Training points.** Hessian and gradient matrix of the last training points show the alignment that test points do (the overlap is {claim}`HA-11a`), and so do those of all training points ({claim}`HA-11c`), since each point is used once.
# Still, the weights remember: one minus the overlap with the last points is only {claim}`HA-11e` of that with test points, because the noise in the weights is theirs.

# %%
run("HA-11").claim.check()

# %% [markdown]
# **The regularizer has a limit.** Above $\beta = 1/8$ an XOR network forgets everything ({claim}`HA-20a` is the norm of its outgoing weights).
# With noisy inputs the limit is lower: at $\lambda = 10$ corners already fade at $\beta = 0.1$ ({claim}`HA-20c` is the largest logit over that of a captured corner).

# %%
run("HA-20").claim.check()

# %% [markdown]
# **A third kind of eigenvalue.** Between outliers and bulk the expected block has a *minibulk* of up to $k$ eigenvalues along the weights, at a relative distance of order $1/\lambda$ from the bulk (HA-22).
# A finite sample spreads the bulk into a law with a sharp edge, that of weighted samples.
# The whole density can be had without a single eigenvalue: Lanczos steps from random directions give it with error bars, for any torch module (`lanczos_quadrature`).

# %%
small = run("HA-22")
small.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The minibulk approaches the bulk as λ grows. Right: density of one block of a finite sample by Lanczos quadrature (band: z standard errors, z of the error budget), with the law of its bulk and its predicted outliers.", "name": "fig-ha-minibulk"}, "image": {"alt": "Left: outliers over the bulk, minus one, growing with lambda on predicted lines. Middle: one minus minibulk over bulk, falling as one over lambda on predicted lines. Right: a density on a log axis, a broad bump of the bulk that a predicted line follows, and small bumps at the triangles of the predicted outliers."}}
figures.minibulk(small.result)

# %% [markdown]
# ## Where it stops
#
# * **The precision must be large.** The $k$-th outlier needs $\lambda > k/\sqrt\alpha$ at the start and much more later, because points of other classes lose weight. With ten classes at $\lambda = 10$ most of the "top ten" eigenvectors are noise, and the overlap still looks decent. Look at the gap.
# * **Time must be long.** A unit of time is $d$ points. Alignment takes tens of units; one pass over $d$ points shows nothing. Going over the same points again is another algorithm.
# * **Without a regularizer the start never fades.** It only gets diluted as the weights grow, and the outliers of the gradient matrix sink meanwhile.
# * **Keep the regularizer out of single gradients.** Folded into each of them, as a `weight_decay` term in the loss would be, it removes one outlier of $G$ and most of the agreement: one minus the overlap becomes {claim}`HA-2f`. The same happens with a centered covariance of gradients.
# * **A ReLU has a kink.** Its second derivative contains a spike that automatic differentiation drops. "Hessian" means that of almost every point; do not check it by finite differences of the mean loss. The cell below shows how far they are apart for one neuron.
# * **Count your dimensions.** With $K = 4$ neurons any vector lies in the span of four eigenvectors. We use 32 for the overlap and 4 for the rank.
# * **Compare spaces, not vectors.** Equal eigenvalues have no eigenvectors of their own. At the start the four outliers are equal.
# * **An eigensolver can be wrong.** Lanczos stopped after too few steps returns plausible, wrong eigenvalues; without reorthogonalization it returns copies of the largest. Our solver checks the residual of each.
# * **"One outlier" needs $d \gg \lambda$.** The second layer of XOR starts with one outlier only if random weights are nearly orthogonal to the means.
# * **What is ours?** All constants, the law of the error, the exact theory of emergence, the counts and tiers, and all parameters.

# %%
# one neuron on the XOR mixture: curvature of its mean loss across its weights
w, across, step = np.array([0.3, 0.0]), np.array([0.0, 1.0]), 1e-5
neuron = mean_loss_of_neuron(w, 1.0, precision=30.0)
ahead, behind = (
    mean_loss_of_neuron(w + shift * across, 1.0, precision=30.0).gradient[1]
    for shift in (step, -step)
)
differences = (ahead - behind) / (2 * step)
seen, left_out = neuron.almost_everywhere[1, 1], neuron.kink[1, 1]
assert np.isclose(differences, seen + left_out, atol=1e-6)
assert abs(left_out) > seen
Markdown(
    f"Finite differences of the mean loss give {differences:.3f}. "
    "Automatic differentiation, sample by sample, averages to "
    f"{seen:.3f}; the kink adds the other {left_out:.3f}."
)

# %% [markdown]
# ## On a real network
#
# Does any of this carry over to images?
# We train softmax regressions and networks with one hidden layer of 16 rectified units, each on 300 drawn images of the handwritten digits, and ask the laws of the mixture.
# Its $\lambda$ is that of the images: the squared norm of the mean image of a class over the variance of a pixel around it.
# `hessian_operator` and `gradient_matrix_operator` take any torch module.
#
# **One layer.** Class by class, the theorem holds for ten classes: the overlap of the weights of a class with the top ten eigenvectors of its own block is {claim}`HA-23a`, as near to one as $1/\lambda$.
# For three classes it fails ({claim}`HA-23b`).
# The reason is in the spectrum: the noise of an image is not isotropic, so eigenvalues fall without a gap, at the number of classes or elsewhere ({claim}`HA-23c` is the ratio at the dashed line, left).
# Ten of 64 directions hold the means in spite of that, three do not.
# All weights together do not lie in ten directions of the whole Hessian ({claim}`HA-23d`), as they do on the mixture.
#
# **Two layers.** Here the overlap is that of a random direction, in either layer ({claim}`HA-23e` and {claim}`HA-23f`; middle).
#
# **Training in a part of the gradient.** On the mixture the top eigenspace was all that training needed, and the rest was useless.
# Here it is the reverse: ten top directions alone gain {claim}`HA-23h` of what the whole gradient does, the gradient *without* them {claim}`HA-23i` (right).
# Work on deep networks reports the same end: the part of the gradient that lowers the loss in the long run is the bulk, though with small batches much of a single gradient lies in the top eigenspace.
# With full batches, as here, the gradient itself has left that space once the steep directions are learned ({claim}`HA-23g` of its square is there).
#
# So the theorems describe their mixtures, and the mechanism behind them, well separated classes in noise, is what to look for before one expects their conclusion.

# %%
images = run("HA-23")
images.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Digits: no gap at the number of classes (left), weights of one layer near the top eigenspace of their block and those of two layers no closer than random ones (middle), and training that needs the bulk, not the top (right).", "name": "fig-ha-digits"}, "image": {"alt": "Left: eigenvalues of the block of a class over their index for 3 and 10 classes fall smoothly through dashed lines at the number of classes. Middle: overlaps of weights with top eigenspaces; high for softmax regression class by class, near the mark of a random direction for both layers of a network. Right: loss over steps; all of the gradient and the gradient without its top ten directions fall together, the top ten alone stay flat."}}
digits_figure(images.result)

# %% [markdown]
# ## Turn the knob
#
# Four classes again. Raise the precision of the inputs: outliers leave the bulk, first in the Hessian and later in the gradient matrix, and the weights enter their span.

# %%
shown = frames(
    Setting(precision=1.0, decay=0.1, dimension=100, replicas=4),
    precisions=(1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100, 200, 500),
    times=(0, 2, 5, 10, 20, 30, 40),
)
figures.precision_slider(shown, random=(4 / 100) ** 0.5)

# %% [markdown]
# ## Exercises
#
# ```{exercise-start} The lost outlier
# :label: ex-ha-regularizer
# ```
# Suppose the classes are so well separated that $X = \mu_a$ for all points of class $a$, with orthonormal means and equal probabilities $1/k$.
# At a stationary point of the regularized loss, which second moments do the gradients $(\pi_c - y_c)X + \beta x^c$ have in the block of a class $c$?
# Show that this matrix is singular in the span of the means, while $G_{cc}$ is not.
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-ha-regularizer
# :class: dropdown
# ```
# Let $r_a = \pi_c(\mu_a) - 1[a = c]$.
# In the basis of the means $G_{cc}$ is the diagonal matrix $D$ with the entries $r_a^2/k$, and the mean of the gradients without the regularizer is the vector $u$ with the entries $r_a/k$.
# At a stationary point $\beta x^c = -u$, so the gradients with the regularizer have the second moment $D - uu^\top$.
# Write $u = D^{1/2} e$ with $e_a = \operatorname{sign}(r_a)/\sqrt{k}$, a vector of length one.
# Then $D - uu^\top = D^{1/2}(I - ee^\top)D^{1/2}$, and $I - ee^\top$ has the eigenvalue zero.

# %%
k = 4
a = amplitude(k, decay=0.1)
right = confidence(a, k)
r = np.array([right - 1, *[(1 - right) / (k - 1)] * (k - 1)])
moments = np.diag(r**2 / k)
u = r / k
x_own = a * np.array([1, *[-1 / (k - 1)] * (k - 1)])
assert np.allclose(0.1 * x_own, -u)  # stationary
assert np.linalg.eigvalsh(moments).min() > 1e-3
assert abs(np.linalg.eigvalsh(moments - np.outer(u, u)).min()) < 1e-12

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ```{exercise-start} How long, how precise?
# :label: ex-ha-floor
# ```
# You want the weights of four classes to lie in the span of the means up to $1 - \rho = 10^{-3}$, with $\beta = 0.1$ and $c_\delta = 1$.
# Which $\lambda$ do you need, and for how long do you have to train?
# Test your answer.
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-ha-floor
# :class: dropdown
# ```
# For large $\lambda$ the noise floor is $|x_\perp|^2 = c_\delta\,\mathbb{E}(\pi_c - y_c)^2/(2\beta\lambda)$, and $1 - \rho$ is half of it over $|x|^2$.
# It is $10^{-3}$ near $\lambda = 100$.
# What is left of the start is $e^{-2\beta t}$ in $|x_\perp|^2$; it falls below a tenth of the floor when $t > 45$, that is after 45 times $d$ points.

# %%
precision = 100.0
assert abs(noise_floor(4, precision, 0.1, 1.0) / 1e-3 - 1) < 0.1
setting = Setting(precision, decay=0.1, dimension=100, replicas=8)
trained = simulate(setting, [45.0], torch.Generator().manual_seed(0))
weights = trained.last.numpy()
means = trained.mixture.means.numpy()
missing = [1 - overlap(row, means.T) for network in weights for row in network]
assert abs(np.mean(missing) / 1e-3 - 1) < 0.3

# the eigenvectors of one block on fresh points tell the same story
labels, points = trained.mixture.draw((3000,), torch.Generator().manual_seed(1))
model = SoftmaxRegression(weights[0], points.numpy(), labels.numpy())
top = top_eigenpairs(model.hessian_block(0), 4)
assert overlap(weights[0][0], top.vectors) > 0.99

# %% [markdown]
# ```{solution-end}
# ```

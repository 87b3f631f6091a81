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
# # From one spike to heavy tails
#
# Shuffle the labels, so that nothing can be learned: ten large steps of training still give the weights the heavy-tailed spectrum that true labels give them.
# The spectrum of a matrix of weights is the set of its squared singular values; its tail is heavy if many are far larger than in a random matrix.
# Such tails are read as a mark of good training, so it matters what makes them.
#
# * One large step lifts a single eigenvalue, a *spike*, out of the spectrum. It lands where theory says, within a relative error of {claim}`HT-6b`, and its direction finds the task.
# * Ten large steps make a heavy tail. Labels do not matter: the index that measures it differs by {claim}`HT-17c` between true and shuffled ones. Nor does it need the spike.
# * *Where it fails*: the paper relates heavy tails to good generalization. With a tuned penalty on the weights of the last layer the tail raises the test loss, by {claim}`HT-23c`. On handwritten digits the loss is lowest where the tail begins; a heavy tail adds {claim}`HT-21g`.
#
# ```{admonition} What was read
# :class: dropdown
# This chapter reproduces {cite:t}`kothapalli2025spikes`.
# We read its abstracts, the openings of the introductions, the public reviews and the authors' public code (commit b111736), not the body of the paper.
# *Stated* means stated in those texts. What we work out ourselves is *derived*, and our own controls are *extensions*.
# ```

# %% tags=["hide-cell"]
import numpy as np
import torch

from traindyn import style
from traindyn.heavy_tailed_esd import figures
from traindyn.heavy_tailed_esd.claims import run
from traindyn.heavy_tailed_esd.experiments.network import Student, draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import direction, first_gradient
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, trained
from traindyn.heavy_tailed_esd.studies.moving import stepwise_runs
from traindyn.heavy_tailed_esd.theory.floors import odd_floor
from traindyn.heavy_tailed_esd.theory.heads import FeatureMoments
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.spike import spike_overlap, spike_position
from traindyn.notebook import show_source
from traindyn.random_matrices import MarchenkoPastur
from traindyn.tails import hill_null, lognormal_density

style.use()

# %% tags=["hide-input"]
figures.ten_steps(stepwise_runs())

# %% [markdown]
# The *teacher* is the one direction of the inputs on which the true labels depend.
# Under gradient descent, too, the two spectra are alike, although there the top direction keeps a part of what it has found.

# %% [markdown]
# ## What the paper says
#
# **Data.** Inputs $x$ have $d$ independent standard normal entries.
# The label $y$ depends on them through one direction, the *teacher* $\beta$ of length one:
#
# $$
# y = \log(1 + e^{\beta\cdot x}) + \rho\,\epsilon , \quad \rho = 0.3 .
# $$ (eq-ht-labels)
#
# There are $n$ samples. The label noise $\epsilon$ is standard normal.
#
# **Network.** The *student* has $h$ hidden units, $\gamma = h/d = 3/2$ per input, and no biases:
#
# $$
# f(x) = \frac{1}{\sqrt h}\, a \cdot \tanh\Bigl(\frac{W x}{\sqrt d}\Bigr) .
# $$ (eq-ht-student)
#
# The entries of the weights $W$ and of the head $a$ start standard normal.
# Only $W$ is trained, on the mean squared error over *all* samples at once, with a learning rate $\eta$: there is no gradient noise.
#
# **Spectrum.** The object of study is the set of eigenvalues of $W^\top W$.
# At the start they fill an interval, the *bulk*, whose upper end is the *edge*.
# A *spike* is one eigenvalue beyond the edge.
# A *heavy tail* is a spectrum that has spread far beyond it.
#
# **Statements.** With a suitable $\eta$ one step of gradient descent or of Adam makes one spike.
# Several large steps make a heavy tail, without any gradient noise.
# The paper relates spike and tail to how well the network generalizes.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Random weights have the spectrum of a random matrix (left). One step of gradient descent (middle) or of Adam (right) lifts one eigenvalue (dot) to the predicted place.", "name": "fig-ht-headline"}, "image": {"alt": "Three densities of eigenvalues. Left: a histogram on the curve of random matrices. Middle and right: the same bulk and one dot far to its right, at a dashed vertical line that is labeled predicted."}}
start = run("HT-1")
figures.spikes(start.result)

# %% tags=["hide-input", "check"]
start.claim.check()

# %% [markdown]
# ## Why one step makes one spike
#
# **The first gradient has rank one, nearly.** Let $r = y - f_0(x)$ be what the untrained network $f_0$ gets wrong, and $x_r$ the mean of all inputs, each weighted with its $r$.
# The slopes of the hidden units have the mean $c_1 = \mathbb{E}\tanh'(z)$ for standard normal $z$.
# Replace each slope by its mean, and the gradient $G_0$ is
#
# $$
# -G_0 \approx \frac{2 c_1}{\sqrt{hd}}\, a\, x_r^\top .
# $$ (eq-ht-gradient)
#
# Adam's first step divides each entry by its own size, which leaves a matrix of signs.
# It too has one large direction.
#
# **Shrink first, then grow.** Let $u$ be the direction of the hidden units along which the step goes: $a/|a|$ for gradient descent, the normalized signs of $a$ for Adam.
# The weights along $u$ have the squared length $\ell = |u^\top W|^2/d$, which is one at the start.
# Let $t$ be how long the step is along $u$, in units of the weights there.
# Let $b$ be the cosine with which it points against them.
# Then
#
# $$
# \ell = 1 - 2bt + t^2 .
# $$ (eq-ht-length)
#
# The untrained network already says something, and training unlearns it first.
# So $b$ is positive, and the weights along $u$ get shorter before they get longer.
#
# **Threshold and position.** The direction leaves the bulk where $\ell$ passes the *critical length* $1 + \sqrt\gamma$. Its eigenvalue is then
#
# $$
# \lambda_1 = d\,\ell\Bigl(1 + \frac{\gamma}{\ell - 1}\Bigr) .
# $$ (eq-ht-position)

# %%
show_source(spike_position)

# %% [markdown]
# The step of Adam undoes what the whole head $a$ gives, and it runs along the signs of $a$ alone.
# What it undoes beside them stays in the bulk, where it lifts the spike of Adam a little further.
# The code holds that part as `beside`; for gradient descent it is zero.
#
# **What the spike knows.** Its direction has the squared cosine $1 - \gamma/(\ell-1)^2$ with the weights along $u$, and those now point along $x_r$, which points in part to the teacher.
# No parameter is fitted anywhere.

# %% [markdown]
# ## Shuffled labels make the same tail
#
# To compare tails one needs a number.
# Fit a power law $\lambda^{-\alpha}$ to the upper half of the spectrum.
# With the median $\lambda_{\min}$ and the $m$ eigenvalues $\lambda_i$ above it, *Hill's index* is
#
# $$
# \alpha = 1 + \frac{m}{\sum_{i} \log(\lambda_i / \lambda_{\min})} .
# $$ (eq-ht-hill)
#
# A small index means a heavy tail, but a random matrix has an index, too, its *null*.
# So an index says something only beside that of a random matrix of the same shape.
#
# At the start it is the null.
# After ten large steps of Adam it is {claim}`HT-9b`, below the null of a random matrix of any shape, and gradient descent does the same.
# A small rate leaves the bulk.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "A small learning rate leaves the bulk of a random matrix; large ones dissolve it.", "name": "fig-ht-gallery"}, "image": {"alt": "Three densities of eigenvalues over the edge, on logarithmic axes, each with the curve of a random matrix. Small rate of Adam: the histogram lies on the curve, with a short stub right of the edge. Adam with rate 1 and gradient descent with rate 5d: a broad hump that reaches far beyond the edge."}}
ten_steps = run("HT-9")
figures.densities(ten_steps.result)

# %% tags=["hide-input", "check"]
ten_steps.claim.check()

# %% [markdown]
# Now shuffle the labels.
# They no longer belong to the inputs, and there is nothing to learn.
# The index stays the same at every rate: the difference is {claim}`HT-17c` for Adam and {claim}`HT-17d` for gradient descent.
#
# The directions of Adam's tail know the teacher no better than chance: they hold {claim}`HT-17e` times as much of its squared length as random directions.
# That of a spike holds {claim}`HT-17f` times as much as a random direction.
# The tail is a sign of large steps, not of features.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Labels without any information make the same tail, at every learning rate and with both optimizers.", "name": "fig-ht-rates"}, "image": {"alt": "Two panels, Adam and gradient descent, of Hill's index over the learning rate: it falls from the dotted line of a random matrix, {claim}`HT-9a`, as the rate grows, to {claim}`HT-9b` for Adam at rate 1; the curves for labels of the teacher and for shuffled labels lie on each other."}}
rates = run("HT-17")
figures.learning_rates(rates.result, ten_steps.result)

# %% tags=["hide-input", "check"]
rates.claim.check()

# %% [markdown]
# ## One step: the spike lands where predicted, and finds the teacher
#
# The learning rate that lifts the largest eigenvalue visibly, ten percent above the edge, is {claim}`HT-5c` of the prediction for gradient descent and {claim}`HT-5e` for Adam.
# One eigenvalue leaves; the second stays inside the bulk.
# Add the same step to other weights than those it was computed for, and the spike comes earlier: those need not be unlearned.
#
# Below the threshold the top direction is as good as random.
# Above it, it turns to where the step points, and the step points in part to the teacher.
# Its cosine with the teacher, over that of the step, is {claim}`HT-7e` of the prediction for gradient descent and {claim}`HT-7f` for Adam.
# It overshoots, since the step first cancels the old weights along $u$ and only then replaces them.
# Adam stays lower: signs blur the direction.
#
# With shuffled labels the spike stands at the predicted place as well, but its direction is random.
# A spike alone does not prove learning.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "At the threshold (dotted) the top direction turns to the teacher, as predicted (lines). Shuffled labels make a spike that knows nothing.", "name": "fig-ht-alignment"}, "image": {"alt": "Two panels, gradient descent and Adam, of the cosine of the top direction and the teacher over the learning rate in units of the threshold. It jumps at the threshold, higher with eight samples per input than with two and higher for gradient descent, then declines slightly. Marks with bars lie on the predicted curves; near the threshold they lie below the steepest part. Gray marks for shuffled labels stay near zero."}}
landed, aligned = run("HT-6"), run("HT-7")
figures.alignments(aligned.result, landed.result.steps["gd"].inputs)

# %% tags=["hide-input", "check"]
run("HT-5").claim.check()

# %% tags=["hide-input", "check"]
landed.claim.check()

# %% tags=["hide-input", "check"]
aligned.claim.check()

# %% [markdown]
# ## Many directions make the tail, not the spike
#
# The first version of the paper was read to say that the tail grows out of the spike.
# To test it, change every update before it is added:
#
# * *Put its entries in random places.* The weights move as far, and the spectrum stays that of a random matrix.
# * *Keep only its first pair of singular vectors.* There are outliers, but no tail.
# * *Keep everything but the first pair.* Adam makes the full tail ({claim}`HT-19e`). Gradient descent moves little without the pair; at twelve times the rate it makes the tail, too ({claim}`HT-19f`).
#
# So the tail does not need the spike: if it did, leaving out the pair would raise the index of Adam, and it changes it by {claim}`HT-22a`.
# A linear student, whose weights change by a matrix of rank one, cannot make a tail at all.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Updates of Adam without their first pair make the full tail (index {claim}`HT-19e`); permuted ones ({claim}`HT-19a`) and those of a linear student make none.", "name": "fig-ht-mechanism"}, "image": {"alt": "Ten rows of marks of Hill's index, with a dotted line for a random matrix. Adam's updates as they are and without the first pair, and those of gradient descent without the first pair at twelve times the rate, lie far to the left of the line. Permuted updates and linear students lie on it, those with the first pair only and of gradient descent without it in between."}}
mechanism = run("HT-19")
figures.mechanisms(mechanism.result)

# %% tags=["hide-input", "check"]
mechanism.claim.check()

# %% tags=["hide-input", "check"]
run("HT-22").claim.check()

# %% [markdown]
# ## Whether a tail generalizes depends on the penalty
#
# After the first layer has trained, fit a new head by ridge regression with a penalty to a fresh sample, and test it on further points.
# The head sees the *features*, the outputs of the hidden units.
# Two choices decide what comes out.
#
# * *The scaling of the features.* The model says $\tanh(Wx/\sqrt d)/\sqrt h$. The losses that the authors' public code reports belong to $\tanh(Wx/d)/\sqrt h$; its training is not affected.
# * *The penalty.* The code fixes it. We also tune it to every set of weights.
#
# *In the scaling of the public code, with the fixed penalty,* the statement of the paper holds.
# From the spike to the tail the loss changes by {claim}`HT-15b`, and under gradient descent by {claim}`HT-23a`.
# But this is mostly shrinkage undone: the fixed penalty shrinks small features too much, and large steps make them larger. From the start a tail of true labels changes the loss by {claim}`HT-15a`, one of shuffled labels by {claim}`HT-15m`.
#
# *With the penalty tuned* the gain is gone.
# The spike helps ({claim}`HT-15g`), and going on to the tail harms ({claim}`HT-15h`, and {claim}`HT-23c` under gradient descent). There the statement fails.
#
# Nothing here beats plain linear ridge regression.
# A network without biases is odd, $f(-x) = -f(x)$, and the odd part of this teacher is exactly linear: the *floor* in the figure is the loss of perfect knowledge of that part.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Test loss after ten steps of Adam. Only in the scaling of the public code and under its fixed penalty (left, squares) is the heavy tail, at rate 1, better than the spike.", "name": "fig-ht-heads"}, "image": {"alt": "Two panels of test loss over Adam's learning rate, from the start on. Left, public code: under the fixed penalty a deep minimum at rate 1; under the tuned penalty a shallow minimum at the small rate that makes a spike. Right, model: both curves are lowest at that small rate and rise toward large rates. Three gray lines below: linear ridge on one sample and on both, and the floor of odd functions."}}
heads_run = run("HT-15")
figures.head_losses(heads_run.result)

# %% tags=["hide-input", "check"]
heads_run.claim.check()

# %% tags=["hide-input", "check"]
run("HT-23").claim.check()

# %% [markdown]
# The number of samples decides the sign, too.
# With two samples per input the step from spike to tail *raises* the loss, by {claim}`HT-15f`, in the very setting where it lowers it with eight.

# %% [markdown]
# ## On a real network
#
# Is a handwritten digit even or odd?
# Train the first layer of a network of the same shape on half of the images that come with scikit-learn, for ten full-batch steps.
# Fit a ridge head with a tuned penalty, and test it on the other half.
#
# **What carries over.** One step lifts the spike to {claim}`HT-21a` of the predicted place for gradient descent and {claim}`HT-21b` for Adam.
# Large steps make the tail, and again the same one with shuffled labels ({claim}`HT-21d` is the difference).
#
# **What does not.** In the model the spike is best, and only true labels help.
# Here the loss still changes by {claim}`HT-21e` from the spike to where the tail begins; with shuffled labels it changes by {claim}`HT-21f` from the start to there.
# Digits are no linear target, so curved features help. And pixels are correlated, so moving the weights at all makes other features.
#
# Beyond that point a heavier tail harms.
# The index cannot tell on which side of the best rate one is: as it falls, the loss first falls and then rises.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Digits, ten steps of Adam: the index (left) falls alike with true and shuffled labels. Loss and accuracy are best where the tail begins.", "name": "fig-ht-digits"}, "image": {"alt": "Three panels over the rate of Adam, each with curves for true labels, shuffled labels and true labels with decorrelated pixels. Left: the index stays near the dotted line of a random matrix at small rates and falls at large ones, alike for true and shuffled labels, less for decorrelated pixels. Middle: test losses are lowest at medium rates for true labels and rise to the right; for shuffled labels the dip is small. Right: accuracies mirror the losses."}}
digits = run("HT-21")
digit_curves, null = digits.result, hill_null(1.5)
figures.digits(digit_curves["Adam"], null, "Adam")

# %% tags=["hide-input", "check"]
digits.claim.check()

# %% [markdown]
# ## Where it stops
#
# * **It is no power law.** Above the median a lognormal law fits better in every trained case: the log likelihood ratio is {claim}`HT-20a` standard errors, where true samples of a power law give values near zero. A product of two random matrices, with nothing trained, has an index of {claim}`HT-20e`.
# * **Sizes.** The published run measures the first step up to the paper's $d = 1{,}000$, ten steps at $d = 200$ and heads at $d = 100$. The scale `paper` takes ten steps at $d = 1{,}000$ and heads at $d = 400$.
# * **The window of one spike** is a factor of order $\sqrt d$ in the learning rate. Below it nothing is seen, above it the bulk changes too.
# * **One large step can look heavy.** A step of Adam with $\eta \ge 10$ replaces the weights by a matrix of signs. Its spectrum is broad after one step, before anything was learned.
# * **The student is odd.** It can learn a linear function and nothing more; the rest of the labels acts as noise.
# * **How far the weights move does not alone set the index.** For one optimizer and one $n$ it nearly does; with four times as many samples the same distance makes a lighter tail.
# * **Traps.** With half of the loss every rate of gradient descent doubles, and Adam's stay. Where the entries of the first gradient, which shrink like $d^{-3/2}$, reach Adam's $\epsilon$, the first step is no matrix of signs any more.

# %% [markdown]
# ## Exercises
#
# ```{exercise-start} Half the loss
# :label: ex-ht-half
# ```
# Many texts train on $\frac{1}{2n}\sum (f - y)^2$ instead of $\frac1n\sum(f - y)^2$.
# What happens to the threshold of gradient descent, and what to that of Adam?
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-ht-half
# :class: dropdown
# ```
# The gradient is halved.
# Gradient descent needs twice the learning rate for the same step.
# Adam divides the gradient by its own size, so its first step does not change at all, apart from $\epsilon$.

# %%
problem = draw_problem(200, 1600, 300, torch.Generator().manual_seed(0))
gradient = first_gradient(problem)
half = gradient / 2
assert torch.allclose(direction(half, "gd"), direction(gradient, "gd") / 2)
assert (direction(half, "adam") - direction(gradient, "adam")).abs().mean() < 0.01
assert torch.equal(direction(half, "adam").sign(), direction(gradient, "adam").sign())

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ```{exercise-start} A student without curvature
# :label: ex-ht-linear
# ```
# Replace $\tanh(z)$ by $z$.
# Show that every update of gradient descent is a multiple of $a$ times a row vector, so that $W$ changes by a matrix of rank one however long one trains.
# Can such a network grow a heavy tail?
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-ht-linear
# :class: dropdown
# ```
# The slope of every unit is one, so {eq}`eq-ht-gradient` is exact with $c_1 = 1$, at every step.
# All updates are $a$ times a row, and so is their sum.
# A change of rank one moves at most one eigenvalue out of the bulk: a spike for ever, and no tail.

# %%
linear = Student(problem.student.head, "linear")
after = trained(linear, problem.weights, problem.sample, Optimizer("gd", 50.0), 10)
values = torch.linalg.svdvals(after - problem.weights)
assert values[1] < 1e-12 * values[0]
edge = MarchenkoPastur(200 / 300).high * 300
grown = np.linalg.eigvalsh((after.T @ after).numpy())
assert (grown > 1.1 * edge).sum() <= 1

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ## All claims
#
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
# Below the list stand the claims that the story passes over.
#
# ```{claims} heavy_tailed_esd
# ```

# %% [markdown]
# ### The start, and the index of a random matrix
#
# The spectrum of the start keeps within {claim}`HT-1a` of the law of Marchenko and Pastur, in distribution function, and its ends scatter as the law of Tracy and Widom says ({claim}`HT-1b` and {claim}`HT-1c`).
#
# Hill's index of a random matrix depends on its shape alone and rises with the ratio of the sides.
# So the square matrix has the smallest index of all shapes, and that is our yardstick: only a smaller one tells of anything but shape.
# After ten large steps of Adam more than half of the eigenvalues ({claim}`HT-9g`) have left the bulk; a small rate makes a few outliers ({claim}`HT-9e`).

# %%
show_source(hill_null)

# %% [markdown]
# ### The first gradient: how much of it is not of rank one
#
# The spectral norm of the gradient, its largest singular value, is {claim}`HT-2a` of the prediction from {eq}`eq-ht-gradient`.
# What is left out shrinks with the size, in the spectral norm, with the exponent {claim}`HT-2b`.
# In the Frobenius norm, the root of the sum of all squared entries, it does not shrink: its share stays at a value that theory gives ({claim}`HT-2c`).
# It is spread over many directions, each of them weak.

# %% tags=["hide-input", "check"]
run("HT-2").claim.check()

# %% [markdown]
# ### Adam's first step is a matrix of signs
#
# At the first step Adam divides the gradient by its own size.
# What is left is $-\eta$ times a matrix of signs, of the Frobenius norm {claim}`HT-3a` in units of $\eta\sqrt{hd}$.
# Its largest singular value is $k_A\sqrt{hd}$, and $k_A$ follows from the correlation of two signs.
# Measured, it is {claim}`HT-3b` of that.
# Its left vector is made of the signs of the head (overlap {claim}`HT-3d`), not of the head itself ({claim}`HT-3e` where $\sqrt{2/\pi}$ is predicted).

# %%
show_source(FirstStep.sign_norm.func)

# %% tags=["hide-input", "check"]
run("HT-3").claim.check()

# %% [markdown]
# ### What the spike knows
#
# The first step of gradient descent has the cosine {claim}`HT-7l` with the teacher, with two samples per input.
# Gradient descent with $n = 8d$ overshoots to {claim}`HT-7h` of its plateau at three critical lengths.
# The plateau of Adam is {claim}`HT-7g` of that of gradient descent.
# Signs depend on the axes, too: a teacher that looks along a single input is all but lost to them (the control in that row).
# Adam unlearns less: the cosine with which its step undoes the start is {claim}`HT-5h` of that of gradient descent.

# %%
show_source(spike_overlap)

# %% [markdown]
# ### Learning rates over the size
#
# The spike of gradient descent needs $\eta$ proportional to $d$ (exponent {claim}`HT-4b`), that of Adam $\eta$ proportional to $1/\sqrt h$ (exponent {claim}`HT-4a`).
# Far above lies another scale, the rate at which a step is as long as the weights: $d^{3/2}$ for gradient descent ({claim}`HT-4c`), one for Adam ({claim}`HT-4e`).
# Between the two scales the spectrum is a bulk with one spike.
#
# With two samples per input gradient descent on small problems is unstable beyond $\eta =$ {claim}`HT-4f` times $d$, from the curvature at the start.
# On large ones the limit lies lower still, and theory puts the spike at $1.26\,d$: every step that makes a spike overshoots the minimum of the loss.
#
# On the largest problems the rates of a visible spike are {claim}`HT-5f` and {claim}`HT-5g` of the prediction, and the relative errors of its place {claim}`HT-6e` and {claim}`HT-6f`.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The spike of both optimizers falls onto one curve (left, one mark per problem and learning rate). Learning rates of spike and length follow their powers of d (right, lines: predicted).", "name": "fig-ht-position"}, "image": {"alt": "Left: largest eigenvalue over the length of the weights; flat up to a dotted line at the critical length, then rising along the predicted curve through a cloud of marks. Right: three straight lines on logarithmic axes through marks, two rising and one falling."}}
rates_by_size = run("HT-4")
figures.positions(landed.result, rates_by_size.result)

# %% tags=["hide-input", "check"]
rates_by_size.claim.check()

# %% [markdown]
# ### Loss and kernel after one step
#
# What are the features worth after one step?
# Fit a new head to a fresh sample, and test it on further points.
# Or compare two matrices over the samples, the kernel of inner products of hidden outputs and the products $y_i y_j$ of labels: the cosine between them is the *kernel alignment*.
#
# These probes follow the size of the step.
# The curves of the two optimizers are shifted by the decades between their steps, which grow as $d^{3/2}$: at our largest size they differ from the prediction by {claim}`HT-8i` decades.
# At steps of equal size gradient descent is a little ahead, as predicted.
# Its cosine with the teacher is larger by {claim}`HT-8a` with two samples per input and by {claim}`HT-8e` with eight; its kernel alignment by {claim}`HT-8c` and {claim}`HT-8g`.
#
# Adam's loss changes by {claim}`HT-8j` up to a rate of one and by {claim}`HT-8k` from there to ten; at a rate of 100 it is {claim}`HT-8l`, far above what predicting zero costs.
# At a rate of ten there is no bulk left: {claim}`HT-8n` of the eigenvalues lie beyond the old edge.
# Hill's index is that of the sign matrix alone ({claim}`HT-8m`).
# Such a spectrum has a heavy tail after a single step, before anything was learned.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Test loss and kernel alignment after one step, features of the public code. Both optimizers go through the same, some decades of the learning rate apart.", "name": "fig-ht-one-step"}, "image": {"alt": "Left: test loss over learning rate with a dotted line for the start; that of Adam dips near rate 1 and climbs steeply beyond rate 10, that of gradient descent dips some decades further right. Right: kernel alignment, two humps at the same places, that of gradient descent higher."}}
one_step = run("HT-8")
figures.one_step_losses(one_step.result)

# %% tags=["hide-input", "check"]
one_step.claim.check()

# %% [markdown]
# ### No gradient noise
#
# Full-batch training is deterministic to the last bit: {claim}`HT-16a` entries differ between two runs.
# Summing the rows in another order changes single weights but not the index ({claim}`HT-16b`).

# %% tags=["hide-input", "check"]
run("HT-16").claim.check()

# %% [markdown]
# ### Ordered overlaps of weights and updates
#
# Sort the singular vectors of weights and update by their singular values, and square all products between the two sets.
# Before the first step the two have nothing in common ({claim}`HT-11a` is their rank correlation).
# One large step turns the first pair of the weights into that of the update, by {claim}`HT-11b` and {claim}`HT-11c` for left and right vectors, as theory predicts.
# After further large steps all vectors overlap in order: the band along the diagonal is {claim}`HT-11e` times the mean, and the rank correlation is {claim}`HT-11g`.
# Large directions of the weights are pushed further, small ones stay behind, so the spectrum spreads.
# With a small rate the band is hardly there: its strength is {claim}`HT-11f` of the mean.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "After several large steps of Adam the right singular vectors of weights (up) and update (across), largest values first, overlap in order: a band along the diagonal.", "name": "fig-ht-overlaps"}, "image": {"alt": "Four maps of squared overlaps over their uniform value, before steps 0, 1, 4 and 9, the first being step 0. Step 0: uniform. Step 1: a faint diagonal. Steps 4 and 9: a bright band along the diagonal, dark corners off it."}}
overlaps = run("HT-11")
figures.overlap_maps(overlaps.result)

# %% tags=["hide-input", "check"]
overlaps.claim.check()

# %% [markdown]
# ### How far the weights move
#
# For one optimizer and one number of samples the index nearly follows the displacement of the weights, $\Vert W_t - W_0\Vert / \Vert W_0\Vert$.
# Five more steps at one learning rate lower it; five and ten steps that move the weights equally far differ by less than half as much ({claim}`HT-18a`, positive, is that fall less twice the difference).
# But displacement alone does not set the index.
# With four times as many samples the same displacement makes a lighter tail, by {claim}`HT-18b`, and permuted updates make none ({claim}`HT-18c`).
# So this claim fails as it stands.
# Below a displacement of a third of their length nothing happens at all ({claim}`HT-18d`).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Displacement alone does not set the index: runs of five and ten steps nearly share a curve, but another number of samples and the other optimizer have their own.", "name": "fig-ht-displacement"}, "image": {"alt": "Falling curves of Hill's index over the displacement on a logarithmic axis: Adam after five and ten steps close together, Adam with more samples above, gradient descent below; one diamond for permuted updates on the dotted line of a random matrix."}}
displacement = run("HT-18")
figures.collapse(displacement.result, mechanism.result)

# %% tags=["hide-input", "check"]
displacement.claim.check()

# %% [markdown]
# ### Weights of constant norm
#
# The heaviest tails come from an option of the authors' code: the weights are rescaled to their first norm before every step.
# That changes the index by {claim}`HT-14b` at $\eta = 1$, and at $\eta = 10$ the best fit covers a larger share of the spectrum, by {claim}`HT-14d`, than for random matrices.

# %% tags=["hide-input", "check"]
run("HT-14").claim.check()

# %% [markdown]
# ### Updates of one pair, and of a linear student
#
# With the entries of the updates in random places the index is {claim}`HT-19a`, with the first pair alone {claim}`HT-19b`.
# Gradient descent without its first pair has {claim}`HT-19j` at its own rate.
# The change of a linear student has the stable rank {claim}`HT-19g` at most: its squared Frobenius norm over its squared spectral norm.

# %% [markdown]
# ### With a small rate the tail comes late, in bursts
#
# Now take thousands of small steps, on small problems with two inputs per sample, which are soon fitted.
# Gradient descent below the threshold never leaves the bulk. Above it the tail is made in the first ten steps and then stays.
#
# Adam with $\eta = 0.1$ is the odd one.
# Its index rests for a thousand steps and then changes by {claim}`HT-10a`.
# This is no slow learning.
# All labels are fitted after a few hundred steps, and the gradient vanishes.
# Adam then forgets the mean square $v$ of past gradients, by which it divides, and its effective rate $\eta/(\sqrt v + \epsilon)$ grows until the minimum is unstable.
# The loss bursts, and each burst throws the weights.
#
# With the memory $\beta_1$ of the gradient, and $\lambda$ the largest curvature of the loss, the minimum is stable if
#
# $$
# \epsilon > \eta\,\lambda\,\frac{1-\beta_1}{2(1+\beta_1)} .
# $$ (eq-ht-epsilon)
#
# With $\epsilon = 2\cdot10^{-4}$ that holds: no burst comes, and no tail.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The late tail of Adam (left) comes with bursts of the loss (right). A larger ε prevents both, and a shorter memory β₂ of the mean square brings both sooner.", "name": "fig-ht-long"}, "image": {"alt": "Left: Hill's index over steps, six curves and the dotted line of a random matrix. Adam with the larger epsilon, Adam with rate 0.01 and gradient descent below its threshold stay near the line, gradient descent above it is low from the start, Adam with rate 0.1 falls after thousands of steps and with the smaller beta sooner. Right: three losses of Adam fall to rounding; with the default epsilon they jump back by many decades, earlier for the smaller beta, never for the larger epsilon."}}
small_rates = run("HT-10")
figures.long_runs(small_rates.result, ten_steps.result.null)

# %% tags=["hide-input", "check"]
small_rates.claim.check()

# %% [markdown]
# Gradient descent below the threshold changes its index by {claim}`HT-10i` in 1,000 steps. Above it, the index changes by {claim}`HT-10j` after the first ten.
# With $\eta = 0.01$ that of Adam changes by {claim}`HT-10c` between 1,000 steps and the last.
# With $\eta = 0.1$ the decimal logarithm of the loss bursts to {claim}`HT-10e`, and the index ends at {claim}`HT-10b`.
# The limit of {eq}`eq-ht-epsilon` is {claim}`HT-10f` of the larger $\epsilon$.
# With $\beta_2 = 0.99$ Adam forgets sooner, and the first burst comes sooner, but less so than in proportion to the memory $1/(1-\beta_2)$: the shorter memory fades already while the labels are fitted.
# From there $v$ has to fall to where the same problem bursts with $\beta_2 = 0.999$.
# The wait is that time (the decimal logarithm of their ratio is {claim}`HT-10g`).
#
# ### Rivals of the power law
#
# On a logarithmic scale a power law is an exponential law, and a lognormal law with a cut-off is its neighbor.
# Even an exponential law fits the tail of Adam better ({claim}`HT-20c`); only normalized weights favor the power law over it ({claim}`HT-20d`).
# We call a tail a power law if it has enough eigenvalues, lies as close to its fit as samples of the fit do, and loses to no rival.
# Of the trained spectra a share of {claim}`HT-20g` passes.

# %%
show_source(lognormal_density)

# %% tags=["hide-input"] mystnb={"figure": {"caption": "How much likelier a power law is than two rivals for the upper half of each spectrum: negative values favor the rival. A lognormal law wins against every trained tail.", "name": "fig-ht-names"}, "image": {"alt": "Two panels with six rows of marks of the normalized likelihood ratio, with a gray band around zero. Against an exponential law only normalized weights and true samples of a power law are positive. Against a lognormal law all rows but the true sample lie left of the band or at its left end."}}
names = run("HT-20")
figures.names(names.result)

# %% tags=["hide-input", "check"]
names.claim.check()

# %% [markdown]
# ### Losses of heads without a sample
#
# Of the labels an odd network can learn the odd part only.
# For the softplus teacher that part is exactly linear, $s(z) - s(-z) = z$; the rest acts as noise.

# %%
show_source(odd_floor)

# %% [markdown]
# Given the weights, the loss of a ridge head can be computed without a sample.
# It depends on the features through their covariance and their product with the target, and both are series in the correlations of the hidden units.

# %%
show_source(FeatureMoments.ridge_loss)

# %% [markdown]
# In the scaling of the public code, with the fixed penalty, the loss changes by {claim}`HT-15a` from the start to the tail and by {claim}`HT-15c` from there to rate 10, and under gradient descent by {claim}`HT-15e` from $1.25\,d$ to $7.5\,d$.
# With the penalty tuned, the spike changes it by {claim}`HT-15i` there, and the tail by {claim}`HT-15j` more.
#
# The features of the public code are smaller by $\sqrt d$, so that its penalty of 0.01 weighs $d$ times more; we keep the product of penalty and $d$ as at the paper's $d = 1{,}000$.
# At a fixed penalty these features shrink as $d$ grows, until the head predicts zero ({claim}`HT-15k` where all is shrunk).
#
# Neither index nor kernel alignment follows the loss: the index keeps falling where the loss rises, and the alignment is highest at the largest rates, where the loss is worst.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Neither probe follows the loss: index of the tail, and alignment of the kernel with the labels, after ten steps of Adam.", "name": "fig-ht-head-alignments"}, "image": {"alt": "Left: Hill's index over the learning rate, from the start on: it begins at the dotted line of a random matrix, stays there at the small rate, and is far below from rate 1 on. Right: kernel alignments in the scaling of the public code and of the model; both rise at the small rate that makes a spike, fall back at rates 1 and 3, and rise again at rates 10 and 100."}}
figures.head_alignments(heads_run.result)

# %% [markdown]
# ### Samples, label noise, penalty, schedules
#
# Ten large steps change the loss by {claim}`HT-12a` with half a sample per input, {claim}`HT-12b` with one, {claim}`HT-12c` with one and a half, {claim}`HT-12d` with four and {claim}`HT-15a` with eight.
# Label noise moves the loss as it moves the floor ({claim}`HT-12e` from 0.1 to 0.3, {claim}`HT-12f` from there to 0.5, {claim}`HT-12g` on to 0.7).
# No loss comes closer to the floor than {claim}`HT-12j`; features with biases, which are not odd, fall far below it.
# The best loss of eight settings is {claim}`HT-15l`, and plain linear ridge regression lies at the limit of that row. (The best is picked on a quarter of the problems and measured on the rest, so that luck does not pick it.)
#
# The faster the learning rate decays, the less tail: the index changes by {claim}`HT-13h` as the decay goes from 0.2 to 1.
# Fast decay keeps what the first step gives, a top direction on the teacher ({claim}`HT-13e`); a constant rate loses it ({claim}`HT-13f`) and, against a decay of 0.4, pays {claim}`HT-13g` in the loss of the model's features.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Label noise moves the loss with the floor (left); trained features want a larger penalty (middle); slower decay of the learning rate trades the teacher for a tail (right).", "name": "fig-ht-sweeps"}, "image": {"alt": "Left: loss over label noise, at the start and trained, rises parallel to the dotted floor, trained below start. Middle: loss over penalty has a minimum above the dotted floor, for trained weights at a larger penalty. Right: over the decay, the index falls further below its null while the overlap with the teacher drops."}}
sweep, schedule = run("HT-12"), run("HT-13")
figures.sweeps(sweep.result, schedule.result)

# %% tags=["hide-input", "check"]
sweep.claim.check()

# %% tags=["hide-input", "check"]
schedule.claim.check()

# %% [markdown]
# ### Digits: the index, and gradient descent
#
# After ten steps of Adam at the largest rate the index of the first layer is {claim}`HT-21c`.
# Gradient descent shows the same on digits: it leaves the index of a random matrix at large rates, and is best where the tail begins.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Digits, ten steps of gradient descent: as under Adam, loss and accuracy are best where the tail begins.", "name": "fig-ht-digits-gd"}, "image": {"alt": "Three panels over learning rates, each with curves for true labels, shuffled labels and true labels with decorrelated pixels: the index leaves the dotted line of a random matrix at large rates, losses are lowest and accuracies highest just below the largest rate."}}
figures.digits(digit_curves["gradient descent"], null, "gradient descent")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Digits: at the best rate of Adam the spectrum is a bulk with the beginning of a tail (left), at the largest rate it is all tail (middle). Over a falling index the loss falls, then rises (right).", "name": "fig-ht-digits-spectra"}, "image": {"alt": "Left and middle: densities of eigenvalues on logarithmic axes with the curve of a random matrix; at the best rate the bulk with a short tail, at the largest one a broad hump. Right: the test loss over the index, which falls to the right, for Adam and gradient descent with a dotted line at a random matrix: a steep fall, a minimum, and a rise."}}
best = {
    name: int(curves["true labels"].losses.mean(axis=1).argmin())
    for name, curves in digit_curves.items()
}
adam_rates = digit_curves["Adam"]["true labels"].rates
figures.digits_spectra(
    {name: curves["true labels"] for name, curves in digit_curves.items()},
    {
        f"Adam, η = {adam_rates[number]:g}": ("Adam", number)
        for number in (best["Adam"], len(adam_rates) - 1)
    },
    null,
)

# %% tags=["hide-input", "check"]
for name, curves in digit_curves.items():
    clear, shuffled, whitened = curves.values()
    losses, indices, accuracies = (
        rows.mean(axis=1) for rows in (clear.losses, clear.hill, clear.accuracy)
    )
    # the same tail with and without labels, a twentieth of the index apart at most
    assert np.abs(shuffled.hill.mean(axis=1) - indices).max() < 0.05 * null
    # the best rate lies inside the grid; beyond it index falls and loss rises
    assert 0 < best[name] < len(losses) - 1
    assert (np.diff(losses[best[name] :]) > 0).all()
    assert (np.diff(indices[best[name] :]) < 0).all()
    assert accuracies[best[name]] > max(accuracies[0], accuracies[-1])
    # shuffled labels gain less
    other = shuffled.losses.mean(axis=1)
    assert 0 < other[0] - other.min() < losses[0] - losses[best[name]]
    # decorrelated pixels: the best index is nearer to the start's
    least = whitened.losses.mean(axis=1).argmin()
    assert whitened.hill.mean(axis=1)[least] > indices[best[name]]

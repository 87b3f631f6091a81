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
# One large step of training lifts a single eigenvalue out of the weight spectrum, and that eigenvalue knows the task. Ten large steps dissolve the whole spectrum into a heavy tail, and the tail knows nothing.
#
# This chapter reproduces {cite:t}`kothapalli2025spikes`.
# We read its abstracts, the openings of the introductions, the public reviews and the authors' public code as of its commit b111736, not the body of the paper.
# So *stated* in the ledger means stated in those texts; what we work out ourselves is marked *derived*, and our own controls *extension*.

# %% tags=["hide-cell"]
import numpy as np
import torch

from traindyn import style
from traindyn.heavy_tailed_esd import figures
from traindyn.heavy_tailed_esd.claims import run
from traindyn.heavy_tailed_esd.experiments.network import Student, draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import direction, first_gradient
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, trained
from traindyn.heavy_tailed_esd.studies.slider import rate_sweeps
from traindyn.heavy_tailed_esd.theory.floors import odd_floor
from traindyn.heavy_tailed_esd.theory.heads import FeatureMoments
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.spike import spike_overlap, spike_position
from traindyn.notebook import show_source
from traindyn.random_matrices import MarchenkoPastur
from traindyn.tails import hill_null, lognormal_density

style.use()

# %% [markdown]
# ## The claim in one picture
#
# A network with one hidden layer starts from random weights $W$.
# The eigenvalues of $W^\top W$ then follow a law that is known from random matrices (left, curve).
# Now take a single step of full-batch training, large but not too large.
# One eigenvalue (dot) leaves the others, the *bulk*.
# Theory says where it lands, without a fitted parameter (dashed), for gradient descent and for Adam.

# %% tags=["hide-input", "run"]
start = run("HT-1")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Random weights have the spectrum of a random matrix (left). One step of gradient descent (middle) or of Adam (right) lifts one eigenvalue to the predicted place.", "name": "fig-ht-headline"}, "image": {"alt": "Three densities of eigenvalues. Left: a histogram on the curve of random matrices, ending at 3.3. Middle and right: the same bulk and one dot far to its right, near a dashed vertical line."}}
figures.spikes(start.result)

# %% [markdown]
# These are the claims of the chapter with their verdicts.
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
#
# ```{claims} heavy_tailed_esd
# ```

# %% [markdown]
# ## What the paper says
#
# **Data.** Inputs $x$ have $d$ independent standard normal entries.
# The label depends on them through one direction, the *teacher* $\beta$ of length one:
#
# $$
# y = \log(1 + e^{\beta\cdot x}) + \rho\,\epsilon , \qquad \rho = 0.3 .
# $$ (eq-ht-labels)
#
# There are $n$ samples; $\epsilon$ is label noise.
#
# **Network.** The *student* has $h = 3d/2$ hidden units and no biases:
#
# $$
# f(x) = \frac{1}{\sqrt h}\, a \cdot \tanh\Bigl(\frac{W x}{\sqrt d}\Bigr) .
# $$ (eq-ht-student)
#
# Weights $W$ and head $a$ start standard normal.
# Only $W$ is trained, on the mean squared error over *all* samples at once: there is no gradient noise.
#
# **Spectrum.** The object of study is the set of eigenvalues of $W^\top W$, its *empirical spectral density*.
#
# **Statements.** With a suitable learning rate $\eta$ one step of gradient descent or of Adam makes one outlier, a *spike*.
# The gradient is nearly of rank one, and the paper bounds the norm of Adam's first step.
# After several large steps the spectrum has a heavy tail.
# The paper relates spike and tail to how well the network generalizes.
# All of this happens without any gradient noise.

# %% [markdown]
# ## Theory in code
#
# **The first gradient.** Let $r = y - f_0(x)$ be what the untrained network gets wrong, and $x_r$ the mean of the inputs, each weighted with its $r$.
# The slopes of the hidden units have the mean $c_1 = \mathbb{E}\tanh'(z)$ for standard normal $z$.
# Replace each slope by this mean, and the gradient has rank one:
#
# $$
# -G_0 \approx \frac{2 c_1}{\sqrt{hd}}\, a\, x_r^\top .
# $$ (eq-ht-gradient)
#
# **The step of Adam.** At the first step Adam divides the gradient by its own size.
# What is left is $-\eta$ times a matrix of signs.
# It too has one large singular value, $k_A\sqrt{hd}$, and $k_A$ follows from the correlation of two signs:

# %%
show_source(FirstStep.sign_norm.func)

# %% [markdown]
# **Shrink first, then grow.** Let $u$ be the direction of the hidden units along which the step goes: $a/|a|$ for gradient descent, the signs of $a$ for Adam.
# Let $\ell = |u^\top W|^2/d$ be the squared length of the weights along it, which is one at the start.
# A step of strength $t$ changes it to
#
# $$
# \ell = 1 - 2bt + t^2 .
# $$ (eq-ht-length)
#
# The term with $b$ is there because the network already says something at the start.
# The first thing that training does is to unlearn it, so the weights along $u$ get shorter before they get longer.
#
# **Threshold and position.** With $\gamma = h/d$ the direction leaves the bulk where $\ell$ passes $1 + \sqrt\gamma$, and its eigenvalue is
#
# $$
# \lambda_1 = d\,\ell\Bigl(1 + \frac{\gamma}{\ell - 1}\Bigr) .
# $$ (eq-ht-position)
#
# This is a transition of the kind of Baik, Ben Arous and Péché, with a length that the optimizer sets.

# %%
show_source(spike_position)

# %% [markdown]
# **What the spike knows.** Its singular vector has a squared cosine of $1 - \gamma/(\ell-1)^2$ with the weights along $u$:

# %%
show_source(spike_overlap)

# %% [markdown]
# ## Experiment: the first step
#
# **The start.** The spectrum keeps within {claim}`HT-1a` of the law of Marchenko and Pastur, in distribution function, and its ends scatter as the law of Tracy and Widom says ({claim}`HT-1b` and {claim}`HT-1c`).
#
# **Rank one.** The spectral norm of the gradient, its largest singular value, is {claim}`HT-2a` of the prediction from {eq}`eq-ht-gradient`.
# What is left out shrinks with the size, in the spectral norm, with the exponent {claim}`HT-2b`.
# In the Frobenius norm, the root of the sum of all squared entries, it does not shrink: its share stays at a value that theory gives ({claim}`HT-2c`).
# It is spread over many directions, each of them weak.
#
# **Signs.** Adam's first update has the Frobenius norm {claim}`HT-3a` in units of $\eta\sqrt{hd}$, and its spectral norm is {claim}`HT-3b` of $k_A$ times that.
# Its left vector is made of the signs of the head (overlap {claim}`HT-3d`), not of the head itself ({claim}`HT-3e` where $\sqrt{2/\pi}$ is predicted).

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Show the check of HT-1", "code_prompt_hide": "Hide the check"}
start.claim.check()

# %% tags=["hide-input", "check"]
run("HT-2").claim.check()

# %% tags=["hide-input", "check"]
run("HT-3").claim.check()

# %% [markdown]
# **Which learning rate?** The spike of gradient descent needs $\eta$ proportional to $d$ (exponent {claim}`HT-4b`), that of Adam $\eta$ proportional to $1/\sqrt h$ (exponent {claim}`HT-4a`).
# We measure the rate at which the largest eigenvalue stands ten percent above the bulk.
# It is {claim}`HT-5c` of the prediction for gradient descent and {claim}`HT-5e` for Adam.
# If the step is added to other weights than those it was computed for, the spike comes earlier: those weights need not be unlearned.
# Adam unlearns less: the cosine with which its step undoes the start is {claim}`HT-5h` of that of gradient descent.
# On a few larger problems, in the published run of the paper's size $d = 1{,}000$, the ratios are {claim}`HT-5f` and {claim}`HT-5g`.
#
# Far above lies another scale, the rate at which a step is as long as the weights: $d^{3/2}$ for gradient descent ({claim}`HT-4c`), one for Adam ({claim}`HT-4e`).
# Between the two scales the spectrum is a bulk with one spike: the second eigenvalue stays inside ({claim}`HT-5b` of the edge).
#
# With two samples per input gradient descent is unstable beyond $\eta =$ {claim}`HT-4f` times $d$, from the curvature at the start.
# Theory puts its spike at $1.26\,d$: every step that makes a spike overshoots the minimum of the loss.
#
# **Where?** The spike lands where {eq}`eq-ht-position` says: the mean relative errors are {claim}`HT-6b` for gradient descent and {claim}`HT-6d` for Adam, and {claim}`HT-6e` and {claim}`HT-6f` on the larger problems.

# %% tags=["hide-input", "run", "check"]
rates_by_size = run("HT-4")
rates_by_size.claim.check()

# %% tags=["hide-input", "check"]
run("HT-5").claim.check()

# %% tags=["hide-input", "run", "check"]
landed = run("HT-6")
landed.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The spike of both optimizers falls onto one curve (left, one mark per problem and learning rate). Learning rates of spike and length follow their powers of d (right, lines: predicted).", "name": "fig-ht-position"}, "image": {"alt": "Left: largest eigenvalue over length; flat at 5 up to a dotted line at 2.2, then rising along the predicted curve through a cloud of marks. Right: three straight lines on log-log axes through marks, two rising and one falling."}}
figures.positions(landed.result, rates_by_size.result)

# %% [markdown]
# **What does it know?** Below the threshold the top direction is as good as random.
# The step itself has the cosine {claim}`HT-7l` with the teacher (gradient descent, $n = 2d$).
# Above the threshold the top direction turns with it: in units of that cosine its own is {claim}`HT-7d` of the prediction for gradient descent with $n = 2d$, {claim}`HT-7e` with $n = 8d$, and {claim}`HT-7f` for Adam with $n = 8d$.
# It overshoots: at three critical lengths gradient descent with $n = 8d$ reaches {claim}`HT-7h` of its plateau, since the step cancels the old weights along $u$ before it replaces them.
# The plateau of Adam is {claim}`HT-7g` of that of gradient descent: signs blur the direction.
# Signs depend on the axes, too: a teacher that looks along a single input is all but lost to them (the control in that row).
#
# With shuffled labels there is nothing to learn.
# The spike is still there, at the predicted place (relative error {claim}`HT-7i`), but its direction is random.
# A spike alone does not prove learning.

# %% tags=["hide-input", "run", "check"]
aligned = run("HT-7")
aligned.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Alignment of the top direction with the teacher after one step; bars: scatter over problems, lines: predicted. Shuffled labels make a spike without alignment.", "name": "fig-ht-alignment"}, "image": {"alt": "Two panels, gradient descent and Adam: alignment jumps at the threshold, to 0.67 and 0.49 for gradient descent with eight and two samples per input, lower for Adam, then declines slightly. Gray marks for shuffled labels stay near 0.06."}}
figures.alignments(aligned.result)

# %% [markdown]
# **Loss, kernel, overlap.** What are the features worth after one step?
# Fit a new head to a fresh sample by ridge regression and test it on further points; a later section has the details.
# Or compare two matrices over the samples, the kernel of inner products of hidden outputs and the products $y_i y_j$ of labels: the cosine between them is the *kernel alignment*.
#
# These probes follow the size of the step too.
# The curves of the two optimizers are shifted by the decades between their steps, which grow as $d^{3/2}$: at our largest size they differ from the prediction by {claim}`HT-8i`.
# At steps of equal size gradient descent is a little ahead, as predicted.
# Its cosine with the teacher is larger by {claim}`HT-8a` with two samples per input and by {claim}`HT-8e` with eight; its kernel alignment by {claim}`HT-8c` and {claim}`HT-8g`.
#
# Adam's loss falls by {claim}`HT-8j` up to a rate of one and rises by {claim}`HT-8k` beyond; at a rate of 100 it is {claim}`HT-8l`, far above what predicting zero costs.
# At a rate of ten there is no bulk left: {claim}`HT-8n` of the eigenvalues lie beyond the old edge.
# The index of the tail, which the next section defines, is that of the sign matrix alone ({claim}`HT-8m`).
# Such a spectrum has a heavy tail after a single step, before anything was learned.

# %% tags=["hide-input", "run", "check"]
one_step = run("HT-8")
one_step.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Test loss and kernel alignment after one step, features of the public code. Lines at the losses are predicted from the weights; bars are the intervals of the decision.", "name": "fig-ht-one-step"}, "image": {"alt": "Left: test loss over learning rate; that of Adam dips near 1 and climbs steeply beyond 10, that of gradient descent dips some two decades further right. Right: kernel alignment, two humps at the same places, that of gradient descent higher."}}
figures.one_step_losses(one_step.result)

# %% [markdown]
# ## Ten large steps: the bulk dissolves
#
# **An index needs its null.** The tail of a spectrum is often put into one number, the exponent $\alpha$ of a power law fitted above a cut-off.
# With the median as cut-off $\lambda_{\min}$ and $m$ eigenvalues above it, Hill's estimate is
#
# $$
# \alpha = 1 + \frac{m}{\sum_{i} \log(\lambda_i / \lambda_{\min})} .
# $$ (eq-ht-hill)
#
# A random matrix has such an index too.
# It depends on the shape alone, and it rises with the ratio of the sides.
# So the square matrix has the smallest index of all shapes, and that is our yardstick: only a smaller one tells of anything but shape.

# %%
show_source(hill_null)

# %% [markdown]
# At the start the index is {claim}`HT-9a`, the null of our shape.
# After ten steps with a large learning rate it lies below the null of every shape: {claim}`HT-9b` for Adam, {claim}`HT-9c` for gradient descent.
# More than half of the eigenvalues ({claim}`HT-9g`) have left the bulk.
# With a small rate the bulk stays ({claim}`HT-9d`), with a few outliers ({claim}`HT-9e`).
#
# No step saw any noise: full-batch training is deterministic to the last bit ({claim}`HT-16a` entries differ between two runs), and summing the rows in another order changes single weights but not the index ({claim}`HT-16b`).

# %% tags=["hide-input", "run"]
ten_steps = run("HT-9")
ten_steps.claim.check()

# %% tags=["hide-input", "check"]
run("HT-16").claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Spectra after ten steps, pooled over problems, and the law of a random matrix of that shape. A small rate leaves the bulk; large ones dissolve it.", "name": "fig-ht-gallery"}, "image": {"alt": "Three log-log densities of eigenvalues over the edge. Small rate: histogram on the curve of the random matrix with a short stub right of the edge. Adam with rate 1 and gradient descent with rate 5d: a broad hump that reaches more than a decade beyond the edge."}}
figures.densities(ten_steps.result)

# %% [markdown]
# ## Is the tail feature learning?
#
# Shuffle the labels: now they have nothing to do with the inputs, and there is nothing to learn.
# The index is the same at every learning rate ({claim}`HT-17c` is the difference for Adam with $\eta = 1$, {claim}`HT-17d` for gradient descent).
# The many directions of the tail know the teacher no better than chance ({claim}`HT-17e` times a random direction), while that of a spike holds {claim}`HT-17f` times as much.
# The tail is a sign of large steps, not of features.

# %% tags=["hide-input", "run"]
rates = run("HT-17")
rates.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Hill's index after ten steps over the learning rate; bars: scatter over problems. Labels without any information make the same tail.", "name": "fig-ht-rates"}, "image": {"alt": "Two panels, Adam and gradient descent: the index falls from the dotted null near 2.45 to about 1.8 as the rate grows; curves for true and shuffled labels lie on each other."}}
figures.learning_rates(rates.result)

# %% [markdown]
# ## What the tail is made of
#
# **The mechanism.** Change every update before it is added:
#
# * its entries in random places: the weights move as far, and the spectrum stays that of a random matrix ({claim}`HT-19a`);
# * only its first singular pair: outliers, but no tail ({claim}`HT-19b`);
# * everything but the first pair: a full tail under Adam ({claim}`HT-19e`). Gradient descent moves little without its first pair; at twelve times the rate it makes the tail all the same ({claim}`HT-19f`). So the tail does not need the spike, as the paper's first abstract was read: without it the index rises by {claim}`HT-22a` and {claim}`HT-22b`.
#
# A linear student cannot make it at all: its weights change by a matrix of rank one.
# The stable rank of that change, its squared Frobenius norm over its squared spectral norm, is {claim}`HT-19g` at most.

# %% tags=["hide-input", "run"]
mechanism = run("HT-19")
mechanism.claim.check()

# %% tags=["hide-input", "check"]
run("HT-22").claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Hill's index after ten steps with changed updates, one mark per problem, bar: mean. Rows without a name of an optimizer belong to Adam with rate 1.", "name": "fig-ht-mechanism"}, "image": {"alt": "Ten rows of marks. Updates as they are, without the first pair, and gradient descent without the first pair at twelve times the rate lie near 1.8; permuted updates and linear students near the dotted null 2.45; first pair only between."}}
figures.mechanisms(mechanism.result)

# %% [markdown]
# **Ordered overlaps.** Sort the singular vectors of weights and update by their singular values, and square all products between the two sets.
# Before the first step the singular vectors of weights and update have nothing in common ({claim}`HT-11a` is their rank correlation).
# One large step turns the first pair of the weights into that of the update, by {claim}`HT-11b` and {claim}`HT-11c` for left and right vectors, as theory predicts.
# After further large steps all vectors overlap in order: the band along the diagonal is {claim}`HT-11e` times the mean, and the rank correlation is {claim}`HT-11g`.
# Large directions of the weights are pushed further, small ones stay behind, so the spectrum spreads.
# With a small rate nothing of the kind happens ({claim}`HT-11f`).

# %% tags=["hide-input", "run"]
overlaps = run("HT-11")
overlaps.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Squared overlaps of right singular vectors of weights (up) and update (across), largest values first, averaged over blocks, before steps 0, 1, 4 and 9 of Adam with rate 1.", "name": "fig-ht-overlaps"}, "image": {"alt": "Four maps. Step 0: uniform. Step 1: a faint diagonal. Steps 4 and 9: a bright band along the diagonal, dark corners off it."}}
figures.overlap_maps(overlaps.result)

# %% [markdown]
# **How far, or how?** For one optimizer and one number of samples the index follows the displacement of the weights.
# From five steps to ten at one learning rate it falls; five and ten steps that move the weights equally far differ by less than half of that fall ({claim}`HT-18a` is what the fall has more than twice the difference).
# But displacement alone does not set it.
# With four times as many samples the same displacement makes a lighter tail, by {claim}`HT-18b`, and permuted updates make none ({claim}`HT-18c`).
# So this claim fails as it stands.
# Below a displacement of a third of their length nothing happens at all ({claim}`HT-18d`): the tail starts where the weights stop being nearly those of the start.

# %% tags=["hide-input", "run"]
displacement = run("HT-18")
displacement.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Hill's index over the relative displacement of the weights. Runs of five and ten steps share a curve; other numbers of samples and the other optimizer have their own.", "name": "fig-ht-displacement"}, "image": {"alt": "Falling curves of the index over displacement: Adam after five and ten steps on each other, Adam with 8d samples above, gradient descent below; one diamond for permuted updates on the dotted null."}}
figures.collapse(displacement.result)

# %% [markdown]
# ## Small learning rates, and tails that come late
#
# On small problems with two inputs per sample, which are fitted soon, thousands of steps can be seen on many problems.
# Gradient descent below the threshold never leaves the bulk (its index changes by {claim}`HT-10i` in 1,000 steps). Above it, the tail is made in the first ten steps and then frozen: it changes by {claim}`HT-10j` afterwards.
# With $\eta = 0.01$ the index of Adam changes by {claim}`HT-10c` between 1,000 steps and the last.
#
# Adam with $\eta = 0.1$ is the odd one.
# Its index rests for a thousand steps and then drops by {claim}`HT-10a`, to {claim}`HT-10b`.
# This is no slow learning.
# All labels are fitted after a few hundred steps; then the gradient vanishes, Adam forgets its mean square $v$, and its effective rate $\eta/(\sqrt v + \epsilon)$ grows until the minimum is unstable.
# The loss bursts (its decimal logarithm rises to {claim}`HT-10e`), and each burst throws the weights.
# The minimum is stable if
#
# $$
# \epsilon > \eta\,\lambda\,\frac{1-\beta_1}{2(1+\beta_1)} ,
# $$ (eq-ht-epsilon)
#
# where $\lambda$ is the largest curvature of the loss there.
# With $\epsilon = 2\cdot10^{-4}$ that holds ({claim}`HT-10f` is the limit over it), no burst comes, and no tail.
# With $\beta_2 = 0.99$ Adam forgets sooner, and the first burst comes sooner ({claim}`HT-10g` is the decimal logarithm of the ratio of the waits; one is predicted).

# %% tags=["hide-input", "run"]
small_rates = run("HT-10")
small_rates.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Long runs at small rates (left; dotted: random matrix) and the losses of the first three (right). The late tail of Adam comes with bursts that a larger ε prevents.", "name": "fig-ht-long"}, "image": {"alt": "Left: index over steps on a log axis; flat curves near the null, gradient descent above its threshold flat near 1.9, Adam with 0.1 falling only after thousands of steps. Right: losses fall to 1e-30; with the default epsilon they jump back to 0.001 after about a thousand steps, earlier for the smaller beta, never for the larger epsilon."}}
figures.long_runs(small_rates.result, ten_steps.result.null)

# %% [markdown]
# ## “Power law” is a name
#
# The heaviest tails come from an option of the authors' code: the weights are rescaled to their first norm before every step.
# That lowers the index by {claim}`HT-14b` at $\eta = 1$, and at $\eta = 10$ the share of the spectrum that the best fit covers grows by {claim}`HT-14d`.
#
# But is any of these a power law?
# On a logarithmic scale a power law is an exponential law, and a lognormal law with a cut-off is its neighbor:

# %%
show_source(lognormal_density)

# %% [markdown]
# Above the median the lognormal law fits better in every trained case (log likelihood ratios over their standard error: {claim}`HT-20a` and {claim}`HT-20b`, where a sample of a power law has values near zero).
# Even an exponential law fits the tail of Adam better ({claim}`HT-20c`); only normalized weights favor the power law over it ({claim}`HT-20d`).
# We call a tail a power law if it has enough eigenvalues, lies as close to its fit as samples of the fit do, and loses to no rival.
# Of the trained spectra a share of {claim}`HT-20g` passes.
# And a product of two random matrices, with nothing trained, has the index {claim}`HT-20e`.

# %% tags=["hide-input", "run"]
names = run("HT-20")
names.claim.check()

# %% tags=["hide-input", "check"]
run("HT-14").claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Likelihood of a power law over that of two rivals for the upper half of each spectrum; gray: undecided at two standard errors. Negative values favor the rival.", "name": "fig-ht-names"}, "image": {"alt": "Two panels with six rows of marks. Against an exponential law only normalized weights and true samples of a power law are positive. Against a lognormal law all rows but the true sample lie left of minus 1.9."}}
figures.names(names.result)

# %% [markdown]
# ## Experiment: do heavy tails generalize?
#
# After the first layer has trained, a new head is fitted by ridge regression to a fresh sample of the same size, and tested on 2,000 further points.
# Two choices decide what comes out.
#
# * **The scaling of the features.** The model says $\tanh(Wx/\sqrt d)/\sqrt h$. The losses and alignments that the authors' public code reports (as of its commit b111736) belong to $\tanh(Wx/d)/\sqrt h$; its training is not affected. We evaluate both.
# * **The penalty.** The code fixes $\lambda = 0.01$. Its features are smaller by $\sqrt d$, so that the penalty weighs $d$ times more; we keep $\lambda d$ as at the paper's $d = 1{,}000$. Or the penalty is tuned to every set of weights.
#
# There is a floor.
# A network without biases is odd in $x$, and of the labels only the odd part can be learned.
# For the softplus teacher that part is exactly *linear*, $s(z) - s(-z) = z$; the rest acts as noise:

# %%
show_source(odd_floor)

# %% [markdown]
# Given the weights, the loss of a ridge head can be computed without a sample.
# It depends on the features through their covariance and their product with the target, and both are series in the correlations of the hidden units:

# %%
show_source(FeatureMoments.ridge_loss)

# %%
heads_run = run("HT-15")
heads_run.claim.check()

# %% tags=["hide-input", "check"]
run("HT-23").claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Test loss after ten steps of Adam, with eight samples per input. Lines are predicted from the weights, bars are the intervals of the decision. Only on the left, under the fixed penalty, is the heavy tail (rate 1) best.", "name": "fig-ht-heads"}, "image": {"alt": "Two panels of test loss over learning rate. Left, public code: under the fixed penalty a deep minimum at rate 1; under the tuned one a shallow minimum at the small rate that makes a spike. Right, model: both curves are lowest at that small rate and rise toward large rates. Gray lines below: linear ridge and the floor."}}
figures.head_losses(heads_run.result)

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The same runs: index of the tail with that of a random matrix, and alignment of the kernel with the labels in both scalings, over the learning rate of Adam.", "name": "fig-ht-head-alignments"}, "image": {"alt": "Left: the index starts at the dotted null near 2.45, stays at the small rate, and is below 2.1 from rate 1 on. Right: both kernel alignments rise at the small rate that makes a spike, fall back at rates 1 and 3, and rise again at 10 and 100."}}
figures.head_alignments(heads_run.result)

# %% [markdown]
# Neither probe follows the loss: the index keeps falling where the loss rises, and the kernel alignment is highest at the largest rates, where the loss is worst.
#
# *In the scaling of the public code, with the fixed penalty,* the statement of the paper holds, for gradient descent too ({claim}`HT-23a` from a spike to a tail).
# From the start to the heavy tail the loss changes by {claim}`HT-15a`, from the spike to the tail by {claim}`HT-15b`; then it rises again ({claim}`HT-15c` up to rate 10).
# Gradient descent does the same ({claim}`HT-15e` from $1.25\,d$ to $7.5\,d$).
#
# *With the penalty tuned* that gain is gone.
# The spike helps, by {claim}`HT-15g` in the features of the model and {claim}`HT-15i` in those of the public code.
# The tail harms: going on from the spike to it changes the loss by {claim}`HT-15h` and {claim}`HT-15j`, under gradient descent by {claim}`HT-23c`. There the statement fails.
# A spike that was trained on noise helps nothing, so it is the direction of the teacher that counts.
#
# Most of the published gain is therefore shrinkage undone: a tail made by shuffled labels gains {claim}`HT-15m`.
# At a fixed penalty the features of the public code shrink as $d$ grows, until the head predicts zero ({claim}`HT-15k` where all is shrunk); larger weights make them larger.
#
# *The number of samples* decides the sign.
# With two samples per input the same step from spike to tail *raises* the loss, by {claim}`HT-15f`.
# And nothing here beats plain linear ridge regression on the samples of both stages: the best loss is {claim}`HT-15l`, and the line lies at the prediction in that row.
# (The best of eight settings is picked on a quarter of the problems and measured on the rest, so that luck does not pick it.)

# %% tags=["hide-input", "run", "check"]
sweep = run("HT-12")
sweep.claim.check()

# %% tags=["hide-input", "run", "check"]
schedule = run("HT-13")
schedule.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Features of the public code with eight samples per input, before and after ten steps of Adam at rate 1: loss over label noise and penalty, with the floor. Right: the spectrum after ten steps over the decay of the learning rate.", "name": "fig-ht-sweeps"}, "image": {"alt": "Left: loss over label noise rises parallel to the dotted floor, trained below start. Middle: loss over penalty has a minimum, for trained weights at a larger penalty. Right: over the decay, the index falls further below its null while the overlap with the teacher drops from 0.5 to 0.1."}}
figures.sweeps(sweep.result, schedule.result)

# %% [markdown]
# **Samples, noise, penalty.** Ten large steps change the loss by {claim}`HT-12a` with half a sample per input, {claim}`HT-12b` with one, {claim}`HT-12c` with one and a half, {claim}`HT-12d` with four and {claim}`HT-12e` with eight; near two samples per input gain and harm cancel.
# Label noise moves the loss as it moves the floor ({claim}`HT-12f`, {claim}`HT-12g` and {claim}`HT-12h` from 0.1 to 0.3, 0.5 and 0.7).
# No loss comes closer to the floor than {claim}`HT-12k`; features with biases, which are not odd, fall far below it.
#
# **Schedules.** The faster the learning rate decays, the less tail: the index changes by {claim}`HT-13a`, {claim}`HT-13b`, {claim}`HT-13c` and {claim}`HT-13d` as the decay goes from 0.2 to 1 in steps of 0.2, and by {claim}`HT-13h` in all.
# Fast decay keeps what the first step gives, a top direction on the teacher ({claim}`HT-13e`); a constant rate loses it ({claim}`HT-13f`) and pays {claim}`HT-13g` in the loss of the model's features.

# %% [markdown]
# ## Where it stops
#
# * **Sizes.** The published run measures the first step up to the paper's $d = 1{,}000$, ten steps at $d = 200$ and heads at $d = 100$. The scale `paper` takes ten steps at $d = 1{,}000$ and heads at $d = 400$.
# * **The window of one spike** is as wide as the gap between its two scales, a factor of order $\sqrt d$ in the learning rate. Below it nothing is seen, above it the bulk changes too.
# * **One large step can look heavy.** A step of Adam with $\eta \ge 10$ replaces the weights by a matrix of signs. Its spectrum is broad after one step, with no dynamics at all.
# * **The student is odd.** Without biases $f(-x) = -f(x)$. The odd part of the labels is exactly $\beta\cdot x/2$, so this network can learn a linear function and nothing more; the rest acts as noise.
# * **A factor of two.** The loss is the mean squared error. With half of it every rate of gradient descent doubles, and Adam's stay.
# * **Small $\epsilon$ matters at large sizes.** The entries of the first gradient shrink like $d^{-3/2}$. Where they reach $\epsilon = 10^{-8}$ the first step is no sign matrix any more.

# %% [markdown]
# ## On a real network
#
# Is a handwritten digit even or odd?
# We train the first layer of a network of the same shape on half of the images that come with scikit-learn, ten full-batch steps of Adam or of gradient descent.
# Then we fit a ridge head with a tuned penalty and test it on the other half.

# %% tags=["hide-input", "run", "check"]
digits = run("HT-21")
digit_curves = digits.result
digits.claim.check()
null = hill_null(1.5)

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Ten steps of Adam on handwritten digits: index of the first layer, test loss and accuracy of a ridge head on true labels, averaged over twelve starts; bars are the intervals of a decision, wide for so few.", "name": "fig-ht-digits"}, "image": {"alt": "Left: the index stays near the dotted null of 2.45 up to rate 0.1 and falls to 1.5 at 3, alike for true and shuffled labels, less for decorrelated pixels. Middle: test losses are lowest between 0.1 and 0.3 for true labels and rise to the right; for shuffled labels the dip is small. Right: accuracies mirror the losses, 0.95 at best."}}
figures.digits(digit_curves["Adam"], null, "Adam")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The same for gradient descent.", "name": "fig-ht-digits-gd"}, "image": {"alt": "The same three panels over learning rates from 1 to 300: the index leaves its null beyond 30, losses are lowest and accuracies highest at 100."}}
figures.digits(digit_curves["gradient descent"], null, "gradient descent")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Spectra of the first layer after Adam with the rate of the best loss and with the largest one (pooled over starts), beside a random matrix; test loss over the index, true labels, from the start (left) to the largest rate.", "name": "fig-ht-digits-spectra"}, "image": {"alt": "Left: at rate 0.3 the bulk of the random matrix with a tail half a decade long. Middle: at rate 3 a broad hump over two decades. Right: the test loss over a falling index drops steeply near the null, is lowest near 2.1 for both optimizers, and rises toward small indices."}}
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

# %% [markdown]
# The spectrum behaves as in the model.
# One step lifts the spike to {claim}`HT-21a` of the predicted place for gradient descent, and to {claim}`HT-21b` for Adam.
# Its index after large steps is {claim}`HT-21c`, and it leaves the null of its shape at the same learning rates with shuffled labels ({claim}`HT-21d` is the difference): it says how far the weights have moved, not what they have learned.
#
# Loss and accuracy do *not* carry over in detail.
# Here they are best where the tail begins, not at the spike (from there the loss still changes by {claim}`HT-21e`), and a part of the gain comes with shuffled labels too ({claim}`HT-21f`).
# The pixels are correlated, so that moving the weights at all makes other features; and digits are not a linear target, so that curvature of the features helps.
# With decorrelated pixels the best rate is smaller or the index has hardly fallen there.
#
# A heavier tail than at the best rate is harmful in each case ({claim}`HT-21g` for Adam).
# The index against its null cannot tell on which side of the best rate one is: over the index the loss first falls and then rises.
# The next cell asserts what these paragraphs say.

# %%
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

# %% [markdown]
# ## Turn the knob
#
# One problem with $d = 200$ and $n = 8d$, one step, and the learning rate in units of the threshold.

# %% tags=["hide-input"]
figures.rate_slider(rate_sweeps())

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

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
# A classifier with hundreds of weights per class learns in noise, and ends in as few directions as there are classes, the very ones in which its own loss is curved most.
#
# It matters because these few directions could be all that one needs to know of a network: this chapter shows when they are, and that on images they are not.
# This chapter reproduces {cite:t}`benarous2024highdimensional`.
#
# * **The weights enter the top eigenspace.** With four classes, the weights of even the worst class have a cosine of {claim}`HA-1a` with their projection on four eigenvectors of their own second derivatives. Training inside such a space is as good as plain training: the losses differ by {claim}`HA-21e`.
# * **One eigenvalue leads, and the weights do not follow it.** One of the four comes to stand out, but its eigenvector is not the direction of the weights; the cosine is {claim}`HA-6a`.
# * **On digits it is the reverse.** Ten top directions of a trained two-layer network bring {claim}`HA-23h` of the gain in loss that the whole gradient brings; the gradient without them brings {claim}`HA-23i`.
#
# ```{admonition} What was read
# :class: dropdown
# We read both abstracts of the paper, its public reviews, the body of a companion paper {cite}`benarous2022high` and the abstract of a sequel, not the body of the paper itself.
# The ledger marks as *stated* what these texts quote, as *derived* what we work out ourselves, and as *extension* what goes beyond.
# All constants, the law of the error, the exact theory of emergence, the counts and tiers, and all parameters are ours.
# ```

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
from traindyn.hessian_alignment.studies.moving import courses
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
from traindyn.runs import Context, resolve_scale, resolve_seed

style.use()

# %% [markdown]
# ## The phenomenon
#
# Points of four classes scatter around four means, and a classifier learns to tell them apart.
# Left is its curvature, right where its weights lie.
# Press *Play*.
# Then lower the precision, which is one over the variance of the noise, or take images of digits.

# %% tags=["hide-input"]
figures.moving_spectrum(courses(Context(resolve_scale(), resolve_seed(), "moving")))

# %% [markdown]
# ## What the paper says
#
# **Data.** A point of class $a$ is
#
# $$
# X = \mu_a + Z/\sqrt{\lambda}, \quad Z \sim N(0, I_d),
# $$ (eq-ha-mixture)
#
# with $k$ means $\mu_a$ of norm one and $d$ inputs, where $d$ is large.
# We call this the *mixture*.
# The number $\lambda$ is the *precision*: the noise in each coordinate has variance $1/\lambda$, and $d/\lambda$ in total.
#
# **Model.** Softmax regression has one vector of weights $x^c$ per class.
# The probability of class $c$ is $\pi_c \propto e^{x^c \cdot X}$, the loss is $L = -\log \pi_y$ for the label $y$.
#
# **Training.** Stochastic gradient descent (SGD) takes one fresh point per step, never used again:
#
# $$
# \begin{aligned}
# x & \leftarrow (1 - \delta\beta)\, x - \delta\, \nabla L(x; X, y) , \\
# \delta & = c_\delta / d ,
# \end{aligned}
# $$ (eq-ha-sgd)
#
# from a random start of norm one.
# Here $\delta$ is the learning rate, with a constant $c_\delta$, and $\beta$ the strength of the regularizer.
# Time is $t = \delta \cdot \text{steps}$, so that a unit of time takes $d/c_\delta$ points.
#
# **Two matrices.** On $\alpha d$ fresh test points, the *Hessian* $H$ is the mean of second derivatives of $L$, and the *gradient matrix* $G$ the mean of $\nabla L\, \nabla L^\top$.
# Neither contains the regularizer.
# The *blocks* that belong to one class are weighted sums over points,
#
# $$
# \begin{aligned}
# H_{cc} &= \overline{\pi_c (1 - \pi_c)\, X X^\top}, \\
# G_{cc} &= \overline{(\pi_c - y_c)^2\, X X^\top} ,
# \end{aligned}
# $$ (eq-ha-blocks)
#
# where $y_c$ is one for points of class $c$, else zero.
#
# **Overlap.** Let $P$ project on the span of the top $k$ eigenvectors of a block, the *top eigenspace*.
# The overlap of the weights with it is $\rho = |P x^c| / |x^c|$: a cosine, not its square.
#
# ```{prf:theorem} Alignment, in the words of its reviews
# :label: thm-ha-alignment
# From a time of order one on, with high probability, $\rho \ge 1 - O(1/\lambda + \varepsilon)$ for every class, for $H$ and for $G$.
# ```
#
# Here $\varepsilon$ is as small as one likes, for large $d$.
#
# So it is (left).
# At the start the overlap is as small as for any random vector; after a few time units it is nearly one, for every class.
# With shuffled labels, which say nothing, or with too much noise, it stays far below (crosses).
# Shuffled labels still beat chance, since the noise of training is larger along the means, too.
#
# An overlap alone can mislead.
# The right panel shows the *gap*: the eigenvalues of the top eigenspace stand apart from the next, the first of a *bulk* of many small ones.
# Eigenvalues above the bulk are called *outliers*.

# %% tags=["hide-input", "run"]
hessian, gradient = run("HA-1"), run("HA-2")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The weights of every class enter the top eigenspace of their own curvature: for the worst class up to a cosine of {claim}`HA-1a`. The eigenspace is well separated (λ = 100).", "name": "fig-ha-headline"}, "image": {"alt": "Left: overlap of four classes with their top eigenspaces over time, rising from the dotted level of a random vector to nearly one, for Hessian (solid) and gradient matrix (dashed) alike; two crosses at the last time, for shuffled labels and for low λ, lie well below one. Right: ratio of the fourth to the fifth eigenvalue over time on a log axis, for the Hessian and, lower, for the gradient matrix, both above a dotted line at one."}}
figures.headline(hessian.result, gradient.result)

# %%
hessian.claim.check()

# %% [markdown]
# ## Why
#
# Each step adds a multiple of $X$ to the weights.
# The part of $X$ along the means adds up.
# The noise points in a new direction each time, and the regularizer forgets it.
# So $x^c$ ends in the span of the means, up to a *noise floor*.
#
# The curvature sees the same points.
# A block is a weighted covariance: its noise gives the bulk, and each mean one outlier.
# So its outliers span the means too, up to a *tilt*, since a finite set of test points is random.
#
# Both errors can be computed.
# For well separated classes symmetry leaves a single number, the amplitude $A(t)$ of
#
# $$
# \begin{aligned}
# x^c & = A\,\Bigl(\mu_c - \frac{1}{k-1}\sum_{b\ne c}\mu_b\Bigr) , \\
# \dot A & = (1 - p)/k - \beta A ,
# \end{aligned}
# $$ (eq-ha-amplitude)
#
# with the probability $p$ that the classifier gives to the right class.
# Noise floor plus tilt go as $1/\lambda$.
# With no fitted parameter the error of the Hessian, $1 - \rho$, is {claim}`HA-1b` of their sum at $\lambda = 100$.
# The [list below](ha-law) shows this law over three decades of $\lambda$.

# %% tags=["hide-input", "source"]
show_source(floor_squared)

# %% tags=["hide-input", "source"]
show_source(misalignment)

# %% [markdown]
# The simulation is short as well: all runs are one tensor, and a step is two products.

# %% tags=["hide-input", "source"]
show_source(train)

# %% [markdown]
# ## One eigenvalue leads, and the weights do not follow it
#
# At the start the four outliers of a Hessian block are equal, up to the size of the sample.
# Then one leaves the others (left): three outliers fall, and the first is soon more than twice as large.
# The lines are the limit of SGD for many inputs; the measured lead is {claim}`HA-5b` of it.
# In the gradient matrix one leads from the beginning, by about $(k-1)^2 = 9$ (right).
#
# What leads is the mean of the block's own class.
# It is natural to expect the weights there.
# But by {eq}`eq-ha-amplitude` they point away from the other means as well, and their cosine with the first eigenvector can only reach $\sqrt{(k-1)/k} = 0.866$.
# Measured is {claim}`HA-6a`; for ten classes, where the limit of SGD at $\lambda = 200$ lies just below $\sqrt{9/10} = 0.949$, {claim}`HA-6b`.
# Only the whole space of $k$ eigenvectors holds the weights.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "In the Hessian one of four equal eigenvalues comes to lead; in the gradient matrix it leads from the beginning. Outliers follow the limit of SGD (lines; λ = 200).", "name": "fig-ha-separation"}, "image": {"alt": "Two panels of eigenvalues over time on a logarithmic axis. Left, Hessian: four start together; one rises a little and then falls slowly, the three others fall at once, on predicted lines; the bulk lies far below. Right, gradient matrix: one is far above three others at all times, all falling on predicted lines, the bulk below them."}}
led = run("HA-5")
figures.separation(led.result, led.claim.parts[1].measurement.n)

# %%
led.claim.check()

# %%
run("HA-6").claim.check()

# %% [markdown]
# There is one outlier for each dimension that the means span: four for orthonormal means, three if the four sum to zero.

# %%
outliers = run("HA-7")
outliers.claim.check()

# %% [markdown]
# ## The gradient lives in a tiny subspace
#
# All classes together make a matrix of $kd$ rows.
# Its Hessian has $k(k-1) = 12$ outliers, which training splits into tiers of 4 and 8; the gradient matrix has 4 (left).
# With a regularizer all weights together lie in the upper tier.
#
# The mean gradient soon lies there as well ({claim}`HA-21a` of its square; right), in all four and not in three.
# The gradient of a single point does not: it is mostly noise, and only {claim}`HA-21c` of its square lies inside.
#
# So let training take only the part of each step that lies in the top eigenspace.
# It does as well as plain SGD: the loss differs by {claim}`HA-21e`.
# Let it take only the rest, and it learns nothing: the loss ends at {claim}`HA-21f`, where guessing gives $\log 4 = 1.386$.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The whole Hessian has twelve outliers in two tiers, the gradient matrix four (left). The mean gradient lies in the top four eigenvectors, not in three, and single gradients do not (right).", "name": "fig-ha-whole"}, "image": {"alt": "Left: the largest eigenvalues by rank on a log axis; open circles, Hessian at the start: twelve nearly equal, then a drop; full circles, Hessian after training: four, then eight lower ones, then a drop; squares, gradient matrix after training: four, then a drop; dotted lines after ranks 4 and 12. Right: share of the squared gradient over time; with twelve eigenvectors always near one, with four rising to {claim}`HA-21a`, with three rising and then falling below single points, which rise to {claim}`HA-21c`."}}
counted, tiny = run("HA-9"), run("HA-21")
figures.whole_matrix(counted.result, tiny.result)

# %%
tiny.claim.check()

# %%
counted.claim.check()

# %%
run("HA-10").claim.check()

# %% [markdown]
# ## Outliers emerge from the bulk and sink back
#
# When is a mean visible at all?
# At the start all points have the same weight, and a block is a plain covariance.
# A mean leaves its bulk above $\lambda_c = k/\sqrt\alpha$.
# Below, the first eigenvectors know next to nothing of the means; above, their squared cosine with them follows the theory of Baik, Ben Arous and Péché, {claim}`HA-8a` at $\lambda = 3$ (right).
#
# During training the weights of the points in {eq}`eq-ha-blocks` depend on what was learned, and outliers move.
# An exact theory for that needs only the scalar products of weights and means.
# At $\lambda = 20$ the Hessian keeps all four outliers, while the gradient matrix loses all but one: {claim}`HA-12g` of four sink, on average.
# The reverse happens as well: with ten classes below $\lambda_c$ an outlier [is born](ha-birth) in training.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "At λ = 20 the Hessian keeps four outliers (left), while those of the gradient matrix sink into the bulk, all but one (middle). At the start means become visible at a sharp precision (right). Dashes and line: exact theory.", "name": "fig-ha-emergence"}, "image": {"alt": "Left: eigenvalues of a Hessian block over the predicted edge of the bulk, over time; four circles above the dotted line at one at all times, on predicted dashes, and crosses, the top of the bulk, near one. Middle: the same for the gradient matrix; the first circle stays above the line, the three others come down to it. Right: squared cosine over λ on a log axis, rising to one from near zero below a dashed threshold, points along the predicted curve except below the threshold, where they lie a little above it."}}
start, emerging = run("HA-8"), run("HA-12")
replicas = start.claim.parts[0].measurement.n, emerging.claim.parts[0].measurement.n
figures.emergence(emerging.result[0], start.result, replicas)

# %%
start.claim.check()

# %%
emerging.claim.check()

# %% [markdown]
# ## On a real network
#
# Does any of this carry over to images?
# We train softmax regressions and networks with one hidden layer of 16 rectified units, each on 300 drawn images of handwritten digits.
# The precision $\lambda$ of images is the squared norm of the mean image of a class over the variance of a pixel around it.
#
# **One layer, class by class.** For ten classes the theorem holds: the overlap of the weights of a class with the top ten eigenvectors of its own block is {claim}`HA-23a`, as near to one as $1/\lambda$.
# For three classes it fails ({claim}`HA-23b`).
# The reason is in the spectrum.
# The noise of an image is not the same in all directions, so eigenvalues fall without a gap (left), and the largest direction of the noise passes for an outlier.
# Ten of 64 directions hold the means in spite of that, three do not.
# All weights together do not lie in ten directions of the whole Hessian either ({claim}`HA-23d`).
#
# **Two layers.** Here the overlap is that of a random direction, in either layer (middle).
#
# **Training in a part of the gradient.** On the mixture the top eigenspace was all that training needed, and the rest was useless.
# Here it is the reverse (right).
# Ten top directions alone gain {claim}`HA-23h` of what the whole gradient does, the gradient *without* them {claim}`HA-23i`.
# The networks had been trained before, with full batches, and the gradient had left the top eigenspace once the steep directions were learned; only {claim}`HA-23g` of its square is there.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Digits: no gap at the number of classes (left); the weights of one layer lie near the top eigenspace of their block, those of two layers no nearer than random ones (middle); training needs the bulk, not the top (right).", "name": "fig-ha-digits"}, "image": {"alt": "Left: eigenvalues of the block of a class over their index for three and ten classes on a log axis fall without a jump at the dashed lines of the number of classes. Middle: overlaps of weights with top eigenspaces as points beside bars of a random direction; high for softmax regression class by class, lower for three classes and for all weights, near the bar of a random direction for both layers of a network. Right: loss over steps; all of the gradient and the gradient without its top ten directions fall together, the top ten alone stay flat."}}
images = run("HA-23")
trained_on = images.claim.parts[-1].measurement.n
digits_figure(images.result, trained_on)

# %%
images.claim.check()

# %% [markdown]
# So the theorems describe their mixtures.
# Their mechanism, well separated classes in even noise, is what to look for before one expects their conclusion.
# Two tools, `hessian_operator` and `gradient_matrix_operator`, take any torch module.
#
# ## Where it stops
#
# * **The precision must be large.** The last of $k$ outliers needs $\lambda > k/\sqrt\alpha$ at the start and much more later, because points of other classes lose weight. With ten classes at $\lambda = 10$ most of the "top ten" eigenvectors are noise, and the overlap still looks decent. Look at the gap.
# * **Time must be long.** A unit of time is $d/c_\delta$ points. Alignment takes tens of units; one pass over $d$ points shows nothing. Going over the same points again is another algorithm.
# * **The learning rate must fall as $1/d$.** At a fixed one the error grows in proportion to $d$ ({claim}`HA-14b` is the exponent).
# * **Without a regularizer the start never fades.** It only gets diluted as the weights grow, and the outliers of the gradient matrix sink meanwhile.
# * **Keep the regularizer out of single gradients.** Folded into each of them, as a `weight_decay` term in the loss would be, it removes one outlier of $G$, and with it a direction that the weights need: one minus the overlap rises to {claim}`HA-2f`.
# * **Compare spaces, not vectors.** Equal eigenvalues have no eigenvectors of their own.
# * **A poor classifier aligns as well.** Networks that fail to learn lie in their top eigenspaces like those that succeed, as the [XOR networks](ha-xor) below show. Alignment is no sign of success.

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

# %% [markdown]
# ## All claims
#
# These are the claims of the chapter with their verdicts.
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
# Below stand the claims that carry no section of the story.
#
# ```{claims} hessian_alignment
# ```

# %% [markdown]
# ### The gradient matrix
#
# The theorem speaks of both matrices.
# The overlap with the top eigenspace of the gradient matrix is {claim}`HA-2a`, for even the worst class at the worst of three late times; {numref}`fig-ha-headline` shows it dashed.
# The same happens to a centered covariance of gradients as to one with the regularizer in each: an outlier is lost.

# %%
gradient.claim.check()

# %% [markdown]
# (ha-law)=
# ### The law of the error
#
# The distance of the Hessian's eigenspace from the span of the means is {claim}`HA-3c` of what the limit of SGD and the randomness of a finite sample give.
# All classes and both matrices share this space ({claim}`HA-3e` is their largest distance).
#
# The error goes as $1/\lambda$ ({claim}`HA-4a` is the exponent).
# The noise floor alone holds over three decades of $\lambda$ ({claim}`HA-4c`, {claim}`HA-4d`, {claim}`HA-4e`), and it is linear in the learning rate ({claim}`HA-14a`).
# That is why $\delta$ must be of order $1/d$.
# The line of the Hessian's law is meant for large $\lambda$; at the smallest $\lambda$ at which it is drawn, points lie off it.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The error of alignment over λ with its predicted law (left), the distance of eigenspaces from the means (middle), and a learning rate that does or does not shrink with d (right).", "name": "fig-ha-law"}, "image": {"alt": "Left: one minus overlap over λ on log axes for Hessian, gradients and means; all fall with slope minus one at large λ, along predicted lines for Hessian and means. Middle: distance of eigenspaces from the means on log axes, falling from one, later for gradients than for the Hessian. Right: error over d on log axes, rising in proportion for a fixed learning rate, flat for a rate in proportion to 1/d."}}
space, law, steps = run("HA-3"), run("HA-4"), run("HA-14")
figures.error_law(law.result, steps.result, space.result)

# %%
space.claim.check()

# %%
law.claim.check()

# %%
steps.claim.check()

# %% [markdown]
# ### Counting eigenvalues
#
# Counts can be read off a spectrum.
# A block has one outlier for each dimension that the means span.
# The spectra of both whole matrices end in exactly $d$ zeros, up to rounding, since softmax ignores a change common to all classes.
# The sum of the weights over classes is free of noise for the same reason: it shrinks by the same factor at each step ({claim}`HA-10c` is the largest deviation).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Outliers of one block for three sets of four means: one for each dimension that they span (left). All eigenvalues of the whole matrices: both end in d zeros (right).", "name": "fig-ha-counts"}, "image": {"alt": "Left: five eigenvalues of a Hessian block by rank on a log axis; for orthonormal means and for means with a common offset the drop comes after the fourth, for means that sum to zero after the third. Right: all eigenvalues of the whole matrices by rank on a log axis; both fall to rounding errors at a dotted line, after which there are d of them."}}
figures.counts(outliers.result, counted.result, outliers.claim.parts[0].measurement.n)

# %% [markdown]
# (ha-birth)=
# ### The birth of an outlier
#
# Take ten classes below $\lambda_c$.
# At the start no eigenvalue leaves the bulk.
# As training makes the weights of the points unequal, the first one does, and its eigenvector turns toward the mean of the class ({claim}`HA-12j` outliers per block at the end).
#
# Early on, near the edge, the direction still lags behind its prediction.
#
# One trap on the way: in the strict limit the rarest points, those with the largest weights, would set the edge of the bulk of a gradient matrix, but a sample of $M = \alpha d$ points does not hold them.
# The theory must leave out what is rarer than one in $M$.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Ten classes below the threshold of the start: an outlier emerges as training makes the weights of the points unequal. Dashes: exact theory.", "name": "fig-ha-birth"}, "image": {"alt": "Left: first and second eigenvalue over the edge of the bulk over time, for ten classes below the threshold; crosses of the second stay near one, circles of the first rise above it, with the predicted dashes once there is an outlier. Right: squared cosine of the first eigenvector and the mean of the class over time, rising from near zero with the predicted dashes."}}
figures.birth(emerging.result[1], emerging.claim.parts[-3].measurement.n)

# %% [markdown]
# ### The limit of SGD
#
# The scalar products of weights and means, and those of the *rests* $x^c_\perp$, what of the weights lies outside of the means, obey closed equations as $d$ grows.
# They need a *corrector*, the noise that one-pass SGD adds at $\delta \sim 1/d$.
# SGD departs from them as $d$ to the power {claim}`HA-13a`.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "SGD follows its equations for two learning rates; without the corrector the rest of the weights is wrong while the overlap with the mean is not.", "name": "fig-ha-effective"}, "image": {"alt": "Left: overlap with the mean over time, nearly the same rising curve for both learning rates and without corrector, points on lines. Right: squared norm of the rest of the weights over time on a log axis; points of both rates on their own lines, the dashed line without corrector far below."}}
effective = run("HA-13")
figures.effective(effective.result)

# %%
effective.claim.check()

# %% [markdown]
# ### Training points
#
# Hessian and gradient matrix of the last training points show the alignment that test points do (the overlap is {claim}`HA-11a`), and so do those of all training points ({claim}`HA-11c`), since each point is used once.
# Still, the weights remember: one minus the overlap with the last points is only {claim}`HA-11e` of that with test points, because the noise in the weights is theirs.

# %%
run("HA-11").claim.check()

# %% [markdown]
# ### A third kind of eigenvalue
#
# Between outliers and bulk the expected block has a *minibulk* of up to $k$ eigenvalues along the weights, at a relative distance of order $1/\lambda$ from the bulk (HA-22).
# A finite sample spreads the bulk into a law with a sharp edge, that of weighted samples.
# The whole density can be had without a single eigenvalue: Lanczos steps from random directions give it with error bars, for any torch module (`lanczos_quadrature`).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The minibulk approaches the bulk as λ grows (left, middle). The density of one block of a finite sample follows the law of its bulk, with its predicted outliers (right).", "name": "fig-ha-minibulk"}, "image": {"alt": "Left: outliers over the bulk, minus one, growing with λ on predicted lines, log axes. Middle: one minus minibulk over bulk, falling as one over λ on predicted lines, log axes. Right: a density on a log axis with a band, a broad bump of the bulk that a predicted line follows, and small bumps at the triangles of the predicted outliers."}}
small = run("HA-22")
figures.minibulk(small.result)

# %%
small.claim.check()

# %% [markdown]
# ### Traps of a reproduction
#
# A ReLU has a kink.
# Its second derivative contains a spike that automatic differentiation drops.
# "Hessian" means that of almost every point; do not check it by finite differences of the mean loss.
# The cell below shows how far they are apart for one neuron on the XOR mixture of the next section.

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
# An eigensolver can be wrong, too.
# Lanczos stopped after too few steps returns plausible, wrong eigenvalues; without reorthogonalization it returns copies of the largest.
# Our solver checks the residual of each.
#
# Count your dimensions.
# With four neurons any vector of outgoing weights lies in the span of four eigenvectors; below we use 32 for the overlap and 4 for the rank.

# %% [markdown]
# (ha-xor)=
# ### Two layers learn XOR
#
# The paper states the same, layer by layer, for a network $v \cdot (WX)_+$ that learns XOR: label 1 near $\pm\mu$, label 0 near $\pm\nu$, with orthonormal $\mu$ and $\nu$.
# Neuron $i$ of $K$ has the incoming weights $W_i$, a row of $W$, and the outgoing weight $v_i$; negative entries of $WX$ are set to zero.
# The output is the logit of label 1, the logarithm of its probability over that of label 0.
#
# No linear classifier solves XOR.
# A ReLU network with $K = 32$ hidden neurons does, when each of the four corners $\pm\mu, \pm\nu$ is *captured* by some neuron.
# That is, the logit there has the right sign and nears the size $C = \log\frac{1 - 4\beta}{4\beta}$, where the regularizer balances the loss.
#
# **First layer.** The weights of a neuron lie in the top two eigenvectors of their block, which span the plane of the means ({claim}`HA-15a` at $\lambda = 30$).
#
# **Second layer.** The outgoing weights lie in the top four, one for each corner (the error is {claim}`HA-16a`).
# This space is learned: activations are positive, so there is one outlier at the start, if $d \gg \lambda$ makes random weights nearly orthogonal to the means, and the trained weights have an overlap of only {claim}`HA-16d` with the leading space of the start.
# The two layers of a neuron balance, so that the error of their overlap fades as $e^{-4\beta t}$, not as the $e^{-2\beta t}$ of the regularizer alone.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Both layers of an XOR network enter their top eigenspaces (left); in the second layer one outlier becomes four (right).", "name": "fig-ha-xor"}, "image": {"alt": "Left: overlaps of the first layer with the spaces of Hessian and gradients, and of the second layer, over time rise from dotted random levels to nearly one. Right: eigenvalues of the second layer over time on a log axis; at first one stands out, later four, near a dashed line, while the fifth and sixth fall by decades."}}
first = run("HA-15")
figures.layers(first.result)

# %%
first.claim.check()

# %%
run("HA-16").claim.check()

# %%
run("HA-17").claim.check()

# %% [markdown]
# **Four neurons only.** Then each corner needs luck.
# A neuron picks its corner by the signs of its first weights, one of four at random.
# Why? Take the noise away, $d \to \infty$ and then $\lambda \to \infty$: samples are the corners themselves, and training is a flow.
# A positive $v_i$ pushes $W_i$ toward the nearer of $\pm\mu$, a negative one toward the nearer of $\pm\nu$, and nothing turns it around.

# %% tags=["hide-input", "source"]
show_source(flow)

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Four neurons from one start (diamonds): SGD at λ = 1000 (dots) follows the flow without noise (lines), to corners that the first signs tell. Two neurons share a corner, and one corner is missed.", "name": "fig-ha-paths"}, "image": {"alt": "Left: paths of four neurons in the plane of the two means; from diamonds near the origin they run to three of the four half axes, dots of SGD along lines of the flow. Right: logits at the four corners over time; those of three captured corners approach dotted lines, that of the fourth does not."}}
corners = run("HA-19")
figures.paths(corners.result)

# %%
corners.claim.check()

# %% [markdown]
# So 1, 2, 3 or 4 corners are captured with the probabilities 1/64, 21/64, 9/16 and 3/32, and most networks end in a poor classifier.
# We checked this on thousands of runs ({claim}`HA-19b` of them capture all four; {claim}`HA-19c` of the neurons end where their first signs tell).
# The others turn at the start: the flow itself turns outgoing weights that are small, the fewer the more inputs; the noise of the first steps turns small incoming weights, in a share of the order $\lambda^{-1/4}$ that more inputs do not lower.
# They cost little: the loss sees the weights through few scalar products, whose random walk has the law of SGD and does not mention $d$.
#
# A poor classifier shows in the spectrum: the second layer has as many outliers as captured corners ({claim}`HA-18a` of the runs).
# Each has the size that the law of a captured corner gives ({claim}`HA-18h` of it), and both layers align in poor classifiers as well (HA-18j to HA-18m).
# Alignment is no sign of success.
#
# How poor? At a corner that was not captured only neurons of other corners can speak, and those vote for the wrong label.
# They speak as often as the pushes of training allow: with the chance $a = 8\beta/(1 + 8\beta) = 2/7$ if the opposite corner was captured, else half of the time.
# So the accuracy is $\frac34 + \frac{1 - 2a}8$ with three corners ({claim}`HA-18d`), $\frac12 + \frac{1 - a}4$ with two of different labels ({claim}`HA-18e`), and one half with two of the same label ({claim}`HA-18f`) or with one ({claim}`HA-18g`).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Networks of four neurons capture one to four corners with the predicted probabilities (left), and the second layer has as many outliers as captured corners (right).", "name": "fig-ha-corners"}, "image": {"alt": "Left: bars of the share of runs with one to four captured corners agree with diamonds at the predicted probabilities; gray bars of runs stopped early do not. Right: eigenvalues over their law by rank, for networks with one to four captured corners; near one for as many ranks as captured corners, then near zero."}}
ranks = run("HA-18")
figures.corners(ranks.result, corners.claim.parts[1].measurement.n)

# %%
ranks.claim.check()

# %% [markdown]
# **The regularizer has a limit.** Above $\beta = 1/8$ an XOR network forgets everything ({claim}`HA-20a` is the norm of its outgoing weights).
# With noisy inputs the limit is lower: at $\lambda = 10$ corners already fade at $\beta = 0.1$ ({claim}`HA-20c` is the largest logit over that of a captured corner).

# %%
run("HA-20").claim.check()

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
# # The shape of the noise
#
# A trained network never rests, and where its loss is flattest, its weights move least.
# A ball in a shaken bowl does the opposite: it roams where the bowl is flat.
#
# It matters because the motion of weights is read as a map of the loss: we show why the map is upside down, and where it is no map.
# This chapter reproduces {cite:t}`gross2024weight`.
#
# * **Two layers share what they do together.** In the second of two trained layers the variance of the weights falls with *flatness*, how far one can walk before the loss has grown by a fixed factor; where the loss is flat it falls with the power {claim}`AN-10c`. Freeze the first layer, and the weights move equally in all directions.
# * **A current is not the cause.** The paper blames uneven motion in one layer on a current that flows in the stationary state, as in a stirred liquid. Give two layers 5,000 times as many samples: the current dies, down to {claim}`AN-12a` of its size, and the fall with flatness becomes exact.
# * **On digits the law fails.** On logarithmic axes, the variances in a small nonlinear network should follow the predicted ones with slope one; the slope is {claim}`AN-20a`.
#
# ```{admonition} What was read
# :class: dropdown
# We read the abstracts of all versions of the paper and the opening of its introduction, not the body.
# The ledger marks as *stated* what the abstract says, as *derived* what we work out from its setting, and as *extension* what goes beyond.
# All formulas below that the abstract does not contain, and all parameters, are ours.
# ```

# %% tags=["hide-cell"]
import numpy as np

from traindyn import style
from traindyn.anisotropic_noise import figures
from traindyn.anisotropic_noise.claims import run
from traindyn.anisotropic_noise.studies.cloud import clouds
from traindyn.anisotropic_noise.theory.covariance import exact_covariance
from traindyn.anisotropic_noise.theory.flatness import flatness, measured_flatness
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.anisotropic_noise.theory.two_layers import second_layer_variances
from traindyn.notebook import show_source
from traindyn.runs import Context, resolve_scale, resolve_seed

style.use()

# %% [markdown]
# ## The phenomenon
#
# Each point is a trained network, drawn by the two weights of its second layer, with the minimum of the loss in the middle.
# Press *Play*: the lines of equal loss stretch, and the cloud shrinks.
# Then freeze the first layer.

# %% tags=["hide-input"]
figures.moving_cloud(clouds(Context(resolve_scale(), resolve_seed(), "cloud")))

# %% [markdown]
# ## What the paper says
#
# **One layer.** Fit the labels $y_\mu$ of $P$ samples $x_\mu$ with $N$ weights $w$, by the loss
#
# $$
# L(w) = \frac{1}{2P} \sum_\mu (w \cdot x_\mu - y_\mu)^2 .
# $$ (eq-an-loss)
#
# Its curvature is the *Hessian* $H$, the mean of $x_\mu x_\mu^\top$.
# At the minimum $\hat w$ every sample leaves a residual $r_\mu = \hat w \cdot x_\mu - y_\mu$; let $s^2$ be the mean of $r_\mu^2$.
# Stochastic gradient descent (SGD) follows the mean gradient of $S$ random samples, the batch, with the learning rate $\eta$.
# It never rests: the weights fluctuate around $\hat w$ in a stationary state, with some covariance $C$.
#
# The abstract says: with few samples per weight, the weights move unevenly although the loss is effectively the same in all directions.
# It attributes this to *broken detailed balance*: the state carries a current.
# With many samples per weight, the weights move evenly.
#
# **Two layers.** A network $f(x) = W_2W_1x$ has another source of unevenness, the coupling of its layers.
# With it comes the *inverse variance-flatness relation*: along a flat direction the variance of the weights is small.
# The *flatness* $F$ of a direction is the distance between the two points on it where the loss is $e$ times its minimum $L_0$.
# Where the loss is quadratic with curvature $h$, it is $F = 2\sqrt{2(e - 1)L_0/h}$.

# %% [markdown]
# ## Why
#
# **One layer moves evenly.** With many samples the noise of the gradients has the shape of the Hessian: it is strongest where the pull back is strongest.
# The two cancel, and the variance is the same in all directions, $T = \eta s^2/2S$.
#
# **Two layers share it.** The loss sees the layers only through their product $W_2W_1$.
# Let $a_i$ be the singular values of $W_1$ and $b_j$ those of $W_2$.
# One entry of the product, in the bases of the singular vectors, can be changed by one direction of either layer: $a_i$ times the change in the second layer, plus $b_j$ times the change in the first.
# The gradient always points along $(a_i, b_j)$ in the plane of these two directions.
# On this line the variance is $T$, as in one layer, and across it nothing drives the weights.
# The second layer sees the line at an angle, and gets the share
#
# $$
# V_{ji} = T\, \frac{a_i^2}{a_i^2 + b_j^2} .
# $$ (eq-an-second)
#
# We call the direction of the second layer that belongs to a pair $(i, j)$ a *mode*.
# For inputs of equal variance in all directions (*isotropic* inputs), the loss of the second layer alone has the curvature $h = a_i^2$ along it.
# So a flat direction is one in which $a_i$ is small: there the first layer does the moving.
# With $\kappa = 8(e - 1)L_0$, the formula for $F$ turns {eq}`eq-an-second` into $V = T/(1 + b^2F^2/\kappa)$.
# The exponent of this fall, $-d\log V/d\log F$, rises from 0 in steep directions to 2 in flat ones.

# %% tags=["hide-input", "source"]
show_source(second_layer_variances)

# %% [markdown]
# ## Freeze the first layer, and the relation is gone
#
# We simulate SGD with one output, and take the variances of ten modes.
# With both layers trained they follow {eq}`eq-an-second`, which has no fitted parameter; with the first layer frozen they are $T$ (left).
# Divide the former by the factor $a^2/(a^2 + b^2)$, and the two agree.
# Their *agreement*, one minus the mean squared difference in units of $T$, is {claim}`AN-9a`.
# In terms of flatness, five settings of $b$, learning rate, batch and label noise fall on one curve (right).

# %% tags=["hide-input", "run"]
coupling = run("AN-9")
inverse = run("AN-10")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Two trained layers move less along flat directions; with the first layer frozen nothing is left of it (left). Five settings fall on one curve without a fitted parameter (right).", "name": "fig-an-headline"}, "image": {"alt": "Two panels on log axes. Left: variance of modes of the second layer over the singular value a of the first; squares for a frozen first layer lie on a horizontal line at one, circles for both layers trained on a curve that rises with a toward one. Right: variance over scaled flatness; five sets of marks lie on one falling curve, flat at first, then straight with slope minus two."}}
figures.headline(coupling.result, inverse.result)

# %% [markdown]
# Of two neighboring modes the flatter always moves less.
# The coupling also makes flat modes fast: a mode relaxes at the rate $\eta(a^2 + b^2)$.
# With the first layer frozen flat modes are so slow that we extrapolate to their end by the law of their relaxation.

# %%
coupling.claim.check()

# %%
inverse.claim.check()

# %%
run("AN-11").claim.check()

# %% [markdown]
# ## Each layer takes the share that the other leaves
#
# If the second layer gets $a^2/(a^2 + b^2)$ of $T$, the first must get $b^2/(a^2 + b^2)$.
# With four outputs there are 32 such pairs in either layer, and SGD has both shares: the agreement is {claim}`AN-8e` in the second layer and {claim}`AN-8f` in the first.
# Freeze either layer, and the other has the whole $T$ in every direction.
#
# Together the layers show no relation at all.
# What the product depends on, both layers at once, has the variance $T$ in flat directions as in steep ones (agreement {claim}`AN-10f`).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "What one layer has, the other lacks: all directions of either layer on one curve without a fitted parameter. With the other layer frozen each has the variance T.", "name": "fig-an-outputs"}, "image": {"alt": "Variance over the ratio a/b, two panels. Second layer: circles for both layers trained rise from near zero to nearly one along a curve, squares for a frozen first layer scatter around a horizontal line at one. First layer: the mirror image, circles fall from nearly one to near zero, squares for a frozen second layer scatter around one."}}
coupled = run("AN-8")
figures.four_outputs(coupled.result)

# %%
coupled.claim.check()

# %% [markdown]
# ## With few samples the noise is not the Hessian
#
# At the minimum the mean gradient of all samples is zero, but that of one is $r_\mu x_\mu$.
# These gradients have the covariance
#
# $$
# D = \frac1P \sum_\mu r_\mu^2\, x_\mu x_\mu^\top ,
# $$ (eq-an-noise)
#
# which we call *the noise*.
# For small steps $C$ solves $HC + CH = \frac\eta S D$: what the noise feeds, the curvature drains.
# With many samples residuals do not depend on inputs, $D$ is $s^2H$, and $C$ is $T$ in all directions.
#
# Let $c = N/P$ be the number of weights per sample.
# When $c$ is not small, {eq}`eq-an-noise` weighs each sample with a squared residual of its own, and $D/s^2$ is wider than $H$: its eigenvalues have the variance $3c$, those of the Hessian $c$.
# At $c = 1/2$ we find {claim}`AN-3a` of $3c$.
# The eigenvalues follow a law that can be computed (left).
#
# The right panel shows which part of the noise differs.
# Write $D$ in the eigenvectors of $H$.
# Its diagonal is the part that detailed balance allows, and it has the Hessian's spectrum.
# All the excess width sits in the rest.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The noise has a wider spectrum than the Hessian, by a law without free parameters (left). Its part with detailed balance has the Hessian's spectrum (right).", "name": "fig-an-spectra"}, "image": {"alt": "Left: histograms of eigenvalues of Hessian and noise, each under its predicted curve; the Hessian begins and ends at sharp edges, the noise has a higher peak near zero and a long tail. Right: variance of eigenvalues over c on log axes; the noise lies on the higher line 3c, at {claim}`AN-3a` of it for the largest c, the balanced part of the noise and the Hessian together on the lower line c."}}
spectrum = run("AN-3")
split = run("AN-4")
figures.spectra(spectrum.result, split.result)

# %%
spectrum.claim.check()

# %% [markdown]
# ## One layer becomes uneven, but flatness has no part in it
#
# Uneven noise makes uneven weights.
# The eigenvalues of $C/T$ have the variance $(\kappa_r - 1)\,c\,g$.
# Here $\kappa_r$ is the kurtosis of the residuals, their mean fourth power over the square of their mean square, and $g$ follows from the Hessian's eigenvalues and is close to one.
# Gaussian labels have $\kappa_r = 3$; at $c = 0.1$ we find {claim}`AN-5c` of the law.
# Label noise of $\pm1$ has residuals of nearly equal size, and nearly even weights ({claim}`AN-5d` of its law).
#
# Are the directions of large variance the flat ones?
# No.
# Along the principal directions of $C$ the flatness varies by a factor of {claim}`AN-6c`, and the variance by {claim}`AN-6d` times the square of that, without a trend (right).
# In one layer with isotropic inputs there is no relation, inverse or not.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The unevenness follows a law with the kurtosis of the residuals (left). In one layer it has nothing to do with flatness; isotropic noise, for comparison, makes flat directions move more (right).", "name": "fig-an-anisotropy"}, "image": {"alt": "Log axes. Left: variance of eigenvalues of C/T over c; marks for Gaussian, ±1 and Laplace labels, each on a rising predicted line of its own, Laplace highest and ±1 lowest. Right: variance over flatness; points of SGD noise form a narrow vertical cloud, points of isotropic noise a rising line."}}
uneven = run("AN-5")
flat = run("AN-6")
isotropic_inputs, other_inputs = flat.result
figures.anisotropy(uneven.result, isotropic_inputs)

# %%
uneven.claim.check()

# %%
flat.claim.check()

# %% [markdown]
# ## A current flows, but it is not the cause
#
# Let $\delta_t$ be the deviation of the weights from the minimum after $t$ steps.
# A state with *detailed balance* looks the same when time runs backward, so the moment $\mathbb{E}[\delta_t\delta_{t+1}^\top]$ of successive deviations is symmetric.
# In one layer on few samples it is not.
# Its antisymmetric part is $\frac\eta2(HC - CH)$.
# Ten steps apart SGD shows {claim}`AN-7a` of what theory gives.
# This is the current.
# It needs noise that is not like the Hessian, and it dies as samples become many.
# The entropy that it produces per step, a measure of how far the state is from looking the same backward, falls like $c^2$ for isotropic inputs (right).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "One layer: every entry of the antisymmetric moment is predicted, and noise proportional to the Hessian has none (left). The entropy that the current produces falls like c² for isotropic inputs, like c for others; the laws are for small c (right).", "name": "fig-an-current"}, "image": {"alt": "Left: measured against predicted entries of the antisymmetric moment; circles of SGD and squares of Gaussian noise with covariance D lie on the diagonal, triangles of noise proportional to the Hessian on zero. Right: entropy production over c on log axes, circles for isotropic inputs lie on the dashed line c squared, squares for uneven inputs on a higher dashed line proportional to c, and both rise above their lines at the largest c."}}
current = run("AN-7")
figures.current(current.result)

# %%
current.claim.check()

# %% [markdown]
# Is the current also behind the inverse relation of two layers?
# They do carry one on few samples.
# With more samples it dies like $\sqrt c$, while the relation stays and becomes exact.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "With more samples the current of two layers vanishes, and so does the distance from the inverse relation (left). The relation belongs to one layer of two: both together move evenly (right).", "name": "fig-an-without"}, "image": {"alt": "Left, on log axes with few weights per sample to the right: two falling lines over c, size of the commutator of Hessian and covariance, and distance from the inverse relation, both parallel to a dotted line proportional to the root of c. Right: variance over flatness on log axes; circles of the second layer alone fall toward flat directions, squares of both layers together stay at one."}}
commutator = run("AN-12")
problems = commutator.claim.parts[0].measurement.n
figures.without_current(commutator.result, problems, inverse.result)

# %%
commutator.claim.check()

# %% [markdown]
# ## On a real network
#
# We train many networks with 16 hidden ReLU units and the square loss on handwritten digits.
# Then we take the variances of the last layer in a *window*, a stretch of steps.
# The loss is exactly quadratic in the last layer, so the law of this chapter has no free parameter: $T h/(h + b^2)$, with the curvatures $h$ and the singular values $b$ of the last layer.
#
# **The law does not carry over.**
# On logarithmic axes, measured variances should follow the law with slope one.
# The slope is {claim}`AN-20a` in a short window and {claim}`AN-20b` in one five times as long.
# Along the principal components of the weights, the exponent of variance over flatness should not depend on the window; it changes by {claim}`AN-20e`.
#
# What moves the last layer is a drift.
# In the longer window the logarithm of a random walk's variance is larger by $\log 5 \approx 1.6$; that of the largest variance here, by {claim}`AN-20f`.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "On digits, variance against flatness depends on the window and on sampling, and follows no single curve.", "name": "fig-an-digits"}, "image": {"alt": "Variance of principal components over flatness on log axes for four treatments: a short window, a long one, a long one in epochs, and a long one with the first layer frozen; the points scatter over decades of variance without a common line."}}
digits = run("AN-20")
networks = digits.claim.parts[0].measurement.n
figures.digits(digits.result, networks)

# %%
digits.claim.check()

# %% [markdown]
# ## Where it stops
#
# A window shows only what varies within it.
# A direction of curvature $h$ forgets in $1/\eta h$ steps, and the flattest are the slowest.
# A short window therefore shows little variance in flat directions: an inverse relation with exponent 2, made by the window.
# One layer, in which all variances are equal, shows it: the slope of variance over flatness is {claim}`AN-16a` in a short window, and {claim}`AN-16b` in a longer one.
# Epochs, in which every sample comes once before any comes again, fake it as well, since the noise of an epoch sums to zero.
#
# The relation of two layers survives both changes: the slope moves only by {claim}`AN-16d` with a longer window, and by {claim}`AN-16e` with epochs.
# Whoever finds an inverse relation should change the window before believing it.
#
# For isotropic inputs the exponent of two layers cannot exceed 2, so this mechanism alone does not explain values near 4 reported for deep networks.
# Nor does the state last forever: noise moves the layers slowly along the valley of minima, as the [list below](an-drift) shows.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "A short window or epochs fake the relation in one layer (left, lines predicted); in two layers it is there in every window and sampling (right).", "name": "fig-an-artifacts"}, "image": {"alt": "Variance in the window over flatness on log axes, two panels, each with a dotted line of slope minus two. Left: one layer; points of a short window and of epochs fall along flat directions, those of a long window stay near one until the flattest; lines through the points of both windows are predicted. Right: two layers; the points of all three fall side by side toward flat directions, those of epochs a little lower."}}
windows = run("AN-16")
*_, of_two, _ = windows.claim.parts
figures.artifacts(windows.result, windows.claim.parts[0].measurement.n, of_two.measurement.n)

# %%
windows.claim.check()

# %% [markdown]
# ## Exercises
#
# ```{exercise-start} One weight
# :label: ex-an-one
# ```
# Take one weight, inputs $x = \pm1$, labels of variance $\sigma^2$ that do not depend on $x$, and batches of one.
# Find the exact stationary variance of SGD, and compare it with $T$.
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-an-one
# :class: dropdown
# ```
# A step is $\delta' = (1 - \eta)\delta - \eta r$ with residuals of variance $s^2$, so $C = (1 - \eta)^2C + \eta^2s^2$ and $C = \eta s^2/(2 - \eta)$.
# For small steps this is $T = \eta s^2/2$; the exact value is larger by $1/(1 - \eta/2)$.

# %%
generator = np.random.default_rng(0)
signs = generator.choice([-1.0, 1.0], size=(50, 1))
problem = RegressionNoise(signs, generator.standard_normal(50))
for rate in (0.01, 0.3):
    exact = exact_covariance(problem, rate, 1)[0, 0]
    assert np.isclose(exact, rate * problem.residual_variance / (2 - rate))
    assert np.isclose(exact, problem.temperature(rate, 1) / (1 - rate / 2))

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ```{exercise-start} How flat is flat?
# :label: ex-an-flat
# ```
# Two directions have curvatures 1 and 4, the second layer has $b = 1$, and the smallest loss is $L_0 = 1$.
# How much flatter is the first, and how much less does it fluctuate?
# What would be the answer with the first layer frozen?
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-an-flat
# :class: dropdown
# ```
# Flatness goes as $1/\sqrt h$: twice as flat.
# The variances are $h/(h + b^2)$ times $T$: 1/2 against 4/5.
# With the first layer frozen both are $T$.

# %%
widths = flatness(np.array([1.0, 4.0]), 1.0)
assert np.isclose(widths[0] / widths[1], 2)
assert np.isclose(measured_flatness(lambda step: 1 + step**2 / 2), widths[0])
variances = second_layer_variances(np.sqrt([1.0, 4.0]), np.ones(1))[0]
assert np.allclose(variances, [1 / 2, 4 / 5])

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
# ```{claims} anisotropic_noise
# ```

# %% [markdown]
# ### The exact covariance of one layer
#
# With $\delta = w - \hat w$ a step of SGD is linear in $\delta$, so the second moment obeys an equation of its own, for every learning rate and batch size:
#
# $$
# \begin{aligned}
# HC + CH &= \frac{\eta}{S} \bigl[ D + M_4(C) \bigr] \\
# &\quad + \eta \Bigl( 1 - \frac1S \Bigr) HCH , \\
# M_4(C) &= \frac1P \sum_\mu x_\mu^\top C x_\mu\, x_\mu x_\mu^\top .
# \end{aligned}
# $$ (eq-an-exact)
#
# For small steps only $\frac{\eta}{S}D$ is left on the right: the noise is then *frozen* at its value in the minimum.
# That is what a stochastic differential equation with constant noise assumes, and what is left is called a *Lyapunov equation*.

# %% tags=["hide-input", "source"]
show_source(exact_covariance)

# %% [markdown]
# Simulated SGD agrees with {eq}`eq-an-exact` on every problem that we draw, from the minimum and from twice the stationary covariance: the *agreement*, one minus the squared distance in units of the covariance, is {claim}`AN-1a` at $\eta\operatorname{tr}H = 0.4$.
# (Such estimates leave out what chance alone adds to a squared distance; a perfect match can come out slightly above one.)
# The error of frozen noise grows with the learning rate with the exponent {claim}`AN-1b`.
# At batches of one the frozen noise is to blame, not the discrete step: letting the noise follow the weights removes most of the error ({claim}`AN-1c` is the logarithm of the ratio).
# Single terms can be seen as well: the noise is what a gradient deviates by from its mean, not its second moment ({claim}`AN-1f` of the difference), and residuals belong to the inputs of the same batch ({claim}`AN-1g` of the mixed moment).
#
# The mean loss tells the same story.
# For small steps it exceeds its minimum by $\eta\operatorname{tr}D/4S$, an identity that does not care about detailed balance ({claim}`AN-2a`).
# At $\eta\operatorname{tr}H = 0.33$ SGD has {claim}`AN-2d` in these units, which is the exact value.
# Gaussian noise that is frozen at the minimum stays near one: that is the control.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The exact recursion describes SGD at every learning rate; frozen noise fails visibly at large steps.", "name": "fig-an-exact"}, "image": {"alt": "Left: relative distance of two theories from the exact covariance over step size on log axes; the line of frozen noise rises steadily, the dashed line of noise that follows the weights stays several times below; circles of SGD lie on the line of frozen noise, and triangles, bounds of the distance of SGD from the exact covariance, below it at large steps. Right: mean loss over step size; three marks of SGD on a rising curve of the exact recursion, and a dashed horizontal line at one."}}
covariance = run("AN-1")
loss = run("AN-2")
figures.exact_and_frozen(covariance.result, loss.result)

# %%
covariance.claim.check()

# %%
loss.claim.check()

# %% [markdown]
# ### Which part of the noise breaks detailed balance
#
# The diagonal of $D$ in the eigenvectors of $H$ commutes with $H$; such noise has detailed balance.
# Alone it has the Hessian's spectrum ({claim}`AN-4a`).
# All the excess, $2c$, sits in the rest ({claim}`AN-4b`), which breaks detailed balance.
# {numref}`fig-an-spectra` shows it on the right.

# %%
split.claim.check()

# %% [markdown]
# ### One layer with uneven inputs
#
# How much of the missing relation needs isotropic inputs?
# Give them variances from 0.1 to 10.
# *Uncorrelated* stays true: the rank correlation of flatness with variance is {claim}`AN-6f`, where isotropic noise has one.
# *Isotropic* does not.
# In the eigenbasis of the Hessian the noise couples directions $i$ and $j$, of curvatures $h_i$ and $h_j$, in proportion to $4h_ih_j/(h_i + h_j)^2$, so only similar curvatures mix well.
# Principal directions then differ in curvature more than random directions do, by an amount that the random matrix of these couplings predicts ({claim}`AN-6g` of it).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "With uneven inputs variance and flatness stay unrelated (left), but the principal directions differ in curvature more than random ones, by the predicted amount (right).", "name": "fig-an-inputs"}, "image": {"alt": "Left: variance over flatness on log axes; points of SGD noise are a small round cloud at variance one, points of isotropic noise a line that rises by decades. Right: variance of the curvature over c; principal directions come down to their dashed line as c falls, random directions lie near a lower dashed line."}}
figures.other_inputs(other_inputs)

# %% [markdown]
# ### The current and its entropy
#
# Gaussian noise with the covariance of the gradients carries the same current as SGD ({claim}`AN-7b`).
# Two independent runs of one problem measure the entropy that it produces, without the noise of either: it is {claim}`AN-7g` of what the exact covariance gives.
# Per step it is $c^2\,\eta\operatorname{tr}H$ for small $c$ and isotropic inputs ({claim}`AN-7d` of it at $c = 1/16$).
# One factor $c$ comes from the noise, the other from the eigenvalues of the Hessian, which differ only because samples are few.
# With anisotropic inputs they differ anyway, and the entropy falls like $c$ alone ({claim}`AN-7e` of what the variances of the inputs give).
# Labels with noise $\pm1$ produce far less, in proportion to the kurtosis of their residuals minus one ({claim}`AN-7f` of that law).
#
# ### Two layers on few samples
#
# Few samples blur the relation but leave it: with $c = 0.8$ the rank correlation of variance and flatness is still {claim}`AN-10g`.
# Around a minimum two layers are a linear problem, with a Hessian, a noise and a covariance of their own on all that the product depends on; we call this the *linear theory*.
# On few samples SGD follows the linear theory of the very problem: of what sets it apart from {eq}`eq-an-second`, SGD shows {claim}`AN-8a`.
# The square of this distance falls with the number of samples, with the exponent {claim}`AN-8b`.
#
# (an-drift)=
# ### A state that does not last
#
# Along the valley of minima nothing pulls the weights back, and noise moves them, at the rate $\eta^2s^2/S$ per step.
# What a step changes on average can be computed along the run, and SGD changes by {claim}`AN-13a` of the sum.
# With one output, hidden modes that the product $W_2W_1$ does not need decay at $\eta^2s^2m/S$ to lowest order, with $m$ outputs.
# The next order in $\eta$ is predicted as well, and shows: the weakest mode has {claim}`AN-13b` of the lowest order.
# The variances follow the singular values ({claim}`AN-13c`).
#
# With several outputs the drift ends where $n W_2^\top W_2 = m W_1W_1^\top$, for $n$ inputs: with 9 and 3 the ratio of the two traces is {claim}`AN-14a`, whatever the start ({claim}`AN-14b`).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Spare modes die at the predicted rate (left); with several outputs noise brings the layers to a balance of n to m (right).", "name": "fig-an-slow"}, "image": {"alt": "Squared singular values over time on log axes. Left: one output; a mode in use stays nearly level, four spare modes fall in parallel with a dashed line of the predicted rate. Right: three outputs; three curves of the first layer and three of the second settle on dotted predicted levels."}}
drift = run("AN-13")
end = run("AN-14")
counts = drift.claim.parts[1].measurement.n, end.claim.parts[0].measurement.n
figures.slow_life(drift.result, end.result, counts)

# %%
drift.claim.check()

# %%
end.claim.check()

# %% [markdown]
# ### A drift that looks like a principal component
#
# The drift is a trap for principal components: with strong label noise the first one points along the weights themselves (cosine {claim}`AN-15a`) and is no fluctuation at all.
# Without it the others keep the relation, with a correlation of {claim}`AN-15c` between the logarithms of variance and flatness.

# %%
run("AN-15").claim.check()

# %% [markdown]
# ### Any depth
#
# Let $L$ layers have the same singular values, and the singular vectors of neighbors agree.
# Then the variances of layer $l$ are $T q_l/\sum_{l'} q_{l'}$ with $q_l = s_j^{2(L-l)/L} s_i^{2(l-1)/L}$, where $s$ are the singular values of the product.
# The algebra is exact, and SGD of three layers has these variances, with an agreement of {claim}`AN-17d`.

# %%
run("AN-17").claim.check()

# %% [markdown]
# ### A bottleneck
#
# With $k$ hidden units, fewer than the $m$ outputs, the Hessian has rank $k(m + n - k)$ ({claim}`AN-18a`), and noise does not reach its zero modes.
# Two hidden units cannot fit four outputs, and what they miss makes the noise differ from the Hessian.
# SGD shows {claim}`AN-18d` of what the linear theory makes of this in the second layer, and {claim}`AN-18e` in the first.

# %%
run("AN-18").claim.check()

# %% [markdown]
# ### The noise away from the minimum
#
# For Gaussian inputs the noise at any weights is $2L(w)H$ plus the product $gg^\top$ of the gradient $g$ with itself, with an agreement of {claim}`AN-19a` for 32,000 samples; what is missing is what so many samples leave, and falls with their number ({claim}`AN-19c` is the exponent).
# At the minimum the gradient vanishes, and the noise is proportional to the Hessian ({claim}`AN-19b`).
# Inputs that take only two values have another fourth moment, and break the law.

# %%
run("AN-19").claim.check()

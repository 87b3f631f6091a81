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
# A trained network never rests: its weights fluctuate, more in some directions than in others, and the reason is not the one that seems obvious.
#
# This chapter reproduces {cite:t}`gross2024weight`.
# We read the abstracts of all versions and the opening of the introduction, not the body of the paper.
# The ledger marks as *stated* what the abstract says, as *derived* what we work out from its setting, and as *extension* what goes beyond.
# All formulas below that the abstract does not contain, and all parameters, are ours.

# %% tags=["hide-cell"]
import numpy as np

from traindyn import style
from traindyn.anisotropic_noise import figures
from traindyn.anisotropic_noise.claims import run
from traindyn.anisotropic_noise.results.spectra import SpectraRun
from traindyn.anisotropic_noise.studies.spectra import slider_spectra
from traindyn.anisotropic_noise.theory.covariance import exact_covariance
from traindyn.anisotropic_noise.theory.flatness import flatness, measured_flatness
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.anisotropic_noise.theory.spectra import noise_law
from traindyn.anisotropic_noise.theory.two_layers import second_layer_variances
from traindyn.notebook import show_source
from traindyn.random_matrices import MarchenkoPastur

style.use()

# %% [markdown]
# ## The claim in one picture
#
# Train a linear network with two layers and watch its second layer after the loss has settled.
# It keeps moving, because every step sees other samples.
# In some directions the loss is steep, in others flat.
# One would expect the weights to stray far where the loss is flat.
# They do the opposite: **flat directions fluctuate less**.
# This is the inverse variance-flatness relation.
#
# The left panel shows where it comes from.
# Freeze the first layer, and the second fluctuates equally in all directions.
# Train both, and the variances follow the curve, without a fitted parameter.
# Directions that are too flat to settle within the run are extrapolated by the law of their relaxation.
# The unit $T$ is the variance of the frozen case; it and the other symbols are defined below.

# %% tags=["hide-input", "run"]
coupling = run("AN-9")
inverse = run("AN-10")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Two coupled layers fluctuate less along flat directions; with the first layer frozen nothing is left of it (left). Five simulated settings fall on one curve (right). Means over networks; bars are the intervals of the decision.", "name": "fig-an-headline"}, "image": {"alt": "Left: variance of second-layer modes over the singular value of the first layer; squares on a horizontal line at one when the first layer is frozen, circles on a rising curve from 0.02 to 0.8 when both layers train. Right: variance over scaled flatness on log axes; five sets of marks lie on one falling curve of slope minus two at its end."}}
figures.headline(coupling.result, inverse.result)

# %% [markdown]
# These are the claims of the chapter with their verdicts.
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
#
# ```{claims} anisotropic_noise
# ```

# %% [markdown]
# ## What the paper says
#
# **One layer.** Fit labels $y_\mu$ of $P$ samples $x_\mu$ with $N$ weights $w$, by the loss
#
# $$
# L(w) = \frac{1}{2P} \sum_\mu (w \cdot x_\mu - y_\mu)^2 .
# $$ (eq-an-loss)
#
# The ratio $c = N/P$ counts weights per sample.
# The *Hessian* $H = X^\top X/P$ is the curvature of the loss, with the samples as rows of $X$.
# At the minimum $\hat w$ a residual $r_\mu = \hat w \cdot x_\mu - y_\mu$ is left for every sample.
# Let $s^2$ be the mean of $r_\mu^2$.
#
# Stochastic gradient descent (SGD) with learning rate $\eta$ takes a batch of $S$ samples per step.
# At the minimum the mean gradient is zero, but that of a sample is $r_\mu x_\mu$, with covariance
#
# $$
# D = \frac1P \sum_\mu r_\mu^2\, x_\mu x_\mu^\top .
# $$ (eq-an-noise)
#
# We call $D$ *the noise*.
# The weights settle into a stationary state with some covariance $C$ around $\hat w$.
#
# **What the abstract states.** If there are only a few times more samples than weights, the spectrum of the noise differs from that of the Hessian.
# The fluctuations become uneven while the loss is effectively isotropic.
# The abstract attributes this to *broken detailed balance*: the stationary state carries a current, like a liquid that is stirred.
# With many more samples than weights the fluctuations are even.
# Two layers add another source of unevenness, and with it variance falls with flatness.
#
# **What we work out from its setting.** With many samples $D$ is $s^2H$, and the weights fluctuate equally in all directions, with the variance
#
# $$
# T = \frac{\eta s^2}{2S} .
# $$ (eq-an-temperature)
#
# In **two layers**, $f(x) = W_2W_1x$, it is the second layer alone whose variance falls with flatness.
#
# **Flatness** of a direction is the distance $F$ between the two points where the loss is $e$ times its minimum $L_0$.
# In a quadratic loss with curvature $h$ it is $F = 2\sqrt{2(e - 1)L_0/h}$.

# %% [markdown]
# ## Theory in code
#
# **The exact covariance.** With $\delta = w - \hat w$ a step of SGD is linear in $\delta$, so the second moment obeys an equation of its own:
#
# $$
# \begin{aligned}
# HC + CH &= \frac{\eta}{S} \bigl[ D + M_4(C) \bigr] \\
# &\quad + \eta \Bigl( 1 - \frac1S \Bigr) HCH , \\
# M_4(C) &= \frac1P \sum_\mu (x_\mu^\top C x_\mu)\, x_\mu x_\mu^\top .
# \end{aligned}
# $$ (eq-an-exact)
#
# It holds for every learning rate and batch size.
# For small steps only $\frac{\eta}{S}D$ is left on the right: the noise is then *frozen* at its value in the minimum.
# That is what a stochastic differential equation with constant noise assumes, and what is left is called a *Lyapunov equation*.

# %% tags=["hide-input", "source"]
show_source(exact_covariance)

# %% [markdown]
# **Two layers in one line.** The loss sees the layers only through their product.
# Let $J$ be the derivative of the product by all weights.
# Around a minimum it turns two layers into a linear problem with a Hessian, a noise and a Lyapunov equation of its own, which has a solution in the directions that the product depends on: we call this the *linear theory*.
# With many samples the noise is proportional to the Hessian, and then $C$ is $T$ times the projector on the directions that the product depends on.
# Let $a_i$ be the singular values of $W_1$ and $b_j$ those of $W_2$.
# A change of one entry of the product costs either layer a share in proportion to the other's square, so the second layer gets
#
# $$
# V_{ji} = T\, \frac{a_i^2}{a_i^2 + b_j^2} .
# $$ (eq-an-second)
#
# For isotropic inputs the curvature of that direction, within the second layer alone, is $h = a_i^2$.
# With flatness instead of curvature, {eq}`eq-an-second` is $V = T/(1 + b^2F^2/\kappa)$ with $\kappa = 8(e - 1)L_0$: the inverse relation.
# Its exponent $-d\log V/d\log F$ rises from 0 in steep directions to 2 in flat ones.

# %% tags=["hide-input", "source"]
show_source(second_layer_variances)

# %% [markdown]
# ## Experiment: the exact covariance
#
# Simulated SGD agrees with {eq}`eq-an-exact` on every problem that we draw, from the minimum and from twice the stationary covariance: the *agreement*, one minus the squared distance in units of the covariance, is {claim}`AN-1a` at $\eta\operatorname{tr}H = 0.4$.
# (Such estimates leave out what chance alone adds to a squared distance; a perfect match can come out slightly above one.)
# The theory with frozen noise misses there; of the difference between the two SGD shows {claim}`AN-1e`.
# The error of frozen noise grows with the learning rate with the exponent {claim}`AN-1b`.
# Batches of four obey the same recursion ({claim}`AN-1d`).
# At batches of one the frozen noise is to blame, not the discrete step: letting the noise follow the weights removes most of the error ({claim}`AN-1c` is the logarithm of the ratio).
#
# Single terms can be seen as well.
# The noise is what a gradient deviates by from its mean, not its second moment: SGD in batches of four shows {claim}`AN-1f` of the difference.
# And residuals belong to the inputs of the same batch, which counts while the mean is not yet at the minimum ({claim}`AN-1g` of the mixed moment).
#
# The mean loss tells the same story.
# For small steps it exceeds its minimum by $\eta\operatorname{tr}D/4S$, an identity that does not care about detailed balance ({claim}`AN-2a`).
# At $\eta\operatorname{tr}H = 0.33$ SGD has {claim}`AN-2d` in these units, which is the exact value.
# Gaussian noise that is frozen at the minimum stays near one: that is the control.

# %%
covariance = run("AN-1")
covariance.claim.check()

# %%
loss = run("AN-2")
loss.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The exact recursion describes SGD at every learning rate; frozen noise fails visibly once ηtrH/S is a tenth or more.", "name": "fig-an-exact"}, "image": {"alt": "Left: relative distance of two theories from exact covariance over step size on log axes; frozen noise rises to almost a half, noise that follows the weights stays several times below; marks of SGD on the frozen-noise line, and bounds of its distance from the exact covariance, a tenth, below it at large steps. Right: mean loss over step size rises from 1 to 1.3, with three simulated points on the exact curve and a dashed line at 1."}}
figures.exact_and_frozen(covariance.result, loss.result)

# %% [markdown]
# ## Experiment: the noise is not the Hessian
#
# The noise {eq}`eq-an-noise` weighs each sample with its squared residual.
# Residuals of Gaussian labels are nearly independent of the inputs, and so $D/s^2$ has the spectrum of a sample covariance with random weights.
# Its variance is $3c$, that of the Hessian $c$ ({claim}`AN-3a`).
# The whole law can be computed, and the eigenvalues follow it ({claim}`AN-3b`): of what sets it apart from the Hessian's law they show {claim}`AN-3i`.
#
# **Which part differs?** Write $D$ in the eigenbasis of $H$.
# Its diagonal commutes with $H$; such noise has detailed balance.
# The diagonal alone has the Hessian's spectrum ({claim}`AN-4a`).
# All the excess, $2c$, sits in the rest ({claim}`AN-4b`), the part that breaks detailed balance.

# %%
spectrum = run("AN-3")
spectrum.claim.check()

# %%
split = run("AN-4")
split.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The noise has a wider spectrum than the Hessian, by a law without free parameters (left); its part with detailed balance has the Hessian's (right).", "name": "fig-an-spectra"}, "image": {"alt": "Left: histograms and laws of eigenvalues at c = 0.5; the Hessian ends near 3, the noise has a peak near zero and a tail beyond 6. Right: variance of eigenvalues over c on log axes; noise on the line 3c, balanced part and Hessian on the line c."}}
figures.spectra(spectrum.result, split.result)

# %% [markdown]
# ## Experiment: uneven weights, even loss
#
# The uneven noise makes the weights uneven.
# The eigenvalues of $C/T$ have the variance $2cg$, where $g$ is close to one and follows from the Hessian's eigenvalues ({claim}`AN-5a` and {claim}`AN-5c` of it, at $c = 0.5$ and $0.1$).
# The factor 2 is the kurtosis of the residuals minus one.
# (The kurtosis is the mean fourth power over the square of the mean square, 3 for a Gaussian.)
# That makes a sharp control: labels with noise $\pm1$ have residuals of nearly equal size, and the law with their own kurtosis holds ({claim}`AN-5d`) where a fixed factor 2 fails.
# Labels with long tails, from a Laplace law, lie as far on the other side, and follow theirs ({claim}`AN-5g`).
#
# Are the directions of large variance flat ones?
# No: flatness along the principal directions varies by a factor of {claim}`AN-6c`, the variance by {claim}`AN-6d`, and the slope of one against the other is {claim}`AN-6a`.
# In one layer with isotropic inputs there is no relation, inverse or not.

# %%
uneven = run("AN-5")
uneven.claim.check()

# %%
flat = run("AN-6")
flat.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The unevenness follows a law with the kurtosis of the residuals (left). In one layer it has nothing to do with flatness (right).", "name": "fig-an-anisotropy"}, "image": {"alt": "Left: variance of eigenvalues of C/T over c for Gaussian, ±1 and Laplace labels, each on its own predicted line. Right: variance over flatness; SGD points form a vertical cloud, isotropic noise a rising line."}}
isotropic_inputs, other_inputs = flat.result
figures.anisotropy(uneven.result, isotropic_inputs)

# %% [markdown]
# **Other inputs.** How much of this needs isotropic inputs?
# Give them variances from 0.1 to 10.
# *Uncorrelated* stays true: the rank correlation of flatness with variance is {claim}`AN-6f`, where isotropic noise has one.
# *Isotropic* does not.
# In the eigenbasis of the Hessian the noise couples directions $i$ and $j$, of curvatures $h_i$ and $h_j$, in proportion to $4h_ih_j/(h_i + h_j)^2$, so only similar curvatures mix well.
# Principal directions then differ in curvature more than random directions do, by an amount that the random matrix of these couplings predicts ({claim}`AN-6g` of it).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "With uneven inputs variance and flatness stay unrelated (left), but the principal directions differ in curvature more than random ones, by the predicted amount (right). Bars are the intervals of the decision.", "name": "fig-an-inputs"}, "image": {"alt": "Left: variance over flatness on log axes; SGD noise is a small round cloud at variance one, isotropic noise a line that rises by two decades. Right: variance of the curvature over c; principal directions come down to their dashed line as c falls, random directions to one about half as high."}}
figures.other_inputs(other_inputs)

# %% [markdown]
# ## Experiment: the current
#
# A state with detailed balance looks the same when time runs backward.
# Then the moment $\mathbb{E}[\delta_t\delta_{t+1}^\top]$ of successive weights is symmetric.
# Here it is not: its antisymmetric part is $\frac\eta2(HC - CH)$, and SGD has {claim}`AN-7a` of it, for weights ten steps apart.
# Gaussian noise with the same covariance has the same current; noise proportional to the Hessian has none.
# Two independent runs of one problem measure the entropy that the current produces, without the noise of either: it is {claim}`AN-7g` of what the exact covariance gives.
# Per step it is $c^2\,\eta\operatorname{tr}H$ for small $c$ and isotropic inputs ({claim}`AN-7d` of it at $c = 1/16$).
# One factor $c$ comes from the noise, the other from the eigenvalues of the Hessian, which differ only because samples are few.
# With anisotropic inputs they differ anyway, and the entropy falls like $c$ alone: it is {claim}`AN-7e` of the value that the variances of the inputs give.
# Labels with noise $\pm1$ produce far less, in proportion to the kurtosis of their residuals minus one ({claim}`AN-7f` of that law).

# %%
current = run("AN-7")
current.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Every entry of the antisymmetric moment is predicted; noise proportional to the Hessian has no current (left). Entropy falls like c² for isotropic inputs, like c for others (right). Bars are the intervals of the decision.", "name": "fig-an-current"}, "image": {"alt": "Left: measured against predicted entries; SGD and Gaussian noise with covariance D on the diagonal, noise proportional to the Hessian on zero. Right: entropy production over c on log axes, circles for isotropic inputs approach the line c squared, squares for uneven inputs the higher line proportional to c."}}
figures.current(current.result)

# %% [markdown]
# ## Experiment: two layers
#
# Now the second layer.
# With one output it has one direction, or *mode*, for each singular value of the first.
# On few samples it is the linear theory of the problem that SGD follows: of what sets it apart from {eq}`eq-an-second`, SGD shows {claim}`AN-8a`.
# As the samples become many, the difference falls, its square with the exponent {claim}`AN-8b`; with four outputs and 16,000 samples it is {claim}`AN-8c`.
# The first layer gets the rest, $T b_j^2/(a_i^2 + b_j^2)$.
# SGD with four outputs shows both, in 32 directions of either layer: the agreement with the formulas, one minus the mean squared relative distance, is {claim}`AN-8e` in the second and {claim}`AN-8f` in the first.
# With the other layer frozen each has the variance $T$ ({claim}`AN-8d`).
# The rest of the weights is at rest: with twelve inputs and four outputs Hessian and noise have the rank {claim}`AN-8g`, as many as the product has entries, and no noise reaches the other directions ({claim}`AN-8h`).
#
# The cleanest test is a comparison in which even $T$ drops out: the variance with both layers trained, divided by $a^2/(a^2 + b^2)$, against that with the first frozen.
# They agree up to {claim}`AN-9a`, while the factor itself spans more than a decade.
# Both are reached from below and from above; where a flat mode has not settled with the first layer frozen, the law of its relaxation says what is left of the start ({claim}`AN-9b` and {claim}`AN-9c`).
#
# In terms of flatness, settings of learning rate, batch, label noise and $b$ fall on one curve ({claim}`AN-10a` is the smallest agreement).
# The exponent over the flat half is {claim}`AN-10c`.
# Of two neighboring directions the flatter always fluctuates less ({claim}`AN-10e` is the largest relative difference).
# Few samples blur the relation but leave it: with $c = 0.8$ the rank correlation is still {claim}`AN-10g`.
# For isotropic inputs the exponent cannot exceed 2 ({claim}`AN-10d` at the strongest coupling of five), so this mechanism alone does not explain values near 4 that were reported for deep networks.
# Inputs can be built against the first layer, with a variance $1/a$ where that layer has the singular value $a$.
# Then $h = a$, and the exponent comes close to 4: that is the control of this claim.
# Nothing in training arranges inputs in this way; layers rather grow where inputs vary most, and that lowers the exponent.
#
# The coupling also changes the speed: a mode relaxes at the rate $\eta(a^2 + b^2)$ of both layers ({claim}`AN-11` is the agreement), so flat directions forget quickly.

# %%
coupled = run("AN-8")
coupled.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Simulated SGD with four outputs: 32 directions of either layer on one curve without a fitted parameter; with the other layer frozen each has the variance T. Bars are the intervals of the decision.", "name": "fig-an-outputs"}, "image": {"alt": "Variance over the ratio a/b, two panels. Second layer: circles rise from zero to nearly one along a curve, squares with the first layer frozen scatter around one. First layer: the mirror image, circles fall from one to zero."}}
figures.four_outputs(coupled.result)

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Show the check of the coupling", "code_prompt_hide": "Hide the check"}
coupling.claim.check()

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Show the check of the inverse relation", "code_prompt_hide": "Hide the check"}
inverse.claim.check()

# %%
run("AN-11").claim.check()

# %% [markdown]
# ## Not the effect of the current
#
# The abstract names broken detailed balance for the unevenness of one layer.
# Is it also behind the inverse relation of two?
# Give the network more and more samples.
# The current dies like $\sqrt c$: the commutator $HC - CH$, relative to $HC + CH$, has the size {claim}`AN-12a` at $c = 10^{-4}$.
# The inverse relation stays, and becomes exact ({claim}`AN-12c` is its mean squared distance).
# On few samples SGD of two layers does carry the current, {claim}`AN-12d` of the predicted one.
# The relation comes from looking at one layer of two, not from a current.
# Look at what the product depends on, both layers together, and the relation is gone: all variances are $T$, with an agreement of {claim}`AN-10f`.

# %%
commutator = run("AN-12")
commutator.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "With more samples the current of two layers vanishes while the inverse relation becomes exact (left). It belongs to one layer of two: both together fluctuate equally (right).", "name": "fig-an-without"}, "image": {"alt": "Left: two falling lines on log axes over weights per sample from 0.5 to 0.0001, size of the commutator and distance from the inverse relation, both proportional to the root of c. Right: variance over flatness; circles of the second layer fall from 0.8 to 0.02, squares of both layers together stay at one."}}
figures.without_current(commutator.result, inverse.result)

# %% [markdown]
# ## Where it stops
#
# **Is it real?** In a window of a run one does not see the stationary variance but only what varies within the window.
# A direction of curvature $h$ forgets in $1/\eta h$ steps, and the flattest are the slowest.
# A window that is too short therefore shows less variance in flat directions: an inverse relation with exponent 2, made by the window.
# One layer, in which all variances are equal, shows it clearly ({claim}`AN-16a`, as predicted), and loses more than half of it in a longer window ({claim}`AN-16b`).
# Epochs, in which every sample comes once before any comes again, fake it as well ({claim}`AN-16c` is the change of the exponent), since the noise of an epoch sums to zero.
# The relation of two layers survives both changes ({claim}`AN-16d` and {claim}`AN-16e`).

# %%
windows = run("AN-16")
windows.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "A short window or epochs fake the relation in one layer (left, lines predicted); in two layers it is there in every window and sampling (right).", "name": "fig-an-artifacts"}, "image": {"alt": "Left: one layer, variance in the window over flatness; short window and epochs fall with exponent two, the long window stays near one until the flattest directions. Right: two layers; all three sets of points fall together along the same curve."}}
figures.artifacts(windows.result)

# %% [markdown]
# **A state that does not last.** Along the valley of minima nothing pulls the weights back, and noise moves them, at the rate $\eta^2s^2/S$ per step.
# What a step changes on average can be computed along the run, and SGD changes by {claim}`AN-13a` of the sum.
# With one output, hidden modes that the product $W_2W_1$ does not need decay at $\eta^2s^2m/S$, to lowest order.
# The next order in $\eta$ is predicted as well, and shows: the weakest mode has {claim}`AN-13b` of the lowest order.
# The variances follow the singular values ({claim}`AN-13c`).
#
# With several outputs the drift ends where $n W_2^\top W_2 = m W_1W_1^\top$, for $n$ inputs and $m$ outputs: with 9 and 3 the ratio of the two traces is {claim}`AN-14a`, whatever the start ({claim}`AN-14b`).
#
# The drift is a trap for principal components: with strong label noise the first one points along the weights themselves (cosine {claim}`AN-15a`) and is no fluctuation at all.
# Without it the others keep the relation: the correlation of the logarithms of variance and flatness is {claim}`AN-15c`, which is that of the law in such a window and not that of the window alone.

# %%
drift = run("AN-13")
drift.claim.check()

# %%
end = run("AN-14")
end.claim.check()

# %%
run("AN-15").claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Spare modes die at the predicted rate (left); with several outputs noise brings the layers to a balance of n to m (right).", "name": "fig-an-slow"}, "image": {"alt": "Left: squared singular values over time on a log axis; one stays near two, four fall in parallel with a dashed predicted line. Right: three curves of the first layer and three of the second settle on dotted predicted levels."}}
figures.slow_life(drift.result, end.result)

# %% [markdown]
# ## More claims, briefly
#
# **Any depth.** Let $L$ layers have the same singular values, and the singular vectors of neighbors agree.
# Then the variances of layer $l$ are $T q_l/\sum_{l'} q_{l'}$ with $q_l = s_j^{2(L-l)/L} s_i^{2(l-1)/L}$, where $s$ are the singular values of the product ({claim}`AN-17b` for three layers).
# SGD of three layers has these variances, with an agreement of {claim}`AN-17d`.

# %%
run("AN-17").claim.check()

# %% [markdown]
# **A bottleneck.** With $k$ hidden units, fewer than the $m$ outputs, the Hessian has rank $k(m + n - k)$ ({claim}`AN-18a`), and noise does not reach its zero modes ({claim}`AN-18b`).
# Two hidden units cannot fit four outputs, and what they miss adds a term to the Hessian; the theory's agrees with that of the loss, differentiated by machine ({claim}`AN-18c`).
# It makes the noise differ from the Hessian as well.
# SGD shows {claim}`AN-18d` of what the linear theory makes of this in the second layer, and {claim}`AN-18e` in the first.

# %%
run("AN-18").claim.check()

# %% [markdown]
# **Away from the minimum.** For Gaussian inputs the noise at any weights is $2L(w)H$ plus the product $gg^\top$ of the gradient $g$ with itself, with an agreement of {claim}`AN-19a` for 32,000 samples, whose distance from one falls with their number ({claim}`AN-19c` is the exponent).
# At the minimum the gradient vanishes, and the noise is proportional to the Hessian ({claim}`AN-19b`).
# Inputs that take only two values have another fourth moment, and break the law.

# %%
run("AN-19").claim.check()

# %% [markdown]
# ## On a real network
#
# Handwritten digits, with 16 hidden ReLU units and the square loss.
# We train many networks and look at their last layer in a window, with the checks of this chapter: another window, epochs, the first layer frozen.
# The loss is exactly quadratic in the last layer, so its flatness needs no approximation, and the law of this chapter has no free parameter: $T h/(h + b^2)$, with the curvatures $h$ of the hidden outputs and the singular values $b$ of the last layer.
#
# **It does not carry over.** Follow the logarithms of measured variances over those of the law: their slope should be one.
# It is {claim}`AN-20a` in a short window and {claim}`AN-20b` in one five times as long.
# The variances are not of the size of the law either: on average their logarithm is too large by {claim}`AN-20c` in the short window and by {claim}`AN-20d` in the long one.
# An exponent fitted over the principal components changes by {claim}`AN-20e` between these windows.
# What moves the last layer is a drift: from the short window to the long one its largest variance grows faster than that of a random walk ({claim}`AN-20f` is the logarithm of the factor).
# An exponent from one window of one network says little; that is the lesson of the artifacts above.

# %%
digits = run("AN-20")
digits.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "On digits, variance against flatness depends on window and sampling and follows no single curve. Geometric means over networks.", "name": "fig-an-digits"}, "image": {"alt": "Variance of principal components over flatness on log axes for four treatments; the points scatter over four decades of variance without a common line."}}
figures.digits(digits.result)

# %% [markdown]
# ## Turn the knob
#
# Move the number of weights per sample and watch both spectra.

# %%
spectra = {
    aspect: SpectraRun(
        aspect,
        found.hessian,
        found.noise,
        MarchenkoPastur(aspect),
        noise_law(aspect),
    )
    for aspect, found in slider_spectra().items()
}
figures.aspect_slider(spectra)

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

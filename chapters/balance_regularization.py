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
# # Noise brings layers into balance
#
# The noise of stochastic gradient descent balances the weights before and after a hidden unit.
# A balanced net with two layers then fluctuates by a law that no single layer has: enough noise switches it off.
#
# This chapter reproduces {cite:t}`ziyin2023law`.
# We read the full text of the conference version, *Noise Balance and Stationary Distribution of SGD*, with its appendices;
# of the first arXiv version and of the journal version we know the abstracts only.
# The paper publishes no code and leaves the parameters of most figures open; where a figure needs numbers, they are ours.

# %% tags=["hide-cell"]
import numpy as np
from torch import nn

from traindyn import style
from traindyn.balance_regularization import figures
from traindyn.balance_regularization.claims import run
from traindyn.balance_regularization.studies.chains import law_of_sgd
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import log_density_depth1, stationary_law
from traindyn.data import ScalarRegression
from traindyn.notebook import show_source
from traindyn.symmetry import NeuronLayer, find_symmetries

style.use()

# %% [markdown]
# ## The claim in one picture
#
# Take the smallest net with two layers: input $x$, one hidden unit, weights $u$ and $w$, output $uwx$.
# Train it on $y = kx + \epsilon$ by stochastic gradient descent (SGD).
# The product $v = uw$ is all that the output depends on.
# It never settles, because the noise keeps it moving.
# After some time, though, its distribution no longer changes: this is its *stationary law*.
#
# The left panel compares the predicted law with a histogram of $v$ under SGD.
# Nothing is fitted: the curve follows from the data and the learning rate.
# The right panel shows the surprise.
# A single layer fluctuates more the hotter it is, that is, the larger the learning rate $\eta$ over the batch size $S$.
# With two layers the fluctuations first grow and then die, and at a critical temperature the net switches itself off.

# %% tags=["hide-input", "run"]
law = run("BR-8")
fluctuation = run("BR-10")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "SGD follows the predicted law (left). With two layers its variance is a parabola of the temperature; with one layer it is a line (right). Bars are the intervals of the decision.", "name": "fig-br-headline"}, "image": {"alt": "Left: histogram of v under SGD with a predicted density on top; both peak near 0.1 and fall off by 3. Right: variance over temperature from 0 to 1; two-layer points lie on a parabola with its top at one half, one-layer points on a rising line."}}
figures.headline(law.result, fluctuation.result)

# %% [markdown]
# These are the claims of the chapter with their verdicts.
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
#
# ```{claims} balance_regularization
# ```

# %% [markdown]
# ## What the paper says
#
# **Setting.** Let $\ell$ be the loss of one sample and $L$ its mean over the data.
# A step of SGD draws a batch of $S$ samples and moves all weights $\theta$ against the gradient of the batch's mean loss $L_S$,
# $\theta \leftarrow \theta - \eta \nabla L_S$.
# We count time as $t = \eta n$ after $n$ steps, and call $T = \eta / S$ the *temperature*: it sets the strength of the noise.
#
# **The stochastic equation.** For small steps SGD looks like a random motion in continuous time.
# In a short time $dt$ the weights move by $-\nabla L\,dt$, plus a random kick with mean zero and covariance $T\,C\,dt$, where $C$ is the covariance of the gradient of one sample.
# The paper works with this equation; SGD itself follows it in the limit of small steps only.
#
# **Rescaling symmetry.** Let $u$ be the outgoing weights of a hidden unit and $w$ its incoming weights and bias; $g_u$ and $g_w$ are the gradients of the loss by them.
# If the activation is linear, ReLU or leaky ReLU, the loss of every sample stays the same under
# $u \to \lambda u$, $w \to w / \lambda$ for each $\lambda > 0$.
# Differentiating by $\lambda$ at $\lambda = 1$ gives Euler's identity, for *any* batch:
#
# $$
# u \cdot g_u = w \cdot g_w .
# $$ (eq-br-euler)
#
# **The law of balance** (Theorem 3.1). Call $|u|^2 - |w|^2$ the *imbalance* of the unit.
#
# ```{prf:theorem} Law of balance
# :label: thm-br-balance
# Under the stochastic equation,
#
# $$
# \begin{aligned}
# & \frac{d}{dt} \left( |u|^2 - |w|^2 \right) \\
# & \; = -T \left( \operatorname{Tr} \operatorname{Cov} g_w - \operatorname{Tr} \operatorname{Cov} g_u \right),
# \end{aligned}
# $$
#
# where $\operatorname{Tr} \operatorname{Cov}$ is the trace of the covariance over single samples: the total variance.
# Without noise, $T = 0$, the imbalance is conserved.
# ```
#
# **The scalar model.** For $\ell = (uwx - y)^2$ the right-hand side is proportional to the imbalance itself.
# Let $g(v) = \operatorname{Var}[x(vx - y)]$, the variance of half the derivative of $\ell$ by $v$.
# Then
#
# $$
# \frac{d}{dt} \log |u^2 - w^2| = -4\,T\,g(v)
# $$ (eq-br-rate)
#
# (Corollary 3.3): where there is noise, the imbalance decays.
# Once $u^2 = w^2$, the product $v$ obeys a stochastic equation of its own, in which $u$ and $w$ no longer occur.
# Its stationary density is eq. 15 of the paper,
#
# $$
# \begin{aligned}
# p(v) & \propto v^{\frac{\beta_2}{2\alpha_3T} - \frac32}\, g(v)^{-1 - \frac{\beta_2}{4T\alpha_3}} \\
# & \times \exp\!\left[ -A \arctan \frac{\alpha_1 v - \alpha_2}{\sqrt\Delta} \right] ,
# \end{aligned}
# $$ (eq-br-density)
#
# with $A = (\beta_1 - \alpha_2\beta_2/\alpha_3)/(2T\sqrt\Delta)$, for $T$ below the critical temperature $T_c = \beta_2/\alpha_3$.
# Above it, $v$ goes to zero.
# The constants are moments of the data:
# $\beta_1 = \mathbb{E}\,x^2$, $\beta_2 = \mathbb{E}\,xy$, $\alpha_1 = \operatorname{Var} x^2$, $\alpha_2 = \operatorname{Cov}(x^2, xy)$,
# $\alpha_3 = \operatorname{Var} xy$, and $\Delta = \alpha_1\alpha_3 - \alpha_2^2$.
# The minimum of the mean loss is $v^* = \beta_2/\beta_1$.
#
# **One layer** is linear regression, $\ell = (vx - y)^2$.
# It has a stationary law at every temperature (eq. 12) and no critical temperature.

# %% [markdown]
# ## Theory in code
#
# Two facts that the paper does not state make the tests sharp.
#
# **The law of balance is exact for every step.**
# Expand the imbalance after a step, $|u - \eta g_u|^2 - |w - \eta g_w|^2$, with the gradients of the batch.
# The terms of first order are $-2\eta(u \cdot g_u - w \cdot g_w)$, and Euler's identity {eq}`eq-br-euler` cancels them.
# Hence one step changes the imbalance by
#
# $$
# \delta\!\left(|u|^2 - |w|^2\right) = \eta^2 \left( |g_u|^2 - |g_w|^2 \right) ,
# $$ (eq-br-budget)
#
# for any learning rate and any batch.
# The library keeps this account for every hidden neuron:

# %% tags=["hide-input", "source"]
show_source(NeuronLayer.step_change)

# %% [markdown]
# **For inputs of constant size the law is a Gamma law.**
# Let $x = \pm 1$ and let $\epsilon$ be uniform with variance $\sigma^2$.
# Then $x^2$ does not vary, $\alpha_1 = \alpha_2 = 0$, $\alpha_3 = \sigma^2$, and {eq}`eq-br-density` becomes
#
# $$
# \begin{aligned}
# & v \sim \operatorname{Gamma}(\text{shape } a,\ \text{scale } s) , \\
# & a = \tfrac12\!\left(\tfrac{1}{r} - 1\right) , \quad s = 2 r v^* ,
# \end{aligned}
# $$ (eq-br-gamma)
#
# where $r = T/T_c$.
# It has the mean $v^*(1 - r)$ and the variance $2r(1 - r)v^{*2}$, a parabola with its top at half the critical temperature.
#
# The closed forms in code, for both kinds of data:

# %% tags=["hide-input", "source"]
show_source(log_density_depth1)

# %% [markdown]
# ## Experiment: the books of every neuron
#
# We train networks of 20 inputs, 50 hidden neurons and 30 outputs, with biases, on the square loss and on cross entropy.
# Before every step we note what {eq}`eq-br-budget` says about each neuron, and afterwards what happened.
# The largest error of a single step is {claim}`BR-1a`: rounding.
# Activations without the symmetry break the account by many orders of magnitude, and so does noise that is added to the gradient.

# %%
budget = run("BR-1")
budget.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The account of the imbalance closes to rounding for linear, ReLU and leaky ReLU neurons and fails for the controls.", "name": "fig-br-budget"}, "image": {"alt": "Left: imbalance of one ReLU neuron over 300 steps, measured and accounted curves coincide. Right: largest error of the account on a log axis; three curves stay near 1e-15, three controls near 1e-2."}}
figures.budget(budget.result)

# %% [markdown]
# ## Experiment: how fast balance comes
#
# The exact account also says what small steps leave out.
# The mean of $g_u^2$ is the variance of $g_u$ plus the square of its mean, and the same holds for $g_w$.
# The variances give the paper's rate {eq}`eq-br-rate`.
# The squared means add $\eta f^2$ to $Tg$ in it, where $f = \beta_1 v - \beta_2$ is half the derivative of $L$ by $v$;
# with batches of 16 the decay tells $\eta f^2$ from $Tf^2$ ({claim}`BR-2e` is measured over exact).
#
# We start at $u = 2$, $w = 0.3$ with data $y = x + \epsilon$, both standard normal.
# The measured decay divided by the exact one is {claim}`BR-2a`.
# The paper's rate is the limit $\eta \to 0$: at our smallest learning rate the ratio is {claim}`BR-2b`, and it approaches one as $\eta$ falls.
# Over learning rates and batches together the rate goes as $T$ to the power {claim}`BR-2c`.

# %%
rate = run("BR-2")
rate.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Learning rate and batch size enter through the temperature alone (left), up to a correction of first order in the learning rate (right). Bars are the intervals of the decision.", "name": "fig-br-decay"}, "image": {"alt": "Left: the logarithm of the imbalance falls on one line for all settings. Right: ratio of measured to predicted decay over learning rate, from 1.00 at 0.001 to about 1.06 at 0.02, higher for batches of 16."}}
figures.decay(rate.result)

# %% [markdown]
# ## Experiment: it must be this noise
#
# Is any noise good enough? We give the same start four treatments.
#
# * *No noise.* Gradient descent moves along a hyperbola and stops at the nearest minimum. It loses a little imbalance, of first order in $\eta$; the loss divided by the predicted one is {claim}`BR-3a`.
# * *SGD* shrinks the imbalance more than a thousandfold; its logarithm falls by {claim}`BR-3b`.
# * *Isotropic noise* of the same power has no preference. The mean imbalance stays near its start ({claim}`BR-3c` of it), while single runs spread along the valley of minima: even from balance, $u = w = 1$, the root mean square of the imbalance grows to {claim}`BR-3d`.
# * *Independent noise* takes one batch for the gradient of $u$ and another for that of $w$. Means and variances are those of SGD in every state, but the two gradients no longer move together. The median imbalance stays large (right panel).
#
# What balances is neither the size of the noise nor its dependence on the state.
# It is that one number, the error $uwx - y$ of the output, moves both weights at once.

# %%
plane = run("BR-3")
plane.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "From the same start, SGD ends at the balanced minimum; isotropic and independent noise end all over the valley.", "name": "fig-br-plane"}, "image": {"alt": "Left: plane of weights u and w with the hyperbola of minima; SGD points cluster at (1, 1), isotropic and independent noise spread along the curve. Right: median imbalance over time on a log axis; SGD follows a falling line, the others stay near their start."}}
figures.weight_plane(plane.result)

# %% [markdown]
# ## Experiment: the stationary law
#
# A histogram that looks right proves little, so we bring five tests.
# Four of them measure how far two laws lie apart: by their *distance* we mean the largest gap between their distribution functions.
#
# **No sampling at all.** With $x = \pm 1$, uniform noise and batches of one, a step of SGD from a balanced state is
# $v \leftarrow v\,(1 - 2\eta(v - k - \xi))^2$ with the bounded random number $\xi = x\epsilon$.
# The next $v$ depends on the present one alone, so the process is a Markov chain, and its stationary law solves one linear system.
# This is the exact law of *discrete* SGD, without an error bar.
# Its largest distance from the Gamma law {eq}`eq-br-gamma` over five temperatures is {claim}`BR-8b`.
#
# **Simulation.** Plain SGD on drawn batches agrees with the same law ({claim}`BR-8c`).
#
# **Mutants.** A stochastic equation can be misread.
# Let the kicks depend on the middle of each short time instead of its start (Stratonovich's reading instead of Ito's).
# Forget the drift that kicks to $u$ and $w$ give to their product (the Ito drift).
# Double the temperature, or take the law of one layer.
# Each mistake gives a plausible law, and each law is rejected.
#
# **Gaussian data.** The general density {eq}`eq-br-density` describes the stochastic equation up to $0.85\,T_c$ ({claim}`BR-8a`), and SGD as the label noise grows ({claim}`BR-8d`).
#
# **An identity.** In the stationary state the mean of $\log v$ does not change, so its mean rate of change is zero: $\mathbb{E}[\beta_1v - \beta_2 + Tg(v)] = 0$.
# The density obeys this up to {claim}`BR-8f`; the mutants do not.

# %% tags=["hide-input", "check"]
law.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The parameter-free law describes SGD; four plausible wrong laws are a hundred times farther away.", "name": "fig-br-mutants"}, "image": {"alt": "Left: histogram of SGD with the predicted density on top and four gray wrong densities that miss it. Right: bars of the distance from the exact law of SGD on a log axis; predicted near 0.002, each wrong law above 0.2."}}
figures.laws_and_mutants(law.result)

# %% [markdown]
# **The parabola.** The exact variance keeps within {claim}`BR-10a` of $2r(1-r)$ up to nine tenths of the critical temperature, and its top lies at {claim}`BR-10b` of $T_c$.
# One layer behaves as everybody expects: hotter means wider.

# %% tags=["hide-input", "check"]
fluctuation.claim.check()

# %% [markdown]
# ## One layer, for comparison
#
# Linear regression follows eq. 12 of the paper ({claim}`BR-7a`), with power-law tails whose exponent depends on the temperature ({claim}`BR-7b` and {claim}`BR-7c`).
# Here the discrete steps matter more.
# The variance of discrete SGD has a closed form, $(\eta\sigma^2/S)/(1 - \eta(1 + 2/S))$, and SGD follows it, not the continuous law: at $\eta = 0.3$ its variance is {claim}`BR-7d` of what eq. 12 says.

# %%
regression = run("BR-7")
regression.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Linear regression fluctuates around its minimum at every temperature, with tails that grow heavier as it gets hotter.", "name": "fig-br-regression"}, "image": {"alt": "Left: three densities around v = 1 that widen with temperature, histograms on top. Right: probability above v on log axes; straight tails, flatter for higher temperature, with points of the simulation on the lines."}}
figures.regression(regression.result)

# %% [markdown]
# ## The critical temperature
#
# Near $v = 0$ a balanced step of SGD multiplies $v$ by a random factor that does not depend on $v$.
# If the mean logarithm of that factor is positive, $v$ escapes from zero; if it is negative, $v$ collapses.
# For our data this mean is an integral, so the threshold needs no simulation.
#
# The exact threshold is {claim}`BR-9a` of the predicted $T_c = \beta_2/\alpha_3$.
# Weight decay, a term $\gamma(u^2 + w^2)$ in the loss, moves it to $(\beta_2 - \gamma)/\alpha_3$ as it should ({claim}`BR-9c` is the relative deviation).
# Up to there the mean falls on a straight line, with a largest deviation of {claim}`BR-9b`.
#
# One warning. With Gaussian data, batches of one and $\sigma = 4k$ the net collapses at *no* learning rate up to three times the critical one: the mean logarithm is at least {claim}`BR-9e`.
# Large steps throw the net out of zero again.
# The transition belongs to small steps.

# %%
transition = run("BR-9")
transition.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The mean of v falls to zero at the critical temperature (left). The growth rate near zero decides who collapses: bounded data always do, Gaussian data only with enough label noise (right).", "name": "fig-br-transition"}, "image": {"alt": "Left: mean of v over temperature, points on a line from 1 to 0. Right: growth rate of log v; three falling lines for bounded data cross zero at 1, 0.7 and 0.4; curves for Gaussian data bend up again, the one for noise 4 stays positive."}}
figures.transition(transition.result)

# %% [markdown]
# **The next order.** Appendix A.3 of the paper refines the threshold to $\beta_2/(\alpha_3 + c\beta_2^2)$ with $c = 1$ for batches of one.
# The formula is close: the exact threshold is {claim}`BR-22a` of it.
# But the coefficient is not the right one: for $c$ the exact threshold gives {claim}`BR-22b`.
# The formula corrects for the squared mean gradient alone, and two more terms of the same size come from the third and the fourth moment of the batch mean.
# All three together give $c = 3S + 2(\kappa - 3)$.
# Here the kurtosis $\kappa$ is the fourth central moment of $xy$ over its squared variance.
# For batches of four the exact threshold gives {claim}`BR-22c` of this coefficient.

# %%
second_order = run("BR-22")
second_order.claim.check()

# %% [markdown]
# **Critical slowing.** Near $T_c$ the net also becomes slow.
# How long does $\log v$ remember its past?
# This time, the integral of its autocorrelation, has a closed form as well, and exact SGD follows it ({claim}`BR-23a` is the relative deviation).
# It grows as $r/(\beta_2(1 - r)^2)$: in units of twice this it tends to one half, and at $0.9\,T_c$ it is {claim}`BR-23b`.
# A start-up phase that was long enough at $0.5\,T_c$ is too short by a factor 45 at $0.9\,T_c$.

# %%
slowing = run("BR-23")
slowing.claim.check()

# %% [markdown]
# ## Where the law has a peak
#
# Eq. 16 of the paper gives the peak of the density away from zero, and it is right ({claim}`BR-12a` is its largest error).
# The paper's map of the temperatures at which a peak exists is not right: {claim}`BR-12d` of the map agrees.
# The text grants a peak up to a temperature $T^*$, where the square root in eq. 16 vanishes.
# Between $T_c/3$ and $T^*$ the root can be real and negative; then there is no peak.
# With the condition $10\alpha_2T > \beta_1$ added there, the share that agrees is {claim}`BR-12c`.

#
# Heat can even bring a peak back.
# Where noise is nearly proportional to the signal, as for $y = kx - c/x$, the square root vanishes at two temperatures below $T_c$.
# Between them there is no peak ({claim}`BR-26a` of all temperatures obey this).

# %%
peaks = run("BR-12")
peaks.claim.check()

# %%
run("BR-26").claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "A peak exists below a third of the critical temperature, and above it only at low label noise. The paper's text grants one in the orange region as well.", "name": "fig-br-phase-map"}, "image": {"alt": "Map of label noise over temperature. Blue region with a peak on the left, reaching to all temperatures at low noise. A narrow orange wedge right of one third at high noise has no peak though the paper states one."}}
figures.phase_map(peaks.result)

# %% [markdown]
# ## Networks: the noise balances, and the norms follow
#
# In a network, where $u$ and $w$ are vectors, the law of balance does not ask for equal norms.
# It asks for equal *noise*: the two variances in {prf:ref}`thm-br-balance` must agree.
# We train ReLU networks with $d_x$ inputs and $d_y$ outputs to copy their input: $y = x + \epsilon$, cut or padded with zeros to $d_y$ outputs, with label noise of unit variance.
#
# In all three networks the noise terms of the two layers become equal; their ratio lies within {claim}`BR-5a` of one.
# The norms need not become equal: they take the ratio $d_y/d_x$, here a quarter ({claim}`BR-5c`) and four ({claim}`BR-5d`).
# Gradient descent on the full data conserves the imbalance; it changes by the fraction {claim}`BR-5e`.

# %%
networks = run("BR-5")
networks.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Noise terms balance in all three networks; norms take the ratio of outputs to inputs.", "name": "fig-br-networks"}, "image": {"alt": "Left: noise ratios of three networks approach one over the steps; the full-batch run stays above. Right: norm ratios settle at 1, 0.25 and 4."}}
figures.noise_balance(networks.result)

# %% [markdown]
# Theorem 3.2 says how far the norms can lie apart when all labels are noisy.
# Call a neuron *active* if it fires on some input.
# The covariance matrix of its gradient noise has full rank, and the eigenvalues bound the ratio of the norms (eq. 4).
# Both hold: the smallest eigenvalue of a network is on average {claim}`BR-6a` of its lower bound, and the fraction of neurons whose norms lie beyond eq. 4 is {claim}`BR-6c`.
# The lower bound is no loose one: where label noise is all that is left of the error, it is the matrix itself ({claim}`BR-6d` and {claim}`BR-6e`).

# %%
run("BR-6").claim.check()

# %% [markdown]
# ## Deeper nets
#
# Take $v = u_0u_1\cdots u_D$, a net of depth $D$, and the sum of $d$ such products, a net of width $d$.
# Eq. 14 of the paper gives their stationary law, and samples follow it ({claim}`BR-13c`).
# The law of the two-layer net is the case $D = 1$ ({claim}`BR-13a`), the only one in which the width drops out ({claim}`BR-13d` at $D = 2$, $d = 4$).
#
# **Tails.** Far out the density falls as $v^{-5 + 3/(D + 1)}$ ({claim}`BR-14a` is the largest deviation of the exponent), whatever the temperature ({claim}`BR-14b`).

# %%
deep = run("BR-13")
tails = run("BR-14")
deep.claim.check()

# %%
tails.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Depth empties the region near zero and steepens the tail.", "name": "fig-br-depth"}, "image": {"alt": "Left: densities of log v for depths 1 to 4, samples on the curves. Right: straight tails on log-log axes with slopes between −3.5 and −5."}}
figures.depth(deep.result, tails.result)

# %% [markdown]
# **Who survives.** At depth 1 the ratio of two products never changes ({claim}`BR-15a`).
# In deeper nets the noise makes them equal ({claim}`BR-15b` is what is left of their log ratio).
# A product of the wrong sign dies: exponentially at depth 1 ({claim}`BR-15d` is its rate), algebraically above ({claim}`BR-15e` is the rate at which $\lvert v\rvert^{-1/3}$ grows at depth 2).

# %%
run("BR-15").claim.check()

# %% [markdown]
# **No transition.** The abstract speaks of a phase transition in deep networks.
# The critical temperature is a property of $D = 1$ without weight decay: above $T_c$ deeper nets still follow their law ({claim}`BR-16a` is the distance of their samples from it), and their median falls as a power of $T$ ({claim}`BR-16c` is the relative deviation).

# %%
hot = run("BR-16")
hot.claim.check()

# %% [markdown]
# **Weight decay is fatal to deep nets.** Add $\gamma\lvert\theta\rvert^2$ to the loss.
# At depth 1 this only turns $\beta_2$ into $\beta_2 - \gamma$, and a footnote of the paper carries the rule over to deeper nets.
# There it fails. A net in balance follows, with $q = v^{(D-1)/(D+1)}$,
#
# $$d\log v = -2(D+1)\left[(\gamma + qf + q^2Tg)\,dt - q\sqrt{Tg}\,dW\right].$$
#
# The loss reaches a layer through the product of all others, so its force and its noise carry the factor $q$.
# Decay acts on every layer directly.
# At depth 1 $q$ is one, and the two compete at every $v$.
# Above, $q$ vanishes at zero: close to zero nothing is left but decay, and $v$ falls as $e^{-2(D+1)\gamma t}$ ({claim}`BR-16h` is the measured rate at $D = 2$, $\gamma = 0.1$).
# Without noise the edge of this basin lies near $v = (\gamma/\beta_2)^{(D+1)/(D-1)}$.
# Noise carries a net across it sooner or later, and nothing brings the net back.
# So for every $\gamma > 0$ and every temperature all nets end at zero.
#
# At $T = 0.5\,T_c$ the fraction that has fallen is {claim}`BR-16f` at time 200 and {claim}`BR-16e` at time 800.
# The prediction solves Kolmogorov's equation for the process above and has nothing to fit.
# Plain SGD with weight decay on three weights falls as predicted, too ({claim}`BR-16i`).
# At depth 1, or without decay, nets stay where they are ({claim}`BR-16g`).
#
# How long the fall takes is another matter (right panel).
# With little decay a net of depth 2 waits longer than anybody will train it; more depth shortens the wait by many orders of magnitude.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "With weight decay a net of depth 2 falls to zero; without decay, or at depth 1, it stays (left; lines predicted, points simulated, bars: intervals of the decision). The mean time to fall grows steeply as decay gets weaker (right).", "name": "fig-br-weight-decay"}, "image": {"alt": "Left: fraction at zero over time; the curve for depth 2 with decay rises to about 0.9 at time 800 with points on it, the curves for depth 1 and for no decay stay at zero. Right: mean time to fall over weight decay on a log axis; three falling curves, highest for depth 2, lowest for depth 4."}}
figures.weight_decay(hot.result)

# %% [markdown]
# **Infinite depth.** For $D \to \infty$ temperature, depth and width enter only as $TD/d$ ({claim}`BR-17b` is the distance between two nets with the same value).
# A single product collapses to zero ({claim}`BR-17d` is its median), many freeze at the minimum ({claim}`BR-17e`).
# For tanh networks on the digits data a learning rate proportional to $1/D$ keeps the accuracy ({claim}`BR-17f` is the largest loss of the median up to depth 8), which fits the law but is weak evidence: every argument about stability says the same.

# %%
limit = run("BR-17")
limit.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "At large depth two nets with the same TD/d have the same law (left). The ratio of width to depth decides between collapse and the minimum (right).", "name": "fig-br-deep-limit"}, "image": {"alt": "Left: distance between laws over depth on log axes; it falls as one over D when temperature and width are doubled and stays near 0.3 when only the temperature is. Right: median of v over width per depth rises from 0 to 1."}}
figures.deep_limit(limit.result)

# %% [markdown]
# ## When the noise can vanish
#
# Without label noise, $y = kx$, the noise vanishes at $v = k$ as well as at $v = 0$.
# A path can then end at either point and stay there; at zero only above the temperature $\beta_1/(\alpha_1k)$.
# The start and the temperature decide how likely each end is, and the probability has a closed form, a regularized incomplete beta function.
# Over eight cases the measured probability differs from it by at most {claim}`BR-18a`.
# Discrete SGD with batches of one, however, never falls into zero on such data: near zero $\log v$ grows at a rate of at least {claim}`BR-18e`.
# Ending at zero belongs to the stochastic equation.

# %%
run("BR-18").claim.check()

# %% [markdown]
# ## Does the loss ever diverge?
#
# The paper says that the loss of a net with two layers never diverges, at any learning rate.
# For the stochastic equation that is right.
# The excess loss, which is $L$ minus its minimum, never passes that of a net that is switched off ({claim}`BR-19a` is the largest ratio), while that of regression diverges.
# For SGD itself the statement is wrong.
# On Gaussian data with $\sigma = k$, at half the critical temperature, the fraction of runs that blow up is {claim}`BR-19e`.
# Where label noise dominates, the fraction is {claim}`BR-19f`.

# %%
run("BR-19").claim.check()

# %% [markdown]
# ## A figure that does not hold up
#
# The right panel of the paper's Figure 3 shows that $w\tanh(ux)$ never learns the wrong sign, while $\tanh(vx)$ does.
# With our data the fraction of wrong signs with two layers is {claim}`BR-20a`.
# Which of the two models errs more often depends on the parameters: with strong noise two layers minus one gives {claim}`BR-20b`.
# The tanh breaks the symmetry that keeps $v$ from changing its sign.
# Where the symmetry holds, the fraction of wrong signs is {claim}`BR-11a`.
# A net with the symmetry on the same inputs, $wu\tanh x$, passes the test that $w\tanh(ux)$ fails.

# %%
run("BR-20").claim.check()

# %% [markdown]
# ## More claims, briefly
#
# **Balance does not need strong noise.** Call $1/(4Tg)$ the *balance time*: by {eq}`eq-br-rate` the imbalance falls by a factor $e$ in it.
# Over a decade of temperatures, eight balance times change the logarithm of the imbalance by {claim}`BR-4a` or more; only the time that this takes differs.
# Without noise at the minimum the imbalance stops where it is: late in the run its logarithm changes by {claim}`BR-4b`.

# %%
run("BR-4").claim.check()

# %% [markdown]
# **No way back through zero.** A balanced net has $v \ge 0$: of all runs from four starts on the wrong side, the fraction with a negative $v$ later is {claim}`BR-11a`.
# Linear regression crosses zero as often as its law says ({claim}`BR-11b`).

# %%
run("BR-11").claim.check()

# %% [markdown]
# **A law on a line.** The stationary law of SGD lives on the lines $|u| = |w|$.
# Bayesian learning gives the weights a law too, the posterior, but one with a density: it spreads over the whole plane, and no such law comes near a line.
# After 25 balance times the imbalance of a typical run is ten to the power {claim}`BR-21`.

# %%
run("BR-21").claim.check()

# %% [markdown]
# **Attention.** The scores of an attention head depend on the product of its query and key matrices, $W_Q^\top W_K$.
# This symmetry is larger than that of a neuron, and so is what SGD accounts for: a step changes the whole matrix
# $W_QW_Q^\top - W_KW_K^\top$ by $\eta^2(G_QG_Q^\top - G_KG_K^\top)$ ({claim}`BR-25a` is the largest error of an entry).
# Momentum and Adam break the account, and so does the habit of normalizing queries and keys.

# %%
run("BR-25").claim.check()

# %% [markdown]
# ## Where it stops
#
# The law is a limit, and the limit has a price.
#
# **What must be small is not the learning rate.** Near $T_c$ a step moves $\log v$ by about $4\sqrt{h}$ with $h = S\beta_2^2/\alpha_3$.
# The distance from the law falls in proportion to $h$ (left panel).
#
# **"Only $T$ matters" holds in that limit only.** At equal $T$ a larger batch means a larger learning rate, hence a larger $h$.
# At $0.4\,T_c$ batches of two still agree ({claim}`BR-8e`); batches of eight do not.
#
# **Textbook data are outside.** With Gaussian data and $\sigma = k$ the law is visibly wrong (right panel), since products of Gaussian variables have heavy tails.
# A naive reproduction takes such data, finds disagreement, and cannot tell a wrong theory from a step that is too large.
# It is the step: at $0.03\,T_c$ the mean of $(v - v^*)^2$ is {claim}`BR-8g` of what the law says.
#
# **Three more ways to fool oneself.** The loss $\tfrac12(\cdot)^2$ divides every rate by four.
# A mean over outputs divides $T$.
# A run that is shorter than the relaxation time $2r/(\beta_2(1-r)^2)$ shows its start, not its law.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "For bounded data the distance from the law is of first order in the step-size parameter (left). For Gaussian data it falls only as label noise dominates (right; bars: intervals of the decision).", "name": "fig-br-limits"}, "image": {"alt": "Left: distance over step-size parameter on log axes, two lines of slope one. Right: distance over label noise from 1 to 10, falling from about 0.08 to below 0.01."}}
figures.limits(law.result)

# %% [markdown]
# ## Errata
#
# Reading the paper with a computer at hand turned up twelve errors and loose statements.
# None touches the law of balance or the laws of {eq}`eq-br-density`.
#
# | # | Where | What it says | What holds | Shown by |
# | --- | --- | --- | --- | --- |
# | 1 | Figure 4, A.8 | a peak exists for all $T < T^*$ | only if also $10\alpha_2T > \beta_1$ or $T < T_c/3$ | {claim}`BR-12d` |
# | 2 | after Corollary 3.3 | weight decay adds $\gamma$ to the rate of balance | it adds $4\gamma$, as in eq. 7 | cell below |
# | 3 | Section 4 | $\Delta$ is the smallest noise | the smallest $g$ is $\Delta/\alpha_1$, that of the gradient $4\Delta/\alpha_1$ | cell below |
# | 4 | A.3 | second order from $\tfrac T4 \lvert\nabla L\rvert^2$ | it is $\tfrac\eta4$, equal for $S = 1$ only; and it is not the only term of its order | {claim}`BR-2e`, {claim}`BR-22b` |
# | 5 | eqs. 67–93 | $\eta$ | $T$ is meant: the two agree for $S = 1$ | {claim}`BR-2c` |
# | 6 | abstract | a phase transition of deep nets | of depth $D = 1$ | {claim}`BR-16a` |
# | 7 | Section 4 | the loss never diverges | in the stochastic equation | {claim}`BR-19e` |
# | 8 | A.9 | exponent $\beta_1\gamma$ with weight decay | $\gamma$ | cell below |
# | 9 | Figure 3, right | tanh nets lock their sign | they lack the symmetry, and do not | {claim}`BR-20a` |
# | 10 | Section 4, footnote | weight decay turns $\beta_2$ into $\beta_2 - \gamma$ | at depth 1 only | {claim}`BR-16f` |
# | 11 | eq. 11 | $\Delta = \alpha_1\alpha_3 - \alpha_2$ | the covariance $\alpha_2$ enters squared | cell below |
# | 12 | eq. 108 | $\beta_2 = k\beta_1 - kc$ for $y = kx - c/x$ | for $y = kx - kc/x$; here it is $k\beta_1 - c$ | cell below |
#
# Five of them fit into one cell.
# The last but two compares slopes of $\log p$.
# In the stationary state as much probability flows to the left as to the right.
# If $v$ moves by $A\,dt$ on average and its kicks have the variance $B\,dt$, this means $\partial_v \log p = 2A/B - \partial_v \log B$.

# %%
# 2: at the minimum, without noise, a step multiplies both weights by 1 - 2 η γ
decay, step = 0.3, 1e-6
assert np.isclose(-2 * np.log1p(-2 * step * decay) / step, 4 * decay, rtol=1e-5)

# 3 and 11: the smallest noise over v
gaussian = moments(ScalarRegression(slope=1.0, noise=0.5))
smallest = gaussian.noise(np.linspace(-3, 5, 80_001)).min()
assert np.isclose(smallest, gaussian.delta / gaussian.alpha1)
assert smallest < gaussian.delta
unsquared = gaussian.alpha1 * gaussian.alpha3 - gaussian.alpha2
assert not np.isclose(smallest, unsquared / gaussian.alpha1, rtol=0.1)

# 8: labels y = k x, weight decay γ, and E x² = 2, where β₁γ and γ differ
k, spread, mean_square, temperature = 1.5, 2.0, 2.0, 0.4
v = np.linspace(0.2, 1.2, 11)
force = mean_square * (v - k) + decay
noise = spread * (v - k) ** 2
slope = -force / (2 * temperature * noise * v) - 1.5 / v - 2 / (v - k)


def printed_slope(coefficient):
    theta = (mean_square - decay / k) / (2 * temperature * spread * k)
    last = coefficient / (2 * temperature * spread * k * (k - v) ** 2)
    return (theta - 1.5) / v + (2 + theta) / (k - v) - last


assert np.allclose(printed_slope(decay), slope)
assert not np.allclose(printed_slope(mean_square * decay), slope, rtol=0.1)

# 12: E xy for x between 1 and 2
x, c = np.linspace(1, 2, 1001), 0.7
beta1 = (x * x).mean()
assert np.isclose((x * (k * x - k * c / x)).mean(), k * beta1 - k * c)
assert np.isclose((x * (k * x - c / x)).mean(), k * beta1 - c)

# %% [markdown]
# ## On a real network
#
# Now a network on real data.
# The library says which layers of any network have the symmetry; here is one with a ReLU and a GELU:

# %%
network = nn.Sequential(
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 32),
    nn.GELU(),
    nn.Linear(32, 10),
)
print(find_symmetries(network))

# %% [markdown]
# Then train a network on images of handwritten digits: 64 pixels, 64 hidden ReLU neurons with biases, ten classes, cross entropy.
# Keep the account {eq}`eq-br-budget` of each hidden neuron.
#
# **What carries over.** Under plain SGD the account of all 64 neurons closes to rounding over more than a thousand steps ({claim}`BR-24a` is its largest error).
# The exact law needs nothing but the symmetry and the optimizer.
# On average it says how the layers move: over many networks, trained with half of the labels random, the imbalance changes by {claim}`BR-24b` of what the noise and the mean gradient predict.
#
# **What breaks it.** Weight decay adds a pull of first order toward balance.
# Momentum and Adam move the weights in directions that are no batch gradient, so Euler's identity no longer cancels the first order.
# A normalization of the hidden layer or a tanh removes the symmetry itself.
#
# **What does not carry over.** The layers do not end balanced: the noise of one over that of the other is {claim}`BR-24c`, not one.
# Once the network fits its images, their gradients vanish together with the noise, as in the runs without label noise above.
# With random labels the noise stays, and the ratio moves toward one: its logarithm grows by {claim}`BR-24d`, while it falls without.
# The law of balance says where noise pushes; how far it gets depends on how long there is noise.

# %%
real = run("BR-24")
real.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "A network trained on digits is far from balance (left), yet the account of its imbalance is exact under plain SGD and under no other recipe (right).", "name": "fig-br-digits"}, "image": {"alt": "Left: outgoing over incoming norm of 64 neurons, start near (1, 0.15), after training spread between 1 and 4 and below the diagonal. Right: error of the account over epochs on a log axis; SGD near 1e-14, five other recipes between 0.01 and 10."}}
figures.real_network(real.result.accounts)

# %% [markdown]
# ## Turn the knob
#
# Move the temperature and watch the law of the two-layer net.
# Bars are the exact law of discrete SGD, the curve is the prediction.

# %%
data = ScalarRegression(slope=1.0, noise=10.0, inputs="rademacher")
ratios = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
laws, chains = {}, {}
for r in ratios:
    rate = r / data.noise**2  # T_c = 1 / noise²
    laws[r] = stationary_law(moments(data), rate)
    chains[r] = law_of_sgd(data.noise, rate)
figures.temperature_slider(laws, chains)

# %% [markdown]
# ## Exercises
#
# ```{exercise-start} Three layers
# :label: ex-br-depth
# ```
# Take $v = u_0u_1u_2$ and the loss $(vx - y)^2$.
# Show that one step of SGD changes $u_0^2 - u_1^2$ by exactly $\eta^2(g_0^2 - g_1^2)$, and check it on random numbers.
# Which term would weight decay add?
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-br-depth
# :class: dropdown
# ```
# The loss depends on the product only, so $u_0g_0 = u_1g_1 = v\,\partial\ell/\partial v$: Euler's identity holds for every pair, and the first-order terms cancel.
# Weight decay $\gamma\theta^2$ multiplies both weights by $1 - 2\eta\gamma$ and shrinks every imbalance at the rate $4\gamma$ per unit of time.

# %%
generator = np.random.default_rng(0)
weights = generator.normal(size=3)
x, y, learning_rate = 0.7, -1.2, 0.1
gradient = 2 * (weights.prod() * x - y) * x * weights.prod() / weights
moved = weights - learning_rate * gradient
change = (moved[0] ** 2 - moved[1] ** 2) - (weights[0] ** 2 - weights[1] ** 2)
assert np.isclose(change, learning_rate**2 * (gradient[0] ** 2 - gradient[1] ** 2), atol=1e-14)

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ```{exercise-start} Where is the peak?
# :label: ex-br-mode
# ```
# Find the most likely value of $v$ under the Gamma law {eq}`eq-br-gamma`.
# At which temperature does it reach zero, long before $T_c$?
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-br-mode
# :class: dropdown
# ```
# A Gamma law of shape $a$ and scale $s$ peaks at $(a - 1)s$, here at $v^*(1 - 3r)$.
# The peak reaches zero at a third of the critical temperature; above it the density diverges at $v = 0$ although the mean is still positive.

# %%
grid = np.linspace(0.01, 2, 2000)
for ratio in (0.05, 0.1, 0.2, 0.3):
    peak = grid[np.argmax(laws[ratio].density(grid))]
    assert abs(peak - (1 - 3 * ratio)) < 0.01

# %% [markdown]
# ```{solution-end}
# ```

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
# A network of two layers can switch itself off while it trains, and nothing but the noise of its training turns the switch.
#
# It matters because this noise is thought to pick which of many equally good networks one gets: here one can compute what it picks.
# This chapter reproduces {cite:t}`ziyin2023law`.
#
# * **Noise switches the net off.** Call learning rate over batch size the *temperature*. Above a critical temperature the output of the smallest net of two layers falls to zero and stays there; the exact threshold of training is {claim}`BR-9a` of the predicted one. One layer has none.
# * **Only the noise of training balances.** It brings the weights before and after a hidden unit to equal size. Noise of the same power that is equal in all directions leaves the mean difference of their squares at {claim}`BR-3c` of its start.
# * **On real data balance does not come.** In a network, the noise of the two layers should become equal. On digits their ratio ends at {claim}`BR-24c`: once a network fits its images, the noise is gone.
#
# ```{admonition} What was read
# :class: dropdown
# We read the full text of the conference version, *Noise Balance and Stationary Distribution of SGD*, with its appendices; of the first arXiv version and of the journal version we know the abstracts only.
# The paper publishes no code and leaves the parameters of most figures open; where a figure needs numbers, they are ours.
# ```

# %% tags=["hide-cell"]
import numpy as np
from torch import nn

from traindyn import style
from traindyn.balance_regularization import figures
from traindyn.balance_regularization.claims import run
from traindyn.balance_regularization.studies.switching import switching
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import log_density_depth1
from traindyn.data import ScalarRegression
from traindyn.notebook import show_source
from traindyn.runs import Context, resolve_scale, resolve_seed
from traindyn.symmetry import NeuronLayer, find_symmetries

style.use()

# %% [markdown]
# ## The phenomenon
#
# The smallest net of two layers multiplies its input by two weights, $w$ and then $u$.
# Only the product $v = uw$ reaches the output; its best value is 1.
# Press *Play* and heat the net.
# Then make the noise isotropic, that is, equal in all directions.

# %% tags=["hide-input"]
figures.switching_off(switching(Context(resolve_scale(), resolve_seed(), "switching")))

# %% [markdown]
# ## What the paper says
#
# **Setting.** Let $\ell$ be the loss of one sample and $L$ its mean over the data.
# Stochastic gradient descent (SGD) draws a batch of $S$ samples and moves all weights $\theta$ against the gradient of the batch's mean loss $L_S$: $\theta \leftarrow \theta - \eta \nabla L_S$, with the learning rate $\eta$.
# After $n$ steps the time is $t = \eta n$.
# The temperature is $T = \eta / S$.
#
# For small steps SGD looks like a random motion in continuous time.
# In a short time $dt$ the weights move by $-\nabla L\,dt$, plus a random kick with mean zero and covariance $T\,C\,dt$, where $C$ is the covariance of the gradient of one sample.
# The paper works with this *stochastic equation*.
#
# **The law of balance** (Theorem 3.1). Let $u$ be the outgoing weights of a hidden unit, a *neuron*, and $w$ its incoming weights and bias; $g_u$ and $g_w$ are the gradients by them.
# For a linear, ReLU or leaky ReLU unit the loss stays the same if $u$ grows by any factor and $w$ shrinks by it.
# This is the *rescaling symmetry*.
# Call $|u|^2 - |w|^2$ the *imbalance*.
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
# where $\operatorname{Tr} \operatorname{Cov}$ is the total variance over single samples.
# Without noise, $T = 0$, the imbalance is conserved.
# ```
#
# **The smallest net.** Take $\ell = (uwx - y)^2$ with labels $y = kx + \epsilon$, where $\epsilon$ is label noise of variance $\sigma^2$.
# Let $g(v) = \operatorname{Var}[x(vx - y)]$: no gradient, but the variance of half the derivative of $\ell$ by $v$.
# Then (Corollary 3.3)
#
# $$
# \frac{d}{dt} \log |u^2 - w^2| = -4\,T\,g(v) :
# $$ (eq-br-rate)
#
# where there is noise, the imbalance decays.
# Once $u^2 = w^2$, the product $v$ moves by itself, and after some time its distribution no longer changes.
# The density of this *stationary law* is eq. 15 of the paper,
#
# $$
# \begin{aligned}
# p(v) & \propto v^{\frac{\beta_2}{2\alpha_3T} - \frac32}\, g(v)^{-1 - \frac{\beta_2}{4T\alpha_3}} \\
# & \times \exp\!\left[ -A \arctan \frac{\alpha_1 v - \alpha_2}{\sqrt\Delta} \right] ,
# \end{aligned}
# $$ (eq-br-density)
#
# for $T$ below the *critical temperature* $T_c = \beta_2/\alpha_3$; above it, $v$ goes to zero.
# The constants are moments of the data:
# $\beta_1 = \mathbb{E}\,x^2$, $\beta_2 = \mathbb{E}\,xy$, $\alpha_1 = \operatorname{Var} x^2$, $\alpha_2 = \operatorname{Cov}(x^2, xy)$,
# $\alpha_3 = \operatorname{Var} xy$, $\Delta = \alpha_1\alpha_3 - \alpha_2^2$ and $A = (\beta_1 - \alpha_2\beta_2/\alpha_3)/(2T\sqrt\Delta)$.
# The mean loss is least at $v^* = \beta_2/\beta_1$.
# One layer, $\ell = (vx - y)^2$, has a stationary law at every temperature (eq. 12).

# %% [markdown]
# This is what the formulas mean for inputs $x = \pm1$.
# The mean of $v$ falls with the temperature on a straight line, and from the critical temperature on it is zero (left).

# %% tags=["hide-input", "run"]
transition = run("BR-9")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The mean of v falls to zero at the critical temperature (left). The growth rate near zero decides who collapses: bounded data always do, Gaussian data only with enough label noise (right).", "name": "fig-br-transition"}, "image": {"alt": "Left: mean of v over temperature; points lie on a straight line that falls from one to zero at the critical temperature and stays zero. Right: growth rate of log v near zero over temperature. Three straight lines for bounded data, with no, some and more weight decay, cross zero one after the other. Four curves for Gaussian data fall at first and bend up again; that of the weakest label noise stays above zero."}}
figures.transition(transition.result)

# %%
transition.claim.check()

# %% [markdown]
# ## Why
#
# **The account of a neuron.** The symmetry says that moving $u$ and $w$ in opposite proportions changes no loss.
# Differentiate this, and for *any* batch
#
# $$
# u \cdot g_u = w \cdot g_w .
# $$ (eq-br-euler)
#
# Now take one step of SGD and expand the new imbalance, $|u - \eta g_u|^2 - |w - \eta g_w|^2$.
# The terms of first order are $-2\eta(u \cdot g_u - w \cdot g_w)$, and they cancel.
# Hence a step changes the imbalance by exactly
#
# $$
# \eta^2 \left( |g_u|^2 - |g_w|^2 \right) ,
# $$ (eq-br-budget)
#
# at any learning rate.
# We call this the *account* of the neuron.
# The paper does not state it.
# Of two single weights, by {eq}`eq-br-euler`, the larger has the smaller gradient, so the imbalance shrinks.

# %% tags=["hide-input", "source"]
show_source(NeuronLayer.step_change)

# %% [markdown]
# **The law of the product.** Let $x = \pm 1$ and let $\epsilon$ be uniform.
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
# Its mean is $v^*(1 - r)$, which falls to zero at $T_c$.
# Its variance is $2r(1 - r)v^{*2}$, a parabola with its top at half the critical temperature.
#
# **Where it switches off.** Near $v = 0$ a balanced step of SGD multiplies $v$ by a random factor that does not depend on $v$.
# If the mean logarithm of that factor is positive, $v$ escapes from zero; if it is negative, $v$ collapses.

# %% [markdown]
# ## Heat switches the net off
#
# For $x = \pm1$ the mean logarithm of the factor is an integral, so the threshold needs no simulation.
# It lies at {claim}`BR-9a` of $T_c$.
# Weight decay, a term $\gamma(u^2 + w^2)$ in the loss, moves it to $(\beta_2 - \gamma)/\alpha_3$, as the paper says.
#
# One warning. With Gaussian data, batches of one and $\sigma = 4k$ the net collapses at *no* learning rate that we tried, up to three times the critical one.
# Large steps throw the net out of zero again ({numref}`fig-br-transition`, right): the transition belongs to small steps.

# %% [markdown]
# ## Two layers invert the fluctuations
#
# A single layer fluctuates more the hotter it is.
# With two layers the fluctuations first grow and then die, because the net is nearly off.
# The exact variance follows the parabola $2r(1-r)$, and its top lies at {claim}`BR-10b` of $T_c$ (right).
#
# The law itself has nothing to fit (left).
# With $x = \pm 1$ and batches of one the law of *discrete* SGD solves a linear system, and has no error bar.
# We call *distance* of two laws the largest gap between their distribution functions.
# From SGD to the Gamma law it is {claim}`BR-8b` at most, over five temperatures.
# Four misreadings of the stochastic equation give laws that are far away ({numref}`fig-br-mutants`, below).

# %% tags=["hide-input", "run"]
law = run("BR-8")
fluctuation = run("BR-10")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "SGD follows the predicted law (left). With two layers its variance is a parabola of the temperature; with one layer it is a line (right).", "name": "fig-br-headline"}, "image": {"alt": "Left: histogram of v under SGD with the predicted density on top; both have one hump at small v and a long tail. Right: variance over temperature; circles of exact SGD and a diamond of simulated SGD with two layers lie on a parabola that is highest at {claim}`BR-10b` of the critical temperature, squares of simulated SGD with one layer on a rising dashed line."}}
figures.headline(law.result, fluctuation.result)

# %%
fluctuation.claim.check()

# %%
law.claim.check()

# %% [markdown]
# ## It must be this noise
#
# Is any noise good enough? We give the same start four treatments.
#
# * *No noise.* Gradient descent moves along a hyperbola and stops at the nearest minimum.
# * *SGD* shrinks the imbalance more than a thousandfold; its logarithm falls by {claim}`BR-3b`.
# * *Isotropic noise* of the same power has no preference. Single runs spread along the valley of minima: even from balance, $u = w = 1$, the root mean square of the imbalance grows to {claim}`BR-3d`.
# * *Independent noise* takes one batch for the gradient of $u$ and another for that of $w$. Means and variances are those of SGD in every state, but the two gradients no longer move together. The median imbalance stays large.
#
# What balances is neither the size of the noise nor its dependence on the state.
# It is that one number, the error $uwx - y$ of the output, moves both weights at once.

# %% tags=["hide-input", "run"]
plane = run("BR-3")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "From the same start, SGD ends at the balanced minimum; isotropic and independent noise end all over the valley.", "name": "fig-br-plane"}, "image": {"alt": "Left: plane of the weights u and w with a branch of the hyperbola of minima; circles of SGD crowd where u and w are equal, squares of isotropic and triangles of independent noise spread along the curve, a star without noise lies on it not far from the cross of the start. Right: median imbalance over time on a log axis; SGD falls along a dashed predicted line, isotropic and independent noise stay near the dotted level of no noise."}}
figures.weight_plane(plane.result)

# %%
plane.claim.check()

# %% [markdown]
# ## In networks the noise balances, not the norms
#
# In a network $u$ and $w$ are vectors, and the law of balance does not ask for equal norms.
# It asks for equal *noise*: the two variances in {prf:ref}`thm-br-balance` must agree.
# We train ReLU networks of three shapes, with $d_x$ inputs and $d_y$ outputs, to copy their input: $y = x + \epsilon$, cut or padded with zeros to $d_y$ outputs, with label noise of unit variance.
# The weights of all hidden units together are the matrices $U$ and $W$.
#
# In all three shapes the noise terms become equal.
# The squared norms take the ratio $|U|^2/|W|^2 = d_y/d_x$: with a quarter as many outputs as inputs it is {claim}`BR-5c`, with four times as many {claim}`BR-5d`.
# The latter falls a little short of four.
# Gradient descent on the full data conserves the imbalance.

# %% tags=["hide-input", "run"]
networks = run("BR-5")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Noise terms balance in all three networks; norms take the ratio of outputs to inputs.", "name": "fig-br-networks"}, "image": {"alt": "Two panels over the steps on log axes. Left: noise of the second layer over that of the first; curves of three networks approach the dotted line of balance, the curve of the full-batch run stays away from it. Right: squared norm of the second layer over that of the first; the three curves settle near dotted levels, the ratios of outputs to inputs, and the full-batch run stays where it starts."}}
figures.noise_balance(networks.result)

# %%
networks.claim.check()

# %% [markdown]
# ## On a real network
#
# Our code finds the layers that have the symmetry. A ReLU keeps it; a GELU, its smooth relative, does not:

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
# We train networks on images of handwritten digits: 64 pixels, one layer of hidden ReLU neurons with biases, ten classes, cross entropy.
#
# **What carries over.** Under plain SGD the account of every neuron closes to rounding.
# Weight decay breaks it; so do momentum and Adam, which move the weights in directions that are no batch gradient.
# A normalization of the hidden layer or a tanh removes the symmetry itself.
# On average the account says how layers move: over many networks, with half of the labels random, the imbalance changes by {claim}`BR-24b` of what noise and mean gradient predict.
#
# **What does not carry over.** The layers do not end balanced.
# Once the network fits its images, their gradients vanish together with the noise.
# With random labels the noise stays, and the ratio of the two noises moves toward one: its logarithm grows by {claim}`BR-24d`; with true labels it falls.
# The law of balance says where noise pushes; how far it gets depends on how long there is noise.

# %% tags=["hide-input", "run"]
real = run("BR-24")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "A network trained on digits is far from balance (left), yet the account of its imbalance is exact under plain SGD and under no other recipe (right).", "name": "fig-br-digits"}, "image": {"alt": "Left: outgoing over incoming norm of every neuron; crosses of the start crowd close to the axis, circles after SGD spread widely, below the dashed line of equal norms. Right: error of the account over epochs on a log axis; the curve of plain SGD lies at the bottom, five other recipes many decades higher."}}
figures.real_network(real.result.accounts)

# %%
real.claim.check()

# %% [markdown]
# ## Where it stops
#
# **Steps must be small in a sense of their own.** Near $T_c$ a step moves $\log v$ by about $4\sqrt{h}$ with $h = \eta\beta_2 = S\beta_2^2/\alpha_3$, and the distance from the law falls in proportion to $h$ ({numref}`fig-br-limits`, left).
# So "only $T$ matters" is a limit, too: at equal $T$ a larger batch means a larger learning rate, hence a larger $h$.
#
# **Textbook data are outside.** With Gaussian data and $\sigma = k$ the law is visibly wrong (right), since products of Gaussian variables have heavy tails.
# Small steps mend it: at $0.03\,T_c$ the mean of $(v - v^*)^2$ is {claim}`BR-8g` of what the law says.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "For bounded data the distance from the law is of first order in the step-size parameter (left). For Gaussian data it falls only as label noise dominates (right).", "name": "fig-br-limits"}, "image": {"alt": "Left: distance from the law over the step-size parameter on log axes; circles for batches of one and squares for batches of one to eight both rise along a dashed line of first order. Right: distance over the label noise on log axes; circles with bars fall from left to right."}}
figures.limits(law.result)

# %% [markdown]
# **The loss can diverge.** The paper says that the loss of a net with two layers never diverges, at any learning rate.
# For the stochastic equation that is right: the loss never passes that of a net that is switched off.
# For SGD itself it fails.
# On Gaussian data with $\sigma = k$, at half the critical temperature, the fraction of runs that blow up is {claim}`BR-19e`.

# %%
run("BR-19").claim.check()

# %% [markdown]
# **Tanh nets learn the wrong sign.** The right panel of the paper's Figure 3 shows that $w\tanh(ux)$ never learns the wrong sign, while $\tanh(vx)$ does.
# With our data the fraction of nets with two layers that learn it is {claim}`BR-20a`, and which model errs more often depends on the parameters.
# Only the rescaling symmetry locks the sign of $v$, and the tanh breaks it.

# %%
run("BR-20").claim.check()

# %% [markdown]
# **Three more ways to fool oneself.** The loss $\tfrac12(\cdot)^2$ divides every rate by four.
# A mean over outputs divides $T$ by their number.
# A run that is shorter than the relaxation time $2r/(\beta_2(1-r)^2)$ shows its start, not its law.

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
for ratio in (0.1, 0.3):
    peak = grid[np.argmax(law.result.laws[ratio].density(grid))]
    assert abs(peak - (1 - 3 * ratio)) < 0.01

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ## All claims
#
# These are the claims of the chapter with their verdicts.
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
# Below stand the claims that carry no section of the story, some of which fail, the errata of the paper, and deeper nets.
#
# ```{claims} balance_regularization
# ```

# %% [markdown]
# ### The account of every neuron closes
#
# We train networks of 20 inputs, 50 hidden neurons and 30 outputs, with biases, on the square loss and on cross entropy.
# Before every step we note what {eq}`eq-br-budget` says about each neuron, and afterwards what happened.
# The difference is rounding.
# Activations without the symmetry break the account by many orders of magnitude, and so does noise that is added to the gradient.

# %% tags=["hide-input", "run"]
budget = run("BR-1")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The account of the imbalance closes to rounding for linear, ReLU and leaky ReLU neurons and fails for the controls.", "name": "fig-br-budget"}, "image": {"alt": "Left: change of the imbalance of one ReLU neuron over the steps; the solid measured and the dashed accounted curve coincide. Right: largest error of the account over the steps on a log axis; three blue curves for linear, ReLU and leaky ReLU lie at the bottom, three orange ones for tanh, GELU and added noise many decades higher."}}
figures.budget(budget.result)

# %%
budget.claim.check()

# %% [markdown]
# ### How fast balance comes
#
# The exact account {eq}`eq-br-budget` says what small steps leave out.
# The mean of $g_u^2$ is the variance of $g_u$ plus the square of its mean, and the same holds for $g_w$.
# The variances give the paper's rate {eq}`eq-br-rate`.
# The squared means add $\eta f^2$ to $Tg$ in it, where $f = \beta_1 v - \beta_2$ is half the derivative of $L$ by $v$;
# with batches of 16 the decay tells $\eta f^2$ from $Tf^2$ ({claim}`BR-2e` is measured over exact).
#
# We start at $u = 2$, $w = 0.3$ with data $y = x + \epsilon$, both standard normal.
# The measured decay divided by the exact one is {claim}`BR-2a`.
# The paper's rate is the limit $\eta \to 0$: at $\eta = 0.002$ the ratio is {claim}`BR-2b`, and it approaches one as $\eta$ falls.
# Over learning rates and batches together the rate goes as $T$ to the power {claim}`BR-2c`.

# %% tags=["hide-input", "run"]
rate = run("BR-2")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Learning rate and batch size enter through the temperature alone (left), up to a correction of first order in the learning rate (right).", "name": "fig-br-decay"}, "image": {"alt": "Left: mean change of the logarithm of the imbalance over scaled time; the curves of all settings fall along one dashed line. Right: ratio of measured to predicted decay over the learning rate on a log axis; marks with bars start near the dashed line at one and rise with the learning rate, higher for batches of sixteen."}}
figures.decay(rate.result)

# %%
rate.claim.check()

# %% [markdown]
# **Strong noise is not needed.** Call $1/(4Tg)$ the *balance time*: by {eq}`eq-br-rate` the imbalance falls by a factor $e$ in it.
# Over a decade of temperatures, the smallest change of the logarithm of the imbalance in eight balance times is {claim}`BR-4a`; only the time that this takes differs.
# Without noise at the minimum the imbalance stops where it is: late in the run its logarithm changes by {claim}`BR-4b`.

# %%
run("BR-4").claim.check()

# %% [markdown]
# ### How far apart norms can lie
#
# Theorem 3.2 says how far the norms can lie apart when all labels are noisy.
# Call a neuron *active* if it fires on some input.
# The two matrices $C_1$ and $C_2$ of its gradient noise have full rank, and their eigenvalues bound the ratio of the norms (eq. 4).
# Both hold: the smallest eigenvalues of the two are on average {claim}`BR-6a` and {claim}`BR-6b` of their lower bounds, equal to them within the errors, and the fraction of neurons whose norms lie beyond eq. 4 is {claim}`BR-6c`.
# The lower bound is no loose one: where label noise is all that is left of the error, it is the matrix itself ({claim}`BR-6d` and {claim}`BR-6e`).

# %%
run("BR-6").claim.check()

# %% [markdown]
# ### One layer, for comparison
#
# The stochastic equation of linear regression follows eq. 12 of the paper ({claim}`BR-7a` is the distance), with power-law tails whose exponent depends on the temperature ({claim}`BR-7b` and {claim}`BR-7c`).
# Here the discrete steps matter more.
# The variance of discrete SGD has a closed form, $(\eta\sigma^2/S)/(1 - \eta(1 + 2/S))$, and SGD follows it, not the continuous law: at $\eta = 0.3$ its variance is {claim}`BR-7d` of what eq. 12 says.

# %% tags=["hide-input", "run"]
regression = run("BR-7")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Linear regression fluctuates around its minimum at every temperature, with tails that grow heavier as it gets hotter.", "name": "fig-br-regression"}, "image": {"alt": "Left: densities of v at three temperatures, all with their hump at the minimum and wider the hotter, with histograms on top. Right: probability above v on log axes; three curves with straight tails, flatter for higher temperature, with points of the simulation on them."}}
figures.regression(regression.result)

# %%
regression.claim.check()

# %% [markdown]
# ### More tests of the stationary law
#
# **Simulation.** Plain SGD on drawn batches agrees with the Gamma law ({claim}`BR-8c` is the distance).
#
# **Gaussian data.** The general density {eq}`eq-br-density` describes the stochastic equation up to $0.85\,T_c$ ({claim}`BR-8a`), and SGD as the label noise grows ({claim}`BR-8d`).
#
# **Batches.** At $0.4\,T_c$ batches of two still agree ({claim}`BR-8e`); batches of eight do not.
#
# **An identity.** In the stationary state the mean of $\log v$ does not change, so its mean rate of change is zero: $\mathbb{E}[\beta_1v - \beta_2 + Tg(v)] = 0$.
# Under the density $\mathbb{E}[\beta_1v + Tg(v)]$ over $\beta_2$ is {claim}`BR-8f`; the wrong laws miss it.
#
# **The line and the parabola.** The exact mean keeps within {claim}`BR-9b` of its line, the exact variance within {claim}`BR-10a` of the parabola.
# The threshold with weight decay lies within {claim}`BR-9c` of the predicted one; with Gaussian data and $\sigma = 4k$ the mean logarithm is at least {claim}`BR-9e`.
#
# **Peaks.** The largest relative error of eq. 16 is {claim}`BR-12a`.
# Of the paper's map {claim}`BR-12d` agrees, of the corrected one {claim}`BR-12c`.

# %% [markdown]
# A histogram that looks right proves little.
# A stochastic equation can be misread: take the kick of the middle of each short time instead of its start (Stratonovich's reading instead of Ito's); forget the drift that kicks to $u$ and $w$ give to their product (the Ito drift); double the temperature; or take the law of one layer.
# Each mistake gives a plausible law, and each is rejected ({numref}`fig-br-mutants`).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The parameter-free law describes SGD; four plausible wrong laws are far away.", "name": "fig-br-mutants"}, "image": {"alt": "Left: histogram of SGD with the predicted density on top and four gray wrong densities that miss it. Right: bars of the distance from the exact law of SGD on a log axis; the bar of the predicted law is by far the shortest of five."}}
figures.laws_and_mutants(law.result)

# %% [markdown]
# The predicted law in code:

# %% tags=["hide-input", "source"]
show_source(log_density_depth1)

# %% [markdown]
# ### The threshold at the next order
#
# Appendix A.3 of the paper refines the threshold to $\beta_2/(\alpha_3 + c\beta_2^2)$ with $c = 1$ for batches of one.
# The formula is close: the exact threshold is {claim}`BR-22a` of it.
# But the coefficient is not the right one: for $c$ the exact threshold gives {claim}`BR-22b`.
# The formula corrects for the squared mean gradient alone, and two more terms of the same size come from the third and the fourth moment of the batch mean.
# All three together give $c = 3S + 2(\kappa - 3)$.
# Here the kurtosis $\kappa$ is the fourth central moment of $xy$ over its squared variance.
# For batches of four the exact threshold gives {claim}`BR-22c` of this coefficient.

# %%
run("BR-22").claim.check()

# %% [markdown]
# ### Near the threshold the net is slow
#
# Near $T_c$ the net also becomes slow.
# How long does $\log v$ remember its past?
# This time, the integral of its autocorrelation, has a closed form as well, and exact SGD follows it ({claim}`BR-23a` is the relative deviation).
# It grows as $r/(\beta_2(1 - r)^2)$: in units of twice this it tends to one half, and at $0.9\,T_c$ it is {claim}`BR-23b`.
# A start-up phase that was long enough at $0.5\,T_c$ is too short by a factor 45 at $0.9\,T_c$.

# %%
run("BR-23").claim.check()

# %% [markdown]
# ### The map of peaks is not right
#
# Eq. 16 of the paper gives the peak of the density away from zero.
# The text grants a peak up to a temperature $T^*$, where the square root in eq. 16 vanishes.
# Between $T_c/3$ and $T^*$ the root can be real and negative; then there is no peak.
# With the condition $10\alpha_2T > \beta_1$ added there, the map is right everywhere.

# %% tags=["hide-input", "run"]
peaks = run("BR-12")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "A peak exists below a third of the critical temperature, and above it only at low label noise. The paper's text grants one in the orange region as well.", "name": "fig-br-phase-map"}, "image": {"alt": "Map of label noise over temperature. A blue region with a peak on the left, which reaches to all temperatures at low noise. A narrow orange wedge at high noise, right of the dashed line of a third of the critical temperature, has no peak though the paper states one; it begins at a dotted line. The rest is empty: no peak."}}
figures.phase_map(peaks.result)

# %%
peaks.claim.check()

# %% [markdown]
# ### Heat can bring a peak back
#
# Where noise is nearly proportional to the signal, as for $y = kx - c/x$, the square root in eq. 16 vanishes at two temperatures below $T_c$.
# Between them there is no peak ({claim}`BR-26a` of all temperatures obey this).

# %%
run("BR-26").claim.check()

# %% [markdown]
# ### No way back through zero
#
# A balanced net has $v \ge 0$: of all runs from four starts on the wrong side, the fraction with a negative $v$ later is {claim}`BR-11a`.
# Linear regression crosses zero as often as its law says ({claim}`BR-11b`).
# A net with the symmetry on the inputs of the tanh nets, $wu\tanh x$, passes the test that $w\tanh(ux)$ fails.
# With strong noise the tanh net of two layers has fewer wrong signs than that of one: the difference of the fractions is {claim}`BR-20b`.

# %%
run("BR-11").claim.check()

# %% [markdown]
# ### A law on a line
#
# The stationary law of SGD lives on the lines $|u| = |w|$.
# Bayesian learning gives the weights a law too, the posterior, but one with a density: it spreads over the whole plane, and no such law comes near a line.
# After 25 balance times the imbalance of a typical run is ten to the power {claim}`BR-21`.

# %%
run("BR-21").claim.check()

# %% [markdown]
# ### When the noise can vanish
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
# ### Attention keeps an account as well
#
# The scores of an attention head depend on the product of its query and key matrices, $W_Q^\top W_K$.
# This symmetry is larger than that of a neuron, and so is what SGD accounts for: a step changes the whole matrix
# $W_QW_Q^\top - W_KW_K^\top$ by $\eta^2(G_QG_Q^\top - G_KG_K^\top)$ ({claim}`BR-25a` is the largest share of a change that this misses).
# Momentum and Adam break the account, and so does the habit of normalizing queries and keys.

# %%
run("BR-25").claim.check()

# %% [markdown]
# ### Errata
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
# ### Deeper nets
#
# Take $v = u_0u_1\cdots u_D$, a net of depth $D$, and the sum of $d$ such products, a net of width $d$.
# Eq. 14 of the paper gives their stationary law, and samples follow it ({claim}`BR-13c`).
# The law of the two-layer net is the case $D = 1$ ({claim}`BR-13a` is the ratio of the two), the only one in which the width drops out.
# At $D = 2$, $d = 4$ samples lie at the distance {claim}`BR-13d` from the law of their width.
#
# **Tails.** Far out the density falls as $v^{-5 + 3/(D + 1)}$ ({claim}`BR-14a` is the exponent over this one, the farthest of five depths), whatever the temperature ({claim}`BR-14b` is the ratio at two).

# %%
deep = run("BR-13")
tails = run("BR-14")
deep.claim.check()

# %%
tails.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Depth empties the region near zero and steepens the tail.", "name": "fig-br-depth"}, "image": {"alt": "Left: densities of log v for four depths, with points of samples on the curves; the deeper, the less lies near zero. Right: densities far out on log axes, straight and nearly parallel, between two dotted guide lines of the smallest and the largest power."}}
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
# $$
# \begin{aligned}
# d\log v = -2(D+1)\bigl[ & (\gamma + qf + q^2Tg)\,dt \\
# & - q\sqrt{Tg}\,dW\bigr] .
# \end{aligned}
# $$
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

# %% tags=["hide-input"] mystnb={"figure": {"caption": "With weight decay a net of depth 2 falls to zero; without decay, or at depth 1, it stays (left; lines predicted, points simulated). The mean time to fall grows steeply as decay gets weaker (right).", "name": "fig-br-weight-decay"}, "image": {"alt": "Left: fraction of nets at zero over time; the curve of depth two with decay rises steeply, with points on it, and the curves of depth one and of no decay stay at zero. Right: mean time to fall over weight decay on a log axis; three falling curves, highest for depth two, lowest for depth four."}}
figures.weight_decay(hot.result)

# %% [markdown]
# **Infinite depth.** For $D \to \infty$ temperature, depth and width enter only as $TD/d$ ({claim}`BR-17b` is the distance between two nets with the same value).
# A single product collapses to zero ({claim}`BR-17d` is its median), many freeze at the minimum ({claim}`BR-17e`).
# For tanh networks on the digits data a learning rate proportional to $1/D$ keeps the accuracy ({claim}`BR-17f` is the largest loss of the median up to depth 8), which fits the law but is weak evidence: every argument about stability says the same.

# %%
limit = run("BR-17")
limit.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "At large depth two nets with the same TD/d have the same law (left). The ratio of width to depth decides between collapse and the minimum (right).", "name": "fig-br-deep-limit"}, "image": {"alt": "Left: distance between laws over depth on log axes; circles, temperature and width doubled, fall along a dashed line of first order in one over depth; squares, only the temperature doubled, stay nearly level. Right: median of v over width per depth on a log axis; it rises from zero to a dotted line at one."}}
figures.deep_limit(limit.result)

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
# # Small starts learn one direction at a time
#
# Start a deep linear network near zero, and it learns in jumps: long rests, and one new direction at each jump.
#
# The size of the start alone decides what is learned: from larger weights the same network fits the same data and learns nothing beyond them.
# This chapter reproduces {cite:t}`jacot2021saddle`.
#
# * **The rests can be predicted.** A simple greedy algorithm finds them: at two of them the loss is {claim}`SS-15a` and {claim}`SS-15b` of what it says.
# * **It matters.** From half of the entries of a matrix, small weights find the others better than the standard method, by {claim}`SS-21a` powers of ten on average.
# * **It breaks.** On handwritten digits a ReLU network climbs no staircase. The predicted stages end at the least loss of a linear map; the network's loss ends at {claim}`SS-23d` of that.
#
# ```{admonition} What was read
# :class: dropdown
# We read the paper's abstract and the opening of its introduction, which *the paper states* refers to, not its body.
# What we recall of the body is marked *attributed* in the ledger, and what we work out *derived*.
# The parameters of the figures are ours.
# ```

# %% tags=["hide-cell"]
import numpy as np

from traindyn import style
from traindyn.notebook import show_source
from traindyn.saddle_to_saddle import figures
from traindyn.saddle_to_saddle.claims import run
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, backward
from traindyn.saddle_to_saddle.figures.replicas import replicas
from traindyn.saddle_to_saddle.studies.filling import filling
from traindyn.saddle_to_saddle.theory.escape import second_escape_slope
from traindyn.saddle_to_saddle.theory.wide import wide_start

style.use()

# %% [markdown]
# ## Watch it learn
#
# The task is to fill in a matrix: 78 of its 100 entries are known.
# It has *rank* three: it is a sum of three terms, each a column times a row.
# We call such a term a *direction*.
# The network multiplies four matrices of weights and learns the known entries by gradient descent.
# Press *Play*; then choose large weights, and play again.

# %% tags=["hide-input"]
figures.filling(filling())

# %% [markdown]
# ## What the paper says
#
# **Setting.** A deep linear network multiplies matrices,
#
# $$
# A_\theta = W_L \cdots W_2 W_1 ,
# $$ (eq-ss-network)
#
# with $L \ge 2$ layers and $w$ units in every hidden layer.
# Even for a convex cost $C$ the loss $\mathcal{L}(\theta) = C(A_\theta)$ is not convex in the weights $\theta = (W_1, \dots, W_L)$.
# Our costs are half the squared distance to a target, the same over known entries only (*matrix completion*), and regression.
#
# **Gradient flow** is gradient descent with steps so small that they make a smooth path, $\dot\theta = -\nabla\mathcal{L}(\theta)$.
# Where the gradient vanishes is a *critical point*, and a *saddle* if the loss falls in some direction from there.
#
# **The size of the start.** The weights start independent and normal with variance $\sigma^2 = w^{-\gamma}$.
# For an exponent $\gamma < 1$ the paper states that the start is close to a global minimum and far from every saddle; for $\gamma > 1$ it is the reverse.
# The first is the *lazy* regime, where the weights hardly move; the second is our subject, and $\gamma = 1$ is the border.
# As $\gamma \to \infty$ the start shrinks like $\theta(0) = \alpha\theta_0$, with a fixed $\theta_0$ and a *scale* $\alpha \to 0$.
#
# ```{prf:conjecture} Saddle to saddle
# :label: conj-ss-saddles
# There are critical points $\theta^0 = 0, \theta^1, \dots, \theta^K$, where $A_{\theta^k}$ has rank $k$.
# As $\alpha \to 0$ gradient flow goes from the neighborhood of one to that of the next, along a path that a network with hidden width $k$ could follow.
# All but the last are saddles.
# ```
#
# The paper proves the first leg, from the origin to the first saddle; this chapter tests the rest.
#
# **A greedy algorithm** walks through the same points.
# It starts with no hidden unit; each stage adds a tiny one in the steepest direction, and descends to a critical point.

# %% [markdown]
# ### It rests at the saddles of the greedy algorithm
#
# The same matrix from another start: the cost rests at ranks zero, one and two.
# The algorithm, which knows nothing of the path, predicts every level (dotted) and every saddle (right).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Small weights visit saddles of ranks zero, one and two, as the greedy algorithm predicts, before they solve the task.", "name": "fig-ss-headline"}, "image": {"alt": "Left: cost over steps on a logarithmic axis. The cost on observed entries, solid, is a staircase with flat parts at three dotted levels; that on hidden entries, dashed, falls in steps too, and vanishes with the last one. Right: path of the matrix in the plane of the first two saddles, with dots for the saddles of the algorithm; it goes from rank 0 straight to rank 1, then to rank 2, then on to rank 3."}}
completion = run("SS-15")
figures.headline(completion.result)

# %% tags=["hide-input", "check"]
completion.claim.check()

# %% [markdown]
# ## Why one direction at a time
#
# A matrix is a sum of $s_i u_i v_i^\top$ with its *singular values* $s_1 \ge s_2 \ge \dots$ and unit vectors $u_i$, $v_i$.
# Near zero the loss is its value at zero minus
#
# $$
# H(\theta) = \langle G_0,\, W_L \cdots W_1 \rangle ,
# $$ (eq-ss-escape)
#
# the sum of the products of the entries of $G_0 = -\nabla C(0)$ and of $A_\theta$.
# From here on $s_i$, $u_i$ and $v_i$ are those of $G_0$.
# Among weights of equal norm, $H$ is largest where every layer has rank one and the same norm, the first reads $v_1$, every other reads what the one before writes, and the last writes $u_1$.
# Along that ray the norm obeys
#
# $$
# \frac{d}{dt} \lVert\theta\rVert = s_1 L^{-(L-2)/2}\, \lVert\theta\rVert^{L-1} .
# $$ (eq-ss-speed)
#
# **Waiting.** For $L = 2$ this is exponential growth: from the scale $\alpha$ it takes a time of $\log(1/\alpha)/s_1$ to get away.
# For $L > 2$ the time is of order $\alpha^{-(L-2)}$: a long wait and a sudden escape.
#
# **Turning.** While the weights wait, they turn toward $u_1$ and $v_1$.
# A tilt toward the second pair grows like the norm to the power $s_2/s_1$, at every depth.
# So an angle of order $\alpha^{1-s_2/s_1}$ is left at the escape.
# Depth makes the wait longer, not the direction truer.
#
# **The next direction** grows from what is left of it, at the rate $s_1'$, the largest singular value of $-\nabla C$ at the first saddle.
# For two layers this gives the time of the second escape, per unit of $\log(1/\alpha)$:

# %% tags=["hide-input", "source"]
show_source(second_escape_slope)

# %% [markdown]
# ## Does it matter? Half of the entries are enough
#
# The standard way to fill in a matrix of low rank is to take the one with the smallest *nuclear norm*, the sum of its singular values.
# A start from small weights needs fewer entries.
# From half of a matrix of ten rows, ten columns and rank two, its error is smaller by {claim}`SS-21a` powers of ten, on the average of drawn problems.
# Large weights recover nothing even from seven tenths: already at $\gamma = 1$ the relative error is, as a power of ten, {claim}`SS-21c`: above one.
#
# With fewer entries than the matrix has degrees of freedom, small weights fail too.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "From half of the matrix on, small weights come close to the hidden entries. The smallest nuclear norm stays behind, and large weights recover nothing.", "name": "fig-ss-recovery"}, "image": {"alt": "Relative error on hidden entries over the share of observed entries, four curves on a logarithmic axis. That of the small start falls steeply between the first and the second share and lies far below the others from there on. That of the nuclear norm falls slowly. Those of the two large starts, gamma 1 and lazy, stay near the dotted line of predicting zero."}}
recovered = run("SS-21")
figures.recovery(recovered.result, replicas(recovered.claim, "a"))

# %% tags=["hide-input", "check"]
recovered.claim.check()

# %% [markdown]
# ### Large weights fit what they see, and nothing else
#
# Why do lazy networks fail?
# Training moves the matrix by the tangent kernel: an entry moves only if the kernel couples it to a known one.
# For $\gamma < 1$ the kernel of a wide network is nearly a multiple of the identity, and training hardly changes it.
# So the known entries move and the hidden ones stay at their random start.
# With four layers their squared error is {claim}`SS-4d` times that of predicting zero; a start at $\gamma = 2$ finds them from the same data.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The same network at three sizes of the start: only the smallest rests on the way (left), finds a matrix of rank three (middle) and, at every width, the hidden entries (right).", "name": "fig-ss-three"}, "image": {"alt": "Left: cost over steps on log axes for gamma 0.75, 1 and 2, solid on observed and dashed on hidden entries; all fit the observed entries, only gamma 2 has steps and brings the dashed curve down. Middle: ten singular values of the solutions; for gamma 2 three large ones and a drop by decades, for the others a slow decay. Right: error on hidden entries over the width; near or above the dotted line of predicting zero for gamma 0.75 and 1; for gamma 2, at width 100, {claim}`SS-16b` decades below that of gamma 0.75."}}
three = run("SS-16")
figures.three_regimes(three.result)

# %%
three.claim.check()

# %%
run("SS-4").claim.check()

# %% [markdown]
# ## The first direction comes when the theory says
#
# **Which way?** From every one of thousands of random starts the flow finds the fastest direction (share {claim}`SS-7h`), at depths 2 to 5.
# The theorem as we recall it promises only half of them for more than three layers.
#
# **When?** If the start shrinks by a factor $e$, two layers need the time $1/s_1$ more: {claim}`SS-9a` for $s_1 = 3$.
# Deeper networks wait $\alpha^{-(L-2)}$: the exponents are {claim}`SS-9d`, {claim}`SS-9e` and {claim}`SS-9f` for three, four and five layers.
#
# **How straight?** We have not seen this stated: the angle to the right direction falls as $\alpha^{1-s_2/s_1}$ at every depth.
# The exponents are {claim}`SS-10a` and {claim}`SS-10e` for two and four layers; the theory says 2/3.
# The second singular value of a layer, over its first, falls as $\alpha^{1-s_2/s_1}$ for two layers, and as $\alpha$ for more (exponent {claim}`SS-10f`).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Time, direction and rank of the first escape over decades of the start's scale. Lines have the predicted exponents; their offset is matched at the smallest start.", "name": "fig-ss-escape"}, "image": {"alt": "Three log-log panels over one over alpha, marks and lines for two to five layers. Left: time, growing like a logarithm for two layers and along steeper straight lines for each layer more. Middle: angle, falling along parallel lines for all depths. Right: second over first singular value of a layer, falling less steeply for two layers than for more."}}
times, aligned = run("SS-9"), run("SS-10")
over_scales, over_widths = times.result
figures.escape(over_scales, aligned.result)

# %%
run("SS-7").claim.check()

# %% tags=["hide-input", "check"]
times.claim.check()

# %% tags=["hide-input", "check"]
aligned.claim.check()

# %% [markdown]
# ## Deep networks come closer to a saddle than shallow ones
#
# If all entries of the target are known, so are the saddles. Let $s_i$ be its singular values: rank $k$ keeps the first $k$ of them and leaves the loss $\tfrac12\sum_{i>k}s_i^2$.
# Three layers rest at these losses, at ranks zero, one, two in this order, but not from $\alpha = 0.1$.
# Two layers need absurdly small starts: at $\alpha = 10^{-3}$ the rest at rank one is still missing.
#
# The reason is how closely a saddle is passed.
# For three layers and more the smallest gradient goes as $\alpha^{L-1}$.
# For two it falls only as a small power, here 1/4 ({claim}`SS-12a`), since the next direction grows while the last one still settles.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Rests appear at the predicted losses as the start shrinks (left). Two layers pass a saddle much less closely than three or four (right; hollow marks: the second saddle; lines have the predicted exponents, which the largest starts do not reach yet).", "name": "fig-ss-plateaus"}, "image": {"alt": "Left: loss over time on a logarithmic axis for three scales of the start; a smooth fall for the largest, staircases with flat parts at three dotted levels for the smaller ones. Right: smallest gradient over one over alpha on log axes, at the first saddle, filled marks, and at the second, hollow; lines fall slowly for two layers, more steeply for three and most for four."}}
levels, gradients = run("SS-11"), run("SS-12")
figures.plateaus(levels.result, gradients.result, replicas(gradients.claim, "a"))

# %% tags=["hide-input", "check"]
levels.claim.check()

# %% tags=["hide-input", "check"]
gradients.claim.check()

# %% [markdown]
# ## The path is greedy, even where greed is not best
#
# As the start shrinks the whole path follows the greedy one: its largest distance from it falls as $\alpha$ to the power {claim}`SS-17a` (left); the theory says $1 - s_2/s_1$, about a half.
#
# We searched for a problem where the algorithm's matrix of rank two is not the best one of that rank.
# From tiny starts the flow visits the greedy saddle all the same (right).
# From larger ones it branches: at $\alpha = 0.02$ a share {claim}`SS-18b` of the starts rests nearer to the better saddle, and some rest above both.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The flow approaches the greedy paths at the predicted rate (left; the line is matched at the smallest start, and the largest is not small enough for it). Where a better matrix of rank two exists, larger starts branch, and the smallest all visit the greedy one (right).", "name": "fig-ss-greedy"}, "image": {"alt": "Left: largest distance from the greedy paths over one over alpha on log axes, three marks and a falling line. Right: loss of the last rest of rank two, one mark per start, over one over alpha; for large starts marks gather about two horizontal lines, the greedy stage and the best matrix of rank two, and some lie above both; for smaller ones all lie on the greedy line."}}
greedy, branches = run("SS-17"), run("SS-18")
figures.saddles_visited(greedy.result, branches.result, replicas(greedy.claim, "a"))

# %% tags=["hide-input", "check"]
greedy.claim.check()

# %% tags=["hide-input", "check"]
branches.claim.check()

# %% [markdown]
# ## On a real network
#
# Handwritten digits make a regression: 64 centered pixels in, ten centered classes out.
#
# **A linear network** of three layers climbs the singular values of the least-squares fit one after another (left).
# The values are close here, so most steps run into each other.
#
# **A ReLU network** starts simply, too: near the origin each hidden neuron moves on its own.
# The best direction $a$ for its incoming weights maximizes $\lVert\mathbb{E}[y \max(a \cdot x, 0)]\rVert$ over unit vectors, for images $x$ and classes $y$.
# The maximum is the rate at which two layers leave the origin (right): if the start shrinks by $e$, they need {claim}`SS-23a` (linear) and {claim}`SS-23b` (ReLU) more time, as predicted.
#
# **Where it fails.** After the escape the ReLU network climbs no staircase: many singular values rise at once, and past the predicted levels (middle).
# Different neurons find different directions.
# The prediction of ranks is about linear networks; that of the first escape is not.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "On digits a linear network climbs the predicted singular values one after another (left); a ReLU network does not (middle). Both leave the origin at the rate that the data predict (right; the offset of the lines is matched).", "name": "fig-ss-digits"}, "image": {"alt": "Left: nine singular values of a linear network over steps; each rises steeply in turn and stops at a dashed level. Middle: those of a ReLU network rise together and pass the levels. Right: time to leave the origin over the inverse scale of the start; two straight lines through the marks, steeper for ReLU."}}
on_digits = run("SS-23")
figures.digits(on_digits.result)

# %% tags=["hide-input", "check"]
on_digits.claim.check()

# %% [markdown]
# ## Where it stops
#
# * **The start must be small, and how small depends on the depth.** Three layers show the staircase at $\alpha = 0.01$, two at $10^{-8}$.
# * **Numbers have an end.** Below the precision of the machine rounding plays the part of the start, and later rests are artifacts: per factor $e$ of the start the second escape takes {claim}`SS-19b`, and less in single precision.
# * **A critical point may be at infinity.** One problem of our search had a greedy stage that ran off to infinite weights; the flow followed it.
# * **What is proved?** The first leg. The rest is a conjecture: our experiments support it in the limit, and the branching path shows what happens before.

# %% [markdown]
# ## Exercises
#
# ```{exercise-start} Waiting at the origin
# :label: ex-ss-logistic
# ```
# Take two layers of width one with equal weights, $A = a = w_1w_2$ and $w_1 = w_2$, and the loss $\tfrac12(a - s)^2$.
# Find the equation of motion of $a$ and solve it.
# After which time is half of $s$ learned, and what does halving the start cost?
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-ss-logistic
# :class: dropdown
# ```
# Both weights obey $\dot w = (s - a)w$, so $\dot a = 2a(s - a)$: the logistic equation.
# Its solution from $a_0$ reaches $s/2$ after $t = \log(s/a_0 - 1)/(2s)$.
# With $a_0 = \alpha^2$ this is close to $\log(1/\alpha)/s$ for small $\alpha$, and halving $\alpha$ costs $\log 2/s$: a plateau as long as one likes, but only for absurdly small starts.

# %%
s = 2.0
network, cost = LinearNetwork(inputs=1, outputs=1, width=1, depth=2), SquaredError(np.array([[s]]))
half = (singular_value_reaches(1, s / 2),)
waits = []
for alpha in (0.01, 0.005):
    path = flow(network, cost, np.array([alpha, alpha]), horizon=9.0, events=half)
    assert np.isclose(path.event_times[0], np.log(s / alpha**2 - 1) / (2 * s))
    waits.append(path.event_times[0])
assert np.isclose(waits[1] - waits[0], np.log(2) / s, rtol=1e-3)

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ```{exercise-start} The cheapest layers
# :label: ex-ss-cost
# ```
# How small can the sum of squared weights $\sum_l w_l^2$ be if the product $w_L \cdots w_1$ is $s > 0$?
# What does this say about the distance from a tiny start to the nearest minimum, and why does depth favor low rank?
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-ss-cost
# :class: dropdown
# ```
# The arithmetic mean of the $w_l^2$ is at least their geometric mean, $s^{2/L}$, with equality for equal weights, so the minimum is $L\,s^{2/L}$.
# For a matrix with singular values $s_i$ the same holds for each: the cheapest layers have squared norm $L\sum_i s_i^{2/L}$, and its root is the distance from the origin to the nearest minimum.
# As $L$ grows, $s^{2/L}$ tends to one for every $s > 0$: the cost counts directions and no longer minds their size.

# %%
generator = np.random.default_rng(0)
for depth in (2, 3, 4):
    free = generator.lognormal(size=(20_000, depth - 1))
    last = s / free.prod(axis=1)
    costs = (free**2).sum(axis=1) + last**2
    assert costs.min() >= depth * s ** (2 / depth)
    assert costs.min() < 1.02 * depth * s ** (2 / depth)

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ## All claims
#
# These are the claims of the chapter with their verdicts.
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
#
# ```{claims} saddle_to_saddle
# ```

# %% [markdown]
# ### Near a minimum or near a saddle
#
# Where does a random start lie?
# Let $T$ be the target with singular values $s_i$, and $A_0$ the matrix of the start.
#
# For $\gamma < 1$ a global minimum is near, at the distance $\lVert T - A_0\rVert/\sqrt{\kappa}$ with $\kappa = L\,w^{(1-\gamma)(L-1)}$.
# For three layers we measure {claim}`SS-1c` of that at our largest width, and the exponent {claim}`SS-1d` in the width where $-1/4$ is predicted.
#
# For $\gamma > 1$ it stays away, at the distance of the origin from a minimum, $\sqrt{L\sum_i s_i^{2/L}}$ ({claim}`SS-3c` of it for two layers of width 256).
# The little that a small start is closer can be predicted too.
# It is $\sqrt2\,(L-1)\,w^{(1-\gamma)/2}$ times a number that the target fixes, for the hidden units of the minimum are free to turn toward the start.
#
# Saddles do the reverse.
# Call each singular pair of the target a *mode*: at a saddle some modes are missing.
# A saddle is at most $\sqrt{2m}\,w^{(1-\gamma)/2}$ away, with $m = 1$ mode to drop for $\gamma < 1$ and all modes for $\gamma > 1$ ({claim}`SS-2c` and {claim}`SS-2i` of that for three layers).
# These saddles are explicit, so the distance is an upper bound; for two layers a lower bound is close ({claim}`SS-2m`).
# For three layers no saddle is nearer than $\sqrt{2/3}\,w^{(1-\gamma)/2}$ in the limit ({claim}`SS-2p` of it at our largest width), so lazy starts get far from *every* saddle there, too (the bound grows with the exponent {claim}`SS-2q`).
# For more layers we have no lower bound.
# The distance to the *origin* is no substitute (gray): at $\gamma = 1.5$ it grows with the width while a saddle comes arbitrarily near.
#
# The cheapest picture of the transition is one number, the smallest ratio of squared gradient to twice the cost.
# It bounds the speed of descent and goes as $w^{(1-\gamma)(L-1)}$: it grows, stays or vanishes with the width (right).
# For $\gamma > 1$ we follow it up to the first escape.

# %%
near_minimum = run("SS-1")
near_minimum.claim.check()

# %%
near_saddle = run("SS-2")
near_saddle.claim.check()

# %%
small_start = run("SS-3")
small_start.claim.check()

# %%
constant = run("SS-5")
constant.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Small starts are arbitrarily close to a saddle, lazy ones far from those that we know (left). The speed of descent shows the transition at γ = 1 (right). Lines are predictions without a parameter.", "name": "fig-ss-regimes"}, "image": {"alt": "Left: distance over width on log axes; to a saddle rising slowly for gamma 0.75 and falling for gamma 1.5, both on predicted lines; hollow gray marks for the distance to the origin rise for both. Right: ratio over width for four gammas, rising, flat and falling along predicted lines."}}
starts = replicas(near_saddle.claim, "c")
figures.regimes(near_saddle.result, constant.result, starts)

# %% [markdown]
# All exponents fit on one map.
# Left of $\gamma = 1$ the distance to a minimum shrinks with the width and that to a saddle grows; right of it the roles change.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The map of regimes. At γ = 1 wide networks change from near a minimum to near a saddle. Lines are predictions, marks fits over the width.", "name": "fig-ss-map"}, "image": {"alt": "Exponent of distance in the width over gamma. The line of saddles falls from positive to negative and crosses zero at gamma one. Lines of minima, one per depth, rise from negative to zero at gamma one and stay there. Measured marks of both colors lie on or near the lines."}}
figures.regime_map(near_saddle.result, small_start.result, starts)

# %% [markdown]
# ### The kernel of a lazy network, in numbers
#
# For $\gamma < 1$ the tangent kernel of a wide network is $\kappa$ times the identity, up to a distance of order $w^{-1/2}$, and training changes it by a share of order $w^{-(1-\gamma)L}$ only.
# Moments of random matrices give both sizes without a fit.
# With four layers and $\gamma = 0.75$ the distance from $\kappa$ is {claim}`SS-4c` of the prediction.
# The smallest step to the target changes the kernel by {claim}`SS-4b` of the prediction at our largest width, with the exponent {claim}`SS-4a` where $-1$ is predicted.
# The formulas are leading orders: at the smaller width where we train, the next ones still show in the change ({claim}`SS-4g`).
#
# Hidden entries move by what the kernel still couples ({claim}`SS-4e` of the prediction), the less the wider the network (the exponent is {claim}`SS-4f` where $-1/2$ is predicted).
# From $\gamma = 2$ the solution is sparser the wider the network ({claim}`SS-16d` is the fourth singular value over the first).
# The scale `paper` adds the width 1000, which this page did not run.

# %% [markdown]
# ### How fast the first direction grows
#
# On the way out the layers become rank one and fit onto each other ({claim}`SS-7e` is the decimal logarithm of the misalignment).
# From there on the network is one of width one, in place and in time: its time from a twentieth of $s_1$ to 95 % of it, over that in the closed form of this path, is {claim}`SS-7k` for four layers.
# The speed agrees with {eq}`eq-ss-speed`: {claim}`SS-8c` where four layers predict 0.75.
#
# Gradient descent with $\eta = 0.05$ waits a little longer than the flow, as it should ({claim}`SS-9c`).
# The start alone gives the time of two layers without a fit: only the part of the weights along the top pair grows, and it follows the closed form of one mode ({claim}`SS-9b` is the ratio).

# %%
run("SS-8").claim.check()

# %% [markdown]
# ### Infinitely wide networks
#
# From one random start to the next the waiting time of a deep network varies, but in a wide network it settles, to a number that we can compute.
# The target picks out two vectors: what the first layer makes of $v_1$, and what the transpose of the last makes of $u_1$.
# Apply the random layers between and their transposes to them, in any order that fits: call the results words.
# All that matters for the escape happens in the span of the words, and in the limit of infinite width different words are orthogonal.
# So the network moves like a narrow one with zeros and ones for weights:

# %% tags=["hide-input", "source"]
show_source(wide_start)

# %% [markdown]
# Words of a few letters are enough.
# Random networks wait {claim}`SS-9h` (three layers) and {claim}`SS-9l` (four layers) times as long as this limit says, without a fitted number.
# In the width two layers wait a logarithm ({claim}`SS-9m` per factor $e$ at $\gamma = 2$, where 1/6 is predicted), deeper ones a power ({claim}`SS-9k` for four layers, where 1 is predicted).

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Time to leave the origin over the width. Lines join the times of infinitely wide networks, without a parameter.", "name": "fig-ss-wide"}, "image": {"alt": "Log-log panel of time over width for three layers at gamma 2 and 1.5 and for four layers at gamma 2; marks lie on or near three rising lines of different slopes."}}
figures.wide_escape(over_widths, replicas(times.claim, "h"))

# %% [markdown]
# ### Later directions, and a path without an end
#
# In matrix completion the gradients at two saddles do not commute, and the second escape comes at a time of its own.
# Per factor $e$ of the start we measure {claim}`SS-19b`, as the code under *Why one direction at a time* predicts; the naive $1/s_2$ fails (dashed).
# On problems that we draw the time is {claim}`SS-19c` of the predicted one.
# A diagonal target could not tell the two apart.
#
# With a logistic cost on signs there is no minimum to reach.
# Signs of rank one give one rest, and then growth without end, as the logarithm of time and as the speed of three layers says ({claim}`SS-22b` of it); with two signs flipped there is one rest more, and rank two.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The second escape follows the prediction for gradients that do not commute (left); with a logistic cost the last path never ends (right).", "name": "fig-ss-later"}, "image": {"alt": "Left: times of the first and of the second escape over log one over alpha, marks on solid lines; a dashed line of slope one over s2 misses the second. Right: logistic loss over time on log axes, one flat part for signs of rank one and two for flipped signs, then a straight decay."}}
second, signs = run("SS-19"), run("SS-22")
figures.later(second.result, signs.result)

# %% tags=["hide-input", "check"]
second.claim.check()

# %% tags=["hide-input", "check"]
signs.claim.check()

# %% [markdown]
# ### The kinds of saddles
#
# The second saddle, where the next ratio of singular values is smaller, is passed more closely ({claim}`SS-12c` for two layers, where 2/5 is predicted).
# The saddles differ in kind: for two layers the curvature has a negative direction ({claim}`SS-13a` where $-s_2 = -2$ is predicted), for more it has none ({claim}`SS-13e`), at the second saddle as at the first.

# %%
run("SS-13").claim.check()

# %% [markdown]
# ### Regression with inputs that are not white
#
# Let $X$ and $Y$ hold the inputs and outputs of a regression, one sample per column.
# With inputs that are not white the flow leaves along the top singular pair of $YX^\top$, but it rests at the losses of *reduced-rank regression*, the best fits of ranks one and two ({claim}`SS-14a` and {claim}`SS-14c` of them for two and three layers).
# A network that kept the direction it left along would end higher.

# %%
run("SS-14").claim.check()

# %% [markdown]
# ### Symmetries
#
# Two changes leave both the function and the training unchanged, to rounding: a *rotation* $O$ of a hidden basis, $W_l \to O W_l$ and $W_{l+1} \to W_{l+1}O^\top$, and the *inclusion* of a narrow network in a wide one, by units of zero weight.
# A stretched basis keeps the function and changes the path.

# %%
run("SS-6").claim.check()

# %% [markdown]
# ### Equal singular values
#
# Two layers learn two equal singular values together: {claim}`SS-20a` of the starts rest at rank one.
# With three layers {claim}`SS-20c` and with four {claim}`SS-20e` of them do: one after the other, the larger amplitude first.

# %%
run("SS-20").claim.check()

# %% [markdown]
# ### What is ours, and how the runs are made fast
#
# Ours are the distances beyond their exponents, the sizes of lazy training, the limit of wide networks, the exponents of the angle, the second escape and the kinds of saddles.
#
# The gradient of layer $l$ is $B_l^\top G F_l^\top$, where $G = \nabla C(A)$, $F_l$ is the product of the layers before it and $B_l$ that of those after it.
# One pass forward and one backward give all of them:

# %% tags=["hide-input", "source"]
show_source(backward)

# %% [markdown]
# With fixed steps the rest of rank two at two layers, or the third stage of the algorithm at four, is easily cut off.
# The other trick is to follow gradient flow itself, with a solver that lengthens its steps on a rest.
# Fixed steps would need millions to reach the same accuracy.
# A time of $10^{13}$ leaves no digits for an escape that lasts one unit; the sweeps of the first escape therefore step in a clock that slows down with the weights.

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
# A deep linear network that starts near zero rests at one saddle after another, and learns one more direction at each.
#
# This chapter reproduces {cite:t}`jacot2021saddle`.
# We read the abstract and the opening of the introduction, not the body of the paper.
# So the words *the paper states* below refer to those pages.
# What we recall of the body without its text is marked *attributed* in the ledger, and what we work out ourselves *derived*.
# The parameters of every figure are ours.

# %% tags=["hide-cell"]
import numpy as np

from traindyn import style
from traindyn.notebook import show_source
from traindyn.saddle_to_saddle import figures
from traindyn.saddle_to_saddle.claims import run
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, backward
from traindyn.saddle_to_saddle.studies.plateaus import slider_path
from traindyn.saddle_to_saddle.theory.escape import second_escape_slope
from traindyn.saddle_to_saddle.theory.saddles import plateau_losses
from traindyn.saddle_to_saddle.theory.wide import wide_start

style.use()

# %% [markdown]
# ## The claim in one picture
#
# The task is to fill in a matrix: 78 of 100 entries are known, and the matrix has rank three.
# A network with four layers of width 100 learns the known entries by gradient descent, from small random weights.
# Nothing tells it to prefer low rank.
#
# The cost does not fall smoothly.
# It rests, falls, rests again, and falls to zero; and only after the last fall are the hidden entries right.
# At each rest the network is close to a saddle of the loss, with a matrix of rank zero, one, two.
# A simple algorithm that adds one rank at a time predicts every level (dotted) and every saddle (right panel).

# %% tags=["hide-input", "run"]
completion = run("SS-15")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Small weights visit saddles of rank one and two, as the greedy algorithm predicts, before they solve the task.", "name": "fig-ss-headline"}, "image": {"alt": "Left: cost over steps on a logarithmic axis; the cost on observed entries is a staircase with flat parts at dotted levels, that on hidden entries falls with the last step. Right: path in the plane of the first two saddles, from rank 0 straight to rank 1, then to rank 2, then on to rank 3."}}
figures.headline(completion.result)

# %% [markdown]
# These are the claims of the chapter with their verdicts.
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
#
# ```{claims} saddle_to_saddle
# ```

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
# The map from input to output is linear, but the loss
#
# $$
# \mathcal{L}(\theta) = C(A_\theta)
# $$ (eq-ss-loss)
#
# is not convex in the weights $\theta = (W_1, \dots, W_L)$, even for a convex cost $C$.
# Three costs appear here: the distance to a target, $\tfrac12 \lVert A - A^* \rVert^2$; the same over some observed entries only, which is *matrix completion*; and linear regression.
#
# **Gradient flow** is gradient descent with steps so small that they make a smooth path, $\dot\theta = -\nabla\mathcal{L}(\theta)$.
#
# **The size of the start.** The weights start independent and normal with variance
#
# $$
# \sigma^2 = w^{-\gamma} .
# $$ (eq-ss-gamma)
#
# The exponent $\gamma$ decides what the start is close to.
# For $\gamma < 1$ the paper states that it is close to a global minimum and far from every saddle; for $\gamma > 1$ it is the reverse.
# The first is the *lazy* regime of wide networks, where the weights hardly move.
# The second is our subject.
#
# **From saddle to saddle.** As $\gamma \to \infty$ at fixed width the start shrinks like $\theta(0) = \alpha\theta_0$ with $\alpha \to 0$.
# The paper conjectures the path of gradient flow in that limit:
#
# ```{prf:conjecture} Saddle to saddle
# :label: conj-ss-saddles
# There are critical points $\theta^0 = 0, \theta^1, \dots, \theta^K$, where $A_{\theta^k}$ has rank $k$.
# Gradient flow goes from the neighborhood of one to that of the next, along a path that a network with hidden width $k$ could follow.
# All but the last are saddles.
# ```
#
# It proves the first leg, from the origin to the first saddle.
# The rest is a conjecture, and this chapter tests it.
#
# **A greedy algorithm.** The paper also gives an algorithm that walks through the same points.
# It starts with no hidden unit.
# Each stage adds one tiny unit along the steepest direction, the top singular pair of $-\nabla C(A)$, and descends to a critical point.
#
# **Symmetries.** Two changes leave both the function and the training unchanged: a *rotation* of a hidden basis, $W_l \to O W_l$ and $W_{l+1} \to W_{l+1}O^\top$, and the *inclusion* of a narrow network in a wide one, by units of zero weight.

# %% [markdown]
# ## Theory in code
#
# Why does a small network leave the origin along one direction?
# Near zero the loss is its value at zero minus
#
# $$
# H(\theta) = \langle G_0,\, W_L \cdots W_1 \rangle, \qquad G_0 = -\nabla C(0) ,
# $$ (eq-ss-escape)
#
# which has degree $L$ in the weights.
# Let $s_1$ be the largest singular value of $G_0$.
# On the sphere of a given norm $H$ is largest where every layer has rank one and the same norm, the layers fit onto each other, and the ends are the top singular vectors of $G_0$.
# Along that ray the norm obeys
#
# $$
# \frac{d}{dt} \lVert\theta\rVert = s_1 L^{-(L-2)/2}\, \lVert\theta\rVert^{L-1} .
# $$ (eq-ss-speed)
#
# For $L = 2$ this is exponential growth: from $\alpha$ it takes the time $\log(1/\alpha)/s_1$ to get anywhere.
# For $L > 2$ the time is $\alpha^{-(L-2)}$, and a direction with a slightly larger singular value wins by far.
# The next directions stay behind and grow later, from what is then the largest singular value of the gradient.
#
# From the same picture follow the time of the *second* escape, and how closely each saddle is passed:

# %% tags=["hide-input", "source"]
show_source(second_escape_slope)

# %% [markdown]
# One trick makes the simulations fast.
# The gradient of layer $l$ is $B_l^\top G F_l^\top$, with the products $F_l$ of the layers before it and $B_l$ of those after it.
# One pass forward and one backward give all of them:

# %% tags=["hide-input", "source"]
show_source(backward)

# %% [markdown]
# The other trick is to follow gradient flow itself, with a solver that lengthens its steps on a plateau.
# Fixed steps would need millions to reach the same accuracy.

# %% [markdown]
# ## Experiment: near a minimum or near a saddle
#
# Where does a random start lie?
# Let $T$ be the target with singular values $s_i$, and $A_0$ the matrix of the start.
#
# For $\gamma < 1$ a global minimum is near, at the distance $\lVert T - A_0\rVert/\sqrt{\kappa}$ with $\kappa = L\,w^{(1-\gamma)(L-1)}$.
# For three layers we measure {claim}`SS-1c` of that at our largest width, and the exponent {claim}`SS-1d` in the width where $-1/4$ is predicted.
#
# For $\gamma > 1$ it stays away, at the distance of the origin from a minimum, $\sqrt{L\sum_i s_i^{2/L}}$ ({claim}`SS-3c` of it for two layers of width 256).
# The little that a small start is closer can be predicted too.
# It is $\sqrt2\,(L-1)\,w^{(1-\gamma)/2}$ times a number that the target fixes, for the hidden units of the minimum are free to turn toward the start: {claim}`SS-3e`, {claim}`SS-3f` and {claim}`SS-3g` of it for two, three and four layers.
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

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Small starts are arbitrarily close to a saddle, lazy ones far from all (left). The speed of descent shows the transition at γ = 1 (right). Lines are predictions without a parameter.", "name": "fig-ss-regimes"}, "image": {"alt": "Left: distance over width on log axes; to a saddle rising slowly for gamma 0.75 and falling for 1.5, both on predicted lines, to the origin rising for both. Right: ratio over width for four gammas, rising, flat and falling along predicted lines."}}
figures.regimes(near_saddle.result, constant.result)

# %% [markdown]
# All exponents fit on one map.
# Left of $\gamma = 1$ the distance to a minimum shrinks with the width and that to a saddle grows; right of it the roles change.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The map of regimes. At γ = 1 wide networks change from near a minimum to near a saddle. Lines are predictions, marks fits over the width.", "name": "fig-ss-map"}, "image": {"alt": "Exponent of distance in the width over gamma. The line of saddles falls from positive to negative and crosses zero at gamma one. Lines of minima, one per depth, rise from negative to zero at gamma one and stay there. Measured marks lie on the lines."}}
figures.regime_map(near_saddle.result, small_start.result)

# %% [markdown]
# **Lazy networks learn nothing else.** Training moves the matrix $A$ by the *tangent kernel*, the Gram matrix of its derivatives by the weights: an entry moves only if the kernel couples it to an entry with data.
# For $\gamma < 1$ the kernel of a wide network is $\kappa$ times the identity, up to a distance of order $w^{-1/2}$, and training changes it by a share of order $w^{-(1-\gamma)L}$ only.
# Moments of random matrices give both sizes without a fit.
# With four layers and $\gamma = 0.75$ the distance from $\kappa$ is {claim}`SS-4c` of the prediction at width 256.
# The smallest step to the target changes the kernel by {claim}`SS-4b` of the prediction at width 512, with the exponent {claim}`SS-4a` where $-1$ is predicted.
# The formulas are leading orders: at width 128, where we train, the next ones still show in the change ({claim}`SS-4g`).
#
# So hidden entries stay about where they started.
# They move by what the kernel still couples ({claim}`SS-4e` of the prediction), the less the wider the network (the exponent is {claim}`SS-4f` where $-1/2$ is predicted), and their error is {claim}`SS-4d` times that of predicting zero.
# Three layers show the same, and at $\gamma = 2$ they find the hidden entries from the same data; the solution is sparser the wider they are ({claim}`SS-16d` is the fourth singular value over the first).
# The figure below stops at the width 100; the scale `paper` adds 1000, which this page did not run.

# %%
run("SS-4").claim.check()

# %%
three = run("SS-16")
three.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The same network at three sizes of the start: only the smallest rests on the way (left), finds a matrix of rank three (middle) and, at every width, the hidden entries (right).", "name": "fig-ss-three"}, "image": {"alt": "Left: cost over steps on log axes for gamma 0.75, 1 and 2; all fit the observed entries, only gamma 2 has steps and brings the dashed cost on hidden entries down. Middle: ten singular values of the solutions; for gamma 2 three large ones and a drop by four decades, for the others a slow decay. Right: error on hidden entries over three widths; near or above that of predicting zero for gamma 0.75 and 1, many decades below for gamma 2."}}
figures.three_regimes(three.result)

# %% [markdown]
# ## Experiment: the first escape
#
# **Which way?** From every one of thousands of random starts the flow finds the fastest direction ({claim}`SS-7h`), at depths 2 to 5.
# The theorem as we recall it promises a half for more than three layers; that looks like a limit of its proof.
# On the way the layers become rank one and fit onto each other ({claim}`SS-7e` is the misalignment).
# From there on the network is one of width one, in place and in time: its time from a twentieth of $s_1$ to 95 % of it, over that in the closed form of this path, is {claim}`SS-7k` for four layers.
#
# **How fast?** The speed agrees with {eq}`eq-ss-speed`: {claim}`SS-8c` where four layers predict 0.75.
#
# **How long?** Two layers need $1/s_1$ per factor $e$ of the start ({claim}`SS-9a` where 1/3 is predicted), gradient descent with $\eta = 0.05$ a little more, as it should ({claim}`SS-9c`).
# The start alone gives their time without a fit: only the part of the weights along the top pair grows, and it follows the closed form of one mode ({claim}`SS-9b` is the ratio).
# Deeper networks wait $\alpha^{-(L-2)}$ ({claim}`SS-9d`, {claim}`SS-9e` and {claim}`SS-9f` for three, four, five layers).
# In the width two layers wait a logarithm ({claim}`SS-9m` per factor $e$ at $\gamma = 2$, where 1/6 is predicted), deeper ones a power ({claim}`SS-9k` for four layers, where 1 is predicted).
#
# **How straight?** This we have not seen stated.
# The angle to the right direction falls as $\alpha^{1-s_2/s_1}$ at *every* depth ({claim}`SS-10a` and {claim}`SS-10e` for two and four layers, where 2/3 is predicted).
# The rank of a layer is another matter: its second singular value falls as $\alpha^{1-s_2/s_1}$ for two layers and as $\alpha$ for more ({claim}`SS-10f`).
# Depth makes layers rank one quickly, but it does not find the direction any sooner.

# %%
run("SS-7").claim.check()

# %%
run("SS-8").claim.check()

# %%
times = run("SS-9")
times.claim.check()

# %%
aligned = run("SS-10")
aligned.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Time, direction and rank of the first escape over decades of the start's size, with predicted exponents (lines).", "name": "fig-ss-escape"}, "image": {"alt": "Three log-log panels over one over alpha. Left: time, logarithmic for two layers and with slopes 1, 2, 3 for three to five. Middle: angle, falling with the same slope two thirds for all depths. Right: second over first singular value of a layer, slope two thirds for two layers and one for more."}}
over_scales, over_widths = times.result
figures.escape(over_scales, aligned.result)

# %% [markdown]
# **Wide networks wait the same.** From one random start to the next the waiting time of a deep network varies, but in a wide network it settles, to a number that we can compute.
# The target picks out two vectors: what the first layer makes of $v_1$, and what the transpose of the last makes of $u_1$, with $u_1, v_1$ its top singular pair.
# Apply the random layers between and their transposes to them, in any order that fits: call the results words.
# All that matters for the escape happens in the span of the words, and in the limit of infinite width different words are orthogonal.
# So the network moves like a narrow one with zeros and ones for weights:

# %% tags=["hide-input", "source"]
show_source(wide_start)

# %% [markdown]
# Words of a few letters are enough.
# Random networks wait {claim}`SS-9h` (three layers of width 128) and {claim}`SS-9l` (four layers of width 64) times as long as this limit says, without a fitted number.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Time to leave the origin over the width, means over many starts. Lines are the times of infinitely wide networks, without a parameter.", "name": "fig-ss-wide"}, "image": {"alt": "Log-log panel of time over width, from 32 to 128 for three layers at gamma 2 and 1.5 and from 16 to 64 for four layers at gamma 2; marks lie on three rising lines of different slopes."}}
figures.wide_escape(over_widths)

# %% [markdown]
# ## Experiment: the plateaus
#
# With a full target $T$ of singular values $s_i$ the saddles are known: rank $k$ keeps the first $k$ of them and leaves the loss $\tfrac12\sum_{i>k}s_i^2$.
# The flow rests at these losses, at ranks zero, one, two in this order, up to a relative {claim}`SS-11b` for three layers.
# From $\alpha = 0.1$ it does not.
# Two layers need absurdly small starts: at $\alpha = 10^{-3}$ the plateau of rank one is still missing.
#
# The reason is how closely a saddle is passed.
# The smallest gradient goes as $\alpha^{L-1}$ for three layers and more, but for two only as a small power, here 1/4 ({claim}`SS-12a`), since there the next mode grows while the last one still settles.
# The second saddle, where the next ratio of singular values is smaller, is passed more closely ({claim}`SS-12c`, where 2/5 is predicted).
# The saddles differ in kind: for two layers the curvature has a negative direction ({claim}`SS-13a` where $-s_2 = -2$ is predicted), for more it has none ({claim}`SS-13e`), at the second saddle as at the first.

# %%
levels = run("SS-11")
levels.claim.check()

# %%
gradients = run("SS-12")
gradients.claim.check()

# %%
run("SS-13").claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Plateaus appear at the predicted losses as the start shrinks (left). Two layers pass a saddle much less closely than three or four (right; hollow marks: the second saddle; lines predicted).", "name": "fig-ss-plateaus"}, "image": {"alt": "Left: loss over time on a logarithmic axis for three alphas; smooth for 0.1, staircases at dotted levels 7, 2.5 and 0.5 for smaller ones. Right: smallest gradient over one over alpha at the first saddle (filled) and the second (hollow); slopes one quarter and two fifths for two layers, two for three and three for four."}}
figures.plateaus(levels.result, gradients.result)

# %% [markdown]
# **Later escapes.** For matrix completion the gradients at two saddles do not commute, and the second escape comes at a time of its own.
# The prediction $1/s_1 + (1 - s_2/s_1)/s_1'$ per factor $e$ of the start is {claim}`SS-19b`; the naive $1/s_2$ fails.
# A toy with a diagonal target could not tell the two apart.
#
# **No last saddle.** With a logistic cost on signs nothing stops the growth: after the plateaus the smallest margin grows by {claim}`SS-22b` of $\log 10$ per decade of time, at rank one.
# Flip two signs, and there is one more plateau, and rank two (in a share {claim}`SS-22f` of the starts).

# %%
second = run("SS-19")
second.claim.check()

# %%
signs = run("SS-22")
signs.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The second escape follows the prediction for gradients that do not commute (left); with a logistic cost the last path never ends (right).", "name": "fig-ss-later"}, "image": {"alt": "Left: times of the first and second escape over log one over alpha, on predicted lines; a dashed line of slope one over s2 misses the second. Right: logistic loss over time on log axes, one plateau for signs of rank one and two for flipped signs, then a straight decay."}}
figures.later(second.result, signs.result)

# %% [markdown]
# ## Experiment: the greedy algorithm
#
# In the picture at the top gradient descent rested at the stages of the algorithm.
# It comes within {claim}`SS-15c` of the farther of two saddles, relative to its matrix, and their costs are met to factors of {claim}`SS-15a` and {claim}`SS-15b`.
# In the limit the whole path follows: its largest distance from the greedy paths falls as $\alpha$ to the power {claim}`SS-17a`.
#
# **Greedy is not best.** We searched for a problem where the algorithm's matrix of rank two is not the best one of that rank.
# From tiny starts the flow visits the greedy saddle all the same ({claim}`SS-18a` is the ratio of costs).
# From larger ones it branches: at $\alpha = 0.02$ a share {claim}`SS-18b` of our starts rests nearer to the better saddle.
# Small is not small enough until it is.

# %% tags=["hide-input", "check"]
completion.claim.check()

# %%
greedy = run("SS-17")
greedy.claim.check()

# %%
branches = run("SS-18")
branches.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The flow approaches the greedy paths at the predicted rate (left). Where a better matrix of rank two exists, larger starts branch, and the smallest all visit the greedy one (right).", "name": "fig-ss-greedy"}, "image": {"alt": "Left: distance over one over alpha on log axes, points on a line. Right: loss of the second plateau for several starts over one over alpha; marks scatter between two horizontal lines for large starts and lie on the greedy line for small ones."}}
figures.saddles_visited(greedy.result, branches.result)

# %% [markdown]
# ## Experiment: better than the nuclear norm
#
# Does it matter?
# The standard way to fill in a matrix of low rank is to take the smallest nuclear norm, the sum of singular values.
# From half the entries of a 10 × 10 matrix of rank two the error of a small start is smaller, by {claim}`SS-21a` decades on the average of drawn problems.
# Large starts recover nothing even from seven tenths of the entries: they err by {claim}`SS-21c` of what is hidden.
# No method gets something for nothing: with fewer entries than degrees of freedom the small start fails too (its error has the decimal logarithm {claim}`SS-21d`).

# %%
recovered = run("SS-21")
recovered.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "A small start recovers the hidden entries from half of the matrix; the nuclear norm needs more, large starts never do. Medians over problems.", "name": "fig-ss-recovery"}, "image": {"alt": "Relative error over share of observed entries on a log axis: the small start drops below 0.001 at one half, the nuclear norm at 0.7, two large starts stay above one."}}
figures.recovery(recovered.result)

# %% [markdown]
# ## More claims, briefly
#
# **Symmetry.** Rotated hidden bases and added empty units give the same training, to rounding (weights differ by at most {claim}`SS-6b` for added units, and by a number with the decimal logarithm {claim}`SS-6a` for rotated bases). A stretched basis keeps the function and changes the path.

# %%
run("SS-6").claim.check()

# %% [markdown]
# **Regression.** With inputs that are not white the flow leaves along the top singular pair of $YX^\top$, but it rests at the losses of *reduced-rank regression*, the best fits of ranks one and two ({claim}`SS-14a` and {claim}`SS-14c` of them for two and three layers).
# A network that kept the direction it left along would end higher.

# %%
run("SS-14").claim.check()

# %% [markdown]
# **Equal singular values.** Two layers learn them together ({claim}`SS-20a` of the starts rest at rank one). With three layers {claim}`SS-20c` and with four {claim}`SS-20e` of them do: one after the other, the larger amplitude first.

# %%
run("SS-20").claim.check()

# %% [markdown]
# ## Where it stops
#
# * **The start must be small, and how small depends on the depth.** Three layers show plateaus at $\alpha = 0.01$, two at $10^{-8}$.
# * **Numbers have an end.** Below the precision of the machine rounding plays the part of the start, and later plateaus are artifacts: in single precision the second escape comes too early (a control of {claim}`SS-19b`). A time of $10^{13}$ leaves no digits for an escape that lasts one unit; the sweeps of the first escape therefore step in a clock that slows down with the weights.
# * **Short runs miss what comes late.** With fixed steps the third stage of the algorithm at four layers, or the plateau of rank two at two layers, is easily cut off. The flow reaches both: the last saddle in the picture at the top, and the ranks zero to two of {claim}`SS-11a`.
# * **A critical point may be at infinity.** In our search one problem had a second greedy stage that ran off to infinite weights at a finite cost; the flow followed it.
# * **What is proved?** The paper proves the first leg. The rest is a conjecture; our experiments support it in the limit, and the example of the branching path shows what happens before.
# * **What is ours?** The distances beyond their exponents, the sizes of lazy training, the limit of wide networks, the alignment exponents, the second escape, the kinds of saddles and all figure parameters.

# %% [markdown]
# ## On a real network
#
# Handwritten digits make a regression: 64 centered pixels in, ten centered classes out.
# Everything the theory needs can be read off these data.
#
# **A linear network** should climb the singular values of the least-squares fit, one after another.
# The left panel shows it with three layers: each value waits near zero, jumps, and stops at its dashed line.
# The gaps between the values are small here, so the waits are short and most steps of the staircase overlap.
#
# **A ReLU network** is not linear, but its start is simple too.
# Near the origin each hidden neuron moves on its own.
# The best direction $w$ for its incoming weights maximizes $\lVert\mathbb{E}[y \max(w \cdot x, 0)]\rVert$, and the maximum is the rate at which two layers leave the origin.
# The right panel shows the time to leave over the scale of the start.
# The lines have the slopes that the data predict, {claim}`SS-23a` measured for linear and {claim}`SS-23b` for ReLU networks; only their offset is matched.
#
# **Where it fails.** After the escape the ReLU network does not follow the staircase (middle panel).
# Several directions grow at once, since different neurons find different directions, and the fit passes the best linear one: the loss ends at {claim}`SS-23d` of the least that a linear network can reach ({claim}`SS-23c` is the first singular value of linear networks over its level).
# The prediction of ranks is about linear networks; the prediction of the first escape is not.

# %%
on_digits = run("SS-23")
on_digits.claim.check()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "On digits a linear network climbs the predicted singular values one after another (left); a ReLU network does not (middle). Both leave the origin at the rate that the data predict (right).", "name": "fig-ss-digits"}, "image": {"alt": "Left: nine singular values of a linear network over steps; each rises steeply in turn and stops at a dashed level between 0.19 and 0.31. Middle: those of a ReLU network rise together and pass the levels. Right: time to leave the origin over the inverse scale of the start; two straight lines through the points, steeper for ReLU."}}
figures.digits(on_digits.result)

# %% [markdown]
# ## Turn the knob
#
# Three layers, a target with singular values 3, 2, 1. Shrink the start and watch the slope turn into a staircase.

# %%
stairs = [slider_path(scale) for scale in np.geomspace(0.5, 1e-3, 9)]
figures.alpha_slider(stairs, plateau_losses(np.array([3.0, 2.0, 1.0])))

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

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
# # Five lenses on your own network
#
# A spectrum with the index of a heavy tail need not come from large steps: training from a small start makes it as well.
# The other chapters study models that can be solved; here their laws meet two networks that they were not made for, a convolutional one and a transformer.
#
# * **Where a network goes is not where its gradient points.** The ten steepest directions of the loss hold {claim}`ON-2a` of the squared gradient, and {claim}`ON-2b` of the square of what training adds to the weights.
# * **A transformer starts as two linear layers.** The images alone predict how many steps a smaller start costs. We measure {claim}`ON-5a` steps for each factor $e$.
# * **It breaks.** Small steps should leave no heavy tail. From a small start the spectrum looks like one: its index is {claim}`ON-1a`, below that of any matrix of independent normal entries. And the convolutional network learns several directions at once: the effective rank of its outputs, as a mean over networks, gets no lower than {claim}`ON-6a`.
#
# ```{admonition} What you should know before
# :class: dropdown
# What a gradient, an eigenvector and a covariance are, and how a network is trained in PyTorch.
# No paper stands behind this chapter; all its claims are our own, and count as such where they fail.
# ```

# %% tags=["hide-cell"]
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from traindyn import style
from traindyn.diagnose import diagnose, readings
from traindyn.notebook import show_source
from traindyn.symmetry import NeuronLayer
from traindyn.your_own_network import figures
from traindyn.your_own_network.claims import run
from traindyn.your_own_network.experiments.networks import ConvNet, Transformer
from traindyn.your_own_network.experiments.training import images_of_digits
from traindyn.your_own_network.theory.small_start import (
    moment_of_rows,
    steps_per_factor,
    waiting_ratio,
)

style.use()

# %% [markdown]
# ## Watch it train
#
# Both networks learn handwritten digits by plain stochastic gradient descent (SGD).
# Press *Play*.
# Then choose the small start, whose first weights are several times smaller, and the other network; the sections below define the three numbers.

# %% tags=["hide-input"]
spectra = run("ON-1")
figures.moving(spectra.result)

# %% [markdown]
# ## What the laws say
#
# **The networks.** The first has two convolutions with ReLU and a linear head.
# The second reads the eight rows of an image as tokens: an embedding, one head of attention, one hidden layer with ReLU, and a head on the mean token.
# It has no normalization.

# %% tags=["hide-input", "source"]
show_source(Transformer.forward)

# %% [markdown]
# **The training.** SGD with learning rate $\eta = 0.1$ and batches of eight, cross entropy, no momentum, no weight decay.
# Weights start normal with variance $\alpha^2/n$, where $n$ is the number of inputs: $\alpha = 1$ is the *usual* start, $\alpha = 0.3$ (convolutions) or $\alpha = 0.1$ (transformer) the *small* one.
# We train many copies, each with a start and batches of its own; an error says how much they differ.
#
# **The laws**, one per chapter:
#
# | lens | law | here |
# | --- | --- | --- |
# | spectra | a heavy tail needs large steps ({doc}`heavy tails </chapters/heavy_tailed_esd>`) | {claim}`ON-1` |
# | curvature | gradient and weights lie in the top eigenvectors ({doc}`alignment </chapters/hessian_alignment>`) | {claim}`ON-2` |
# | noise | the noise lies where the curvature does ({doc}`fluctuations </chapters/anisotropic_noise>`) | {claim}`ON-3` |
# | balance | noise brings layers into balance, at a rate that grows as $\eta$ ({doc}`balance </chapters/balance_regularization>`) | {claim}`ON-4` |
# | stages | a small start is left along the shortest path, and learns one direction at a time ({doc}`saddles </chapters/saddle_to_saddle>`) | {claim}`ON-5`, {claim}`ON-6` |

# %% [markdown]
# ## Why a transformer starts as two layers
#
# Take all weights of order $\alpha$.
# The logits are a sum over paths through the network, and a path with $L$ layers of weights contributes $\alpha^L$.
# As $\alpha \to 0$ the shortest path wins.
#
# In the transformer the shortest path skips attention and hidden layer: it goes from a row through the embedding, the mean over rows and the head.
# So the network starts as two linear layers on the mean row $\bar x$ of an image.
# Write $y$ for the vector with a one for the class of the image and zeros for the others.
# Two layers grow at the rate $s$, the largest singular value of $\operatorname{Cov}(y, \bar x)$, and a step multiplies them by $1 + \eta s$.
# A start that is smaller by a factor $e$ waits $1/\log(1 + \eta s)$ steps more:

# %% tags=["hide-input", "source"]
show_source(steps_per_factor)

# %% [markdown]
# In the convolutional network all paths have three layers.
# Let $a$ be the size of each layer.
# It grows as the product of the two others, $\dot a \propto a^2$, so half the start waits twice as long.
# ReLU keeps positive factors, so the count of layers is all that matters here.
#
# For this test alone we use gradient descent on 50 images, with $\eta = 1$ for the transformer and $\eta = 0.5$ for the convolutional network, and still smaller starts.
# The transformer obeys ({claim}`ON-5a` steps; the card has the prediction), and the convolutional network waits {claim}`ON-5b` times as long.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "A smaller start delays both networks as the law of their shortest path says: by a logarithm of the scale for the transformer, by a power for the convolutional network. The lines begin at the measured larger start.", "name": "fig-on-escapes"}, "image": {"alt": "Two panels of steps until the logits leave zero, over one over the scale of the start. Left, transformer: two marks on a straight line. Right, convolutional network: two marks near a line that doubles the number of steps for half of the scale."}}
leaving = run("ON-5")
transformer = leaving.result["transformer"]
predicted = (
    steps_per_factor(transformer.row_rate, transformer.learning_rate),
    waiting_ratio(3, 0.5),
)
figures.escapes(leaving.result, predicted)

# %% tags=["hide-input", "check"]
leaving.claim.check()

# %% [markdown]
# ### One direction at a time?
#
# The *logits* are the ten outputs, one per class.
# Their *effective rank* says how many directions they use: it is $\exp(-\sum_i p_i \log p_i)$, with $p_i$ the shares of the squared singular values.
# The singular values are those of the matrix of logits, a row per image, less their mean.
# The lowest rank of the transformer on the way is {claim}`ON-6b`, that of the convolutional network {claim}`ON-6a`.
# The rank of the transformer is low before training already, so the length of its rest tells more than the depth.
# One reason for the difference may be that the convolutional network is rectified from the first layer on.
# Its small start is also the larger one, and no claim separates the two.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "From a small start the transformer rests at few directions; the convolutional network learns several together. No claim tests the usual start, from which the transformer dips briefly.", "name": "fig-on-stages"}, "image": {"alt": "Two panels of the effective rank of the logits over steps on a logarithmic axis, for the usual and the small start, with a dashed line at two directions. Left, convolutional network: both curves stay above the dashed line, that of the small start dips. Right, transformer: the curve of the small start sinks below the dashed line and stays there for long before it rises; that of the usual start dips once and stays above."}}
stages = run("ON-6")
figures.stages(spectra.result)

# %% tags=["hide-input", "check"]
stages.claim.check()

# %% [markdown]
# ## One index, two causes
#
# The *spectrum* of a layer $W$ is the set of eigenvalues $\lambda$ of $WW^\top$.
# *Hill's index* of a spectrum is $1 + 1/\overline{\log(\lambda/\lambda_0)}$, a mean over the eigenvalues above the median $\lambda_0$.
# It falls as the tail grows heavier, and random matrices have one, too.
# We call an index heavy below the smallest value that matrices of independent normal entries have at any shape; the cards give this *limit*.
# A product of two random matrices can pass it ({claim}`HT-20e`), and the diagnosis compares with the same shape instead.
# We read the *middle layer*: the second convolution, or the first matrix of the transformer's hidden layer.
#
# From a usual start training moves the index much less than from a small one.
# From the small start it ends at {claim}`ON-1b` and {claim}`ON-1d`, far below random matrices.
# No large step was made.
# The weights are what was learned: a few large directions, and next to nothing else.
# So the same index can mean large steps or a small start.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The index of the middle layer stays nearer to that of random matrices from a usual start, and falls far below from a small one, at the same learning rate.", "name": "fig-on-indices"}, "image": {"alt": "Two panels of Hill's index over steps on a logarithmic axis, convolutional network and transformer, with a dashed line for random matrices. In both the curve of the usual start sinks a little below the dashed line, and that of the small start falls far below it once the network has left the origin."}}
figures.indices(spectra.result)

# %% tags=["hide-input", "check"]
spectra.claim.check()

# %% [markdown]
# ## The gradient points where the weights do not go
#
# The Hessian of the loss has a few large eigenvalues.
# The top ten eigenvectors are ten of several thousand directions, and they hold {claim}`ON-2a` and {claim}`ON-2c` of the squared gradient: this part of the law carries over.
# Gradient and eigenvectors come from the same 128 training images.
# We compare with a random direction, and did not ask for a gap below the tenth eigenvalue.
#
# The other part does not.
# Call the last weights minus the first the *displacement*.
# The top ten hold {claim}`ON-2b` and {claim}`ON-2d` of its square: more than of a random vector, and next to nothing.
# Our explanation, which no claim tests: along steep directions SGD moves back and forth; it travels along flat ones, where the gradient is small but keeps its sign.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The top ten eigenvectors of the Hessian hold most of the gradient, and next to nothing of the displacement and of the weights.", "name": "fig-on-alignment"}, "image": {"alt": "Two panels, convolutional network and transformer: shares of the squared gradient, displacement and weights in the top ten eigenvectors, on a logarithmic axis. In both the mark of the gradient is close to one; those of displacement and weights lie more than a decade lower, some above the dashed line of a random direction."}}
aligned = run("ON-2")
figures.alignment(aligned.result)

# %% tags=["hide-input", "check"]
aligned.claim.check()

# %% [markdown]
# ## Noise follows curvature
#
# Write $p$ for the probabilities that the network gives to the classes, $y$ for the label and $J$ for the derivative of the logits by the weights.
# The gradient of one image is $J^\top(p - y)$.
# If labels were drawn from $p$, its second moment would be $J^\top(\operatorname{diag} p - pp^\top)J$: exactly the *Gauss-Newton matrix*, which we call the curvature in this section.
# Real labels are not drawn from $p$, so the law is a guess.
#
# It holds roughly.
# The share of the noise in the top ten eigenvectors is {claim}`ON-3a` (convolutional) and {claim}`ON-3b` (transformer) times their share of the curvature.
# Noise that is the same in all directions would miss this by orders of magnitude.
# Noise that goes as the square of the curvature would have more of it in the top ten, up to all.
# The rule is too wide to exclude that: this claim tells noise along the curvature from noise in all directions, and not one power from the next.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The top ten eigenvectors hold about the same share of noise and curvature, in every network.", "name": "fig-on-noise"}, "image": {"alt": "Two panels, convolutional network and transformer: share of the noise over share of the curvature in the top ten eigenvectors, a mark per network. All marks lie near the diagonal and far above the dashed line of noise that is alike in all directions."}}
noisy = run("ON-3")
figures.noise(noisy.result)

# %% tags=["hide-input", "check"]
noisy.claim.check()

# %% [markdown]
# ## Balance is exact, and not always where you look for it
#
# Multiply what a unit takes in by a factor and divide what it gives out by the same: the network computes what it did.
# This holds for the channels of a convolution, for hidden units, for values and outputs of attention, and for queries and keys.
# With $w$ the incoming and $u$ the outgoing weights of a unit, every step of SGD changes its *imbalance* $|u|^2 - |w|^2$ by exactly $\eta^2(|g_u|^2 - |g_w|^2)$, where $g$ are the gradients.
#
# The account is exact for every pair, to rounding, and momentum breaks it.
# Over a given time these changes add up to something of first order in $\eta$.
# For the channels of the first convolution we measure the exponent {claim}`ON-4c`.
#
# Do layers come closer to balance?
# From a usual start the relative change is {claim}`ON-4e` for the second convolution and the head, and {claim}`ON-4f` for the hidden units of the transformer.
# Between the two convolutions the imbalance *grows*, by {claim}`ON-4d`.
# From a small start the first of these grows as well; its card says by how much.
# The law asks for balance of the noise, $|g_u|$ against $|g_w|$, and a filter that is used at many places has another noise than the weights behind it.
# The weights themselves grow faster, so that the imbalance over the size of the weights, which the moving figure shows, falls.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "From a usual start the imbalance shrinks under SGD for the second convolution and for the hidden units; between the two convolutions it grows. For the two pairs of attention the bars leave it open.", "name": "fig-on-balance"}, "image": {"alt": "Two panels of the imbalance over that of the start, over steps on a logarithmic axis. Left, convolutional network: the curve of the first convolution rises above one, that of the second sinks below. Right, transformer: the curves of the hidden units, of values and outputs and of queries and keys sink; only the bars of the hidden units stay below one."}}
balanced = run("ON-4")
figures.balance(balanced.result)

# %% tags=["hide-input", "check"]
balanced.claim.check()

# %% [markdown]
# ## Which of the five live together
#
# A mean over networks does not say that one network shows two things at once.
# So we ask each network for four of them: index, stage, gradient and noise, by the rules of the claims above.
#
# From a small start the transformer shows all four in {claim}`ON-7a` of the networks, as a share.
# The convolutional network has no stages ({claim}`ON-7b`); the three others it shows at once ({claim}`ON-7c`).
# So the index does not need stages.
#
# From a usual start a share of {claim}`ON-7d` (convolutional) and {claim}`ON-7e` (transformer) ends with the index, at this learning rate.
# The rule decides only that fewer than half do.

# %% tags=["hide-input", "check"]
run("ON-7").claim.check()

# %% [markdown]
# | | usual start | small start |
# | --- | --- | --- |
# | index of a heavy tail | in fewer than half ({claim}`ON-7d`, {claim}`ON-7e`) | yes ({claim}`ON-1b`, {claim}`ON-1d`) |
# | stages | not decided | the transformer ({claim}`ON-6b`), not the convolutional network ({claim}`ON-6a`) |
# | gradient in the top eigenvectors | as a mean ({claim}`ON-2a`, {claim}`ON-2c`) | with the index ({claim}`ON-7a`, {claim}`ON-7c`) |
# | noise where the curvature is | as a mean ({claim}`ON-3a`, {claim}`ON-3b`) | with the index ({claim}`ON-7a`, {claim}`ON-7c`) |
# | exact account of balance | what it misses, {claim}`ON-4a` and {claim}`ON-4b`, is rounding | not measured; it needs the symmetry alone |
#
# *Alignment of the gradient and alignment of the displacement* are two statements.
# The first is true here, the second is not.

# %% [markdown]
# ## A few lines for a network of yours
#
# The same transformer in plain PyTorch, from PyTorch's own start and with batches of 64.
# Change the network, the loader and the loss; {doc}`Diagnose your own network </book/diagnose>` explains the answers.

# %%
images, labels = images_of_digits()
network = Transformer()
start = {name: w.clone() for name, w in network.state_dict().items()}
loader = [(images[i : i + 64], labels[i : i + 64]) for i in range(0, 1280, 64)]
optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
for inputs, targets in loader * 3:
    optimizer.zero_grad()
    cross_entropy(network(inputs), targets).backward()
    optimizer.step()
found = diagnose(
    network, loader, "cross_entropy", samples=128, count=5, start=start,
    lenses=["weights", "curvature", "balance"],
)  # fmt: skip
for reading in readings(found)[:4]:
    print(f"- {reading.says}")

# %% [markdown]
# ## Where it stops
#
# * **Sizes.** The networks have a few thousand weights, and the layers whose spectra we read have a few dozen rows. Larger layers have sharper edges and more decided tails.
# * **One data set, one optimizer.** Digits are easy. The training of the transformer from a small start stops before it has learned them all. Momentum and normalization break the account of balance; the chapter on balance says how.
# * **How far the index moves from a usual start is not decided.** The shift is below the spread of the copies for the transformer, and a few times that spread for the convolutional network; no claim tests its size.
# * **What a naive look leaves out:** the index of random matrices, the overlap of a random direction, and the spread between trained networks.

# %% [markdown]
# ## Exercises
#
# ```{exercise-start} A symmetry of your network
# :label: ex-on-rescale
# ```
# Take the convolutional network.
# Double what the first channel takes in, and halve what it gives out.
# What happens to its output, and what to the imbalance?
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-on-rescale
# :class: dropdown
# ```
# ReLU keeps a positive factor, so the output stays.
# The imbalance $|u|^2 - |w|^2$ becomes $|u|^2/4 - 4|w|^2$.

# %%
torch.manual_seed(0)
network = ConvNet().double()
few = images[:8].double()
layer = NeuronLayer(network.first, network.second)
before, outgoing, incoming = network(few), layer.outgoing_norms(), layer.incoming_norms()
factors = torch.ones(layer.neurons, dtype=torch.float64)
factors[0] = 2.0
layer.rescale(factors)
assert torch.allclose(network(few), before)
assert torch.allclose(layer.imbalance()[0], outgoing[0] / 4 - 4 * incoming[0])

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ```{exercise-start} From images to a waiting time
# :label: ex-on-wait
# ```
# Suppose that all pixels are multiplied by two.
# How much earlier does a transformer with a tiny start leave the origin, for small learning rates?
# ```{exercise-end}
# ```

# %% [markdown]
# ```{solution-start} ex-on-wait
# :class: dropdown
# ```
# The covariance of classes and mean rows doubles, and with it the rate $s$.
# For small $\eta$ the steps per factor $e$ are $1/\eta s$: half as many.

# %%
rate, _ = moment_of_rows(images.numpy(), labels.numpy())
doubled, _ = moment_of_rows(2 * images.numpy(), labels.numpy())
assert np.isclose(doubled, 2 * rate)
ratio = steps_per_factor(doubled, 1e-4) / steps_per_factor(rate, 1e-4)
assert np.isclose(ratio, 0.5, atol=1e-4)

# %% [markdown]
# ```{solution-end}
# ```

# %% [markdown]
# ## All claims
#
# These are the claims of the chapter with their verdicts.
# {doc}`How to read a verdict </book/how_to_read>` explains the rule.
#
# ```{claims} your_own_network
# ```

# %% [markdown]
# ### How to train many copies at once
#
# A network is a function of its weights, so that copies of it can be trained side by side: every weight gets one more axis, and `torch.vmap` runs the network over it.
# It works for any module, yours included.

# %% [markdown]
# # A die

# %%
from traindyn.die import run

# %%
run("DI-1").claim.check()

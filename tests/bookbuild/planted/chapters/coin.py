# %% [markdown]
# # A coin
#
# It shows heads in half of all throws.

# %%
from traindyn.coin import run

# %%
throws = run("CO-1")
throws.claim.check()

# %% [markdown]
# The end.

# %%
print("heads:", throws.result)

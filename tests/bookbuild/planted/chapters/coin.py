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

# %% mystnb={"figure": {"caption": "{claim}`CO-1a`."}, "image": {"alt": "Up to {claim}`CO-1a`."}}
print("heads:", throws.result)

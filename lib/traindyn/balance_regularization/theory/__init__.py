"""What should come out: closed forms and independent numerics, without a fitted parameter."""

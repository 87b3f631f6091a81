"""What is drawn and measured: sizes per scale, random streams, and the experiments they feed."""

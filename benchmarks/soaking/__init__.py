"""What benchmarks/soak.py is made of: a fast clock, a deployment under it, faults, samples and the judgement."""

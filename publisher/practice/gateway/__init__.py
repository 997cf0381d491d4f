"""The parts of WAHA (engine GOWS) that the product uses: a linked phone with its groups and channels."""

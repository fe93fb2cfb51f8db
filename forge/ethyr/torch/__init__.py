"""Neural tools in torch: layers, losses, the optimiser."""

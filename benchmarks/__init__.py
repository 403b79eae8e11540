"""Speed, memory and accuracy, measured side by side; each module is a program: `python -m benchmarks.training`."""

"""From a step of training to what is recorded of it: schedules, probes, statistics, and the recorder that uses them."""

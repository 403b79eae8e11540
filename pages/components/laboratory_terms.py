"""Terms of the Laboratory's experiments; see `pages.components.terms`."""

from __future__ import annotations

from pages.components.term import Term

TERMS = {
    "nonlinearity": Term(
        "The curve that each unit bends its weighted sum with; without it, many layers could do no more than one. "
        "Sigmoid runs from 0 to 1 and is 1/2 at 0; tanh and softsign run from −1 to 1 and are 0 at 0, softsign with "
        "slower ends; ReLU is 0 below 0 and the number itself above; GELU is ReLU with its corner rounded off.",
        r"\frac{1}{1 + e^{-z}}, \quad \tanh z, \quad \frac{z}{1 + |z|}, \quad \max(0, z), \quad z\,\Phi(z)",
        "Glorot & Bengio 2010, section 2.3; Hendrycks & Gimpel 2016",
    ),
    "Shapeset-3×2": Term(
        "Images of 32 × 32 pixels with one or two shapes: triangles, parallelograms, ellipses, drawn at random "
        "without end. Which shapes are there, in any order, is the class: nine in all. The commonest, a single shape, "
        "has 1/6 of the images, so that always answering it is wrong in 83.3 %: that is guessing here.",
        "",
        "Glorot & Bengio 2010, section 2.1",
    ),
    "update": Term(
        "One small change of all weights, after a few examples (a batch) were looked at, downhill by the learning rate "
        "times the gradient. The paper counts in epochs of 20 000 updates with 10 images each.",
        r"W \leftarrow W - \eta\, \partial C / \partial W",
        "Glorot & Bengio 2010, section 2.3 and figure 2",
    ),
    "cross-entropy and quadratic cost": Term(
        "Two ways to count how wrong a predicted probability p of the right answer is: minus its logarithm (the "
        "likelihood's), or the square of what it lacks to 1. The logarithm grows without end as p nears 0, the square "
        "flattens out.",
        r"-\log p, \quad (1 - p)^2",
        "Glorot & Bengio 2010, section 4.1",
    ),
    "pre-training": Term(
        "Before labels are used, each layer in turn learns to reconstruct what it reads from a damaged copy of it (a "
        "denoising autoencoder). Training with labels then begins at those weights instead of random ones.",
        r"\min_W \; \| x - \hat x(\tilde x; W) \|^2",
        "Vincent et al. 2008; Erhan et al. 2010",
    ),
}

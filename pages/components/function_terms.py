"""Terms of functions, maps and landscapes; see `pages.components.terms`."""

from __future__ import annotations

from pages.components.term import Term

TERMS = {
    "disagreement": Term(
        "The share of examples on which two networks give different answers, right or wrong. Two networks with the "
        "same accuracy may still disagree on many examples: then they have found different functions.",
        r"\frac{1}{n}\sum_i [\hat y_i^{(a)} \ne \hat y_i^{(b)}]",
        "Fort, Hu & Lakshminarayanan 2019",
    ),
    "function space": Term(
        "All that a network answers, on fixed examples, is one long list of numbers: one point in a space in which two "
        "networks with different weights but the same answers lie on the same place. The distance of two networks is "
        "that of their answers: of probabilities the Hellinger distance, which lies between 0 and 1.",
        r"d(p, q)^2 = \frac{1}{2n}\sum_{i,k} \left(\sqrt{p_{ik}} - \sqrt{q_{ik}}\right)^2",
        "Erhan et al. 2010, section 6.3",
    ),
    "trajectory": Term(
        "The outputs of the network on a fixed set of rows at one step, taken as one point in function space. "
        "Its path, projected to two dimensions, shows which function the network is becoming.",
        r"f_t = (f(x_1;\theta_t), \ldots, f(x_P;\theta_t))",
        "Erhan et al. 2010, section 6.3",
    ),
    "partial dependence": Term(
        "The prediction as a function of one column, averaged over the other columns as they stand in the rows. "
        "Where columns go together, it averages over rows that cannot exist, so look at the single curves, too.",
        r"\bar f(v) = \frac{1}{n}\sum_i f(v, x_{i,\text{others}})",
        "Friedman 2001, Greedy function approximation, section 8.2; Goldstein et al. 2015",
    ),
    "permutation importance": Term(
        "How much the loss grows when the values of one column are shuffled among the rows, so that they say nothing "
        "any more. Columns that say the same share their importance: without one of them the network has the other.",
        r"I_j = \bar\ell(\text{column } j \text{ shuffled}) - \bar\ell",
        "Breiman 2001, Random forests, section 10; Fisher, Rudin & Dominici 2019",
    ),
    "principal components": Term(
        "The directions, at right angles to one another, along which the rows vary most; the first two span the plane "
        "that holds as much of the variance as any plane can. What lies beside the plane is not seen on it.",
        r"\max_{\|v\| = 1} \text{Var}(v^\top x)",
        "Jolliffe 2002, Principal component analysis, section 1.1",
    ),
    "residual": Term(
        "What is wanted less what is predicted: above 0 the prediction is too low. Residuals that bend or fan out "
        "along the prediction tell that something is left to learn.",
        r"r_i = y_i - \hat y_i",
        "Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, section 3.2",
    ),
    "representation similarity": Term(
        "Two layers are alike when they hold the same examples to be near each other, whatever their units are called "
        "and however many there are. Linear CKA measures this: 1 for the same up to turning and scaling, 0 for nothing "
        "in common.",
        r"\frac{\text{HSIC}(XX^\top, YY^\top)}{\sqrt{\text{HSIC}(XX^\top, XX^\top)\,\text{HSIC}(YY^\top, YY^\top)}}",
        "Kornblith et al. 2019; unbiased HSIC: Song et al. 2012",
    ),
    "trajectories of units": Term(
        "Each hidden unit is described by what it says about each of many examples; units that rise and fall together "
        "are near each other. Over training each draws a line from what it happened to respond to at random to what it "
        "has learned.",
        r"d = \sqrt{2\,(1 - r)}",
        "Gigante et al. 2019",
    ),
    "PCA and t-SNE": Term(
        "Both draw points of many dimensions in two: PCA keeps large distances true, t-SNE keeps neighbours together "
        "and says nothing about far ones. Trustworthiness, from 0 to 1, tells how far neighbours on the map are "
        "neighbours in truth.",
        "",
        "van der Maaten & Hinton 2008; Venna & Kaski 2001",
    ),
    "loss landscape": Term(
        "The loss as a function of all weights: each choice of weights is a place, its loss the height. It has as many "
        "dimensions as the network has weights, so that a line or a plane through it shows very little of it.",
        r"\theta \mapsto \ell(\theta)",
        "Li et al. 2018, Visualizing the loss landscape of neural nets",
    ),
    "loss barrier": Term(
        "How far the loss rises on the straight line between two networks above what their own losses let expect. "
        "Without a barrier they lie in one valley, and the mean of their weights is a good network, too.",
        r"\max_s \ell(\theta_s) - [(1 - s)\, \ell(\theta_0) + s\, \ell(\theta_1)], \quad "
        r"\theta_s = (1 - s)\, \theta_0 + s\, \theta_1",
        "Entezari et al. 2022; Frankle et al. 2020",
    ),
    "parameter space": Term(
        "The space in which each network is one point, its coordinates all its weights and biases. Networks far apart "
        "in it may compute the same, and a small step may change much.",
        "",
        "Goodfellow, Bengio & Courville 2016, section 8.2.2",
    ),
    "symmetry": Term(
        "A change of the weights that leaves the function as it is, such as hidden units in another order. A layer of "
        "n units has n! orders alone, so that every network has very many twins.",
        r"f_{\theta'} = f_\theta, \quad \theta' \neq \theta",
        "Hecht-Nielsen 1990; Goodfellow, Bengio & Courville 2016, section 8.2.2",
    ),
}
